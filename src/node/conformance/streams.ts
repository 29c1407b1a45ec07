/*
 * Scenarios of streams
 * --------------------
 * Ids are small and few, so that commands meet entries; nodes are small, so that they are split, trimmed
 * and thrown away. `*` is left out, because it would part the two servers by their clocks: `ms-*` goes
 * the same way. Idle times are either nothing or hours for the same reason.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { named, ofGroups, send, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

const ofStreams = ofGroups('stream').filter((each) => !each.flags.has('blocking'));
const anyKey = named('del', 'copy', 'rename', 'type', 'object|encoding', 'dump', 'exists', 'expire', 'persist', 'unlink', 'set', 'lpush', 'touch', 'scan', 'move', 'swapdb');

const ODD_IDS = [
  '', '-', '+', '$', '>', '*', '1-*', '*-1', '(', '(1', '(-', '0', '0-0', '(0-0', '18446744073709551615', '18446744073709551615-18446744073709551615', '(18446744073709551615-18446744073709551615', '18446744073709551616', '1-18446744073709551615',
  '18446744073709551614-18446744073709551615', '(1-18446744073709551615', '9007199254740993-9007199254740992', ' 1-1', '+1-+2', '01-02', '1--1', '1--01', '-1', '1-', '1-1-1', '1.5', 'x', '1-1\x00', '-\x00', '5'.repeat(130), '4294967296-4294967295', '281474976710656-1',
] as const;

class StreamWords {
  readonly words: Words;
  readonly chance: Chance;
  private readonly keys: readonly Bytes[];
  constructor(words: Words) {
    this.words = words;
    this.chance = words.chance;
    this.keys = words.differentKeys(3);
  }
  key(): Bytes {
    return this.chance.pick(this.keys);
  }
  id(odd = this.words.oddness / 4): Bytes {
    const { chance } = this;
    if (chance.happens(odd)) return chance.pick(ODD_IDS);
    return chance.happens(0.15) ? String(chance.below(12)) : `${chance.below(12)}-${chance.below(4)}`;
  }
  newId(): Bytes {
    const { chance } = this;
    return chance.weighted<() => Bytes>([[6, () => this.id()], [6, () => `${chance.below(14)}-*`], [5, () => `${100 + chance.below(900)}-${chance.below(5)}`], [1, () => chance.pick(ODD_IDS.filter((each) => each !== '*' && !each.startsWith('5')))]])();
  }
  end(): Bytes {
    const { chance } = this;
    return chance.weighted<() => Bytes>([[3, () => '-'], [3, () => '+'], [6, () => this.id()], [3, () => `(${this.id()}`]])();
  }
  ids(most: number): Bytes[] {
    return Array.from({ length: this.chance.between(1, most) }, () => this.id());
  }
  group(): Bytes {
    return this.chance.pick(['g', 'g', 'h', 'workers', ...(this.chance.happens(0.1) ? ['', 'nobody', 'a\r\nb\x00c'] : [])]);
  }
  consumer(): Bytes {
    return this.chance.pick(['c1', 'c1', 'c2', 'Ada', ...(this.chance.happens(0.1) ? ['', '7', 'x'.repeat(70)] : [])]);
  }
  count(): Bytes {
    const { chance } = this;
    return chance.happens(this.words.oddness / 4) ? this.words.integer() : String(chance.between(-1, 6));
  }
  sometimes(share: number, words: () => Bytes[]): Bytes[] {
    return this.chance.happens(share) ? words() : [];
  }
  fields(): Bytes[] {
    const { chance, words } = this;
    const shape = chance.weighted<() => Bytes[]>([[6, () => ['f']], [4, () => ['f', 'g']], [3, () => Array.from({ length: chance.between(1, 4) }, () => words.element())]])();
    return shape.flatMap((field) => [field, chance.happens(0.7) ? String(chance.between(-200, 70000)) : words.value().slice(0, 300)]);
  }
  trim(): Bytes[] {
    const { chance } = this;
    const operator = chance.pick([[], [], ['='], ['~'], ['~']]);
    const limit = this.sometimes(operator[0] === '~' ? 0.4 : 0.03, () => ['LIMIT', this.count()]);
    return [...(chance.happens(0.5) ? ['MAXLEN', ...operator, this.count()] : ['minid', ...operator, this.id()]), ...limit];
  }
  idle(): Bytes {
    return this.chance.pick(['0', '0', '0', '3600000', '-5', ...(this.chance.happens(this.words.oddness / 2) ? [this.words.integer()] : [])]);
  }
}

function add(it: StreamWords): Bytes[] {
  return ['XADD', it.key(), ...it.sometimes(0.08, () => ['NOMKSTREAM']), ...it.sometimes(0.15, () => it.trim()), it.newId(), ...it.fields()];
}

function read(it: StreamWords, wait: boolean): Bytes[] {
  const streams = it.chance.weighted([[6, 1], [2, 2], [1, 3]]);
  return [
    'XREAD', ...it.sometimes(0.4, () => ['COUNT', it.count()]), ...(wait ? ['BLOCK', it.chance.pick(['0', '0', '1000000', ...(it.chance.happens(0.05) ? ['-1', 'x', '9223372036854775807'] : [])])] : []),
    'STREAMS', ...Array.from({ length: streams }, () => it.key()), ...Array.from({ length: streams }, () => it.chance.pick(['$', '+', it.id(), it.id()])),
  ];
}

function readGroup(it: StreamWords, wait: boolean): Bytes[] {
  const streams = it.chance.weighted([[8, 1], [1, 2]]);
  return [
    'XREADGROUP', 'GROUP', it.group(), it.consumer(), ...it.sometimes(0.5, () => ['COUNT', it.count()]), ...(wait ? ['BLOCK', it.chance.pick(['0', '0', '1000000'])] : []), ...it.sometimes(0.15, () => ['NOACK']),
    'STREAMS', ...Array.from({ length: streams }, () => it.key()), ...Array.from({ length: streams }, () => it.chance.pick(['>', '>', '>', '0', it.id()])),
  ];
}

function claim(it: StreamWords): Bytes[] {
  const { chance } = it;
  return [
    'XCLAIM', it.key(), it.group(), it.consumer(), it.idle(), ...it.ids(4),
    ...it.sometimes(0.15, () => ['IDLE', chance.pick(['0', '7200000', '-5', '9223372036854775807'])]), ...it.sometimes(0.15, () => ['TIME', chance.pick(['1000', '0', '-1', '9223372036854775807'])]),
    ...it.sometimes(0.2, () => ['RETRYCOUNT', chance.pick(['0', '3', '-1', '9223372036854775807', 'x'])]), ...it.sometimes(0.4, () => ['FORCE']), ...it.sometimes(0.3, () => ['justid']), ...it.sometimes(0.15, () => ['LASTID', it.id()]),
    ...it.sometimes(0.02, () => ['nonsense']),
  ];
}

const makers: readonly (readonly [number, (it: StreamWords) => Bytes[]])[] = [
  [26, add],
  [5, (it) => ['XDEL', it.key(), ...it.ids(4)]],
  [5, (it) => ['XTRIM', it.key(), ...it.trim()]],
  [3, (it) => ['XSETID', it.key(), it.id(), ...it.sometimes(0.3, () => ['ENTRIESADDED', it.count()]), ...it.sometimes(0.3, () => ['MAXDELETEDID', it.id()])]],
  [5, (it) => [it.chance.pick(['XRANGE', 'XREVRANGE']), it.key(), it.end(), it.end(), ...it.sometimes(0.4, () => ['COUNT', it.count()])]],
  [4, (it) => read(it, false)],
  [7, (it) => ['XGROUP', 'CREATE', it.key(), it.group(), it.chance.pick(['$', '0', it.id()]), ...it.sometimes(0.3, () => ['MKSTREAM']), ...it.sometimes(0.2, () => ['ENTRIESREAD', it.count()])]],
  [2, (it) => ['XGROUP', 'SETID', it.key(), it.group(), it.chance.pick(['$', '0', '-', it.id()]), ...it.sometimes(0.4, () => ['ENTRIESREAD', it.count()])]],
  [1, (it) => ['XGROUP', 'DESTROY', it.key(), it.group()]],
  [2, (it) => ['XGROUP', it.chance.pick(['CREATECONSUMER', 'DELCONSUMER']), it.key(), it.group(), it.consumer()]],
  [14, (it) => readGroup(it, false)],
  [4, (it) => ['XACK', it.key(), it.group(), ...it.ids(4)]],
  [4, (it) => ['XPENDING', it.key(), it.group(), ...it.sometimes(0.6, () => [...it.sometimes(0.3, () => ['IDLE', it.idle()]), it.end(), it.end(), it.count(), ...it.sometimes(0.4, () => [it.consumer()])])]],
  [7, claim],
  [4, (it) => ['XAUTOCLAIM', it.key(), it.group(), it.consumer(), it.idle(), it.end(), ...it.sometimes(0.5, () => ['COUNT', it.chance.pick(['1', '2', '0', '50'])]), ...it.sometimes(0.3, () => ['JUSTID'])]],
  [6, (it) => ['XINFO', 'STREAM', it.key(), ...it.sometimes(0.6, () => ['FULL', ...it.sometimes(0.4, () => ['COUNT', it.count()])])]],
  [4, (it) => ['XINFO', 'GROUPS', it.key()]],
  [2, (it) => ['XINFO', 'CONSUMERS', it.key(), it.group()]],
  [3, (it) => ['DUMP', it.key()]],
  [2, (it) => ['MEMORY', 'USAGE', it.key(), ...it.sometimes(0.5, () => ['SAMPLES', it.chance.pick(['0', '1', '2'])])]],
  [1, (it) => ['DEBUG', 'DIGEST-VALUE', it.key()]],
  [2, (it) => ['COPY', it.key(), it.key(), 'REPLACE']],
  [1, (it) => ['COMMAND', 'GETKEYS', ...(it.chance.happens(0.5) ? read(it, false) : readGroup(it, false))]],
  [5, (it) => request(it.chance.pick(ofStreams), it.words)],
  [1, (it) => request(it.chance.pick(anyKey), it.words)],
];

/** `*` alone as an id would part the servers, wherever it came from. */
function withoutClock(argv: Bytes[]): Bytes[] {
  return /^xadd$/i.test(argv[0] ?? '') ? argv.map((word) => (word === '*' ? '1-*' : word)) : argv;
}

