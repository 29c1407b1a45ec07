/*
 * bit: operations on 32-bit numbers (the interface of LuaBitOp)
 * -------------------------------------------------------------
 * A number becomes 32 bits by adding 2^52 + 2^51: rounded to the nearest integer, modulo 2^32. Results are
 * signed.
 */
import type { Library } from './library.ts';
import { LUA_TNONE, type LuaFunction, type LuaState, type LuaVm } from './lua-vm.ts';

const MAGIC = 2 ** 52 + 2 ** 51;

export function bitLibrary(vm: LuaVm): Library {
  const { api } = vm;
  const view = new DataView(new ArrayBuffer(8));
  const bits = (state: LuaState, n: number): number => {
    view.setFloat64(0, api.luaL_checknumber(state, n) + MAGIC);
    return view.getInt32(4);
  };
  const result = (state: LuaState, value: number): number => {
    api.lua_pushnumber(state, value | 0);
    return 1;
  };
  const folding = (combine: (a: number, b: number) => number): LuaFunction => (state) => {
    let value = bits(state, 1);
    for (let i = api.lua_gettop(state); i > 1; i--) value = combine(value, bits(state, i));
    return result(state, value);
  };
  const shifting = (shift: (value: number, by: number) => number): LuaFunction => (state) => {
    const value = bits(state, 1);
    return result(state, shift(value, bits(state, 2) & 31));
  };
  return [
    ['tobit', (state) => result(state, bits(state, 1))],
    ['bnot', (state) => result(state, ~bits(state, 1))],
    ['band', folding((a, b) => a & b)],
    ['bor', folding((a, b) => a | b)],
    ['bxor', folding((a, b) => a ^ b)],
    ['lshift', shifting((value, by) => value << by)],
    ['rshift', shifting((value, by) => value >>> by)],
    ['arshift', shifting((value, by) => value >> by)],
    ['rol', shifting((value, by) => (value << by) | (value >>> (32 - by)))],
    ['ror', shifting((value, by) => (value >>> by) | (value << (32 - by)))],
    ['bswap', (state) => {
      const value = bits(state, 1);
      return result(state, (value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24));
    }],
    ['tohex', (state) => {
      const value = bits(state, 1) >>> 0;
      const given = api.lua_type(state, 2) === LUA_TNONE ? 8 : bits(state, 2);
      const digits = Math.min(Math.abs(given), 8);
      const text = value.toString(16).padStart(8, '0').slice(8 - digits);
      vm.pushBytes(state, given < 0 ? text.replace(/[a-f]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 32)) : text);
      return 1;
    }],
  ];
}

