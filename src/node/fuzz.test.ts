/*
 * Seeded storms on an engine in process
 * -------------------------------------
 * Whatever bytes come, the engine answers or closes, and goes on serving others; how a request is cut
 * into chunks changes nothing; and on plain strings it agrees with a model that a child could check. Long
 * runs: npm run conformance.
 */
import { describe, expect, test } from 'vitest';
import { encodeReply, ReplyParser } from '../engine/protocol/index.ts';
import { errorText, type Reply } from '../engine/index.ts';
import type { Database } from '../engine/keyspace/database.ts';
import { objectSize } from '../engine/keyspace/types.ts';
import { error, OK, TestServer, TEST_EPOCH_MS } from '../engine/testing.ts';
import { Chance } from './conformance/chance.ts';
import { FAMILIES, scenarioOf } from './conformance/families.ts';
import { rawBytes } from './conformance/raw-bytes.ts';
import { requestBytes, shown } from './conformance/scenario.ts';
import { Words } from './conformance/values.ts';
import { stormOfBytes } from './fuzz/bytes.ts';
import { hostileRestore } from './fuzz/restore.ts';
import { runInProcess } from './goldens/in-process.ts';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('bytes that are no requests', () => {
  test.each(seeds(10))('never stop the server (seed %i)', (seed) => {
    expect(stormOfBytes(new Chance(seed, 'fuzz/bytes'), 300).inputs).toBeGreaterThanOrEqual(300);
  });
});

