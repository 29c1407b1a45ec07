/* Questions that a lesson begins with: the learner's own errors first. Their texts are fetched only here. */
import { recallQuestions, type Question } from '../lessons/index.ts';
import { courseOrder, outline } from './course.ts';
import { now, progressNow } from './progress-store.ts';

let questions: Promise<readonly Question[]> | undefined;

export function allQuestions(): Promise<readonly Question[]> {
  questions ??= import('virtual:questions').then((module) => module.questions);
  questions.catch(() => { questions = undefined; });
  return questions;
}

export async function recallFor(item: string, from: string, n: number, except: readonly string[]): Promise<readonly Question[]> {
  // The first lesson has nothing before it: its reader need not wait for the questions.
  if (courseOrder.find((each) => each.kind === 'lesson')?.id === item) return [];
  return recallQuestions({ outline, questions: await allQuestions(), progress: progressNow(), now: now(), item, from, n, except });
}
