/*
 * systemctl and journalctl
 * ------------------------
 * The services of a machine (simulation/units.ts), asked and told as systemd is. What a service prints goes to its
 * file in /var/log; the journal puts systemd's own lines between those, by time.
 */
import { type Bytes, utf8 } from '../../engine/index.ts';
import { type HostForPrograms, type MachineForPrograms, type Process, type Program, type Unit, type Units, WANTED } from '../../simulation/index.ts';
import { calendar, DAYS, MONTHS, two } from './calendar.ts';
import { sendSignals, signalNamed } from './signals.ts';
import { machineOf, tool, type ToolCall } from './tool.ts';

const VERBS = ['start', 'stop', 'restart', 'try-restart', 'reload', 'status', 'is-active', 'is-enabled', 'is-failed', 'enable', 'disable', 'kill', 'cat', 'show', 'reset-failed', 'daemon-reload', 'list-units', 'list-unit-files'] as const;
type Verb = (typeof VERBS)[number];
const WITHOUT_UNIT: ReadonlySet<Verb> = new Set(['daemon-reload', 'list-units', 'list-unit-files', 'reset-failed', 'show', 'status', 'is-failed']);
const FOLDER = '/etc/systemd/system';

const serviceNames = (host: HostForPrograms): Bytes[] => (host.machine?.units.all() ?? []).flatMap(({ name }) => (name === 'redis-server' ? ['redis', name] : [name]));

export const systemctl: Program = tool({
  name: 'systemctl', summary: 'start, stop and examine the services of this host', takesAnything: true,
  manual: `Usage: systemctl start|stop|restart|status|enable|disable|is-active SERVICE ...

Services run without a terminal: they are started at boot, and again when they
die, as their unit file says. "redis" is redis-server.service. Without a word,
or with list-units, the services of this host are listed.

  start, stop, restart   carried out before the prompt comes back
  status                 state, processes, the last lines of the log
  enable, disable        whether it starts at boot; --now starts or stops it too
  is-active, is-enabled, is-failed   one word, and the exit code
  kill [-s SIGNAL]       a signal to all its processes
  cat, show [-p NAME]    its unit file; what is known of it, line by line
  reset-failed           forget that it has failed, and how often it was started
  daemon-reload          unit files are read at each start; nothing is to do

A unit file stands in /etc/systemd/system or /usr/lib/systemd/system. Of its
lines these count: Type (simple, notify, forking, oneshot), ExecStart,
Restart (no, always, on-success, on-failure, on-abnormal, on-abort), RestartSec,
TimeoutStopSec, WorkingDirectory, Environment, StartLimitIntervalSec,
StartLimitBurst, Description, Alias, WantedBy. What the scenario starts at boot
is a service as well, called generated: it has no file, and is not restarted.

"journalctl -u redis" shows the log.
`,
  completions: (argv, host) => (argv.slice(1).some((word) => (VERBS as readonly string[]).includes(word)) ? serviceNames(host) : VERBS),
  run(call) {
    const words: Bytes[] = [];
    const options = new Map<Bytes, Bytes>();
    const given = [...call.operands];
    for (let word = given.shift(); word !== undefined; word = given.shift()) {
      const [, name, value] = /^(-[spn]|--signal|--property|--lines)(?:=?(.+))?$/.exec(word) ?? [];
      if (name !== undefined) options.set(name.startsWith('--') ? `-${name.charAt(2) === 'l' ? 'n' : name.charAt(2)}` : name, value ?? given.shift() ?? '');
      else if (['--now', '--no-pager', '-q', '--quiet', '--value', '-l', '--full', '-a', '--all', '--no-legend', '--system', '-f', '--force'].includes(word)) options.set(word === '-q' ? '--quiet' : word, '');
      else if (word.startsWith('-')) {
        call.process.stderr.write(word.startsWith('--') ? `systemctl: unrecognized option '${word}'\n` : `systemctl: invalid option -- '${word.charAt(1)}'\n`);
        call.end(1);
        return;
      } else words.push(word);
    }
    const [word = 'list-units', ...names] = words;
    if (!isVerb(word)) {
      call.process.stderr.write(`Unknown command verb ${word}.\n`);
      call.end(1);
      return;
    }
    if (names.length === 0 && !WITHOUT_UNIT.has(word)) {
      call.process.stderr.write('Too few arguments.\n');
      call.end(1);
      return;
    }
    new (systemctlClass())(call, options).carryOut(word, names);
  },
});

