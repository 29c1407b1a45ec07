/*
 * What redis-cli remembers between commands
 * -----------------------------------------
 * The connection and what the prompt shows of it: database, transaction, subscribed mode. One command
 * is at work at a time. `run` sends it and prints whatever comes back until the command is over, which is
 * one reply for most, one per channel for SUBSCRIBE, and never for MONITOR.
 *
 * The real program notices a connection that the server has closed only when it uses it again, and
 * reports it then; the command after that connects anew. That is kept, because people learn from it.
 */
import { type Bytes, equalsFolded, fold } from '../../../engine/index.ts';
import type { ReceivedReply } from '../../../engine/protocol/index.ts';
import type { Process } from '../../../simulation/index.ts';
import { Connection } from './connection.ts';
import type { Debugger } from './debugger/debugger.ts';
import { formatReply, type ReplyShape, UnprintableReply } from './format-reply.ts';
import { leadingInteger, type Options } from './options.ts';
import { isTextReport } from './text-reports.ts';

/** How a command ended. `fatal`: nothing more can be done, the program has to end with code 1. */
export type Outcome = 'ok' | 'error' | 'notConnected' | 'lost' | 'fatal';

interface Work {
  readonly argv: readonly Bytes[];
  readonly name: Bytes;
  /** Confirmations still to come for (P|S)(UN)SUBSCRIBE. */
  confirmations: number;
  readonly done: (outcome: Outcome) => void;
}

interface Redirection {
  readonly ask: boolean;
  readonly slot: Bytes;
  readonly host: Bytes;
  readonly port: number;
}

const DEBUGGER_PROMPT = 'lua debugger> ';
const PUBSUB_COMMANDS = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe']);
const PUBSUB_MESSAGES = new Set([...PUBSUB_COMMANDS, 'message', 'pmessage', 'smessage']);

export class Session {
  host: Bytes;
  port: number;
  /** The database that the prompt shows. */
  db: number;
  inTransaction = false;
  subscribed = false;
  monitoring = false;
  connected = false;
  /** Lines are read: -e has no meaning then. */
  readonly interactive: boolean;
  readonly shape: ReplyShape;
  /** Scripts are debugged: it takes the replies first. */
  debugger: Debugger | undefined;
  private readonly options: Options;
  private readonly process: Process;
  private readonly showPushes: boolean;
  private resp: 2 | 3;
  private dbBeforeTransaction = 0;
  private connection: Connection | undefined;
  /** The server has closed the connection and nobody has been told. */
  private lostUnseen: string | undefined;
  private work: Work | undefined;
  /** Replies to commands that prepare the connection go here. */
  private preparing: ((reply: ReceivedReply) => void) | undefined;
  private failedPreparing: ((problem: string) => void) | undefined;
  private unread: ReceivedReply[] = [];
  private readonly channels = { subscribe: new Set<Bytes>(), psubscribe: new Set<Bytes>(), ssubscribe: new Set<Bytes>() };
  private quiet = false;
  /** The server did not take the password, the database or the protocol. */
  isUnprepared = false;
  /** Hears messages that arrive while no command is at work. */
  onMessage: (() => void) | undefined;

  constructor(process: Process, options: Options, interactive: boolean) {
    this.process = process;
    this.options = options;
    this.interactive = interactive;
    this.host = options.host;
    this.port = options.port;
    this.db = options.db;
    this.resp = options.resp ?? 2;
    this.shape = options.debugs === undefined ? options.shape ?? (process.stdout.isTty ? 'standard' : 'raw') : 'standard';
    this.showPushes = options.showPushes ?? process.stdout.isTty;
  }

  prompt(): Bytes {
    if (!this.connected) return 'not connected> ';
    if (this.debugger?.isOn === true) return DEBUGGER_PROMPT;
    const db = this.db === 0 ? '' : `[${this.db}]`;
    const state = this.inTransaction ? '(TX)' : this.subscribed ? '(subscribed mode)' : '';
    return `${this.host}:${this.port}${db}${state}> `;
  }

  // --- the connection ------------------------------------------------------------------------

