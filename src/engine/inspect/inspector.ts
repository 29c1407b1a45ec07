/*
 * Looking at a server
 * -------------------
 * Everything here reads and nothing touches: no expiry, no LRU, no statistics, no rehash step. Tables
 * are walked by their buckets, because a lookup would pay a step. Every answer has a limit, so that
 * a picture of ten million keys costs what a picture of two hundred costs.
 */
import type { Bytes } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';
import { globMatch } from '../glob.ts';
import type { Database } from '../keyspace/database.ts';
import { keyMemory, stringAllocation } from '../keyspace/memory.ts';
import { fieldDeadline } from '../keyspace/hash-expiry.ts';
import { hashEntries } from '../keyspace/hash-value.ts';
import { listFrom } from '../keyspace/list-value.ts';
import type { HashObject, RedisObject, StringObject, ZsetObject } from '../keyspace/object.ts';
import { setMembers } from '../keyspace/set-value.ts';
import { stringBytes, stringLength } from '../keyspace/string-value.ts';
import { encodingName, objectRefcount, objectSize } from '../keyspace/types.ts';
import { zsetElements } from '../keyspace/zset-value.ts';
import { formatDouble } from '../numbers.ts';
import { decayed, idleMs } from '../keyspace/usage.ts';
import { dictLayout, type DictLayout } from '../structures/dict-view.ts';
import { streamView } from './stream-view.ts';
import type { ClientView, DatabaseView, Deadline, ExpiryView, KeyPage, KeySummary, KeyView, StringView, ValueView, WireView } from './views.ts';

/** Buckets that one page of keys may pass, however few of their keys match. */
const BUCKETS_PER_PAGE = 20_000;
/** Entries that the list of deadlines is taken from at most. */
const DEADLINES_SAMPLED = 20_000;
const WORD_LIMIT = 200;
const WORDS_LIMIT = 50;
/** What a row of a table counts for beside its bytes, so that rows of nothing have a limit too. */
const ROW_BYTES = 16;

export interface Inspector {
  databases(): DatabaseView[];
  /** Keys that match `pattern` (default all), up to `limit` of them (default 200), from `cursor` on (default 0). */
  keys(db: number, options?: { readonly pattern?: Bytes; readonly cursor?: number; readonly limit?: number }): KeyPage;
  /** One key with up to `limit` bytes of its value (default 1024); undefined when it is not there. */
  key(db: number, key: Bytes, limit?: number): KeyView | undefined;
  /** The hash table of keys or of deadlines: up to `limit` buckets from bucket `from` on. */
  dictLayout(db: number, which: 'keys' | 'expires', limit: number, from?: number): DictLayout;
  /** Deadlines and the work of the cycle, at most `limit` deadlines (default 100). */
  expiry(db: number, limit?: number): ExpiryView;
  clients(): ClientView[];
  /** How far the parser of a client is; undefined when there is no such client. */
  wire(clientId: number): WireView | undefined;
}

