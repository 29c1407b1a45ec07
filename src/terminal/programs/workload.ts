/*
 * A client that keeps books
 * -------------------------
 * Writes a new key every so often and notes what became of it: acknowledged, failed, or unknown, because the
 * connection ended or nothing came back in time. Afterwards the acknowledged writes are read back, and those that
 * are gone are what a failover has lost: a server cannot tell that about itself, only a client can.
 *
 * The ledger is a file of the client's machine, one line for each write: key, outcome, seconds, who answered.
 * The value of a key is its number.
 * A write is unknown only when it may have been carried out; one that was never sent has failed.
 */
import { type Bytes, isDiskError, keyHashSlot, type Micros } from '../../engine/index.ts';
import type { ReceivedReply } from '../../engine/protocol/index.ts';
import type { Process, Program } from '../../simulation/index.ts';
import { Connection } from './redis-cli/connection.ts';
import { drive, pause, type Task, until } from './task.ts';
import { tool, type ToolCall } from './tool.ts';

/** A write that is answered later than this is given up, as client libraries do. */
const PATIENCE_US: Micros = 1_000_000;
/** A cluster sends a request on from node to node so often at most. */
const MAX_HOPS = 5;

type Outcome = { readonly kind: 'acked' | 'unknown'; readonly by: Bytes } | { readonly kind: 'failed'; readonly by: Bytes; readonly why: Bytes };
type Answer = { readonly reply: ReceivedReply; readonly by: Bytes } | { readonly lost: 'before' | 'after'; readonly by: Bytes };

/** Finds the server that takes a key, and asks it. */
class Road {
  private readonly process: Process;
  private readonly seeds: readonly Bytes[];
  /** Name of the master that the seeds, which are Sentinels then, are asked for. */
  private readonly master: Bytes | undefined;
  private readonly connections = new Map<Bytes, Connection>();
  private readonly waiting = new Map<Connection, (reply: ReceivedReply | undefined) => void>();
  /** Nodes of a cluster by slot, as they were told. */
  private readonly owners = new Map<number, Bytes>();
  /** Who is asked for what nobody is known to own: the master, where there is one. */
  private current: Bytes | undefined;
  private nextSeed = 0;

  constructor(process: Process, seeds: readonly Bytes[], master: Bytes | undefined) {
    this.process = process;
    this.seeds = seeds;
    this.master = master;
  }

  /** Asks whoever owns `key`; goes where it is sent. */
  *ask(key: Bytes, argv: readonly Bytes[]): Task<Answer> {
    const slot = keyHashSlot(key);
    let address = this.owners.get(slot) ?? this.current ?? (yield* this.start());
    let asking = false;
    for (let hops = 0; ; hops++) {
      if (address === undefined) return { lost: 'before', by: '-' };
      const answer: Answer = yield* this.askAt(address, argv, asking);
      if ('lost' in answer) {
        this.forget(slot);
        return answer;
      }
      const moved: RegExpExecArray | null = answer.reply.type === 'error' ? /^(MOVED|ASK) \d+ (\S+)$/.exec(answer.reply.text) : null;
      if (moved === null || hops === MAX_HOPS) {
        // A master that has become a replica says so; the Sentinels know who took its place.
        if (answer.reply.type === 'error' && /^(READONLY|CLUSTERDOWN|LOADING|MASTERDOWN)/.test(answer.reply.text)) {
          this.forget(slot);
        } else if (hops === 0) this.current = address;
        return answer;
      }
      address = moved[2] ?? '';
      asking = moved[1] === 'ASK';
      if (!asking) this.owners.set(slot, address);
    }
  }

  private forget(slot: number): void {
    this.owners.delete(slot);
    this.current = undefined;
    this.nextSeed++;
  }

  /** Where to begin: a server that was named, or the master that a Sentinel names. */
  private *start(): Task<Bytes | undefined> {
    const seed = this.seeds[this.nextSeed % this.seeds.length] ?? '';
    if (this.master === undefined) return seed;
    const answer = yield* this.askAt(seed, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.master], false);
    const words = 'reply' in answer && answer.reply.type === 'array' ? answer.reply.items.map((item) => (item.type === 'bulk' ? item.text : '')) : [];
    if (words.length === 2) return words.join(':');
    this.nextSeed++;
    return undefined;
  }

  private *askAt(address: Bytes, argv: readonly Bytes[], asking: boolean): Task<Answer> {
    const connection = this.connections.get(address) ?? (yield* this.connect(address));
    if (connection === undefined) return { lost: 'before', by: address };
    if (asking) connection.send(['ASKING']);
    let skipped = !asking;
    const reply = yield* until<ReceivedReply | undefined>((done) => {
      const cancel = this.process.env.clock.after(PATIENCE_US, `no answer of ${address}`, () => {
        this.waiting.delete(connection);
        done(undefined);
      });
      this.waiting.set(connection, (answer) => {
        if (!skipped && answer !== undefined) {
          skipped = true;
          return;
        }
        this.waiting.delete(connection);
        cancel();
        done(answer);
      });
      connection.send(argv);
    });
    if (reply !== undefined) return { reply, by: address };
    connection.close();
    this.connections.delete(address);
    return { lost: 'after', by: address };
  }

  private *connect(address: Bytes): Task<Connection | undefined> {
    return yield* until<Connection | undefined>((done) => {
      const cancel = this.process.env.clock.after(PATIENCE_US, `no connection to ${address}`, () => {
        connection.close();
        done(undefined);
      });
      const connection = new Connection(this.process.env.network, address, {
        opened: () => {
          cancel();
          this.connections.set(address, connection);
          done(connection);
        },
        refused: () => {
          cancel();
          done(undefined);
        },
        replied: (reply) => this.waiting.get(connection)?.(reply),
        lost: () => {
          this.connections.delete(address);
          this.waiting.get(connection)?.(undefined);
        },
      });
    });
  }
}

