/*
 * A simulation
 * ------------
 * Hosts, a network and one queue of events, made from a scenario. It does nothing by itself: whoever holds
 * it takes the next event (`step`) or lets time pass (`advance`). Same scenario and same inputs at the same
 * moments make the same run, and `runHash` proves it.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import { announcementWords } from './announcements.ts';
import { EventLog } from './event-log.ts';
import { carryOutFault, type FaultOutcome } from './faults.ts';
import { Host, type Crash } from './host.ts';
import { Network } from './network.ts';
import type { Program } from './process.ts';
import { SeededRandom } from './random.ts';
import type { RunningProcess } from './running-process.ts';
import { scenarioProblem, type Scenario } from './scenario.ts';
import { NO_ORIGIN, Scheduler, type EventInfo } from './scheduler.ts';
import { TerminalSession } from './session.ts';
import type { RecordedEvent, ServerView, World } from './world.ts';

/** Something that should not have happened: a limit was breached or a program of ours died. */
export type Finding =
  | { readonly kind: 'limit'; readonly atUs: Micros; readonly what: string }
  | ({ readonly kind: 'crash' } & Crash);

export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly programs: readonly Program[];
  /** Wall clock at virtual time 0 when the scenario does not say. */
  readonly epochMs?: number;
  /** Shuffles which machine is first at one instant: see the scheduler. */
  readonly tieSeed?: number;
  /** False where nobody will look back: no log of events, no recent facts of servers, no names of messages. The run is the same. */
  readonly keepsPast?: boolean;
}

export interface TerminalOptions {
  readonly id: string;
  readonly host: string;
  readonly columns: number;
  readonly rows: number;
  /** The session's first program; the shell unless told. */
  readonly argv?: readonly Bytes[];
  output(bytes: Bytes): void;
  closed(code: number): void;
  frontChanged?(): void;
}

/** One session: a screen and the programs behind it. */
export interface Terminal {
  readonly id: string;
  readonly host: string;
  /** Bytes as typed; `input` numbers them, so that what they lead to can be told apart. */
  type(bytes: Bytes, input?: number): void;
  resize(columns: number, rows: number): void;
  /** What runs in front, and the prompt it waits at (undefined while it works). */
  front(): { program: string; argv: readonly Bytes[]; pid: number; prompt: string | undefined } | undefined;
  /** Everything typed was taken by a program. */
  readonly drained: boolean;
  /** How often a prompt was shown. */
  readonly promptsShown: number;
  /** Hangs up: SIGHUP to every process of the session. */
  close(): void;
  readonly isOpen: boolean;
}

/** Wall clock of scenarios that never ask: 1 January 2026, 00:00 UTC. */
const DEFAULT_EPOCH_MS = 1_767_225_600_000;
const MAX_FINDINGS = 100;

export class Simulation {
  readonly scheduler = new Scheduler();
  readonly network: Network;
  readonly epochMs: number;
  readonly findings: Finding[] = [];
  /** Of several machines: what happened, and why. A machine alone has no use for it. */
  readonly eventLog: EventLog | undefined;
  readonly world: World;
  readonly scenario: Scenario;
  /** Hears every fact that a server announces. Must not change anything. */
  onRecorded: (event: RecordedEvent) => void = () => {};
  onFinding: (finding: Finding) => void = () => {};
  private readonly hosts = new Map<string, Host>();
  private eventIds = 0;
  /** Machines of nodes that may be gone by the time that others speak of them. */
  private readonly nodeNames = new Map<Bytes, string>();

