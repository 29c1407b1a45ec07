/*
 * A host
 * ------
 * One machine: a disk, a network address, the programs that are installed, the processes that run. At boot
 * it makes its directories and files and starts its services, whose output goes to /var/log as on a
 * machine where nobody sits in front.
 */
import type { Bytes, Disk, Micros, Random, Server } from '../engine/index.ts';
import { HostDisk, resolvePath } from './disk.ts';
import type { FaultOutcome } from './faults.ts';
import type { Network } from './network.ts';
import type { HostForPrograms, MachineForPrograms, Program, ProcessRow, Session, SessionOptions, Signal } from './process.ts';
import { SeededRandom, type DrawListener } from './random.ts';
import { RunningProcess, type ProcessStart } from './running-process.ts';
import { HOME, type HostSpec } from './scenario.ts';
import type { Scheduler } from './scheduler.ts';
import { TerminalSession } from './session.ts';
import { ContentSource, FileSink, NULL_SINK, type Sink, type Source } from './streams.ts';
import { redisPackage } from './unit-file.ts';
import { unitsOf, WANTED, type Units } from './units.ts';
import { bounded, cutBytes, joined, RECENT_EVENTS, type RecordedEvent, type ServerView } from './world.ts';

/** What a host shares with the rest of its simulation. */
export interface HostSurroundings {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly seed: number;
  readonly epochMs: number;
  readonly programs: ReadonlyMap<string, Program>;
  readonly drawn: DrawListener;
  crashed(crash: Crash): void;
  /** Whether what servers announce is kept for whoever looks at them later. */
  readonly keepsPast: boolean;
  /** A server announced something. */
  recorded(event: RecordedEvent): void;
  nextEventId(): number;
  /** Something goes wrong in the world, as `fault` in a terminal says it. */
  fault(text: string): FaultOutcome;
  /** The machines of the network. */
  neighbours(): readonly { readonly name: string; readonly address: string }[];
}

/** A program died of an exception: our fault, told with what is needed to find it. */
export interface Crash {
  readonly atUs: Micros;
  readonly host: string;
  readonly pid: number;
  readonly argv: readonly Bytes[];
  readonly message: string;
  readonly during: string;
  readonly stack: string;
}

