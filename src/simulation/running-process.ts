/*
 * A running process
 * -----------------
 * One program at work on one host. Everything it does happens inside turns: calls of its handlers, each
 * one event of the simulation. The process is the gate in front of them. While it is busy (it declared
 * CPU cost), stopped (Ctrl-Z) or blocked (a full pipe), turns that come due wait here in order; when it
 * has ended they are dropped.
 *
 * Its own time runs ahead of the clock while it is busy: what it sends or sets after spending a second
 * leaves a second later. An exception in a turn is our bug; the process dies with a report and the rest
 * of the world lives on.
 */
import { assertBytes, MissingPart } from '../engine/index.ts';
import type { Bytes, Disk, DiskError, Env, Micros, Server, Socket, SocketEvents } from '../engine/index.ts';
import { resolvePath } from './disk.ts';
import type { Host } from './host.ts';
import { simulatedLua } from './lua.ts';
import type { HostForPrograms, Input, Output, Process, Program, Session, Signal, SpawnOptions, Tty } from './process.ts';
import type { Origin, ScheduledEvent } from './scheduler.ts';
import { ContentSource, FileSink, ForeignSink, ForeignSource, NULL_SINK, Pipe, ProcessInput, ProcessOutput, type Sink, type Source, type StreamUser } from './streams.ts';
import type { TerminalDevice, TerminalUser } from './terminal-device.ts';

/** A call of one of the process's handlers, due or waiting at the gate. */
interface Turn {
  readonly fn: () => void;
  readonly origin: Origin;
  readonly kind: string;
  readonly what: string;
  cancelled: boolean;
}

export const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15, SIGCONT: 18, SIGTSTP: 20,
};

const ABORTED = 134;
/** How late a timer may be by whim: no timer promises to be in time. */
const LATE_TIMER_US = 5_000;

export interface ProcessStart {
  readonly program: Program;
  readonly argv: readonly Bytes[];
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly device: TerminalDevice | undefined;
  readonly parent: RunningProcess | undefined;
  readonly exited: ((code: number, signal?: Signal) => void) | undefined;
  readonly stopped: (() => void) | undefined;
  /** What its service is known by; its parent's unless told. */
  readonly service?: object;
}

export class RunningProcess implements Process, StreamUser, TerminalUser {
  readonly pid: number;
  readonly argv: readonly Bytes[];
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly env: Env;
  readonly host: HostForPrograms;
  readonly machine: Host;
  readonly startedAtUs: Micros;
  parent: RunningProcess | undefined;
  device: TerminalDevice | undefined;
  /** The service that it belongs to, with all that it starts. */
  readonly service: object | undefined;
  /** How it ended, once it has. */
  end: { readonly code: number; readonly signal: Signal | undefined; readonly atUs: Micros } | undefined;
  /** Hears of its end, at once. */
  onEnd: (() => void) | undefined;
  /** Sessions that it holds the other end of. */
  readonly sessions = new Set<Session>();
  /** Origin of the connection or command that started it. */
  readonly startOrigin: Origin;

  private input: ProcessInput;
  private output: ProcessOutput;
  private errors: ProcessOutput;
  private terminal: Tty | undefined;
  private readonly start: ProcessStart;
  private state: 'running' | 'stopped' | 'ended' = 'running';
  private busyUntil: Micros = 0;
  private cpuUs: Micros = 0;
  private exiting: { code: number; signal: Signal | undefined } | undefined;
  private inTurn = false;
  private readonly deferred: Turn[] = [];
  private wake: ScheduledEvent | undefined;
  private readonly blockedBy = new Set<object>();
  private readonly handlers = new Map<Signal, () => void>();
  /** By their number: numbers are found quicker than objects. */
  private readonly timers = new Map<number, ScheduledEvent>();

