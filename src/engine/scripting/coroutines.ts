/*
 * Coroutines
 * ----------
 * As Lua has them, except that a coroutine can be left in the middle with the script that resumes it (run.ts). While it is
 * left its thread has yielded, as has every thread behind it; so what is running, and what waits for it, is asked of whoever
 * runs the script. A coroutine's pcall has a thread of its own, which to the script is the coroutine.
 */
import { luaError } from './library.ts';
import { LUA_OK, LUA_YIELD, upvalueIndex, type LuaFunction, type LuaState } from './lua-vm.ts';
import type { Sandbox } from './sandbox.ts';
import { resumed } from './stories.ts';

const NO_YIELD = 'attempt to yield across metamethod/C-call boundary';

/** Replaces functions of the library of coroutines, which is on top of the stack. */
export function addCoroutines(box: Sandbox): void {
  const { vm, state } = box;
  const { api } = vm;
  const native = (name: string): LuaFunction => {
    vm.getField(state, -1, name);
    const fn = vm.native(state, -1);
    api.lua_settop(state, -2);
    return fn;
  };
  const set = (name: string, fn: LuaFunction): void => {
    vm.pushFunction(state, fn);
    vm.setField(state, -2, name);
  };
  const [resume, status, create] = [native('resume'), native('status'), native('create')];

  const statusOf = (s: LuaState, thread: LuaState): string => {
    if (box.ownerOf(s) === thread) return 'running';
    if (box.teller?.isAtWork(thread) === true) return 'normal';
    const how = api.lua_status(thread);
    if (how === LUA_YIELD) return 'suspended';
    if (how !== LUA_OK) return 'dead';
    if (vm.place(thread, 0) !== undefined) return 'normal';
    return api.lua_gettop(thread) === 0 ? 'dead' : 'suspended';
  };

  /** Moves the topmost values to the coroutine, which is about to be resumed. */
  const hand = (s: LuaState, thread: LuaState, count: number): void => {
    if (api.lua_checkstack(thread, count) === 0) luaError(vm, s, 'too many arguments to resume');
    api.lua_xmove(s, thread, count);
    vm.setDepth(thread, vm.depth(s));
  };

  set('resume', (s) => {
    const thread = api.lua_tothread(s, 1);
    if (thread === 0) return resume(s);
    const how = statusOf(s, thread);
    if (how !== 'suspended') {
      api.lua_pushboolean(s, 0);
      vm.pushBytes(s, `cannot resume ${how} coroutine`);
      return 2;
    }
    if (box.teller?.canTell(s) !== true) return resume(s);
    const count = api.lua_gettop(s) - 1;
    hand(s, thread, count);
    return box.teller.tellResumed(s, thread, resumed(vm, thread, count, true), 'caught');
  });

  const callWrapped: LuaFunction = (s) => {
    const thread = api.lua_tothread(s, upvalueIndex(1));
    const how = statusOf(s, thread);
    if (how !== 'suspended') luaError(vm, s, `cannot resume ${how} coroutine`);
    const count = api.lua_gettop(s);
    hand(s, thread, count);
    if (box.teller?.canTell(s) === true) return box.teller.tellResumed(s, thread, resumed(vm, thread, count, false), 'placed');
    const ended = api.lua_resume(thread, count);
    const isWell = ended === LUA_OK || ended === LUA_YIELD;
    const results = isWell ? api.lua_gettop(thread) : 1;
    api.lua_checkstack(s, results);
    api.lua_xmove(thread, s, results);
    if (isWell) return results;
    return api.lua_isstring(s, -1) === 0 ? vm.raiseTop(s) : luaError(vm, s, vm.bytes(s, -1) ?? '');
  };
  set('wrap', (s) => {
    create(s);
    vm.pushFunction(s, callWrapped, 1);
    return 1;
  });

  set('status', (s) => {
    const thread = api.lua_tothread(s, 1);
    if (thread === 0) return status(s);
    vm.pushBytes(s, statusOf(s, thread));
    return 1;
  });
  set('running', (s) => {
    const owner = box.ownerOf(s);
    if (owner === undefined) {
      api.lua_pushnil(s);
      return 1;
    }
    api.lua_pushthread(owner);
    if (owner !== s) api.lua_xmove(owner, s, 1);
    return 1;
  });
  set('yield', (s) => (box.scriptThreads.has(s) ? vm.raise(s, NO_YIELD) : api.lua_yield(s, api.lua_gettop(s))));
}
