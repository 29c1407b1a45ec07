import { describe, expect, test } from 'vitest';
import { compileCourse } from './compiler/index.ts';
import { QUIZ, smallCourse } from './compiler/small-course.ts';
import type { Question, Quiz } from './model.ts';
import { drawQuestions, emptyAnswer, isAnswered, markAnswer, samePrediction, scoreQuiz, shownOrder, type Answer } from './quiz.ts';

const MANY = `
## Which of these write? {#q-many type=many concept=string.set}

- [x] \`SET\`
- [ ] \`GET\`
  > It reads.
- [x] \`DEL\`
- [ ] \`TTL\`
  > It reads.
`;

const quiz = compileCourse(smallCourse({ 'content/01-one/quiz.md': QUIZ + MANY })).course?.items['quiz-one'] as Quiz;
const question = (id: string): Question => {
  const found = quiz.questions.find((each) => each.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('marking', () => {
  test.each<[string, string, Answer, number]>([
    ['the right option', 'q-one', { type: 'single', chosen: 0 }, 1],
    ['a wrong option', 'q-one', { type: 'single', chosen: 1 }, 0],
    ['no option', 'q-one', { type: 'single', chosen: undefined }, 0],
    ['all right ones', 'q-many', { type: 'many', chosen: [2, 0] }, 1],
    ['half of the right ones', 'q-many', { type: 'many', chosen: [0] }, 0.5],
    ['one right, one wrong', 'q-many', { type: 'many', chosen: [0, 1] }, 0],
    ['everything chosen', 'q-many', { type: 'many', chosen: [0, 1, 2, 3] }, 0],
    ['a gap, written small and with blanks', 'q-blank', { type: 'blank', texts: [' nx '] }, 1],
    ['a gap, wrong', 'q-blank', { type: 'blank', texts: ['XX'] }, 0],
    ['a number', 'q-number', { type: 'numeric', text: '1,800 seconds' }, 1],
    ['a number within its tolerance', 'q-number', { type: 'numeric', text: '1804' }, 1],
    ['a number outside', 'q-number', { type: 'numeric', text: '1806' }, 0],
    ['no number', 'q-number', { type: 'numeric', text: 'many' }, 0],
    ['nothing', 'q-number', { type: 'numeric', text: '' }, 0],
    ['the right order', 'q-order', { type: 'order', order: [0, 1, 2] }, 1],
    ['one out of order', 'q-order', { type: 'order', order: [1, 0, 2] }, 0.5],
    ['all reversed', 'q-order', { type: 'order', order: [2, 1, 0] }, 0],
    ['all pairs', 'q-match', { type: 'match', chosen: [0, 1, 2] }, 1],
    ['one pair of three', 'q-match', { type: 'match', chosen: [0, 2, 1] }, 1 / 3],
    ['a task that is done', 'q-do', { type: 'do', solved: true }, 1],
    ['an answer to another question', 'q-order', { type: 'single', chosen: 0 }, 0],
  ])('%s', (_name, id, answer, score) => {
    const mark = markAnswer(question(id), answer);
    expect(mark.score).toBeCloseTo(score);
    expect(mark.right).toBe(score === 1);
  });

  test('each option tells its reason, chosen or not', () => {
    expect(markAnswer(question('q-one'), { type: 'single', chosen: 1 }).parts).toMatchObject([
      { index: 0, right: true, given: false, reason: [{ value: 'A status.' }] },
      { index: 1, right: false, given: true, reason: [{ value: 'Only with GET.' }] },
    ]);
  });

  test('a listed wrong answer tells why it is wrong', () => {
    expect(markAnswer(question('q-blank'), { type: 'blank', texts: ['xx'] }).parts).toMatchObject([{ reason: [{ value: 'That is the mirror image.' }], expected: 'NX' }]);
    expect(markAnswer(question('q-number'), { type: 'numeric', text: '30' }).parts).toMatchObject([{ reason: [{ value: 'Those are minutes.' }], expected: '1800 seconds' }]);
  });
});

describe('a predicted reply is meant, not spelled', () => {
  test.each([
    ['(integer) 1', '(integer) 1', true],
    ['1', '(integer) 1', true],
    ['2', '(integer) 1', false],
    ['nil', '(nil)', true],
    ['(nil)', '(nil)', true],
    ['ada', '"ada"', true],
    ['"ada"', '"ada"', true],
    ['ok', 'OK', true],
    ['error', '(error) ERR syntax error', true],
    ['ERR', '(error) ERR syntax error', true],
    ['WRONGTYPE', '(error) ERR syntax error', false],
    ['a, nil', '1) "a"\n2) (nil)', true],
    ['1) "a"\n2) (nil)', '1) "a"\n2) (nil)', true],
    ['nil, a', '1) "a"\n2) (nil)', false],
    ['', '""', false],
    ['', '(nil)', false],
  ])('%j for %j: %s', (given, reply, same) => {
    expect(samePrediction(given, reply)).toBe(same);
  });
});

describe('variants', () => {
  test('the same seed draws the same questions in the same order', () => {
    const few = { ...quiz, draw: 3 };
    expect(drawQuestions(few, 7).map((each) => each.id)).toEqual(drawQuestions(few, 7).map((each) => each.id));
    expect(drawQuestions(few, 7)).toHaveLength(3);
    const variants = new Set(Array.from({ length: 30 }, (_, seed) => drawQuestions(few, seed).map((each) => each.id).join()));
    expect(variants.size).toBeGreaterThan(20);
  });

  test('every question is drawn at some time, and none twice in one variant', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const drawn = drawQuestions({ ...quiz, draw: 3 }, seed).map((each) => each.id);
      expect(new Set(drawn).size).toBe(3);
      for (const id of drawn) seen.add(id);
    }
    expect(seen.size).toBe(quiz.questions.length);
  });

  test('what is to be ordered is never shown in order', () => {
    for (let seed = 0; seed < 200; seed++) {
      const order = shownOrder(question('q-order'), seed);
      expect([...order].sort()).toEqual([0, 1, 2]);
      expect(order).not.toEqual([0, 1, 2]);
    }
  });

  test('options are shuffled fairly', () => {
    const first = Array.from({ length: 400 }, (_, seed) => shownOrder(question('q-many'), seed)[0]);
    for (const option of [0, 1, 2, 3]) expect(first.filter((each) => each === option).length).toBeGreaterThan(60);
  });

  test('an untouched answer is no answer', () => {
    for (const each of quiz.questions) expect(isAnswered(emptyAnswer(each, 1))).toBe(each.type === 'order');
  });
});

describe('the score', () => {
  const marks = (points: readonly number[]) => new Map(quiz.questions.map((each, index) => [each.id, { right: points[index] === 1, score: points[index] ?? 0, parts: [] }]));

  test('counts parts, rounds down and names what was weak', () => {
    expect(scoreQuiz({ pass: 80 }, quiz.questions, marks([1, 1, 1, 1, 1, 1, 1, 1]))).toEqual({ percent: 100, right: 8, of: 8, passed: true, weak: [] });
    expect(scoreQuiz({ pass: 80 }, quiz.questions, marks([1, 1, 1, 1, 1, 1, 0.4, 0]))).toEqual({ percent: 80, right: 6, of: 8, passed: true, weak: ['string.set'] });
    expect(scoreQuiz({ pass: 80 }, quiz.questions, marks([1, 1, 1, 1, 1, 1, 0.3, 0]))).toMatchObject({ percent: 78, passed: false });
    expect(scoreQuiz({ pass: 80 }, quiz.questions, new Map())).toMatchObject({ percent: 0, passed: false });
  });
});
