/*
 * Taking back a command
 * ---------------------
 * Undo runs the session again without the last thing that was entered. A thing entered is what was typed at
 * one terminal up to and including its Enter (or Ctrl-C, Ctrl-D); empty lines go with what stands before
 * them. A line that is still being typed stays.
 */
import type { RecordedInput } from '../simulation/index.ts';

interface Place {
  /** Index into the inputs, and into the bytes of that input. */
  readonly input: number;
  readonly byte: number;
}

/** Whether a line or a key that can be taken back has ended in the inputs from `since` on: while one is typed, nothing new can be taken back. */
export function hasEnd(inputs: readonly RecordedInput[], since: number): boolean {
  for (let i = since; i < inputs.length; i++) {
    const input = inputs[i];
    if (input?.kind === 'type' && ENDS.test(input.bytes)) return true;
  }
  return false;
}

/** Ctrl-C, Ctrl-D and the two forms of Enter. */
const ENDS = /[\x03\x04\n\r]/;

/** Whether there is anything to take back after the first `baseline` inputs. */
export function canTakeBack(inputs: readonly RecordedInput[], baseline: number): boolean {
  return lastEntered(inputs, baseline) !== undefined;
}

/** The inputs without the last thing entered; undefined when there is none. */
export function withoutLastEntered(inputs: readonly RecordedInput[], baseline: number): RecordedInput[] | undefined {
  const range = lastEntered(inputs, baseline);
  if (range === undefined) return undefined;
  const { tty, from, to } = range;
  return inputs.flatMap((input, index) => {
    if (input.kind !== 'type' || input.tty !== tty || index < from.input || index > to.input) return [input];
    const start = index === from.input ? from.byte : 0;
    const end = index === to.input ? to.byte + 1 : input.bytes.length;
    const bytes = input.bytes.slice(0, start) + input.bytes.slice(end);
    return bytes === '' ? [] : [{ ...input, bytes }];
  });
}

function lastEntered(inputs: readonly RecordedInput[], baseline: number): { tty: string; from: Place; to: Place } | undefined {
  const passed = new Map<string, Place>(); // per terminal: the latest end of a thing entered
  const found = new Map<string, { from: Place; to: Place; blank: boolean }[]>();
  let newest: { tty: string; from: Place; to: Place } | undefined;
  const content = new Map<string, boolean>();
  for (let index = baseline; index < inputs.length; index++) {
    const input = inputs[index];
    if (input?.kind !== 'type') continue;
    const { tty } = input;
    for (let byte = 0; byte < input.bytes.length; byte++) {
      const code = input.bytes.charCodeAt(byte);
      const isEnter = code === 13 || code === 10;
      const isKey = code === 3 || code === 4;
      if (!isEnter && !isKey) {
        if (code > 32) content.set(tty, true);
        continue;
      }
      const place = { input: index, byte };
      const before = passed.get(tty);
      const from = before === undefined ? { input: baseline, byte: 0 } : { input: before.input, byte: before.byte + 1 };
      const list = found.get(tty) ?? [];
      list.push({ from, to: place, blank: isEnter && content.get(tty) !== true });
      found.set(tty, list);
      passed.set(tty, place);
      content.set(tty, false);
    }
  }
  for (const [tty, list] of found) {
    // Empty lines at the end go together with the last line that said something.
    const at = list.findLastIndex((entered) => !entered.blank);
    const first = list[at];
    const last = list.at(-1);
    if (first === undefined || last === undefined) continue;
    if (newest === undefined || first.to.input > newest.from.input || (first.to.input === newest.to.input && first.to.byte > newest.to.byte)) {
      newest = { tty, from: first.from, to: last.to };
    }
  }
  return newest;
}
