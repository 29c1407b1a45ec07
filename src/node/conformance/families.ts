/*
 * Families of scenarios
 * ---------------------
 * Each makes scenarios of its own kind out of chance: which commands, how many clients and how they
 * interleave, what is raw bytes and what real time.
 */
import { fold, type Bytes } from '../../engine/index.ts';
import { acl } from './acl.ts';
import { Chance } from './chance.ts';
import { sortLeavesTies } from './compare.ts';
import { everyCommand, interleaved, isKeptOut, KEPT_OUT, named, ofCollection, ofGroups, ofOneClient, plainSet, seed, selectDatabase, send, unknownCommand, type Family } from './family.ts';
import { clientFamilies } from './families-clients.ts';
import { geo } from './geo.ts';
import { request } from './grammar.ts';
import { hash } from './hash.ts';
import { hyperloglog } from './hyperloglog.ts';
import { rawBytes } from './raw-bytes.ts';
import type { Scenario, Step } from './scenario.ts';
import { scripting } from './scripting.ts';
import { PASSWORDS } from './side.ts';
import { blockingStream, stream } from './streams.ts';
import { Words } from './values.ts';

/** Requests that the grammar writes too seldom in a form that works. */
function sortedSetRequests(isByName: boolean): readonly (readonly [number, (words: Words) => Bytes[]])[] {
  const members = (words: Words, most: number): Bytes[] => Array.from({ length: words.chance.between(1, most) }, () => [isByName ? '0' : words.score(), words.element()]).flat();
  const limited = (words: Words): Bytes[] => (words.chance.happens(0.4) ? ['LIMIT', String(words.chance.between(-2, 4)), String(words.chance.between(-2, 5))] : []);
  return [
    [0.12, (words) => ['ZADD', words.key(), ...members(words, 6)]],
    [0.1, (words) => {
      const { chance } = words;
      const by = isByName ? 'BYLEX' : 'BYSCORE';
      const limit = () => (isByName ? words.lexLimit() : words.scoreLimit());
      const store = chance.happens(0.3);
      return [...(store ? ['ZRANGESTORE', words.key()] : ['ZRANGE']), words.key(), limit(), limit(), by, ...(chance.happens(0.4) ? ['REV'] : []), ...limited(words), ...(store || isByName || chance.happens(0.5) ? [] : ['WITHSCORES'])];
    }],
    [0.08, (words) => {
      const { chance } = words;
      const n = chance.between(1, 3);
      const command = chance.pick(['ZUNION', 'ZINTER', 'ZDIFF', 'ZUNIONSTORE', 'ZINTERSTORE', 'ZDIFFSTORE', 'ZINTERCARD']);
      const isStore = command.endsWith('STORE');
      const weighs = /UNION|INTER(?!CARD)/.test(command);
      return [
        command, ...(isStore ? [words.key()] : []), String(n), ...Array.from({ length: n }, () => words.key()),
        ...(weighs && !isByName && chance.happens(0.4) ? ['WEIGHTS', ...Array.from({ length: n }, () => words.score())] : []),
        ...(weighs && chance.happens(0.4) ? ['AGGREGATE', chance.pick(['SUM', 'MIN', 'max'])] : []),
        ...(!isStore && command !== 'ZINTERCARD' && chance.happens(0.5) ? ['WITHSCORES'] : []),
        ...(command === 'ZINTERCARD' && chance.happens(0.5) ? ['LIMIT', String(chance.between(-1, 4))] : []),
      ];
    }],
    [0.03, (words) => ['SADD', words.key(), ...Array.from({ length: words.chance.between(1, 5) }, () => words.element())]],
    [0.03, (words) => {
      const n = words.chance.between(1, 3);
      return ['ZMPOP', String(n), ...Array.from({ length: n }, () => words.key()), words.chance.pick(['MIN', 'MAX']), ...(words.chance.happens(0.5) ? ['COUNT', String(words.chance.between(0, 4))] : [])];
    }],
  ];
}