  /** Connects, identifies, selects the database. Failures are printed; `done` hears whether it stands. */
  connect(done: (connected: boolean) => void): void {
    this.drop();
    const connection = new Connection(this.process.env.network, `${this.host}:${this.port}`, {
      opened: () => {
        this.connected = true;
        this.prepare(done);
      },
      refused: (problem) => {
        this.complain(`Could not connect to Redis at ${this.host}:${this.port}: ${problem}`);
        done(false);
      },
      replied: (reply) => this.received(reply),
      lost: (problem) => this.lost(problem),
    });
    this.connection = connection;
  }

  /** Ends the connection and everything that hung on it. */
  drop(): void {
    this.connection?.close();
    this.connection = undefined;
    this.connected = false;
    this.subscribed = false;
    this.monitoring = false;
    this.inTransaction = false;
    this.lostUnseen = undefined;
    this.work = undefined;
    this.unread = [];
    for (const channels of Object.values(this.channels)) channels.clear();
  }

  private prepare(done: (connected: boolean) => void): void {
    const { user, password } = this.options;
    const steps: { argv: Bytes[]; failed: string }[] = [];
    if (password !== undefined) steps.push({ argv: user === undefined ? ['AUTH', password] : ['AUTH', user, password], failed: 'AUTH failed: ' });
    if (this.db !== 0) steps.push({ argv: ['SELECT', String(this.db)], failed: `SELECT ${this.db} failed: ` });
    if (this.options.resp === 3) steps.push({ argv: ['HELLO', '3'], failed: 'HELLO 3 failed: ' });
    this.resp = 2;
    const next = (): void => {
      const step = steps.shift();
      if (step === undefined) {
        done(true);
        return;
      }
      this.ask(step.argv, (reply) => {
        if (reply.type === 'error') {
          this.isUnprepared = true;
          this.complain(step.failed + reply.text);
        }
        else if (step.argv[0] === 'HELLO') this.resp = 3;
        next();
      }, (problem) => {
        this.complain(`Error: ${problem}`);
        done(false);
      });
    };
    next();
  }

  /** Sends a command of redis-cli's own; its reply is not printed. */
  ask(argv: readonly Bytes[], answered: (reply: ReceivedReply) => void, failed: (problem: string) => void): void {
    if (this.lostUnseen !== undefined) {
      failed(this.lostUnseen);
      return;
    }
    this.preparing = answered;
    this.failedPreparing = failed;
    this.connection?.send(argv);
  }

  /** Sends many commands at once; `done` hears all replies. */
  askMany(commands: readonly (readonly Bytes[])[], done: (replies: readonly ReceivedReply[]) => void): void {
    const replies: ReceivedReply[] = [];
    const next = (reply: ReceivedReply): void => {
      replies.push(reply);
      if (replies.length === commands.length) done(replies);
      else this.preparing = next;
    };
    this.preparing = next;
    this.failedPreparing = (problem) => {
      this.complain(`Error: ${problem}`);
      this.process.exit(1);
    };
    for (const argv of commands) this.connection?.send(argv);
  }

  /** Connects without a word about failures. */
  reconnect(done: (connected: boolean) => void): void {
    this.quiet = true;
    this.connect((connected) => {
      this.quiet = false;
      done(connected);
    });
  }

  private lost(problem: string): void {
    const failed = this.failedPreparing;
    if (failed !== undefined) {
      this.connected = false;
      this.preparing = undefined;
      this.failedPreparing = undefined;
      failed(problem);
      return;
    }
    const work = this.work;
    if (work !== undefined) {
      this.work = undefined;
      this.reportLoss(problem, work);
    } else if (this.subscribed) {
      this.lostUnseen = problem;
      this.onMessage?.();
    } else {
      // Seen at the next command: the prompt that stands there still looks connected.
      this.lostUnseen = problem;
    }
  }

  private reportLoss(problem: string, work: Work): void {
    this.connected = false;
    this.inTransaction = false;
    // SHUTDOWN that works is answered by the end of the connection alone.
    if (work.name === 'shutdown') {
      work.done('ok');
      return;
    }
    this.complain(`Error: ${problem}`);
    work.done(this.monitoring || this.subscribed ? 'fatal' : 'lost');
  }