function begin(chance: Chance, clients: readonly string[]): Step[] {
  const steps: Step[] = [];
  if (chance.happens(0.5)) steps.push(send('a', ['CONFIG', 'SET', 'stream-node-max-entries', chance.pick(['0', '1', '2', '3', '5'])]));
  if (chance.happens(0.3)) steps.push(send('a', ['CONFIG', 'SET', 'stream-node-max-bytes', chance.pick(['0', '1', '40', '100', '400'])]));
  if (chance.happens(0.2)) steps.push(send('a', ['CONFIG', 'SET', 'rdbcompression', 'no']));
  for (const client of clients) if (chance.happens(0.3)) steps.push(send(client, ['HELLO', '3']));
  if (chance.happens(0.2)) steps.push(send('s', ['CONFIG', 'SET', 'notify-keyspace-events', 'KEAn']), send('s', ['PSUBSCRIBE', '__key*']));
  return steps;
}

/** One client's requests, and now and then another's transaction that watches a stream. */
function streamSteps(chance: Chance, words: Words, length: number): Step[] {
  const it = new StreamWords(words);
  const steps = begin(chance, ['a']);
  const asked = (): Bytes[] => withoutClock(chance.weighted(makers)(it));
  while (steps.length < length) {
    if (chance.happens(0.02)) {
      steps.push(send('w', ['WATCH', it.key()]), send('a', asked()), send('w', ['MULTI']), send('w', ['XLEN', it.key()]), send('w', ['EXEC']));
    } else steps.push(send('a', asked()));
  }
  return steps;
}

