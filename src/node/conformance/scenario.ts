/*
 * What is sent to both servers
 * ----------------------------
 * A scenario is a list of steps of named clients on an empty server. It is plain data: it can be cut,
 * run again and printed.
 */
import type { Bytes } from '../../engine/index.ts';

export type Step =
  /** A request in RESP, or as a line of words when `inline` is set. */
  | { readonly kind: 'command'; readonly client: string; readonly argv: readonly Bytes[]; readonly inline?: boolean }
  /** Bytes as they are; `pieces` cuts them into several writes. */
  | { readonly kind: 'raw'; readonly client: string; readonly bytes: Bytes; readonly pieces: readonly number[] }
  /** The client leaves. Its next step connects anew. */
  | { readonly kind: 'leave'; readonly client: string }
  /** Real time passes. */
  | { readonly kind: 'wait'; readonly ms: number };

export interface Scenario {
  readonly family: string;
  /** Seed and number, to run it again. */
  readonly name: string;
  readonly steps: readonly Step[];
}

export function requestBytes(argv: readonly Bytes[]): Bytes {
  let bytes = `*${argv.length}\r\n`;
  for (const word of argv) bytes += `$${word.length}\r\n${word}\r\n`;
  return bytes;
}

/** A word as it must be written in an inline request. */
export function inlineWord(word: Bytes): Bytes {
  if (/^[!#-&(-[\]-~]+$/.test(word)) return word;
  let text = '"';
  for (const char of word) {
    const code = char.charCodeAt(0);
    text += code >= 32 && code < 127 && char !== '"' && char !== '\\' ? char : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}

export function stepBytes(step: Step): Bytes {
  if (step.kind === 'raw') return step.bytes;
  if (step.kind !== 'command') return '';
  return step.inline === true ? `${step.argv.map(inlineWord).join(' ')}\r\n` : requestBytes(step.argv);
}

/** Bytes in quotes, as a reader can see them; long ones are cut in the middle. */
export function shown(bytes: Bytes, limit = 400): string {
  let text = '';
  for (const char of bytes.length > limit ? `${bytes.slice(0, limit / 2)}\u0000…` : bytes) {
    const code = char.charCodeAt(0);
    if (char === '…') {
      text += ` … ${bytes.length - limit} bytes … `;
      break;
    }
    if (char === '\r') text += '\\r';
    else if (char === '\n') text += '\\n';
    else if (char === '"' || char === '\\') text += `\\${char}`;
    else text += code >= 32 && code < 127 ? char : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  if (bytes.length > limit) text += shown(bytes.slice(bytes.length - limit / 2), limit).slice(1, -1);
  return `"${text}"`;
}

export function shownStep(step: Step): string {
  switch (step.kind) {
    case 'command':
      return `${step.client}> ${step.argv.map((word) => (/^[!#-&(-[\]-~]+$/.test(word) && word.length < 300 ? word : shown(word, 200))).join(' ')}${step.inline === true ? '   (inline)' : ''}`;
    case 'raw':
      return `${step.client}> raw ${shown(step.bytes)}${step.pieces.length > 0 ? ` cut at ${step.pieces.join(', ')}` : ''}`;
    case 'leave':
      return `${step.client}  leaves`;
    case 'wait':
      return `+ ${step.ms} ms`;
  }
}