  private complain(message: string): void {
    if (this.quiet) return;
    this.process.stderr.write(`${message}\n`);
  }

  // --- commands ------------------------------------------------------------------------------

  /** Runs a command and prints its replies. */
  run(argv: readonly Bytes[], done: (outcome: Outcome) => void): void {
    if (!this.connected || this.connection === undefined) {
      this.connect((connected) => {
        if (connected) this.run(argv, done);
        else done('notConnected');
      });
      return;
    }
    const name = fold(argv[0] ?? '');
    const work: Work = { argv, name, confirmations: this.confirmationsOf(name, argv), done };
    if (this.lostUnseen !== undefined) {
      const problem = this.lostUnseen;
      this.drop();
      this.reportLoss(problem, work);
      return;
    }
    this.printUnread();
    this.work = work;
    this.connection.send(argv);
  }

  /** How many confirmations end a (UN)SUBSCRIBE: one per channel named, or per channel there is. */
  private confirmationsOf(name: Bytes, argv: readonly Bytes[]): number {
    if (!PUBSUB_COMMANDS.has(name)) return 0;
    if (argv.length > 1) return argv.length - 1;
    if (name === 'unsubscribe') return Math.max(1, this.channels.subscribe.size);
    if (name === 'punsubscribe') return Math.max(1, this.channels.psubscribe.size);
    if (name === 'sunsubscribe') return Math.max(1, this.channels.ssubscribe.size);
    return 1;
  }

  /** What ended the connection while nobody looked. */
  get loss(): string | undefined {
    return this.lostUnseen;
  }

  /** Prints what came while no command was at work; true when there was something. */
  printUnread(): boolean {
    const unread = this.unread;
    this.unread = [];
    let printed = false;
    for (const reply of unread) printed = this.printMessage(reply) || printed;
    return printed;
  }

  private printMessage(reply: ReceivedReply): boolean {
    if (reply.type === 'push' && !this.showPushes && !this.subscribed) return false;
    this.print(reply, false);
    return true;
  }

  private received(reply: ReceivedReply): void {
    const preparing = this.preparing;
    if (preparing !== undefined && reply.type !== 'push') {
      this.preparing = undefined;
      this.failedPreparing = undefined;
      preparing(reply);
      return;
    }
    const work = this.work;
    if (work === undefined) {
      this.unread.push(reply);
      this.onMessage?.();
      return;
    }
    const message = pubsubKind(reply);
    if (message !== undefined && (this.subscribed || work.confirmations > 0)) {
      this.note(message, reply);
      this.printSafely(reply, work);
      if (message === work.name && --work.confirmations === 0) this.finish(work, 'ok');
      return;
    }
    if (reply.type === 'push') {
      this.printMessage(reply);
      return;
    }
    if (this.debugger?.take(reply, () => this.finish(work, 'ok')) === true) return;
    const elsewhere = this.redirection(reply);
    if (elsewhere !== undefined) {
      this.goTo(elsewhere, work);
      return;
    }
    if (!this.printSafely(reply, work)) return;
    const isError = reply.type === 'error';
    if (work.name === 'monitor' && !isError) {
      this.monitoring = true;
      return;
    }
    if (!isError) this.follow(work.argv, reply);
    else this.followError(work, reply);
    if (work.confirmations === 0 || isError) this.finish(work, isError ? 'error' : 'ok');
  }

  private finish(work: Work, outcome: Outcome): void {
    this.work = undefined;
    work.done(outcome);
  }

  /** Keeps the channels that UNSUBSCRIBE without a name would end. */
  private note(kind: Bytes, reply: ReceivedReply): void {
    if (reply.type !== 'array' && reply.type !== 'push') return;
    const channel = reply.items[1];
    const name = channel?.type === 'bulk' ? channel.text : '';
    for (const [subscribe, channels] of Object.entries(this.channels)) {
      if (kind === subscribe) {
        channels.add(name);
        this.subscribed = true;
      }
      if (kind === subscribe.replace('subscribe', 'unsubscribe')) channels.delete(name);
    }
  }

