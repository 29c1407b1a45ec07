/*
 * Replies are plain values
 * ------------------------
 * A handler returns what it means and the cheapest JavaScript value says it: a number (or bigint) is
 * an integer reply, a Bytes string a bulk string, null is nil, an array an array. Rarer kinds are
 * small tagged objects. protocol/writer.ts turns them into RESP2 or RESP3 for the client that asked;
 * EXEC, the slow log, tests and pictures all want the value, not the bytes.
 */
import type { Bytes } from './bytes.ts';

export type Reply = number | bigint | Bytes | null | readonly Reply[] | TaggedReply;

export type TaggedReply =
  | { readonly kind: 'status'; readonly text: Bytes }
  /** `counted`: the statistics have this error already. */
  | { readonly kind: 'error'; readonly text: Bytes; readonly counted?: boolean }
  /** `*-1` in RESP2, `_` in RESP3. */
  | { readonly kind: 'nilArray' }
  /** Pairs in order; a flat array in RESP2. */
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [Reply, Reply])[] }
  | { readonly kind: 'set'; readonly members: readonly Reply[] }
  /** A bulk string in RESP2, `,` in RESP3. */
  | { readonly kind: 'double'; readonly value: number }
  /** An integer 1/0 in RESP2, `#t`/`#f` in RESP3. */
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** A bulk string in RESP2. `format` has three characters: txt, mkd. */
  | { readonly kind: 'verbatim'; readonly format: Bytes; readonly text: Bytes }
  | { readonly kind: 'bigNumber'; readonly digits: Bytes }
  /** An array in RESP2, `>` in RESP3. */
  | { readonly kind: 'push'; readonly items: readonly Reply[] }
  /** `|` before another reply in RESP3; left out in RESP2. */
  | { readonly kind: 'attribute'; readonly pairs: readonly (readonly [Reply, Reply])[]; readonly reply: Reply }
  /** Several replies to one command, one after the other (SUBSCRIBE a b). */
  | { readonly kind: 'many'; readonly replies: readonly Reply[] }
  /** Nothing is sent now: the client waits, or the reply has gone out another way. */
  | { readonly kind: 'none' }
  /** Written as the version that was spoken when it was made: HELLO inside EXEC changes the version between two elements. */
  | { readonly kind: 'spoken'; readonly resp: 2 | 3; readonly reply: Reply };

export const OK: TaggedReply = Object.freeze({ kind: 'status', text: 'OK' });
export const QUEUED: TaggedReply = Object.freeze({ kind: 'status', text: 'QUEUED' });
export const PONG: TaggedReply = Object.freeze({ kind: 'status', text: 'PONG' });
export const NIL_ARRAY: TaggedReply = Object.freeze({ kind: 'nilArray' });
export const NO_REPLY: TaggedReply = Object.freeze({ kind: 'none' });
/** The command is not over: a script goes on in a later event (scripting.ts). Told apart by identity. */
export const SUSPENDED: TaggedReply = Object.freeze({ kind: 'none' });

export const status = (text: Bytes): TaggedReply => ({ kind: 'status', text });
export const errorReply = (text: Bytes): TaggedReply => ({ kind: 'error', text });
export const mapReply = (pairs: readonly (readonly [Reply, Reply])[]): TaggedReply => ({ kind: 'map', pairs });
export const setReply = (members: readonly Reply[]): TaggedReply => ({ kind: 'set', members });
export const double = (value: number): TaggedReply => ({ kind: 'double', value });
export const boolean = (value: boolean): TaggedReply => ({ kind: 'boolean', value });
export const verbatim = (text: Bytes, format: Bytes = 'txt'): TaggedReply => ({ kind: 'verbatim', format, text });
export const push = (items: readonly Reply[]): TaggedReply => ({ kind: 'push', items });
export const many = (replies: readonly Reply[]): TaggedReply => ({ kind: 'many', replies });

export function isTagged(reply: Reply): reply is TaggedReply {
  return typeof reply === 'object' && reply !== null && !Array.isArray(reply);
}

/** Whether the statistics have this error reply already: it passed a script on its way. */
export function isCounted(reply: Reply): boolean {
  return isTagged(reply) && reply.kind === 'error' && reply.counted === true;
}

/** The text of an error reply (`WRONGTYPE …`), or undefined for every other reply. */
export function errorText(reply: Reply): Bytes | undefined {
  return isTagged(reply) && reply.kind === 'error' ? reply.text : undefined;
}

/** An error is one line: line ends at its end are left out, those inside it become blanks. */
export function oneLine(text: Bytes): Bytes {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ') : text;
}

/**
 * The client is wrong. Thrown by handlers before their first write, with Redis's exact text, prefix
 * included (`ERR syntax error`); only `call` catches it. It is no Error: nobody asks where it was thrown, and
 * to find that out takes longer than most commands.
 */
export class CommandError {
  readonly text: Bytes;
  constructor(text: Bytes) {
    this.text = text;
  }

  toString(): string {
    return `CommandError: ${this.text}`;
  }
}

export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const NOT_A_FLOAT = 'ERR value is not a valid float';
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const LOADING = 'LOADING Redis is loading the dataset in memory';
export const NO_SUCH_KEY = 'ERR no such key';

/** Throws the syntax error that Redis answers when options do not fit. */
export function syntaxError(): never {
  throw new CommandError(SYNTAX_ERROR);
}
