/*
 * What a script can reach
 * -----------------------
 * The real server patches Lua so that tables can be closed for writing. Ours is Lua as it is, so a script
 * sees an empty table in front of each library and of the globals: reading goes through `__index` to the
 * real one, writing ends in `__newindex`. Functions that look past metatables (pairs, next, rawget, rawset,
 * getmetatable, setmetatable) are our own and look at the real table. What remains different: table.insert
 * and its kin put something into the empty table where the real server complains.
 *
 * What could leave the sandbox is not there at all: io, os (but for os.clock), require, print, getfenv.
 *
 * The state's stack keeps the tables that are always needed: the real globals at GLOBALS, and the metatable
 * of the empty table in front of them at FRONT.
 */
import { cText, type Bytes } from '../bytes.ts';
import {
  LUA_GLOBALSINDEX, LUA_MULTRET, LUA_OK, LUA_REGISTRYINDEX, LUA_TBOOLEAN, LUA_TFUNCTION, LUA_TNIL, LUA_TSTRING, LUA_TTABLE, type LuaFunction, type LuaState, type LuaVm,
} from './lua-vm.ts';
import { checkInt, luaError, NULL, type Library } from './library.ts';
import { addCoroutines } from './coroutines.ts';
import { stringFormat } from './printf.ts';
import type { LuaRandom } from './random.ts';
import { forEach, protectedCall, sort, substitute, type Story } from './stories.ts';

const READONLY = 'Attempt to modify a readonly table';
/** Light userdata that no script can make: the key, in the metatable of an empty table, of the real one. */
const MARK = 1;
/** What Lua's base library has and a script must not. */
const REMOVED = ['dofile', 'loadfile', 'print', 'getfenv', 'setfenv', 'newproxy'];

/** Numbers below it are whole numbers of 32 bits, either sign. */
const INT_RANGE = 2 ** 31;

/** Instructions between two calls of the hook. */
export const SLICE = 100_000;

const GLOBALS = 1;
const FRONT = 2;

/** Runs functions of the script in threads that can be left (run.ts). */
export interface StoryTeller {
  /** Whether a call from here could be left. */
  canTell(state: LuaState): boolean;
  /** Runs a story in place of the function that has been called in `state`, with its arguments. */
  tell(state: LuaState, story: (thread: LuaState) => Story, errors?: 'caught' | 'passed'): number;
  /** The same in a coroutine, which has its arguments. */
  tellResumed(state: LuaState, thread: LuaState, story: Story, errors: 'caught' | 'placed'): number;
  /** Where a thread that was made for a call was called from. */
  callerOf(thread: LuaState): LuaState | undefined;
  /** Something that is told now ends an error: pcall, or a coroutine. */
  readonly isCaught: boolean;
  /** The thread runs, or waits for one that does. */
  isAtWork(thread: LuaState): boolean;
}

export interface SandboxHost {
  readonly random: LuaRandom;
  /** CPU time of the process, in microseconds. */
  cpuUs(): number;
}

export class Sandbox {
  readonly vm: LuaVm;
  readonly state: LuaState;
  /** Threads in which scripts run: to the script they are no coroutines. */
  readonly scriptThreads = new Set<LuaState>();
  private readonly freeThreads: LuaState[] = [];
  private readonly anchors = new Map<LuaState, number>();
  /** Threads that run a part of a coroutine, and the coroutine. */
  readonly owners = new Map<LuaState, LuaState>();
  /** Whoever runs the script. */
  teller: StoryTeller | undefined;

  constructor(vm: LuaVm, host: SandboxHost) {
    const { api } = vm;
    const state = vm.open();
    this.vm = vm;
    this.state = state;
    api.lua_pushvalue(state, LUA_GLOBALSINDEX);
    this.replaceBase(host);
    // A name that is missing among the globals.
    api.lua_createtable(state, 0, 1);
    this.pushMissing();
    vm.setField(state, -2, '__index');
    api.lua_pushvalue(state, -1);
    const missing = api.luaL_ref(state, LUA_REGISTRYINDEX);
    api.lua_setmetatable(state, GLOBALS);
    for (const name of ['string', 'table', 'math', 'coroutine']) {
      vm.getField(state, GLOBALS, name);
      this.close();
      vm.setField(state, GLOBALS, name);
    }
    // The globals as scripts see them, which are also `_G`.
    api.lua_pushvalue(state, GLOBALS);
    this.close();
    api.lua_pushvalue(state, -1);
    vm.setField(state, GLOBALS, '_G');
    api.lua_getmetatable(state, -1);
    api.lua_rawgeti(state, LUA_REGISTRYINDEX, missing);
    this.close();
    vm.setField(state, -2, '__metatable');
    api.lua_insert(state, FRONT);
    api.lua_replace(state, LUA_GLOBALSINDEX);
    this.closeStringMetatable();
  }