  constructor(machine: Host, pid: number, start: ProcessStart) {
    this.machine = machine;
    this.pid = pid;
    this.start = start;
    this.argv = start.argv;
    this.environment = start.environment;
    this.workingDirectory = start.workingDirectory;
    this.parent = start.parent;
    this.device = start.device;
    this.startedAtUs = start.parent?.localNow() ?? machine.scheduler.now;
    this.service = start.service ?? start.parent?.service;
    this.startOrigin = machine.scheduler.origin;
    this.input = new ProcessInput(start.stdin, this);
    this.output = new ProcessOutput(start.stdout, this, true);
    this.errors = new ProcessOutput(start.stderr, this, true);
    this.terminal = start.device?.ttyOf(this);
    this.host = machine.viewFor(this);
    this.env = this.makeEnv();
  }

  /** Calls the program's `run` in an event of its own. */
  begin(): void {
    this.deliver(this.startedAtUs, 'start', `${this.machine.name} starts ${this.argv.join(' ')}`, () => this.start.program.run(this));
  }

  get stdin(): Input {
    return this.input;
  }
  get stdout(): Output {
    return this.output;
  }
  get stderr(): Output {
    return this.errors;
  }
  get tty(): Tty | undefined {
    return this.terminal;
  }
  get hostName(): string {
    return this.machine.name;
  }
  get ended(): boolean {
    return this.state === 'ended';
  }
  get stopped(): boolean {
    return this.state === 'stopped';
  }

  // --- the gate ---------------------------------------------------------------------------------

  localNow(): Micros {
    return Math.max(this.machine.scheduler.now, this.busyUntil);
  }

  deliver(at: Micros, kind: string, what: string, fn: () => void, payload = 0): ScheduledEvent {
    const scheduler = this.machine.scheduler;
    const turn: Turn = { fn, origin: scheduler.origin, kind, what, cancelled: false };
    return scheduler.schedule(at, this.machine.name, kind, what, () => this.admit(turn), payload);
  }

  private get held(): boolean {
    return this.state !== 'running' || this.blockedBy.size > 0 || this.machine.scheduler.now < this.busyUntil;
  }

  private admit(turn: Turn): void {
    if (this.state === 'ended') return;
    if (this.held || this.deferred.length > 0) {
      this.deferred.push(turn);
      this.wakeLater();
    } else {
      this.runTurn(turn);
    }
  }

  /** One waiting turn is one event: the clock may move between two of them. */
  private wakeLater(): void {
    if (this.wake !== undefined || this.deferred.length === 0 || this.state !== 'running' || this.blockedBy.size > 0) return;
    const next = this.deferred[0];
    this.wake = this.machine.scheduler.schedule(this.localNow(), this.machine.name, 'wake', next?.what ?? '', () => {
      this.wake = undefined;
      if (this.held) {
        this.wakeLater();
        return;
      }
      const turn = this.deferred.shift();
      if (turn !== undefined) this.runTurn(turn);
      this.wakeLater();
    });
  }

  private runTurn(turn: Turn): void {
    if (turn.cancelled) return;
    // Keys get their receiver's name here: what follows from them was asked for at this very program.
    this.machine.scheduler.origin = turn.kind === 'keys' ? { input: turn.origin.input, pid: this.pid } : turn.origin;
    this.inTurn = true;
    try {
      turn.fn();
    } catch (problem) {
      // Not the program's fault: the whole event will be run again when the part is there.
      if (problem instanceof MissingPart) throw problem;
      this.crash(problem, turn.what);
    } finally {
      this.inTurn = false;
    }
    if (this.exiting !== undefined) this.leave();
  }

  private leave(): void {
    const exiting = this.exiting;
    if (exiting === undefined || this.ended) return;
    if (this.localNow() > this.machine.scheduler.now) {
      this.machine.scheduler.schedule(this.localNow(), this.machine.name, 'exit', `${this.argv[0]} exits`, () => this.finish(exiting.code, exiting.signal));
    } else {
      this.finish(exiting.code, exiting.signal);
    }
  }

