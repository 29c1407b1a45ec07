/*
 * Scripts of one server
 * ---------------------
 * Holds the scripts of EVAL and the functions, each in a Lua machine of their own that is made when the first of
 * them comes, and the script that runs: at most one.
 *
 * A script usually ends within its event. One that goes on for long gives the server back between slices
 * and is taken up in an event of its own; its command is "suspended" meanwhile. Until busy-reply-threshold has
 * passed the server hears nobody, as the real one hears nobody inside a script; then clients are answered
 * BUSY, and SCRIPT KILL can end it. Timers that come due wait for its end. In the simulation every slice
 * costs virtual time (Env.lua says how much); in Node time passes by itself.
 */
import { denialOf, denialText } from '../acl/check.ts';
import { noteDenial } from '../acl/refusals.ts';
import { cText, type Bytes } from '../bytes.ts';
import { Client } from '../client.ts';
import type { Command, ServerForCommands } from '../command.ts';
import type { Micros } from '../env.ts';
import { CommandError, SUSPENDED, type Reply } from '../reply.ts';
import { bitLibrary } from './bit.ts';
import { cjsonLibrary } from './cjson.ts';
import { cmsgpackLibrary } from './cmsgpack.ts';
import { popReply, scriptError } from './conversions.ts';
import type { DebugSession } from './debugger/session.ts';
import { EvalCache } from './eval-cache.ts';
import { Functions } from './functions.ts';
import type { LogLevel } from '../log.ts';
import { LuaMissing, type LuaVm } from './lua-vm.ts';
import { LuaRandom } from './random.ts';
import { arityFits, findCommand, redisLibrary, type RedisApiHost } from './redis-api.ts';
import { ScriptRun, type ScriptFailure, type ScriptRights } from './run.ts';
import { Sandbox, type SandboxHost } from './sandbox.ts';
import { refusalInScript } from '../cluster/redirection.ts';
import { evalFlags, type ScriptFlag } from './shebang.ts';
import { structLibrary } from './struct.ts';

const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

export class Scripting implements RedisApiHost, SandboxHost {
  readonly server: ServerForCommands;
  readonly random = new LuaRandom();
  readonly evals: EvalCache;
  readonly functions: Functions;
  /** The session that the next script belongs to, or the running one. */
  debugging: DebugSession | undefined;
  private current: ScriptRun | undefined;
  /** The client that commands of scripts run for. */
  private readonly client: Client;
  /** What comes due while a script runs, and the clients whose requests wait for its end. */
  private readonly deferred: (() => void)[] = [];
  private readonly held = new Set<Client>();

  constructor(server: ServerForCommands) {
    this.server = server;
    this.evals = new EvalCache(this);
    this.functions = new Functions(this);
    this.client = new Client(0, undefined, server.databases[0] as ServerForCommands['databases'][number], server.nowMs, server.acl.defaultUser);
    this.client.executing = true;
    this.client.isScript = true;
  }

  /** A server whose installation lacks Lua serves everything else. */
  private openLua(): LuaVm {
    try {
      return this.server.env.lua.open();
    } catch (error) {
      if (!(error instanceof LuaMissing)) throw error;
      this.server.log('warning', `Scripts and functions cannot run: ${error.message}`);
      throw new CommandError(`ERR Scripts and functions cannot run: ${error.message}`);
    }
  }

  /** A sandbox with all libraries, on a machine of its own. */
  openSandbox(kind: ScriptRights['kind']): Sandbox {
    const vm = this.openLua();
    const box = new Sandbox(vm, this);
    box.addLibrary('redis', redisLibrary(vm, this, kind));
    box.addLibrary('cjson', cjsonLibrary(vm));
    box.addLibrary('cmsgpack', cmsgpackLibrary(vm));
    box.addLibrary('struct', structLibrary(vm));
    box.addLibrary('bit', bitLibrary(vm));
    return box;
  }

  // --- the running script ----------------------------------------------------------------------------