/** SPOP of some members would part the two servers: it takes all. */
function takingAll(step: Step): Step {
  if (step.kind !== 'command' || step.argv[0]?.toLowerCase() !== 'spop' || step.argv.length > 3 || step.argv.length < 2) return step;
  const count = Number(step.argv[2] ?? 1);
  return count > 0 && count < 1000 ? { ...step, argv: ['SPOP', step.argv[1] ?? '', '1000'] } : step;
}

const families: Readonly<Record<string, Family>> = {
  string: { length: 250, steps: ofOneClient(ofGroups('string'), [selectDatabase, unknownCommand, [0.02, (words) => ['DEL', words.key()]], [0.02, (words) => ['OBJECT', 'ENCODING', words.key()]], [0.01, (words) => ['PERSIST', words.key()]]]) },
  generic: { length: 200, steps: ofOneClient([...ofGroups('generic'), ...plainSet, ...named('dbsize', 'swapdb', 'debug')], [selectDatabase, unknownCommand, seed, [0.01, (words) => [words.chance.pick(['FLUSHDB', 'FLUSHALL', 'DBSIZE'])]]]) },

  hash,

  'sorted-set': {
    length: 250,
    steps(chance, words, length) {
      // Ranges of names mean something where all scores are equal; elsewhere a skip list answers by chance.
      const isByName = chance.happens(0.3);
      const make = ofCollection(['sorted-set'], [['zset-max-listpack-entries', ['0', '3', '8']], ['zset-max-listpack-value', ['0', '5', '20']]], sortedSetRequests(isByName));
      return make(chance, words, length).flatMap((step): Step[] => {
        if (step.kind !== 'command') return [step];
        // The lanes of a skip list are chance, and so is its memory; INFO miscounts sizes after pops in 8.0.2.
        if (/^(memory|info)$/i.test(step.argv[0] ?? '')) return [];
        const name = (step.argv[0] ?? '').toLowerCase();
        if (isByName && name === 'zadd') return step.argv.slice(2).every((word, at) => at % 2 === 1 || word === '0') ? [step] : [];
        if (isByName) return name === 'zincrby' || name === 'sadd' || /weights/i.test(step.argv.join(' ')) ? [] : [step];
        return /lex/i.test(step.argv.join(' ')) ? [] : [step];
      });
    },
  },

  list: {
    length: 250,
    steps: ofCollection(['list'], [['list-max-listpack-size', ['1', '3', '8', '-1', '0', '-5']], ['list-compress-depth', ['1', '2']]]),
  },

  set: {
    length: 250,
    steps(chance, words, length) {
      const make = ofCollection(['set'], [['set-max-listpack-entries', ['0', '3', '8']], ['set-max-listpack-value', ['0', '1', '3', '20']]]);
      const steps = make(chance, words, length).map((step) => takingAll(step));
      // Where an intset may have fewer members than a listpack, the order of a hash table decides what a union becomes.
      return chance.happens(0.4) ? [send('a', ['CONFIG', 'SET', 'set-max-intset-entries', '8', 'set-max-listpack-entries', chance.pick(['0', '3', '8'])]), ...steps] : steps;
    },
  },

  stream,
  'stream-blocking': blockingStream,

  bitmap: {
    length: 250,
    // INFO keysizes is declared by SETBIT.
    steps: (chance, words, length) => ofCollection(['bitmap'], [])(chance, words, length).filter((step) => step.kind !== 'command' || !/^info$/i.test(step.argv[0] ?? '')),
  },

  hyperloglog,
  scripting,

  geo,

  sort: {
    length: 150,
    steps(chance, words, length) {
      const steps: Step[] = [];
      if (chance.happens(0.3)) steps.push(send('a', ['CONFIG', 'SET', 'list-max-listpack-size', chance.pick(['1', '3'])]));
      const numbers = chance.happens(0.7);
      const element = (): Bytes => (numbers && !chance.happens(0.02) ? chance.pick(['1', '2', '3', '10', '-5', '1.5', '0', '1e3', '+7', '.5', 'inf']) : words.element());
      const several = (): Bytes[] => Array.from({ length: chance.between(1, 6) }, element);
      while (steps.length < length) {
        steps.push(send('a', chance.weighted<() => Bytes[]>([
          [12, () => ['RPUSH', words.key(), ...several()]],
          [8, () => ['SADD', words.key(), ...several()]],
          [5, () => ['ZADD', words.key(), String(chance.below(9)), element()]],
          [8, () => ['SET', chance.pick(['k1', 'k2', 'k3', 'user:1', 'user:2', 'k10', 'k-5']), String(chance.between(-9, 9))]],
          [4, () => ['HSET', chance.pick(['k1', 'k2', 'k3', 'k10']), 'f1', String(chance.between(-9, 9))]],
          [8, () => ['DEL', words.key()]],
          [50, () => {
            const asked = request(chance.pick(named('sort', 'sort_ro')), words);
            // Declared: the order of equal BY texts. The real server's depends on LIMIT and on tables, too.
            const has = (word: string): boolean => asked.some((each) => each.toLowerCase() === word);
            return has('by') && has('alpha') ? ['EXISTS', words.key()] : asked;
          }],
          [3, () => ['LRANGE', words.key(), '0', '-1']],
          [3, () => ['COMMAND', 'GETKEYSANDFLAGS', ...request(chance.pick(named('sort', 'sort_ro')), words)]],
        ])()));
      }
      return steps;
    },
  },

  /** Clients that wait for keys, and others that make them in many ways. */
  blocking: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      const clients = ['a', 'b', 'c', 'd'];
      for (const client of clients) if (chance.happens(0.3)) steps.push(send(client, ['HELLO', '3']));
      if (chance.happens(0.2)) steps.push(send('m', ['MONITOR']));
      if (chance.happens(0.2)) steps.push(send('s', ['CONFIG', 'SET', 'notify-keyspace-events', 'KEAn']), send('s', ['PSUBSCRIBE', '__key*']));
      const waiting = everyCommand.filter((each) => each.flags.has('blocking') && !KEPT_OUT.has(each.fullName));
      const making = named('lpush', 'rpush', 'lpush', 'rpush', 'zadd', 'rpoplpush', 'lmove', 'set', 'del', 'rename', 'copy', 'restore', 'move', 'swapdb', 'lpop', 'lmpop', 'flushdb', 'expire', 'sort');
      while (steps.length < length) {
        const client = chance.pick([...clients, 'e', 'e', 'e', 'e']);
        steps.push(send(client, chance.weighted<() => Bytes[]>([
          [client === 'e' ? 0 : 30, () => request(chance.pick(waiting), words)],
          [30, () => request(chance.pick(making), words)],
          [3, () => ['MULTI']],
          [3, () => ['EXEC']],
          [1, () => ['SELECT', chance.pick(['0', '1'])]],
        ])()));
        if (chance.happens(0.01)) steps.push({ kind: 'leave', client });
      }
      if (chance.happens(0.3)) {
        // At the end some whose time is soon up.
        steps.push(send('t', [chance.pick(['BLPOP', 'BRPOP']), 'nobody-makes-it', '0.2']), { kind: 'wait', ms: 500 });
      }
      return steps;
    },
  },

  expire: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      const lazy = chance.happens(0.5);
      if (lazy) steps.push(send('a', ['DEBUG', 'SET-ACTIVE-EXPIRE', '0']));
      if (chance.happens(0.4)) {
        steps.push(send('a', ['CONFIG', 'SET', 'notify-keyspace-events', lazy ? 'KEA' : 'Eg$']));
        steps.push(send('s', ['HELLO', chance.pick(['2', '3'])]), send('s', ['PSUBSCRIBE', '__key*']));
      }
      if (chance.happens(0.4)) steps.push(send('w', ['WATCH', words.key(), words.key()]));
      const commands = [...named('set', 'getex', 'expire', 'pexpire', 'expireat', 'pexpireat', 'persist', 'ttl', 'pttl', 'setex', 'psetex', 'copy', 'rename', 'restore', 'get', 'incr', 'append', 'exists', 'getset', 'setrange', 'expiretime', 'pexpiretime', 'touch', 'type', 'move', 'mget', 'strlen', 'setnx', 'renamenx', 'msetnx', 'object|encoding', 'dump', 'del', 'unlink', 'getdel')];
      const rounds = chance.between(1, 2);
      for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < length / rounds / 2; i++) steps.push(send('a', request(chance.pick(commands), words)));
        // Keys that end in a moment, each touched once: nothing else happens to them before that moment is over.
        for (const key of words.differentKeys(chance.between(2, 5))) {
          const ms = String(chance.between(1, 20));
          steps.push(send('a', chance.weighted([[3, ['SET', key, words.value(), 'PX', ms]], [2, ['PEXPIRE', key, ms]], [1, ['PSETEX', key, ms, words.value()]], [1, ['GETEX', key, 'PX', ms]], [1, ['RESTORE', key, ms, words.dump(), 'REPLACE']]])));
        }
        steps.push({ kind: 'wait', ms: lazy ? 60 : 260 });
        for (let i = 0; i < length / rounds / 2; i++) steps.push(send('a', request(chance.pick(commands), words)));
        if (chance.happens(0.3)) steps.push(send('w', ['MULTI']), send('w', ['GET', words.key()]), send('w', ['EXEC']));
      }
      return steps;
    },
  },

  connection: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      const clients = ['a', 'b', 'c'];
      if (chance.happens(0.4)) steps.push(send('a', ['CONFIG', 'SET', 'requirepass', chance.pick(PASSWORDS)]));
      if (chance.happens(0.06)) {
        // Longer than a few steps take and shorter than the wait, so that replies come in the same turn on both.
        steps.push(send('a', ['CLIENT', 'PAUSE', '80', chance.pick(['ALL', 'WRITE', 'all'])]));
        steps.push(send('b', ['GET', words.key()]), send('c', ['SET', words.key(), words.value()]), { kind: 'wait', ms: 250 });
      }
      const commands = [...ofGroups('connection'), ...named('reset', 'client|unblock', 'auth', 'hello')];
      while (steps.length < length) {
        const client = chance.pick(clients);
        steps.push(chance.weighted<() => Step>([
          [70, () => send(client, request(chance.pick(commands), words), chance.happens(0.05))],
          [8, () => send(client, request(chance.pick(named('get', 'set', 'incr', 'subscribe', 'unsubscribe', 'multi', 'exec', 'watch')), words))],
          [4, () => send(client, ['AUTH', words.password()])],
          [4, () => send(client, ['CLIENT', 'REPLY', chance.pick(['ON', 'OFF', 'SKIP', 'on', 'nonsense'])])],
          [2, () => send(client, ['CLIENT', 'KILL', 'TYPE', chance.pick(['pubsub', 'replica', 'master', 'nothing'])])],
          [2, () => send(client, ['CLIENT', 'KILL', 'SKIPME', chance.pick(['yes', 'x']), 'TYPE', 'pubsub'])],
          [2, () => send(client, ['QUIT'])],
          [2, () => ({ kind: 'leave', client })],
        ])());
      }
      return steps;
    },
  },

  acl,

  transactions: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      const clients = ['a', 'b', 'c'].slice(0, chance.between(1, 3));
      for (const client of clients) if (chance.happens(0.3)) steps.push(send(client, ['HELLO', '3']));
      let client = 'a';
      while (steps.length < length) {
        if (chance.happens(0.25)) client = chance.pick(clients);
        steps.push(send(client, chance.weighted<() => Bytes[]>([
          [14, () => ['MULTI']],
          [16, () => ['EXEC']],
          [4, () => ['DISCARD']],
          [10, () => ['WATCH', ...Array.from({ length: chance.between(1, 3) }, () => words.key())]],
          [3, () => ['UNWATCH']],
          [50, () => request(chance.pick(interleaved), words)],
          [4, () => request(chance.pick(named('multi', 'exec', 'discard', 'watch', 'unwatch', 'reset', 'select', 'hello', 'auth', 'publish', 'subscribe', 'ping', 'client|reply', 'quit')), words)],
          [2, () => unknownCommand[1](words)],
          [1, () => request(chance.pick(everyCommand.filter((each) => !isKeptOut(each))), words)],
        ])()));
      }
      return steps;
    },
  },

  pubsub: {
    length: 60,
    steps(chance, words, length) {
      const steps: Step[] = [];
      const clients = ['a', 'b', 'c'];
      for (const client of clients) if (chance.happens(0.4)) steps.push(send(client, ['HELLO', '3']));
      if (chance.happens(0.5)) {
        steps.push(send('s', ['CONFIG', 'SET', 'notify-keyspace-events', chance.pick(['KEA', 'K$', 'Eg', 'KE$gxm', 'KEn', 'AKE', 'Ex', '', 'KEAmn', 'x'])]));
        steps.push(send(chance.pick(clients), ['PSUBSCRIBE', chance.pick(['__key*', '*', '__keyevent@*__:*'])]));
      }
      const commands = ofGroups('pubsub');
      while (steps.length < length) {
        const client = chance.pick([...clients, 's', 's']);
        steps.push(send(client, chance.weighted<() => Bytes[]>([
          [60, () => request(chance.pick(commands), words)],
          [20, () => request(chance.pick(interleaved), words)],
          [5, () => request(chance.pick(named('ping', 'reset', 'hello', 'multi', 'exec', 'client|reply', 'quit', 'select', 'get')), words)],
        ])()));
        if (chance.happens(0.02)) steps.push({ kind: 'leave', client });
      }
      return steps;
    },
  },

  server: {
    length: 80,
    steps(chance, words, length) {
      const steps: Step[] = [];
      if (chance.happens(0.3)) steps.push(send('a', ['HELLO', '3']));
      if (chance.happens(0.2)) steps.push(send('m', ['MONITOR']));
      if (chance.happens(0.2)) steps.push(send('a', ['CONFIG', 'SET', 'slowlog-log-slower-than', '0']));
      const commands = [...ofGroups('server'), ...named('command|help', 'config|help', 'slowlog|help', 'memory|help', 'object|help', 'pubsub|help', 'client|help', 'object|freq', 'object|idletime', 'object|encoding', 'object|refcount', 'memory|usage', 'slowlog|get', 'config|get', 'command|getkeys', 'command|getkeysandflags')];
      while (steps.length < length) {
        const client = chance.happens(0.15) ? 'b' : 'a';
        steps.push(send(client, chance.weighted<() => Bytes[]>([
          [45, () => request(chance.pick(commands), words)],
          [12, () => ['CONFIG', chance.pick(['SET', 'set']), ...directives(words)]],
          [8, () => ['CONFIG', 'GET', ...Array.from({ length: chance.between(1, 2) }, () => chance.pick(['max*', 'save', 'slowlog*', '*', 'hz', 'nothing', 'list-*', 'MAXMEMORY', '*policy', 'appendonly', '', 'notify-keyspace-events', 'hash-max-*', 'timeout', 'h[z]', 'client-*']))]],
          [10, () => ['COMMAND', chance.pick(['GETKEYS', 'GETKEYSANDFLAGS']), ...request(chance.pick(everyCommand), words)]],
          [6, () => ['DEBUG', ...debugWords(words)]],
          [15, () => request(chance.pick(interleaved), words)],
          [1, () => ['CONFIG', 'RESETSTAT']],
          [2, () => unknownCommand[1](words)],
        ])()));
      }
      return steps;
    },
  },

  protocol: {
    length: 30,
    steps(chance, words, length) {
      const steps: Step[] = [];
      if (chance.happens(0.15)) steps.push(send('a', ['CONFIG', 'SET', 'requirepass', PASSWORDS[0]]), { kind: 'leave', client: 'a' });
      const clients = ['a', 'b', 'c', 'd'];
      while (steps.length < length) {
        const client = chance.pick(clients);
        const bytes = rawBytes(chance, words);
        const pieces = [...new Set(Array.from({ length: chance.weighted([[3, 0], [2, 1], [1, 4]]) }, () => 1 + chance.below(Math.max(1, bytes.length - 1))))].sort((a, b) => a - b);
        // Behind an unsent reply AUTH says nothing: there the cuts would count.
        const whole = bytes.includes('AUTH');
        steps.push({ kind: 'raw', client, bytes, pieces: whole ? [] : pieces.filter((cut) => cut < bytes.length) });
        if (chance.happens(0.3)) steps.push({ kind: 'leave', client });
      }
      return steps;
    },
  },

  ...clientFamilies,
};

