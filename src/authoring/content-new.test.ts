import { describe, expect, test } from 'vitest';
import { compileCourse, formatProblem } from '../lessons/compiler/index.ts';
import { smallCourse } from '../lessons/compiler/small-course.ts';
import { scaffold } from './content-new.ts';

describe('what is scaffolded compiles', () => {
  test.each([
    ['lesson', '01-one/04-new-idea', 'content/01-one/04-new-idea/lesson.md'],
    ['exercise', '01-one/05-new-task', 'content/01-one/05-new-task.exercise.md'],
    ['quiz', '01-one/quiz-new', 'content/01-one/quiz-new.md'],
  ])('%s', (kind, path, file) => {
    const made = scaffold(kind, path);
    expect(made).toMatchObject({ file });
    if (!('text' in made)) return;
    const concepts = 'string.set: { name: a, week: 1, prerequisites: [] }\nredis.request: { name: b, week: 1, prerequisites: [] }\n';
    const lesson = smallCourse().get('content/01-one/01-first/lesson.md')?.replace('[string.set]', '[string.set, redis.request]') ?? '';
    const { problems } = compileCourse(smallCourse({ 'content/concepts.yml': concepts, 'content/01-one/01-first/lesson.md': lesson, [made.file]: made.text }));
    // Only the question that the author has yet to name is missing.
    expect(problems.map(formatProblem).filter((each) => !each.includes('id-of-a-question'))).toEqual([]);
  });
});

test.each([
  [undefined, undefined, /usage/],
  ['poem', '01-one/01-x', /usage/],
  ['exercise', '../../etc/passwd', /is no path like/],
  ['exercise', '01-one/name', /has no number/],
  ['quiz', '01-one/01-questions', /a quiz is named/],
])('%s %s is refused with the reason', (kind, path, message) => {
  expect(scaffold(kind, path)).toEqual({ problem: expect.stringMatching(message) as string });
});
