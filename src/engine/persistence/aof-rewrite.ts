/*
 * The dataset as commands
 * -----------------------
 * What the base file holds when it is no RDB file: for each key the commands that make it anew. Elements come
 * 64 to a command, so that no command grows without bound.
 */
import type { Bytes } from '../bytes.ts';
import type { Database } from '../keyspace/database.ts';
import { fieldDeadline } from '../keyspace/hash-expiry.ts';
import { hashEntries } from '../keyspace/hash-value.ts';
import { listFrom } from '../keyspace/list-value.ts';
import type { HashObject, RedisObject } from '../keyspace/object.ts';
import { setMembers } from '../keyspace/set-value.ts';
import { formatId, MAX_ID, MIN_ID } from '../keyspace/stream-id.ts';
import type { Stream } from '../keyspace/stream-value.ts';
import { stringBytes } from '../keyspace/string-value.ts';
import { zsetElements } from '../keyspace/zset-value.ts';
import { formatDouble } from '../numbers.ts';
import { annotation, encodeCommand } from './aof-format.ts';
import type { FilePiece } from './rdb.ts';

/** Elements that one command brings (AOF_REWRITE_ITEMS_PER_CMD). */
const ITEMS_PER_COMMAND = 64;
const PIECE_BYTES = 1024 * 1024;

/** Commands that bring items of one or more words each. */
function* inBatches(name: Bytes, key: Bytes, items: Iterable<readonly Bytes[]>): Generator<readonly Bytes[]> {
  let argv: Bytes[] = [name, key];
  let count = 0;
  for (const item of items) {
    argv.push(...item);
    if (++count % ITEMS_PER_COMMAND === 0) {
      yield argv;
      argv = [name, key];
    }
  }
  if (argv.length > 2) yield argv;
}

function* map<T>(items: Iterable<T>, words: (item: T) => readonly Bytes[]): Generator<readonly Bytes[]> {
  for (const item of items) yield words(item);
}

type Rewriters = { readonly [O in RedisObject as O['type']]: (key: Bytes, object: O) => Iterable<readonly Bytes[]> };

const rewriters: Rewriters = {
  string: (key, object) => [['SET', key, stringBytes(object)]],
  list: (key, object) => inBatches('RPUSH', key, map(listFrom(object), (element) => [element])),
  set: (key, object) => inBatches('SADD', key, map(setMembers(object), (member) => [member])),
  zset: (key, object) => inBatches('ZADD', key, map(zsetElements(object), ({ member, score }) => [formatDouble(score), member])),
  hash: (key, object) => (object.deadlines === undefined || object.deadlines.size === 0 ? inBatches('HMSET', key, hashEntries(object)) : fieldByField(key, object)),
  stream: (key, object) => streamCommands(key, object.value),
};

/** A hash whose fields end: each field with its deadline behind it. */
function* fieldByField(key: Bytes, object: HashObject): Generator<readonly Bytes[]> {
  for (const [field, value] of hashEntries(object)) {
    yield ['HMSET', key, field, value];
    const deadline = fieldDeadline(object, field);
    if (deadline !== undefined) yield ['HPEXPIREAT', key, String(deadline), 'FIELDS', '1', field];
  }
}

function* streamCommands(key: Bytes, stream: Stream): Generator<readonly Bytes[]> {
  for (const { id, pairs } of stream.range(MIN_ID, MAX_ID)) yield ['XADD', key, formatId(id), ...pairs];
  // An empty stream is one whose only entry has been trimmed away.
  if (stream.length === 0) yield ['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y'];
  yield ['XSETID', key, formatId(stream.lastId), 'ENTRIESADDED', String(stream.entriesAdded), 'MAXDELETEDID', formatId(stream.maxDeletedId)];
  for (const { key: name, value: group } of stream.groups.entries()) {
    yield ['XGROUP', 'CREATE', key, name, formatId(group.lastId), 'ENTRIESREAD', String(group.entriesRead)];
    for (const { value: consumer } of group.consumers.entries()) {
      if (consumer.pending.size === 0) yield ['XGROUP', 'CREATECONSUMER', key, name, consumer.name];
      for (const { key: id, value: delivery } of consumer.pending.entries()) {
        yield ['XCLAIM', key, name, consumer.name, '0', formatId(id), 'TIME', String(delivery.atMs), 'RETRYCOUNT', String(delivery.count), 'JUSTID', 'FORCE'];
      }
    }
  }
}

/** The commands that make a key's value. */
export function commandsFor(key: Bytes, object: RedisObject): Iterable<readonly Bytes[]> {
  // The type picks the line, so the two fit each other; the compiler sees only a union of lines.
  return (rewriters[object.type] as (key: Bytes, object: RedisObject) => Iterable<readonly Bytes[]>)(key, object);
}

/** The file in pieces of about a megabyte, or so many keys; at least one. `timestamp`: seconds for an annotation at its beginning. */
export function* encodeAof(databases: readonly Database[], libraries: readonly Bytes[], timestamp: number | undefined, keysPerPiece: number): Generator<FilePiece> {
  let keys = 0;
  let piece = timestamp === undefined ? '' : annotation(timestamp);
  for (const code of libraries) piece += encodeCommand(['FUNCTION', 'LOAD', code]);
  for (const db of databases) {
    if (db.keys.size === 0) continue;
    piece += encodeCommand(['SELECT', String(db.id)]);
    for (const { key, value } of db.keys.entries()) {
      for (const argv of commandsFor(key, value)) piece += encodeCommand(argv);
      const when = db.expires.size > 0 ? db.expires.peek(key)?.value : undefined;
      if (when !== undefined) piece += encodeCommand(['PEXPIREAT', key, String(when)]);
      keys++;
      if (piece.length >= PIECE_BYTES || keys >= keysPerPiece) {
        yield { bytes: piece, keys };
        piece = '';
        keys = 0;
      }
    }
  }
  yield { bytes: piece, keys };
}
