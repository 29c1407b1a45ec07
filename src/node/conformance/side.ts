/*
 * A scenario on one server
 * ------------------------
 * Steps of one client that follow each other go out together as a pipeline, and what every client has
 * received is looked at when the turn passes on. How to know that all has come? Not by counting replies:
 * some requests have none and some many. A control connection sends PING behind each turn; a server with
 * one thread has served what came before it, and a second PING lets the last bytes arrive.
 */
import type { Bytes } from '../../engine/index.ts';
import { ReplyParser, type ReceivedReply } from '../../engine/protocol/index.ts';
import { pauseMs, type RunningServer } from '../reference-redis.ts';
import { requestBytes, stepBytes, type Scenario, type Step } from './scenario.ts';
import { Wire } from './wire.ts';

/** Passwords that scenarios set; the control connection knows them all. */
export const PASSWORDS = ['s3cret', 'pass word'] as const;

/** Bytes that go out at once: the real server reads 16 KB of a client at a time. */
const LONGEST_TURN_BYTES = 12_000;
/** Replies longer than this leave the real server in several goes. */
const REPLY_IN_ONE_GO_BYTES = 50_000;

/** What the clients received while the steps `from` … `to` − 1 ran. */
export interface Turn {
  readonly from: number;
  readonly to: number;
  readonly received: ReadonlyMap<string, Bytes>;
  /** Clients whose connection the server has ended. */
  readonly closed: readonly string[];
}

/** How things stand when all steps are done. */
export interface FinalState {
  readonly digest: string;
  /** `db key`: encoding and moment of expiry in milliseconds (−1 for none). */
  readonly keys: ReadonlyMap<string, { readonly encoding: string; readonly expires: number }>;
  readonly commandStats: readonly string[];
  readonly errorStats: readonly string[];
}

export interface Run {
  /** How long the steps took, in milliseconds. */
  readonly tookMs: number;
  readonly turns: readonly Turn[];
  readonly state: FinalState;
}

/** A word that stands for the number of a client's connection. */
export const NAMES_ID = /^#id:\w$/;

export class Side {
  readonly server: RunningServer;
  private control: Wire | undefined;
  private controlPings = 0;
  private readonly wires = new Map<string, Wire>();
  /** CONFIG as it was at the start. */
  private readonly initial = new Map<string, string>();

  constructor(server: RunningServer) {
    this.server = server;
  }

  /** Runs a scenario from an empty server. `stepwise` gives every step a turn of its own. */
  async run(scenario: Scenario, stepwise: boolean): Promise<Run> {
    if (this.initial.size === 0) await this.rememberConfig();
    const started = Date.now();
    await this.begin(scenario);
    const turns: Turn[] = [];
    const { steps } = scenario;
    for (let from = 0; from < steps.length; ) {
      const to = stepwise ? from + 1 : turnEnd(scenario, from);
      turns.push(await this.turn(scenario, from, to));
      from = to;
    }
    const tookMs = Date.now() - started;
    const state = await this.finalState(scenario.family === 'expire');
    await this.end(scenario);
    return { tookMs, turns, state };
  }

  private async turn(scenario: Scenario, from: number, to: number): Promise<Turn> {
    const step = scenario.steps[from];
    if (step === undefined) throw new Error('a turn has a step');
    let sentBytes = 0;
    if (step.kind === 'wait') await pauseMs(step.ms);
    else if (step.kind === 'leave') {
      this.wires.get(step.client)?.destroy();
      this.wires.delete(step.client);
    } else {
      let wire = this.wires.get(step.client);
      if (wire === undefined || wire.closed) {
        wire = await Wire.connect(this.server.port);
        this.wires.set(step.client, wire);
        await this.settle(0); // the server knows of the connection before the next client connects
      }
      if (step.kind === 'raw' && step.pieces.length > 0) {
        let at = 0;
        for (const cut of [...step.pieces, step.bytes.length]) {
          wire.send(step.bytes.slice(at, cut));
          at = cut;
          await new Promise((done) => setImmediate(done));
        }
        sentBytes = step.bytes.length;
      } else {
        let bytes = '';
        for (const each of scenario.steps.slice(from, to)) bytes += stepBytes(await this.withIds(each));
        wire.send(bytes);
        sentBytes = bytes.length;
      }
    }
    await this.settle(sentBytes);
    if (scenario.steps.slice(from, to).some(mayEndLate)) {
      const wire = step.kind === 'command' && isFlush(step) ? this.wires.get(step.client) : undefined;
      for (let patience = 0; patience < 40 && wire?.hasReply === false && !wire.closed; patience++) await pauseMs(3);
      await pauseMs(2);
      await this.settle(0);
    }
    const received = new Map<string, Bytes>();
    const closed: string[] = [];
    for (const [client, wire] of this.wires) {
      let bytes = wire.take();
      while (bytes.length > REPLY_IN_ONE_GO_BYTES) {
        await this.settle(0);
        const more = wire.take();
        bytes += more;
        if (more.length < 1000) break; // nothing, or what MONITOR shows of the PINGs
      }
      if (bytes !== '') received.set(client, bytes);
      if (wire.closed) {
        closed.push(client);
        this.wires.delete(client);
      }
    }
    return { from, to, received, closed };
  }

