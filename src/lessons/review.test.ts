import { describe, expect, test } from 'vitest';
import { compileCourse } from './compiler/index.ts';
import { COURSE, CONCEPTS, EXERCISE, LESSON, QUIZ, smallCourse } from './compiler/small-course.ts';
import type { Quiz } from './model.ts';
import { newProgress, reduceProgress, type AnswerLog, type Now, type Progress, type ProgressEvent } from './progress.ts';
import { conceptMastery, dailyReview, recallQuestions, reviewState } from './review.ts';

// Two lessons; the questions of the quiz are on the first.
const SECOND = LESSON.replace('id: first-lesson', 'id: second-lesson').replace('[string.set]', '[string.get]').replace('concept: string.set', 'concept: string.get');
const course = compileCourse(
  smallCourse({
    'content/course.yml': COURSE,
    'content/concepts.yml': `${CONCEPTS}string.get: { name: GET reads, week: 1, prerequisites: [string.set] }\n`,
    'content/01-one/03-second/lesson.md': SECOND,
    'content/01-one/02-first.exercise.md': EXERCISE,
    'content/01-one/quiz.md': QUIZ,
  }),
).course;
if (course === undefined) throw new Error('the course does not compile');
const { outline } = course;
const questions = (course.items['quiz-one'] as Quiz).questions;

const day = (n: number): Now => ({ ms: n * 86_400_000, day: n });
const after = (events: readonly ProgressEvent[]): Progress => events.reduce(reduceProgress, newProgress({ id: 'c', hash: 'h' }, 'me', 5));
const answered = (question: string, right: boolean, n: number): ProgressEvent => ({ type: 'answered', question, right, now: day(n) });

describe('when a question comes again', () => {
  const log = (...entries: [day: number, right: 0 | 1][]): AnswerLog => entries.map(([n, right], index) => [index, n, right]);
  test.each<[string, AnswerLog | undefined, object]>([
    ['never asked', undefined, { state: 'new', streak: 0 }],
    ['wrong: the next day', log([10, 0]), { state: 'wrong', dueDay: 11, streak: 0 }],
    ['right once: the next day', log([10, 1]), { state: 'known', dueDay: 11, streak: 1 }],
    ['right on two days: three days later', log([10, 1], [11, 1]), { state: 'known', dueDay: 14, streak: 2 }],
    ['right on three days: a week later', log([10, 1], [11, 1], [14, 1]), { state: 'known', dueDay: 21, streak: 3 }],
    ['twice on one day counts once', log([10, 1], [10, 1]), { state: 'known', dueDay: 11, streak: 1 }],
    ['a slip begins anew', log([10, 1], [11, 1], [14, 0], [15, 1]), { state: 'known', dueDay: 16, streak: 1 }],
    ['the longest interval', log([1, 1], [2, 1], [3, 1], [4, 1], [5, 1], [6, 1], [7, 1], [8, 1]), { state: 'known', dueDay: 68 }],
  ])('%s', (_name, entries, expected) => {
    expect(reviewState(entries)).toMatchObject(expected);
  });
});

describe('recall at the beginning of a lesson', () => {
  const recall = (progress: Progress, n = 3, item = 'second-lesson', from = 'earlier lessons') =>
    recallQuestions({ outline, questions, progress, now: day(20), item, from, n }).map((question) => question.id);

  test('the first lesson has nothing to recall', () => {
    expect(recall(after([]), 3, 'first-lesson')).toEqual([]);
  });

  test('own errors first, then what is due, then what is new', () => {
    const progress = after([answered('q-one', true, 10), answered('q-match', false, 19), answered('q-order', true, 20)]);
    expect(recall(progress, 2)).toEqual(['q-match', 'q-one']);
    expect(recall(progress, 9).at(-1)).toBe('q-order');
  });

  test('never a question that needs a terminal', () => {
    expect(recall(after([]), 20)).not.toContain('q-do');
    expect(recall(after([]), 20)).toHaveLength(questions.length - 1);
  });

  test('the same on the same day, another choice on another day', () => {
    expect(recall(after([]))).toEqual(recall(after([])));
    const days = new Set(Array.from({ length: 12 }, (_, n) => recallQuestions({ outline, questions, progress: after([]), now: day(n), item: 'second-lesson', from: 'earlier lessons', n: 2 }).map((each) => each.id).join()));
    expect(days.size).toBeGreaterThan(3);
  });

  test('questions of one lesson, when it is named; none that the lesson asks itself', () => {
    expect(recall(after([]), 20, 'second-lesson', 'first-lesson')).toHaveLength(questions.length - 1);
    expect(recallQuestions({ outline, questions, progress: after([]), now: day(1), item: 'second-lesson', from: 'earlier lessons', n: 20, except: ['q-one'] }).map((each) => each.id)).not.toContain('q-one');
  });
});

describe('the review of a day', () => {
  test('asks what is due and nothing new', () => {
    const progress = after([answered('q-one', true, 10), answered('q-order', true, 20), answered('q-match', false, 12)]);
    expect(dailyReview({ outline, questions, progress, now: day(20) }).questions.map((each) => each.id)).toEqual(['q-match', 'q-one']);
  });

  test('stays within its limit', () => {
    const progress = after(questions.map((each) => answered(each.id, false, 1)));
    expect(dailyReview({ outline, questions, progress, now: day(9), limit: 2 }).questions).toHaveLength(2);
  });

  test('brings back exercises whose solution was looked up', () => {
    const seen: ProgressEvent = { type: 'solutionSeen', item: 'first-exercise', hash: 'h', now: day(1) };
    expect(dailyReview({ outline, questions, progress: after([seen]), now: day(2) }).exercises).toEqual(['first-exercise']);
    const passed: ProgressEvent = { type: 'passed', item: 'first-exercise', hash: 'h', score: 100, now: day(2) };
    expect(dailyReview({ outline, questions, progress: after([seen, passed]), now: day(3) }).exercises).toEqual([]);
  });
});

describe('how well a concept sits', () => {
  const mastery = (events: readonly ProgressEvent[], n: number) => conceptMastery('string.set', { outline, questions, progress: after(events), now: day(n) });
  const opened: ProgressEvent = { type: 'opened', item: 'first-lesson', hash: 'h', now: day(1) };
  const passed: ProgressEvent = { type: 'passed', item: 'first-exercise', hash: 'h', score: 100, now: day(1) };

  test('goes from unseen to recalled, and fades', () => {
    expect(mastery([], 1)).toBe('unseen');
    expect(mastery([opened], 1)).toBe('begun');
    // The first page of a quiz teaches nothing; a question answered in it does.
    expect(mastery([{ ...opened, item: 'quiz-one' }], 1)).toBe('unseen');
    expect(mastery([{ ...opened, item: 'quiz-one' }, answered('q-one', false, 1)], 1)).toBe('begun');
    expect(mastery([opened, passed], 1)).toBe('practised');
    expect(mastery([opened, passed, answered('q-one', true, 1)], 1)).toBe('practised');
    expect(mastery([opened, passed, answered('q-one', true, 1), answered('q-one', true, 2)], 3)).toBe('recalled');
    expect(mastery([opened, passed, answered('q-one', true, 1), answered('q-one', true, 2)], 30)).toBe('fading');
  });
});
