/*
 * The services of a machine
 * -------------------------
 * What systemd does there: start and stop services, start again what has died, as the unit's Restart= says, tell in
 * which state each is. A service comes from a unit file on the disk, or from the scenario, which has started it at
 * boot: such a one is called generated, and is started again by the same line.
 *
 * It is gathered when somebody first asks (systemctl), because most machines are never asked: what the scenario has
 * started is then found as it stands. From then on whatever ends is noticed as it ends.
 */
import { type Bytes, isDiskError, type Micros } from '../engine/index.ts';
import type { Host } from './host.ts';
import type { Signal } from './process.ts';
import { SIGNAL_NUMBERS, type RunningProcess } from './running-process.ts';
import { parseUnitFile, type UnitFile } from './unit-file.ts';

export type UnitState = 'active' | 'activating' | 'deactivating' | 'inactive' | 'failed';
export type UnitResult = 'success' | 'exit-code' | 'signal' | 'start-limit-hit' | 'timeout';

/** A line of the journal that systemd itself wrote. */
export interface JournalLine {
  readonly unit: Bytes;
  /** By the machine's clock, microseconds since 1970. */
  readonly wallUs: Micros;
  readonly text: Bytes;
}

/** A service: how it is to run, and how it is. */
export interface Unit {
  readonly name: Bytes;
  /** Where its file stands; a generated one has none on the disk. */
  readonly path: Bytes;
  readonly isGenerated: boolean;
  file: UnitFile;
  /** Where what it prints goes. */
  readonly log: Bytes;
  state: UnitState;
  sub: Bytes;
  result: UnitResult;
  /** Since when it is in this state, by the machine's clock. */
  sinceUs: Micros | undefined;
  main: RunningProcess | undefined;
  restarts: number;
  /** When it was started lately, for the limit. */
  readonly starts: Micros[];
  /** Somebody asks it to end, and waits. */
  stopping: (() => void)[];
}

/** Problem of a request, as systemctl says it; undefined when it was carried out. */
export type JobDone = (problem: 'failed' | undefined) => void;

const LIBRARY = '/usr/lib/systemd/system';
const LOCAL = '/etc/systemd/system';
export const WANTED = `${LOCAL}/multi-user.target.wants`;
const MAX_JOURNAL = 2000;
/** Signals by which a service may be asked to end: it has not failed then. */
const CLEAN: ReadonlySet<Signal | undefined> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE']);
const CHECK_READY_US = 10_000;

/** What may be asked of the services of a machine. */
export interface Units {
  readonly journal: readonly JournalLine[];
  /** Every service there is, by name. */
  all(): Unit[];
  find(word: Bytes): Unit | undefined;
  /** What runs of a service. */
  processesOf(unit: Unit): RunningProcess[];
  isEnabled(unit: Unit): boolean;
  /** Starts a service that does not run; `done` hears how it went. */
  start(unit: Unit, done: JobDone): void;
  /** Asks a service to end and waits; after its time it is killed. */
  stop(unit: Unit, done: () => void): void;
  /** The machine goes down with all that ran on it; after the next boot another of these begins. */
  powerFails(): void;
  /** Whether a file on the disk takes the place of the scenario's line. */
  replaced(enabled: readonly Bytes[]): (line: Bytes) => boolean;
  /** Starts what is enabled. */
  boot(enabled: readonly Bytes[]): void;
}

