/*
 * Whether two servers hold the same
 * ---------------------------------
 * Sixteen digits over all data, for comparing copies often: a hundredth of the work of DEBUG DIGEST, and stricter. Moments
 * of expiry count to the millisecond, and of streams also their last id and what their groups have read.
 *
 * One thing is left out that a replica may have by itself: PFCOUNT keeps the count that it has worked out in the
 * value, on a replica too, where nobody passes it on.
 */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import { hashEntries } from '../keyspace/hash-value.ts';
import { listFrom } from '../keyspace/list-value.ts';
import type { RedisObject } from '../keyspace/object.ts';
import { setMembers } from '../keyspace/set-value.ts';
import { formatId, MAX_ID, MIN_ID } from '../keyspace/stream-id.ts';
import { stringBytes } from '../keyspace/string-value.ts';
import { zsetElements } from '../keyspace/zset-value.ts';

const HYPERLOGLOG = 'HYLL';
/** Where the count that was worked out ends; it begins after the name, the encoding and three unused bytes. */
const [CACHE_FROM, CACHE_TO] = [8, 16];

/** Two words of 32 bits that take in one text after the other. */
class Mixer {
  a = 0;
  b = 0;

  start(word: number): void {
    this.a = word | 0;
    this.b = ~word;
  }

  text(text: Bytes): void {
    let { a, b } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      a ^= a >>> 15;
      b = Math.imul((b << 5) ^ (b >>> 27) ^ code, 0x85ebca6b);
    }
    // The length tells where one text ends, so that two do not run together.
    this.a = Math.imul(a ^ text.length, 0x7feb352d);
    this.b = Math.imul(b ^ text.length, 0x9e3779b1);
  }
}

/** Digits that two servers share when they hold the same data. */
export function fingerprintOfServer({ databases }: Pick<ServerForCommands, 'databases'>): string {
  const mixer = new Mixer();
  const part = new Mixer();
  // Sums, because keys and members have no order.
  let [a, b] = [0, 0];
  for (const db of databases) {
    for (const { key, value } of db.keys.entries()) {
      mixer.start(db.id);
      mixer.text(key);
      mixer.text(value.type);
      mixer.text(String(db.getExpire(key) ?? ''));
      mixContent(mixer, part, value);
      a = (a + mixer.a) | 0;
      b = (b + mixer.b) | 0;
    }
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}

function mixContent(mixer: Mixer, part: Mixer, object: RedisObject): void {
  let [a, b] = [0, 0];
  const unordered = (...texts: readonly Bytes[]): void => {
    part.start(1);
    for (const text of texts) part.text(text);
    a = (a + part.a) | 0;
    b = (b + part.b) | 0;
  };
  switch (object.type) {
    case 'string': {
      const bytes = stringBytes(object);
      mixer.text(bytes.startsWith(HYPERLOGLOG) ? bytes.slice(0, CACHE_FROM) + bytes.slice(CACHE_TO) : bytes);
      return;
    }
    case 'list':
      for (const element of listFrom(object)) mixer.text(element);
      return;
    case 'set':
      for (const member of setMembers(object)) unordered(member);
      break;
    case 'zset':
      for (const { member, score } of zsetElements(object)) unordered(member, String(score));
      break;
    case 'hash':
      for (const [field, value] of hashEntries(object)) unordered(field, value, String(object.deadlines?.get(field) ?? ''));
      break;
    case 'stream': {
      const { value: stream } = object;
      mixer.text(formatId(stream.lastId));
      for (const { id, pairs } of stream.range(MIN_ID, MAX_ID)) {
        mixer.text(formatId(id));
        for (const word of pairs) mixer.text(word);
      }
      for (const { key: name, value: group } of stream.groups.entries()) {
        mixer.text(name);
        mixer.text(formatId(group.lastId));
        for (const { key: id, value: delivery } of group.pending.entries()) {
          mixer.text(formatId(id));
          mixer.text(delivery.consumer.name);
          mixer.text(String(delivery.count));
        }
      }
      return;
    }
  }
  mixer.text(`${a} ${b}`);
}
