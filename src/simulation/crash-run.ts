/*
 * A server that fails, once
 * -------------------------
 * A client appends 1, 2, 3 … to a list, one at a time, and remembers what was acknowledged and when. At a moment of
 * chance, between any two events of the simulation, the server is killed or the power fails. What the server holds
 * after its next start is compared with what its settings promise: with an append-only file what appendfsync says,
 * with snapshots exactly the dataset of one of them, no older than the last that is known to be complete. Whatever
 * is lost is lost from the end: never something in between.
 *
 * One run is made by one seed. The tests make a few of each kind, `npm run fuzz -- crash` as many as one likes.
 */
import { Config, Server, type Bytes } from '../engine/index.ts';
import type { Program } from './process.ts';
import { SeededRandom } from './random.ts';
import { createSimulation } from './simulation.ts';

/** How the dataset is kept: an append-only file with this appendfsync, or snapshots. */
export type Keeping = 'always' | 'everysec' | 'no' | 'snapshots';
export type Failure = 'kill -9' | 'power';
export const KEEPINGS: readonly Keeping[] = ['always', 'everysec', 'no', 'snapshots'];
export const FAILURES: readonly Failure[] = ['kill -9', 'power'];

export interface CrashOutcome {
  /** When each number was acknowledged, in milliseconds; place 0 is empty. */
  readonly acknowledged: readonly number[];
  readonly crashedAtMs: number;
  /** What was there after the next start: 1 … kept. */
  readonly kept: number;
  /** How much each snapshot that was begun holds. */
  readonly snapshots: readonly number[];
  /** What the last snapshot holds that the client knows to be complete. */
  readonly complete: number;
  /** The next start has ended with the sentence that a file before the last is cut off: see `promiseBroken`. */
  readonly refusesToStart: boolean;
  /** What is wrong with it, as a sentence; undefined when the promise was kept. */
  readonly problem: string | undefined;
}

/** Writing goes on for so long at most (milliseconds). */
const LONGEST_MS = 4000;
/** The failure comes so many events after the moment that was drawn, at most. */
const MOST_EVENTS = 400;
/** The cron looks ten times a second whether a second has passed since the last sync; a sync takes about a millisecond. */
export const EVERYSEC_BOUND_MS = 1200;
const LONGEST_SYNC_MS = 2;

