import { describe, expect, test } from 'vitest';
import type { Exercise, Lesson, Quiz } from '../model.ts';
import { compileCourse, formatProblem } from './index.ts';
import { COURSE, EXERCISE, LESSON, QUIZ, smallCourse } from './small-course.ts';
import { elements, plainText } from './tree.ts';

const LESSON_FILE = 'content/01-one/01-first/lesson.md';
const EXERCISE_FILE = 'content/01-one/02-first.exercise.md';
const QUIZ_FILE = 'content/01-one/quiz.md';

/** What is said about a course with these changes, as content:check prints it. */
function said(changes: Record<string, string | undefined>): string[] {
  return compileCourse(smallCourse(changes)).problems.map(formatProblem);
}

/** What is said when `from` becomes `to` in a file; `from` must be there. */
function saidAfter(file: string, text: string, from: string | RegExp, to: string): string[] {
  const changed = text.replace(from, to);
  expect(changed, 'the change must change something').not.toBe(text);
  return said({ [file]: changed });
}

describe('a course without mistakes', () => {
  const { course, problems } = compileCourse(smallCourse());
  const lesson = course?.items['first-lesson'] as Lesson;
  const exercise = course?.items['first-exercise'] as Exercise;
  const quiz = course?.items['quiz-one'] as Quiz;

  test('compiles without a word', () => {
    expect(problems).toEqual([]);
  });

  test('keeps prose that looks like text directives', () => {
    expect(plainText(lesson.body)).toContain('writes to user:1000 at localhost:6379.');
  });

  test('turns a transcript into commands and replies', () => {
    const block = Object.values(lesson.blocks)[0];
    expect(block).toMatchObject({ kind: 'transcript', predict: false, expect: 'exact', line: 18, entries: [{ command: 'SET a 1', reply: 'OK' }, { command: 'GET a', reply: '"1"' }] });
  });

  test('links items where they are and commands by name', () => {
    const all = [...elements(lesson.body)];
    expect(all.find((each) => each.tagName === 'a')?.properties).toEqual({ href: '/exercise/first-exercise' });
    expect(all.find((each) => each.tagName === 'ks-command')?.properties).toEqual({ name: 'SET' });
  });

  test('tags the paragraph that a concept comment follows or precedes', () => {
    expect([...elements(lesson.body)].filter((each) => each.properties['dataConcept'] === 'string.set')).toHaveLength(1);
  });

  test('gives a lesson the questions it asks', () => {
    expect(Object.keys(lesson.questions)).toEqual(['q-one']);
  });

  test('takes an exercise apart', () => {
    expect(plainText(exercise.story)).toBe('A short story.');
    expect(exercise.tasks.map((task) => task.plain)).toEqual(['Store 1 under a.', 'Store 2 under b.']);
    expect(exercise.checks.map((check) => [check.id, check.kind, check.task])).toEqual([['denied', 'how', undefined], ['a', 'reply', 1], ['b', 'key', 2], ['kept', 'unchanged', undefined]]);
    expect(exercise.hints.map((hint) => [hint.task, hint.level])).toEqual([[1, 1], [1, 2]]);
    expect(exercise.solutions.map((solution) => solution.steps.length)).toEqual([2, 1]);
    expect(exercise.wrongs.map((wrong) => wrong.fails)).toEqual(['a', 'b']);
    expect(exercise.start.steps).toEqual([{ kind: 'redis', text: 'SET keep me' }]);
    expect(exercise.start.scenario.hosts[0]?.name).toBe('local');
  });

  test('reads every type of question', () => {
    expect(quiz.questions.map((question) => question.type)).toEqual(['single', 'blank', 'predict', 'order', 'match', 'numeric', 'do']);
    expect(quiz.questions[1]).toMatchObject({ gaps: [{ accept: ['NX', 'nx'], wrong: [{ answer: 'XX' }] }], plain: expect.stringContaining('SET a 1 ___') as string });
    expect(quiz.questions[2]).toMatchObject({ reply: '', entries: [{ command: 'SET a 1' }, { command: 'GET a' }] });
    expect(quiz.questions[4]).toMatchObject({ pairs: [{ leftPlain: 'GET', rightPlain: 'reads' }, {}, {}] });
    expect(quiz.questions[5]).toMatchObject({ value: 1800, tolerance: 5, unit: 'seconds', wrong: [{ min: 30, max: 30 }] });
    expect(quiz.questions[6]).toMatchObject({ start: { steps: [{ text: 'SET a 1' }] }, checks: [{ id: 'q-do-1' }], solutions: [{}] });
  });

  test('knows the order, the neighbours and who teaches what', () => {
    const outline = course?.outline;
    expect(outline?.modules.map((module) => [module.id, module.hasLessons, module.items])).toEqual([
      ['one', true, ['one', 'first-lesson', 'first-exercise', 'quiz-one']],
      ['two', false, []],
    ]);
    expect(outline?.items['first-exercise']).toMatchObject({ previous: 'first-lesson', next: 'quiz-one', teaches: [] });
    expect(lesson.teaches).toEqual(['string.set']);
  });

  test('makes a search document for each item and each step', () => {
    expect(course?.search.map((each) => each.id)).toEqual(['one', 'first-lesson', 'first-lesson#store-a-value', 'first-exercise', 'quiz-one']);
    expect(course?.search[2]).toMatchObject({ href: '/lesson/first-lesson#store-a-value', commands: ['GET', 'SET'] });
  });

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(course))).toEqual(course);
  });

  test('a hash follows the text of its own item only', () => {
    const other = compileCourse(smallCourse({ [LESSON_FILE]: LESSON.replace('Store a value\n\n[[SET]]', 'Store a value\n\nIndeed [[SET]]') })).course;
    expect(other?.items['first-lesson']?.hash).not.toBe(lesson.hash);
    expect(other?.items['first-exercise']?.hash).toBe(exercise.hash);
  });
});

