/*
 * Stream ids
 * ----------
 * An id is a moment in milliseconds and a number among those of that moment, 64 bits each. Here it is its
 * sixteen bytes, the highest first: such strings compare as the ids do, and they are the keys of the
 * trees that hold entries and pending messages.
 *
 *     1526919030474-55   ─►   00 00 01 63 83 b8 2e ca  00 00 00 00 00 00 00 37
 *
 * Arithmetic is in numbers where these are exact, which ids of real clocks are, and in bigints beyond.
 */
import type { Bytes } from '../bytes.ts';
import { cText, isSpace, narrow, parseInteger } from '../bytes.ts';

/** Sixteen bytes: milliseconds and sequence number, the highest byte first. */
export type StreamId = Bytes;

const UINT64_MAX = 2n ** 64n - 1n;
const HALF = 2 ** 32;

export const MIN_ID: StreamId = '\0'.repeat(16);
export const MAX_ID: StreamId = '\xff'.repeat(16);

/** Half an id: an unsigned number of 64 bits, as eight bytes. */
function encode64(value: number | bigint): Bytes {
  const big = typeof value === 'bigint';
  const high = big ? Number(value >> 32n) : Math.floor(value / HALF);
  const low = big ? Number(value & 0xffffffffn) : value % HALF;
  return String.fromCharCode((high >>> 24) & 255, (high >>> 16) & 255, (high >>> 8) & 255, high & 255, (low >>> 24) & 255, (low >>> 16) & 255, (low >>> 8) & 255, low & 255);
}

function decode64(bytes: Bytes, from: number): number | bigint {
  const word = (at: number): number => ((bytes.charCodeAt(at) << 24) | (bytes.charCodeAt(at + 1) << 16) | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)) >>> 0;
  const high = word(from);
  const low = word(from + 4);
  return high < 2 ** 21 ? high * HALF + low : (BigInt(high) << 32n) | BigInt(low);
}

/** The id made last, with its numbers: who makes one asks for them next, to show them and to tell how far it is from others. */
const made = { id: MIN_ID, ms: 0, seq: 0 };

export function streamId(ms: number | bigint, seq: number | bigint): StreamId {
  if (typeof ms !== 'number' || typeof seq !== 'number') return encode64(ms) + encode64(seq);
  // In one call: a string put together of two would be copied into one piece at its first comparison.
  const [a, b, c, d] = [Math.floor(ms / HALF), ms % HALF, Math.floor(seq / HALF), seq % HALF];
  made.ms = ms;
  made.seq = seq;
  return (made.id = String.fromCharCode(
    (a >>> 24) & 255, (a >>> 16) & 255, (a >>> 8) & 255, a & 255, (b >>> 24) & 255, (b >>> 16) & 255, (b >>> 8) & 255, b & 255,
    (c >>> 24) & 255, (c >>> 16) & 255, (c >>> 8) & 255, c & 255, (d >>> 24) & 255, (d >>> 16) & 255, (d >>> 8) & 255, d & 255,
  ));
}

/** The moment of an id, in milliseconds since the epoch when a clock made it. */
export const idMs = (id: StreamId): number | bigint => (id === made.id ? made.ms : decode64(id, 0));

export const idSeq = (id: StreamId): number | bigint => (id === made.id ? made.seq : decode64(id, 8));

/** As clients see it: `ms-seq`. */
export function formatId(id: StreamId): Bytes {
  return `${idMs(id)}-${idSeq(id)}`;
}

/** The id after this one; undefined after the last. */
export function nextId(id: StreamId): StreamId | undefined {
  const seq = idSeq(id);
  const ms = idMs(id);
  if (seq !== UINT64_MAX) return streamId(ms, typeof seq === 'number' ? plus(seq, 1) : seq + 1n);
  return ms === UINT64_MAX ? undefined : streamId(plus(ms, 1), 0);
}

