/** Addresses as inet_pton() takes them: names of hosts are none. */
import type { Bytes } from './bytes.ts';

function isFour(text: Bytes): boolean {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return four !== null && four.slice(1).every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0')));
}

function isSix(text: Bytes): boolean {
  // One `::` stands for a run of zeros.
  const halves = text.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  return text.includes(':') && (halves.length === 2 ? groups.length < 8 : halves.length === 1 && groups.length === 8) && groups.every((each) => /^[0-9A-Fa-f]{1,4}$/.test(each));
}

export function isIpAddress(text: Bytes): boolean {
  const [, front, four] = /^(.*:)([^:]*\.[^:]*)$/.exec(text) ?? [];
  return front === undefined || four === undefined ? isFour(text) || isSix(text) : isFour(four) && isSix(`${front}0:0`);
}