  /** A script was left in the middle: nothing else may run but what a busy server answers. */
  get isBusy(): boolean {
    return this.current !== undefined;
  }

  /** The error for commands that a busy server refuses; undefined while it hears nobody, or is free. */
  get busyError(): Bytes | undefined {
    if (this.current?.timedOut !== true) return undefined;
    const kill = this.current.rights.kind === 'eval' ? 'SCRIPT' : 'FUNCTION';
    return `BUSY Redis is busy running a script. You can only call ${kill} KILL or SHUTDOWN NOSAVE.`;
  }

  /** Whether the server does not read what clients send; `client` is read at the end of the script. A master is not told BUSY: its stream waits. */
  holds(client: Client): boolean {
    if (this.current === undefined || (this.current.timedOut && !client.isMaster)) return false;
    this.held.add(client);
    return true;
  }

  /** A timer came due while a script runs: it waits. */
  defer(work: () => void): void {
    this.deferred.push(work);
  }

  get running(): ScriptRun | undefined {
    return this.current;
  }

  /** SCRIPT KILL and FUNCTION KILL. */
  kill(kind: ScriptRights['kind']): void {
    const run = this.current;
    if (run === undefined) throw new CommandError('NOTBUSY No scripts in execution right now.');
    if (run.hasWritten) {
      throw new CommandError('UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.');
    }
    if (run.rights.kind !== kind) throw new CommandError(this.busyError ?? 'BUSY Redis is busy running a script.');
    run.kill('Script killed by user with SCRIPT KILL...');
    this.server.log('notice', 'Lua script killed by user with SCRIPT KILL.');
  }

  /**
   * Runs the function at `fn` of the sandbox's registry with the arguments that `push` leaves on the given
   * stack (it says how many), and returns its reply, or SUSPENDED.
   */
  run(sandbox: Sandbox, fn: number, rights: ScriptRights, push: (thread: number) => number): Reply {
    this.checkRights(rights);
    const run = new ScriptRun(sandbox, this, rights, this.server.env.clock.monotonic(), fn, this.debugging);
    run.shortOfMemory = this.server.shortOfMemory;
    this.current = run;
    this.client.db = rights.caller.db;
    this.client.user = rights.caller.user;
    this.client.resp = 2;
    return this.goOn(run, push(run.thread));
  }

  /** What the whole script must be allowed, by its first line; without one each command is checked when it comes. */
  private checkRights(rights: ScriptRights): void {
    if (!rights.compat && rights.flags.has('no-cluster')) {
      if (this.server.cluster !== undefined) throw new CommandError("ERR Can not run script on cluster, 'no-cluster' flag is set.");
      this.server.compatibility.count();
    }
    if (this.server.isStale && !rights.flags.has('allow-stale')) throw new CommandError(MASTER_DOWN);
    if (rights.compat) return;
    const writes = !rights.flags.has('no-writes');
    if (writes && this.server.shortOfMemory && !rights.flags.has('allow-oom')) throw new CommandError(OUT_OF_MEMORY);
    if (writes && rights.readOnly) throw new CommandError('ERR Can not execute a script with write flag using *_ro command.');
    if (writes && !rights.caller.mustBeObeyed) {
      const refusal = this.server.refusesWrites();
      if (refusal !== undefined) throw new CommandError(refusal);
    }
  }

  private goOn(run: ScriptRun, args: number): Reply {
    let outcome: true | ScriptFailure | undefined;
    try {
      outcome = run.advance(args);
    } catch (fault) {
      this.current = undefined;
      if (!(fault instanceof RangeError)) throw fault;
      // Coroutines inside coroutines, deeper than the surroundings can go: the machine is lost.
      if (run.rights.kind === 'eval') this.evals.forgetMachine();
      else this.functions.forgetMachine();
      return scriptError(`ERR C stack overflow script: ${run.rights.name}.`, false);
    }
    if (outcome === undefined && run.session !== undefined) {
      run.session.left();
      return SUSPENDED;
    }
    if (outcome === undefined) {
      this.server.later(0, `${run.rights.name} goes on`, () => this.takeUp(run), 'always');
      return SUSPENDED;
    }
    this.current = undefined;
    const reply = outcome === true ? popReply(run.vm, run.thread, run.resp) : failureReply(run.rights.name, outcome);
    run.end(outcome !== true);
    // The commands of the script have been told one by one.
    this.server.propagateOnly('all');
    this.server.propagateAs();
    return reply;
  }

