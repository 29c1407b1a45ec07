/* A quiz: one question at a time. Which questions are drawn is chance, so the helper reads what stands there. */
import { expect, type Locator, type Page } from '@playwright/test';

export class QuizPage {
  readonly page: Page;
  readonly text: Locator;
  readonly question: Locator;

  constructor(page: Page) {
    this.page = page;
    this.text = page.getByTestId('quiz');
    this.question = this.text.locator('form.question');
  }

  async open(id: string): Promise<void> {
    await this.page.goto(`/quiz/${id}`);
  }

  async begin(): Promise<void> {
    await this.text.getByRole('button', { name: /^(Begin|Take it again)$/ }).click();
    await expect(this.question).toBeVisible();
  }

  /** Number of the question that is asked, and how many there are. */
  async place(): Promise<{ at: number; of: number }> {
    const said = /Question (\d+) of (\d+)/.exec(await this.question.innerText());
    return { at: Number(said?.[1]), of: Number(said?.[2]) };
  }

  /** The sentence that is asked. */
  async asked(): Promise<string> {
    return (await this.question.locator('.question-prompt').innerText()).trim();
  }

  async check(): Promise<void> {
    await this.question.getByRole('button', { name: 'Check', exact: true }).click();
  }

  get verdict(): Locator {
    return this.question.locator('.question-verdict');
  }

  async goOn(): Promise<void> {
    await this.text.getByRole('button', { name: /^(Next question|See the result)$/ }).click();
  }
}
