import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cleanup } from '@testing-library/react';
import type { CheckResult, Exercise, Question, TranscriptBlock, Tree } from '../model.ts';
import { ExercisePanel } from './exercise-panel.tsx';
import type { LessonHost } from './host.tsx';
import { LessonHostProvider } from './provider.tsx';
import { QuestionView } from './question.tsx';
import { InlineQuiz } from './inline-quiz.tsx';
import { Prose } from './tree.tsx';

afterEach(cleanup);

const text = (value: string): Tree => [{ type: 'text', value }];

function host(changes: Partial<LessonHost> = {}): LessonHost {
  return {
    run: () => {}, runAndHear: () => {}, picture: () => null, commandCard: (name) => name, term: () => undefined, recall: () => Promise.resolve([]), answered: () => {}, doWorkspace: () => null,
    link: ({ href, children }) => <a href={href}>{children}</a>, ...changes,
  };
}

const draw = (element: ReactElement, changes: Partial<LessonHost> = {}) => render(<LessonHostProvider value={host(changes)}>{element}</LessonHostProvider>);

describe('prose', () => {
  test('brings nothing that acts, even from a tree that was never sanitised', () => {
    const evil: Tree = [
      { type: 'element', tagName: 'script', properties: {}, children: text('steal()') },
      { type: 'element', tagName: 'iframe', properties: { src: 'https://evil.example' }, children: [] },
      { type: 'element', tagName: 'img', properties: { src: 'https://evil.example/x.png', onError: 'steal()', alt: 'x' }, children: [] },
      { type: 'element', tagName: 'a', properties: { href: 'javascript:steal()' }, children: text('press') },
      { type: 'element', tagName: 'p', properties: { onClick: 'steal()', style: 'position:fixed', dangerouslySetInnerHTML: '<b>' }, children: text('words') },
      { type: 'element', tagName: 'a', properties: { href: '//evil.example' }, children: text('away') },
    ];
    const { container } = draw(<Prose tree={evil} blocks={{}} />);
    expect(container.querySelector('script, iframe, a, [onclick], [style], img[src]')).toBeNull();
    expect(container.textContent).toContain('press');
  });

  const block: TranscriptBlock = {
    kind: 'transcript', id: 'b', line: 1, predict: false, expect: 'exact', confirm: false, once: false,
    entries: [{ command: 'SET a 1', reply: 'OK', highlighted: [] }, { command: 'GET a', reply: '"1"', highlighted: [] }],
  };
  const tree: Tree = [{ type: 'element', tagName: 'ks-transcript', properties: { block: 'b' }, children: [] }];

  test('a listing runs line by line or as a whole', async () => {
    const run = vi.fn();
    draw(<Prose tree={tree} blocks={{ b: block }} />, { run });
    await userEvent.click(screen.getByRole('button', { name: 'Run GET a' }));
    expect(run.mock.calls).toEqual([['GET a', undefined]]);
    await userEvent.click(screen.getByRole('button', { name: 'Run both' }));
    expect(run.mock.calls.map(([line]) => line as string)).toEqual(['GET a', 'SET a 1', 'GET a']);
  });

  test('a predicted reply stays hidden until the guess is made, then stands beside what came', async () => {
    draw(<Prose tree={tree} blocks={{ b: { ...block, predict: true, entries: block.entries.slice(1) } }} />, { runAndHear: (_line, _client, heard) => heard('"2"') });
    expect(screen.queryByText('"1"')).toBeNull();
    await userEvent.type(screen.getByRole('textbox'), '1');
    await userEvent.click(screen.getByRole('button', { name: 'Run and compare' }));
    expect(screen.getByText('"2"')).toBeTruthy();
    expect(screen.getByText(/You expected/)).toBeTruthy();
    expect(screen.getByText(/Yours differs because of other commands/)).toBeTruthy();
  });

  test('lines that destroy something are asked about first', async () => {
    const run = vi.fn();
    draw(<Prose tree={tree} blocks={{ b: { ...block, confirm: true } }} />, { run });
    await userEvent.click(screen.getByRole('button', { name: 'Run both' }));
    expect(run).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole('button', { name: 'Run it' }));
    expect(run).toHaveBeenCalledTimes(2);
  });
});

