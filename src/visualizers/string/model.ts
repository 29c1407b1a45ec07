/*
 * A string as it lies in memory, as a view
 * ----------------------------------------
 * Where the bytes are (in the pointer, behind the object in one piece, in a piece of their own), how much
 * room is left behind them, and the bytes themselves by the length of the value:
 *
 *   S  up to 64 bytes       every byte
 *   M  up to 4,096          a window of 256 bytes in rows
 *   L  more                 the value in 128 pieces, each told by a sample, and the same window
 */
import type { Bytes } from '../../engine/index.ts';
import type { ByteMix, StringAllocation } from '../../engine/inspect/index.ts';
import { bytesSize, count, counted, shown } from '../words.ts';

export type Level = 'S' | 'M' | 'L';
export type StringEncoding = 'int' | 'embstr' | 'raw';

export interface StringPicture {
  readonly encoding: StringEncoding;
  /** Bytes of what GET answers. */
  readonly length: number;
  readonly level: Level;
  /** Where the window begins, and its bytes. */
  readonly from: number;
  readonly window: Bytes;
  /** Level L: the value in pieces. */
  readonly density: readonly ByteMix[];
  readonly allocation: StringAllocation;
  /** "sdshdr8" …; undefined for an int, which has no text. */
  readonly headerKind: string | undefined;
  /** How many hold the value: 2147483647 for an integer that all keys share. */
  readonly refcount: number;
  /** What MEMORY USAGE answers for the key. */
  readonly memoryBytes: number;
}

export interface StringView {
  /** "local:6379"; undefined when no server runs there. */
  readonly place: string | undefined;
  readonly db: number;
  readonly key: Bytes;
  /** The type of the key when it is no string; undefined when it is one, or is not there. */
  readonly otherType: string | undefined;
  readonly value: StringPicture | undefined;
  /** The last command that changed the key, and the encodings before and after when it changed them. */
  readonly command: { readonly id: number; readonly text: string } | undefined;
  readonly conversion: { readonly id: number; readonly from: string; readonly to: string } | undefined;
}

export const EMBSTR_LIMIT = 44;
export const SHARED = 2147483647;

/** The kind of sds header by its size in bytes. */
export function headerKind(textHeader: number): string | undefined {
  return ({ 1: 'sdshdr5', 3: 'sdshdr8', 5: 'sdshdr16', 9: 'sdshdr32', 17: 'sdshdr64' } as Readonly<Record<number, string>>)[textHeader];
}

/** Bytes of the piece in which the text lies: with its header, room and closing zero; 0 for an int. */
export function textPiece({ allocation, encoding }: StringPicture): number {
  return encoding === 'int' ? 0 : allocation.embedded ? allocation.total : allocation.total - allocation.header;
}

/** What the allocator gave and nobody can use: its sizes are coarser than what was asked for. */
export function slack(value: StringPicture): number {
  const { allocation } = value;
  return value.encoding === 'int' ? 0 : allocation.total - allocation.header - allocation.textHeader - allocation.used - allocation.spare - 1;
}

// --- words --------------------------------------------------------------------------------------

