/*
 * One script at work
 * ------------------
 * A script runs in a thread of Lua's own, which can be left in the middle and gone on with. After every
 * SLICE instructions a hook looks at the time: a script that goes on for long gives the server back, so that
 * whoever drives it (the page, the simulation, Node) stays alive, and goes on in an event of its own.
 *
 * Lua 5.1 cannot leave a thread in the middle of a function that C has called. pcall is the one that
 * scripts use around whole programs, so ours gives each protected call a thread of its own: when that one
 * is left, the caller's is left too, and `advance` later takes them up again from the inside out. In the
 * callback of gsub, in a comparison of table.sort, in a metamethod or a coroutine the script runs on until
 * it is out again, or until it has run for so long that it is ended.
 *
 * An error leaves its thread as it was, so the place of the error is read from the dead thread's stack.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import { pushError } from './conversions.ts';
import type { DebugSession } from './debugger/session.ts';
import { LUA_MULTRET, LUA_OK, LUA_REGISTRYINDEX, LUA_YIELD, type LuaPlace, type LuaState, type LuaVm } from './lua-vm.ts';
import { errorMessage, SLICE, type Sandbox } from './sandbox.ts';
import type { ScriptFlag } from './shebang.ts';

/** Slices in one event: some ten milliseconds of the real machine. */
const SLICES_IN_EVENT = 20;
/** Where a script cannot be left it may go on for this many slices, some ten seconds. */
const MOST_SLICES_INSIDE = 30_000;
/** Lua's limit of nested C calls, less one: from there on the usual pcall says what Lua says. */
const DEEPEST_THREAD = 199;

/** What went wrong in a script, and where. */
export interface ScriptFailure {
  readonly text: Bytes;
  /** The statistics have it already. */
  readonly counted: boolean;
  readonly place: LuaPlace | undefined;
}

/** What a script may do, and for whom. */
export interface ScriptRights {
  readonly kind: 'eval' | 'function';
  /** The script's digest or the function's name, as errors and FUNCTION STATS tell it. */
  readonly name: Bytes;
  readonly caller: Client;
  readonly argv: readonly Bytes[];
  readonly readOnly: boolean;
  readonly flags: ReadonlySet<ScriptFlag>;
  /** It has no first line that says so much: each of its commands is checked when it comes. */
  readonly compat: boolean;
}

/** Who is told that a slice is over. `leave`: the script shall give the server back when it can. */
export interface SliceListener {
  sliceOver(run: ScriptRun): void;
}

export class ScriptRun {
  readonly rights: ScriptRights;
  readonly startedUs: number;
  /** RESP version of what redis.call returns (redis.setresp). */
  resp: 2 | 3 = 2;
  hasWritten = false;
  /** Memory was short when it began. */
  shortOfMemory = false;
  /** In a cluster: the slot of the keys that it has used. */
  slot: number | undefined;
  /** The error that ends the script, whatever it protects itself with. */
  killed: Bytes | undefined;
  /** busy-reply-threshold has passed: other clients are answered BUSY. */
  timedOut = false;
  /** Whether the script gives the server back after a while. */
  mayLeave = true;
  /** The script is being debugged. */
  readonly session: DebugSession | undefined;
  private readonly sandbox: Sandbox;
  private readonly listener: SliceListener;
  /** The script's thread and those of its protected calls, the running one last. */
  private readonly threads: LuaState[];
  private slices = 0;
  private slicesInside = 0;

  /** `function`: where the function to be run stands in the registry. */
  constructor(sandbox: Sandbox, listener: SliceListener, rights: ScriptRights, startedUs: number, fn: number, session?: DebugSession) {
    this.sandbox = sandbox;
    this.listener = listener;
    this.rights = rights;
    this.startedUs = startedUs;
    this.threads = [sandbox.takeThread()];
    sandbox.vm.api.lua_rawgeti(this.thread, LUA_REGISTRYINDEX, fn);
    this.session = session;
    session?.begin(this, sandbox);
    if (session !== undefined) sandbox.vm.setHook(this.thread, SLICE, true);
  }

  get vm(): LuaVm {
    return this.sandbox.vm;
  }

  /** The script's own thread: arguments are pushed there before it starts, the result stands there at its end. */
  get thread(): LuaState {
    return this.threads[0] as LuaState;
  }

  /**
   * Starts the script, with the arguments that were pushed, or goes on with it. True when it has come to its
   * end, a failure when that was an error; undefined when it was left in the middle.
   */
  advance(args: number): true | ScriptFailure | undefined {
    const { vm } = this.sandbox;
    const { api } = vm;
    this.slices = 0;
    vm.hook = this.onHook;
    this.sandbox.protectedCall = this.protectedCall;
    for (;;) {
      const thread = this.threads[this.threads.length - 1] as LuaState;
      const status = api.lua_resume(thread, args);
      if (status === LUA_YIELD) return undefined;
      if (this.threads.length === 1) {
        if (status !== LUA_OK) return this.failure(thread);
        api.lua_settop(thread, 1);
        return true;
      }
      this.threads.pop();
      args = this.handBack(thread, this.threads[this.threads.length - 1] as LuaState, status);
    }
  }

