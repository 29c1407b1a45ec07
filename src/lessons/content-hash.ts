/*
 * A short name for a content
 * --------------------------
 * Progress remembers which text was solved by the hash of the item. It has to tell texts apart, not to
 * withstand an attacker, so two FNV-1a hashes with different beginnings, 64 bits together, are enough.
 */

/** 16 hexadecimal digits that depend on every character of `text`. */
export function contentHash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + i), 0x85ebca6b);
    b ^= b >>> 13;
  }
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return hex(a) + hex(b);
}
