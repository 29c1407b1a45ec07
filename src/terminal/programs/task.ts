/*
 * Long conversations, told in order
 * ---------------------------------
 * A program works in callbacks, one event at a time. What asks a dozen servers one question after the other reads
 * better as one story, so such a story is a generator: where it waits it yields a step, which starts something and
 * is told how to go on.
 *
 *     function* ping(node): Task<boolean> {
 *       const reply = yield* node.ask(['PING']);
 *       return reply.type !== 'error';
 *     }
 *
 * There is no promise in it: the story goes on within the very event that brings the answer.
 */
import type { Micros } from '../../engine/index.ts';
import type { Process } from '../../simulation/index.ts';

/** Starts what is waited for; `resume` is called once, with what came of it. */
type Step = (resume: (outcome: unknown) => void) => void;

export type Task<T> = Generator<Step, T, unknown>;

/** Waits for something that ends by calling `done`. */
export function* until<T>(start: (done: (outcome: T) => void) => void): Task<T> {
  // What comes back is what `done` was given: `drive` hands over nothing else.
  return (yield start as Step) as T;
}

/** Waits for a time. */
export function* pause(process: Process, us: Micros, what: string): Task<void> {
  yield* until<void>((done) => void process.env.clock.after(us, what, () => done()));
}

/** Runs the task; `done` hears its result. */
export function drive<T>(task: Task<T>, done: (result: T) => void): void {
  const advance = (first: unknown): void => {
    let outcome = first;
    // A step that is over at once is followed by the next in a loop: a thousand of them must not pile up.
    for (;;) {
      const next = task.next(outcome);
      if (next.done === true) return done(next.value);
      const step = { isOver: false, isWaiting: false };
      next.value((result) => {
        step.isOver = true;
        if (step.isWaiting) advance(result);
        else outcome = result;
      });
      if (!step.isOver) {
        step.isWaiting = true;
        return undefined;
      }
    }
  };
  advance(undefined);
}