const FIRST_PID = 101;
const DIRECTORIES = [HOME, '/tmp', '/etc/redis', '/usr/bin', '/var/log', '/var/run', '/var/lib/redis'];
const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['HOME', HOME], ['USER', 'learner'], ['LOGNAME', 'learner'], ['SHELL', '/usr/bin/sh'], ['PATH', '/usr/bin'], ['LANG', 'C.UTF-8'],
];
const SSH_PORT = 22;
const SMALL_PROCESS_BYTES = 3_800_000;
/** So often the kernel looks for memory while there is too little. */
const MEMORY_WATCH_US = 500_000;
/** Characters that only a shell understands. */
const NEEDS_SHELL = /[|&;<>()$`\\"'*?[\]#~=%!{}\n]/;

/** Whether the machine has power and runs. */
export type HostState = 'up' | 'paused' | 'off';

export class Host {
  /** `paused`: nothing of it runs, connections stand and bytes pile up. */
  state: HostState = 'up';
  readonly name: string;
  readonly address: string;
  readonly disk: HostDisk;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly epochMs: number;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly environment: ReadonlyMap<string, string>;
  private readonly surroundings: HostSurroundings;
  private readonly processes = new Map<number, RunningProcess>();
  private readonly servers = new Map<number, { view: ServerView; recent: RecordedEvent[]; process: RunningProcess; stop: () => void }>();
  private readonly starts = new Map<string, number>();
  private nextPid = FIRST_PID;
  private terminals = 0;
  private readonly spec: HostSpec;
  /** What the wall clock of this machine is ahead, and how much it gains, in millionths, since when. */
  private clock = { aheadUs: 0, driftPpm: 0, sinceUs: 0 };

  constructor(spec: HostSpec, address: string, surroundings: HostSurroundings) {
    this.name = spec.name;
    this.spec = spec;
    this.address = address;
    this.surroundings = surroundings;
    this.scheduler = surroundings.scheduler;
    this.network = surroundings.network;
    this.epochMs = surroundings.epochMs;
    this.memoryBytes = spec.memoryBytes ?? 2 * 1024 ** 3;
    this.cpus = spec.cpus ?? 2;
    this.disk = new HostDisk(surroundings.epochMs);
    this.environment = new Map([...ENVIRONMENT, ['HOSTNAME', spec.name]]);
    this.furnish();
    this.startServices();
  }

  /** The directories of every machine, and the files of this one. */
  private furnish(): void {
    const { now } = this.scheduler;
    for (const directory of DIRECTORIES) this.disk.makeDirectories(directory, now);
    // Where the scenario starts no Redis, the package is there with what a learner may start.
    if (this.spec.run?.some((line) => line.includes('redis-')) !== true) this.install(redisPackage());
    this.install(this.spec.files ?? {});
  }

  private install(files: Readonly<Record<string, Bytes>>): void {
    const { now } = this.scheduler;
    for (const [path, content] of Object.entries(files)) {
      const full = resolvePath(HOME, path);
      this.disk.makeDirectories(full.slice(0, full.lastIndexOf('/')), now);
      this.disk.write(full, content, now);
      // It was there before the machine was switched on: the first power loss does not take it.
      this.disk.beginSync(full).finish();
    }
  }

  private startServices(): void {
    this.services = undefined;
    this.booted.length = 0;
    const enabled = this.disk.list(WANTED);
    const isReplaced = Array.isArray(enabled) ? this.units.replaced(enabled) : undefined;
    for (const line of this.spec.run ?? []) {
      if (isReplaced?.(line) === true) continue;
      const process = this.startService(line);
      if (process !== undefined) this.booted.push({ line, process });
    }
    if (Array.isArray(enabled)) this.units.boot(enabled);
  }

  /** What the scenario has started, for `units`. */
  readonly booted: { readonly line: Bytes; readonly process: RunningProcess }[] = [];
  private services: Units | undefined;

  /** The services of this machine, gathered when somebody asks. */
  get units(): Units {
    this.services ??= unitsOf(this);
    return this.services;
  }

  // --- what can happen to a machine ----------------------------------------------------------------

  /** Processes that nobody sits in front of: its services. */
  private get daemons(): RunningProcess[] {
    return [...this.processes.values()].filter((process) => process.device === undefined);
  }

  /** Every service is killed, as by `kill -9`; what they wrote stays in the page cache. Returns how many. */
  crash(): number {
    const killed = this.daemons;
    for (const process of killed) process.finish(137, 'SIGKILL');
    return killed.length;
  }

  /** Every service is asked to end, as by SIGTERM. */
  stopServices(): number {
    const asked = this.daemons;
    for (const process of asked) process.raise('SIGTERM');
    return asked.length;
  }

  /** The power fails: processes vanish without a word to anybody, the disk falls back to what was durable. */
  powerOff(): void {
    this.state = 'off';
    this.network.links.setOff(this.name, true);
    for (const process of [...this.processes.values()]) {
      this.network.vanish(process);
      process.finish(137, 'SIGKILL');
    }
    this.services?.powerFails();
    this.network.links.forgetFilter(this.name);
    this.disk.powerFails(new SeededRandom(this.surroundings.seed, `${this.name}/power`), this.scheduler.now);
  }

  /** Boots: the services of the scenario start again, on the same disk or on a new one. A machine that runs loses its services first. */
  restart(emptyDisk: boolean): void {
    this.services?.powerFails();
    this.crash();
    this.network.links.forgetFilter(this.name);
    if (this.state === 'paused') this.resume();
    this.state = 'up';
    this.network.links.setOff(this.name, false);
    if (emptyDisk) {
      this.disk.erase();
      this.furnish();
    }
    this.startServices();
    this.network.rulesChanged();
  }

  /** Other programs leave the processes of this machine so much memory; undefined: all of it. */
  leaveMemory(bytes: number | undefined): void {
    const isWatched = this.memoryLeft !== undefined;
    this.memoryLeft = bytes;
    if (bytes !== undefined && !isWatched) this.watchMemory();
  }

  private memoryLeft: number | undefined;

  /** What is left to its processes by others; undefined: all of it. */
  get memoryLeftBytes(): number | undefined {
    return this.memoryLeft;
  }

  /** While memory is short: the kernel kills who has the most, until the others have enough. */
  private watchMemory(): void {
    const left = this.memoryLeft;
    if (left === undefined) return;
    const held = [...this.processes.values()].map((process) => ({ process, bytes: this.residentBytes(process.pid) })).sort((a, b) => b.bytes - a.bytes || a.process.pid - b.process.pid);
    let sum = held.reduce((total, { bytes }) => total + bytes, 0);
    for (const { process, bytes } of held) {
      if (sum <= left) break;
      sum -= bytes;
      process.raise('SIGKILL');
    }
    this.scheduler.schedule(this.scheduler.now + MEMORY_WATCH_US, this.name, 'memory', 'the kernel looks for memory', () => this.watchMemory());
  }

  pause(): void {
    this.state = 'paused';
    for (const process of this.processes.values()) process.block(this);
  }

  resume(): void {
    this.state = 'up';
    for (const process of this.processes.values()) process.unblock(this);
  }

  /** Microseconds since the epoch, by this machine's clock. */
  wallUs(nowUs: Micros): number {
    const { aheadUs, driftPpm, sinceUs } = this.clock;
    return this.epochMs * 1000 + nowUs + aheadUs + Math.round(((nowUs - sinceUs) * driftPpm) / 1e6);
  }

  /** Sets the clock forward (back, when negative), and what it gains from now on in millionths. */
  setClock(byUs: Micros, driftPpm: number): void {
    const now = this.scheduler.now;
    this.clock = { aheadUs: this.wallUs(now) - this.epochMs * 1000 - now + byUs, driftPpm, sinceUs: now };
  }

  get driftPpm(): number {
    return this.clock.driftPpm;
  }

  /** What this machine's clock is ahead of the simulation's, now. */
  get clockAheadUs(): Micros {
    return this.wallUs(this.scheduler.now) - this.epochMs * 1000 - this.scheduler.now;
  }

  // --- processes --------------------------------------------------------------------------------

  /** Starts the program that argv[0] names; undefined when there is none. The caller calls `begin`. */
  start(options: Omit<ProcessStart, 'program'>): RunningProcess | undefined {
    const program = this.program(options.argv[0] ?? '');
    return program === undefined ? undefined : this.startProgram(program, options);
  }

  /** The same with a program that is not installed: the lab's own. */
  startProgram(program: Program, options: Omit<ProcessStart, 'program'>): RunningProcess {
    const process = new RunningProcess(this, this.nextPid++, { ...options, program });
    this.processes.set(process.pid, process);
    if (this.state === 'paused') process.block(this);
    return process;
  }

  /** A command line without a terminal; what it prints goes to /var/log. */
  startService(line: Bytes): RunningProcess | undefined {
    const argv = NEEDS_SHELL.test(line) ? ['sh', '-c', line] : line.split(' ').filter((word) => word !== '');
    const name = (line.split(' ')[0] ?? 'service').replace(/[^A-Za-z0-9._-]/g, '_');
    return this.startDetached(argv, this.fileSink(`/var/log/${name}.log`), HOME, {});
  }

  startDetached(argv: readonly Bytes[], output: Sink, workingDirectory: string, service?: object, environment = this.environment): RunningProcess | undefined {
    const process = this.start({
      argv, workingDirectory, environment,
      stdin: new ContentSource(''),
      stdout: output, stderr: output,
      device: undefined, parent: undefined, exited: undefined, stopped: undefined, ...(service === undefined ? {} : { service }),
    });
    process?.begin();
    return process;
  }

  /** A terminal whose other end the process `holder` has. */
  private openSession(holder: RunningProcess, options: SessionOptions): Session | undefined {
    // What a session has to say reaches its holder as an event of that one.
    const tell = (what: string, fn: () => void): void => void holder.deliver(holder.localNow(), 'terminal', `${this.name}: ${what}`, fn);
    let session: TerminalSession | undefined;
    session = TerminalSession.open(this, {
      ...options, id: `pts/${++this.terminals}`,
      output: (bytes) => tell(`${bytes.length} bytes for the screen`, () => options.output(bytes)),
      frontChanged: () => {
        const prompt = session?.device.front()?.prompt;
        tell('another prompt', () => options.prompting(prompt));
      },
      closed: (code) => tell('the session ends', () => {
        holder.sessions.delete(held);
        options.ended(code);
      }),
    });
    const opened = session;
    const held: Session = {
      type: (bytes) => opened?.device.type(bytes),
      resize: (columns, rows) => opened?.resize(columns, rows),
      close: () => opened?.hangUp(),
    };
    if (opened === undefined) return undefined;
    holder.sessions.add(held);
    return held;
  }

  /** An input without content, for processes that nobody types to. */
  emptyInput(): Source {
    return new ContentSource('');
  }

  fileSink(path: string): Sink {
    const handle = this.disk.openForAppend(path, false, this.scheduler.now);
    // Who writes a log does not end because the disk is full: those lines are lost.
    return typeof handle === 'function' ? new FileSink((content, now) => void handle(content, now)) : NULL_SINK;
  }

  program(name: string): Program | undefined {
    return this.surroundings.programs.get(name.startsWith('/usr/bin/') ? name.slice('/usr/bin/'.length) : name);
  }

  process(pid: number): RunningProcess | undefined {
    return this.processes.get(pid);
  }

  remove(process: RunningProcess): void {
    this.processes.delete(process.pid);
    for (const [port, observed] of this.servers) {
      if (observed.process !== process) continue;
      observed.stop();
      this.servers.delete(port);
    }
  }

  /** Every process of a terminal's session. */
  sessionOf(device: object): RunningProcess[] {
    return [...this.processes.values()].filter((process) => process.device === device);
  }

  reportCrash(process: RunningProcess, message: string, during: string, stack: string): void {
    this.surroundings.crashed({ atUs: this.scheduler.now, host: this.name, pid: process.pid, argv: process.argv, message, during, stack });
  }

  /** What programs may see, for one of them: its changes to the disk happen at its own time. */
  viewFor(viewer: RunningProcess): HostForPrograms {
    const env = (): Disk => viewer.env.disk;
    const host = this;
    return {
      name: this.name,
      get disk() {
        return env();
      },
      programs: () => [...this.surroundings.programs.keys()],
      processes: () => host.processList(),
      kill: (pid, signal) => host.kill(pid, signal),
      fault: (text) => host.surroundings.fault(text),
      machine: this.machineFor(viewer),
    };
  }

  private machineFor(viewer: RunningProcess): MachineForPrograms {
    const host = this;
    return {
      memoryBytes: this.memoryBytes,
      cpus: this.cpus,
      get neighbours() {
        return host.surroundings.neighbours();
      },
      get packetFilter() {
        return host.network.links.filterOf(host.name);
      },
      get units() {
        return host.units;
      },
      residentBytes: (pid) => host.residentBytes(pid),
      filterChanged: () => host.network.rulesChanged(),
      wordsAfter: (argv) => [...(host.program(argv[0] ?? '')?.completions?.(argv, viewer.host) ?? [])],
      openSession: (options) => host.openSession(viewer, options),
    };
  }

  /** Whatever runs of a service. */
  processesOf(service: object | undefined): RunningProcess[] {
    return service === undefined ? [] : [...this.processes.values()].filter((process) => process.service === service);
  }

  processList(): ProcessRow[] {
    return [...this.processes.values()].map((process) => ({
      cpuUs: this.cpuUsOf(process),
      busy: process.isBusy,
      pid: process.pid,
      parent: process.parent === undefined || process.parent.ended ? 1 : process.parent.pid,
      argv: process.argv,
      state: process.stopped ? 'stopped' : 'running',
      startedAtUs: process.startedAtUs,
      listening: this.network.listeningPorts(process),
    }));
  }

  /** What it was charged for, and what a server does besides. */
  cpuUsOf(process: RunningProcess): Micros {
    return process.usedCpuUs + (this.serverViews().find((each) => each.pid === process.pid)?.server.estimatedCpuUs() ?? 0);
  }

  /** Servers tell what they hold; other programs are small, a shell and a client a few MB as on a real machine. */
  residentBytes(pid: number): number {
    const view = this.serverViews().find((each) => each.pid === pid);
    return view === undefined ? SMALL_PROCESS_BYTES : view.server.residentMemory();
  }

  /** Somebody asks for a port at which nobody listens: the program that answers there is started, if there is one. */
  awake(port: number): void {
    if (port !== SSH_PORT || this.state !== 'up' || this.program('sshd') === undefined) return;
    const process = this.startDetached(['sshd'], NULL_SINK, '/');
    if (process !== undefined) this.network.reserve(process, port);
  }

  kill(pid: number, signal: Signal): boolean {
    const process = this.processes.get(pid);
    if (process === undefined) return false;
    process.raise(signal);
    return true;
  }

  /** Numbers of chance for the next start of a program: its name and how often it was started decide. */
  randomFor(program: string): Random {
    const count = (this.starts.get(program) ?? 0) + 1;
    this.starts.set(program, count);
    return new SeededRandom(this.surroundings.seed, `${this.name}/${program}#${count}`, this.surroundings.drawn);
  }

  // --- servers ----------------------------------------------------------------------------------

  serves(process: RunningProcess, server: Server, port: number): void {
    for (const [at, observed] of this.servers) {
      // It may have served another port until now (CONFIG SET port).
      if (at !== port && observed.view.server !== server) continue;
      observed.stop();
      this.servers.delete(at);
    }
    const recent: RecordedEvent[] = [];
    const stop = server.events.listen((event) => {
      const left = cutBytes(event);
      const recorded: RecordedEvent = {
        id: this.surroundings.nextEventId(),
        atUs: this.scheduler.now,
        host: this.name,
        port,
        event: bounded(event),
        origin: this.scheduler.origin,
        executed: this.scheduler.executed,
        ...(left > 0 ? { cutBytes: left } : {}),
      };
      if (this.surroundings.keepsPast) {
        const whole = joined(recent.at(-1), recorded);
        if (whole === undefined) recent.push(recorded);
        else recent[recent.length - 1] = whole;
        if (recent.length >= 2 * RECENT_EVENTS) recent.splice(0, recent.length - RECENT_EVENTS);
      }
      this.surroundings.recorded(recorded);
    });
    this.servers.set(port, { view: { host: this.name, port, pid: process.pid, server, recent }, recent, process, stop });
  }

  serverViews(): ServerView[] {
    return [...this.servers.values()].map((observed) => observed.view);
  }

  serverView(port: number): ServerView | undefined {
    return this.servers.get(port)?.view;
  }
}