  /** A thread for a script: one that is free, or a new one. */
  takeThread(): LuaState {
    const free = this.freeThreads.pop();
    if (free !== undefined) return free;
    const { vm, state } = this;
    const thread = vm.api.lua_newthread(state);
    this.anchors.set(thread, vm.api.luaL_ref(state, LUA_REGISTRYINDEX));
    this.scriptThreads.add(thread);
    vm.setHook(thread, SLICE);
    return thread;
  }

  /** The thread's script is over; a thread that an error has ended cannot be used again. */
  giveThread(thread: LuaState, dead: boolean): void {
    if (!dead) {
      this.vm.api.lua_settop(thread, 0);
      this.freeThreads.push(thread);
      return;
    }
    this.scriptThreads.delete(thread);
    this.vm.api.luaL_unref(this.state, LUA_REGISTRYINDEX, this.anchors.get(thread) ?? 0);
    this.anchors.delete(thread);
  }

  /** A thread that was made for a call is over: its place in memory can be another's soon. */
  forgetThread(thread: LuaState): void {
    this.scriptThreads.delete(thread);
    this.owners.delete(thread);
  }

  /** The coroutine that a thread runs; undefined for the script itself. */
  ownerOf(thread: LuaState): LuaState | undefined {
    return this.owners.get(thread) ?? (this.scriptThreads.has(thread) ? undefined : thread);
  }

  /** Sets a global of the topmost value. */
  setGlobal(name: string): void {
    this.vm.setField(this.state, GLOBALS, name);
  }

  /** A library as a global, closed for writing. */
  addLibrary(name: string, library: Library): void {
    this.pushLibrary(library);
    this.close();
    this.setGlobal(name);
  }

  /** Pushes a table of the library's entries, open for writing. */
  pushLibrary(library: Library): void {
    const { vm, state } = this;
    vm.api.lua_createtable(state, 0, library.length);
    for (const [field, value] of library) {
      if (typeof value === 'function') vm.pushFunction(state, value);
      else if (typeof value === 'number') vm.api.lua_pushnumber(state, value);
      else if (value === NULL) vm.api.lua_pushlightuserdata(state, 0);
      else vm.pushBytes(state, value);
      vm.setField(state, -2, field);
    }
  }

  /** The topmost table becomes what the globals are read from, until restoreGlobals. */
  replaceGlobals(): void {
    this.vm.setField(this.state, FRONT, '__index');
  }

  restoreGlobals(): void {
    this.vm.api.lua_pushvalue(this.state, GLOBALS);
    this.replaceGlobals();
  }

  /** Replaces the topmost table by an empty one in front of it, which lets itself be read and not be written. */
  close(): void {
    const { vm, state } = this;
    const { api } = vm;
    api.lua_createtable(state, 0, 0);
    api.lua_createtable(state, 0, 4);
    api.lua_pushvalue(state, -3);
    vm.setField(state, -2, '__index');
    vm.pushFunction(state, this.refuseWrite);
    vm.setField(state, -2, '__newindex');
    api.lua_pushlightuserdata(state, MARK);
    api.lua_pushvalue(state, -4);
    api.lua_rawset(state, -3);
    api.lua_setmetatable(state, -2);
    api.lua_remove(state, -2);
  }

  /** A metatable's `__index` that complains about a missing name. */
  pushMissing(): void {
    this.vm.pushFunction(this.state, this.refuseMissing);
  }

  private readonly refuseWrite = (state: LuaState): never => luaError(this.vm, state, READONLY);

  private readonly refuseMissing = (state: LuaState): never =>
    luaError(this.vm, state, `Script attempted to access nonexistent global variable '${cText(this.vm.bytes(state, 2) ?? '')}'`);

