/*
 * The interpreter
 * ---------------
 * Carries out what the parser has read. Whatever takes time ends in a callback: a child's exit, the
 * output of a `$(…)`. Commands of a pipeline are started together and joined by the kernel's pipes, so
 * data streams through them while they run.
 *
 * Builtins change the shell itself and run inside it. A compound command (for, if) inside a pipeline, in
 * the background or with a redirection runs in a shell of its own, as it does in every shell.
 */
import { type Bytes, commandTable, fold, isDiskError, trim } from '../../engine/index.ts';
import { type Input, type Output, type Process, resolvePath } from '../../simulation/index.ts';
import { builtins } from './builtins.ts';
import { type ExpansionContext, expandToOne, expandWords } from './expand.ts';
import { Job, JobTable, obituary } from './jobs.ts';
import { type Command, type List, parse, type Pipeline, type Redirect, type SimpleCommand, type Stage, type Statement, type Word } from './parse.ts';

export type Done = (status: number) => void;

/** Where a command reads and writes; what is undefined is the shell's own. */
export interface Streams {
  stdin?: Input;
  stdout?: Output;
  stderr?: Output;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const STOPPED = 148;
const INTERRUPTED = 130;
/** Virtual cost of one step of the shell's own, so that a loop of builtins cannot stand outside time. */
const STEP_US = 20;

export class Interpreter {
  readonly process: Process;
  readonly isInteractive: boolean;
  readonly jobs = new JobTable();
  readonly variables = new Map<Bytes, Bytes>();
  readonly exported = new Set<Bytes>();
  readonly aliases = new Map<Bytes, Bytes>();
  directory: string;
  previousDirectory: string | undefined;
  status = 0;
  /** Lines that were entered: the history builtin shows them. */
  history: readonly Bytes[] = [];
  /** Asked to end: nothing more is started. */
  exiting: number | undefined;
  private parameters: readonly Bytes[];
  private lastBackgroundPid = 0;
  private interrupted = false;
  private loopDepth = 0;
  /** `break` and `continue` on their way out. */
  private jump: { kind: 'break' | 'continue'; levels: number } | undefined;
  /** What to do when Ctrl-C comes while no job is in front. */
  private abandon: (() => void) | undefined;

  constructor(process: Process, isInteractive: boolean, parameters: readonly Bytes[]) {
    this.process = process;
    this.isInteractive = isInteractive;
    this.parameters = parameters;
    this.directory = process.workingDirectory;
    for (const [name, value] of process.environment) {
      this.variables.set(name, value);
      this.exported.add(name);
    }
    this.variables.set('PWD', this.directory);
  }

  get home(): Bytes {
    return this.variables.get('HOME') ?? '/';
  }

  resolve(path: Bytes): string {
    return resolvePath(this.directory, path);
  }

  complain(message: string, stderr: Output = this.process.stderr): void {
    stderr.write(`sh: ${message}\n`);
  }

  /** Ctrl-C came to the shell itself. */
  interrupt(): void {
    this.interrupted = true;
    this.abandon?.();
  }

  /** Whether Ctrl-C has ended what was running, once. */
  takeInterrupt(): boolean {
    const was = this.interrupted;
    this.interrupted = false;
    return was;
  }

  // --- lists ---------------------------------------------------------------------------------

  /** Reads and runs a text; `done` gets the status of its last command. */
  runText(source: Bytes, done: Done): void {
    const parsed = parse(source);
    if (parsed.kind === 'list') {
      this.runList(parsed.list, done);
      return;
    }
    this.complain(parsed.kind === 'error' ? parsed.message : 'syntax error: unexpected end of file');
    this.status = 2;
    done(2);
  }

  runList(list: List, done: Done): void {
    let i = 0;
    const next = (): void => {
      const statement = list[i++];
      if (statement === undefined || this.mustStop()) done(this.status);
      else this.runStatement(statement, next);
    };
    next();
  }

  private mustStop(): boolean {
    return this.exiting !== undefined || this.interrupted || this.jump !== undefined;
  }

  private runStatement(statement: Statement, done: () => void): void {
    if (statement.background) {
      this.startInBackground(statement, done);
      return;
    }
    let i = 0;
    const next = (): void => {
      const part = statement.parts[i++];
      if (part === undefined || this.mustStop()) {
        done();
        return;
      }
      if ((part.join === '&&' && this.status !== 0) || (part.join === '||' && this.status === 0)) next();
      else this.runPipeline(part.pipeline, next);
    };
    next();
  }