/** Directives and values for CONFIG SET that change nothing a comparison rests on. */
function directives(words: Words): Bytes[] {
  const { chance } = words;
  const one = (): Bytes[] => chance.weighted<() => Bytes[]>([
    [4, () => [chance.pick(['hz', 'slowlog-max-len', 'maxmemory-samples', 'list-max-listpack-size', 'hash-max-listpack-entries', 'set-max-intset-entries', 'lfu-log-factor', 'lfu-decay-time', 'active-expire-effort', 'stream-node-max-bytes', 'latency-monitor-threshold', 'zset-max-ziplist-value']), chance.pick(['1', '10', '0', '-1', '100000', 'x', '', '1.5', '99999999999999999999', '50', ' 1'])]],
    [3, () => [chance.pick(['lazyfree-lazy-eviction', 'activerehashing', 'rdbcompression', 'rdbchecksum', 'stop-writes-on-bgsave-error', 'lazyfree-lazy-user-del', 'dynamic-hz']), chance.pick(['yes', 'no', 'YES', 'maybe', '1', ''])]],
    [3, () => [chance.pick(['maxmemory-policy', 'appendfsync', 'loglevel', 'sanitize-dump-payload', 'acl-pubsub-default', 'syslog-facility']), chance.pick(['noeviction', 'allkeys-lru', 'volatile-lfu', 'everysec', 'always', 'notice', 'warning', 'no', 'nothing', ''])]],
    [2, () => ['save', chance.pick(['', '900 1', '900 1 300 10', '900', '0 1', 'x y', '100 -1', '60 10000 '])]],
    [2, () => ['notify-keyspace-events', chance.pick(['', 'KEA', 'Kx', 'E$', 'n', 'KEAmn', 'q', 'AKE', 'gxeK', 'KEtd'])]],
    [2, () => ['client-output-buffer-limit', chance.pick(['normal 0 0 0', 'pubsub 32mb 8mb 60', 'normal 1 2', 'x 1 2 3', 'slave 1mb 2mb 3', ''])]],
    [2, () => [chance.pick(['databases', 'io-threads', 'daemonize', 'port ', 'nothing', '', 'enable-debug-command', 'unixsocket']), '1']],
    // Raised, it would let one bit make a string of half a gigabyte.
    [1, () => ['proto-max-bulk-len', chance.pick(['1mb', '2MB', '1048576', '-1', '1x', 'mb', '', '512mb', '1 mb'])]],
    [2, () => [chance.pick(['slowlog-max-len', 'repl-backlog-size', 'client-query-buffer-limit', 'auto-aof-rewrite-min-size', 'stream-node-max-bytes', 'hll-sparse-max-bytes']), chance.pick(['1mb', '2MB', '3g', '10kb', '1048576', '-1', '1x', 'mb', '', '64mb', '1 mb', '512mb'])]],
  ])();
  const words2 = one();
  while (chance.happens(0.2)) words2.push(...one());
  if (chance.happens(0.05)) words2.pop();
  return words2;
}

