/*
 * Functions of Lua's library that call functions of the script
 * ------------------------------------------------------------
 * Lua 5.1 cannot leave a script inside a function that C has called: what C would go on with stands on C's stack. So where
 * pcall, string.gsub, table.sort and their like call a function of the script, they are told here as stories: generators
 * that keep their own place, and yield where the script's function is to run. Whoever runs the story (run.ts) runs that
 * function in a thread of its own, which can be left and gone on with.
 *
 * A story works on the stack of its thread, where it finds its arguments. It yields the number of arguments that stand on
 * top, behind the function to be called; it is told how the call ended, and finds the results where the function stood.
 *
 * Results and errors are those of Lua's own functions; table.sort compares the same pairs in the same order, as what a
 * comparison does that is no order can be seen.
 */
import { cText, type Bytes } from '../bytes.ts';
import { LUA_MULTRET, LUA_OK, LUA_REGISTRYINDEX, LUA_TNIL, LUA_YIELD, type LuaState, type LuaVm } from './lua-vm.ts';

/** How a story ends: so many results stand on top of its thread, and before them the caller gets `ok`, if there is one. */
export interface StoryEnd {
  readonly results: number;
  readonly ok?: boolean;
}

const TYPE_NAMES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];

export type Story = Generator<number, StoryEnd, number>;

/** An error of the library's function itself, without the place of its caller. */
export class StoryError extends Error {
  readonly text: Bytes;
  constructor(text: Bytes) {
    super(text);
    this.text = text;
  }
}

/** pcall: the function and its arguments stand there. `message` makes of the error on top what the caller gets. */
export function* protectedCall(vm: LuaVm, thread: LuaState, message: (thread: LuaState) => number): Story {
  const status = yield vm.api.lua_gettop(thread) - 1;
  if (status === LUA_OK) return { results: vm.api.lua_gettop(thread), ok: true };
  return { results: message(thread), ok: false };
}

/** coroutine.resume and what coroutine.wrap makes: here the thread is the coroutine itself, with `args` on top. */
export function* resumed(vm: LuaVm, thread: LuaState, args: number, tellsSuccess: boolean): Story {
  const status = yield args;
  const isWell = status === LUA_OK || status === LUA_YIELD;
  const results = isWell ? vm.api.lua_gettop(thread) : 1;
  return tellsSuccess ? { results, ok: isWell } : { results };
}

/** table.foreach and table.foreachi: table and function. */
export function* forEach(vm: LuaVm, thread: LuaState, inOrder: boolean): Story {
  const { api } = vm;
  api.lua_settop(thread, 2);
  const count = inOrder ? api.lua_objlen(thread, 1) : 0;
  if (!inOrder) api.lua_pushnil(thread);
  for (let i = 1; inOrder ? i <= count : api.lua_next(thread, 1) !== 0; i++) {
    // Below stands the key, which the next turn wants again.
    if (inOrder) {
      api.lua_pushvalue(thread, 2);
      api.lua_pushnumber(thread, i);
      api.lua_rawgeti(thread, 1, i);
    } else {
      api.lua_pushvalue(thread, 2);
      api.lua_pushvalue(thread, -3);
      api.lua_pushvalue(thread, -3);
      api.lua_remove(thread, -4);
    }
    const base = api.lua_gettop(thread) - 3;
    yield 2;
    api.lua_settop(thread, base + 1);
    if (api.lua_type(thread, -1) !== LUA_TNIL) return { results: 1 };
    api.lua_settop(thread, base);
  }
  return { results: 0 };
}

/** string.gsub with a function: subject, pattern, function; `most` is how often, `find` where string.find is in the registry. */
export function* substitute(vm: LuaVm, thread: LuaState, find: number, most: number): Story {
  const { api } = vm;
  const subject = vm.bytes(thread, 1) ?? '';
  // For gsub a pattern is C text, for find it is not.
  const pattern = cText(vm.bytes(thread, 2) ?? '');
  api.lua_settop(thread, 3);
  vm.pushBytes(thread, pattern);
  api.lua_replace(thread, 2);
  const isAnchored = pattern.startsWith('^');
  let out = '';
  let at = 0;
  let count = 0;
  while (count < most) {
    const match = nextMatch(vm, thread, find, at);
    if (match === undefined) break;
    const [start, end] = match;
    count++;
    out += subject.slice(at, start);
    at = start;
    api.lua_pushvalue(thread, 3);
    api.lua_insert(thread, 4);
    if (api.lua_gettop(thread) === 4) vm.pushBytes(thread, subject.slice(start, end));
    yield api.lua_gettop(thread) - 4;
    api.lua_settop(thread, 4);
    if (api.lua_toboolean(thread, 4) === 0) out += subject.slice(start, end);
    else if (api.lua_isstring(thread, 4) === 0) throw new StoryError(`invalid replacement value (a ${TYPE_NAMES[api.lua_type(thread, 4)]})`);
    else out += vm.bytes(thread, 4) ?? '';
    api.lua_settop(thread, 3);
    if (end > at) at = end;
    else if (at < subject.length) out += subject.charAt(at++);
    else break;
    if (isAnchored) break;
  }
  if (!vm.tryPushBytes(thread, out + subject.slice(at))) throw new StoryError('not enough memory');
  api.lua_pushnumber(thread, count);
  return { results: 2 };
}