describe('damaged payloads', () => {
  test.each(seeds(6))('are refused or become whole values (seed %i)', (seed) => {
    const { refused, accepted } = hostileRestore(new Chance(seed, 'fuzz/restore'), 1000);
    expect(refused).toBeGreaterThan(100);
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('chunks', () => {
  test.each(seeds(12))('may be cut anywhere without a change (seed %i)', (seed) => {
    const chance = new Chance(seed, 'fuzz/chunks');
    const words = new Words(chance, 0.2);
    const parts = Array.from({ length: 12 }, () => (chance.happens(0.7) ? requestBytes(['SET', words.key(), words.value()]) : rawBytes(chance, words)));
    // What HTTP says ends the connection at once, and replies that are not sent yet are lost: there a cut does count.
    const bytes = parts.filter((part) => !/post|host:/i.test(part)).join('').slice(0, 6000);
    const whole = new TestServer({ seed }).client();
    const expected = whole.raw(bytes);
    const cut = new TestServer({ seed }).client();
    let received = '';
    for (let at = 0; at < bytes.length && !cut.closed; ) {
      const length = chance.pick([1, 1, 2, 7, 100]);
      received += cut.raw(bytes.slice(at, at + length));
      at += length;
    }
    expect(shown(received, 2000)).toBe(shown(expected, 2000));
    expect(cut.closed).toBe(whole.closed);
  });
});

describe('the sizes that a database counts in passing', () => {
  /** Sizes by type and class, counted by a walk. */
  const sizesOf = (db: Database): Record<string, number[]> => {
    const counts: Record<string, number[]> = {};
    for (const { value } of db.keys.entries()) {
      const size = objectSize(value);
      const row = (counts[value.type] ??= []);
      const at = size === 0 ? 0 : 1 + Math.floor(Math.log2(size));
      row[at] = (row[at] ?? 0) + 1;
    }
    return counts;
  };
  const TYPES = ['string', 'list', 'set', 'zset', 'hash', 'stream'] as const;
  /** The classes that have any, with their counts. */
  const some = (row: readonly number[]): [string, number][] => Object.entries(row).filter(([, count]) => count > 0);

  test.each(FAMILIES)('are what a walk would find, whatever is done: %s', (family) => {
    for (let number = 0; number < 6; number++) {
      const scenario = scenarioOf(family, 1013, number);
      runInProcess(scenario, TEST_EPOCH_MS, number, (server) => {
        for (const db of server.databases) {
          const walked = sizesOf(db);
          for (const type of TYPES) {
            expect(some(db.sizes.of(type)), `${scenario.name}: ${type}`).toEqual(some(walked[type] ?? []));
          }
        }
      });
    }
  });
});

describe('random requests of every family', () => {
  test.each(FAMILIES)('get whole replies: %s', (family) => {
    for (let number = 0; number < 4; number++) {
      const scenario = scenarioOf(family, 1009, number);
      for (const turn of runInProcess(scenario, TEST_EPOCH_MS, number)) {
        for (const bytes of turn.received.values()) {
          const parser = new ReplyParser();
          parser.feed(bytes); // throws for what is no reply
        }
      }
    }
  });
});

/** Strings with moments of expiry in a Map: what the engine must agree with. */
class Model {
  readonly keys = new Map<string, { value: string; endsAt: number | undefined }>();
  now = TEST_EPOCH_MS;

  alive(key: string): { value: string; endsAt: number | undefined } | undefined {
    const entry = this.keys.get(key);
    // In the very millisecond of its end a key is still there.
    if (entry?.endsAt !== undefined && entry.endsAt < this.now) {
      this.keys.delete(key);
      return undefined;
    }
    return entry;
  }

  put(key: string, value: string, endsAt: number | undefined): void {
    this.keys.set(key, { value, endsAt });
  }
}

const NOT_AN_INTEGER = error('ERR value is not an integer or out of range');
const isInteger = (text: string): boolean => /^(0|-?[1-9]\d*)$/.test(text) && BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 63n;

type Command = (model: Model, key: string, other: string, value: string, number: number) => readonly [argv: readonly string[], reply: Reply];

const commands: readonly Command[] = [
  (model, key, _, value) => {
    model.put(key, value, undefined);
    return [['SET', key, value], OK];
  },
  (model, key, _, value) => {
    const found = model.alive(key);
    if (found === undefined) model.put(key, value, undefined);
    return [['SET', key, value, 'NX'], found === undefined ? OK : null];
  },
  (model, key, _, value, number) => {
    const former = model.alive(key);
    model.put(key, value, model.now + number * 1000);
    return [['SET', key, value, 'GET', 'EX', String(number)], former?.value ?? null];
  },
  (model, key, _, value) => {
    const found = model.alive(key);
    if (found !== undefined) model.put(key, value, found.endsAt);
    return [['SET', key, value, 'XX', 'KEEPTTL'], found === undefined ? null : OK];
  },
  (model, key) => [['GET', key], model.alive(key)?.value ?? null],
  (model, key) => [['STRLEN', key], model.alive(key)?.value.length ?? 0],
  (model, key, other) => [['MGET', key, other, key], [key, other, key].map((each) => model.alive(each)?.value ?? null)],
  (model, key, other) => [['EXISTS', key, other, other], [key, other, other].filter((each) => model.alive(each) !== undefined).length],
  (model, key, other) => {
    const gone = new Set([key, other].filter((each) => model.alive(each) !== undefined));
    for (const each of gone) model.keys.delete(each);
    return [['DEL', key, other], gone.size];
  },
  (model, key, _, value) => {
    const found = model.alive(key);
    model.put(key, (found?.value ?? '') + value, found?.endsAt);
    return [['APPEND', key, value], (found?.value ?? '').length + value.length];
  },
  (model, key, _, __, number) => {
    const found = model.alive(key);
    const argv = ['INCRBY', key, String(number)];
    if (found !== undefined && !isInteger(found.value)) return [argv, NOT_AN_INTEGER];
    const sum = BigInt(found?.value ?? '0') + BigInt(number);
    if (sum >= 2n ** 63n) return [argv, error('ERR increment or decrement would overflow')];
    model.put(key, String(sum), found?.endsAt);
    return [argv, sum];
  },
  (model, key, _, value, number) => {
    const found = model.alive(key);
    const argv = ['SETRANGE', key, String(number), value];
    if (value === '') return [argv, found?.value.length ?? 0];
    const old = (found?.value ?? '').padEnd(number, '\0');
    const next = old.slice(0, number) + value + old.slice(number + value.length);
    model.put(key, next, found?.endsAt);
    return [argv, next.length];
  },
  (model, key, _, __, number) => {
    const { length } = model.alive(key)?.value ?? '';
    const from = Math.max(0, length - number);
    return [['GETRANGE', key, String(-number), '-1'], (model.alive(key)?.value ?? '').slice(from)];
  },
  (model, key, _, __, number) => {
    const found = model.alive(key);
    if (found !== undefined) found.endsAt = model.now + number * 1000;
    return [['EXPIRE', key, String(number)], found === undefined ? 0 : 1];
  },
  (model, key) => {
    const found = model.alive(key);
    const reply = found?.endsAt === undefined ? 0 : 1;
    if (found !== undefined) found.endsAt = undefined;
    return [['PERSIST', key], reply];
  },
  (model, key) => {
    const found = model.alive(key);
    return [['PTTL', key], found === undefined ? -2 : found.endsAt === undefined ? -1 : found.endsAt - model.now];
  },
  (model, key, other) => {
    const found = model.alive(key);
    if (found === undefined) return [['RENAME', key, other], error('ERR no such key')];
    model.keys.delete(key);
    model.keys.set(other, found);
    return [['RENAME', key, other], OK];
  },
  (model, key, other) => {
    const found = model.alive(key);
    const argv = ['COPY', key, other];
    if (key === other) return [argv, error('ERR source and destination objects are the same')];
    if (found === undefined || model.alive(other) !== undefined) return [argv, 0];
    model.put(other, found.value, found.endsAt);
    return [argv, 1];
  },
  (model, key) => {
    const found = model.alive(key);
    model.keys.delete(key);
    return [['GETDEL', key], found?.value ?? null];
  },
];

describe('strings and keys agree with a model', () => {
  test.each(seeds(20))('seed %i', (seed) => {
    const chance = new Chance(seed, 'fuzz/model');
    const words = new Words(chance, 0);
    const world = new TestServer({ seed });
    const model = new Model();
    const sent: string[] = [];
    for (let step = 0; step < 500; step++) {
      if (chance.happens(0.05)) {
        // Never whole seconds in sum: in the very millisecond of its end a key may be met or not.
        const ms = chance.pick([1, 1001, 2001, 30_001]);
        world.advance(ms);
        model.now += ms;
        sent.push(`+ ${ms} ms`);
      }
      const [argv, reply] = chance.pick(commands)(model, words.key(), words.key(), words.value(), chance.between(1, 60));
      sent.push(argv.map((word) => shown(word, 80)).join(' '));
      const received = world.sendArgv(argv);
      const expected = encodeReply(reply, 2);
      if (received !== expected) {
        throw new Error(`seed ${seed}: after\n${sent.slice(-8).join('\n')}\nexpected ${errorText(reply) ?? shown(expected)}\nreceived ${shown(received)}`);
      }
    }
    const alive = [...model.keys.keys()].filter((key) => model.alive(key) !== undefined);
    for (const key of alive) expect(world.sendArgv(['EXISTS', key])).toBe(':1\r\n');
  });
});
