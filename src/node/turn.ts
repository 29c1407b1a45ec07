/*
 * The end of a turn
 * -----------------
 * A turn is what Node does between two sleeps: it hands over what all readable sockets have received, then it runs what
 * setImmediate was given. What is sent in a turn waits for its end, one piece for each client. Where there is a ring, it has
 * turns of its own (io-uring.ts), and what is sent in one of those leaves with the ring's next call.
 */
import { Ring } from './io-uring.ts';

let processRing: Ring | undefined;
let isRingKnown = false;

/** The ring of this process, or undefined where there can be none. */
export function theRing(): Ring | undefined {
  if (!isRingKnown) {
    isRingKnown = true;
    processRing = Ring.open(flushAll);
  }
  return processRing;
}

let due: (() => void)[] = [];

/** Runs `flush` when the turn ends. */
export function atEndOfTurn(flush: () => void): void {
  if (due.length === 0 && processRing?.isInTurn !== true) setImmediate(endTurn);
  due.push(flush);
}

function flushAll(): void {
  const now = due;
  due = [];
  for (const flush of now) flush();
}

/** The end of a turn of Node's. */
function endTurn(): void {
  flushAll();
  processRing?.submit();
}

/**
 * Many short replies to one client are a tree of pieces until somebody reads it (a long one is none, see inOnePiece in the
 * engine's protocol/writer.ts). Reading one character makes one piece of it, which writing would do later anyway.
 */
export function inOnePiece(chunk: string): string {
  if (chunk.charCodeAt(0) > 255) throw new Error('a reply has a character that is no byte');
  return chunk;
}
