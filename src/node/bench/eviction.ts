/*
 * Do the policies of maxmemory keep the keys that the real server would keep?
 * ---------------------------------------------------------------------------
 * A cache in front of something slow: GET, and SET what was missing. The same traces run against the real
 * server, in real time because its LRU clock ticks in seconds, and against our engine on a clock of its own.
 * What counts is the share of requests that hit, as a curve over the run.
 *
 * Both get room for the same number of keys: they are filled with that many, and what they then use becomes
 * maxmemory. Before that every policy has its own server, so that all run at once.
 */
import * as net from 'node:net';
import { ReplyParser, type ReceivedReply } from '../../engine/protocol/index.ts';
import { TestServer } from '../../engine/testing.ts';
import { Chance } from '../conformance/chance.ts';
import { requestBytes } from '../conformance/scenario.ts';
import { freePort, NoReferenceRedis, pauseMs, startRealServer, type RunningServer } from '../reference-redis.ts';
import type { Curve } from './curves.ts';
import type { Figure, Section } from './figures.ts';

const POLICIES = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'] as const;
const KEYS = 30_000;
/** Keys that fit. */
const ROOM = 6_000;
/** Long, so that what a server needs besides its keys hardly counts. */
const VALUE = 'v'.repeat(500);
/** Requests of one batch, and the time from one to the next. */
const BATCH = 20;
const BATCH_MS = 10;
/** Points of a curve. */
const WINDOWS = 20;

type Trace = (batch: number) => number[];