  /** Pushes the real table behind the value at `index` when that is one of our empty tables. */
  private pushReal(state: LuaState, index: number): boolean {
    const { api } = this.vm;
    if (api.lua_getmetatable(state, index) === 0) return false;
    api.lua_pushlightuserdata(state, MARK);
    api.lua_rawget(state, -2);
    if (api.lua_type(state, -1) === LUA_TNIL) {
      api.lua_settop(state, -3);
      return false;
    }
    api.lua_remove(state, -2);
    return true;
  }

  /** `getmetatable("")` shows a copy that cannot be written. */
  private closeStringMetatable(): void {
    const { vm, state } = this;
    const { api } = vm;
    vm.pushBytes(state, '');
    api.lua_getmetatable(state, -1);
    api.lua_createtable(state, 0, 1);
    vm.getField(state, GLOBALS, 'string');
    vm.setField(state, -2, '__index');
    this.close();
    vm.setField(state, -2, '__metatable');
    api.lua_settop(state, -3);
  }

  // --- functions of the base library that are our own ------------------------------------------------

  private replaceBase(host: SandboxHost): void {
    const { vm, state } = this;
    const { api } = vm;
    const set = (table: number, name: string, fn: LuaFunction): void => {
      vm.pushFunction(state, fn);
      vm.setField(state, table < 0 ? table - 1 : table, name);
    };
    for (const name of REMOVED) {
      api.lua_pushnil(state);
      vm.setField(state, GLOBALS, name);
    }
    vm.getField(state, GLOBALS, 'next');
    const next = api.luaL_ref(state, LUA_REGISTRYINDEX);
    set(GLOBALS, 'pairs', (s) => {
      api.luaL_checktype(s, 1, LUA_TTABLE);
      api.lua_rawgeti(s, LUA_REGISTRYINDEX, next);
      if (this.pushReal(s, 1)) this.copyTop(s);
      else api.lua_pushvalue(s, 1);
      api.lua_pushnil(s);
      return 3;
    });
    set(GLOBALS, 'next', (s) => {
      api.luaL_checktype(s, 1, LUA_TTABLE);
      api.lua_settop(s, 2);
      if (this.pushReal(s, 1)) api.lua_replace(s, 1);
      if (api.lua_next(s, 1) !== 0) return 2;
      api.lua_pushnil(s);
      return 1;
    });
    set(GLOBALS, 'rawget', (s) => {
      api.luaL_checktype(s, 1, LUA_TTABLE);
      api.luaL_checkany(s, 2);
      api.lua_settop(s, 2);
      if (this.pushReal(s, 1)) api.lua_replace(s, 1);
      api.lua_rawget(s, 1);
      return 1;
    });
    set(GLOBALS, 'rawset', (s) => {
      api.luaL_checktype(s, 1, LUA_TTABLE);
      api.luaL_checkany(s, 2);
      api.luaL_checkany(s, 3);
      api.lua_settop(s, 3);
      if (this.pushReal(s, 1)) return vm.raise(s, READONLY);
      api.lua_rawset(s, 1);
      return 1;
    });
    set(GLOBALS, 'setmetatable', (s) => {
      const type = api.lua_type(s, 2);
      api.luaL_checktype(s, 1, LUA_TTABLE);
      if (type !== LUA_TNIL && type !== LUA_TTABLE) vm.argumentError(s, 2, 'nil or table expected');
      if (this.pushReal(s, 1)) return vm.raise(s, READONLY);
      if (this.pushProtection(s)) return luaError(vm, s, 'cannot change a protected metatable');
      api.lua_settop(s, 2);
      api.lua_setmetatable(s, 1);
      return 1;
    });
    set(GLOBALS, 'getmetatable', (s) => {
      api.luaL_checkany(s, 1);
      if (this.pushProtection(s)) return 1;
      if (this.pushReal(s, 1) || api.lua_getmetatable(s, 1) === 0) api.lua_pushnil(s);
      return 1;
    });
    set(GLOBALS, 'error', (s) => {
      const level = api.lua_type(s, 2) <= LUA_TNIL ? 1 : checkInt(vm, s, 2);
      api.lua_settop(s, 1);
      if (api.lua_isstring(s, 1) === 0 || level <= 0) return vm.raiseTop(s);
      return vm.raise(s, `${this.where(s, level)}${vm.bytes(s, 1) ?? ''}`);
    });
    set(GLOBALS, 'pcall', (s) => this.protectedCall(s));
    /** A function of Lua's own that gets a story where `tells` finds one. */
    const wrap = (table: number, name: string, tells: (s: LuaState) => ((thread: LuaState) => Story) | undefined): void => {
      vm.getField(state, table, name);
      const native = vm.native(state, -1);
      api.lua_settop(state, -2);
      set(table, name, (s) => {
        const story = this.teller?.canTell(s) === true ? tells(s) : undefined;
        return story === undefined ? native(s) : (this.teller as StoryTeller).tell(s, story);
      });
    };
    const isTableAndFunction = (s: LuaState): boolean => api.lua_type(s, 1) === LUA_TTABLE && api.lua_type(s, 2) === LUA_TFUNCTION;
    vm.getField(state, GLOBALS, 'table');
    wrap(-1, 'sort', (s) => (isTableAndFunction(s) ? (thread) => sort(vm, thread) : undefined));
    wrap(-1, 'foreach', (s) => (isTableAndFunction(s) ? (thread) => forEach(vm, thread, false) : undefined));
    wrap(-1, 'foreachi', (s) => (isTableAndFunction(s) ? (thread) => forEach(vm, thread, true) : undefined));
    set(GLOBALS, 'loadstring', (s) => {
      const chunk = vm.checkBytes(s, 1);
      return this.load(s, chunk, api.lua_type(s, 2) <= LUA_TNIL ? chunk : vm.checkBytes(s, 2));
    });
    set(GLOBALS, 'load', (s) => this.loadPieces(s));
    /** The arguments are whole numbers, of 64 bits in the real server and of 32 here; those of C's type `int` have 32 in both. */
    const fit = (table: number, name: string, places: readonly number[], isInt: boolean): void => {
      vm.getField(state, table, name);
      const native = vm.native(state, -1);
      api.lua_settop(state, -2);
      set(table, name, (s) => {
        // Of two arguments of table.insert the second is a value, not a place.
        if (name === 'insert' && api.lua_gettop(s) !== 3) return native(s);
        for (const place of places) {
          if (api.lua_isnumber(s, place) === 0) continue;
          const value = api.lua_tonumber(s, place);
          if (Math.abs(value) < INT_RANGE) continue;
          const whole = Math.abs(value) < 2 ** 63 ? value : -(2 ** 63);
          api.lua_pushnumber(s, isInt ? whole | 0 : Math.sign(whole) * (INT_RANGE - 1));
          api.lua_replace(s, place);
        }
        return native(s);
      });
    };
    fit(GLOBALS, 'unpack', [2, 3], true);
    fit(GLOBALS, 'select', [1], true);
    fit(GLOBALS, 'tonumber', [2], true);
    fit(-1, 'insert', [2], true);
    fit(-1, 'remove', [2], true);
    fit(-1, 'concat', [3, 4], true);
    vm.getField(state, GLOBALS, 'string');
    fit(-1, 'find', [3], false);
    fit(-1, 'match', [3], false);
    fit(-1, 'sub', [2, 3], false);
    fit(-1, 'byte', [2, 3], false);
    fit(-1, 'rep', [2], true);
    vm.getField(state, GLOBALS, 'coroutine');
    addCoroutines(this);
    vm.getField(state, GLOBALS, 'math');
    set(-1, 'random', (s) => this.random(s, host.random));
    set(-1, 'randomseed', (s) => (host.random.seed(checkInt(vm, s, 1)), 0));
    vm.getField(state, GLOBALS, 'string');
    vm.getField(state, -1, 'format');
    set(-1, 'format', stringFormat(vm, api.luaL_ref(state, LUA_REGISTRYINDEX)));
    vm.getField(state, -1, 'find');
    const find = api.luaL_ref(state, LUA_REGISTRYINDEX);
    wrap(-1, 'gsub', (s) => {
      if (api.lua_type(s, 3) !== LUA_TFUNCTION || api.lua_isstring(s, 1) === 0 || api.lua_isstring(s, 2) === 0) return undefined;
      const most = api.lua_type(s, 4) <= LUA_TNIL ? Infinity : checkInt(vm, s, 4);
      return (thread) => substitute(vm, thread, find, most);
    });
    api.lua_settop(state, GLOBALS);
    this.addLibrary('os', [['clock', (s) => (api.lua_pushnumber(s, host.cpuUs() / 1e6), 1)]]);
  }