const isVerb = (word: Bytes): word is Verb => (VERBS as readonly string[]).includes(word);

/** The class of one run, made when it is wanted: it comes after the first prompt. */
function systemctlClass() {
  return class Systemctl {
    private readonly call: ToolCall;
    private readonly process: Process;
    private readonly machine: MachineForPrograms;
    private readonly units: Units;
    private readonly options: ReadonlyMap<Bytes, Bytes>;
    private status = 0;

    constructor(call: ToolCall, options: ReadonlyMap<Bytes, Bytes>) {
      this.call = call;
      this.process = call.process;
      this.machine = machineOf(call.process);
      this.units = this.machine.units;
      this.options = options;
    }

    carryOut(verb: Verb, names: readonly Bytes[]): void {
      if (names.length === 0) {
        if (verb === 'list-units' || verb === 'list-unit-files') this.list(verb);
        else if (verb === 'status') this.overview();
        else if (verb === 'is-failed') this.say(this.units.all().some(({ state }) => state === 'failed') ? 'degraded' : 'running');
        else if (verb === 'reset-failed') for (const unit of this.units.all()) reset(unit);
        this.call.end(this.status);
        return;
      }
      const left = [...names];
      const next = (): void => {
        const name = left.shift();
        if (name === undefined) {
          this.call.end(this.status);
          return;
        }
        this.one(verb, name, next);
      };
      next();
    }

    private say(line: Bytes): void {
      if (!this.options.has('--quiet')) this.call.out(`${line}\n`);
    }

    private complain(line: Bytes, status: number): void {
      this.process.stderr.write(`${line}\n`);
      this.status = status;
    }

    private one(verb: Verb, word: Bytes, next: () => void): void {
      const full = word.endsWith('.service') ? word : `${word}.service`;
      const unit = this.units.find(word);
      if (unit === undefined) {
        this.missing(verb, full);
        next();
        return;
      }
      switch (verb) {
        case 'start': this.start(unit, next); return;
        case 'stop': this.units.stop(unit, next); return;
        case 'restart': this.units.stop(unit, () => this.start(unit, next)); return;
        case 'try-restart':
          if (unit.state === 'active') this.units.stop(unit, () => this.start(unit, next));
          else next();
          return;
        case 'enable': case 'disable': this.install(verb, unit, next); return;
        default: this.look(verb, unit);
      }
      next();
    }

    private missing(verb: Verb, full: Bytes): void {
      switch (verb) {
        case 'status': case 'is-active': case 'is-failed':
          if (verb === 'status') this.complain(`Unit ${full} could not be found.`, 4);
          else {
            this.say('inactive');
            this.status = verb === 'is-active' ? 3 : 1;
          }
          return;
        case 'is-enabled': this.complain(`Failed to get unit file state for ${full}: No such file or directory`, 1); return;
        case 'enable': case 'disable': this.complain(`Failed to ${verb} unit: Unit file ${full} does not exist.`, 1); return;
        case 'cat': this.complain(`No files found for ${full}.`, 1); return;
        case 'show': this.say(`LoadState=not-found\nActiveState=inactive\nSubState=dead\nId=${full}`); return;
        case 'stop': case 'kill': case 'reset-failed': this.complain(`Failed to ${verb} ${full}: Unit ${full} not loaded.`, 5); return;
        default: this.complain(`Failed to ${verb} ${full}: Unit ${full} not found.`, 5);
      }
    }

    private start(unit: Unit, next: () => void): void {
      this.units.start(unit, (problem) => {
        if (problem !== undefined) {
          const why = unit.result === 'start-limit-hit' ? 'start of the service was attempted too often' : unit.result === 'signal' ? 'a fatal signal was delivered to the control process' : 'the control process exited with error code';
          this.complain(`Job for ${unit.name}.service failed because ${why}.\nSee "systemctl status ${unit.name}.service" and "journalctl -xeu ${unit.name}.service" for details.`, 1);
        }
        next();
      });
    }

    private install(verb: 'enable' | 'disable', unit: Unit, next: () => void): void {
      const { disk } = this.process.host;
      const link = `${WANTED}/${unit.name}.service`;
      if (unit.isGenerated) this.complain(`Failed to ${verb} unit: Unit ${unit.path} is transient or generated.`, 1);
      else if (verb === 'enable' && !unit.file.canBeEnabled) this.complain(`The unit file ${unit.path} has no [Install] section: nothing says when it is to start, so it cannot be enabled.`, 0);
      else if (verb === 'enable' && !this.units.isEnabled(unit)) {
        for (const folder of ['/etc/systemd', FOLDER, WANTED]) disk.makeDirectory(folder);
        const content = disk.read(unit.path);
        // The simulated disk has no symbolic links: a copy stands for one.
        disk.write(link, typeof content === 'string' ? content : '');
        for (const alias of unit.file.aliases) this.process.stderr.write(utf8(`Created symlink ${FOLDER}/${alias} → ${unit.path}.\n`));
        this.process.stderr.write(utf8(`Created symlink ${link} → ${unit.path}.\n`));
      } else if (verb === 'disable' && this.units.isEnabled(unit)) {
        disk.remove(link);
        this.process.stderr.write(`Removed "${link}".\n`);
        for (const alias of unit.file.aliases) this.process.stderr.write(`Removed "${FOLDER}/${alias}".\n`);
      }
      // It is to be there after a power loss too.
      if (verb === 'enable' && this.units.isEnabled(unit)) disk.sync(link, () => this.alsoNow(verb, unit, next));
      else this.alsoNow(verb, unit, next);
    }

    private alsoNow(verb: 'enable' | 'disable', unit: Unit, next: () => void): void {
      if (!this.options.has('--now') || this.status !== 0) next();
      else if (verb === 'enable') this.start(unit, next);
      else this.units.stop(unit, next);
    }

    private look(verb: Verb, unit: Unit): void {
      const { name } = unit;
      switch (verb) {
        case 'is-active':
          this.say(unit.state);
          if (unit.state !== 'active') this.status = 3;
          return;
        case 'is-failed':
          this.say(unit.state);
          if (unit.state !== 'failed') this.status = 1;
          return;
        case 'is-enabled': {
          const state = this.fileState(unit);
          this.say(state);
          if (state === 'disabled') this.status = 1;
          return;
        }
        case 'reload': this.complain(`Failed to reload ${name}.service: Job type reload is not applicable for unit ${name}.service.`, 1); return;
        case 'reset-failed': reset(unit); return;
        case 'kill': this.kill(unit); return;
        case 'cat': {
          const content = this.process.host.disk.read(unit.path);
          this.call.out(`# ${unit.path}\n${typeof content === 'string' ? content : `[Unit]\nDescription=${unit.file.description}\n\n[Service]\nExecStart=${unit.file.execStart}\nRestart=no\n`}`);
          return;
        }
        case 'show': this.show(unit); return;
        case 'status': this.showStatus(unit); return;
        case 'list-units': this.list(verb, unit); return;
        default:
      }
    }

    private kill(unit: Unit): void {
      const word = this.options.get('-s') ?? 'TERM';
      if (signalNamed(word) === undefined) {
        this.complain(`Failed to parse signal string ${word}.`, 1);
        return;
      }
      const pids = this.pids(unit);
      if (pids.length === 0) this.complain(`Failed to kill unit ${unit.name}.service: No process to kill`, 1);
      else sendSignals(['kill', `-${word}`, ...pids.map(String)], this.process.host, this.process, 'systemctl');
    }

    private pids(unit: Unit): number[] {
      return this.units.processesOf(unit).map(({ pid }) => pid);
    }

    private fileState(unit: Unit): Bytes {
      return unit.isGenerated ? 'generated' : this.units.isEnabled(unit) ? 'enabled' : unit.file.canBeEnabled ? 'disabled' : 'static';
    }

    private show(unit: Unit): void {
      const main = unit.main?.end === undefined ? unit.main : undefined;
      const properties: readonly (readonly [Bytes, Bytes])[] = [
        ['Type', unit.file.type], ['Restart', unit.file.restart], ['RestartUSec', span(unit.file.restartUs)], ['TimeoutStopUSec', span(unit.file.stopTimeoutUs)],
        ['MainPID', String(main?.pid ?? 0)], ['Result', unit.result], ['NRestarts', String(unit.restarts)],
        ['ExecMainPID', String(unit.main?.pid ?? 0)], ['ExecMainStatus', String(unit.main?.end?.code ?? 0)],
        ['MemoryCurrent', main === undefined ? '[not set]' : String(this.memory(unit))], ['CPUUsageNSec', main === undefined ? '[not set]' : String(this.cpuUs(unit) * 1000)],
        ['Id', `${unit.name}.service`], ['Description', unit.file.description], ['LoadState', 'loaded'], ['ActiveState', unit.state], ['SubState', unit.sub],
        ['FragmentPath', unit.path], ['UnitFileState', this.fileState(unit)],
      ];
      const wanted = this.options.get('-p')?.split(',');
      for (const [name, value] of properties) if (wanted === undefined || wanted.includes(name)) this.call.out(this.options.has('--value') ? `${value}\n` : `${name}=${value}\n`);
    }

    private memory(unit: Unit): number {
      return this.pids(unit).reduce((sum, pid) => sum + this.machine.residentBytes(pid), 0);
    }

    private cpuUs(unit: Unit): number {
      const pids = this.pids(unit);
      return this.process.host.processes().reduce((sum, { pid, cpuUs }) => sum + (pids.includes(pid) ? cpuUs : 0), 0);
    }

    private get nowUs(): number {
      return this.process.env.clock.now();
    }

    private showStatus(unit: Unit): void {
      const { call } = this;
      const field = (name: Bytes, value: Bytes): void => call.out(`${name.padStart(11)}: ${value}\n`);
      const dot = unit.state === 'failed' ? '×' : unit.state === 'inactive' ? '○' : '●';
      call.out(`${utf8(dot)} ${unit.name}.service${unit.file.description === '' ? '' : ` - ${unit.file.description}`}\n`);
      field('Loaded', `loaded (${unit.path}; ${this.fileState(unit)}${unit.isGenerated ? '' : '; preset: enabled'})`);
      const since = unit.sinceUs === undefined ? '' : ` since ${stamp(unit.sinceUs)}; ${ago(this.nowUs - unit.sinceUs)} ago`;
      field('Active', `${unit.state} (${unit.state === 'failed' ? `Result: ${unit.result}` : unit.sub})${unit.sub === 'auto-restart' ? ` (Result: ${unit.result})` : ''}${since}`);
      if (unit.file.documentation.length > 0) field('Docs', unit.file.documentation.join('\n            '));
      const { main } = unit;
      const end = main?.end;
      if (main !== undefined && end !== undefined) {
        const how = end.signal === undefined ? `code=exited, status=${end.code}/${end.code === 0 ? 'SUCCESS' : end.code === 1 ? 'FAILURE' : 'n/a'}` : `code=killed, signal=${end.signal.slice(3)}`;
        field('Process', `${main.pid} ExecStart=${unit.file.execStart} (${how})`);
        field('Main PID', `${main.pid} (${how})`);
      } else if (main !== undefined) {
        field('Main PID', `${main.pid} (${base(main.argv[0])})`);
        const processes = this.units.processesOf(unit);
        field('Tasks', String(processes.length));
        field('Memory', sized(this.memory(unit)));
        field('CPU', span(this.cpuUs(unit)));
        field('CGroup', `/system.slice/${unit.name}.service`);
        for (const [index, { pid, argv }] of processes.entries()) call.out(`             ${utf8(index === processes.length - 1 ? '└─' : '├─')}${pid} ${argv.join(' ')}\n`);
      }
      const lines = journalOf(this.process, unit).slice(-Number(this.options.get('-n') ?? 10));
      if (lines.length > 0) call.out(`\n${lines.map((line) => shown(line, this.process.host.name)).join('')}`);
      if (unit.state !== 'active' && unit.state !== 'activating') this.status = 3;
    }

    private list(verb: 'list-units' | 'list-unit-files', only?: Unit): void {
      const units = only === undefined ? this.units.all() : [only];
      if (verb === 'list-unit-files') {
        const files = units.map((unit) => [`${unit.name}.service`, this.fileState(unit), unit.isGenerated ? '-' : 'enabled'] as const);
        this.table(['UNIT FILE', 'STATE', 'PRESET'], files);
        this.call.out(`\n${files.length} unit files listed.\n`);
        return;
      }
      const active = units.filter((unit) => this.options.has('--all') || this.options.has('-a') || unit.state !== 'inactive');
      this.table(['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'], active.map((unit) => [`${unit.name}.service`, 'loaded', unit.state, unit.sub, unit.file.description]));
      this.call.out(`\n${active.length} loaded units listed.${active.length < units.length ? ' Pass --all to see loaded but inactive units, too.' : ''}\n`);
    }

    private table(head: readonly Bytes[], rows: readonly (readonly Bytes[])[]): void {
      const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
      for (const row of [head, ...rows]) this.call.out(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' ').trimEnd()}\n`);
    }

    private overview(): void {
      const { host } = this.process;
      const failed = this.units.all().filter(({ state }) => state === 'failed').length;
      this.call.out(`${utf8('●')} ${host.name}\n    State: ${failed > 0 ? 'degraded' : 'running'}\n    Units: ${this.units.all().length} loaded\n   Failed: ${failed} units\n`);
    }
  };
}

function reset(unit: Unit): void {
  unit.starts.length = 0;
  if (unit.state !== 'failed') return;
  unit.state = 'inactive';
  unit.sub = 'dead';
}

const base = (path: Bytes | undefined): Bytes => (path ?? '').slice((path ?? '').lastIndexOf('/') + 1);
/** 512B, 3.1M: one place behind the point, as systemd has it. */
function sized(bytes: number): Bytes {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value}B` : `${(Math.floor(value * 10) / 10).toFixed(1)}${units[unit]}`;
}

/** 100ms, 1.250s, 1min 30s. */
function span(us: number): Bytes {
  if (!Number.isFinite(us)) return 'infinity';
  if (us < 1000) return us === 0 ? '0' : `${us}us`;
  if (us < 1e6) return `${Math.floor(us / 1000)}ms`;
  if (us < 60e6) return us % 1e6 < 1000 ? `${Math.floor(us / 1e6)}s` : `${(Math.floor(us / 1000) / 1000).toFixed(3)}s`;
  const minutes = Math.floor(us / 60e6);
  const seconds = Math.floor((us % 60e6) / 1e6);
  return seconds === 0 ? `${minutes}min` : `${minutes}min ${seconds}s`;
}

/** The two largest units: 3min 2s, 1h 5min, 2 days. */
function ago(us: number): Bytes {
  const seconds = Math.max(0, Math.floor(us / 1e6));
  if (seconds < 1) return `${Math.max(0, Math.floor(us / 1000))}ms`;
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}min${seconds % 60 === 0 ? '' : ` ${seconds % 60}s`}`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60 === 0 ? '' : ` ${Math.floor(seconds / 60) % 60}min`}`;
  const days = Math.floor(seconds / 86400);
  return `${days} day${days > 1 ? 's' : ''}`;
}

