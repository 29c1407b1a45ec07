/*
 * LZF
 * ---
 * The compression inside RDB files: quick, simple, and good enough for text that repeats itself. The
 * output is a row of two kinds of items, told apart by the first three bits:
 *
 *   000LLLLL                      the next L + 1 bytes stand for themselves (1–32)
 *   LLLooooo oooooooo             copy L + 2 bytes from o + 1 bytes back (3–8 bytes)
 *   111ooooo LLLLLLLL oooooooo    copy L + 9 bytes from o + 1 bytes back (9–264 bytes)
 *
 * Finding repetitions: a table of 2^16 slots remembers where a group of three bytes was seen last.
 * After a match only its last two positions enter the table, which is quicker and misses a few
 * later matches. Those choices (slots, hash, what enters the table) decide the output, and ours are
 * those of the library the real server uses, so that DUMP gives the same bytes.
 */
import type { Bytes } from '../bytes.ts';
import { fromUint8Array } from '../bytes.ts';

const HASH_SLOTS = 1 << 16;
/** Longest run of plain bytes in one item. */
const MAX_LITERAL = 32;
/** How far back a copy may reach. */
const MAX_OFFSET = 8192;
/** Longest copy in one item. */
const MAX_COPY = 264;

/**
 * Where each group of three bytes was seen last, counted over all inputs of this table so far. What
 * lies before the present input's `base` is nowhere, so the table need not be emptied for each of
 * a million short strings.
 */
const seenAt = new Int32Array(HASH_SLOTS);
let nextBase = 1;
const BASE_LIMIT = 2 ** 31 - 1;

/**
 * `input` compressed into at most `limit` bytes, or undefined when it does not get as small as that.
 */
export function lzfCompress(input: Bytes, limit: number): Bytes | undefined {
  const length = input.length;
  if (length === 0 || limit <= 0) return undefined;
  if (nextBase + length > BASE_LIMIT) {
    seenAt.fill(0);
    nextBase = 1;
  }
  const base = nextBase;
  nextBase += length;
  const out = new Uint8Array(limit + MAX_LITERAL + 4);
  let at = 0;
  /** Where the header of the present run of plain bytes belongs, and how many it has. */
  let runHeader = 0;
  let run = 0;
  let written = 1;

  while (at < length - 2) {
    const group = groupAt(input, at);
    const slot = slotOf(group);
    const seen = (seenAt[slot] ?? 0) - base;
    seenAt[slot] = base + at;
    const back = at - seen - 1;
    // Position 0 is never copied from: the original takes it for an empty slot.
    if (seen > 0 && back < MAX_OFFSET && groupAt(input, seen) === group) {
      // Two bytes are kept back, but the original's unrolled comparison checks its bound only after 19.
      const allowed = Math.min(length - at - 2, MAX_COPY);
      const longest = allowed === 17 || allowed === 18 ? 19 : allowed;
      // An empty run needs no header, so the copy may start where its header would stand.
      if (written - (run === 0 ? 1 : 0) + 4 >= limit) return undefined;
      if (run > 0) out[runHeader] = run - 1;
      else written--;
      let same = 3;
      while (same < longest && input.charCodeAt(seen + same) === input.charCodeAt(at + same)) same++;
      const code = same - 2;
      if (code < 7) {
        out[written++] = (back >> 8) + (code << 5);
      } else {
        out[written++] = (back >> 8) + (7 << 5);
        out[written++] = code - 7;
      }
      out[written++] = back & 255;
      runHeader = written++;
      run = 0;
      at += same;
      if (at >= length - 2) break;
      seenAt[slotOf(groupAt(input, at - 2))] = base + at - 2;
      seenAt[slotOf(groupAt(input, at - 1))] = base + at - 1;
    } else {
      if (written >= limit) return undefined;
      out[written++] = input.charCodeAt(at++);
      if (++run === MAX_LITERAL) {
        out[runHeader] = run - 1;
        runHeader = written++;
        run = 0;
      }
    }
  }

  if (written + 3 > limit) return undefined;
  while (at < length) {
    out[written++] = input.charCodeAt(at++);
    if (++run === MAX_LITERAL) {
      out[runHeader] = run - 1;
      runHeader = written++;
      run = 0;
    }
  }
  if (run > 0) out[runHeader] = run - 1;
  else written--;
  return fromUint8Array(out.subarray(0, written));
}

function groupAt(input: Bytes, at: number): number {
  return (input.charCodeAt(at) << 16) | (input.charCodeAt(at + 1) << 8) | input.charCodeAt(at + 2);
}

const slotOf = (group: number): number => ((group >> 8) - group * 5) & (HASH_SLOTS - 1);

/** `input` uncompressed, or undefined unless that gives exactly `length` bytes. */
export function lzfDecompress(input: Bytes, length: number): Bytes | undefined {
  if (length === 0) return ''; // the original cannot tell failure from a success of no bytes
  // No item makes more than MAX_COPY bytes, so a false length cannot ask for much memory.
  if (input.length === 0 || length > input.length * MAX_COPY) return undefined;
  const out = new Uint8Array(length);
  let written = 0;
  let at = 0;
  while (at < input.length) {
    const control = input.charCodeAt(at++);
    if (control < MAX_LITERAL) {
      const count = control + 1;
      if (written + count > length || at + count > input.length) return undefined;
      for (let i = 0; i < count; i++) out[written++] = input.charCodeAt(at++);
    } else {
      let count = control >> 5;
      if (count === 7) {
        if (at >= input.length) return undefined;
        count += input.charCodeAt(at++);
      }
      if (at >= input.length) return undefined;
      let from = written - ((control & 31) << 8) - input.charCodeAt(at++) - 1;
      count += 2;
      if (from < 0 || written + count > length) return undefined;
      for (; count > 0; count--) out[written++] = out[from++] ?? 0; // byte by byte: the copy may overlap itself
    }
  }
  return written === length ? fromUint8Array(out) : undefined;
}