/** The inspector of a server. It keeps nothing: make one whenever it is wanted. */
export function inspect(server: ServerForCommands): Inspector {
  // The time of the world, which goes on between the server's events.
  const now = (): number => Math.floor(server.env.clock.now() / 1000);

  const database = (id: number): Database => {
    const db = server.databases[id];
    if (db === undefined) throw new Error(`there is no database ${id}`);
    return db;
  };

  const summary = (db: Database, key: Bytes, object: RedisObject): KeySummary => {
    const when = db.expires.peek(key)?.value;
    const ttlMs = when === undefined ? null : Number(when) - now();
    return {
      key,
      type: object.type,
      encoding: encodingName(object),
      ttlMs,
      expired: ttlMs !== null && ttlMs < 0,
      size: objectSize(object),
      memoryBytes: keyMemory(key, object),
    };
  };

  return {
    databases: () => server.databases.map(({ id, keys, expires, averageTtlMs }) => ({ id, keys: keys.size, expires: expires.size, averageTtlMs })),

    keys(id, { pattern = '*', cursor = 0, limit = 200 } = {}) {
      const db = database(id);
      const found: KeySummary[] = [];
      let at = cursor;
      for (let bucket = 0; bucket < BUCKETS_PER_PAGE && found.length < limit; bucket++) {
        at = db.keys.scan(at, ({ key, value }) => {
          if (pattern === '*' || globMatch(pattern, key)) found.push(summary(db, key, value));
        });
        if (at === 0) break;
      }
      return { keys: found, cursor: at, total: db.keys.size };
    },

    key(id, key, limit = 1024) {
      const db = database(id);
      const object = db.keys.peek(key)?.value;
      if (object === undefined) return undefined;
      const when = db.expires.peek(key)?.value;
      const usesLfu = server.config.text('maxmemory-policy').includes('lfu');
      return {
        ...summary(db, key, object),
        expiresAtMs: when === undefined ? null : Number(when),
        idleMs: usesLfu ? 0 : idleMs(object.lru, now()),
        frequency: usesLfu ? decayed(object.lru, now(), server.config) : null,
        refcount: objectRefcount(object),
        value: valueView(object, limit, now()),
      };
    },

    dictLayout: (id, which, limit, from = 0) => (which === 'keys' ? dictLayout(database(id).keys, limit, from) : dictLayout(database(id).expires, limit, from)),

    expiry(id, limit = 100) {
      const db = database(id);
      const nowMs = now();
      const deadlines: Deadline[] = [];
      let cursor = 0;
      do {
        cursor = db.expires.scan(cursor, ({ key, value }) => deadlines.push({ key, atMs: Number(value), leftMs: Number(value) - nowMs }));
      } while (cursor !== 0 && deadlines.length < DEADLINES_SAMPLED);
      const overdue = deadlines.reduce((count, each) => count + (each.leftMs < 0 ? 1 : 0), 0);
      const sampledFrom = deadlines.length;
      deadlines.sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1));
      return {
        nowMs,
        keysWithExpiry: db.expires.size,
        deadlines: deadlines.slice(0, limit),
        sampledFrom,
        overdue,
        stalePercent: server.statistics.expiredStalePercent,
        lastCycle: server.expireCycle.lastRuns.get(id),
        lastSweep: server.expireCycle.lastSweeps.get(id),
        expiredTotal: server.statistics.keyspace.expiredKeys,
      };
    },

    clients: () => [...server.clients.values()].map((client): ClientView => ({
      id: client.id,
      address: client.socket?.peer ?? '',
      name: client.name ?? '',
      db: client.db.id,
      resp: client.resp,
      user: client.user.name,
      lastCommand: client.lastCommand,
      queued: client.queue?.length ?? null,
      doomed: client.dirtyCas || client.dirtyExec,
      watched: client.watched.map(({ db, key }) => ({ db: db.id, key })),
      subscriptions: client.subscriptions,
      isMonitor: client.isMonitor,
      blocked: client.blocked?.why ?? null,
      idleMs: now() - client.lastInteractionMs,
      ageMs: now() - client.createdMs,
    })),

    wire(clientId) {
      const client = server.clients.get(clientId);
      if (client === undefined) return undefined;
      const { wordsLeft, bulkLength, words } = client.parser.expects;
      return {
        clientId,
        resp: client.resp,
        waitingBytes: client.parser.waitingBytes,
        wordsLeft,
        bulkLength,
        // A finished request stays in the parser until the next begins.
        words: wordsLeft === 0 ? [] : words.slice(0, WORDS_LIMIT).map((word) => word.slice(0, WORD_LIMIT)),
        bytesIn: client.bytesIn,
        bytesOut: client.bytesOut,
        problem: client.parser.problem,
      };
    },
  };
}

function valueView(object: RedisObject, limit: number, nowMs: number): ValueView {
  switch (object.type) {
    case 'string':
      return stringView(object, limit);
    case 'list':
      return { type: 'list', length: objectSize(object), columns: ['element'], rows: firstRows(eachAlone(listFrom(object)), limit) };
    case 'zset':
      return { type: 'zset', length: objectSize(object), columns: ['member', 'score'], rows: firstRows(scored(object), limit) };
    case 'set':
      return { type: 'set', length: objectSize(object), columns: ['member'], rows: firstRows(eachAlone(setMembers(object)), limit) };
    case 'hash':
      if (object.deadlines === undefined || object.deadlines.size === 0) return { type: 'hash', length: objectSize(object), columns: ['field', 'value'], rows: firstRows(hashEntries(object), limit) };
      return { type: 'hash', length: objectSize(object), columns: ['field', 'value', 'ms left'], rows: firstRows(withTimeLeft(object, nowMs), limit) };
    case 'stream':
      return streamView(object, limit, nowMs);
  }
}

/** The first elements of a value, until they have about `limit` bytes; each cell is cut there too. */
function firstRows(elements: Iterable<readonly Bytes[]>, limit: number): readonly (readonly Bytes[])[] {
  const rows: (readonly Bytes[])[] = [];
  let bytes = 0;
  for (const element of elements) {
    bytes += element.reduce((sum, cell) => sum + cell.length, ROW_BYTES);
    if (bytes > limit && rows.length > 0) break;
    rows.push(element.map((cell) => cell.slice(0, limit)));
  }
  return rows;
}

function* scored(object: ZsetObject): Generator<readonly [Bytes, Bytes]> {
  for (const { member, score } of zsetElements(object)) yield [member, formatDouble(score)];
}

function stringView(object: StringObject, limit: number): StringView {
  const { value } = object;
  return {
    type: 'string',
    value: typeof value === 'object' ? value.getRange(0, limit) : stringBytes(object).slice(0, limit),
    length: stringLength(object),
    integer: object.encoding === 'int' ? stringBytes(object) : undefined,
    allocation: stringAllocation(object),
  };
}

/** Fields with the milliseconds that each has left; below zero for one that is past its time and lies about yet. */
function* withTimeLeft(object: HashObject, nowMs: number): Generator<readonly [Bytes, Bytes, Bytes]> {
  for (const [field, value] of hashEntries(object)) {
    const when = fieldDeadline(object, field);
    yield [field, value, when === undefined ? '' : String(when - nowMs)];
  }
}

/** Elements that have nothing beside them, a row each. */
function* eachAlone(elements: Iterable<Bytes>): Generator<readonly [Bytes]> {
  for (const element of elements) yield [element];
}