describe('questions', () => {
  const base = { id: 'q', hash: 'h', quiz: 'z', concept: 'c', prompt: text('Which?'), plain: 'Which?', blocks: {} };
  const option = (words: string, right: boolean) => ({ text: text(words), plain: words, right, reason: text(`because ${words}`) });

  test('a choice shows the reason under every option once it is checked', async () => {
    const answered = vi.fn();
    const question: Question = { ...base, type: 'single', options: [option('yes', true), option('no', false)] };
    draw(<QuestionView question={question} seed={1} />, { answered });
    expect(screen.getByRole('button', { name: 'Check' }).hasAttribute('disabled')).toBe(true);
    await userEvent.click(screen.getByRole('radio', { name: 'no' }));
    await userEvent.click(screen.getByRole('button', { name: 'Check' }));
    expect(screen.getByText('because yes')).toBeTruthy();
    expect(screen.getByText('because no')).toBeTruthy();
    expect(answered).toHaveBeenCalledWith(question, false);
  });

  test('the focus goes on where its button has gone: to the verdict, the next question, the result', async () => {
    const of = (id: string): Question => ({ ...base, id, type: 'single', options: [option('yes', true), option('no', false)] });
    draw(<InlineQuiz questions={[of('q-1'), of('q-2')]} />);
    expect(document.activeElement).toBe(document.body);
    for (const next of ['Next question', 'Finish']) {
      await userEvent.click(screen.getByRole('radio', { name: 'yes' }));
      screen.getByRole('button', { name: 'Check' }).focus();
      await userEvent.keyboard('{Enter}');
      expect(document.activeElement).toBe(screen.getByRole('status'));
      await userEvent.tab();
      expect(document.activeElement).toBe(screen.getByRole('button', { name: next }));
      await userEvent.keyboard('{Enter}');
      expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Check yourself' }));
    }
    expect(screen.getByText('2 of 2 right.')).toBeTruthy();
  });

  test('things are put in order from the keyboard alone', async () => {
    const answered = vi.fn();
    const item = (words: string) => ({ text: text(words), plain: words });
    const question: Question = { ...base, type: 'order', items: [item('first'), item('second')] };
    draw(<QuestionView question={question} seed={1} />, { answered });
    const up = screen.getByRole('button', { name: 'Move up: first' });
    up.focus();
    await userEvent.keyboard('{Enter}');
    screen.getByRole('button', { name: 'Check' }).focus();
    await userEvent.keyboard('{Enter}');
    expect(answered).toHaveBeenCalledWith(question, true);
  });

  test('pairs are matched by lists that name their left side', async () => {
    const pair = (left: string, right: string) => ({ left: text(left), leftPlain: left, right: text(right), rightPlain: right });
    const question: Question = { ...base, type: 'match', pairs: [pair('SET', 'writes'), pair('GET', 'reads')] };
    const answered = vi.fn();
    draw(<QuestionView question={question} seed={1} />, { answered });
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'SET' }), 'writes');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'GET' }), 'reads');
    await userEvent.click(screen.getByRole('button', { name: 'Check' }));
    expect(answered).toHaveBeenCalledWith(question, true);
  });
});

