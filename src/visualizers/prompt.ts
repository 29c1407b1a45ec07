/*
 * Predictions and goals
 * ---------------------
 * A picture teaches by what one does with it. A prompt is a question about the next change, judged by the
 * two true states around it. A goal is something to build, told as marks: each is reached by a state, or by
 * the step between two, whoever caused it.
 */

/**
 * A question about the next change. `answer` is asked with each new state until it returns the right
 * choice; undefined means "this change did not decide it".
 */
export interface Prompt<V> {
  id: string;
  /** Whether the question makes sense in this state. */
  fits: (view: V) => boolean;
  /** "You are about to SET a new key. Which table will it go to?" */
  ask: (view: V) => string;
  choices: (view: V) => readonly string[];
  answer: (before: V, after: V) => string | undefined;
  /** Why it came so; when `choice` was another answer, also what that answer took for granted. */
  because: (before: V, after: V, choice: string) => string;
}

export interface Mark<V> {
  readonly id: string;
  /** What has to be seen, as a thing to do: "A bucket with three keys". */
  readonly says: string;
  readonly reached: (view: V, before: V | undefined) => boolean;
}

export interface Goal<V> {
  /** "Make the table grow and watch it happen." */
  readonly says: string;
  readonly marks: readonly Mark<V>[];
  /** Said when all marks are reached: what made it work. */
  readonly done: string;
}
