/*
 * Hostile payloads for RESTORE
 * ----------------------------
 * Valid payloads of every type and encoding are damaged (bits flipped, bytes cut out, doubled, exchanged
 * between payloads), sealed with a right checksum and restored. The server must refuse them or hold a value
 * that is whole: every way to look at it tells the same, and writing it out and reading it back changes nothing.
 */
import type { Bytes } from '../../engine/index.ts';
import { ReplyParser, type ReceivedReply } from '../../engine/protocol/index.ts';
import { sealedPayload, TestServer } from '../../engine/testing.ts';
import type { Chance } from '../conformance/chance.ts';
import { requestBytes, shown } from '../conformance/scenario.ts';

/** Lines that make one value under `k`, with the limits that choose its encoding. */
const VALUES: readonly (readonly [config: Readonly<Record<string, number>>, lines: readonly string[]])[] = [
  [{}, ['SET k 12345']],
  [{}, ['SET k abababababababababababababababababababababababab']],
  [{}, ['RPUSH k a 1 70000 -5 4294967296 "a longer element that takes more than a few bytes"']],
  [{ 'list-max-listpack-size': 2 }, ['RPUSH k a b c d e f 1 2 3']],
  [{ 'list-max-listpack-size': 1, 'list-compress-depth': 1 }, [`RPUSH k ${'x'.repeat(100)} ${'y'.repeat(100)} ${'z'.repeat(100)} a`]],
  [{}, ['SADD k 1 2 3 70000']],
  [{}, ['SADD k 1 2 -9223372036854775808']],
  [{}, ['SADD k a b 3 70000']],
  [{ 'set-max-listpack-entries': 0 }, ['SADD k a b 3 70000']],
  [{}, ['HSET k a 1 b two c 70000 long-field-name value']],
  [{ 'hash-max-listpack-entries': 0 }, ['HSET k a 1 b two c 70000 long-field-name value']],
  [{}, ['HSET k a 1 b two c 3', 'HPEXPIREAT k 1900000000000 FIELDS 2 a c']],
  [{ 'hash-max-listpack-entries': 0 }, ['HSET k a 1 b two c 3', 'HPEXPIREAT k 1900000000000 FIELDS 2 a c']],
  [{}, ['ZADD k 1 a 2.5 b 70000 c inf d -0.5 e']],
  [{ 'zset-max-listpack-entries': 0 }, ['ZADD k 1 a 2.5 b 70000 c inf d -0.5 e']],
  [{}, ['PFADD k a b c d e f']],
  [{}, ['XADD k 1-1 f v g w', 'XADD k 1-2 f x g y', 'XADD k 5-0 other z', 'XDEL k 1-2', 'XGROUP CREATE k one 0', 'XREADGROUP GROUP one c1 COUNT 1 STREAMS k >', 'XREADGROUP GROUP one c2 STREAMS k >', 'XGROUP CREATE k two $ ENTRIESREAD 2']],
  [{ 'stream-node-max-entries': 1 }, ['XADD k 1-1 f v', 'XADD k 2-1 f v', 'XADD k 3-1 f v', 'XTRIM k MAXLEN 2', 'XGROUP CREATE k one 0-0 ']],
];