  private startInBackground(statement: Statement, done: () => void): void {
    const [only] = statement.parts;
    const job = new Job(statement.source);
    const started = (): void => {
      this.lastBackgroundPid = job.processes.at(-1)?.pid ?? this.lastBackgroundPid;
      if (job.processes.length > 0) {
        this.jobs.add(job);
        if (this.isInteractive) this.process.stderr.write(`[${job.id}] ${this.lastBackgroundPid}\n`);
      }
      this.status = 0;
      done();
    };
    // Nobody types for a job in the background: it reads from nothing.
    const nothing = this.process.openInput('/dev/null');
    const streams: Streams = isDiskError(nothing) ? {} : { stdin: nothing };
    if (statement.parts.length === 1 && only !== undefined && !only.pipeline.negated) this.startStages(only.pipeline.commands, job, false, streams, started);
    else {
      this.startProcess(this.anotherShell(statement.source), streams, job, true, false);
      started();
    }
  }

  private runPipeline(pipeline: Pipeline, done: () => void): void {
    const finish = (status: number): void => {
      this.status = pipeline.negated ? (status === 0 ? 1 : 0) : status;
      done();
    };
    const [first] = pipeline.commands;
    if (pipeline.commands.length === 1 && first !== undefined && first.redirects.length === 0) {
      if (first.command.kind === 'simple') this.runSimple(first.command, pipeline.source, finish);
      else this.runCompound(first.command, finish);
      return;
    }
    const job = new Job(pipeline.source);
    this.startStages(pipeline.commands, job, true, {}, () => this.waitInFront(job, finish));
  }

  // --- compound commands ---------------------------------------------------------------------

  private runCompound(command: Exclude<Command, SimpleCommand>, done: Done): void {
    switch (command.kind) {
      case 'group':
        if (command.subshell) this.runInSubshell(command.body, done);
        else this.runList(command.body, done);
        return;
      case 'if':
        this.runIf(command, 0, done);
        return;
      case 'while':
        this.runLoop((go) => this.runList(command.test, (status) => go((status === 0) !== command.until)), command.body, done);
        return;
      case 'for':
        this.expand(command.words, (words) => {
          let i = 0;
          this.runLoop((go) => {
            const word = words[i++];
            if (word !== undefined) this.variables.set(command.name, word);
            go(word !== undefined);
          }, command.body, done);
        }, () => done(1));
    }
  }

  private runIf(command: Extract<Command, { kind: 'if' }>, branch: number, done: Done): void {
    const chosen = command.branches[branch];
    if (chosen === undefined) {
      this.status = 0;
      this.runList(command.otherwise ?? [], done);
      return;
    }
    this.runList(chosen.test, (status) => {
      if (this.mustStop()) done(status);
      else if (status === 0) this.runList(chosen.body, done);
      else this.runIf(command, branch + 1, done);
    });
  }

  private runLoop(test: (go: (on: boolean) => void) => void, body: List, done: Done): void {
    let status = 0;
    this.loopDepth++;
    const leave = (): void => {
      this.loopDepth--;
      done(this.interrupted ? INTERRUPTED : status);
    };
    const turn = (): void => test((on) => {
      if (!on || this.mustStop()) {
        leave();
        return;
      }
      this.runList(body, (last) => {
        status = last;
        if (this.jump !== undefined) {
          const { kind, levels } = this.jump;
          this.jump = levels > 1 ? { kind, levels: levels - 1 } : undefined;
          if (levels > 1 || kind === 'break') return leave();
        }
        // An event of its own: keys, signals and servers get their turn.
        this.process.env.clock.after(STEP_US, 'next turn of a loop', turn);
      });
    });
    turn();
  }

  /** `break` and `continue`. False outside of a loop. */
  leaveLoops(kind: 'break' | 'continue', levels: number): boolean {
    if (this.loopDepth === 0) return false;
    this.jump = { kind, levels: Math.min(levels, this.loopDepth) };
    return true;
  }

  /** `( … )`: what changes inside stays inside. */
  private runInSubshell(body: List, done: Done): void {
    const job = new Job('( ... )');
    this.startProcess(this.anotherShell(body.map((statement) => statement.source + (statement.background ? ' &' : '')).join('\n')), {}, job, true, true);
    this.waitInFront(job, done);
  }

  // --- simple commands -----------------------------------------------------------------------