describe('mistakes are told with place and remedy', () => {
  test.each<[string, string, string, string | RegExp, string, string]>([
    ['an unknown field', LESSON_FILE, LESSON, 'minutes: 5', 'minutes: 5\nobjectivs: [x]', `${LESSON_FILE}:9: unknown field "objectivs" — did you mean "objectives"?`],
    ['a missing field', LESSON_FILE, LESSON, 'minutes: 5\n', '', `${LESSON_FILE}:2: field "minutes" is missing`],
    ['broken YAML', LESSON_FILE, LESSON, 'title: Store a value', 'title: [Store', `${LESSON_FILE}:`],
    ['an unknown kind', LESSON_FILE, LESSON, 'kind: lesson', 'kind: leson', `${LESSON_FILE}:2: unknown kind "leson" — did you mean "lesson"?`],
    ['a section that is not there', LESSON_FILE, LESSON, 'section: "1.1"', 'section: "1.7"', `${LESSON_FILE}:4: module "one" has no section 1.7`],
    ['an unknown directive', LESSON_FILE, LESSON, ':::production', ':::producton', `${LESSON_FILE}:27: unknown directive ":::producton" — did you mean "production"?`],
    ['an unknown attribute', LESSON_FILE, LESSON, 'from="earlier lessons" n=1', 'fro="earlier lessons" n=1', `${LESSON_FILE}:11: :::recall has no attribute "fro" — did you mean "from"?`],
    ['a question nobody wrote', LESSON_FILE, LESSON, 'ids="q-one"', 'ids="q-onee"', `${LESSON_FILE}:31: :::quiz asks "q-onee", which no quiz has — did you mean "q-one"?`],
    ['a link to nowhere', LESSON_FILE, LESSON, '(first-exercise)', '(first-excercise)', `${LESSON_FILE}:16: a link to "first-excercise", which is no item — did you mean "first-exercise"?`],
    ['a reply before the first command', LESSON_FILE, LESSON, '> SET a 1\nOK', 'OK\n> SET a 1', `${LESSON_FILE}:19: "OK" stands before the first command`],
    ['a comment on a command line', LESSON_FILE, LESSON, '> GET a', '> GET a # read it', `${LESSON_FILE}:21: a comment on a command line would be sent as arguments`],
    ['an unknown picture', LESSON_FILE, LESSON, ':::production', ':::viz{view=keyspac}\n:::\n\n:::production', `${LESSON_FILE}:27: there is no picture "keyspac" — did you mean "keyspace"?`],
    ['a banned word', LESSON_FILE, LESSON, 'Real machines', 'Real machines simply', `${LESSON_FILE}:28: the word "simply"`],
    ['an exclamation mark', LESSON_FILE, LESSON, 'real disks.', 'real disks!', `${LESSON_FILE}:28: an exclamation mark`],
    ['a heading of the first level', LESSON_FILE, LESSON, '## Store', '# Store', `${LESSON_FILE}:14: a heading with one "#"`],
    ['an unknown language', LESSON_FILE, LESSON, '```redis', '```rediss', `${LESSON_FILE}:18: unknown language "rediss" — did you mean "redis"?`],
    ['a lesson without recall', LESSON_FILE, LESSON, /:::recall.*\n:::\n/, '', `${LESSON_FILE}:10: the lesson does not begin with a recall`],
    ['a check that checks nothing', EXERCISE_FILE, EXERCISE, '  key: b\n  value: 2', '', `${EXERCISE_FILE}:29: check "b" checks nothing`],
    ['a check with a slip', EXERCISE_FILE, EXERCISE, '  value: 2', '  valeu: 2', `${EXERCISE_FILE}:33: unknown field "valeu" — did you mean "value"?`],
    ['a slip deep in a check', EXERCISE_FILE, EXERCISE, 'similar:', 'similiar:', `${EXERCISE_FILE}:27: unknown field "similiar" — did you mean "similar"?`],
    ['two conditions in one check', EXERCISE_FILE, EXERCISE, '  unchanged: keep', '  unchanged: keep\n  absent: x', `${EXERCISE_FILE}:34: check "kept" checks several things`],
    ['a check without a task', EXERCISE_FILE, EXERCISE, '  task: none\n', '', `${EXERCISE_FILE}:34: check "kept" belongs to no task`],
    ['a task without a check', EXERCISE_FILE, EXERCISE, '  task: 2', '  task: none', 'no check looks at task 2'],
    ['a hint that tells the answer', EXERCISE_FILE, EXERCISE, 'Which command stores?', 'Try `SET`.', `${EXERCISE_FILE}:40: the first hint already says SET`],
    ['a wrong attempt without a check', EXERCISE_FILE, EXERCISE, '{fails=b', '{fails=c', `the wrong attempt fails "c", which is no check`],
    ['an unknown template', EXERCISE_FILE, EXERCISE, '{{found.similar}}', '{{found.simular}}', `unknown template {{found.simular}} — did you mean "found.similar"?`],
    ['messages that nothing reaches', EXERCISE_FILE, EXERCISE, '{fails=a title', '{fails=b title', `check "a" has messages that no wrong attempt reaches`],
    ['unbalanced quotation marks in a solution', EXERCISE_FILE, EXERCISE, 'MSET a 1 b 2', 'MSET a "1 b 2', 'the quotation marks in "MSET a "1 b 2" are not balanced'],
    ['a step that cannot be read', EXERCISE_FILE, EXERCISE, 'MSET a 1 b 2', '@wait soon', '"@wait soon" is not a duration'],
    ['a wrong option without a reason', QUIZ_FILE, QUIZ, '  > Only with GET.\n', '', `${QUIZ_FILE}:14: option "The old value" is wrong and gives no reason`],
    ['two right options', QUIZ_FILE, QUIZ, '- [ ] The old', '- [x] The old', 'question "q-one" has 2 right options — write type=many'],
    ['a gap without an answer', QUIZ_FILE, QUIZ, '= NX | nx\n', '', 'has 1 gap(s) and 0 answer(s)'],
    ['a concept nobody teaches', QUIZ_FILE, QUIZ, 'concepts: [string.set]', 'concepts: [string.set, string.get]', 'concept "string.get" is not in concepts.yml'],
    ['an id used twice', QUIZ_FILE, QUIZ, 'id: quiz-one', 'id: first-lesson', 'id "first-lesson" is also that of content/01-one/01-first/lesson.md'],
    ['options that point at each other', QUIZ_FILE, QUIZ, 'The old value', 'None of the above', 'points at the others'],
    ['a course without a field', 'content/course.yml', COURSE, 'weeks: 1\n', '', 'content/course.yml:1: field "weeks" is missing'],
  ])('%s', (_name, file, text, from, to, expected) => {
    expect(saidAfter(file, text, from, to).join('\n')).toContain(expected);
  });

  test('a file that no module leads to', () => {
    expect(said({ 'content/02-two/lesson.md': LESSON })).toEqual(['content/02-two/lesson.md:1: no module of course.yml leads to this file — put it in a module’s folder as NN-name/lesson.md or NN-name.exercise.md, or name the folder in course.yml']);
  });

  test('an id that was released and is gone', () => {
    expect(said({ 'content/released-ids.txt': '# ids\nfirst-lesson\nq-one\nfirst-lessn\n' }).join()).toContain('content/released-ids.txt:4: "first-lessn" was released and is gone');
    expect(said({ 'content/released-ids.txt': 'first-lesson\nq-one\n' })).toEqual([]);
  });

  test('a file with an unreadable name', () => {
    expect(said({ 'content/01-one/lesson-two.md': LESSON }).join()).toContain('the name says neither what it is nor where it stands');
  });

  test('a file that cannot be read is told alone, not what others miss because of it', () => {
    expect(said({ [LESSON_FILE]: 'Hello' })).toEqual([`${LESSON_FILE}:1: the file has no front matter — begin it with a line "---", the fields, and another "---"`]);
    expect(said({ [QUIZ_FILE]: QUIZ.replace('kind: quiz', 'kind: quizz') })).toEqual([`${QUIZ_FILE}:2: unknown kind "quizz" — did you mean "quiz"?`]);
  });

  test('commands without a card, when the commands are known', () => {
    const { problems } = compileCourse(smallCourse(), { commandNames: new Set(['GET', 'SETT']) });
    expect(problems.map((each) => each.what)).toContain('[[SET]] has no card');
  });

  test('an exercise that practises before anything was taught', () => {
    const files = smallCourse({ 'content/01-one/01-first/lesson.md': undefined, 'content/01-one/03-first/lesson.md': LESSON });
    expect(compileCourse(files).problems.map(formatProblem).join('\n')).toContain(`${EXERCISE_FILE}:7: concept "string.set" is practised before a lesson has taught it`);
  });
});