  constructor(options: SimulationOptions) {
    const problem = scenarioProblem(options.scenario);
    if (problem !== undefined) throw new Error(problem);
    this.scenario = options.scenario;
    this.scheduler.tieSeed = options.tieSeed;
    this.epochMs = Math.floor(options.scenario.epochMs ?? options.epochMs ?? DEFAULT_EPOCH_MS);
    const drawn = (value: number): void => {
      this.scheduler.hash.fold(value);
      this.scheduler.hash.fold(this.scheduler.now);
    };
    this.network = new Network(new SeededRandom(options.scenario.seed, 'network', drawn));
    const programs = new Map(options.programs.map((program) => [program.name, program]));
    this.scheduler.onFinding = (what, event) => this.found({ kind: 'limit', atUs: event.at, what: `${event.host}: ${event.what}: ${what}` });
    this.network.onUnanswered = (host, port) => this.hosts.get(host)?.awake(port);
    this.network.onFinding = (what) => this.found({ kind: 'limit', atUs: this.scheduler.now, what });
    this.scheduler.hash.fold(options.scenario.seed);
    const keepsPast = options.keepsPast ?? true;
    this.network.namesMessages = keepsPast;
    if (keepsPast && options.scenario.hosts.length > 1) {
      const log = new EventLog(this);
      this.eventLog = log;
      this.scheduler.onExecuting = (event, executed) => log.note(event, executed);
    }
    options.scenario.hosts.forEach((spec, index) => {
      const address = `10.0.0.${index + 11}`;
      this.network.addHost({ name: spec.name, address });
      this.hosts.set(spec.name, new Host(spec, address, {
        scheduler: this.scheduler,
        network: this.network,
        seed: options.scenario.seed,
        epochMs: this.epochMs,
        programs,
        drawn,
        crashed: (crash) => this.found({ kind: 'crash', ...crash }),
        keepsPast,
        recorded: (event) => this.recorded(event),
        nextEventId: () => ++this.eventIds,
        fault: (text) => this.fault(text),
        neighbours: () => [...this.hosts.values()],
      }));
    });
    this.world = this.makeWorld();
    for (const { atUs, fault } of options.scenario.timeline ?? []) {
      if (atUs === 0) this.faultOfTimeline(fault);
      else this.scheduler.schedule(atUs, '', 'fault', fault, () => this.faultOfTimeline(fault));
    }
  }

  /** A line that cannot be carried out (the machine is off already) is told and passed over. */
  private faultOfTimeline(fault: string): void {
    const outcome = this.fault(fault);
    if ('problem' in outcome) this.found({ kind: 'limit', atUs: this.scheduler.now, what: `the timeline's "${fault}": ${outcome.problem}` });
  }