/** What a client may do to a value of each type; none of it may bring the server down. */
const USES: Readonly<Record<string, readonly string[]>> = {
  string: ['GET k', 'STRLEN k', 'APPEND k x', 'SETRANGE k 3 y', 'INCR k', 'BITCOUNT k', 'PFCOUNT k', 'PFADD k z'],
  list: ['LPUSH k new', 'LINSERT k BEFORE a z', 'LREM k 0 a', 'LSET k 0 changed', 'LPOS k b', 'RPOPLPUSH k k', 'LTRIM k 1 -2', 'LPOP k 2', 'RPOP k'],
  set: ['SADD k new 5', 'SRANDMEMBER k 3', 'SSCAN k 0', 'SREM k a 1', 'SPOP k', 'SINTERSTORE other k k'],
  hash: ['HSET k a 1 new 2', 'HINCRBY k a 1', 'HRANDFIELD k -3 WITHVALUES', 'HSCAN k 0', 'HEXPIRE k 100 FIELDS 2 a b', 'HPERSIST k FIELDS 1 c', 'HDEL k a b'],
  zset: ['ZADD k 5 a 1 new', 'ZRANGEBYSCORE k -inf 3', 'ZRANK k c', 'ZCOUNT k -inf +inf', 'ZSCAN k 0', 'ZINCRBY k 2 b', 'ZREM k a', 'ZPOPMIN k 2', 'ZUNIONSTORE other 1 k'],
  stream: [
    'XADD k * f v', 'XREVRANGE k + - COUNT 2', 'XINFO STREAM k FULL', 'XINFO GROUPS k', 'XPENDING k one', 'XPENDING k one - + 5', 'XREADGROUP GROUP one c1 STREAMS k >', 'XCLAIM k one c3 0 1-1 5-0',
    'XAUTOCLAIM k one c4 0 0', 'XACK k one 5-0', 'XDEL k 5-0', 'XTRIM k MAXLEN 1', 'XGROUP DELCONSUMER k one c1', 'XGROUP DESTROY k one',
  ],
};

export interface HostileRestore {
  refused: number;
  accepted: number;
}

class Asker {
  private readonly world: TestServer;
  constructor(world: TestServer) {
    this.world = world;
  }
  argv(...argv: readonly Bytes[]): ReceivedReply {
    const parser = new ReplyParser();
    const [reply] = parser.feed(this.world.client().raw(requestBytes(argv)));
    if (reply === undefined) throw new Error(`${argv.join(' ')} was not answered`);
    return reply;
  }
  line(line: string): ReceivedReply {
    return this.argv(...line.split(' '));
  }
  /** A reply that is a list of texts (or lists of them), as one list. */
  texts(line: string): Bytes[] {
    return flat(this.line(line));
  }
  number(line: string): number {
    const reply = this.line(line);
    if (reply.type !== 'integer') throw new Error(`${line} answered ${JSON.stringify(reply)}`);
    return Number(reply.value);
  }
  text(line: string): Bytes {
    const reply = this.line(line);
    if (reply.type !== 'bulk' && reply.type !== 'status') throw new Error(`${line} answered ${JSON.stringify(reply)}`);
    return reply.text;
  }
}

