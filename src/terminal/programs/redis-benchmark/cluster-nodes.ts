/*
 * The masters of a cluster, for a benchmark of all of it
 * ------------------------------------------------------
 * Asked for with CLUSTER NODES. Keys reach the node they are sent to by a tag of five characters, `{abc}`, whose slot
 * that node owns: for each slot one such tag is looked for.
 */
import { type Bytes, keyHashSlot } from '../../../engine/index.ts';

export interface ClusterNode {
  readonly id: Bytes;
  readonly host: Bytes;
  readonly port: number;
  readonly tags: readonly Bytes[];
  save: Bytes;
  appendonly: Bytes;
}

const SLOTS = 16384;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** For each slot a tag. */
function tagsBySlot(): Bytes[] {
  const tags = new Array<Bytes>(SLOTS).fill('');
  let missing = SLOTS;
  for (let number = 0; missing > 0; number++) {
    const { length } = LETTERS;
    const tag = `{${LETTERS.charAt(Math.floor(number / length ** 2) % length)}${LETTERS.charAt(Math.floor(number / length) % length)}${LETTERS.charAt(number % length)}}`;
    const slot = keyHashSlot(tag);
    if (tags[slot] !== '') continue;
    tags[slot] = tag;
    missing--;
  }
  return tags;
}

/** Reads what CLUSTER NODES tells; the masters that own slots, the node that was asked under the address it was asked at. */
export function mastersOf(text: Bytes, host: Bytes, port: number): ClusterNode[] {
  const all = tagsBySlot();
  return text.split('\n').flatMap((line) => {
    const [id = '', place = '', flags = '', , , , , , ...ranges] = line.split(' ');
    if (!flags.split(',').includes('master')) return [];
    const address = (place.split('@')[0] ?? '').split(',')[0] ?? '';
    const cut = address.lastIndexOf(':');
    const isAsked = flags.includes('myself');
    const tags = ranges.filter((range) => !range.startsWith('[')).flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return all.slice(first, last + 1);
    });
    return tags.length === 0 ? [] : [{ id, host: isAsked ? host : address.slice(0, cut), port: isAsked ? port : Number(address.slice(cut + 1)), tags, save: '', appendonly: '' }];
  });
}