/** The id before this one; undefined before 0-0. */
export function previousId(id: StreamId): StreamId | undefined {
  const seq = idSeq(id);
  const ms = idMs(id);
  if (seq !== 0) return streamId(ms, plus(seq, -1));
  return ms === 0 ? undefined : streamId(plus(ms, -1), UINT64_MAX);
}

/** A sum that wraps around at 64 bits, as the real server's does. */
function plus(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum >= 0 && sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return narrow(BigInt.asUintN(64, BigInt(a) + BigInt(b)));
}

/** How far `value` lies behind `base`, as a signed number of 64 bits. */
function minus(value: number | bigint, base: number | bigint): number | bigint {
  if (typeof value === 'number' && typeof base === 'number') return value - base;
  return narrow(BigInt.asIntN(64, BigInt(value) - BigInt(base)));
}

/** The two numbers of an id, read once where many ids are told by their distance from it. */
export interface IdNumbers {
  readonly ms: number | bigint;
  readonly seq: number | bigint;
}

export const idNumbers = (id: StreamId): IdNumbers => ({ ms: idMs(id), seq: idSeq(id) });

/** The id that lies by these differences behind a node's master id. */
export function idBehind(master: IdNumbers, ms: number | bigint, seq: number | bigint): StreamId {
  return streamId(plus(master.ms, ms), plus(master.seq, seq));
}

/** The two differences between an id and a node's master id. */
export function idDifference(id: StreamId, master: StreamId): IdNumbers {
  return { ms: minus(idMs(id), idMs(master)), seq: minus(idSeq(id), idSeq(master)) };
}

/** The id that XADD makes itself: of now, or just behind the last one when the clock is not ahead of it. Undefined behind the last possible. */
export function generatedId(last: StreamId, nowMs: number): StreamId | undefined {
  return idMs(last) < nowMs ? streamId(nowMs, 0) : nextId(last);
}

// ---- Reading what clients write -----------------------------------------------------------------------

const UNSIGNED = /^[+-]?\d+$/;

/** An unsigned number of 64 bits. What is not spelled plainly is read as C's strtoull() does: blanks, a sign, leading zeros; a minus wraps around. */
function parseUnsigned(text: Bytes): number | bigint | undefined {
  const plain = parseInteger(text);
  if (plain !== undefined) return plain < 0 ? undefined : plain;
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  const digits = text.slice(start);
  if (!UNSIGNED.test(digits)) return undefined;
  const size = BigInt(digits.replace(/^[+-]/, ''));
  if (size > UINT64_MAX) return undefined;
  return narrow(digits.startsWith('-') ? BigInt.asUintN(64, -size) : size);
}

export interface ParsedId {
  readonly id: StreamId;
  /** False for `ms-*`: the sequence number is for the server to choose. */
  readonly hasSeq: boolean;
}

export interface IdForm {
  /** The sequence number of an id that has none. */
  readonly missingSeq?: 'lowest' | 'highest';
  /** `-` and `+` stand for the lowest and the highest id. */
  readonly ends?: boolean;
  /** `ms-*` is an id. */
  readonly star?: boolean;
}

const LONGEST_ID = 127;

/** The id that a client wrote, undefined when it is none. A zero byte ends it, as strings of C do. */
export function parseId(word: Bytes, { missingSeq = 'lowest', ends = false, star = false }: IdForm = {}): ParsedId | undefined {
  if (word.length > LONGEST_ID) return undefined;
  const text = cText(word);
  if (text === '-' || text === '+') return ends ? { id: text === '-' ? MIN_ID : MAX_ID, hasSeq: true } : undefined;
  const dash = text.indexOf('-');
  const ms = parseUnsigned(dash === -1 ? text : text.slice(0, dash));
  if (ms === undefined) return undefined;
  if (dash === -1) return { id: streamId(ms, missingSeq === 'lowest' ? 0 : UINT64_MAX), hasSeq: true };
  const seqText = text.slice(dash + 1);
  if (star && seqText === '*') return { id: streamId(ms, 0), hasSeq: false };
  const seq = parseUnsigned(seqText);
  return seq === undefined ? undefined : { id: streamId(ms, seq), hasSeq: true };
}

