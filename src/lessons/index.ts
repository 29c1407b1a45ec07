/*
 * The door of the lessons' room: types, and the functions that the page needs. Nothing here pulls in the
 * engine, zod or a parser. Checks are evaluated behind the side door checks/index.ts (for the lab); the
 * compiler is imported by authoring and tests only.
 */
export type * from './model.ts';
export type { HistoryEntry, Probe, StateProbe } from './probe.ts';
export { inlinePlain, parseInline } from './inline-text.ts';
export type { InlinePiece } from './inline-text.ts';
export { drawQuestions, emptyAnswer, isAnswered, markAnswer, samePrediction, scoreQuiz, shownOrder } from './quiz.ts';
export type { Answer, Mark, PartMark, QuizScore } from './quiz.ts';
export { countPassed, exportProgress, importProgress, isPassed, itemState, mergeProgress, newProgress, readProgress, reduceProgress, PROGRESS_FORMAT } from './progress.ts';
export type { AnswerLog, ItemProgress, ItemState, Now, Progress, ProgressEvent, ReadResult } from './progress.ts';
export { conceptMastery, dailyReview, INTERVALS_DAYS, recallQuestions, reviewState, REVIEW_LIMIT } from './review.ts';
export type { DailyReview, Mastery, RecallRequest, ReviewState } from './review.ts';
export { contentHash } from './content-hash.ts';
