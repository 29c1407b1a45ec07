/** Addresses as inet_pton() takes them: names of hosts are none. */
import type { Bytes } from './bytes.ts';

export function isIpAddress(text: Bytes): boolean {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (four !== null) return four.slice(1).every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0')));
  const halves = text.split('::');
  const groups = text.split(':').filter((each) => each !== '');
  return text.includes(':') && halves.length <= 2 && (halves.length === 2 ? groups.length < 8 : groups.length === 8) && groups.every((each) => /^[0-9A-Fa-f]{1,4}$/.test(each));
}
