/*
 * One script at work
 * ------------------
 * A script runs in a thread of Lua's own, which can be left in the middle and gone on with. After every
 * SLICE instructions a hook looks at the time: a script that goes on for long gives the server back, so that
 * whoever drives it (the page, the simulation, Node) stays alive, and goes on in an event of its own.
 *
 * Lua 5.1 cannot leave a thread in the middle of a function that C has called. Where a function of Lua's library calls one
 * of the script (pcall, gsub, table.sort), and where a coroutine is resumed, that one gets a frame here: a thread of its
 * own and the story of what its caller goes on with (stories.ts). When the innermost thread is left, its callers are left
 * too, and `advance` later takes them up again from the inside out. In a metamethod, in an iterator written in Lua and in the
 * few functions that have no story the script runs on until it is out again, or until it has run for so long that it is ended.
 *
 * An error leaves its thread as it was, so the place of the error is read from the dead thread's stack.
 */
import type { Bytes } from '../bytes.ts';
import type { Client } from '../client.ts';
import type { Micros } from '../env.ts';
import { pushError } from './conversions.ts';
import type { DebugSession } from './debugger/session.ts';
import { LUA_ERRRUN, LUA_OK, LUA_REGISTRYINDEX, LUA_YIELD, type LuaPlace, type LuaState, type LuaVm } from './lua-vm.ts';
import { errorMessage, SLICE, type Sandbox, type StoryTeller } from './sandbox.ts';
import type { ScriptFlag } from './shebang.ts';
import { StoryError, type Story, type StoryEnd } from './stories.ts';

/** So long a script keeps the server before it gives it back. Told by the clock: a slice full of commands takes far longer than a bare one. */
const EVENT_US = 10_000;
/** Where a script cannot be left it may go on for this many slices, some four seconds. */
const MOST_SLICES_INSIDE = 10_000;
/** Lua's limit of nested C calls, less one: from there on the usual pcall says what Lua says. */
const DEEPEST_THREAD = 199;

/** One call from a function of Lua's library into the script. */
interface Frame {
  /** Where the script's function runs. */
  readonly thread: LuaState;
  readonly caller: LuaState;
  readonly story: Story;
  /** `caught`: the story is told of an error. `placed`: the error gets the place of the caller in front, as coroutine.wrap does it. */
  readonly errors: 'caught' | 'passed' | 'placed';
  /** The thread was made for this frame. */
  readonly isOwn: boolean;
}

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
  monotonic(): Micros;
}

export class ScriptRun implements StoryTeller {
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
  /** The script's own thread: arguments are pushed there before it starts, the result stands there at its end. */
  readonly thread: LuaState;
  /** The calls that are under way, the innermost last. */
  private readonly frames: Frame[] = [];
  /** Threads yield because the script is left, and not because a coroutine does. */
  private isLeaving = false;
  /** On top of this thread stands the error that the innermost running thread is to end with. */
  private raising: LuaState | undefined;
  /** Where the error that is on its way happened. */
  private failedAt: LuaPlace | undefined;
  /** When the event began in which it runs. */
  private eventUs = 0;
  private slicesInside = 0;

  /** `function`: where the function to be run stands in the registry. */
  constructor(sandbox: Sandbox, listener: SliceListener, rights: ScriptRights, startedUs: number, fn: number, session?: DebugSession) {
    this.sandbox = sandbox;
    this.listener = listener;
    this.rights = rights;
    this.startedUs = startedUs;
    this.thread = sandbox.takeThread();
    sandbox.vm.api.lua_rawgeti(this.thread, LUA_REGISTRYINDEX, fn);
    this.session = session;
    session?.begin(this, sandbox);
    if (session !== undefined) sandbox.vm.setHook(this.thread, SLICE, true);
  }

  get vm(): LuaVm {
    return this.sandbox.vm;
  }

  /** The thread that runs, or goes on next. */
  private get innermost(): LuaState {
    return this.frames.at(-1)?.thread ?? this.thread;
  }