  private found(finding: Finding): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
    this.onFinding(finding);
  }

  get hostNames(): string[] {
    return [...this.hosts.keys()];
  }

  host(name: string): Host | undefined {
    return this.hosts.get(name);
  }

  // --- time -------------------------------------------------------------------------------------

  get nowUs(): Micros {
    return this.scheduler.now;
  }

  /** Events executed so far. */
  get executed(): number {
    return this.scheduler.executed;
  }

  /** Sixteen digits that two runs share only when they were the same run. */
  get runHash(): string {
    return this.scheduler.hash.digest();
  }

  nextAt(): Micros | undefined {
    return this.scheduler.nextAt();
  }

  /** Handles exactly one event; false when nothing waits. */
  step(): boolean {
    return this.scheduler.step();
  }

  /** Lets virtual time pass to `at` and handles what is due on the way; true when it got there within `maxEvents`. */
  advanceTo(at: Micros, maxEvents = Number.MAX_SAFE_INTEGER): boolean {
    for (let count = 0; ; count++) {
      const next = this.scheduler.nextAt();
      if (next === undefined || next > at) break;
      if (count >= maxEvents) return false;
      this.scheduler.step();
    }
    this.scheduler.idleUntil(at);
    return true;
  }

  /** Lets time pass to `at` without taking an event; nothing may be due before. */
  idleTo(at: Micros): void {
    this.scheduler.idleUntil(at);
  }

  advance(us: Micros): void {
    this.advanceTo(this.nowUs + us);
  }

  /**
   * Runs until nothing waits, or until nothing is due before `limitUs` from now: a server's cron never
   * ends. True when nothing waits.
   */
  runUntilIdle(limitUs: Micros, maxEvents = 1_000_000): boolean {
    const until = this.nowUs + limitUs;
    for (let count = 0; count < maxEvents; count++) {
      const next = this.scheduler.nextAt();
      if (next === undefined) return true;
      if (next > until) return false;
      this.scheduler.step();
    }
    return false;
  }

  /** Runs until `condition` holds, at most `limitUs` and `maxEvents`; true when it holds. Time stops at the event that made it true. */
  runUntil(condition: () => boolean, limitUs: Micros, maxEvents = 1_000_000): boolean {
    const until = this.nowUs + limitUs;
    for (let count = 0; count < maxEvents; count++) {
      if (condition()) return true;
      const next = this.scheduler.nextAt();
      if (next === undefined || next > until) return false;
      this.scheduler.step();
    }
    return condition();
  }

  /** Whether anything still waits to happen because of the input with this number. */
  leadsOn(input: number): boolean {
    return this.scheduler.waitingFor(input) > 0;
  }

  /** What can happen next, in order. */
  pending(limit = 100): EventInfo[] {
    return this.scheduler.pending(limit);
  }

  // --- terminals --------------------------------------------------------------------------------

  /** Opens a session; undefined when the host or its shell does not exist, or it has no power. */
  openTerminal(options: TerminalOptions): Terminal | undefined {
    const host = this.hosts.get(options.host);
    if (host === undefined || host.state === 'off') return undefined;
    const { scheduler } = this;
    const session = TerminalSession.open(host, {
      ...options,
      output: (bytes) => options.output(bytes),
      frontChanged: () => options.frontChanged?.(),
      closed: (code) => options.closed(code),
    });
    if (session === undefined) return undefined;
    const { device } = session;
    const front = (): ReturnType<Terminal['front']> => {
      const at = device.front();
      return at && { program: at.program, argv: at.process.argv, pid: at.process.pid, prompt: at.prompt };
    };
    return {
      id: options.id,
      host: host.name,
      type: (bytes, input = 0) => {
        const pid = device.front()?.process.pid ?? 0;
        scheduler.origin = input === 0 ? NO_ORIGIN : { input, pid };
        scheduler.schedule(scheduler.now, host.name, 'input', `${options.id}: ${bytes.length} bytes typed`, () => device.type(bytes));
        scheduler.origin = NO_ORIGIN;
      },
      resize: (columns, rows) => session.resize(columns, rows),
      front,
      get drained() {
        return device.drained;
      },
      get promptsShown() {
        return device.promptsShown;
      },
      close: () => session.hangUp(),
      get isOpen() {
        return session.isOpen;
      },
    };
  }

  /** The process at the other end of a connection that a server of `host` sees as coming from `address`. */
  clientProcess(host: string, address: Bytes): RunningProcess | undefined {
    const user = this.network.clientOf(host, address);
    return user === undefined ? undefined : this.hosts.get(user.hostName)?.process(user.pid);
  }

  // --- looking ----------------------------------------------------------------------------------

  private makeWorld(): World {
    const simulation = this;
    return {
      get nowUs() {
        return simulation.nowUs;
      },
      get wallMs() {
        return simulation.epochMs + Math.floor(simulation.nowUs / 1000);
      },
      hosts: () => [...this.hosts.values()].map((host) => ({ name: host.name, servers: host.serverViews() })),
      addressOf: (host) => this.hosts.get(host)?.address,
      server: (host, port) => {
        const from = host === undefined ? [...this.hosts.values()] : [this.hosts.get(host)];
        for (const each of from) {
          const view: ServerView | undefined = port === undefined ? each?.serverViews()[0] : each?.serverView(port);
          if (view !== undefined) return view;
        }
        return undefined;
      },
    };
  }

  private recorded(recorded: RecordedEvent): void {
    if (this.eventLog !== undefined) {
      const what = announcementWords(recorded.event, (node) => this.nameOfNode(node));
      const { current } = this.scheduler;
      if (what !== undefined) this.eventLog.add({ executed: recorded.executed, atUs: recorded.atUs, host: recorded.host, kind: 'told', what, cause: current?.seq ?? 0 });
    }
    this.onRecorded(recorded);
  }

  /** The machine of a node of a cluster; the begin of its id when it runs on none. */
  private nameOfNode(node: Bytes): string {
    return this.world.hosts().find(({ servers }) => servers.some(({ server }) => server.cluster?.myself.name === node))?.name ?? this.nodeNames.get(node) ?? node.slice(0, 8);
  }

  /** Lets something go wrong (faults.ts), as one line of text says it. */
  fault(text: string): FaultOutcome {
    for (const { name, servers } of this.world.hosts()) for (const { server } of servers) if (server.cluster !== undefined) this.nodeNames.set(server.cluster.myself.name, name);
    const { scheduler, eventLog } = this;
    // A fault of the timeline is an event already, and what describes the network at the very begin is none.
    const isOwn = eventLog !== undefined && scheduler.current?.kind !== 'fault' && (scheduler.executed > 0 || scheduler.now > 0);
    const outside = scheduler.outside;
    if (isOwn) scheduler.outside = eventLog.add({ executed: scheduler.executed, atUs: scheduler.now, host: '', kind: 'fault', what: text, cause: scheduler.current?.seq ?? 0 });
    try {
      return carryOutFault(text, { network: this.network, hostNames: this.hostNames, host: (name) => this.hosts.get(name), after: (us, what, fn) => void scheduler.schedule(scheduler.now + us, '', 'fault', what, fn) });
    } finally {
      scheduler.outside = outside;
    }
  }
}

export function createSimulation(options: SimulationOptions): Simulation {
  return new Simulation(options);
}
