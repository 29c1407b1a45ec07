/*
 * Recall: what to ask again, and when
 * -----------------------------------
 * Spaced retrieval helps most with the learner's own errors, so they come first; then what is due; then what
 * was never asked. Intervals are whole days and grow with each right answer (studies found no gain from
 * finer tuning). A wrong answer brings the question back the next day.
 *
 * Pure: the day is given, the choice among equals follows from the seed.
 */
import type { PageOutline, Question } from './model.ts';
import { isPassed, type AnswerLog, type Now, type Progress } from './progress.ts';
import { permutation, seeded } from './shuffle.ts';

/** Days until a question comes again after 1, 2, 3 … right answers in a row on different days. */
export const INTERVALS_DAYS: readonly number[] = [1, 3, 7, 16, 35, 60];
/** Most questions of a day's review. */
export const REVIEW_LIMIT = 10;

export interface ReviewState {
  /** Never asked, last answer wrong, or known for now. */
  state: 'new' | 'wrong' | 'known';
  /** First day on which it should be asked again; today or earlier means due. */
  dueDay: number;
  /** Right answers in a row, each on a day of its own. */
  streak: number;
}

/** Where a question stands, from its log. */
export function reviewState(log: AnswerLog | undefined): ReviewState {
  const last = log?.[log.length - 1];
  if (log === undefined || last === undefined) return { state: 'new', dueDay: Number.NEGATIVE_INFINITY, streak: 0 };
  if (last[2] === 0) return { state: 'wrong', dueDay: last[1] + 1, streak: 0 };
  let streak = 0;
  let countedDay: number | undefined;
  for (const [, day, right] of log) {
    if (right === 0) {
      streak = 0;
      countedDay = undefined;
    } else if (day !== countedDay) {
      // A second right answer on the same day is not spaced, so it counts for nothing.
      streak++;
      countedDay = day;
    }
  }
  const interval = INTERVALS_DAYS[Math.min(streak, INTERVALS_DAYS.length) - 1] ?? 1;
  return { state: 'known', dueDay: (countedDay ?? last[1]) + interval, streak };
}

/** Types that can be answered without a terminal. */
const canRecall = (question: Question): boolean => question.type !== 'do';

/** Lessons that stand before `item` in the course; all of them when it is no item. */
function earlierLessons(outline: PageOutline, item: string): string[] {
  const order = outline.modules.flatMap((module) => module.items);
  const at = order.indexOf(item);
  return (at < 0 ? order : order.slice(0, at)).filter((id) => outline.items[id]?.kind === 'lesson');
}

export interface RecallRequest {
  outline: PageOutline;
  questions: readonly Question[];
  progress: Progress;
  now: Now;
  /** The lesson that asks. */
  item: string;
  /** 'earlier lessons', 'earlier weeks', or the id of a lesson. */
  from: string;
  n: number;
  /** Questions that the lesson asks itself. */
  except?: readonly string[];
}

/** At most n questions on earlier lessons; none in the first lesson. */
export function recallQuestions(request: RecallRequest): Question[] {
  const { outline, progress, now } = request;
  const earlier = outline.items[request.from]?.kind === 'lesson' ? [request.from] : earlierLessons(outline, request.item);
  const concepts = new Set(earlier.flatMap((id) => outline.items[id]?.concepts ?? []));
  const pool = request.questions.filter((question) => canRecall(question) && concepts.has(question.concept) && request.except?.includes(question.id) !== true);
  return rank(pool, progress, now, `${request.item}/${now.day}`).slice(0, request.n);
}

export interface DailyReview {
  questions: Question[];
  /** Exercises whose solution was looked up and that have not been passed since. */
  exercises: string[];
}

/** What is due today: answered before, and the day has come. */
export function dailyReview(request: { outline: PageOutline; questions: readonly Question[]; progress: Progress; now: Now; limit?: number }): DailyReview {
  const { progress, now, outline } = request;
  const limit = request.limit ?? REVIEW_LIMIT;
  const due = request.questions.filter((question) => {
    const { state, dueDay } = reviewState(progress.answers[question.id]);
    return canRecall(question) && state !== 'new' && dueDay <= now.day;
  });
  const exercises = Object.entries(progress.items)
    .filter(([id, item]) => outline.items[id]?.kind === 'exercise' && item.solutionSeen !== undefined && !isPassed(progress, id))
    .map(([id]) => id)
    .sort();
  return { questions: rank(due, progress, now, `review/${now.day}`).slice(0, limit), exercises };
}

/** Wrong ones first, then due ones (longest overdue first), then new ones, then the rest; ties by seed. */
function rank(pool: readonly Question[], progress: Progress, now: Now, name: string): Question[] {
  const order = permutation(pool.length, seeded(progress.seed, name));
  const weigh = (question: Question): [group: number, due: number] => {
    const { state, dueDay } = reviewState(progress.answers[question.id]);
    if (state === 'wrong') return [0, 0];
    if (state === 'new') return [2, 0];
    return dueDay <= now.day ? [1, dueDay] : [3, dueDay];
  };
  return order
    .map((index, tie) => ({ question: pool[index], tie }))
    .filter((each): each is { question: Question; tie: number } => each.question !== undefined)
    .map((each) => ({ ...each, weight: weigh(each.question) }))
    .sort((a, b) => a.weight[0] - b.weight[0] || a.weight[1] - b.weight[1] || a.tie - b.tie)
    .map((each) => each.question);
}

export type Mastery = 'unseen' | 'begun' | 'practised' | 'recalled' | 'fading';

/**
 * How well a concept sits. `practised`: an exercise of it is passed; `recalled`: besides, a question was answered
 * rightly on a later day than its first answer; `fading`: recalled once, and now overdue or wrong.
 */
export function conceptMastery(concept: string, request: { outline: PageOutline; questions: readonly Question[]; progress: Progress; now: Now }): Mastery {
  const { outline, progress, now } = request;
  const items = Object.values(outline.items).filter((item) => item.concepts.includes(concept));
  const practised = items.some((item) => item.kind === 'exercise' && isPassed(progress, item.id));
  const logs = request.questions.filter((question) => question.concept === concept).map((question) => progress.answers[question.id]).filter((log) => log !== undefined);
  const spaced = logs.some((log) => log.some(([, day, right]) => right === 1 && day > (log[0]?.[1] ?? day)));
  if (practised && spaced) {
    const fading = logs.some((log) => reviewState(log).state === 'wrong' || reviewState(log).dueDay < now.day);
    return fading ? 'fading' : 'recalled';
  }
  if (practised) return 'practised';
  // A quiz asks about much at once: looking at its first page is no meeting with all of it.
  return logs.length > 0 || items.some((item) => item.kind !== 'quiz' && progress.items[item.id] !== undefined) ? 'begun' : 'unseen';
}