  /**
   * Starts the script, with the arguments that were pushed, or goes on with it. True when it has come to its
   * end, a failure when that was an error; undefined when it was left in the middle.
   */
  advance(args: number): true | ScriptFailure | undefined {
    const { vm } = this.sandbox;
    const { api } = vm;
    this.eventUs = this.listener.monotonic();
    this.isLeaving = false;
    vm.hook = this.onHook;
    this.sandbox.teller = this;
    for (;;) {
      const frame = this.frames.at(-1);
      const thread = this.innermost;
      let status = api.lua_resume(thread, args);
      if (status === LUA_YIELD && this.isLeaving) return undefined;
      if (this.raising !== undefined && status === LUA_OK) {
        // No instruction was left at which the hook could have raised it.
        this.takeError(thread);
        status = LUA_ERRRUN;
      }
      if (frame === undefined) {
        if (status !== LUA_OK) return this.failure(thread);
        api.lua_settop(thread, 1);
        return true;
      }
      const outcome = this.ends(frame, status) ? this.goOn(frame, status) : 'failed';
      if (outcome === 'left') return undefined;
      args = outcome === 'failed' ? 0 : outcome;
      if (outcome !== 'failed') continue;
      // The caller's function of C has gone: its thread ends at the next instruction.
      this.raising = this.close(frame);
      vm.setHook(frame.caller, 1);
    }
  }

  /** The script is over and its result was taken: the thread is free, unless an error has ended it. */
  end(failed: boolean): void {
    if (this.session !== undefined) this.vm.setHook(this.thread, SLICE);
    this.sandbox.teller = undefined;
    this.sandbox.giveThread(this.thread, failed);
  }

  /** The threads in which it is at work, the innermost first. */
  callers(): readonly LuaState[] {
    return [...this.frames.map(({ thread }) => thread).reverse(), this.thread];
  }

  /** Whether the hook is called for every line. */
  followLines(on: boolean): void {
    for (const thread of this.callers()) this.vm.setHook(thread, SLICE, on);
  }

  private failure(thread: LuaState): ScriptFailure {
    return { ...errorMessage(this.sandbox.vm, thread), place: this.failedAt ?? this.placeIn(thread) };
  }

  /** The place of an error in a thread that it has ended, or that is inside a function of ours. */
  private placeIn(thread: LuaState): LuaPlace | undefined {
    const { vm } = this.sandbox;
    const place = vm.place(thread, 0);
    return place?.native === true ? vm.place(thread, 1) : place;
  }

  /** Ends the script with this error, at its next instruction. */
  kill(text: Bytes): void {
    this.killed = text;
    for (const thread of this.callers()) this.sandbox.vm.setHook(thread, 1);
  }

  private readonly onHook = (state: LuaState, line?: number): void => {
    const { vm } = this.sandbox;
    if (this.session !== undefined && this.debugged(this.session, state, line)) return;
    if (this.raising !== undefined && this.killed === undefined) {
      this.takeError(state);
      vm.raiseTop(state);
    }
    if (line !== undefined) return;
    if (this.killed === undefined) this.listener.sliceOver(this);
    if (this.killed !== undefined) {
      this.raising = undefined;
      vm.setHook(state, 1);
      vm.raise(state, this.killed);
    }
    if (!this.mayLeave || this.listener.monotonic() - this.eventUs < EVENT_US) return;
    if (this.canLeave(state)) this.leave(state);
    else if (++this.slicesInside > MOST_SLICES_INSIDE) this.kill('ERR Script ended: it ran too long where Lua cannot be interrupted');
  };

  /** What the debugger has to do with a call of the hook; true when that was all. */
  private debugged(session: DebugSession, state: LuaState, line: number | undefined): boolean {
    const { vm } = this.sandbox;
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
    if (!this.canLeave(state)) return false;
    const place = vm.place(state, 0);
    if (place?.source !== '@user_script' || !session.stopsAt(state, line ?? place.line, line !== undefined)) return false;
    this.leave(state);
    return true;
  }

  /** Whether a thread can be left now: none of those behind it waits in a function of C that cannot be left. */
  private canLeave(state: LuaState): boolean {
    return state === this.innermost && this.sandbox.vm.canYield(state);
  }

  private leave(state: LuaState): number {
    this.slicesInside = 0;
    this.isLeaving = true;
    return this.sandbox.vm.api.lua_yield(state, 0);
  }

  // --- calls from Lua's library into the script ---------------------------------------------------------

  canTell(state: LuaState): boolean {
    return this.canLeave(state) && this.sandbox.vm.depth(state) < DEEPEST_THREAD;
  }