describe('where an item begins', () => {
  test('inherit repeats what the item before did', () => {
    const files = smallCourse({ [EXERCISE_FILE]: EXERCISE.replace('start: |\n  SET keep me', 'start: inherit') });
    const exercise = compileCourse(files).course?.items['first-exercise'] as Exercise;
    expect(exercise.start.steps).toEqual([{ kind: 'redis', text: 'SET a 1' }, { kind: 'redis', text: 'GET a' }]);
  });

  test('data and scenarios are found by name, and a wrong name is told', () => {
    const files = { 'content/data/shop.redis': 'SET s 1\n@wait 2s\n', [EXERCISE_FILE]: EXERCISE.replace('start: |\n  SET keep me', 'start: data/shop.redis') };
    const exercise = compileCourse(smallCourse(files)).course?.items['first-exercise'] as Exercise;
    expect(exercise.start.steps).toEqual([{ kind: 'redis', text: 'SET s 1' }, { kind: 'wait', us: 2_000_000 }]);
    expect(said({ [EXERCISE_FILE]: EXERCISE.replace('start: |\n  SET keep me', 'start: data/shop.redis') }).join()).toContain('there is no data/shop.redis');
  });

  test('text becomes UTF-8 bytes', () => {
    const files = { [EXERCISE_FILE]: EXERCISE.replace('SET keep me', 'SET keep é') };
    const exercise = compileCourse(smallCourse(files)).course?.items['first-exercise'] as Exercise;
    expect(exercise.start.steps).toEqual([{ kind: 'redis', text: 'SET keep \xc3\xa9' }]);
  });
});