describe('an exercise', () => {
  const exercise: Exercise = {
    id: 'e', kind: 'exercise', hash: 'h', title: 'T', href: '/exercise/e', module: 'm', section: '1.1', objectives: [], concepts: [], teaches: [], needs: [], minutes: 3, words: 10, status: 'published',
    difficulty: 'easy', points: 1, story: text('Story'), tasks: [{ number: 1, body: text('Do it'), plain: 'Do it' }, { number: 2, body: text('Then that'), plain: 'Then that' }], notes: [], blocks: {}, checks: [],
    hints: [{ level: 2, task: 1, body: text('closer') }, { level: 1, task: 1, body: text('gentle') }], solutions: [{ title: 'One way', steps: [], answers: {}, lines: [{ text: 'SET a 1', highlighted: [] }] }], wrongs: [], explain: text('It worked because'),
    start: { scenario: { seed: 1, hosts: [] }, steps: [] }, panels: [],
  };
  const result = (id: string, task: number, passed: boolean, more: Partial<CheckResult> = {}): CheckResult => ({ id, task, say: `condition ${id}`, passed, expected: `want ${id}`, found: `have ${id}`, because: `reason ${id}`, specific: true, state: passed ? 'passed' : 'failed', ...more });
  const panel = (results: readonly CheckResult[], more: Partial<Parameters<typeof ExercisePanel>[0]> = {}) => (
    <ExercisePanel exercise={exercise} results={results} solved={false} begun held={new Set()} solutionSeen={false} onHint={() => {}} onSolution={() => {}} answers={{}} onAnswer={() => {}} onRunSolution={() => {}} onTakeBack={() => {}} onward={null} {...more} />
  );

  test('the first open condition tells what was expected, found and caused it', () => {
    draw(panel([result('one', 1, true), result('two', 2, false, { cause: { command: 'DEL a', step: 3, atUs: 1 } }), result('three', 2, false)]));
    expect(screen.getByRole('heading', { name: /condition two/ })).toBeTruthy();
    for (const words of ['want two', 'have two', 'reason two', 'DEL a', 'your command 3']) expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryByText('want three')).toBeNull();
    expect(screen.getByRole('img', { name: 'Task 1: done' })).toBeTruthy();
    expect(screen.getByRole('img', { name: 'Task 2: open' })).toBeTruthy();
  });

  test('a condition that held and was broken comes first', () => {
    draw(panel([result('one', 1, false), result('two', 2, false)], { held: new Set(['two']) }));
    expect(screen.getByRole('heading', { name: /No longer true: condition two/ })).toBeTruthy();
  });

  test('a condition that was broken is said once, and leads to taking the command back', async () => {
    const onTakeBack = vi.fn();
    draw(panel([result('one', 1, false, { specific: false, because: 'Expected: want one. Found: have one.' })], { held: new Set(['one']), onTakeBack }));
    expect(screen.queryByText(/^Expected: want one/)).toBeNull();
    expect(screen.getByText('This was so until you changed it.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Take back the last command' }));
    expect(onTakeBack).toHaveBeenCalledTimes(1);
  });

  test('a check that cannot be made is never called a wrong answer', () => {
    draw(panel([result('one', 1, false, { state: 'broken', because: 'the probe threw' })]));
    expect(screen.getByText(/a fault of the check and not of your answer/)).toBeTruthy();
  });

  test('hints come gentlest first, the solution only after a question', async () => {
    const onHint = vi.fn();
    const onSolution = vi.fn();
    draw(panel([result('one', 1, false)], { onHint, onSolution }));
    await userEvent.click(screen.getByRole('button', { name: 'Get a hint' }));
    expect(screen.getByText('gentle')).toBeTruthy();
    expect(screen.queryByText('closer')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Show a solution' }));
    expect(onSolution).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole('button', { name: 'Show it' }));
    expect(onSolution).toHaveBeenCalledTimes(1);
    expect(screen.getByText('SET a 1')).toBeTruthy();
    expect(onHint.mock.calls.map(([hint]) => (hint as { level: number }).level)).toEqual([1]);
  });

  test('the last hint takes the focus of the button that it replaces, and so does the solution', async () => {
    draw(panel([result('one', 1, false)]));
    await userEvent.click(screen.getByRole('button', { name: 'Get a hint' }));
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Get the next hint' }));
    await userEvent.keyboard('{Enter}');
    expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Hint 2' }));
    await userEvent.click(screen.getByRole('button', { name: 'Show a solution' }));
    await userEvent.click(screen.getByRole('button', { name: 'Show it' }));
    expect(document.activeElement).toBe(screen.getByRole('group', { name: 'Solutions' }));
  });

  test('solved explains and stays', () => {
    draw(panel([result('one', 1, true), result('two', 2, true)], { solved: true, onward: <a href="/next">Next</a> }));
    const done = screen.getByRole('heading', { name: /Solved/ }).closest('section');
    expect(done === null ? '' : within(done).getByText('It worked because')).toBeTruthy();
  });
});
