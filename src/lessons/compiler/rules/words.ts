/*
 * Words
 * -----
 * "Just", "simply" and "obviously" tell a learner who is stuck that it is their fault. Exclamation marks
 * shout. Both are looked for in prose, messages and reasons, never in code.
 */
import type { CompiledSource } from '../compile-course.ts';
import { treesOf } from '../item-trees.ts';
import { elements, plainText, proseTexts } from '../tree.ts';

const BANNED = /\b(just|simply|obviously|oops|easy|easily|trivial|trivially)\b/i;
const SHOUT = /[\p{L}\p{N}"”’')\]]!(?=\s|$)/u;

export function checkWords({ item, source, exercise }: CompiledSource): void {
  const lines = source.body.split('\n');
  const tell = (text: string, at: number | undefined): void => {
    const banned = BANNED.exec(text);
    const shout = SHOUT.exec(text);
    const line = at ?? source.bodyLine + Math.max(0, lines.findIndex((each) => each.includes((banned ?? shout)?.[0] ?? '') && each.includes(nearby(text, banned?.index ?? shout?.index ?? 0))));
    if (banned !== null) source.report.error(line, `the word "${banned[0]}"`, 'leave it out; the sentence says the same without it');
    if (shout !== null) source.report.error(line, 'an exclamation mark', 'end the sentence with a full stop');
  };
  for (const tree of treesOf(item)) {
    for (const text of proseTexts(tree)) if (BANNED.test(text) || SHOUT.test(text)) tell(text, undefined);
  }
  tell(item.title, source.lineOf(['title']));
  for (const { check, line, whenLines } of exercise?.checks ?? []) {
    tell(withoutCode(check.say), line);
    check.when.forEach((when, index) => tell(withoutCode(when.say), whenLines[index] ?? line));
  }
  checkTables(source.bodyLine, item, source);
}

/** A few words around a place, as they stand on one line of the source. */
function nearby(text: string, index: number): string {
  const words = text.slice(Math.max(0, index - 12), index + 12).split('\n');
  return (words.length === 1 ? words[0] : text.slice(index, index + 4)) ?? '';
}

const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, '').replace(/\[\[[^\]]*\]\]/g, '');

/** A table whose head is empty cannot be read aloud. */
function checkTables(line: number, item: CompiledSource['item'], source: CompiledSource['source']): void {
  for (const tree of treesOf(item)) {
    for (const element of elements(tree)) {
      if (element.tagName === 'thead' && plainText([element]).trim() === '') source.report.warning(line, 'a table with an empty head', 'name its columns');
    }
  }
}