  private crash(problem: unknown, during: string): void {
    const message = problem instanceof Error ? problem.message : String(problem);
    const stack = problem instanceof Error ? (problem.stack ?? '') : '';
    this.machine.reportCrash(this, message, during, stack);
    const text = `\n*** ${this.argv[0] ?? ''} has crashed: ${message}\n*** This is a fault of the simulation, not of what you typed.\n`;
    this.errors.write(text.replace(/[^\0-\xff]/g, '?'));
    this.exiting = { code: ABORTED, signal: undefined };
  }

  block(token: object): void {
    this.blockedBy.add(token);
  }

  unblock(token: object): void {
    if (this.blockedBy.delete(token)) this.wakeLater();
  }

  writeFailed(error: DiskError): void {
    if (this.exiting !== undefined) return;
    this.exiting = { code: 1, signal: undefined };
    if (this.errors.sink !== this.output.sink) this.errors.write(`${this.argv[0] ?? ''}: write error: ${error.message}\n`);
  }

  // --- signals and the end ----------------------------------------------------------------------

  onSignal(signal: Signal, handler: () => void): void {
    this.handlers.set(signal, handler);
  }

  signal(signal: Signal): void {
    this.raise(signal);
  }

  raise(signal: Signal): void {
    const scheduler = this.machine.scheduler;
    scheduler.schedule(scheduler.now, this.machine.name, 'signal', `${signal} for ${this.argv[0]} (${this.pid})`, () => this.receive(signal));
  }

  private receive(signal: Signal): void {
    if (this.state === 'ended') return;
    if (signal === 'SIGKILL') {
      this.finish(128 + SIGNAL_NUMBERS.SIGKILL, signal);
      return;
    }
    if (signal === 'SIGCONT' && this.state === 'stopped') {
      this.state = 'running';
      this.wakeLater();
    }
    const handler = this.handlers.get(signal);
    if (handler !== undefined) {
      this.admit({ fn: handler, origin: this.machine.scheduler.origin, kind: 'signal', what: signal, cancelled: false });
    } else if (signal === 'SIGTSTP') {
      this.stop();
    } else if (signal !== 'SIGCONT') {
      const end = (): void => this.finish(128 + SIGNAL_NUMBERS[signal], signal);
      if (this.state === 'stopped') this.deferred.push({ fn: end, origin: this.machine.scheduler.origin, kind: 'signal', what: signal, cancelled: false });
      else end();
    }
  }

  private stop(): void {
    if (this.state !== 'running') return;
    this.state = 'stopped';
    this.device?.leaveFront(this, false);
    const told = this.start.stopped;
    if (told !== undefined && this.parent !== undefined) this.tell(this.parent, 'stopped', `${this.argv[0]} is stopped`, told);
  }

  /** Calls a handler of the parent; the terminal hands over no key before it has run. */
  private tell(parent: RunningProcess, kind: string, what: string, told: () => void): void {
    const release = parent.ended ? undefined : this.start.device?.holdKeysFor(parent);
    parent.deliver(parent.localNow(), kind, what, () => {
      told();
      release?.();
    });
  }

  exit(code: number): void {
    this.exiting ??= { code, signal: undefined };
    if (!this.inTurn) this.leave();
  }