  /** What a command that worked changes about the next prompt and the next connection. */
  private follow(argv: readonly Bytes[], reply: ReceivedReply): void {
    const name = fold(argv[0] ?? '');
    switch (name) {
      case 'select':
        if (argv.length === 2) this.db = leadingInteger(argv[1] ?? '');
        break;
      case 'auth':
        break;
      case 'multi':
        if (argv.length === 1) {
          this.inTransaction = true;
          this.dbBeforeTransaction = this.db;
        }
        break;
      case 'exec':
        if (this.inTransaction && reply.type === 'nil') this.db = this.dbBeforeTransaction;
        this.inTransaction = false;
        break;
      case 'discard':
        if (this.inTransaction) this.db = this.dbBeforeTransaction;
        this.inTransaction = false;
        break;
      case 'reset':
        this.inTransaction = false;
        this.subscribed = false;
        this.db = 0;
        this.resp = 2;
        for (const channels of Object.values(this.channels)) channels.clear();
        break;
      case 'hello':
        if (argv.length > 1) this.resp = argv[1] === '3' ? 3 : 2;
        break;
    }
  }

  private followError(work: Work, reply: ReceivedReply): void {
    if (work.name === 'exec' && this.inTransaction && reply.type === 'error') {
      this.inTransaction = false;
      this.db = this.dbBeforeTransaction;
    }
  }

  /** In RESP2 the time spent in MONITOR is told when it ends, in RESP3 not. */
  get tellsMonitorTime(): boolean {
    return this.resp === 2;
  }

  // --- printing ------------------------------------------------------------------------------

  /** False when the reply cannot be printed: the program is over. */
  private printSafely(reply: ReceivedReply, work: Work): boolean {
    try {
      this.print(reply, isTextReport(work.argv));
      return true;
    } catch (problem) {
      if (!(problem instanceof UnprintableReply)) throw problem;
      this.complain(problem.message);
      this.finish(work, 'fatal');
      return false;
    }
  }

  private print(reply: ReceivedReply, isReport: boolean): void {
    if (reply.type === 'error' && this.options.exitCodeOnError && !this.interactive) {
      this.process.stderr.write(`${reply.text}\n`);
      return;
    }
    // A report brings its own line ends, whatever shape was asked for.
    if (isReport) this.process.stdout.write(formatReply(reply, 'raw', { ...this.options.delimiters, reply: '' }));
    else this.process.stdout.write(formatReply(reply, this.shape, this.options.delimiters));
  }

  // --- clusters ------------------------------------------------------------------------------

  /** Where a cluster says the key lives, when redis-cli was told to follow (-c). */
  private redirection(reply: ReceivedReply): Redirection | undefined {
    if (!this.options.followCluster || reply.type !== 'error') return undefined;
    const [, kind = '', slot = '', host = '', port = ''] = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(reply.text) ?? [];
    return kind === '' ? undefined : { ask: equalsFolded(kind, 'ask'), slot, host: host === '' ? this.host : host, port: Number(port) };
  }

  private goTo({ ask, slot, host, port }: Redirection, work: Work): void {
    if (this.interactive) this.process.stdout.write(`-> Redirected to slot [${slot}] located at ${host}:${port}\n`);
    this.host = host;
    this.port = port;
    this.connect((connected) => {
      if (!connected) work.done('notConnected');
      else if (!ask) this.run(work.argv, work.done);
      else this.ask(['ASKING'], () => this.run(work.argv, work.done), (problem) => this.reportLoss(problem, work));
    });
  }
}

/** `message`, `subscribe`, …: what kind of pub/sub message this is, if it is one. */
function pubsubKind(reply: ReceivedReply): Bytes | undefined {
  if (reply.type !== 'array' && reply.type !== 'push') return undefined;
  const first = reply.items[0];
  return first?.type === 'bulk' && PUBSUB_MESSAGES.has(first.text) ? first.text : undefined;
}
