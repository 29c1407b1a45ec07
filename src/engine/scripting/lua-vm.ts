/*
 * Lua, as the engine asks for it
 * ------------------------------
 * Scripts run in the real Lua 5.1, which the environment hands in (`Env.lua`). What the engine needs is
 * Lua's own C API; the names below are those of the Lua manual, so that its chapter 3 is the reference here.
 * A value is reached through its place on a stack, a state is a number, and a function of ours gets the
 * state that calls it and returns how many results it has pushed.
 *
 * An error of Lua leaves our functions as a JavaScript exception that only Lua catches: `raise` never
 * returns, and nobody may swallow what it throws.
 */
import type { Bytes } from '../bytes.ts';

/** A Lua state or coroutine. */
export type LuaState = number;

/** A function that Lua calls: takes its arguments from the stack, pushes results, returns their number. */
export type LuaFunction = (state: LuaState) => number;

/** Places on the stack that are none. */
export const LUA_REGISTRYINDEX = -10000;
export const LUA_GLOBALSINDEX = -10002;
/** The place of an upvalue of the running function, counted from one. */
export const upvalueIndex = (n: number): number => LUA_GLOBALSINDEX - n;

export const LUA_MULTRET = -1;

// Results of a call.
export const LUA_OK = 0;
export const LUA_YIELD = 1;
export const LUA_ERRRUN = 2;
export const LUA_ERRMEM = 4;

// Types.
export const LUA_TNONE = -1;
export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TLIGHTUSERDATA = 2;
export const LUA_TNUMBER = 3;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;
export const LUA_TTHREAD = 8;

/** Lua's C API where it deals in numbers alone. */
export interface LuaApi {
  lua_gettop(state: LuaState): number;
  lua_settop(state: LuaState, top: number): void;
  lua_pushvalue(state: LuaState, index: number): void;
  lua_remove(state: LuaState, index: number): void;
  lua_insert(state: LuaState, index: number): void;
  lua_replace(state: LuaState, index: number): void;
  lua_checkstack(state: LuaState, extra: number): number;
  lua_xmove(from: LuaState, to: LuaState, n: number): void;
  lua_type(state: LuaState, index: number): number;
  lua_rawequal(state: LuaState, a: number, b: number): number;
  lua_tonumber(state: LuaState, index: number): number;
  lua_toboolean(state: LuaState, index: number): number;
  lua_isnumber(state: LuaState, index: number): number;
  lua_isstring(state: LuaState, index: number): number;
  lua_objlen(state: LuaState, index: number): number;
  lua_topointer(state: LuaState, index: number): number;
  lua_pushnil(state: LuaState): void;
  lua_pushnumber(state: LuaState, value: number): void;
  lua_pushboolean(state: LuaState, value: number): void;
  lua_pushlightuserdata(state: LuaState, pointer: number): void;
  lua_createtable(state: LuaState, arrayLength: number, others: number): void;
  lua_gettable(state: LuaState, index: number): void;
  lua_rawget(state: LuaState, index: number): void;
  lua_rawgeti(state: LuaState, index: number, n: number): void;
  lua_settable(state: LuaState, index: number): void;
  lua_rawset(state: LuaState, index: number): void;
  lua_rawseti(state: LuaState, index: number, n: number): void;
  lua_getmetatable(state: LuaState, index: number): number;
  lua_setmetatable(state: LuaState, index: number): number;
  lua_next(state: LuaState, index: number): number;
  lua_call(state: LuaState, args: number, results: number): void;
  lua_pcall(state: LuaState, args: number, results: number, handler: number): number;
  lua_newthread(state: LuaState): LuaState;
  lua_pushthread(state: LuaState): number;
  lua_resume(state: LuaState, args: number): number;
  lua_status(state: LuaState): number;
  lua_tothread(state: LuaState, index: number): LuaState;
  lua_yield(state: LuaState, results: number): number;
  lua_gc(state: LuaState, what: number, data: number): number;
  luaL_ref(state: LuaState, table: number): number;
  luaL_unref(state: LuaState, table: number, ref: number): void;
  luaL_checknumber(state: LuaState, argument: number): number;
  luaL_checkinteger(state: LuaState, argument: number): number;
  luaL_optinteger(state: LuaState, argument: number, otherwise: number): number;
  luaL_checktype(state: LuaState, argument: number, type: number): void;
  luaL_checkany(state: LuaState, argument: number): void;
  luaL_where(state: LuaState, level: number): void;
  lua_close(state: LuaState): void;
}