function debugWords(words: Words): Bytes[] {
  const { chance } = words;
  return chance.weighted<() => Bytes[]>([
    [4, () => ['DIGEST-VALUE', words.key(), words.key()]],
    [2, () => ['DIGEST']],
    [2, () => ['OBJECT', words.key()]],
    [2, () => ['SDSLEN', words.key()]],
    [4, () => ['PROTOCOL', chance.pick(['string', 'integer', 'double', 'null', 'array', 'set', 'map', 'attrib', 'push', 'verbatim', 'true', 'false', 'bignum', 'nothing', ''])]],
    [2, () => ['ERROR', chance.pick(['ERR text', 'CODE a\r\nb', '', 'X'])]],
    [1, () => ['SLEEP', '0']],
    [1, () => ['nothing']],
    [1, () => ['POPULATE', String(chance.below(20)), chance.pick(['p', 'key']), String(chance.below(60))]],
    [1, () => ['CHANGE-REPL-ID']],
    [1, () => ['SET-ACTIVE-EXPIRE', '1']],
  ])();
}

export const FAMILIES: readonly string[] = Object.keys(families);

/** The scenario with this number of a family: the same for ever. */
export function scenarioOf(family: string, runSeed: number, number: number): Scenario {
  const maker = families[family];
  if (maker === undefined) throw new Error(`no family ${family}`);
  const chance = new Chance(runSeed, `${family}/${number}`);
  const words = new Words(chance, chance.pick([0.02, 0.08, 0.3]));
  const length = Math.max(4, Math.floor((maker.length * chance.between(50, 150)) / 100));
  const steps = maker.steps(chance, words, length).filter((step) => !reachesFar(step));
  return { family, name: `--seed ${runSeed} --only ${family}/${number}`, steps: withWholeTables(withoutWrappedMoments(withOneChild(steps))) };
}

