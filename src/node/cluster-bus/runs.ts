/*
 * Bytes as text: hexadecimal, with `(00*2048)` for a byte that comes again and again. Messages of the bus are mostly zeros.
 */

export function shown(bytes: string): string {
  const hex = [...bytes].map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  // Whole bytes only: the text is cut into pairs first.
  return (hex.match(/../g) ?? []).join(' ').replace(/(\b[0-9a-f]{2}\b)(?: \1\b){7,}/g, (run, byte: string) => `(${byte}*${(run.length + 1) / 3})`).replaceAll(' ', '');
}

export function read(text: string): string {
  return (text.match(/\([0-9a-f]{2}\*\d+\)|[0-9a-f]{2}/g) ?? []).map((part) => {
    const run = /^\((..)\*(\d+)\)$/.exec(part);
    return String.fromCharCode(parseInt(run?.[1] ?? part, 16)).repeat(Number(run?.[2] ?? 1));
  }).join('');
}
