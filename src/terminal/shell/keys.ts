/*
 * Keys
 * ----
 * A terminal in raw mode delivers bytes: a letter is one, é is two, an arrow three or more. This file
 * turns them into keys. A sequence may be cut anywhere; what is unfinished waits for its rest.
 *
 * The one ambiguity is ESC: the key itself, or the first byte of an arrow. A terminal sends an arrow in
 * one piece, so an ESC with nothing after it is the key; if `[A` still follows, it becomes the arrow.
 */
import type { Bytes } from '../../engine/index.ts';

export type KeyName =
  | 'enter' | 'tab' | 'escape' | 'backspace' | 'delete'
  | 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'wordLeft' | 'wordRight'
  | 'altB' | 'altF' | 'altD' | 'altBackspace' | 'pasteStart' | 'pasteEnd' | 'unknown'
  | 'ctrlA' | 'ctrlB' | 'ctrlC' | 'ctrlD' | 'ctrlE' | 'ctrlF' | 'ctrlG' | 'ctrlK' | 'ctrlL' | 'ctrlN' | 'ctrlP'
  | 'ctrlR' | 'ctrlS' | 'ctrlT' | 'ctrlU' | 'ctrlW' | 'ctrlY' | 'ctrlZ';

/** A key: a character to insert (its UTF-8 bytes), or a key with a name. `code` is the byte of a control key. */
export type Key = { readonly character: Bytes } | { readonly name: KeyName; readonly code?: number };

const CONTROL_KEYS: Readonly<Record<number, KeyName>> = {
  1: 'ctrlA', 2: 'ctrlB', 3: 'ctrlC', 4: 'ctrlD', 5: 'ctrlE', 6: 'ctrlF', 7: 'ctrlG', 8: 'backspace', 9: 'tab', 10: 'enter', 11: 'ctrlK',
  12: 'ctrlL', 13: 'enter', 14: 'ctrlN', 16: 'ctrlP', 18: 'ctrlR', 19: 'ctrlS', 20: 'ctrlT', 21: 'ctrlU', 23: 'ctrlW', 25: 'ctrlY',
  26: 'ctrlZ', 127: 'backspace',
};

/** What stands after `ESC [` or `ESC O`, last letter included. */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', '1~': 'home', '7~': 'home', '4~': 'end', '8~': 'end', '3~': 'delete',
  '1;5C': 'wordRight', '1;5D': 'wordLeft', '1;3C': 'wordRight', '1;3D': 'wordLeft', '200~': 'pasteStart', '201~': 'pasteEnd',
};

const ALT_KEYS: Readonly<Record<string, KeyName>> = { b: 'altB', f: 'altF', d: 'altD', '\x7f': 'altBackspace', '\b': 'altBackspace' };

/** Longest control sequence that is waited for; anything longer is none. */
const SEQUENCE_MAX_BYTES = 16;

export class KeyDecoder {
  private buffer: Bytes = '';
  /** An ESC was delivered as a key of its own and may turn out to begin a sequence. */
  private escaped = false;

  push(bytes: Bytes): void {
    this.buffer += bytes;
  }

  /** The next key, or undefined until more bytes arrive. */
  next(): Key | undefined {
    if (this.buffer === '') return undefined;
    if (this.escaped) {
      this.escaped = false;
      const second = this.buffer.charAt(0);
      if (second === '[' || second === 'O') return this.sequence(0, true);
    }
    const code = this.buffer.charCodeAt(0);
    if (code === 27) return this.escape();
    if (code < 32 || code === 127) {
      this.take(1);
      return { name: CONTROL_KEYS[code] ?? 'unknown', code };
    }
    const length = characterLength(this.buffer, 0);
    if (length === undefined) return undefined;
    return { character: this.take(length) };
  }

  /** Takes back what was not used: another reader of the terminal gets it. */
  takeRest(): Bytes {
    this.escaped = false;
    return this.take(this.buffer.length);
  }

  private take(length: number): Bytes {
    const taken = this.buffer.slice(0, length);
    this.buffer = this.buffer.slice(length);
    return taken;
  }

  private escape(): Key | undefined {
    const second = this.buffer.charAt(1);
    if (second === '') {
      this.take(1);
      this.escaped = true;
      return { name: 'escape' };
    }
    if (second === '[' || second === 'O') return this.sequence(1, false);
    const alt = ALT_KEYS[second];
    // ESC and then a key that has nothing to do with it: two keys.
    this.take(alt === undefined ? 1 : 2);
    return { name: alt ?? 'escape' };
  }

  /** Reads the sequence whose `[` or `O` stands at `at`. */
  private sequence(at: number, wasEscaped: boolean): Key | undefined {
    let end = at + 1;
    // Parameters and intermediates are 0x20–0x3f, the letter that ends the sequence is above.
    while (end < this.buffer.length && this.buffer.charCodeAt(end) >= 0x20 && this.buffer.charCodeAt(end) < 0x40) end++;
    if (end === this.buffer.length && end - at < SEQUENCE_MAX_BYTES) {
      this.escaped = wasEscaped;
      return undefined;
    }
    const name = SEQUENCES[this.buffer.slice(at + 1, end + 1)];
    this.take(Math.min(end + 1, this.buffer.length));
    return { name: name ?? 'unknown' };
  }
}

/**
 * How many bytes the UTF-8 character at `at` has; 1 for a byte that begins none; undefined while the
 * rest of it has not come.
 */
export function characterLength(bytes: Bytes, at: number): number | undefined {
  const lead = bytes.charCodeAt(at);
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
  for (let i = 1; i < length; i++) {
    if (at + i >= bytes.length) return undefined;
    if ((bytes.charCodeAt(at + i) & 0xc0) !== 0x80) return 1;
  }
  return length;
}

/** The characters of `bytes`: each UTF-8 sequence whole, each stray byte alone. */
export function splitCharacters(bytes: Bytes): Bytes[] {
  const characters: Bytes[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at) ?? 1;
    characters.push(bytes.slice(at, at + length));
    at += length;
  }
  return characters;
}
