import { describe, expect, test } from 'vitest';
import { compileCourse, formatProblem } from '../lessons/compiler/index.ts';
import { EXERCISE, LESSON, QUIZ, smallCourse } from '../lessons/compiler/small-course.ts';
import type { Course } from '../lessons/index.ts';
import { printedBetween } from './bench.ts';
import { compareReply, verifyCourse } from './verify.ts';

const LESSON_FILE = 'content/01-one/01-first/lesson.md';
const EXERCISE_FILE = 'content/01-one/02-first.exercise.md';
const QUIZ_FILE = 'content/01-one/quiz.md';

/** What the engine says about a small course with these changes; only about one item, to be quick. */
function said(file: string, text: string): string[] {
  const { problems, sources } = compileCourse(smallCourse({ [file]: text }));
  expect(problems.filter((each) => each.level === 'error').map(formatProblem), 'the rules have nothing to say').toEqual([]);
  return verifyCourse(sources, (id) => sources.get(id)?.source.file === file).map(formatProblem);
}

const replaced = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

// The second check of the small exercise gets only the general message; give it one of its own.
const GOOD = replaced(EXERCISE, '  value: 2\n', '  value: 2\n  when:\n    - found: { key: missing }\n      say: "There is no `b` yet."\n');

describe('transcripts', () => {
  test('a true one is passed in silence', () => {
    expect(said(LESSON_FILE, LESSON)).toEqual([]);
  });

  test('a reply that differs is told with both', () => {
    expect(said(LESSON_FILE, replaced(LESSON, '"1"\n```', '"2"\n```'))).toEqual([
      `${LESSON_FILE}:21: \`GET a\` prints \`"1"\`, the text says \`"2"\` — write what it prints, or mark the block {expect=shape} or {expect=ignore}`,
    ]);
  });

  test('blocks continue each other, other clients have terminals of their own', () => {
    const more = '```redis\n> MULTI\nOK\n> SET a 2\nQUEUED\n```\n\n```redis {client=b}\n> GET a\n"1"\n> SELECT 3\nOK\n```\n\n```redis\n> EXEC\n1) OK\n> GET a\n"2"\n```\n\n```redis {client=b}\n> DBSIZE\n(integer) 0\n```\n\n<!-- concept';
    expect(said(LESSON_FILE, replaced(LESSON, '<!-- concept', more))).toEqual([]);
  });

  test('the shell prints what it prints', () => {
    const more = '```console\n$ redis-cli INCR n\n(integer) 1\n$ redis-cli -n 2 SET only here\nOK\n```\n\n```redis\n> GET n\n"1"\n```\n\n<!-- concept';
    expect(said(LESSON_FILE, replaced(LESSON, '<!-- concept', more))).toEqual([]);
  });

  test('expect=shape, ignore and error', () => {
    const block = (flags: string, body: string): string => replaced(LESSON, '<!-- concept', `\`\`\`redis {${flags}}\n${body}\n\`\`\`\n\n<!-- concept`);
    expect(said(LESSON_FILE, block('expect=shape', '> TIME\n1) "1"\n2) "2"'))).toEqual([]);
    expect(said(LESSON_FILE, block('expect=shape', '> TIME\n(integer) 1'))).toHaveLength(1);
    expect(said(LESSON_FILE, block('expect=ignore', '> TIME\nsome time'))).toEqual([]);
    expect(said(LESSON_FILE, block('expect=error', '> SET a\n(error) ERR wrong number of arguments for \'set\' command'))).toEqual([]);
    expect(said(LESSON_FILE, block('expect=error', '> SET a 1\nOK')).join()).toContain('the block expects an error and none came');
  });
});

describe('exercises', () => {
  test('a good one is passed in silence', () => {
    expect(said(EXERCISE_FILE, GOOD)).toEqual([]);
  });

  test.each<[name: string, from: string, to: string, message: string]>([
    ['a solution that does not solve', 'MSET a 1 b 2', 'MSET a 1 b 3', `${EXERCISE_FILE}:54: the solution "One command" does not pass "b": expected \`b\` holds \`2\`; found it holds \`"3"\``],
    ['a wrong attempt that is right', '```wrong {fails=b title="Forgot one"}\nSET a 1', '```wrong {fails=b title="Forgot one"}\nMSET a 1 b 2', 'the wrong attempt "Forgot one" passes every check'],
    ['a wrong attempt that fails elsewhere', '```wrong {fails=b title="Forgot one"}\nSET a 1', '```wrong {fails=b title="Forgot one"}\nSET c 1', 'fails "a" first, not "b"'],
    ['a wrong attempt with only the general message', 'similar: "A*"', 'similar: "B*"', 'gets only the general message'],
    ['a message nobody reaches', '    - found: { key: missing }\n', '    - found: { key: missing }\n      say: "There is no `b`."\n    - found: { value: "7" }\n', `no wrong attempt reaches this message of check "b"`],
    ['a start that is the goal', '  SET keep me', '  MSET a 1 b 2 keep me', 'every check passes before anything is done'],
  ])('%s', (_name, from, to, message) => {
    expect(said(EXERCISE_FILE, replaced(GOOD, from, to)).join('\n')).toContain(message);
  });

  test('a step that never gets a prompt is told, and so is what it left undone', () => {
    const stuck = said(EXERCISE_FILE, replaced(GOOD, 'MSET a 1 b 2', '@wait 1s\nMONITOR\nMSET a 1 b 2')).join('\n');
    expect(stuck).toContain('The terminal is busy');
    expect(stuck).toContain('the solution "One command" does not pass "a"');
  });

  test('forbidden commands are told before anything else', () => {
    const more = '```wrong {fails=denied title="Empties the server"}\nFLUSHALL\nMSET a 1 b 2 keep me\n```\n\n:::explain';
    expect(said(EXERCISE_FILE, replaced(GOOD, ':::explain', more))).toEqual([]);
  });
});

