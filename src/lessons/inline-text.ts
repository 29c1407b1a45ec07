/*
 * Inline markup
 * -------------
 * Messages are made at run time, so they cannot be compiled trees. They know four marks: `code`, **strong**,
 * *emphasis* and [[SET]]. Everything else is text, and an unclosed mark is text too: a value that a learner
 * typed can never become markup of another kind.
 */
export type InlinePiece =
  | { kind: 'text' | 'code' | 'strong' | 'emphasis'; text: string }
  /** The name of a command whose card can be opened. */
  | { kind: 'command'; text: string };

const MARKS = /`([^`]+)`|\*\*([^*\s](?:[^*]*[^*\s])?)\*\*|(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])|\[\[([A-Z][A-Z0-9 ._-]*)\]\]/g;

export function parseInline(source: string): InlinePiece[] {
  const pieces: InlinePiece[] = [];
  let position = 0;
  const text = (value: string): void => {
    if (value !== '') pieces.push({ kind: 'text', text: value });
  };
  for (const found of source.matchAll(MARKS)) {
    text(source.slice(position, found.index));
    position = found.index + found[0].length;
    if (found[1] !== undefined) pieces.push({ kind: 'code', text: found[1] });
    else if (found[2] !== undefined) pieces.push({ kind: 'strong', text: found[2] });
    else if (found[3] !== undefined) pieces.push({ kind: 'emphasis', text: found[3] });
    else pieces.push({ kind: 'command', text: found[4] ?? '' });
  }
  text(source.slice(position));
  return pieces;
}

/** The same without marks, for titles and screen readers. */
export function inlinePlain(source: string): string {
  return parseInline(source).map((piece) => piece.text).join('');
}