/** The next place that matches from `at` on, as offsets; its captures stand on the stack from 4 on. */
function nextMatch(vm: LuaVm, thread: LuaState, find: number, at: number): readonly [number, number] | undefined {
  const { api } = vm;
  api.lua_rawgeti(thread, LUA_REGISTRYINDEX, find);
  api.lua_pushvalue(thread, 1);
  api.lua_pushvalue(thread, 2);
  api.lua_pushnumber(thread, at + 1);
  if (api.lua_pcall(thread, 3, LUA_MULTRET, 0) !== LUA_OK) throw new StoryError(vm.bytes(thread, -1) ?? '');
  if (api.lua_type(thread, 4) === LUA_TNIL) {
    api.lua_settop(thread, 3);
    return undefined;
  }
  const found = [api.lua_tonumber(thread, 4) - 1, api.lua_tonumber(thread, 5)] as const;
  api.lua_remove(thread, 4);
  api.lua_remove(thread, 4);
  return found;
}

/** table.sort with a function: table and function. */
export function* sort(vm: LuaVm, thread: LuaState): Story {
  vm.api.lua_settop(thread, 2);
  yield* sortRange(vm, thread, 1, vm.api.lua_objlen(thread, 1));
  return { results: 0 };
}

/** Quicksort: the pivot is the median of first, middle and last; the smaller part first, the larger one in the next turn. */
function* sortRange(vm: LuaVm, thread: LuaState, from: number, to: number): Generator<number, void, number> {
  const { api } = vm;
  let [low, high] = [from, to];
  /** Whether the value at index `a` of the stack comes before that at `b`. */
  function* isLess(a: number, b: number): Generator<number, boolean, number> {
    const top = api.lua_gettop(thread);
    api.lua_pushvalue(thread, 2);
    api.lua_pushvalue(thread, a);
    api.lua_pushvalue(thread, b);
    yield 2;
    const isTrue = api.lua_gettop(thread) > top && api.lua_toboolean(thread, top + 1) !== 0;
    api.lua_settop(thread, top);
    return isTrue;
  }
  /** The topmost value goes to place `i`, the one below it to `j`. */
  const place = (i: number, j: number): void => {
    api.lua_rawseti(thread, 1, i);
    api.lua_rawseti(thread, 1, j);
  };
  const base = api.lua_gettop(thread);
  while (low < high) {
    api.lua_rawgeti(thread, 1, low);
    api.lua_rawgeti(thread, 1, high);
    if (yield* isLess(base + 2, base + 1)) place(low, high);
    api.lua_settop(thread, base);
    if (high - low === 1) break;
    const middle = Math.floor((low + high) / 2);
    api.lua_rawgeti(thread, 1, middle);
    api.lua_rawgeti(thread, 1, low);
    if (yield* isLess(base + 1, base + 2)) place(middle, low);
    else {
      api.lua_settop(thread, base + 1);
      api.lua_rawgeti(thread, 1, high);
      if (yield* isLess(base + 2, base + 1)) place(middle, high);
    }
    api.lua_settop(thread, base);
    if (high - low === 2) break;
    api.lua_rawgeti(thread, 1, middle); // the pivot: stays at base + 1
    api.lua_pushvalue(thread, -1);
    api.lua_rawgeti(thread, 1, high - 1);
    place(middle, high - 1);
    let [i, j] = [low, high - 1];
    for (;;) {
      for (;;) {
        api.lua_rawgeti(thread, 1, ++i);
        if (!(yield* isLess(base + 2, base + 1))) break;
        if (i > high) throw new StoryError('invalid order function for sorting');
        api.lua_settop(thread, base + 1);
      }
      for (;;) {
        api.lua_rawgeti(thread, 1, --j);
        if (!(yield* isLess(base + 1, base + 3))) break;
        if (j < low) throw new StoryError('invalid order function for sorting');
        api.lua_settop(thread, base + 2);
      }
      if (j < i) break;
      place(i, j);
    }
    api.lua_settop(thread, base);
    api.lua_rawgeti(thread, 1, high - 1);
    api.lua_rawgeti(thread, 1, i);
    place(high - 1, i);
    if (i - low < high - i) {
      yield* sortRange(vm, thread, low, i - 1);
      low = i + 1;
    } else {
      yield* sortRange(vm, thread, i + 1, high);
      high = i - 1;
    }
  }
  api.lua_settop(thread, base);
}