  /** The step with the numbers of connections that it names. */
  private async withIds(step: Step): Promise<Step> {
    if (step.kind !== 'command' || !step.argv.some((word) => NAMES_ID.test(word))) return step;
    const [list] = await this.ask([['CLIENT', 'LIST']]);
    const idOf = (client: string): Bytes => {
      const port = this.wires.get(client)?.localPort;
      return new RegExp(`^id=(\\d+) addr=127\\.0\\.0\\.1:${port} `, 'm').exec(textOf(list))?.[1] ?? '0';
    };
    return { ...step, argv: step.argv.map((word) => (NAMES_ID.test(word) ? idOf(word.slice(-1)) : word)) };
  }

  private async controlWire(): Promise<Wire> {
    if (this.control === undefined || this.control.closed) {
      if (this.server.ended()) throw new Error(`the ${this.server.name} server has ended:\n${this.server.output()}`);
      this.control = await Wire.connect(this.server.port);
      // A scenario may have set a password and then closed every connection. One by one: behind an unsent reply AUTH says nothing.
      for (const word of PASSWORDS) {
        this.control.send(requestBytes(['AUTH', word]));
        await this.control.until((bytes) => bytes !== '');
        this.control.take();
      }
    }
    return this.control;
  }

  /** Waits until the server has served `sentBytes` and its replies are here. */
  private async settle(sentBytes: number): Promise<void> {
    const rounds = 2 + Math.floor(sentBytes / 8192);
    for (let round = 0; round < rounds; round++) {
      const control = await this.controlWire();
      control.send('*1\r\n$4\r\nPING\r\n');
      this.controlPings++;
      await control.until((bytes) => bytes !== '');
      control.take();
    }
    await new Promise((done) => setImmediate(done));
  }

  /** Replies to requests on the control connection. */
  async ask(requests: readonly (readonly Bytes[])[]): Promise<ReceivedReply[]> {
    for (;;) {
      const control = await this.controlWire();
      control.send(requests.map(requestBytes).join(''));
      const parser = new ReplyParser();
      const replies: ReceivedReply[] = [];
      while (replies.length < requests.length && !control.closed) {
        await control.until((bytes) => bytes !== '');
        replies.push(...parser.feed(control.take()));
      }
      if (replies.length === requests.length) return replies;
    }
  }

  private async rememberConfig(): Promise<void> {
    const [reply] = await this.ask([['CONFIG', 'GET', '*']]);
    const words = reply?.type === 'array' ? reply.items.map(textOf) : [];
    for (let i = 0; i + 1 < words.length; i += 2) this.initial.set(words[i] as string, words[i + 1] as string);
  }

  private async begin(scenario: Scenario): Promise<void> {
    this.controlPings = 0;
    await this.ask([['SELECT', '0'], ['FLUSHALL'], ['SLOWLOG', 'RESET'], // A busy machine makes commands slow that are not: only scenarios that ask for it log them.
      ['CONFIG', 'SET', 'slowlog-log-slower-than', scenario.family === 'golden' ? '10000' : '1000000'], ['DEBUG', 'SET-ACTIVE-EXPIRE', '1'], ['CONFIG', 'RESETSTAT']]);
  }

  private async end(scenario: Scenario): Promise<void> {
    for (const wire of this.wires.values()) wire.destroy();
    this.wires.clear();
    const touched = new Set<string>();
    for (const step of scenario.steps) {
      if (step.kind !== 'command' || step.argv[0]?.toLowerCase() !== 'config' || step.argv[1]?.toLowerCase() !== 'set') continue;
      for (let i = 2; i < step.argv.length; i += 2) touched.add((step.argv[i] as Bytes).toLowerCase());
    }
    const restore = [...touched].flatMap((name) => {
      const value = this.initial.get(name);
      return value === undefined ? [] : [['CONFIG', 'SET', name, value]];
    });
    if (restore.length > 0) await this.ask(restore);
    if (scenario.steps.some((step) => step.kind === 'command' && /^(multi|exec|bg)/i.test(step.argv[0] ?? ''))) await this.childIsOver();
    if (scenario.family === 'acl' || scenario.family === 'golden') await this.forgetUsers();
    await this.settle(0);
  }

