/*
 * A client that does anything
 * ---------------------------
 * `swarm-client SEED EVERY_MS ADDRESS…` sends random commands of every data type to random ones of its servers, now
 * and then as a transaction or a script, and never looks at what is answered, save that a cluster sends it elsewhere.
 * What it does follows from its seed alone: it is a program of the simulation like any other.
 */
import { fold, type Bytes, type Socket } from '../../engine/index.ts';
import type { Process, Program } from '../../simulation/index.ts';
import { Chance } from '../conformance/chance.ts';
import { named, ofGroups } from '../conformance/family.ts';
import { request } from '../conformance/grammar.ts';
import { requestBytes } from '../conformance/scenario.ts';
import { Words } from '../conformance/values.ts';

/**
 * What would end the books of the clients beside it, what takes long and proves nothing here, and PFCOUNT: asked of a replica it
 * keeps the count in the replica's own string, and whoever reads that as a string (BITOP into another) finds other
 * bytes than at the master. So it is with the real server.
 */
const LEFT_OUT = new Set(['flushall', 'flushdb', 'swapdb', 'pfselftest', 'pfdebug', 'pfcount']);
const GROUPS = ['string', 'generic', 'hash', 'list', 'set', 'sorted-set', 'stream', 'bitmap', 'hyperloglog', 'geo'];
/** Of these more, because they make something. */
const MAKING = ['set', 'set', 'incr', 'del', 'hset', 'rpush', 'sadd', 'zadd', 'xadd', 'expire', 'pexpire', 'spop', 'lpop'];
/** After so many turns it goes to another server. */
const LONGEST_STAY = 60;
/**
 * Between two stays it is silent for up to so long: bursts overflow a backlog and a buffer as well as a steady stream
 * does, what only shows when nothing is written gets its turn, and a seed takes half the time.
 */
const LONGEST_REST_US = 3_000_000;
const SCRIPTS = [
  "redis.call('set', KEYS[1], ARGV[1]); redis.call('append', KEYS[1], 'x'); return redis.call('strlen', KEYS[1])",
  "for i = 1, 5 do redis.call('rpush', KEYS[1], i) end return redis.call('llen', KEYS[1])",
  "return redis.call('incr', KEYS[1])",
] as const;

/** A BITFIELD whose overflows fail makes room for what it then does not write, and tells its replicas nothing of it: so does the real server. */
const growsUntold = (argv: readonly Bytes[]): boolean => argv[0] !== undefined && fold(argv[0]) === 'bitfield' && argv.some((word) => fold(word) === 'fail');

/**
 * Ranges of names take of scores that differ what the lanes of a skip list happen to lead to, and a replica that came by a
 * snapshot may have a listpack there: with the real server, too, ZREMRANGEBYLEX then leaves another rest at the replica.
 */
const takesByLanes = (argv: readonly Bytes[]): boolean => ['zremrangebylex', 'zrangestore'].includes(fold(argv[0] ?? '')) && (argv.length === 4 || argv.some((word) => fold(word) === 'bylex'));

/**
 * A time to live that overflows becomes a deadline before 1970, which RESTORE keeps and hands on as an absolute one; a replica
 * refuses it ("Invalid TTL value") and has no such key. So it is with 8.0.2.
 */
const endsBeforeTime = (argv: readonly Bytes[]): boolean => fold(argv[0] ?? '') === 'restore' && Number(argv[2]) > 9_000_000_000_000_000_000;

class RandomClient {
  private readonly process: Process;
  private readonly chance: Chance;
  private readonly words: Words;
  private readonly commands = [...ofGroups(...GROUPS).filter((each) => !each.flags.has('blocking') && !LEFT_OUT.has(each.fullName)), ...named(...MAKING)];
  private readonly addresses: readonly Bytes[];
  private readonly everyUs: number;
  private socket: Socket | undefined;
  /** Raised with each connection, so that an old one is known when it says something. */
  private connections = 0;
  private turnsLeft = 0;

  constructor(process: Process) {
    const [, seed, everyMs, ...addresses] = process.argv;
    this.process = process;
    this.chance = new Chance(Number(seed), 'swarm/client');
    this.words = new Words(this.chance, 0.03);
    this.everyUs = Number(everyMs) * 1000;
    this.addresses = addresses;
  }

  begin(afterUs = this.everyUs): void {
    this.process.env.clock.after(afterUs, 'next commands', () => {
      this.turn();
      this.begin(this.turnsLeft === 0 ? this.everyUs + this.chance.below(LONGEST_REST_US) : this.everyUs);
    });
  }

  private turn(): void {
    if (this.turnsLeft-- <= 0) this.connect(this.chance.pick(this.addresses));
    else if (this.socket !== undefined) for (let more = this.chance.between(1, 6); more > 0; more--) this.send(this.socket);
  }

  private connect(address: Bytes): void {
    this.socket?.close();
    this.socket = undefined;
    this.turnsLeft = this.chance.between(1, LONGEST_STAY);
    const number = ++this.connections;
    this.process.env.network.connect(address, {
      open: (socket) => {
        if (number === this.connections) this.socket = socket;
        else socket.close();
      },
      data: (chunk) => {
        const moved = /-MOVED \d+ (\S+)\r\n/.exec(chunk)?.[1];
        if (moved !== undefined && number === this.connections && this.chance.happens(0.3)) this.connect(moved);
      },
      closed: () => {
        if (number !== this.connections) return;
        this.socket = undefined;
        this.turnsLeft = Math.min(this.turnsLeft, 3);
      },
    });
  }

  private send(socket: Socket): void {
    const { chance, words } = this;
    const plain = (): Bytes[] => {
      for (;;) {
        const argv = request(chance.pick(this.commands), words);
        if (!growsUntold(argv) && !takesByLanes(argv) && !endsBeforeTime(argv)) return argv;
      }
    };
    const kind = chance.below(40);
    const sent = kind === 0 ? [['MULTI'], plain(), plain(), ['EXEC']] : kind === 1 ? [['EVAL', chance.pick(SCRIPTS), '1', words.key(), words.value()]] : [plain()];
    socket.send(sent.map(requestBytes).join(''));
  }
}

export const swarmClient: Program = {
  name: 'swarm-client',
  summary: 'Sends anything to anybody.',
  run: (process) => new RandomClient(process).begin(),
};