function flat(reply: ReceivedReply): Bytes[] {
  if (reply.type === 'array') return reply.items.flatMap(flat);
  return reply.type === 'bulk' || reply.type === 'status' ? [reply.text] : [];
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** What must hold of the value under `k`, whatever bytes it was made of. */
function examine(ask: Asker, type: string): void {
  if (type === 'string') must(ask.number('STRLEN k') === ask.text('GET k').length, 'STRLEN tells the length of GET');
  if (type === 'list') {
    const all = ask.texts('LRANGE k 0 -1');
    must(all.length > 0 && all.length === ask.number('LLEN k'), 'LLEN counts what LRANGE gives');
    must(ask.text('LINDEX k -1') === all.at(-1), 'LINDEX from the end finds the last');
  }
  if (type === 'set') {
    const all = ask.texts('SMEMBERS k');
    must(all.length > 0 && all.length === ask.number('SCARD k') && new Set(all).size === all.length, 'a set has each member once');
    for (const member of all) must(flat(ask.argv('SMISMEMBER', 'k', member)).length === 0 && numberOf(ask.argv('SISMEMBER', 'k', member)) === 1, 'a set finds its members');
  }
  if (type === 'hash') {
    const all = ask.texts('HGETALL k');
    const fields = all.filter((_, at) => at % 2 === 0);
    must(new Set(fields).size === fields.length, 'a hash has each field once');
    for (const field of fields) must(ask.argv('HGET', 'k', field).type === 'bulk', 'a hash finds its fields');
  }
  if (type === 'zset') {
    const all = ask.texts('ZRANGE k 0 -1 WITHSCORES');
    const members = all.filter((_, at) => at % 2 === 0);
    must(members.length > 0 && members.length === ask.number('ZCARD k') && new Set(members).size === members.length, 'a sorted set has each member once');
    let before = -Infinity;
    members.forEach((member, rank) => {
      const score = Number((all[rank * 2 + 1] ?? '').replace('inf', 'Infinity'));
      must(score >= before, 'scores rise');
      before = score;
      must(numberOf(ask.argv('ZRANK', 'k', member)) === rank, 'ZRANK is the place in ZRANGE');
    });
  }
  if (type === 'stream') {
    const entries = ask.line('XRANGE k - +');
    const backwards = ask.line('XREVRANGE k + -');
    const count = entries.type === 'array' ? entries.items.length : -1;
    must(count === ask.number('XLEN k'), 'XLEN counts the entries');
    must(backwards.type === 'array' && backwards.items.length === count, 'a stream reads backwards, too');
  }
}

const numberOf = (reply: ReceivedReply): number => (reply.type === 'integer' ? Number(reply.value) : NaN);

function damaged(content: Bytes, other: Bytes, chance: Chance): Bytes {
  let bytes = content;
  for (let times = chance.weighted([[6, 1], [3, 2], [1, 5]]); times > 0; times--) {
    const at = chance.below(Math.max(1, bytes.length));
    const length = chance.between(1, 9);
    bytes = chance.weighted<() => Bytes>([
      [6, () => bytes.slice(0, at) + String.fromCharCode(bytes.charCodeAt(at) ^ (1 << chance.below(8))) + bytes.slice(at + 1)],
      [4, () => bytes.slice(0, at) + String.fromCharCode(chance.pick([0, 1, 127, 128, 200, 240, 254, 255, chance.below(256)])) + bytes.slice(at + 1)],
      [1, () => bytes.slice(0, at) + bytes.slice(at + length)],
      [1, () => bytes.slice(0, at) + bytes.slice(at, at + length) + bytes.slice(at)],
      [1, () => bytes.slice(0, at) + other.slice(at, at + length) + bytes.slice(at + length)],
      [1, () => String.fromCharCode(chance.below(30)) + bytes.slice(1)],
    ])();
  }
  return bytes.replace(/[^\0-\xff]/g, '\0');
}

/** `count` damaged payloads of seed `chance`. Throws, with the payload, for a value that is not whole or a server that died. */
export function hostileRestore(chance: Chance, count: number): HostileRestore {
  const contents = VALUES.flatMap(([config, lines]) => {
    const source = new TestServer({ config });
    for (const line of lines) source.send(line);
    const dump = new Asker(source).line('DUMP k');
    return dump.type === 'bulk' ? [dump.text.slice(0, -8)] : [];
  });
  const tally: HostileRestore = { refused: 0, accepted: 0 };
  let world = new TestServer();
  let ask = new Asker(world);
  for (let number = 0; number < count; number++) {
    if (number % 20_000 === 19_999) {
      world = new TestServer({ seed: number });
      ask = new Asker(world);
    }
    const content = chance.pick(contents);
    const body = damaged(content.slice(0, -2), chance.pick(contents), chance) + (chance.happens(0.98) ? content.slice(-2) : '\x0d\0');
    const payload = sealedPayload(body);
    try {
      const reply = ask.argv('RESTORE', 'k', '0', payload, 'REPLACE');
      if (reply.type === 'error') {
        must(reply.text === 'ERR Bad data format' || reply.text.startsWith('ERR DUMP payload'), `refused with ${reply.text}`);
        tally.refused++;
        continue;
      }
      tally.accepted++;
      const type = ask.text('TYPE k');
      if (type === 'none') continue; // all fields of a hash had expired
      examine(ask, type);
      const written = ask.text('DUMP k');
      must(ask.argv('RESTORE', 'again', '0', written, 'REPLACE').type === 'status', 'what was written can be read back');
      must(flat(ask.line('DEBUG DIGEST-VALUE k')).join() === flat(ask.line('DEBUG DIGEST-VALUE again')).join(), 'reading back changes nothing');
      must(ask.number('MEMORY USAGE k') > 0 && ask.line('COPY k copy REPLACE').type === 'integer', 'it can be measured and copied');
      for (const line of chance.shuffled(USES[type] ?? [])) ask.line(line);
      if (ask.text('TYPE k') === type) examine(ask, type);
    } catch (error) {
      throw new Error(`payload ${number}: ${shown(payload, 4000)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
    }
    world.send('FLUSHALL');
  }
  return tally;
}