/** Clients that wait for streams, alone and in groups, and others that add, take away and put something else in their place. */
function blockingStreamSteps(chance: Chance, words: Words, length: number): Step[] {
  const it = new StreamWords(words);
  const clients = ['a', 'b', 'c', 'd'];
  const steps = begin(chance, clients);
  for (let i = 0; i < 3; i++) steps.push(send('e', ['XGROUP', 'CREATE', it.key(), it.group(), '$', 'MKSTREAM']));
  while (steps.length < length) {
    const client = chance.pick([...clients, 'e', 'e', 'e', 'e']);
    steps.push(send(client, withoutClock(chance.weighted<() => Bytes[]>([
      [client === 'e' ? 0 : 12, () => read(it, true)],
      [client === 'e' ? 0 : 18, () => readGroup(it, true)],
      [client === 'e' ? 0 : 2, () => ['BLPOP', it.key(), '0']],
      [14, () => add(it)],
      [4, () => ['XGROUP', 'CREATE', it.key(), it.group(), '$', 'MKSTREAM']],
      [2, () => ['XGROUP', 'DESTROY', it.key(), it.group()]],
      [1, () => ['XDEL', it.key(), ...it.ids(3)]],
      [1, () => ['XSETID', it.key(), it.id()]],
      [1, () => ['XTRIM', it.key(), 'MAXLEN', '0']],
      // Asked while it waits, a client would be told the time in another's turn; FLUSHDB answers when another thread is done.
      [client === 'e' ? 4 : 0, () => ['XINFO', 'STREAM', it.key(), 'FULL']],
      [3, () => [chance.pick(['DEL', 'UNLINK']), it.key()]],
      [1, () => ['SET', it.key(), 'x']],
      [1, () => ['LPUSH', it.key(), 'x']],
      [1, () => ['RENAME', it.key(), it.key()]],
      [1, () => ['COPY', it.key(), it.key(), 'REPLACE']],
      [1, () => chance.pick([['SWAPDB', '0', '1'], ...(client === 'e' ? [['FLUSHDB']] : []), ['PEXPIREAT', it.key(), '1000'], ['MOVE', it.key(), '1']])],
      [2, () => ['MULTI']],
      [2, () => ['EXEC']],
    ])())));
    if (chance.happens(0.01)) steps.push({ kind: 'leave', client });
  }
  return steps;
}

export const stream: Family = { length: 250, steps: streamSteps };
export const blockingStream: Family = { length: 60, steps: blockingStreamSteps };
