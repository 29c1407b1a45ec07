/*
 * Families about clients and about looking inside
 * -----------------------------------------------
 * Several connections that cache keys, look at one another and close one another; and what a server tells
 * of its own work. `#id:b` as a word stands for the number of client b's connection, which differs per server.
 */
import type { Bytes } from '../../engine/index.ts';
import { named, send, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

/** Clients that a scenario names; `#id:` of one that has not connected is no id. */
const CLIENTS = ['a', 'b', 'c', 'd'] as const;
const someId = (words: Words): Bytes => (words.chance.happens(words.oddness) ? words.chance.pick(['0', '-1', '', 'x', '1.5', '99999999', '18446744073709551616', '01']) : `#id:${words.chance.pick(CLIENTS)}`);

/** Single keys, few of them, so that what one reads another soon writes. */
const PLAIN_KEYS = ['k1', 'k2', 'user:1', 'user:2', 'job:1', '', 'a b'] as const;

const tracked = named(
  'get', 'set', 'mget', 'mset', 'incr', 'del', 'append', 'getdel', 'getex', 'expire', 'persist', 'rename', 'copy', 'move', 'exists', 'type', 'ttl', 'strlen', 'getrange', 'setrange', 'setnx', 'msetnx',
  'unlink', 'touch', 'object|encoding', 'lpush', 'lrange', 'lpop', 'lmove', 'sadd', 'smembers', 'sismember', 'sinter', 'sinterstore', 'smove', 'hset', 'hget', 'hgetall', 'hdel', 'zadd', 'zrange', 'zscore',
  'zinterstore', 'zpopmin', 'swapdb', 'flushdb', 'flushall', 'sort_ro', 'sort', 'bitcount', 'setbit', 'lcs', 'dbsize', 'randomkey', 'dump', 'restore', 'memory|usage', 'publish',
);

function trackingOptions(words: Words): Bytes[] {
  const { chance } = words;
  const options: Bytes[] = [];
  const isBroadcast = chance.happens(0.4);
  if (isBroadcast) options.push('BCAST');
  while (chance.happens(isBroadcast ? 0.5 : 0.02)) options.push('PREFIX', chance.pick(['', 'k', 'k1', 'user:', 'user:1', 'job:', 'a b', 'x']));
  if (chance.happens(isBroadcast ? 0.02 : 0.25)) options.push('OPTIN');
  if (chance.happens(isBroadcast ? 0.02 : 0.2)) options.push('OPTOUT');
  if (chance.happens(0.3)) options.push('noloop');
  while (chance.happens(0.25)) options.push('REDIRECT', someId(words));
  if (chance.happens(words.oddness / 4)) options.push(chance.pick(['', 'REDIRECT', 'PREFIX', 'nothing']));
  return options;
}

/** A request whose keys are plain ones. */
function onPlainKeys(words: Words): Bytes[] {
  const argv = request(words.chance.pick(tracked), words);
  const keys = new Set(words.differentKeys(9));
  return argv.map((word, index) => (index > 0 && keys.has(word) ? words.chance.pick(PLAIN_KEYS) : word));
}

export const clientFamilies: Readonly<Record<string, Family>> = {
  tracking: {
    length: 70,
    steps(chance, words, length) {
      const steps: Step[] = [];
      for (const client of CLIENTS) if (chance.happens(0.6)) steps.push(send(client, ['HELLO', '3']));
      if (chance.happens(0.4)) steps.push(send('d', ['SUBSCRIBE', '__redis__:invalidate']));
      if (chance.happens(0.2)) steps.push(send('d', ['CONFIG', 'SET', 'notify-keyspace-events', 'KEA']), send(chance.pick(CLIENTS), ['PSUBSCRIBE', '__keyevent*']));
      if (chance.happens(0.1)) steps.push(send('a', ['CONFIG', 'SET', 'lazyfree-lazy-user-flush', 'yes']));
      for (const client of CLIENTS) if (chance.happens(0.5)) steps.push(send(client, ['CLIENT', 'TRACKING', 'ON', ...trackingOptions(words)]));
      while (steps.length < length) {
        const client = chance.pick(CLIENTS);
        steps.push(chance.weighted<() => Step>([
          [60, () => send(client, onPlainKeys(words))],
          [12, () => send(client, ['CLIENT', 'TRACKING', chance.pick(['ON', 'ON', 'on', 'OFF', 'nonsense']), ...trackingOptions(words)])],
          [8, () => send(client, ['CLIENT', 'CACHING', chance.pick(['YES', 'NO', 'yes', 'no', 'x'])])],
          [4, () => send(client, ['CLIENT', chance.pick(['TRACKINGINFO', 'GETREDIR'])])],
          [3, () => send(client, ['MULTI'])],
          [5, () => send(client, ['EXEC'])],
          [2, () => send(client, ['CLIENT', 'REPLY', chance.pick(['ON', 'OFF', 'SKIP'])])],
          [1, () => send(client, ['CLIENT', 'LIST'])],
          [1, () => send(client, ['RESET'])],
          [1, () => send(client, ['HELLO', chance.pick(['2', '3'])])],
          [1, () => ({ kind: 'leave', client })],
        ])());
        if (chance.happens(0.01)) steps.push(send('e', ['SET', chance.pick(PLAIN_KEYS), 'v', 'PX', '1']), { kind: 'wait', ms: 260 });
      }
      return steps;
    },
  },

  client: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      for (const client of CLIENTS) if (chance.happens(0.3)) steps.push(send(client, ['HELLO', '3']));
      for (const client of CLIENTS) if (chance.happens(0.3)) steps.push(send(client, ['CLIENT', 'SETNAME', chance.pick(['worker', 'reader', 'a b', ''])]));
      const killFilter = (): Bytes[] => chance.weighted<() => Bytes[]>([
        [4, () => ['ID', someId(words)]],
        [2, () => ['TYPE', chance.pick(['pubsub', 'replica', 'slave', 'master', 'PUBSUB', 'nothing'])]],
        [2, () => ['USER', chance.pick(['default', 'nobody'])]],
        [2, () => ['ADDR', chance.pick(['127.0.0.1:1', '', '127.0.0.1'])]],
        [2, () => ['LADDR', chance.pick(['127.0.0.1:1', '', 'x'])]],
        [2, () => ['MAXAGE', chance.pick(['100', '0', '-1', 'x', '9223372036854775807'])]],
        [3, () => ['SKIPME', chance.pick(['yes', 'no', 'YES', 'x'])]],
        [1, () => [chance.pick(['', 'nothing', 'ID'])]],
      ])();
      // A filter that fits everybody would close the connection that compares.
      const kill = (): Bytes[] => ['CLIENT', 'KILL', ...chance.pick([['ID', someId(words)], ['TYPE', 'pubsub'], ['ADDR', '127.0.0.1:1'], ['MAXAGE', '1000']]), ...(chance.happens(0.5) ? killFilter() : []), ...(chance.happens(0.2) ? killFilter() : [])];
      while (steps.length < length) {
        const client = chance.pick(CLIENTS);
        steps.push(chance.weighted<() => Step>([
          [10, () => send(client, ['CLIENT', 'LIST', ...chance.weighted<() => Bytes[]>([
            [3, () => []], [2, () => ['TYPE', chance.pick(['normal', 'pubsub', 'replica', 'master', 'slave', 'NORMAL', 'x'])]], [3, () => ['ID', someId(words), ...(chance.happens(0.5) ? [someId(words)] : [])]], [1, () => [chance.pick(['ID', 'TYPE', 'x'])]],
          ])()])],
          [6, () => send(client, ['CLIENT', 'INFO'])],
          [6, () => send(client, kill())],
          [2, () => send(client, ['CLIENT', 'KILL', chance.pick(['127.0.0.1:1', '', 'x'])])],
          [5, () => send(client, ['CLIENT', 'UNBLOCK', chance.happens(0.6) ? '#id:w' : someId(words), ...(chance.happens(0.5) ? [chance.pick(['TIMEOUT', 'ERROR', 'x'])] : [])])],
          // A client that does nothing else, so that replies come one by one.
          [5, () => send('w', ['BLPOP', 'nobody-makes-it', '0'])],
          [5, () => send(client, ['CLIENT', chance.pick(['NO-EVICT', 'NO-TOUCH']), chance.pick(['ON', 'OFF', 'x'])])],
          [5, () => send(client, ['CLIENT', 'SETINFO', chance.pick(['LIB-NAME', 'lib-ver', 'x']), chance.pick(['redis-py', '1.2', 'a b', '', '\xff'])])],
          [5, () => send(client, [chance.pick(['MULTI', 'EXEC', 'DISCARD'])])],
          [6, () => send(client, ['SET', words.key(), words.value()])],
          [4, () => send(client, ['WATCH', words.key(), words.key()])],
          [5, () => send(client, [chance.pick(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE']), words.channel()])],
          [2, () => send(client, ['SELECT', '3'])],
          [2, () => send(client, ['CLIENT', 'TRACKING', 'ON', ...trackingOptions(words)])],
          [2, () => ({ kind: 'leave', client })],
          [1, () => send(client, ['RESET'])],
          [2, () => send(client, ['INFO', 'clients'])],
        ])());
      }
      return steps;
    },
  },
};
