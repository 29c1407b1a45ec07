/*
 * DEBUG DIGEST: one number for all data
 * -------------------------------------
 * Two servers with the same digest hold the same data. Keys are mixed by exclusive or, so that their
 * order does not matter; what belongs in order is mixed by hashing the hash again.
 */
import type { Bytes } from '../../bytes.ts';
import type { Database } from '../../keyspace/database.ts';
import { hashEntries } from '../../keyspace/hash-value.ts';
import { listFrom } from '../../keyspace/list-value.ts';
import type { ObjectType, RedisObject } from '../../keyspace/object.ts';
import { setMembers } from '../../keyspace/set-value.ts';
import { formatId, MAX_ID, MIN_ID } from '../../keyspace/stream-id.ts';
import { stringBytes } from '../../keyspace/string-value.ts';
import { zsetElements } from '../../keyspace/zset-value.ts';
import { formatShortest } from '../../numbers.ts';
import { hex, sha1 } from '../../sha1.ts';

const NOTHING: Bytes = '\0'.repeat(20);
const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { string: 0, list: 1, set: 2, zset: 3, hash: 4, stream: 6 };

function xor(a: Bytes, b: Bytes): Bytes {
  let out = '';
  for (let i = 0; i < a.length; i++) out += String.fromCharCode(a.charCodeAt(i) ^ b.charCodeAt(i));
  return out;
}

const xorDigest = (digest: Bytes, data: Bytes): Bytes => xor(digest, sha1(data));
const mixDigest = (digest: Bytes, data: Bytes): Bytes => sha1(xorDigest(digest, data));
const bigEndian = (n: number): Bytes => String.fromCharCode((n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);

/** Mixes in what the value holds: in order where order counts, else by exclusive or. */
function mixContent(digest: Bytes, object: RedisObject): Bytes {
  switch (object.type) {
    case 'string':
      return mixDigest(digest, stringBytes(object));
    case 'list': {
      let mixed = digest;
      for (const element of listFrom(object)) mixed = mixDigest(mixed, element);
      return mixed;
    }
    case 'zset': {
      let mixed = digest;
      for (const { member, score } of zsetElements(object)) mixed = xorDigest(mixed, mixDigest(mixDigest(NOTHING, member), formatShortest(score)));
      return mixed;
    }
    case 'set': {
      let mixed = digest;
      for (const member of setMembers(object)) mixed = xorDigest(mixed, member);
      return mixed;
    }
    case 'stream': {
      let mixed = digest;
      for (const { id, pairs } of object.value.range(MIN_ID, MAX_ID)) {
        mixed = mixDigest(mixed, formatId(id).replace('-', '.'));
        for (const word of pairs) mixed = mixDigest(mixed, word);
      }
      return mixed;
    }
    case 'hash': {
      let mixed = digest;
      for (const [field, value] of hashEntries(object)) {
        const pair = mixDigest(mixDigest(NOTHING, field), value);
        mixed = xorDigest(mixed, object.deadlines?.has(field) === true ? xorDigest(pair, '!!hexpire!!') : pair);
      }
      return mixed;
    }
  }
}

function mixObject(digest: Bytes, object: RedisObject, hasExpire: boolean): Bytes {
  const mixed = mixContent(mixDigest(digest, bigEndian(TYPE_NUMBERS[object.type])), object);
  return hasExpire ? xorDigest(mixed, '!!expire!!') : mixed;
}

/** 40 hex digits for one value, its key aside. */
export function digestOfValue(object: RedisObject, hasExpire: boolean): Bytes {
  return hex(mixObject(NOTHING, object, hasExpire));
}

/** 40 hex digits for all databases; zeros when they are empty. */
export function digestOfDatabases(databases: readonly Database[]): Bytes {
  let all = NOTHING;
  for (const db of databases) {
    if (db.keys.size === 0) continue;
    all = mixDigest(all, bigEndian(db.id));
    for (const { key, value } of db.keys.entries()) all = xorDigest(all, mixObject(mixDigest(NOTHING, key), value, db.getExpire(key) !== undefined));
  }
  return hex(all);
}