  /** A file that is still being written would be one scenario's fault in the next. */
  private async childIsOver(): Promise<void> {
    for (;;) {
      const [persistence] = (await this.ask([['INFO', 'persistence']])).map(textOf);
      if (!/^(rdb_bgsave|aof_rewrite)_(in_progress|scheduled):1/m.test(persistence ?? '')) return;
      await pauseMs(20);
    }
  }

  private async forgetUsers(): Promise<void> {
    const [users] = await this.ask([['ACL', 'USERS']]);
    const others = users?.type === 'array' ? users.items.map(textOf).filter((name) => name !== 'default') : [];
    await this.ask([['ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', 'allkeys', 'allchannels', 'allcommands'], ['ACL', 'LOG', 'RESET'], ...(others.length > 0 ? [['ACL', 'DELUSER', ...others]] : [])]);
  }

  private async finalState(isExpiring: boolean): Promise<FinalState> {
    if (isExpiring) {
      await this.ask([['DEBUG', 'SET-ACTIVE-EXPIRE', '1']]);
      await pauseMs(250);
    }
    const pings = this.controlPings;
    const [stats, errors, keyspace, digest] = (await this.ask([['INFO', 'commandstats'], ['INFO', 'errorstats'], ['INFO', 'keyspace'], ['DEBUG', 'DIGEST']])).map(textOf);
    const keys = new Map<string, { encoding: string; expires: number }>();
    for (const [, db] of (keyspace ?? '').matchAll(/^db(\d+):/gm)) {
      const number = db as string;
      const [, all] = await this.ask([['SELECT', number], ['KEYS', '*']]);
      const names = all?.type === 'array' ? all.items.map(textOf) : [];
      const facts = await this.ask(names.flatMap((name) => [['OBJECT', 'ENCODING', name], ['PEXPIRETIME', name]]));
      names.forEach((name, index) => {
        const expires = facts[2 * index + 1];
        keys.set(`${number} ${name}`, { encoding: textOf(facts[2 * index]), expires: expires?.type === 'integer' ? Number(expires.value) : NaN });
      });
    }
    const commandStats = lines(stats).map((line) => line.replace(/usec(_per_call)?=[\d.]+,?/g, '')).map((line) => {
      // The control connection's own PINGs are taken out.
      const own = /^cmdstat_ping:calls=(\d+),(.*)$/.exec(line);
      return own === null ? line : `cmdstat_ping:calls=${Number(own[1]) - pings},${own[2]}`;
    }).filter((line) => !line.startsWith('cmdstat_ping:calls=0,rejected_calls=0') && !/^cmdstat_ping:calls=-/.test(line));
    return { digest: digest ?? '', keys, commandStats: commandStats.sort(), errorStats: lines(errors).sort() };
  }

  close(): void {
    this.control?.destroy();
    for (const wire of this.wires.values()) wire.destroy();
  }
}

const isFlush = (step: Step): boolean => step.kind === 'command' && ['flushall', 'flushdb'].includes(step.argv[0]?.toLowerCase() ?? '');

/** The real server frees a database in another thread and answers when that is done; connections end a moment after their last reply. */
function mayEndLate(step: Step): boolean {
  if (step.kind === 'raw') return true;
  return step.kind === 'command' && (isFlush(step) || ['quit', 'client', 'host:', 'post'].includes(step.argv[0]?.toLowerCase() ?? ''));
}

/** One turn reaches as far as the same client goes on and the bytes fit. */
function turnEnd(scenario: Scenario, from: number): number {
  const first = scenario.steps[from];
  if (first === undefined || first.kind !== 'command') return from + 1;
  let bytes = 0;
  let to = from;
  for (; to < scenario.steps.length; to++) {
    const step = scenario.steps[to];
    if (step === undefined || step.kind !== 'command' || step.client !== first.client || (to > from && isFlush(step))) break;
    bytes += step.argv.reduce((sum, word) => sum + word.length + 16, 0);
    if (bytes > LONGEST_TURN_BYTES && to > from) break;
    if (isFlush(step)) return to + 1; // its reply may come late: a turn of its own
  }
  return to;
}

const lines = (text: string | undefined): string[] => (text ?? '').split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));

export function textOf(reply: ReceivedReply | undefined): string {
  if (reply === undefined) return '';
  switch (reply.type) {
    case 'status':
    case 'error':
    case 'bulk':
    case 'verbatim':
      return reply.text;
    case 'integer':
      return String(reply.value);
    default:
      return '';
  }
}