  /** What luaL_where says, also of functions behind the thread that runs: to the script they are one stack. */
  private where(thread: LuaState, above: number): Bytes {
    const { vm } = this;
    let [state, level] = [thread, above];
    for (;;) {
      let depth = 0;
      while (depth <= level && vm.place(state, depth) !== undefined) depth++;
      const caller = depth > level ? undefined : this.teller?.callerOf(state);
      if (caller === undefined) break;
      level -= depth;
      state = caller;
    }
    vm.api.luaL_where(state, level);
    const text = vm.bytes(state, -1) ?? '';
    vm.api.lua_settop(state, -2);
    return text;
  }

  /** How many calls of pcall are at work that are not told. */
  private catches = 0;

  /** pcall as Redis has it. */
  private protectedCall(state: LuaState): number {
    const { vm, teller } = this;
    const { api } = vm;
    const count = api.lua_gettop(state);
    if (count === 0) {
      // The real one calls what lies below its own arguments.
      api.lua_pushboolean(state, 0);
      vm.pushBytes(state, 'attempt to call a boolean value');
      return 2;
    }
    if (teller?.canTell(state) === true) return teller.tell(state, (thread) => protectedCall(vm, thread, (dead) => this.messageOfTop(dead)), 'caught');
    api.lua_pushboolean(state, 1);
    api.lua_insert(state, 1);
    let outcome: number;
    this.catches++;
    try {
      outcome = api.lua_pcall(state, count - 1, LUA_MULTRET, 0);
    } finally {
      this.catches--;
    }
    if (outcome !== LUA_OK) {
      api.lua_remove(state, 1);
      this.messageOfTop(state);
      api.lua_pushboolean(state, 0);
      api.lua_insert(state, 1);
    }
    return api.lua_gettop(state);
  }

