/*
 * Libraries for Lua, written here
 * -------------------------------
 * What the C libraries of Redis share: a table of functions, and complaints in the form of Lua's own.
 */
import type { Bytes } from '../bytes.ts';
import type { LuaFunction, LuaState, LuaVm } from './lua-vm.ts';

/** Functions and constants of one library. */
export type Library = readonly (readonly [string, LuaFunction | number | Bytes | typeof NULL])[];

/** In a library: the light userdata that points nowhere. */
export const NULL = Symbol('null');

/** Ends the function with an error that begins with the place of its caller, as luaL_error does. */
export function luaError(vm: LuaVm, state: LuaState, text: Bytes): never {
  vm.api.luaL_where(state, 1);
  return vm.raise(state, `${vm.bytes(state, -1) ?? ''}${text}`);
}

/** Argument `n` as the real server's luaL_checkint gives it: a 64-bit integer cut to its lowest 32 bits. */
export function checkInt(vm: LuaVm, state: LuaState, n: number): number {
  const value = vm.api.luaL_checknumber(state, n);
  return Math.abs(value) < 2 ** 63 ? value | 0 : 0;
}

/** A double as x86 makes a 64-bit integer of it: towards zero, the smallest for what does not fit. */
export function toInt64(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}
