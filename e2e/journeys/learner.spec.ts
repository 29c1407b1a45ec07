/*
 * The main journey: someone comes, types, reads, tries, is told what is wrong, passes a quiz, closes the
 * laptop, opens it where there is no network, and goes on.
 */
import { ExercisePage } from '../pages/exercise.ts';
import { HomePage } from '../pages/home.ts';
import { LessonPage } from '../pages/lesson.ts';
import { ProgressPage } from '../pages/progress.ts';
import { QuizPage } from '../pages/quiz.ts';
import { ReferencePage } from '../pages/reference.ts';
import { ShellFrame } from '../pages/shell.ts';
import { TerminalPane } from '../pages/terminal.ts';
import { answer } from '../support/answers.ts';
import { serveBuild } from '../support/serve.ts';
import { expect, test } from '../support/test.ts';

test('a newcomer types a command within ten seconds and sees the reply', async ({ page }) => {
  const home = new HomePage(page);
  const arrival = Date.now();
  await home.open();
  await home.terminal.waits();
  // The terminal has the keys already: nothing is clicked.
  await page.keyboard.type('SET greeting "hello"\n');
  await home.terminal.shows(/> SET greeting "hello"\s*\nOK\n/);
  expect(Date.now() - arrival).toBeLessThan(10_000);
  await home.terminal.run('GET greeting');
  expect(await home.terminal.replyTo('GET greeting')).toBe('"hello"');
  await expect(page.getByLabel('Measured in the server')).toContainText('1 key');
});

test('the lines that home offers run in the terminal', async ({ page }) => {
  const home = new HomePage(page);
  await home.open();
  await home.terminal.waits();
  await page.getByRole('button', { name: /INCR visits/ }).click();
  await home.terminal.shows(/> INCR visits\s*\n\(integer\) 1\n/);
  await page.getByRole('button', { name: /INCR visits/ }).click();
  await home.terminal.shows('(integer) 2');
});

test('a lesson that is loaded again says that its server began anew, and brings back what was done', async ({ page }) => {
  const lesson = new LessonPage(page);
  await lesson.open('meet-redis');
  await lesson.terminal.waits();
  const offer = page.getByRole('button', { name: 'Bring back what you did' });
  await lesson.terminal.run('SET kept yes');
  // Saved soon after: a page that is torn away cannot wait for its worker.
  await expect.poll(async () => await page.evaluate(() => sessionStorage.getItem('run:/lesson/meet-redis')?.includes('"\\r"') ?? false)).toBe(true);
  await expect(offer).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('The server began anew, as with each visit.')).toBeVisible();
  await lesson.terminal.run('DBSIZE');
  expect(await lesson.terminal.replyTo('DBSIZE')).toBe('(integer) 0');
  await offer.focus();
  await page.keyboard.press('Enter');
  await lesson.terminal.shows('SET kept yes');
  await expect(page.locator('.xterm-helper-textarea')).toBeFocused();
  await expect(offer).toHaveCount(0);
  await lesson.terminal.run('GET kept');
  expect(await lesson.terminal.replyTo('GET kept')).toBe('"yes"');
});

test('what was done in a lesson and cannot be brought back is refused with the reason', async ({ page }) => {
  await page.addInitScript(() => sessionStorage.setItem('run:/lesson/meet-redis', 'no recording'));
  const lesson = new LessonPage(page);
  await lesson.open('meet-redis');
  await page.getByRole('button', { name: 'Bring back what you did' }).click();
  await expect(page.getByText('What you did cannot be brought back.')).toBeVisible();
  await lesson.terminal.run('DBSIZE');
  expect(await lesson.terminal.replyTo('DBSIZE')).toBe('(integer) 0');
});