  /** Replaces the topmost table by a copy, for a script that walks over it. */
  private copyTop(state: LuaState): void {
    const { api } = this.vm;
    api.lua_createtable(state, 0, 0);
    api.lua_pushnil(state);
    while (api.lua_next(state, -3) !== 0) {
      api.lua_pushvalue(state, -2);
      api.lua_insert(state, -2);
      api.lua_rawset(state, -4);
    }
    api.lua_remove(state, -2);
  }

  /** Pushes `__metatable` of the first argument's metatable, if it has one. */
  private pushProtection(state: LuaState): boolean {
    const { vm } = this;
    const { api } = vm;
    if (api.lua_getmetatable(state, 1) === 0) return false;
    vm.pushBytes(state, '__metatable');
    api.lua_rawget(state, -2);
    if (api.lua_type(state, -1) === LUA_TNIL) {
      api.lua_settop(state, -3);
      return false;
    }
    return true;
  }

  /**
   * Replaces the topmost error by its message when it is a table that has one; a table that has none is followed by
   * a nil, as the real server's pcall leaves it. Returns how many values stand there.
   */
  messageOfTop(state: LuaState): number {
    const { vm } = this;
    if (vm.api.lua_type(state, -1) !== LUA_TTABLE) return 1;
    vm.getField(state, -1, 'err');
    if (vm.api.lua_isstring(state, -1) === 0) return 2;
    vm.api.lua_replace(state, -2);
    return 1;
  }

  /** Compiles text, never a compiled chunk: that could break out of Lua. */
  private load(state: LuaState, chunk: Bytes, name: Bytes): number {
    const { vm } = this;
    const { api } = vm;
    if (!chunk.startsWith('\x1b')) {
      if (vm.load(state, chunk, cText(name)) === LUA_OK) return 1;
    } else vm.pushBytes(state, `${chunkId(cText(name))}:1: unexpected symbol near 'char(27)'`);
    api.lua_pushnil(state);
    api.lua_insert(state, -2);
    return 2;
  }