  private takeUp(run: ScriptRun): void {
    if (this.current !== run) return;
    this.server.goOnSuspended(() => this.goOn(run, 0));
    if (!this.isBusy) this.serveWaiting();
  }

  /** A debugged script goes on: the server may stand still, and hears again when the script is over. */
  goOnDebugged(run: ScriptRun): void {
    if (this.current !== run) return;
    this.server.beginEvent();
    this.server.goOnSuspended(() => {
      const reply = this.goOn(run, 0);
      if (reply === SUSPENDED) return reply;
      this.debugging = undefined;
      run.session?.end();
      return reply;
    });
    if (!this.isBusy) this.server.moveOn(() => this.serveWaiting());
  }

  /** What had to wait for the end of the script. */
  private serveWaiting(): void {
    for (const work of this.deferred.splice(0)) work();
    const held = [...this.held];
    this.held.clear();
    for (const client of held) this.server.readLater(client);
  }

  monotonic(): Micros {
    return this.server.env.clock.monotonic();
  }

  /** A slice is over. */
  sliceOver(run: ScriptRun): void {
    const { env, config } = this.server;
    if (env.lua.sliceCostUs > 0) env.clock.spend(env.lua.sliceCostUs);
    if (run.session !== undefined) return;
    const passedMs = (env.clock.monotonic() - run.startedUs) / 1000;
    const threshold = config.number('busy-reply-threshold');
    if (!run.timedOut && passedMs >= threshold) {
      run.timedOut = true;
      const kill = run.rights.kind === 'eval' ? 'SCRIPT' : 'FUNCTION';
      this.server.log('warning', `Slow script detected: still in execution after ${Math.floor(passedMs)} milliseconds. You can try killing the script using the ${kill} KILL command. Script name is: ${run.rights.name}.`);
      for (const client of this.held) this.server.readLater(client);
      this.held.clear();
    }
    run.mayLeave = run.timedOut || env.lua.sliceCostUs > 0;
  }

  // --- what the redis library asks ----------------------------------------------------------------------

  get session(): DebugSession | undefined {
    return this.current?.session;
  }

  get resp(): 2 | 3 {
    return this.current?.resp ?? 2;
  }

  set resp(version: 2 | 3) {
    if (this.current !== undefined) this.current.resp = version;
    this.client.resp = version;
  }

  cpuUs(): number {
    const { user, system } = this.server.env.surroundings.cpu();
    return user + system;
  }

  find(argv: readonly Bytes[]): { readonly command: Command } | { readonly refusal: Bytes } {
    const command = findCommand(this.server.commands.lookup, argv);
    const refusal = command === undefined ? 'ERR Unknown Redis command called from script' : this.refusalOf(command, argv);
    if (command !== undefined && refusal === undefined) return { command };
    const text = refusal ?? '';
    this.server.statistics.countError(text);
    if (command !== undefined) this.server.statistics.countersOf(command).rejected++;
    return { refusal: text };
  }