/** The services of a machine; the class is made here, because it comes after the first prompt. */
export function unitsOf(host: Host): Units {
  class UnitsOfHost implements Units {
    readonly journal: JournalLine[] = [];
    private readonly host: Host;
    private readonly known = new Map<Bytes, Unit>();
    private isOver = false;

    constructor(host: Host) {
      this.host = host;
      for (const { line, process } of host.booted) this.generated(line, process);
    }

    /** Every service there is, by name. */
    all(): Unit[] {
      for (const folder of [LIBRARY, LOCAL]) {
        const names = this.host.disk.list(folder);
        if (!isDiskError(names)) for (const name of names) if (name.endsWith('.service')) this.find(nameOf(name));
      }
      return [...this.known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    }

    find(word: Bytes): Unit | undefined {
      const name = nameOf(word);
      const path = [`${LOCAL}/${name}.service`, `${LIBRARY}/${name}.service`].find((each) => typeof this.host.disk.read(each) === 'string');
      const content = path === undefined ? undefined : this.host.disk.read(path);
      const known = this.known.get(name);
      if (known !== undefined) {
        // What stands on the disk counts at the next start; a generated one stays what it is.
        if (typeof content === 'string' && !known.isGenerated) known.file = parseUnitFile(content);
        return known;
      }
      if (path === undefined || typeof content !== 'string') return undefined;
      const unit = this.make(name, path, parseUnitFile(content), false, `/var/log/${name}.log`);
      this.known.set(name, unit);
      return unit;
    }

    /** What runs of a service. */
    processesOf(unit: Unit): RunningProcess[] {
      return this.host.processesOf(unit.main?.service);
    }

    isEnabled(unit: Unit): boolean {
      return typeof this.host.disk.read(`${WANTED}/${unit.name}.service`) === 'string';
    }

    private make(name: Bytes, path: Bytes, file: UnitFile, isGenerated: boolean, log: Bytes): Unit {
      return { name, path, file, isGenerated, log, state: 'inactive', sub: 'dead', result: 'success', sinceUs: undefined, main: undefined, restarts: 0, starts: [], stopping: [] };
    }

    /** A service of the scenario, as it stands. */
    private generated(line: Bytes, main: RunningProcess): void {
      const base = generatedName(line);
      let name = base;
      for (let number = 2; this.known.has(name); number++) name = `${base}@${number}`;
      const file = parseUnitFile(`[Unit]\nDescription=${line}\n[Service]\nExecStart=${line}\n`);
      const word = (line.split(' ')[0] ?? 'service').replace(/[^A-Za-z0-9._-]/g, '_');
      const unit = this.make(name, `/run/systemd/generator/${name}.service`, file, true, `/var/log/${word}.log`);
      this.known.set(name, unit);
      unit.main = main;
      this.enter(unit, 'active', 'running');
      unit.sinceUs = this.wallAt(main.startedAtUs);
      if (main.end !== undefined) {
        this.settle(unit);
        unit.sinceUs = this.wallAt(main.end.atUs);
      } else main.onEnd = () => this.ended(unit, main);
    }

    private wallAt(atUs: Micros): Micros {
      return this.host.wallUs(this.host.scheduler.now) - (this.host.scheduler.now - atUs);
    }

    private enter(unit: Unit, state: UnitState, sub: Bytes): void {
      unit.state = state;
      unit.sub = sub;
      unit.sinceUs = this.wallAt(this.host.scheduler.now);
    }

    private note(unit: Unit, text: Bytes): void {
      this.journal.push({ unit: unit.name, wallUs: this.wallAt(this.host.scheduler.now), text });
      if (this.journal.length > MAX_JOURNAL) this.journal.splice(0, this.journal.length - MAX_JOURNAL);
    }

    private title(unit: Unit): Bytes {
      return unit.file.description === '' ? `${unit.name}.service` : `${unit.name}.service - ${unit.file.description}`;
    }

    private after(us: Micros, what: string, fn: () => void): void {
      this.host.scheduler.schedule(this.host.scheduler.now + us, this.host.name, 'service', what, () => {
        if (!this.isOver) fn();
      });
    }

    // --- starting ---------------------------------------------------------------------------------

    /** Starts a service that does not run; `done` hears how it went. */
    start(unit: Unit, done: JobDone): void {
      if (unit.state === 'active' || unit.state === 'activating') {
        if (unit.sub === 'auto-restart') unit.restarts = 0;
        else return done(undefined);
      }
      const { file } = unit;
      const now = this.host.scheduler.now;
      while (unit.starts.length > 0 && now - (unit.starts[0] ?? 0) > file.startLimitUs) unit.starts.shift();
      if (unit.starts.length >= file.startLimitBurst && file.startLimitBurst > 0) {
        this.note(unit, `${unit.name}.service: Start request repeated too quickly.`);
        this.fail(unit, 'start-limit-hit');
        return done('failed');
      }
      unit.starts.push(now);
      unit.result = 'success';
      if (file.type !== 'simple') this.note(unit, `Starting ${this.title(unit)}...`);
      const main = this.launch(unit);
      unit.main = main;
      if (main === undefined) {
        this.note(unit, `${unit.name}.service: Failed to locate executable ${words(file.execStart ?? '')[0] ?? ''}: No such file or directory`);
        this.fail(unit, 'exit-code');
        return done('failed');
      }
      this.enter(unit, 'activating', 'start');
      if (file.type === 'notify' || file.type === 'oneshot') this.waitUntilReady(unit, main, done);
      else {
        this.started(unit);
        done(undefined);
      }
    }

    private launch(unit: Unit): RunningProcess | undefined {
      const { host } = this;
      const { execStart = '' } = unit.file;
      const main = unit.isGenerated ? host.startService(execStart) : host.startDetached(words(execStart), host.fileSink(unit.log), unit.file.workingDirectory, {}, new Map([...host.environment, ...unit.file.environment]));
      if (main !== undefined) main.onEnd = () => this.ended(unit, main);
      return main;
    }

    private waitUntilReady(unit: Unit, main: RunningProcess, done: JobDone): void {
      const look = (): void => {
        if (unit.main !== main) return;
        const isDone = unit.file.type === 'oneshot' && unit.state === 'inactive';
        if (main.end !== undefined) {
          done(isDone ? undefined : 'failed');
          return;
        }
        if (unit.file.type === 'notify' && this.processesOf(unit).some((process) => this.host.network.listeningPorts(process).length > 0)) {
          this.started(unit);
          done(undefined);
          return;
        }
        this.after(CHECK_READY_US, `${unit.name} becomes ready`, look);
      };
      look();
    }

    private started(unit: Unit): void {
      this.enter(unit, 'active', 'running');
      this.note(unit, `Started ${this.title(unit)}.`);
    }

    // --- the end ----------------------------------------------------------------------------------

    /** The main process has ended, whoever wanted it. */
    private ended(unit: Unit, main: RunningProcess): void {
      if (unit.main !== main || main.end === undefined) return;
      const { code, signal } = main.end;
      const isClean = this.settle(unit);
      if (code !== 0 || signal !== undefined) this.note(unit, `${unit.name}.service: Main process exited, code=${signal === undefined ? 'exited' : 'killed'}, status=${signal === undefined ? `${code}/${code === 1 ? 'FAILURE' : 'n/a'}` : `${SIGNAL_NUMBERS[signal]}/${signal.slice(3)}`}`);
      this.note(unit, isClean ? `${unit.name}.service: Deactivated successfully.` : `${unit.name}.service: Failed with result '${unit.result}'.`);
      if (unit.stopping.length > 0) {
        this.note(unit, `Stopped ${this.title(unit)}.`);
        this.told(unit);
        return;
      }
      if (this.isRestarted(unit, isClean, signal)) {
        this.enter(unit, 'activating', 'auto-restart');
        this.after(unit.file.restartUs, `${unit.name} is started again`, () => {
          if (unit.sub !== 'auto-restart') return;
          unit.restarts++;
          this.note(unit, `${unit.name}.service: Scheduled restart job, restart counter is at ${unit.restarts}.`);
          this.note(unit, `Stopped ${this.title(unit)}.`);
          this.enter(unit, 'inactive', 'dead');
          this.start(unit, () => {});
        });
      }
    }

    /** Notes what the end of the main process means; true when nothing has failed. */
    private settle(unit: Unit): boolean {
      const { code = 0, signal } = unit.main?.end ?? {};
      const isClean = signal === undefined ? code === 0 : CLEAN.has(signal);
      if (unit.result === 'success' || isClean) unit.result = isClean ? 'success' : signal === undefined ? 'exit-code' : 'signal';
      this.enter(unit, isClean ? 'inactive' : 'failed', isClean ? 'dead' : 'failed');
      return isClean;
    }

    private isRestarted(unit: Unit, isClean: boolean, signal: Signal | undefined): boolean {
      switch (unit.file.restart) {
        case 'always': return true;
        case 'on-success': return isClean;
        case 'on-failure': return !isClean;
        case 'on-abnormal': return !isClean && signal !== undefined;
        case 'on-abort': return !isClean && signal !== undefined && signal !== 'SIGKILL';
        case 'no': return false;
      }
    }

    private fail(unit: Unit, result: UnitResult): void {
      unit.result = result;
      this.enter(unit, 'failed', 'failed');
      this.note(unit, `${unit.name}.service: Failed with result '${result}'.`);
      this.note(unit, `Failed to start ${this.title(unit)}.`);
    }

    private told(unit: Unit): void {
      for (const done of unit.stopping.splice(0)) done();
    }

    /** Asks a service to end and waits; after its time it is killed. */
    stop(unit: Unit, done: () => void): void {
      const { main } = unit;
      if (unit.sub === 'auto-restart' || main === undefined || main.end !== undefined) {
        if (unit.state === 'activating') this.enter(unit, 'inactive', 'dead');
        return done();
      }
      unit.stopping.push(done);
      if (unit.stopping.length > 1) return undefined;
      this.enter(unit, 'deactivating', 'stop-sigterm');
      this.note(unit, `Stopping ${this.title(unit)}...`);
      for (const process of this.processesOf(unit)) process.raise('SIGTERM');
      if (Number.isFinite(unit.file.stopTimeoutUs)) this.after(unit.file.stopTimeoutUs, `${unit.name} should have ended`, () => {
        if (unit.main !== main || main.end !== undefined) return;
        this.note(unit, `${unit.name}.service: State 'stop-sigterm' timed out. Killing.`);
        unit.result = 'timeout';
        for (const process of this.processesOf(unit)) process.raise('SIGKILL');
      });
      return undefined;
    }

    /** The machine goes down with all that ran on it; after the next boot another of these begins. */
    powerFails(): void {
      this.isOver = true;
      for (const unit of this.known.values()) unit.main = undefined;
    }

    // --- boot -------------------------------------------------------------------------------------

    /** Whether a file on the disk takes the place of the scenario's line. */
    replaced(enabled: readonly Bytes[]): (line: Bytes) => boolean {
      return (line) => enabled.includes(`${generatedName(line)}.service`);
    }

    /** Starts what is enabled. */
    boot(enabled: readonly Bytes[]): void {
      for (const name of enabled) {
        const unit = this.find(nameOf(name));
        if (unit !== undefined && !unit.isGenerated) this.start(unit, () => {});
      }
    }
  }

  return new UnitsOfHost(host);
}

/** `redis` and `redis.service` are `redis-server.service`, as the package's unit is also called. */
function nameOf(word: Bytes): Bytes {
  const name = word.endsWith('.service') ? word.slice(0, -'.service'.length) : word;
  return name === 'redis' ? 'redis-server' : name;
}

/** What a service that the scenario starts is called: by the Redis program in its line, or its first word. */
function generatedName(line: Bytes): Bytes {
  return /\bredis-(?:server|sentinel)\b/.exec(line)?.[0] ?? /^[\w.-]+/.exec(line)?.[0] ?? 'service';
}

/** The words of an ExecStart line; quotes keep blanks together. */
function words(line: Bytes): Bytes[] {
  return [...line.replace(/^[-@:+!]+/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');
}