/** Ranks with Zipf's law, exponent 0.9: by inversion of the summed weights. */
function zipf(chance: Chance): () => number {
  const sums = new Float64Array(KEYS);
  let sum = 0;
  for (let rank = 0; rank < KEYS; rank++) {
    sum += 1 / (rank + 1) ** 0.9;
    sums[rank] = sum;
  }
  return () => {
    const wanted = (chance.below(1_000_000_000) / 1_000_000_000) * sum;
    let low = 0;
    let high = KEYS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const several = (draw: () => number): number[] => Array.from({ length: BATCH }, draw);

const TRACES: Readonly<Record<string, (seed: number) => Trace>> = {
  /** Few keys are asked for often, many seldom. */
  zipf: (seed) => {
    const rank = zipf(new Chance(seed, 'eviction/zipf'));
    return () => several(rank);
  },
  /** The same with somebody reading everything once, again and again: three requests in ten. */
  scan: (seed) => {
    const chance = new Chance(seed, 'eviction/scan');
    const rank = zipf(chance);
    let at = 0;
    return () => several(() => (chance.happens(0.3) ? at++ % KEYS : rank()));
  },
  /** Two thousand keys take nine requests in ten, and every five seconds a quarter of them is replaced. */
  shifting: (seed) => {
    const chance = new Chance(seed, 'eviction/shifting');
    return (batch) => {
      const first = Math.floor((batch * BATCH_MS) / 5000) * 500;
      return several(() => (chance.happens(0.9) ? (first + chance.below(2000)) % KEYS : chance.below(KEYS)));
    };
  },
};

const name = (key: number): string => `key:${key}`;
/** Deadlines far away and different, so that volatile-ttl has something to choose by. */
const set = (key: number, policy: string): string[] => ['SET', name(key), VALUE, ...(policy.startsWith('volatile') ? ['EX', String(10_000 + ((key * 7919) % 10_000))] : [])];

/** Hits and requests of each window. */
class Hits {
  readonly hits = new Array<number>(WINDOWS).fill(0);
  readonly asked = new Array<number>(WINDOWS).fill(0);
  private readonly batches: number;
  constructor(batches: number) {
    this.batches = batches;
  }
  add(batch: number, hits: number, asked: number): void {
    const window = Math.floor((batch / this.batches) * WINDOWS);
    this.hits[window] = (this.hits[window] ?? 0) + hits;
    this.asked[window] = (this.asked[window] ?? 0) + asked;
  }
  get curve(): number[] {
    return this.hits.map((hits, window) => (100 * hits) / (this.asked[window] ?? 1));
  }
  /** In percent, the first fifth left out: there the cache still fills. */
  get rate(): number {
    const from = WINDOWS / 5;
    const sum = (values: readonly number[]): number => values.slice(from).reduce((total, each) => total + each, 0);
    return (100 * sum(this.hits)) / sum(this.asked);
  }
}

/** One way to ask a server for a pipeline of commands. */
type Ask = (commands: readonly (readonly string[])[]) => Promise<readonly ReceivedReply[]>;

async function prepare(ask: Ask, policy: string): Promise<void> {
  for (let key = 0; key < ROOM; key += 100) await ask(Array.from({ length: 100 }, (_, i) => set(key + i, policy)));
  const [info] = await ask([['INFO', 'memory']]);
  const used = /used_memory:(\d+)/.exec(info?.type === 'bulk' ? info.text : '')?.[1] ?? '0';
  await ask([['FLUSHALL', 'SYNC'], ['CONFIG', 'SET', 'maxmemory', used, 'maxmemory-policy', policy]]);
}

/** One batch: asks for the keys, writes what was missing; returns the hits. */
async function serve(ask: Ask, keys: readonly number[], policy: string): Promise<number> {
  const replies = await ask(keys.map((key) => ['GET', name(key)]));
  const missing = [...new Set(keys.filter((_, at) => replies[at]?.type === 'nil'))];
  if (missing.length > 0) await ask(missing.map((key) => set(key, policy)));
  return replies.filter((reply) => reply.type === 'bulk').length;
}

async function connect(port: number): Promise<{ ask: Ask; end: () => void }> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((done, failed) => {
    socket.once('connect', () => done());
    socket.once('error', failed);
  });
  const parser = new ReplyParser();
  let waiting: { replies: ReceivedReply[]; wanted: number; done: (replies: readonly ReceivedReply[]) => void } | undefined;
  socket.on('data', (chunk: Buffer) => {
    if (waiting === undefined) return;
    waiting.replies.push(...parser.feed(chunk.toString('latin1')));
    if (waiting.replies.length >= waiting.wanted) {
      const { done, replies } = waiting;
      waiting = undefined;
      done(replies);
    }
  });
  return {
    ask: (commands) => new Promise((done) => {
      waiting = { replies: [], wanted: commands.length, done };
      socket.write(Buffer.from(commands.map(requestBytes).join(''), 'latin1'));
    }),
    end: () => socket.destroy(),
  };
}

/** What came of a trace, and when it began. */
interface Measured {
  readonly hits: Hits;
  readonly startedMs: number;
}

async function ofReal(policy: string, trace: Trace, batches: number): Promise<Measured> {
  const server: RunningServer = await startRealServer(await freePort());
  try {
    const { ask, end } = await connect(server.port);
    await prepare(ask, policy);
    const hits = new Hits(batches);
    const started = Date.now();
    for (let batch = 0; batch < batches; batch++) {
      const early = started + batch * BATCH_MS - Date.now();
      if (early > 0) await pauseMs(early);
      hits.add(batch, await serve(ask, trace(batch), policy), BATCH);
    }
    end();
    return { hits, startedMs: started };
  } finally {
    await server.stop();
  }
}

/**
 * The counters of LFU go down as the clock enters a new minute, wherever in the trace that is: what is kept is
 * another matter after that. So ours begins at the same moment of its minute.
 */
async function ofOurs(policy: string, trace: Trace, batches: number, startedMs: number): Promise<Hits> {
  const world = new TestServer({ seed: 5, nowMs: startedMs });
  const ask: Ask = (commands) => Promise.resolve(new ReplyParser().feed(world.client().raw(commands.map(requestBytes).join(''))));
  await prepare(ask, policy);
  const hits = new Hits(batches);
  for (let batch = 0; batch < batches; batch++) {
    hits.add(batch, await serve(ask, trace(batch), policy), BATCH);
    world.advance(BATCH_MS);
  }
  return hits;
}

/** Runs each trace for `seconds` under each policy. The curves are drawn by curves.ts. */
export async function evictionSection(seconds: number): Promise<{ section: Section; curves: readonly Curve[] }> {
  const title = `Eviction, hit rates beside the real server's, ${seconds} s a trace`;
  const batches = (seconds * 1000) / BATCH_MS;
  const figures: Figure[] = [];
  const curves: Curve[] = [];
  try {
    for (const [kind, make] of Object.entries(TRACES)) {
      const real = await Promise.all(POLICIES.map((policy) => ofReal(policy, make(1), batches)));
      for (const [at, policy] of POLICIES.entries()) {
        const ours = await ofOurs(policy, make(1), batches, (real[at] as Measured).startedMs);
        const theirs = (real[at] as Measured).hits;
        figures.push({
          name: `${kind}, ${policy}`, value: Math.abs(ours.rate - theirs.rate), unit: 'points', goal: { to: 1 },
          note: `hits: ours ${ours.rate.toFixed(2)} %, real ${theirs.rate.toFixed(2)} %`,
        });
        curves.push({ title: `${kind}, ${policy}`, lines: [{ name: 'real', values: theirs.curve }, { name: 'ours', values: ours.curve }] });
      }
    }
  } catch (error) {
    if (!(error instanceof NoReferenceRedis)) throw error;
    return { section: { title, figures: [], missing: error.message }, curves: [] };
  }
  return { section: { title, figures }, curves };
}