  /** The kernel cleans up; nothing of the process runs any more. */
  finish(code: number, signal: Signal | undefined): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.end = { code, signal, atUs: this.machine.scheduler.now };
    for (const session of this.sessions) session.close();
    for (const timer of this.timers.values()) this.machine.scheduler.cancel(timer);
    this.timers.clear();
    this.deferred.length = 0;
    if (this.wake !== undefined) this.machine.scheduler.cancel(this.wake);
    this.machine.network.closeAll(this);
    this.releaseStreams();
    this.device?.leaveFront(this, true);
    this.machine.remove(this);
    this.tellParent(code, signal);
    this.onEnd?.();
    this.handlers.clear();
  }

  private releaseStreams(): void {
    this.output.close();
    this.errors.close();
    this.input.detach();
  }

  private tellParent(code: number, signal: Signal | undefined): void {
    const told = this.start.exited;
    const parent = this.parent;
    this.parent = undefined;
    // A child that has detached has told already.
    if (told === undefined || (parent === undefined && this.start.parent !== undefined)) return;
    if (parent === undefined) this.machine.scheduler.schedule(this.machine.scheduler.now, this.machine.name, 'exited', `${this.argv[0]} has exited`, () => told(code, signal));
    else this.tell(parent, 'exited', `${this.argv[0]} has exited: ${code}`, () => told(code, signal));
  }

  detach(): void {
    if (this.ended) return;
    const device = this.device;
    this.releaseStreams();
    this.output = new ProcessOutput(NULL_SINK, this, true);
    this.errors = new ProcessOutput(NULL_SINK, this, true);
    this.input = new ProcessInput(new ContentSource(''), this);
    this.device = undefined;
    this.terminal = undefined;
    device?.leaveFront(this, true);
    this.tellParent(0, undefined);
  }

  // --- children, streams, ports -----------------------------------------------------------------

  spawn(options: SpawnOptions): Process | undefined {
    const child = this.machine.start({
      argv: options.argv,
      environment: options.environment ?? this.environment,
      workingDirectory: options.workingDirectory ?? this.workingDirectory,
      stdin: options.stdin === undefined ? this.input.source : sourceOf(options.stdin),
      stdout: options.stdout === undefined ? this.output.sink : sinkOf(options.stdout, this),
      stderr: options.stderr === undefined ? this.errors.sink : sinkOf(options.stderr, this),
      device: this.device,
      parent: this,
      exited: options.exited,
      stopped: options.stopped,
    });
    if (child === undefined) return undefined;
    if (options.foreground === true && this.device?.holds(this) === true) this.device.bringToFront(this, child);
    child.begin();
    return child;
  }

  continueInForeground(pids: readonly number[]): void {
    for (const pid of pids) {
      const child = this.machine.process(pid);
      if (child === undefined || child.device === undefined || child.device !== this.device) continue;
      this.device.bringToFront(this, child);
      child.raise('SIGCONT');
    }
  }

  pipe(): { input: Input; output: Output } {
    const pipe = new Pipe();
    return { input: new ProcessInput(pipe.reader, this), output: new ProcessOutput(pipe, this, false) };
  }

  openInput(path: string): Input | DiskError {
    const content = this.machine.disk.read(this.resolve(path));
    return typeof content === 'string' ? new ProcessInput(new ContentSource(content), this) : content;
  }

  openOutput(path: string, how: 'truncate' | 'append'): Output | DiskError {
    const handle = this.machine.disk.openForAppend(this.resolve(path) + (path.endsWith('/') ? '/' : ''), how === 'truncate', this.localNow());
    return typeof handle === 'function' ? new ProcessOutput(new FileSink(handle), this, false) : handle;
  }

  listen(port: number, accept: (socket: Socket) => SocketEvents): boolean {
    return !this.ended && this.machine.network.listen(this, port, accept);
  }

  stopListening(port: number): void {
    this.machine.network.stopListening(this, port);
  }

  serves(server: Server, port: number): void {
    this.machine.serves(this, server, port);
  }

  resolve(path: string): string {
    return resolvePath(this.workingDirectory, path);
  }

  // --- the world as a server needs it -----------------------------------------------------------

  private makeEnv(): Env {
    const machine = this.machine;
    const program = this.argv[0] ?? '';
    return {
      clock: {
        now: () => machine.wallUs(this.localNow()),
        monotonic: () => this.localNow(),
        after: (us, what, fn) => this.after(us, what, fn),
        spend: (us) => this.spend(us),
        charge: (us) => this.spend(us),
      },
      random: machine.randomFor(program),
      disk: this.makeDisk(),
      network: { connect: (address, on) => machine.network.connect(this, address, on), resolve: (name) => machine.network.addressOf(this, name) },
      lua: simulatedLua,
      surroundings: {
        os: 'Linux 6.1.0 x86_64',
        hostname: machine.name,
        pid: this.pid,
        executable: `/usr/bin/${program}`,
        directory: this.workingDirectory,
        totalMemoryBytes: machine.memoryBytes,
        cpu: () => ({ user: machine.cpuUsOf(this), system: 0 }),
      },
      stdout: (text) => this.output.write(text),
      stderr: (text) => this.errors.write(text),
      stop: () => this.stop(),
      exit: (code) => this.exit(code),
    };
  }

  /** CPU time it has used. */
  get usedCpuUs(): Micros {
    return this.cpuUs;
  }

  get isBusy(): boolean {
    return this.state === 'running' && (this.deferred.length > 0 || this.machine.scheduler.now < this.busyUntil);
  }

  private busyFor(us: Micros): void {
    this.busyUntil = this.localNow() + Math.round(us);
  }

  /** Keeps the process from its work for so long, as a slow command would. */
  occupy(us: Micros): void {
    this.busyFor(us);
    this.wakeLater();
  }

  private spend(us: Micros): void {
    if (!(us >= 0)) throw new Error(`spend(${us}): a cost is not negative`);
    this.busyFor(us);
    this.cpuUs += Math.round(us);
  }

  private after(us: Micros, what: string, fn: () => void): () => void {
    if (this.ended) return () => {};
    if (!(us >= 0)) throw new Error(`a timer of ${us} µs: ${what}`);
    const event = this.machine.scheduler.schedule(this.localNow() + us + this.machine.network.late(LATE_TIMER_US), this.machine.name, 'timer', what, () => {
      this.timers.delete(event.seq);
      this.admit(turn);
    });
    const turn: Turn = { fn, origin: event.origin, kind: 'timer', what, cancelled: false };
    this.timers.set(event.seq, event);
    return () => {
      turn.cancelled = true;
      this.timers.delete(event.seq);
      this.machine.scheduler.cancel(event);
    };
  }

  private makeDisk(): Disk {
    const disk = this.machine.disk;
    return {
      read: (path) => disk.read(this.resolve(path)),
      write: (path, content) => {
        assertBytes(content, `write ${path}`);
        return disk.write(this.resolve(path), content, this.localNow());
      },
      append: (path, content) => {
        assertBytes(content, `append to ${path}`);
        return disk.append(this.resolve(path), content, this.localNow());
      },
      rename: (from, to) => disk.rename(this.resolve(from), this.resolve(to), this.localNow()),
      remove: (path) => disk.remove(this.resolve(path), this.localNow()),
      makeDirectory: (path) => disk.makeDirectory(this.resolve(path), this.localNow()),
      list: (path) => disk.list(this.resolve(path)),
      stat: (path) => disk.stat(this.resolve(path) + (path.length > 1 && path.endsWith('/') ? '/' : '')),
      sync: (path, done) => {
        const sync = disk.beginSync(this.resolve(path));
        this.after(sync.durationUs, `sync ${path}`, () => done(sync.finish()));
      },
      open: (path, how) => {
        const file = disk.open(this.resolve(path), how === 'truncate', this.localNow());
        if (!('append' in file)) return file;
        return {
          append: (content) => {
            assertBytes(content, `append to ${path}`);
            return file.append(content, this.localNow());
          },
          sync: (done) => {
            const sync = file.beginSync();
            this.after(sync.durationUs, `sync ${path}`, () => done(sync.finish()));
          },
          syncNow: () => {
            const sync = file.beginSync();
            this.busyFor(sync.durationUs);
            return sync.finish();
          },
          lock: () => file.lock(this),
          close: () => {},
        };
      },
    };
  }
}

/** The sink behind an output that a program hands to its child. */
function sinkOf(output: Output, owner: StreamUser): Sink {
  return output instanceof ProcessOutput ? output.sink : new ForeignSink(output, owner);
}

function sourceOf(input: Input): Source {
  return input instanceof ProcessInput ? input.source : new ForeignSource(input);
}