  private loadPieces(state: LuaState): number {
    const { vm } = this;
    const { api } = vm;
    const name = api.lua_type(state, 2) <= LUA_TNIL ? '=(load)' : vm.checkBytes(state, 2);
    api.luaL_checktype(state, 1, LUA_TFUNCTION);
    let chunk = '';
    // The server's own handler sees an error of the reader, too, unless something nearer ends it; a coroutine has no handler.
    const isCaught = this.catches > 0 || this.teller?.isCaught === true || this.ownerOf(state) !== undefined;
    for (;;) {
      vm.pushFunction(state, this.completeError);
      api.lua_pushvalue(state, 1);
      const failed = api.lua_pcall(state, 0, 1, isCaught ? 0 : api.lua_gettop(state) - 1) !== LUA_OK;
      api.lua_remove(state, -2);
      if (!failed && api.lua_type(state, -1) === LUA_TNIL) break;
      const piece = failed ? undefined : vm.bytes(state, -1);
      if (piece === '') break;
      if (piece === undefined) {
        if (!failed) {
          vm.pushBytes(state, `${this.where(state, 1)}reader function must return a string`);
          if (!isCaught) this.completeError(state);
        }
        api.lua_pushnil(state);
        api.lua_insert(state, -2);
        return 2;
      }
      api.lua_settop(state, -2);
      chunk += piece;
      // A compiled chunk is refused by its first byte: nothing more is read of it.
      if (chunk.startsWith('\x1b')) break;
    }
    return this.load(state, chunk, name);
  }

  /** What the real server makes of an error that nothing but its own handler has seen: a table that tells the place, too. */
  private readonly completeError = (state: LuaState): number => {
    const { vm } = this;
    const { api } = vm;
    if (api.lua_type(state, -1) !== LUA_TTABLE) {
      const { text } = errorMessage(vm, state);
      api.lua_createtable(state, 0, 3);
      vm.pushBytes(state, text);
      vm.setField(state, -2, 'err');
    }
    const place = vm.place(state, 1)?.native === true ? vm.place(state, 2) : vm.place(state, 1);
    if (place === undefined) return 1;
    vm.pushBytes(state, place.source);
    vm.setField(state, -2, 'source');
    api.lua_pushnumber(state, place.line);
    vm.setField(state, -2, 'line');
    return 1;
  };

  private random(state: LuaState, random: LuaRandom): number {
    const { vm } = this;
    const { api } = vm;
    const fraction = random.next();
    switch (api.lua_gettop(state)) {
      case 0:
        api.lua_pushnumber(state, fraction);
        return 1;
      case 1: {
        const most = checkInt(vm, state, 1);
        if (most < 1) vm.argumentError(state, 1, 'interval is empty');
        api.lua_pushnumber(state, Math.floor(fraction * most) + 1);
        return 1;
      }
      case 2: {
        const least = checkInt(vm, state, 1);
        const most = checkInt(vm, state, 2);
        if (least > most) vm.argumentError(state, 2, 'interval is empty');
        api.lua_pushnumber(state, Math.floor(fraction * ((most - least + 1) | 0)) + least);
        return 1;
      }
      default:
        return luaError(vm, state, 'wrong number of arguments');
    }
  }
}

/** How Lua names a chunk in messages. */
function chunkId(name: Bytes): Bytes {
  if (name.startsWith('=') || name.startsWith('@')) return name.slice(1);
  const line = /^[^\r\n]*/.exec(name)?.[0] ?? '';
  const shown = line.slice(0, 43);
  return `[string "${shown}${shown.length < name.length ? '...' : ''}"]`;
}

/** What an error value says, as `tostring` shows it; a table's `err` field for tables. */
export function errorMessage(vm: LuaVm, state: LuaState): { readonly text: Bytes; readonly counted: boolean } {
  const { api } = vm;
  if (api.lua_type(state, -1) === LUA_TTABLE) {
    vm.getField(state, -1, 'err');
    const text = vm.bytes(state, -1);
    vm.getField(state, -2, 'ignore_error_stats_update');
    const counted = api.lua_type(state, -1) === LUA_TBOOLEAN && api.lua_toboolean(state, -1) !== 0;
    api.lua_settop(state, -3);
    // The real server stops with a segmentation fault here.
    return { text: text ?? 'ERR the error is a table without a message', counted };
  }
  return { text: `ERR ${shownValue(vm, state)}`, counted: false };
}

function shownValue(vm: LuaVm, state: LuaState): Bytes {
  const { api } = vm;
  switch (api.lua_type(state, -1)) {
    case LUA_TNIL:
      return 'nil';
    case LUA_TBOOLEAN:
      return api.lua_toboolean(state, -1) === 0 ? 'false' : 'true';
    case LUA_TFUNCTION:
      return `function: 0x${api.lua_topointer(state, -1).toString(16)}`;
    case LUA_TSTRING:
    default:
      return vm.bytes(state, -1) ?? `userdata: 0x${api.lua_topointer(state, -1).toString(16)}`;
  }
}