test('a lesson is read, run, predicted and seen', async ({ page }) => {
  const lesson = new LessonPage(page);
  await page.goto('/');
  await page.getByRole('link', { name: 'Start week 1' }).click();
  await expect(page).toHaveURL(/\/lesson\/meet-redis$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Meet Redis' })).toBeVisible();
  await lesson.terminal.waits();

  // A run button types into the terminal beside the text.
  await lesson.run('PING');
  await lesson.terminal.shows(/> PING\s*\nPONG\n/);

  // A block runs as a whole.
  await lesson.listing('SET stock:lamp 3').getByRole('button', { name: 'Run both' }).click();
  await lesson.terminal.shows(/> GET stock:lamp\s*\n"3"\n/);

  // The reply is hidden until there is a guess, and the guess is compared with what really came.
  const predicted = lesson.text.locator('.entry-predict').filter({ hasText: 'GET stock:chair' });
  await expect(predicted.locator('.entry-reply')).toHaveCount(0);
  const verdict = await lesson.predict('GET stock:chair', '""');
  await expect(verdict).toContainText('(nil)');
  await expect(verdict).toContainText('You expected ""');
  await lesson.terminal.shows(/> GET stock:chair\s*\n\(nil\)\n/);

  // The picture shows the one key there is, and then two.
  const picture = page.getByRole('region', { name: 'Picture: Keyspace hash table' }).or(page.getByRole('tabpanel')).filter({ hasText: 'stock:lamp' }).first();
  await expect(picture).toBeVisible();
  await expect(picture).not.toContainText('visits');
  const counted = await lesson.predict('INCR visits', '(integer) 1');
  await expect(counted).toContainText('As you expected.');
  await expect(picture).toContainText('visits');

  // A card says what a command is, without leaving the page.
  await lesson.text.getByRole('button', { name: 'SET', exact: true }).first().click();
  await expect(page.getByRole('note', { name: 'The command SET' })).toContainText('SET key value');
  await page.keyboard.press('Escape');

  // Questions on the lesson, one wrong and one right, with a reason under each.
  const quiz = lesson.text.getByRole('region', { name: 'Check yourself' });
  const form = quiz.locator('form.question');
  await answer(page, form, false);
  await expect(form.locator('.option-reason').first()).toBeVisible();
  await quiz.getByRole('button', { name: 'Next question' }).click();
  await answer(page, form, true);

  await lesson.text.getByRole('button', { name: 'Mark as read' }).click();
  await expect(lesson.text.locator('.lesson-done')).toContainText('Read');
  await expect(page).toHaveURL(/\/lesson\/meet-redis$/);
});

test('an exercise says what is wrong, helps in steps, takes back, and stays solved', async ({ page }) => {
  const exercise = new ExercisePage(page);
  await exercise.open('first-keys');
  await exercise.terminal.waits();
  await expect(exercise.verdict).toContainText('Begin in the terminal');
  await expect(exercise.task(1, 'open')).toBeVisible();

  // Wrong: the condition, what was expected, what was found, which command caused it.
  await exercise.terminal.run('SET site:title Night');
  await expect(exercise.verdict).toContainText('site:title holds the text Night Owl Books');
  await expect(exercise.verdict).toContainText('Only the first word arrived.');
  await expect(exercise.fact('Expected')).toContainText('Night Owl Books');
  await expect(exercise.fact('Found')).toContainText('Night');
  await expect(exercise.fact('Caused by')).toContainText('SET site:title Night');
  await expect(exercise.fact('Caused by')).toContainText('your command 1');

  // Help comes when asked for, the gentle hint first.
  await exercise.text.getByRole('button', { name: 'Get a hint' }).click();
  await expect(exercise.text.getByRole('region', { name: 'Hint 1' })).toContainText('where one argument ends');

  // Undo takes the command back: the key is gone from the server.
  await exercise.undo();
  await exercise.terminal.run('EXISTS site:title');
  await exercise.terminal.shows(/EXISTS site:title\s*\n\(integer\) 0/);

  // What held and was broken is named with its command, though a task before it is open, and can be taken back there.
  await exercise.terminal.run('DEL admin:note');
  await expect(exercise.verdict).toContainText('No longer true: admin:note is as it was');
  await expect(exercise.fact('Caused by')).toContainText('DEL admin:note');
  await exercise.verdict.getByRole('button', { name: 'Take back the last command' }).click();
  await expect(exercise.verdict).not.toContainText('No longer true');

  await exercise.terminal.run('SET site:title "Night Owl Books"');
  await expect(exercise.task(1, 'done')).toBeVisible();
  await expect(exercise.task(2, 'open')).toBeVisible();
  await exercise.terminal.run('INCRBY visits 2');
  await expect(exercise.solved).toBeVisible();
  await expect(exercise.task(2, 'done')).toBeVisible();
  await expect(exercise.verdict).toContainText('leave the arithmetic to the server');

  // What is tried afterwards does not take the solution away, and nothing moves on by itself.
  await exercise.terminal.run('SET visits 0');
  await expect(exercise.solved).toBeVisible();
  await expect(page).toHaveURL(/\/exercise\/first-keys$/);

  // Reset begins anew; the record keeps what was done.
  await exercise.reset();
  await expect(exercise.verdict).toContainText('Begin in the terminal');
  const progress = new ProgressPage(page);
  await page.getByRole('link', { name: /^Progress/ }).click();
  await expect(progress.done).toContainText('1 of');
});

test('a whole quiz: wrong with the reason, right, the score, and again for a better one', async ({ page }) => {
  test.slow();
  const quiz = new QuizPage(page);
  await quiz.open('quiz-fundamentals-a');
  await quiz.begin();
  const { of } = await quiz.place();
  expect(of).toBe(14);
  // One wrong answer: the first that can be wrong, since what is to be done is only right or skipped.
  let missed = false;
  for (let at = 1; at <= of; at++) {
    expect((await quiz.place()).at).toBe(at);
    const question = await answer(page, quiz.question, missed);
    missed ||= question.type !== 'do';
    if (question.type === 'single' || question.type === 'many') await expect(quiz.question.locator('.option-reason').first()).toBeVisible();
    await quiz.goOn();
  }
  await expect(quiz.text.locator('.quiz-result')).toContainText(`${of - 1} of ${of} fully right. Passed.`);
  await page.getByRole('link', { name: /^Progress/ }).click();
  await expect(new ProgressPage(page).done).toContainText('1 of');
});

test.describe('without the network', () => {
  test.use({ serviceWorkers: 'allow' });

  test('after one visit the server may vanish: reload, deep links and learning go on', async ({ browser, faults }) => {
    // A server of its own, so that it can be stopped for real.
    const server = await serveBuild();
    const context = await browser.newContext({ serviceWorkers: 'allow' });
    faults.watch(context, server.origin);
    faults.expected(/net::ERR_|Failed to load resource/);
    try {
      const page = await context.newPage();
      await page.goto(server.origin);
      await new TerminalPane(page).waits();
      await page.waitForFunction(() => document.documentElement.dataset['offline'] === 'ready', undefined, { timeout: 30_000 });
      await page.goto(`${server.origin}/exercise/first-keys`);
      const exercise = new ExercisePage(page);
      await exercise.terminal.run('SET site:title "Night Owl Books"');
      await exercise.terminal.run('INCRBY visits 2');
      await expect(exercise.solved).toBeVisible();
      await server.stop();
      await context.setOffline(true);

      // The same page again, and the record with it.
      await page.reload();
      await exercise.terminal.waits();
      await page.getByRole('link', { name: /^Progress/ }).click();
      await expect(new ProgressPage(page).done).toContainText('1 of');

      // A deep link to a page that was never opened, in a new tab.
      const other = await context.newPage();
      const lesson = new LessonPage(other);
      await other.goto(`${server.origin}/lesson/count-safely`);
      await expect(other.getByRole('heading', { level: 1 })).toHaveText(/count/i);
      await lesson.terminal.waits();
      await lesson.terminal.run('INCR offline');
      expect(await lesson.terminal.replyTo('INCR offline')).toBe('(integer) 1');

      // Search, reference and sandbox too.
      const frame = new ShellFrame(other);
      await frame.find('EXPIRE', 'EXPIRE');
      await expect(other).toHaveURL(/\/reference\/EXPIRE|\/lesson\//);
      await other.goto(`${server.origin}/sandbox`);
      await new TerminalPane(other).run('PING');
      await new TerminalPane(other).shows('PONG');
    } finally {
      await context.close();
      await server.stop();
    }
  });
});

test('progress is there after the tab was closed and opened again', async ({ page, context }) => {
  await page.goto('/lesson/meet-redis');
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await expect(page.locator('.lesson-done')).toContainText('Read');
  await page.goto('/progress');
  await expect(new ProgressPage(page).done).toContainText('1 of');
  await page.close();
  const again = await context.newPage();
  await again.goto('/');
  await expect(again.getByRole('link', { name: /^Continue:/ })).toHaveText('Continue: Store a title and correct a counter');
  await expect(again.getByText(/^1 of \d+ lessons/)).toBeVisible();
});

test('a part of a lesson that search finds is the part that one comes to', async ({ page }) => {
  await page.goto('/learn');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('store a value and read it back');
  await page.getByRole('option', { name: /^Part Store a value and read it back/ }).click();
  await expect(page).toHaveURL(/\/lesson\/meet-redis#/);
  await expect(page.getByRole('heading', { name: 'Store a value and read it back' })).toBeInViewport();
});

test('a misspelt command is found, and the reply of an example stands where one looks', async ({ page }) => {
  const reference = new ReferencePage(page);
  await reference.open();
  const find = page.getByRole('searchbox', { name: 'Find a command' });
  await find.fill('zrnge');
  await expect(reference.list).toContainText('No command matches “zrnge”. Did you mean one of these?');
  await expect(reference.list.getByRole('link')).toHaveText(['ZRANGE']);
  await find.fill('set');
  await find.press('Enter');
  await expect(page.getByRole('heading', { name: 'SET', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Run SET greeting hello', exact: true }).click();
  // Whole, but for a fraction of a pixel.
  await expect(page.locator('.reference-try')).toBeInViewport({ ratio: 0.99 });
});

test('the address of a command that does not exist leads to those that were meant', async ({ page }) => {
  const reference = new ReferencePage(page);
  await reference.open('EXPIER');
  await expect(page.getByText('Redis 8.0 has no command of this name. Did you mean one of these?')).toBeVisible();
  await page.locator('.reference-near').getByRole('link', { name: 'EXPIRE', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'EXPIRE', exact: true })).toBeVisible();
});