const nameOf = (step: Step): string => (step.kind === 'command' ? fold(step.argv[0] ?? '') : '');

/** A longer element makes a set a table. */
const LONGEST_PACKED_ELEMENT = 64;

/** A part of a table is another on each server: where a set or sorted set may be one, SORT answers all of what it leaves unsorted. */
function withWholeTables(steps: readonly Step[]): Step[] {
  const hasTable = steps.some((step) => ['restore', 'zadd', 'geoadd'].includes(nameOf(step)) || (nameOf(step) === 'sadd' && step.kind === 'command' && step.argv.some((word) => word.length > LONGEST_PACKED_ELEMENT)));
  return steps.map((step) => {
    if (!hasTable || step.kind !== 'command' || !/^sort(_ro)?$/.test(nameOf(step)) || !sortLeavesTies(step.argv)) return step;
    const limit = step.argv.findIndex((word, at) => at > 1 && fold(word) === 'limit');
    return limit < 0 ? step : { ...step, argv: step.argv.toSpliced(limit, 3) };
  });
}

/**
 * RESTORE lets a moment wrap to long ago. Nobody who asks for such a key finds it dead, but the cycle that looks for dead
 * keys does, sooner or later: only where that is off, both servers have it as long.
 */
function withoutWrappedMoments(steps: readonly Step[]): readonly Step[] {
  const hasNoCycle = steps.some((step) => step.kind === 'command' && step.argv.slice(0, 3).join(' ') === 'DEBUG SET-ACTIVE-EXPIRE 0');
  if (hasNoCycle) return steps;
  return steps.map((step) => {
    if (step.kind !== 'command' || nameOf(step) !== 'restore' || !/^\d{19}$/.test(step.argv[2] ?? '')) return step;
    return { ...step, argv: step.argv.with(2, '4611686018427387904') };
  });
}

/** A bit some hundred million bytes away is right, and makes a value that both servers take seconds to digest, each time it is looked at. */
function reachesFar(step: Step): boolean {
  return step.kind === 'command' && /^(setbit|bitfield)$/i.test(step.argv[0] ?? '') && step.argv.some((word) => /^#?\d{8,10}$/.test(word));
}

/** Whether the child of one command is still at work when the next wants one is the machine's to say. */
function withOneChild(steps: readonly Step[]): Step[] {
  let seen = false;
  return steps.filter((step) => {
    if (step.kind !== 'command' || !/^(bgsave|bgrewriteaof|save)$/i.test(step.argv[0] ?? '')) return true;
    if (seen) return false;
    seen = true;
    return true;
  });
}