/** Where a function of the call stack stands. */
export interface LuaPlace {
  /** `@user_script`, or the text of a chunk that has no name. */
  readonly source: Bytes;
  readonly line: number;
  /** What the caller calls it; undefined when that cannot be told. */
  readonly name: Bytes | undefined;
  /** A function that is not written in Lua. */
  readonly native: boolean;
}

/** Thrown where Lua is not to be had: the reason, in words. */
export class LuaMissing extends Error {}

/** One machine: its states share memory, and nothing with those of another. */
export interface LuaVm {
  readonly api: LuaApi;
  /** A state with base, coroutine, table, string and math, as Lua ships them. */
  open(): LuaState;
  /** The string or number at `index` as bytes; undefined for every other value. A number becomes a string in place. */
  bytes(state: LuaState, index: number): Bytes | undefined;
  pushBytes(state: LuaState, bytes: Bytes): void;
  /** The same where nothing catches Lua's errors; false: there is no memory for it. */
  tryPushBytes(state: LuaState, bytes: Bytes): boolean;
  /** Pushes a function with the `upvalues` topmost values as its upvalues. Functions live as long as the machine: make each once. */
  pushFunction(state: LuaState, fn: LuaFunction, upvalues?: number): void;
  /** The C function at `index`, to be called from a function of ours in its place, with the same arguments. */
  native(state: LuaState, index: number): LuaFunction;
  getField(state: LuaState, index: number, name: string): void;
  setField(state: LuaState, index: number, name: string): void;
  /** Compiles a chunk and pushes its function, or the message of what is wrong with it; zero when it is well. */
  load(state: LuaState, chunk: Bytes, name: Bytes): number;
  /** Ends the running function with the error `message`. */
  raise(state: LuaState, message: Bytes): never;
  /** Ends the running function with the value on top of the stack as error. */
  raiseTop(state: LuaState): never;
  /** Complains about an argument as luaL_argerror does: `bad argument #1 to 'f' (…)`. */
  argumentError(state: LuaState, argument: number, text: Bytes): never;
  /** Argument `n` as bytes, or luaL_checklstring's complaint. */
  checkBytes(state: LuaState, argument: number): Bytes;
  /** The function at `level` of the call stack; undefined beyond its end. */
  place(state: LuaState, level: number): LuaPlace | undefined;
  /**
   * Pushes the `n`th local variable of the function at `level` and returns its name; undefined beyond the last. Values
   * that have no name are called `(*temporary)`.
   */
  local(state: LuaState, level: number, n: number): Bytes | undefined;
  /** What the hooks of all states call; `line` says that the state has come to it. */
  hook: (state: LuaState, line?: number) => void;
  /**
   * Calls `hook` after every `count` instructions of the state, and of the coroutines that it makes afterwards; with
   * `lines` also before the first instruction of every line.
   */
  setHook(state: LuaState, count: number, lines?: boolean): void;
  /**
   * Runs `use` with a state that a hook has left as the hook saw it: left alone it stands one instruction further back,
   * where its newest variable is not there yet.
   */
  asInHook<T>(state: LuaState, use: () => T): T;
  /** Whether the running function of the state may yield now: no function of Lua's own stands between it and lua_resume. */
  canYield(state: LuaState): boolean;
  /** How many C calls deep the state is, and the same to be set for a coroutine that goes on with its parent's count. */
  depth(state: LuaState): number;
  setDepth(state: LuaState, depth: number): void;
  /** Bytes that the values of a state take. */
  usedBytes(state: LuaState): number;
}