function stamp(us: number): Bytes {
  const at = calendar(us);
  return `${DAYS[at.weekday]} ${at.year}-${two(at.month + 1)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)} UTC`;
}

// --- the journal --------------------------------------------------------------------------------------

interface Line {
  readonly wallUs: number;
  /** Who has written it: `systemd[1]`. */
  readonly who: Bytes;
  readonly text: Bytes;
  /** Of lines of the same millisecond: what systemd is about to do (0), what is printed (1), what systemd has done (2). */
  readonly turn: 0 | 1 | 2;
}

/** `101:M 01 Jan 2026 00:00:05.123`: how a Redis server begins its lines. */
const REDIS_LINE = /^(\d+):[A-Z] (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2})\.(\d{3}) /;

function timeOfLine(line: Bytes): number | undefined {
  const found = REDIS_LINE.exec(line);
  if (found === null) return undefined;
  const [, , day, month = '', year, hour, minute, second, ms] = found;
  return daysSince1970(Number(year), MONTHS.indexOf(month), Number(day)) * 86400e6 + (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1e6 + Number(ms) * 1000;
}

function daysSince1970(year: number, month: number, day: number): number {
  // Months from March on, so that the leap day is the last of a year.
  const y = month < 2 ? year - 1 : year;
  const m = (month + 10) % 12;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((m * 306 + 5) / 10) + day - 1 - 719468;
}

/** What a service has printed, and what systemd says of it, in order. */
function journalOf(process: Process, unit: Unit): Line[] {
  const { units } = machineOf(process);
  const own = units.journal.filter((line) => line.unit === unit.name).map(({ wallUs, text }): Line => ({ wallUs, who: 'systemd[1]', text, turn: /^(Starting|Stopping) /.test(text) || (unit.file.type === 'simple' && text.startsWith('Started ')) ? 0 : 2 }));
  const content = process.host.disk.read(unit.log);
  let wallUs = unit.sinceUs ?? 0;
  let who = `${base(unit.file.execStart?.split(' ')[0])}[${unit.main?.pid ?? 0}]`;
  const first = typeof content === 'string' ? content.split('\n').map(timeOfLine).find((at) => at !== undefined) : undefined;
  if (first !== undefined) wallUs = first;
  const printed = typeof content !== 'string' ? [] : content.split('\n').filter((line) => line !== '').map((text): Line => {
    const at = timeOfLine(text);
    if (at !== undefined) {
      wallUs = at;
      who = `${base(unit.file.execStart?.split(' ')[0])}[${REDIS_LINE.exec(text)?.[1]}]`;
    }
    return { wallUs, who, text, turn: 1 };
  });
  return [...own, ...printed].sort(earlier);
}

/** A server's clock has milliseconds, so lines are no finer apart. */
function earlier(a: Line, b: Line): number {
  return Math.floor(a.wallUs / 1000) - Math.floor(b.wallUs / 1000) || a.turn - b.turn;
}

function shown({ wallUs, who, text }: Line, host: Bytes): Bytes {
  const at = calendar(wallUs);
  return `${MONTHS[at.month]} ${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)} ${host} ${who}: ${text}\n`;
}

const FOLLOW_US = 250_000;

export const journalctl: Program = tool({
  name: 'journalctl', summary: 'print the log of services', flags: 'fexqr', valued: 'uno', long: { '--follow': 'f', '--no-pager': 'q', '--reverse': 'r', '--pager-end': 'e' },
  manual: `Usage: journalctl [-u SERVICE] [-n LINES] [-f] [-r] [-o cat]

Prints what services have printed and what was done with them, by time.
  -u   of this service only: journalctl -u redis
  -n   the last lines; -f goes on as more comes, until Ctrl-C
  -r   the newest first
  -o   cat: without time, host and program
Lines about starts and stops are kept in memory and are gone after a boot.
`,
  completions: (argv, host) => (argv.at(-1) === '-u' ? serviceNames(host) : ['-u', '-n', '-f', '-r', '-o']),
  run(call) {
    const { units } = machineOf(call.process);
    const name = call.value('u');
    const wanted = name === undefined ? units.all() : [units.find(name)].filter((unit) => unit !== undefined);
    const limit = call.number('n', call.has('f') || call.has('e') ? 10 : Infinity);
    if (limit === undefined) return;
    const lines = (): Line[] => wanted.flatMap((unit) => journalOf(call.process, unit)).sort(earlier);
    const text = (line: Line): Bytes => (call.value('o') === 'cat' ? `${line.text}\n` : shown(line, call.process.host.name));
    let seen = lines();
    if (seen.length === 0 && !call.has('f')) call.out('-- No entries --\n');
    const last = Number.isFinite(limit) ? seen.slice(Math.max(0, seen.length - limit)) : seen;
    call.out((call.has('r') ? last.reverse() : last).map(text).join(''));
    if (!call.has('f')) {
      call.end();
      return;
    }
    const follow = (): void => {
      const now = lines();
      call.out(now.slice(seen.length).map(text).join(''));
      seen = now;
      call.process.env.clock.after(FOLLOW_US, 'journalctl -f', follow);
    };
    call.process.env.clock.after(FOLLOW_US, 'journalctl -f', follow);
  },
});

export const servicePrograms: readonly Program[] = [systemctl, journalctl];