  tell(state: LuaState, story: (thread: LuaState) => Story, errors: Frame['errors'] = 'passed'): number {
    const { vm, scriptThreads, owners } = this.sandbox;
    const { api } = vm;
    const count = api.lua_gettop(state);
    const thread = api.lua_newthread(state);
    api.lua_insert(state, 1);
    api.lua_xmove(state, thread, count);
    vm.setDepth(thread, vm.depth(state));
    scriptThreads.add(thread);
    const owner = this.sandbox.ownerOf(state);
    if (owner !== undefined) owners.set(thread, owner);
    return this.begin({ thread, caller: state, story: story(thread), errors, isOwn: true });
  }

  tellResumed(state: LuaState, thread: LuaState, story: Story, errors: Frame['errors']): number {
    return this.begin({ thread, caller: state, story, errors, isOwn: false });
  }

  callerOf(thread: LuaState): LuaState | undefined {
    return this.frames.findLast((frame) => frame.thread === thread && frame.isOwn)?.caller;
  }

  get isCaught(): boolean {
    return this.frames.some((frame) => frame.errors === 'caught');
  }

  isAtWork(thread: LuaState): boolean {
    return this.frames.some((frame) => frame.thread === thread);
  }

  private begin(frame: Frame): number {
    this.frames.push(frame);
    const outcome = this.goOn(frame, LUA_OK);
    if (outcome === 'left') return this.sandbox.vm.api.lua_yield(frame.caller, 0);
    if (outcome !== 'failed') return outcome;
    this.raising = this.close(frame);
    this.takeError(frame.caller);
    return this.sandbox.vm.raiseTop(frame.caller);
  }

  /** Goes on with a story, which hears how its call ended; the number of results that it has left to its caller, if it is over. */
  private goOn(frame: Frame, how: number): number | 'left' | 'failed' {
    const { api } = this.sandbox.vm;
    for (let status = how; ; ) {
      let next: IteratorResult<number, StoryEnd>;
      try {
        next = frame.story.next(status);
      } catch (error) {
        if (!(error instanceof StoryError)) throw error;
        this.sandbox.vm.pushBytes(frame.thread, error.text);
        this.placeError(frame);
        return 'failed';
      }
      if (next.done === true) {
        const { results, ok } = next.value;
        this.close(frame);
        api.lua_checkstack(frame.caller, results + 1);
        if (ok !== undefined) api.lua_pushboolean(frame.caller, ok ? 1 : 0);
        api.lua_xmove(frame.thread, frame.caller, results);
        return ok === undefined ? results : results + 1;
      }
      status = api.lua_resume(frame.thread, next.value);
      if (status === LUA_YIELD && this.isLeaving) return 'left';
      if (!this.ends(frame, status)) return 'failed';
    }
  }

  /** A call of the frame's has come to its end. False: with an error that is none of the story's. */
  private ends(frame: Frame, status: number): boolean {
    // Not to be caught: the caller ends at its next instruction.
    if (this.killed !== undefined) this.sandbox.vm.setHook(frame.caller, 1);
    if (status === LUA_OK || status === LUA_YIELD) return true;
    if (frame.errors === 'caught') {
      this.failedAt = undefined;
      return true;
    }
    if (frame.errors === 'placed') this.placeError(frame);
    else this.failedAt ??= this.placeIn(frame.thread);
    return false;
  }

  /** The error on top of the frame's thread is one of its caller's line. */
  private placeError({ thread, caller }: Frame): void {
    const { vm } = this.sandbox;
    const { api } = vm;
    this.failedAt = this.placeIn(caller);
    if (api.lua_isstring(thread, -1) === 0) return;
    api.luaL_where(caller, 1);
    const where = vm.bytes(caller, -1) ?? '';
    api.lua_settop(caller, -2);
    vm.pushBytes(thread, `${where}${vm.bytes(thread, -1) ?? ''}`);
  }

  /** The frame is over. */
  private close({ thread, isOwn }: Frame): LuaState {
    this.frames.pop();
    if (isOwn) this.sandbox.forgetThread(thread);
    return thread;
  }

  /** Moves the error that is on its way to this thread. */
  private takeError(state: LuaState): void {
    const from = this.raising;
    this.raising = undefined;
    if (from !== undefined) this.sandbox.vm.api.lua_xmove(from, state, 1);
  }
}