export function describeString(view: StringView): string {
  if (view.place === undefined) return 'No server is running here.';
  if (view.key === '') return 'No key is chosen.';
  const name = shown(view.key);
  if (view.otherType !== undefined) return `${name} in database ${view.db} of ${view.place} is a ${view.otherType}, not a string.`;
  const { value } = view;
  if (value === undefined) return `There is no key ${name} in database ${view.db} of ${view.place}.`;
  const { allocation } = value;
  const lines = [`${name} in database ${view.db} of ${view.place} is a string of ${counted(value.length, 'byte')}, stored as ${value.encoding}.`];
  if (value.encoding === 'int') {
    lines.push(`The object takes ${allocation.header} bytes, and the number ${shown(value.window)} stands where its pointer would: there is no text.`);
    if (value.refcount === SHARED) lines.push('It is one of the integers from 0 to 9999 that all keys share.');
  } else if (allocation.embedded) {
    lines.push(`One piece of ${counted(allocation.total, 'byte')}: object ${allocation.header}, text header ${allocation.textHeader} (${value.headerKind ?? ''}), text ${allocation.used}, closing zero 1${slack(value) > 0 ? `, unused ${slack(value)}` : ''}. It cannot grow where it lies.`);
  } else {
    lines.push(`Two pieces: the object of ${counted(allocation.header, 'byte')}, and ${counted(textPiece(value), 'byte')} for the text: header ${allocation.textHeader} (${value.headerKind ?? ''}), text ${count(allocation.used)}, free ${count(allocation.spare)}, closing zero 1${slack(value) > 0 ? `, unused ${slack(value)}` : ''}.`);
    lines.push(allocation.spare > 0 ? `${counted(allocation.spare, 'byte')} more can be appended without moving it.` : 'It is full: growth means a new piece.');
  }
  lines.push(`With its key and table entry it takes ${bytesSize(value.memoryBytes)}.`);
  if (value.window !== '' && value.encoding !== 'int') {
    const whole = value.window.length === value.length;
    lines.push(`${whole ? 'Its bytes' : `Bytes ${count(value.from)} to ${count(value.from + value.window.length - 1)}`}: ${shown(value.window, 256)}`);
  }
  if (value.density.length > 0) lines.push(densityWords(value));
  if (view.conversion !== undefined) lines.push(conversionWords(view.conversion));
  return lines.join('\n');
}

function densityWords(value: StringPicture): string {
  const sum = value.density.reduce((all, each) => ({ zero: all.zero + each.zero, printable: all.printable + each.printable, other: all.other + each.other }), { zero: 0, printable: 0, other: 0 });
  const total = Math.max(1, sum.zero + sum.printable + sum.other);
  const share = (n: number): string => `${Math.round((100 * n) / total)} %`;
  return `In a sample of ${counted(total, 'byte')}: ${share(sum.printable)} printable, ${share(sum.zero)} zero, ${share(sum.other)} others.`;
}

export function conversionWords(conversion: { readonly from: string; readonly to: string }): string {
  return `Its encoding went from ${conversion.from} to ${conversion.to}.`;
}

/** How the piece of the text fared between two states. */
export type Fate = 'first' | 'gone' | 'same' | 'inPlace' | 'moved';

export function fate(before: StringView | undefined, after: StringView): Fate {
  if (before?.value === undefined || before.key !== after.key || before.db !== after.db) return after.value === undefined ? 'gone' : 'first';
  if (after.value === undefined) return 'gone';
  const { value: was } = before;
  const { value: is } = after;
  if (was.length === is.length && was.window === is.window && was.encoding === is.encoding) return 'same';
  return was.encoding === is.encoding && was.encoding === 'raw' && textPiece(was) === textPiece(is) ? 'inPlace' : 'moved';
}

export function stringChanges(before: StringView, after: StringView): string[] {
  if (before.place !== after.place || before.db !== after.db || before.key !== after.key) return [];
  const was = before.value;
  const is = after.value;
  if (was === undefined && is !== undefined) return [`The key came, as ${is.encoding}.`];
  if (was !== undefined && is === undefined) return ['The key is gone.'];
  if (was === undefined || is === undefined) return [];
  const changes: string[] = [];
  if (was.encoding !== is.encoding) changes.push(`The encoding went from ${was.encoding} to ${is.encoding}.`);
  if (was.length !== is.length) changes.push(`The value has ${counted(is.length, 'byte')} instead of ${count(was.length)}.`);
  else if (was.window !== is.window) changes.push('Bytes were overwritten; the length is the same.');
  switch (fate(before, after)) {
    case 'inPlace':
      if (was.allocation.spare !== is.allocation.spare) changes.push(`It stayed where it was: free room went from ${count(was.allocation.spare)} to ${counted(is.allocation.spare, 'byte')}.`);
      break;
    case 'moved':
      if (is.encoding === 'raw' && was.encoding === 'raw') changes.push(`A new piece of ${counted(textPiece(is), 'byte')} was taken, ${count(textPiece(was))} given back; ${counted(is.allocation.spare, 'byte')} of it ${is.allocation.spare === 1 ? 'is' : 'are'} free.`);
      else if (was.allocation.total !== is.allocation.total) changes.push(`Memory for the value went from ${count(was.allocation.total)} to ${counted(is.allocation.total, 'byte')}.`);
      break;
    default:
  }
  return changes;
}