  private runSimple(command: SimpleCommand, source: Bytes, done: Done): void {
    this.prepare(command, {}, (argv, streams, assigned) => {
      const [name] = argv;
      if (name === undefined) {
        for (const [variable, value] of assigned) this.assign(variable, value);
        // The status of `x=$(false)` is that of the command inside.
        done(command.assignments.some(({ value }) => value.some((part) => part.kind === 'command')) ? this.status : 0);
        return;
      }
      const builtin = builtins.get(name);
      if (builtin !== undefined) {
        for (const [variable, value] of assigned) this.assign(variable, value);
        builtin.run(this, argv, this.outputsOf(streams), done);
        return;
      }
      const job = new Job(source);
      const problem = this.startProcess(argv, streams, job, true, true, assigned);
      if (problem === undefined) this.waitInFront(job, done);
      else done(problem);
    }, done);
  }

  private outputsOf({ stdout, stderr }: Streams): { stdout: Output; stderr: Output } {
    return { stdout: stdout ?? this.process.stdout, stderr: stderr ?? this.process.stderr };
  }

  assign(name: Bytes, value: Bytes): void {
    this.variables.set(name, value);
  }

  /** Expands a command and opens its files. `failed` when that is not possible: it has been said why. */
  private prepare(
    command: SimpleCommand, streams: Streams,
    ready: (argv: Bytes[], streams: Streams, assigned: Map<Bytes, Bytes>) => void, failed: Done,
  ): void {
    const words = this.withAlias(command.words);
    const everything = [...words, ...command.assignments.map(({ value }) => value), ...command.redirects.map(({ word }) => word)];
    this.substitute(everything, (context) => {
      const argv = expandWords(words, context);
      const assigned = new Map(command.assignments.map(({ name, value }) => [name, expandToOne(value, context)]));
      const opened = this.openAll(command.redirects, streams, context);
      if (opened === undefined) failed(1);
      else ready(argv, opened, assigned);
    });
  }

  private withAlias(words: readonly Word[]): readonly Word[] {
    const [first] = words[0] ?? [];
    const text = words[0]?.length === 1 && first?.kind === 'text' && !first.quoted ? this.aliases.get(first.text) : undefined;
    if (text === undefined) return words;
    const parsed = parse(text);
    const command = parsed.kind === 'list' ? parsed.list[0]?.parts[0]?.pipeline.commands[0]?.command : undefined;
    return command?.kind === 'simple' ? [...command.words, ...words.slice(1)] : words;
  }

  // --- stages of a pipeline ------------------------------------------------------------------

  /** Starts every command of a pipeline, each reading what the one before it writes. */
  private startStages(stages: readonly Stage[], job: Job, isInFront: boolean, outer: Streams, started: () => void): void {
    let i = 0;
    let stdin = outer.stdin;
    const next = (): void => {
      const stage = stages[i++];
      if (stage === undefined) {
        started();
        return;
      }
      const isLast = i === stages.length;
      const pipe = isLast ? undefined : this.process.pipe();
      const streams: Streams = { ...(stdin === undefined ? {} : { stdin }), ...(pipe === undefined ? {} : { stdout: pipe.output }) };
      stdin = pipe?.input;
      this.startStage(stage, streams, job, isLast, isInFront, next);
    };
    next();
  }

  private startStage(stage: Stage, streams: Streams, job: Job, isLast: boolean, isInFront: boolean, next: () => void): void {
    const { command } = stage;
    // A stage that cannot run still has to close its ends of the pipes: a process that ends at once does that.
    const giveUp = (status: number): void => {
      this.startProcess(['true'], streams, job, false, isInFront);
      if (isLast) job.status = status;
      next();
    };
    if (command.kind !== 'simple') {
      this.substitute(stage.redirects.map(({ word }) => word), (context) => {
        const opened = this.openAll(stage.redirects, streams, context);
        if (opened === undefined) return giveUp(1);
        this.startProcess(this.anotherShell(stage.source), opened, job, isLast, isInFront);
        next();
      });
      return;
    }
    this.prepare(command, streams, (argv, opened, assigned) => {
      const [name] = argv;
      if (name === undefined) return giveUp(0);
      const builtin = builtins.get(name);
      if (builtin?.onlyPrints === true) {
        builtin.run(this, argv, this.outputsOf(opened), (status) => {
          if (isLast) job.status = status;
          streams.stdout?.close();
          next();
        });
        return;
      }
      const problem = this.startProcess(builtin === undefined ? argv : this.anotherShell(stage.source), opened, job, isLast, isInFront, assigned);
      if (problem === undefined) next();
      else giveUp(problem);
    }, giveUp);
  }

