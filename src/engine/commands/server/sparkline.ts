/*
 * LATENCY GRAPH's drawing: one column a sample, a few rows of characters that fill from below, and each
 * sample's label written downwards under its column.
 */
import type { Bytes } from '../../bytes.ts';

export interface Column {
  readonly value: number;
  readonly label: Bytes;
}

const WIDTH = 80;
const ROWS = 4;
/** A third, two thirds, or all of a row's height. */
const LEVELS = '_o#';
const STEPS = LEVELS.length * ROWS;

/** Lines of text, each ended by `\n`; columns beyond the eightieth begin a new picture below. */
export function sparkline(columns: readonly Column[]): Bytes {
  const values = columns.map(({ value }) => value);
  const min = Math.min(...values);
  const range = Math.max(...values) - min || 1;
  let out = '';
  for (let from = 0; from < columns.length; from += WIDTH) out += (from === 0 ? '' : '\n') + picture(columns.slice(from, from + WIDTH), min, range);
  return out;
}

function picture(columns: readonly Column[], min: number, range: number): Bytes {
  const steps = columns.map(({ value }) => Math.min(STEPS - 1, Math.floor(Math.floor((value - min) * STEPS) / range)));
  const lines: Bytes[] = [];
  for (let row = 0; row < ROWS; row++) {
    const below = (ROWS - row - 1) * LEVELS.length;
    lines.push(steps.map((step) => (step < below ? ' ' : (LEVELS[step - below] ?? '|'))).join(''));
  }
  lines.push(' '.repeat(columns.length));
  const longest = Math.max(...columns.map(({ label }) => label.length));
  for (let at = 0; at < longest; at++) lines.push(columns.map(({ label }) => label[at] ?? ' ').join(''));
  return lines.map((line) => `${line}\n`).join('');
}