const words = (argv: readonly Bytes[]): Bytes => `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** What the client knows. */
interface Ledger {
  readonly acknowledged: number[];
  readonly snapshots: number[];
  complete: number;
}

/** Appends numbers and now and then asks for a rewrite or a snapshot, until its connection ends. */
function writerOf(ledger: Ledger, keeping: Keeping, random: SeededRandom): Program {
  const pauseEvery = 20 + random.below(200);
  return {
    name: 'writer', summary: 'a client',
    run({ env }) {
      let isOpen = false;
      let send = (_bytes: Bytes): void => {};
      let asked: Bytes = '';
      let turn = 0;
      const ask = (): void => {
        if (!isOpen) return;
        const next = Math.max(1, ledger.acknowledged.length);
        const isPause = ++turn % pauseEvery === 0;
        asked = !isPause ? 'RPUSH' : keeping === 'snapshots' ? (random.below(4) === 0 ? 'SAVE' : 'BGSAVE') : 'BGREWRITEAOF';
        // What became of the snapshot before is known only when somebody asks.
        if (keeping === 'snapshots' && turn % pauseEvery === pauseEvery - 1) asked = 'INFO';
        send(words(asked === 'RPUSH' ? ['RPUSH', 'log', String(next)] : asked === 'INFO' ? ['INFO', 'persistence'] : [asked]));
      };
      const answered = (reply: Bytes): void => {
        const count = Math.max(0, ledger.acknowledged.length - 1);
        if (asked === 'RPUSH') ledger.acknowledged[count + 1] = env.clock.monotonic() / 1000;
        else if (asked === 'INFO' && reply.includes('rdb_bgsave_in_progress:0') && reply.includes('rdb_last_bgsave_status:ok')) ledger.complete = ledger.snapshots.at(-1) ?? 0;
        else if (asked.endsWith('SAVE') && reply.startsWith('+')) {
          ledger.snapshots.push(count);
          if (asked === 'SAVE') ledger.complete = count;
        }
        env.clock.after(random.below(20_000), 'next write', ask);
      };
      env.network.connect('db:6379', {
        open: (socket) => {
          isOpen = true;
          send = (bytes) => socket.send(bytes);
          ask();
        },
        data: answered,
        closed: () => (isOpen = false),
      });
    },
  };
}

/** One run. */
export function crashRun(seed: number, keeping: Keeping, how: Failure): CrashOutcome {
  const random = new SeededRandom(seed, 'crash');
  let server: Server | undefined;
  const config = new Config();
  const settings: Readonly<Record<string, Parameters<Config['put']>[1]>> = {
    ...(keeping === 'snapshots' ? { appendonly: false } : { appendonly: true, appendfsync: keeping }), save: '', 'protected-mode': false, dir: '/tmp', 'aof-use-rdb-preamble': random.below(2) === 0,
  };
  for (const [name, value] of Object.entries(settings)) config.put(name, value);
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
  const ledger: Ledger = { acknowledged: [], snapshots: [], complete: 0 };
  const simulation = createSimulation({ scenario: { seed, hosts: [{ name: 'db', run: ['keeper'] }, { name: 'app', run: ['writer'] }] }, programs: [keeper, writerOf(ledger, keeping, random)] });
  simulation.advance(1000 * (200 + random.below(LONGEST_MS)));
  for (let left = random.below(MOST_EVENTS); left > 0; left--) simulation.step();
  const crashedAtMs = simulation.nowUs / 1000;
  const db = simulation.host('db');
  if (db === undefined) throw new Error('there is a host');
  const known = { acknowledged: [...ledger.acknowledged], snapshots: [...ledger.snapshots], complete: ledger.complete };
  if (how === 'power') simulation.fault('power-loss db');
  else for (const { pid } of db.processList()) db.process(pid)?.finish(137, 'SIGKILL');
  if (how === 'power') simulation.fault('restart db');
  else db.startService('keeper');
  simulation.advance(100_000);
  let received = '';
  server?.accept({ peer: '127.0.0.1:1', local: '127.0.0.1:6379', send: (bytes) => (received += bytes), close: () => {} }).data(words(['LRANGE', 'log', '0', '-1']));
  const numbers = received.split('\r\n').filter((line) => /^\d+$/.test(line)).map(Number);
  const log = db.disk.read('/var/log/keeper.log');
  const refusesToStart = received === '' && typeof log === 'string' && log.includes('the truncated file is not the last file');
  const outcome = { ...known, crashedAtMs, kept: numbers.length, refusesToStart };
  const gap = numbers.findIndex((number, index) => number !== index + 1);
  const problem = !received.startsWith('*') && !refusesToStart ? `the server does not answer after its next start: ${received.slice(0, 60)}` : gap !== -1 ? `at place ${gap + 1} stands ${numbers[gap]}` : promiseBroken(outcome, keeping, how);
  return { ...outcome, problem };
}

/** What the settings promise and the outcome does not keep. */
function promiseBroken({ acknowledged, crashedAtMs, kept, snapshots, complete, refusesToStart }: Omit<CrashOutcome, 'problem'>, keeping: Keeping, how: Failure): string | undefined {
  // A rewrite goes on in a new file at once and syncs the one before it in the background. Between the two a power loss
  // can cut that one off, and a server loads only a last file that is cut off. The real one does and says the same.
  if (refusesToStart) return how === 'power' && (keeping === 'everysec' || keeping === 'no') ? undefined : 'a file before the last is cut off';
  const count = Math.max(0, acknowledged.length - 1);
  // The last write may have been carried out although its acknowledgement was still on its way.
  if (kept > count + 1) return `${kept} are there, ${count} were acknowledged`;
  if (keeping === 'snapshots') {
    // A snapshot may have been begun, and completed, although the client was not told yet.
    if (kept < complete) return `${kept} are there, a complete snapshot holds ${complete}`;
    return kept === 0 || snapshots.includes(kept) || kept === count || kept === count + 1 ? undefined : `${kept} are there, which no snapshot holds: ${snapshots.join(' ')}`;
  }
  const firstLost = acknowledged[kept + 1];
  if (firstLost === undefined || (keeping === 'no' && how === 'power')) return undefined;
  const ageMs = crashedAtMs - firstLost;
  // While a sync is under way everysec keeps writes back: the one way in which a killed process loses some.
  const boundMs = keeping !== 'everysec' ? 0 : how === 'power' ? EVERYSEC_BOUND_MS : LONGEST_SYNC_MS;
  return ageMs < boundMs ? undefined : `${count - kept} acknowledged writes are lost, the first ${ageMs.toFixed(1)} ms before the failure`;
}
