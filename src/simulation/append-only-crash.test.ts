/*
 * What an append-only file keeps when the host fails
 * --------------------------------------------------
 * A client appends 1, 2, 3 … to a list, one at a time, and remembers what was acknowledged and when. At a
 * moment of chance the server is killed or the power fails; what the server holds after its next start is
 * compared with what appendfsync promises. Whatever is lost is lost from the end: never something in between.
 */
import { describe, expect, it } from 'vitest';
import { Config, Server, type Bytes } from '../engine/index.ts';
import type { Program } from './process.ts';
import { SeededRandom } from './random.ts';
import { createSimulation } from './simulation.ts';

const SEEDS = 40;
/** Writing goes on for so long at most (milliseconds). */
const LONGEST_MS = 4000;
/** The cron looks ten times a second whether a second has passed since the last sync; a sync takes about a millisecond. */
const EVERYSEC_BOUND_MS = 1200;
const LONGEST_SYNC_MS = 2;

interface Outcome {
  readonly acknowledged: readonly number[];
  readonly crashedAtMs: number;
  readonly kept: number;
}

const words = (argv: readonly Bytes[]): Bytes => `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

function crash(seed: number, appendfsync: Bytes, how: 'kill -9' | 'power'): Outcome {
  const random = new SeededRandom(seed, 'crash');
  let server: Server | undefined;
  const config = new Config();
  for (const [name, value] of Object.entries({ appendonly: true, appendfsync, save: '', 'protected-mode': false, dir: '/tmp', 'aof-use-rdb-preamble': random.below(2) === 0 })) config.put(name, value);
  const keeper: Program = {
    name: 'keeper', summary: 'a server',
    run(process) {
      server = new Server(process.env, config.clone());
      const here = server;
      process.listen(6379, (socket) => here.accept(socket));
      process.serves(server, 6379);
      server.start();
    },
  };
  /** When each number was acknowledged. */
  const acknowledged: number[] = [];
  const rewriteEvery = 20 + random.below(200);
  const writer: Program = {
    name: 'writer', summary: 'a client',
    run(process) {
      const { env } = process;
      let isOpen = false;
      let send = (_bytes: Bytes): void => {};
      let next = 1;
      let isRewrite = false;
      const write = (): void => {
        isRewrite = next % rewriteEvery === 0 && !isRewrite;
        send(words(isRewrite ? ['BGREWRITEAOF'] : ['RPUSH', 'log', String(next)]));
      };
      env.network.connect('db:6379', {
        open: (socket) => {
          isOpen = true;
          send = (bytes) => socket.send(bytes);
          write();
        },
        data: () => {
          if (!isRewrite) acknowledged[next++] = env.clock.monotonic() / 1000;
          env.clock.after(random.below(20_000), 'next write', () => isOpen && write());
        },
        closed: () => (isOpen = false),
      });
    },
  };
  const simulation = createSimulation({ scenario: { seed, hosts: [{ name: 'db', run: ['keeper'] }, { name: 'app', run: ['writer'] }] }, programs: [keeper, writer] });
  simulation.advance(1000 * (200 + random.below(LONGEST_MS)));
  const crashedAtMs = simulation.nowUs / 1000;
  const db = simulation.host('db');
  if (db === undefined) throw new Error('there is a host');
  if (how === 'power') simulation.fault('power-loss db');
  else for (const { pid } of db.processList()) db.process(pid)?.finish(137, 'SIGKILL');
  const before = [...acknowledged];
  if (how === 'power') simulation.fault('restart db');
  else db.startService('keeper');
  simulation.advance(100_000);
  let received = '';
  server?.accept({ peer: '127.0.0.1:1', local: '127.0.0.1:6379', send: (bytes) => (received += bytes), close: () => {} }).data(words(['LRANGE', 'log', '0', '-1']));
  const numbers = received.split('\r\n').filter((line) => /^\d+$/.test(line)).map(Number);
  expect(numbers, `seed ${seed}: from the first on, without a gap`).toEqual(numbers.map((_, index) => index + 1));
  return { acknowledged: before, crashedAtMs, kept: numbers.length };
}

describe.each(['always', 'everysec', 'no'])('appendfsync %s', (policy) => {
  it('loses nothing acknowledged when the process is killed', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { acknowledged, crashedAtMs, kept } = crash(seed, policy, 'kill -9');
      const firstLost = acknowledged[kept + 1];
      // While a sync is under way everysec keeps writes back: the one way in which a killed process loses some.
      if (firstLost !== undefined) expect(policy === 'everysec' ? crashedAtMs - firstLost : Infinity, `seed ${seed}`).toBeLessThan(LONGEST_SYNC_MS);
    }
  });
});

describe('when the power fails', () => {
  it('appendfsync always loses nothing acknowledged', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { acknowledged, kept } = crash(seed, 'always', 'power');
      expect(kept, `seed ${seed}`).toBeGreaterThanOrEqual(acknowledged.length - 1);
    }
  });

  it('appendfsync everysec loses what was acknowledged in the last second, and no more', () => {
    let worstMs = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { acknowledged, crashedAtMs, kept } = crash(seed, 'everysec', 'power');
      const firstLost = acknowledged[kept + 1];
      if (firstLost !== undefined) worstMs = Math.max(worstMs, crashedAtMs - firstLost);
    }
    expect(worstMs).toBeGreaterThan(500);
    expect(worstMs).toBeLessThan(EVERYSEC_BOUND_MS);
  });

  it('appendfsync no may lose everything since the last rewrite', () => {
    let lost = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { acknowledged, kept } = crash(seed, 'no', 'power');
      lost += Math.max(0, acknowledged.length - 1 - kept);
    }
    expect(lost).toBeGreaterThan(SEEDS * 10);
  });
});