  // --- processes -----------------------------------------------------------------------------

  private environment(assigned: ReadonlyMap<Bytes, Bytes>, isShell: boolean): Map<string, string> {
    const environment = new Map<string, string>();
    // A shell of ours gets everything: for the person it is the same shell.
    for (const [name, value] of this.variables) if (isShell || this.exported.has(name)) environment.set(name, value);
    for (const [name, value] of assigned) environment.set(name, value);
    return environment;
  }

  /** A shell of ours that knows what we know: the arguments of a script are those of its `$(…)` and `( … )` too. */
  private anotherShell(source: Bytes): readonly Bytes[] {
    return ['sh', '-c', source, ...(this.parameters.length > 1 ? this.parameters : [])];
  }

  /** Starts a program as part of a job; returns the status when there is no such program. */
  private startProcess(
    argv: readonly Bytes[], streams: Streams, job: Job, decides: boolean, isInFront: boolean, assigned: ReadonlyMap<Bytes, Bytes> = new Map(),
  ): number | undefined {
    if (isInFront && this.isInteractive) this.process.tty?.setMode('cooked');
    const spawn = (words: readonly Bytes[]): Process | undefined => this.process.spawn({
      argv: words, ...streams, foreground: isInFront, workingDirectory: this.directory,
      environment: this.environment(assigned, words[0] === 'sh'),
      exited: (code, signal) => {
        entry.state = 'ended';
        if (decides) {
          job.status = code;
          job.signal = signal;
        }
        if (signal === 'SIGINT' && isInFront) this.interrupted = true;
        job.changed();
      },
      stopped: () => {
        entry.state = 'stopped';
        job.changed();
      },
    });
    const entry = { pid: 0, state: 'running' as 'running' | 'stopped' | 'ended' };
    const name = argv[0] ?? '';
    let child = spawn(argv);
    if (child === undefined && name.includes('/')) {
      const found = this.process.host.disk.stat(this.resolve(name));
      if (isDiskError(found)) {
        this.complain(`${name}: ${found.message}`, streams.stderr);
        return NOT_FOUND;
      }
      if (found.kind === 'directory') {
        this.complain(`${name}: Is a directory`, streams.stderr);
        return NOT_EXECUTABLE;
      }
      // A file that is no program of this host is a script for the shell.
      child = spawn(['sh', this.resolve(name), ...argv.slice(1)]);
    }
    if (child === undefined) {
      this.complain(`${name}: command not found`, streams.stderr);
      if (this.isInteractive) (streams.stderr ?? this.process.stderr).write(adviceFor(name));
      return NOT_FOUND;
    }
    job.processes.push(Object.assign(entry, { pid: child.pid }));
    return undefined;
  }

  /** Waits until the job in front has ended or was stopped. */
  waitInFront(job: Job, done: Done): void {
    const finish = (): void => {
      if (this.isInteractive) this.process.tty?.setMode('raw', true);
      if (job.state === 'stopped') {
        this.jobs.add(job);
        this.process.stderr.write(`\n${this.jobs.describe(job)}`);
        done(STOPPED);
        return;
      }
      this.jobs.remove(job);
      if (job.signal !== undefined && this.isInteractive) this.process.stderr.write(obituary(job.signal));
      done(job.status);
    };
    if (job.state === 'running') job.waiting = finish;
    else finish();
  }

  /** `fg`: a job that was stopped or ran in the background comes to the front. */
  continueInFront(job: Job, done: Done): void {
    this.process.tty?.setMode('cooked');
    for (const process of job.processes) if (process.state === 'stopped') process.state = 'running';
    this.process.continueInForeground(job.livePids);
    this.waitInFront(job, done);
  }

  /** `bg`: a stopped job goes on behind. */
  continueBehind(job: Job): void {
    for (const process of job.processes) {
      if (process.state !== 'stopped') continue;
      process.state = 'running';
      this.process.host.kill(process.pid, 'SIGCONT');
    }
  }

  /** `wait`: until the jobs have ended; Ctrl-C ends the waiting, not the jobs. */
  waitFor(jobs: readonly Job[], done: Done): void {
    let left = jobs.filter((job) => job.state === 'running').length;
    let over = false;
    const finish = (status: number): void => {
      if (over) return;
      over = true;
      this.abandon = undefined;
      done(status);
    };
    if (left === 0) {
      finish(jobs.at(-1)?.status ?? 0);
      return;
    }
    this.abandon = () => finish(INTERRUPTED);
    for (const job of jobs) if (job.state === 'running') job.waiting = () => {
      if (--left === 0) finish(jobs.at(-1)?.status ?? 0);
    };
  }