  /** The script is over and its result was taken: the thread is free, unless an error has ended it. */
  end(failed: boolean): void {
    if (this.session !== undefined) this.vm.setHook(this.thread, SLICE);
    this.sandbox.giveThread(this.thread, failed);
  }

  /** The threads in which it is at work, the innermost first. */
  callers(): readonly LuaState[] {
    return this.threads.toReversed();
  }

  /** Whether the hook is called for every line. */
  followLines(on: boolean): void {
    for (const thread of this.threads) this.vm.setHook(thread, SLICE, on);
  }

  private failure(thread: LuaState): ScriptFailure {
    const { vm } = this.sandbox;
    let place = vm.place(thread, 0);
    if (place?.native === true) place = vm.place(thread, 1);
    return { ...errorMessage(vm, thread), place };
  }

  /** Ends the script with this error, at its next instruction. */
  kill(text: Bytes): void {
    this.killed = text;
    for (const thread of this.threads) this.sandbox.vm.setHook(thread, 1);
  }

  private readonly onHook = (state: LuaState, line?: number): void => {
    const { vm, scriptThreads } = this.sandbox;
    if (this.session !== undefined && this.debugged(this.session, state, line)) return;
    if (line !== undefined) return;
    if (this.killed === undefined) {
      this.slices++;
      this.listener.sliceOver(this);
    }
    if (this.killed !== undefined) {
      vm.setHook(state, 1);
      vm.raise(state, this.killed);
    }
    if (!this.mayLeave || this.slices < SLICES_IN_EVENT) return;
    if (scriptThreads.has(state) && vm.canYield(state)) {
      this.slicesInside = 0;
      vm.api.lua_yield(state, 0);
    } else if (++this.slicesInside > MOST_SLICES_INSIDE) {
      this.kill('ERR Script ended: it ran too long where Lua cannot be interrupted');
    }
  };

  /** What the debugger has to do with a call of the hook; true when that was all. */
  private debugged(session: DebugSession, state: LuaState, line: number | undefined): boolean {
    const { vm, scriptThreads } = this.sandbox;
    const evalRanLong = session.evalRanLong();
    if (evalRanLong === true) vm.raise(state, 'ldb_eval: it runs for too long');
    if (evalRanLong !== undefined) return true;
    if (session.failure !== undefined) {
      vm.setHook(state, SLICE, true);
      pushError(vm, state, session.failure, false);
      session.failure = undefined;
      vm.raiseTop(state);
    }
    if (line !== undefined && !session.wouldStopAt(state, line)) return true;
    // The same instruction can be told of twice, as the end of a slice and as a line.
    if (session.isStopped) return true;
    if (!scriptThreads.has(state) || !vm.canYield(state)) return false;
    const place = vm.place(state, 0);
    if (place?.source !== '@user_script' || !session.stopsAt(state, line ?? place.line, line !== undefined)) return false;
    vm.api.lua_yield(state, 0);
    return true;
  }

  /** pcall as Redis has it, in a thread of its own where that can be left. */
  private readonly protectedCall = (state: LuaState): number => {
    const { vm, scriptThreads } = this.sandbox;
    const { api } = vm;
    const count = api.lua_gettop(state);
    if (count === 0) {
      api.lua_pushboolean(state, 0);
      return 1;
    }
    if (!scriptThreads.has(state) || !vm.canYield(state) || vm.depth(state) >= DEEPEST_THREAD) return this.plainProtectedCall(state, count);
    const thread = api.lua_newthread(state);
    api.lua_insert(state, 1);
    api.lua_xmove(state, thread, count);
    vm.setDepth(thread, vm.depth(state));
    scriptThreads.add(thread);
    this.threads.push(thread);
    const status = api.lua_resume(thread, count - 1);
    if (status === LUA_YIELD) return api.lua_yield(state, 0);
    this.threads.pop();
    return this.handBack(thread, state, status);
  };

  /** The end of a protected call: its results, or its error, go to the caller's stack. Returns how many these are. */
  private handBack(thread: LuaState, caller: LuaState, status: number): number {
    const { vm, scriptThreads } = this.sandbox;
    const { api } = vm;
    scriptThreads.delete(thread);
    if (this.killed !== undefined) {
      // Not to be caught. The caller's thread is inside its pcall, or was left there and ends at its next instruction.
      vm.setHook(caller, 1);
    }
    const count = status === LUA_OK ? api.lua_gettop(thread) : this.sandbox.messageOfTop(thread);
    api.lua_checkstack(caller, count + 1);
    api.lua_pushboolean(caller, status === LUA_OK ? 1 : 0);
    api.lua_xmove(thread, caller, count);
    return count + 1;
  }

  private plainProtectedCall(state: LuaState, count: number): number {
    const { vm } = this.sandbox;
    const { api } = vm;
    api.lua_pushboolean(state, 1);
    api.lua_insert(state, 1);
    if (api.lua_pcall(state, count - 1, LUA_MULTRET, 0) !== LUA_OK) {
      api.lua_remove(state, 1);
      this.sandbox.messageOfTop(state);
      api.lua_pushboolean(state, 0);
      api.lua_insert(state, 1);
    }
    return api.lua_gettop(state);
  }
}