describe('questions', () => {
  const predictOf = (course: Course | undefined) => {
    const quiz = course?.items['quiz-one'];
    return quiz?.kind === 'quiz' ? quiz.questions.find((question) => question.type === 'predict') : undefined;
  };

  test('the reply to predict is asked of the engine', () => {
    const { sources, course } = compileCourse(smallCourse());
    expect(verifyCourse(sources, (id) => id === 'quiz-one')).toEqual([]);
    const predict = predictOf(course);
    expect(predict?.reply).toBe('"1"');
  });

  test('a reply that the author wrote is compared, and not shown to the learner', () => {
    expect(said(QUIZ_FILE, replaced(QUIZ, '> GET a\n```', '> GET a\n"2"\n```')).join()).toContain('`GET a` prints `"1"`, the text says `"2"`');
    const { sources, course } = compileCourse(smallCourse({ [QUIZ_FILE]: replaced(QUIZ, '> GET a\n```', '> GET a\n"1"\n```') }));
    verifyCourse(sources, (id) => id === 'quiz-one');
    const predict = predictOf(course);
    expect(predict?.entries.at(-1)?.reply).toBe('');
  });

  test('a task that is solved before it begins, and a solution that does not solve', () => {
    expect(said(QUIZ_FILE, replaced(QUIZ, 'start="SET a 1"', 'start="SET a 2"')).join()).toContain('is solved before anything is done');
    expect(said(QUIZ_FILE, replaced(QUIZ, 'INCR a', 'DECR a')).join()).toContain('does not pass');
  });
});

describe('reading a screen', () => {
  test.each<[string, string[], string[], string, string]>([
    ['one line', ['127.0.0.1:6379>'], ['127.0.0.1:6379> GET a', '"1"', '127.0.0.1:6379>'], 'GET a', '"1"'],
    ['several lines', ['127.0.0.1:6379>'], ['127.0.0.1:6379> MGET a b', '1) "1"', '2) (nil)', '127.0.0.1:6379>'], 'MGET a b', '1) "1"\n2) (nil)'],
    ['redis-cli being started', ['learner@local:~$'], ['learner@local:~$ redis-cli', '127.0.0.1:6379> GET a', '(nil)', '127.0.0.1:6379>'], 'GET a', '(nil)'],
    ['another prompt afterwards', ['127.0.0.1:6379>'], ['127.0.0.1:6379> SELECT 3', 'OK', '127.0.0.1:6379[3]>'], 'SELECT 3', 'OK'],
    ['a transaction', ['127.0.0.1:6379>'], ['127.0.0.1:6379> MULTI', 'OK', '127.0.0.1:6379(TX)>'], 'MULTI', 'OK'],
    ['nothing printed', ['learner@local:~$'], ['learner@local:~$ rm x', 'learner@local:~$'], 'rm x', ''],
    ['no prompt yet', ['127.0.0.1:6379>'], ['127.0.0.1:6379> SUBSCRIBE n', '1) "subscribe"', 'Reading messages... (press Ctrl-C to quit or any key to type command)'], 'SUBSCRIBE n', '1) "subscribe"'],
    ['a value that looks like a prompt', ['127.0.0.1:6379>'], ['127.0.0.1:6379> GET a', '"a>"', '127.0.0.1:6379>'], 'GET a', '"a>"'],
  ])('%s', (_name, before, after, command, printed) => {
    expect(printedBetween(before, after, command)).toBe(printed);
  });

  test('shapes', () => {
    expect(compareReply('(integer) 1', '(integer) 42', 'shape')).toBeUndefined();
    expect(compareReply('(integer) 1', '"42"', 'shape')).toBeDefined();
    expect(compareReply('1) "a"\n2) (nil)', '1) "b"\n2) (nil)', 'shape')).toBeUndefined();
    expect(compareReply('1) "a"', '1) "b"\n2) "c"', 'shape')).toBeDefined();
    expect(compareReply('# Server\nredis_version:8', '# Server\nredis_version:9\nmore:1', 'shape')).toBeUndefined();
    expect(compareReply('(error) ERR a', '(error) ERR b', 'shape')).toBeUndefined();
  });
});