function* write(road: Road, key: Bytes, value: Bytes): Task<Outcome> {
  const answer = yield* road.ask(key, ['SET', key, value]);
  if ('lost' in answer) return answer.lost === 'after' ? { kind: 'unknown', by: answer.by } : { kind: 'failed', by: answer.by, why: 'no connection' };
  return answer.reply.type === 'error' ? { kind: 'failed', by: answer.by, why: answer.reply.text } : { kind: 'acked', by: answer.by };
}

function* writeOn(call: ToolCall, road: Road, prefix: Bytes, everyUs: Micros, count: number): Task<void> {
  const { process } = call;
  for (let number = 1; number <= count; number++) {
    const sentUs = process.env.clock.monotonic();
    const outcome = yield* write(road, `${prefix}:${number}`, String(number));
    const why = outcome.kind === 'failed' ? ` ${outcome.why}` : '';
    call.out(`${prefix}:${number} ${outcome.kind} ${(sentUs / 1e6).toFixed(3)} ${outcome.by}${why}\n`);
    const waitUs = sentUs + everyUs - process.env.clock.monotonic();
    if (waitUs > 0) yield* pause(process, waitUs, `next write of ${prefix}`);
  }
}

/** Reads back what a ledger calls acknowledged. */
function* readBack(call: ToolCall, road: Road, ledger: Bytes): Task<void> {
  const counts = { acked: 0, unknown: 0, failed: 0, present: 0 };
  const lost: string[] = [];
  const unread: string[] = [];
  for (const line of ledger.split('\n')) {
    const [key = '', outcome, at = ''] = line.split(' ');
    if (outcome !== 'acked' && outcome !== 'unknown' && outcome !== 'failed') continue;
    counts[outcome]++;
    if (outcome !== 'acked') continue;
    const answer = yield* road.ask(key, ['GET', key]);
    if ('lost' in answer || answer.reply.type === 'error') unread.push(key);
    else if (answer.reply.type === 'bulk' && key.endsWith(`:${answer.reply.text}`)) counts.present++;
    else lost.push(`${key} (${at} s)`);
  }
  call.out(`${counts.acked} acknowledged, ${counts.unknown} unknown, ${counts.failed} failed\n`);
  call.out(`${counts.present} of the acknowledged are there, ${lost.length} are lost${unread.length === 0 ? '' : `, ${unread.length} could not be read`}\n`);
  if (lost.length > 0) call.out(`lost: ${lost.join(', ')}\n`);
  call.status = lost.length + unread.length === 0 ? 0 : 1;
}

export const workload: Program = tool({
  name: 'workload', summary: 'write keys and keep books on what became of them', valued: 'enmr',
  manual: `Usage: workload [-e MS] [-n COUNT] [-m MASTER] PREFIX ADDRESS...
       workload -r LEDGER [-m MASTER] ADDRESS...

Writes PREFIX:1, PREFIX:2 and so on, and prints a line for each: the key, acked,
failed or unknown, the second, and who answered. Keep the lines in a file; it is
the ledger. ADDRESS is host:port of a server or of nodes of a cluster.

  -e MS        a write every so many milliseconds (100)
  -n COUNT     so many writes (without end)
  -m MASTER    the addresses are Sentinels; that master is written to
  -r LEDGER    reads the acknowledged writes back and says which are lost

  workload -e 50 orders p1:6379 > ledger &
  workload -r ledger p1:6379
`,
  run(call) {
    const file = call.value('r');
    const [prefix = '', ...addresses] = file === undefined ? call.operands : ['', ...call.operands];
    if (addresses.length === 0) return void call.refuse(`${file === undefined ? 'a prefix and ' : ''}an address is needed`);
    const everyMs = call.number('e', 100);
    const count = call.number('n', Number.MAX_SAFE_INTEGER);
    if (everyMs === undefined || count === undefined) return;
    const road = new Road(call.process, addresses, call.value('m'));
    const ledger = file === undefined ? undefined : call.process.env.disk.read(call.process.resolve(file));
    if (isDiskError(ledger)) {
      call.fail(`${file}: ${ledger.message}`);
      call.end();
      return;
    }
    drive(ledger === undefined ? writeOn(call, road, prefix, everyMs * 1000, count) : readBack(call, road, ledger), () => call.end());
  },
});