  private refusalOf(command: Command, argv: readonly Bytes[]): Bytes | undefined {
    const run = this.current as ScriptRun;
    if (!arityFits(command, argv)) return 'ERR Wrong number of args calling Redis command from script';
    if (command.flags.has('noscript') && !this.server.debug.scriptsMayAll) return 'ERR This Redis command is not allowed from script';
    if (this.server.isStale && !command.flags.has('stale')) return 'ERR Can not execute the command on a stale replica';
    const { rights } = run;
    const denial = denialOf(rights.caller.user, command, argv);
    if (denial !== undefined) {
      noteDenial(this.server, rights.caller, denial, command, argv, 'lua');
      return `ERR ACL failure in script: ${denialText(denial, rights.caller.user, command, argv)}`;
    }
    const mayPropagate = command.isWrite || command.flags.has('may_replicate');
    if (mayPropagate && (rights.readOnly || rights.flags.has('no-writes'))) return 'ERR Write commands are not allowed from read-only scripts.';
    // What has begun to write goes on, whatever becomes of disks and replicas meanwhile.
    if (command.isWrite && !run.hasWritten && !rights.caller.mustBeObeyed) {
      const refusal = this.server.refusesWrites();
      if (refusal !== undefined) return refusal;
    }
    if (command.denyOom && run.shortOfMemory && !run.hasWritten && !rights.flags.has('allow-oom')) return OUT_OF_MEMORY;
    if (command.isWrite) run.hasWritten = true;
    if (this.server.compatibility.isOn && !rights.caller.mustBeObeyed) this.server.compatibility.lookInScript(run, command, argv);
    return this.server.cluster === undefined || rights.caller.mustBeObeyed ? undefined : refusalInScript(this.server.cluster, run, command, argv);
  }

  runCommand(command: Command, argv: readonly Bytes[]): Reply {
    return this.server.call(this.client, command, argv);
  }

  /** Whether EVAL or FCALL runs a script that says it may write; one without a first line says nothing. */
  mayWrite(command: Command, argv: readonly Bytes[]): boolean {
    if (command.spec.group !== 'scripting') return false;
    const flags = flagsOf(this, command.fullName, argv[1] ?? '');
    return flags !== undefined && !flags.has('no-writes');
  }

  /** Whether the script of a request may change data: it says that it does not, or its command lets it not, or it says nothing. */
  mayChangeData(command: Command, argv: readonly Bytes[]): boolean {
    if (command.spec.group !== 'scripting' || !RUNS_A_SCRIPT.has(command.fullName)) return false;
    const flags = flagsOf(this, command.fullName, argv[1] ?? '');
    return flags === undefined ? !command.fullName.endsWith('_ro') : !flags.has('no-writes');
  }

  mayRun(argv: readonly Bytes[]): boolean | 'unknown' | 'arity' {
    const command = findCommand(this.server.commands.lookup, argv);
    if (command === undefined) return 'unknown';
    if (!arityFits(command, argv)) return 'arity';
    return denialOf(this.client.user, command, argv) === undefined;
  }

  log(level: LogLevel, text: Bytes): void {
    this.server.log(level, text);
  }

  setReplication(targets: number): void {
    this.server.propagateOnly(REPLICATION_TARGETS[targets] ?? 'all');
  }
}

const RUNS_A_SCRIPT = new Set(['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro']);

/** By the numbers of redis.REPL_NONE, REPL_AOF, REPL_REPLICA and REPL_ALL. */
const REPLICATION_TARGETS = ['none', 'file', 'replicas', 'all'] as const;

/** What the script that a request names says of itself; undefined when it says nothing, or when there is none. */
function flagsOf({ evals, functions }: Scripting, command: Bytes, name: Bytes): ReadonlySet<ScriptFlag> | undefined {
  switch (command) {
    case 'eval':
    case 'eval_ro':
      try {
        return evalFlags(name);
      } catch (error) {
        if (error instanceof CommandError) return undefined;
        throw error;
      }
    case 'evalsha':
    case 'evalsha_ro':
      return evals.flagsOf(name);
    case 'fcall':
    case 'fcall_ro':
      return functions.find(name)?.flags;
    default:
      return undefined;
  }
}

function failureReply(name: Bytes, { text, counted, place }: ScriptFailure): Reply {
  const message = cText(text);
  const where = place === undefined ? '' : `, on ${place.source}:${place.line}`;
  return scriptError(`${message} script: ${name}${where}.`, counted);
}
