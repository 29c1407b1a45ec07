/*
 * Parts that may come later
 * -------------------------
 * The engine runs to completion and waits for nothing. In the page, though, not all of its code is there from
 * the first moment, and the interpreter of scripts comes only when a script does. Code that is not there yet
 * throws MissingPart: the event in which it was wanted is given up as a whole, and whoever drives the engine
 * fetches the part and runs that event again from its beginning. So nothing behind this line is ever seen
 * half done, and a run is the same run whatever came when. Where everything is there (Node, tests) none is thrown.
 */

/** Thrown instead of doing something whose code is not there yet. Nothing but the lab's door catches it. */
export class MissingPart extends Error {
  /** What to fetch: the lab knows it by this name. */
  readonly part: string;

  constructor(part: string) {
    super(`the part "${part}" has not been fetched yet`);
    this.part = part;
  }
}
