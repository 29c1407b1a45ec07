/*
 * From words to arguments
 * -----------------------
 * Variables are replaced, what they hold is split at blanks unless it was quoted, and unquoted patterns
 * (* ? [a-z]) become the names of the files they match. A quoted piece is never a pattern and never
 * split; an empty quoted word is an argument, an empty unquoted one is none.
 */
import { type Bytes, type Disk, globMatch, isDiskError } from '../../engine/index.ts';
import { resolvePath } from '../../simulation/index.ts';
import type { Word } from './parse.ts';

export interface ExpansionContext {
  variable(name: Bytes): Bytes | undefined;
  /** What `$(source)` printed: run before the expansion begins. */
  output(source: Bytes): Bytes;
  readonly home: Bytes;
  readonly disk: Disk;
  readonly directory: string;
}

/** A piece of an argument; only unquoted pieces can be patterns. */
interface Piece {
  readonly text: Bytes;
  readonly quoted: boolean;
}

/** All arguments that a list of words stands for. */
export function expandWords(words: readonly Word[], context: ExpansionContext): Bytes[] {
  return words.flatMap((word) => expandWord(word, context));
}

/** A word where exactly one value is wanted: an assignment, a file name after `>`. No splitting, no patterns. */
export function expandToOne(word: Word, context: ExpansionContext): Bytes {
  return pieces(word, context).map((piece) => piece.text).join('');
}

function expandWord(word: Word, context: ExpansionContext): Bytes[] {
  const fields: Piece[][] = [];
  let current: Piece[] | undefined;
  for (const piece of pieces(word, context)) {
    if (piece.quoted || !piece.split) {
      (current ??= []).push(piece);
      continue;
    }
    // The value of an unquoted variable: blanks in it end one argument and begin the next.
    const values = piece.text.split(/[ \t\n]+/);
    values.forEach((value, i) => {
      if (i > 0 && current !== undefined) {
        fields.push(current);
        current = undefined;
      }
      if (value !== '') (current ??= []).push({ text: value, quoted: false });
    });
  }
  if (current !== undefined) fields.push(current);
  return fields.flatMap((field) => matchFiles(field, context));
}

function pieces(word: Word, context: ExpansionContext): (Piece & { split: boolean })[] {
  return word.map((part, i) => {
    if (part.kind === 'text') {
      const isHome = i === 0 && !part.quoted && (part.text === '~' ? word.length === 1 : part.text.startsWith('~/'));
      return { text: isHome ? context.home + part.text.slice(1) : part.text, quoted: part.quoted, split: false };
    }
    if (part.kind === 'command') return { text: context.output(part.source), quoted: part.quoted, split: true };
    const value = context.variable(part.name);
    return { text: value === undefined || (value === '' && part.fallback !== undefined) ? (part.fallback ?? '') : value, quoted: part.quoted, split: true };
  });
}

function matchFiles(field: readonly Piece[], context: ExpansionContext): Bytes[] {
  const literal = field.map((piece) => piece.text).join('');
  if (!field.some((piece) => !piece.quoted && /[*?[]/.test(piece.text))) return [literal];
  const pattern = field.map((piece) => (piece.quoted ? piece.text.replace(/[*?[\]\\^-]/g, '\\$&') : piece.text)).join('');
  const found = pathsMatching(pattern, context);
  // A pattern that matches nothing stays what was typed.
  return found.length > 0 ? found : [literal];
}

function pathsMatching(pattern: Bytes, { disk, directory }: ExpansionContext): Bytes[] {
  const isAbsolute = pattern.startsWith('/');
  let found: Bytes[] = [isAbsolute ? '/' : ''];
  for (const part of pattern.split('/').filter((each) => each !== '')) {
    const next: Bytes[] = [];
    for (const base of found) {
      const names = disk.list(resolvePath(directory, base === '' ? '.' : base));
      if (isDiskError(names)) continue;
      if (!/[*?[]/.test(part)) {
        const name = part.replace(/\\(.)/g, '$1');
        if (name === '.' || name === '..' || names.includes(name)) next.push(base + name);
        continue;
      }
      for (const name of [...names].sort()) {
        // Hidden files want to be asked for.
        if (name.startsWith('.') && !part.startsWith('.')) continue;
        if (globMatch(part, name)) next.push(base + name);
      }
    }
    found = next.map((path) => `${path}/`);
  }
  return found.map((path) => (path === '/' ? path : path.slice(0, -1))).sort();
}
