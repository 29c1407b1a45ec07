/*
 * The right answers
 * -----------------
 * Which questions a quiz draws is chance, so a journey through it needs the answers to all of them. They come
 * from the course itself, compiled here as the build does it; what a command prints, the engine says.
 */
import { resolve } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { readContent } from '../../src/authoring/content-files.ts';
import { commandNames, visualizerNames } from '../../src/authoring/known-names.ts';
import { fillPrediction } from '../../src/authoring/verify.ts';
import { compileCourse } from '../../src/lessons/compiler/index.ts';
import type { Question } from '../../src/lessons/index.ts';
import { TerminalPane } from '../pages/terminal.ts';

let compiled: readonly Question[] | undefined;

function allQuestions(): readonly Question[] {
  if (compiled !== undefined) return compiled;
  const { course } = compileCourse(readContent(resolve(import.meta.dirname, '../..')), { commandNames: commandNames(), visualizers: visualizerNames(), drafts: false });
  const questions = Object.values(course?.items ?? {}).flatMap((item) => (item.kind === 'quiz' ? item.questions : []));
  for (const question of questions) if (question.type === 'predict') fillPrediction(question, 0, () => {});
  compiled = questions;
  return compiled;
}

const squeezed = (text: string): string => text.replaceAll(/[\s_]+/g, ' ').trim();

/** The question that stands in `form`. Several have the same words; then the commands below tell them apart. */
async function questionIn(form: Locator): Promise<Question> {
  // The first line is the question; a listing may follow it.
  const asked = squeezed((await form.locator('.question-prompt').innerText()).trim().split('\n')[0] ?? '');
  const commands = (await form.locator('.fills .entry-command').allInnerTexts()).map(squeezed).join('|');
  const found = allQuestions().filter((question) => squeezed(question.plain).startsWith(asked))
    .filter((question) => (question.type === 'predict' ? question.entries.map((entry) => squeezed(entry.command)).join('|') === commands : commands === ''));
  const question = found[0];
  if (question === undefined) throw new Error(`the course has no question “${asked}”`);
  return question;
}

/** Gives an answer that is right, or one that is not, and checks it. A question that is done in a terminal is done. */
export async function answer(page: Page, form: Locator, right: boolean): Promise<Question> {
  const question = await questionIn(form);
  await give(page, form, question, right);
  if (question.type !== 'do') await form.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(form.locator('.question-verdict')).toContainText(right || question.type === 'do' ? 'Right' : /Not so|Partly right/);
  return question;
}

async function give(page: Page, form: Locator, question: Question, right: boolean): Promise<void> {
  switch (question.type) {
    case 'single':
    case 'many': {
      const options = form.locator('.option');
      const texts = (await options.locator('.option-text').allInnerTexts()).map(squeezed);
      for (const option of question.options) {
        const at = texts.indexOf(squeezed(option.plain));
        if (at < 0) throw new Error(`“${option.plain}” is not offered`);
        if (option.right !== right) continue;
        await options.nth(at).getByRole(question.type === 'single' ? 'radio' : 'checkbox').check();
        if (question.type === 'single') return;
      }
      return;
    }
    case 'blank':
      for (const [i, gap] of question.gaps.entries()) await form.getByRole('textbox').nth(i).fill(right ? gap.accept[0] ?? '' : 'something else');
      return;
    case 'numeric':
      await form.getByRole('textbox').fill(String(right ? question.value : question.value + 1 + question.tolerance));
      return;
    case 'predict':
      await form.getByRole('textbox').fill(right ? question.reply : 'something else');
      return;
    case 'order': {
      const rows = form.locator('.ordering li');
      // Selection by the buttons: each item is moved up to its place. A wrong order is the right one with two swapped.
      const wanted = question.items.map((item) => item.plain);
      for (const [place, plain] of wanted.entries()) {
        const up = form.getByRole('button', { name: `Move up: ${plain}`, exact: true });
        for (let guard = wanted.length; guard > 0; guard--) {
          if ((await rows.nth(place).getByRole('button', { name: `Move up: ${plain}`, exact: true }).count()) > 0) break;
          await up.click();
        }
      }
      if (!right) await form.getByRole('button', { name: `Move up: ${wanted[1] ?? ''}`, exact: true }).click();
      return;
    }
    case 'match':
      for (const i of question.pairs.keys()) await form.getByRole('combobox').nth(i).selectOption(String(right ? i : (i + 1) % question.pairs.length));
      return;
    case 'do': {
      const terminal = new TerminalPane(page, 'a', form);
      for (const step of question.solutions[0]?.steps ?? []) if (step.kind === 'redis') await terminal.run(step.text);
    }
  }
}