  // --- expansion -----------------------------------------------------------------------------

  private expand(words: readonly Word[], ready: (words: Bytes[]) => void, failed: () => void): void {
    this.substitute(words, (context) => (this.interrupted ? failed() : ready(expandWords(words, context))));
  }

  /** Runs every `$(…)` in the words, then hands over what the words can be expanded with. */
  private substitute(words: readonly Word[], ready: (context: ExpansionContext) => void): void {
    const sources = words.flatMap((word) => word.flatMap((part) => (part.kind === 'command' ? [part.source] : [])));
    const outputs = new Map<Bytes, Bytes>();
    const next = (): void => {
      const source = sources.shift();
      if (source === undefined) {
        ready({
          variable: (name) => this.variable(name),
          output: (wanted) => outputs.get(wanted) ?? '',
          home: this.home, disk: this.process.host.disk, directory: this.directory,
        });
        return;
      }
      this.outputOf(source, (output) => {
        outputs.set(source, output);
        next();
      });
    };
    next();
  }

  private outputOf(source: Bytes, done: (output: Bytes) => void): void {
    const pipe = this.process.pipe();
    const job = new Job(source);
    let output = '';
    let waitingFor = 2;
    const finished = (): void => {
      if (--waitingFor > 0) return;
      this.status = job.status;
      done(output.replace(/\n+$/, ''));
    };
    pipe.input.onData((bytes) => (output += bytes));
    pipe.input.onEnd(finished);
    this.startProcess(this.anotherShell(source), { stdout: pipe.output }, job, true, true);
    this.waitInFront(job, finished);
  }

  variable(name: Bytes): Bytes | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.process.pid);
      case '!':
        return this.lastBackgroundPid === 0 ? '' : String(this.lastBackgroundPid);
      case '#':
        return String(Math.max(0, this.parameters.length - 1));
      case '@':
      case '*':
        return this.parameters.slice(1).join(' ');
    }
    return /^\d$/.test(name) ? this.parameters[Number(name)] : this.variables.get(name);
  }

  // --- redirections --------------------------------------------------------------------------

  /** Opens files from left to right, as `2>&1 >file` and `>file 2>&1` differ; undefined when one cannot be opened. */
  private openAll(redirects: readonly Redirect[], streams: Streams, context: ExpansionContext): Streams | undefined {
    const opened: Streams = { ...streams };
    for (const redirect of redirects) {
      const target = expandToOne(redirect.word, context);
      const problem = this.open(redirect, target, opened);
      if (problem === undefined) continue;
      this.complain(problem);
      return undefined;
    }
    return opened;
  }

  private open({ fd, kind }: Redirect, target: Bytes, streams: Streams): string | undefined {
    switch (kind) {
      case 'here': {
        const pipe = this.process.pipe();
        pipe.output.write(target);
        pipe.output.close();
        streams.stdin = pipe.input;
        return undefined;
      }
      case 'read': {
        const input = this.process.openInput(this.resolve(target));
        if (isDiskError(input)) return `${target}: ${input.message}`;
        streams.stdin = input;
        return undefined;
      }
      case 'duplicate': {
        if (fd === 0 || (target !== '1' && target !== '2')) return `${target}: only 1 and 2 can be duplicated`;
        const source = target === '1' ? (streams.stdout ?? this.process.stdout) : (streams.stderr ?? this.process.stderr);
        if (fd === 1) streams.stdout = source;
        else streams.stderr = source;
        return undefined;
      }
      default: {
        if (trim(target) === '') return 'ambiguous redirect';
        const output = this.process.openOutput(this.resolve(target) + (target.endsWith('/') ? '/' : ''), kind === 'append' ? 'append' : 'truncate');
        if (isDiskError(output)) return `${target}: ${output.message}`;
        if (fd === 1 || kind === 'both') streams.stdout = output;
        if (fd === 2 || kind === 'both') streams.stderr = output;
        return undefined;
      }
    }
  }
}

/** What may help someone whose command does not exist. */
function adviceFor(name: Bytes): Bytes {
  if (commandTable.lookup(fold(name)) !== undefined) return `${name} is a Redis command: start redis-cli and type it there, or write "redis-cli ${name} ...".\n`;
  return 'Type "help" for the programs of this host.\n';
}
