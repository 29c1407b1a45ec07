/*
 * cmsgpack: MessagePack
 * ---------------------
 * A number is written as an integer where it is one, else as the shorter float that keeps it. A table whose
 * keys are the numbers 1 … n is an array, every other one a map; beyond sixteen levels nil is written.
 * Values that MessagePack lacks (functions, userdata) are nil too.
 */
import type { Bytes } from '../bytes.ts';
import { luaError, type Library } from './library.ts';
import { LUA_TBOOLEAN, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE, type LuaState, type LuaVm } from './lua-vm.ts';

const MOST_NESTING = 16;
const INT_MAX = 0x7fffffff;
const view = new DataView(new ArrayBuffer(8));

const code = (byte: number): Bytes => String.fromCharCode(byte);

/** The first `size` bytes of `view`. */
function viewBytes(size: number): Bytes {
  let out = '';
  for (let i = 0; i < size; i++) out += code(view.getUint8(i));
  return out;
}

function unsigned(value: number, size: number): Bytes {
  if (size === 8) view.setBigUint64(0, BigInt(value));
  else if (size === 4) view.setUint32(0, value);
  else if (size === 2) view.setUint16(0, value);
  else view.setUint8(0, value);
  return viewBytes(size);
}

function encodeInteger(n: number): Bytes {
  if (n >= 0) {
    if (n <= 127) return code(n);
    if (n <= 0xff) return code(0xcc) + unsigned(n, 1);
    if (n <= 0xffff) return code(0xcd) + unsigned(n, 2);
    if (n <= 0xffffffff) return code(0xce) + unsigned(n, 4);
    return code(0xcf) + unsigned(n, 8);
  }
  if (n >= -32) return code(n & 0xff);
  if (n >= -128) return code(0xd0) + unsigned(n & 0xff, 1);
  if (n >= -32768) return code(0xd1) + unsigned(n & 0xffff, 2);
  if (n >= -(2 ** 31)) return code(0xd2) + unsigned(n >>> 0, 4);
  view.setBigInt64(0, BigInt(n));
  return code(0xd3) + viewBytes(8);
}

function encodeNumber(n: number): Bytes {
  if (Number.isInteger(n) && n >= -(2 ** 63) && n < 2 ** 63) return encodeInteger(n);
  if (Math.fround(n) === n) {
    view.setFloat32(0, n);
    return code(0xca) + viewBytes(4);
  }
  view.setFloat64(0, n);
  return code(0xcb) + viewBytes(8);
}

function encodeString(text: Bytes): Bytes {
  const { length } = text;
  if (length < 32) return code(0xa0 | length) + text;
  if (length <= 0xff) return code(0xd9) + unsigned(length, 1) + text;
  if (length <= 0xffff) return code(0xda) + unsigned(length, 2) + text;
  return code(0xdb) + unsigned(length, 4) + text;
}

function lengthHeader(length: number, fix: number, wide: number): Bytes {
  if (length <= 15) return code(fix | length);
  return length <= 0xffff ? code(wide) + unsigned(length, 2) : code(wide + 1) + unsigned(length, 4);
}

class Encoder {
  private readonly vm: LuaVm;
  private readonly state: LuaState;
  constructor(vm: LuaVm, state: LuaState) {
    this.vm = vm;
    this.state = state;
  }

  /** The value on top of the stack, which is taken away. */
  top(level: number): Bytes {
    const { vm, state } = this;
    const { api } = vm;
    const type = api.lua_type(state, -1);
    let out: Bytes;
    if (type === LUA_TSTRING) out = encodeString(vm.bytes(state, -1) ?? '');
    else if (type === LUA_TNUMBER) out = encodeNumber(api.lua_tonumber(state, -1));
    else if (type === LUA_TBOOLEAN) out = code(api.lua_toboolean(state, -1) === 0 ? 0xc2 : 0xc3);
    else if (type === LUA_TTABLE && level < MOST_NESTING) out = this.isArray() ? this.array(level) : this.map(level);
    else out = code(0xc0);
    api.lua_settop(state, -2);
    return out;
  }

  /** All keys are whole numbers from 1 to their count. */
  private isArray(): boolean {
    const { vm, state } = this;
    const { api } = vm;
    const top = api.lua_gettop(state);
    let count = 0;
    let most = 0;
    api.lua_checkstack(state, 3);
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      api.lua_settop(state, -2);
      const key = api.lua_type(state, -1) === LUA_TNUMBER ? api.lua_tonumber(state, -1) : 0;
      if (!(key > 0) || !Number.isInteger(key) || key > INT_MAX) {
        api.lua_settop(state, top);
        return false;
      }
      most = Math.max(most, key);
      count++;
    }
    api.lua_settop(state, top);
    return most === count;
  }

  private array(level: number): Bytes {
    const { api } = this.vm;
    const length = api.lua_objlen(this.state, -1);
    let out = lengthHeader(length, 0x90, 0xdc);
    for (let i = 1; i <= length; i++) {
      api.lua_pushnumber(this.state, i);
      api.lua_gettable(this.state, -2);
      out += this.top(level + 1);
    }
    return out;
  }

  private map(level: number): Bytes {
    const { api } = this.vm;
    const { state } = this;
    let out = '';
    let count = 0;
    api.lua_checkstack(state, 3);
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      api.lua_pushvalue(state, -2);
      const key = this.top(level + 1);
      out += key + this.top(level + 1);
      count++;
    }
    return lengthHeader(count, 0x80, 0xde) + out;
  }
}

/** Why decoding stopped. */
class Malformed extends Error {}
const MISSING = 'Missing bytes in input.';
const BAD = 'Bad data format in input.';

class Decoder {
  at: number;
  private readonly vm: LuaVm;
  private readonly state: LuaState;
  private readonly data: Bytes;
  constructor(vm: LuaVm, state: LuaState, data: Bytes, at: number) {
    this.vm = vm;
    this.state = state;
    this.data = data;
    this.at = at;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  private take(count: number): Bytes {
    if (count > this.left) throw new Malformed(MISSING);
    const bytes = this.data.slice(this.at, this.at + count);
    this.at += count;
    return bytes;
  }

  private load(size: number): DataView {
    const bytes = this.take(size);
    for (let i = 0; i < size; i++) view.setUint8(i, bytes.charCodeAt(i));
    return view;
  }

  private length(size: number): number {
    const at = this.load(size);
    return size === 1 ? at.getUint8(0) : size === 2 ? at.getUint16(0) : at.getUint32(0);
  }

  /** Pushes the next value. */
  value(): void {
    const { vm, state } = this;
    const { api } = vm;
    if (api.lua_checkstack(state, 8) === 0) throw new Malformed(BAD);
    const first = this.take(1).charCodeAt(0);
    if (first < 0x80) return api.lua_pushnumber(state, first);
    if (first >= 0xe0) return api.lua_pushnumber(state, first - 256);
    if (first < 0x90) return this.map(first & 15);
    if (first < 0xa0) return this.array(first & 15);
    if (first < 0xc0) return vm.pushBytes(state, this.take(first & 31));
    switch (first) {
      case 0xc0:
        return api.lua_pushnil(state);
      case 0xc2:
      case 0xc3:
        return api.lua_pushboolean(state, first & 1);
      case 0xca:
        return api.lua_pushnumber(state, this.load(4).getFloat32(0));
      case 0xcb:
        return api.lua_pushnumber(state, this.load(8).getFloat64(0));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return api.lua_pushnumber(state, this.length(1 << (first - 0xcc)));
      case 0xcf:
        // As the real library reads it: the upper half comes out negative.
        return api.lua_pushnumber(state, Number(this.load(8).getBigInt64(0)));
      case 0xd0:
        return api.lua_pushnumber(state, this.load(1).getInt8(0));
      case 0xd1:
        return api.lua_pushnumber(state, this.load(2).getInt16(0));
      case 0xd2:
        return api.lua_pushnumber(state, this.load(4).getInt32(0));
      case 0xd3:
        return api.lua_pushnumber(state, Number(this.load(8).getBigInt64(0)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return vm.pushBytes(state, this.take(this.length(1 << (first - 0xd9))));
      case 0xdc:
      case 0xdd:
        return this.array(this.length(2 << (first - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.map(this.length(2 << (first - 0xde)));
      default:
        throw new Malformed(BAD);
    }
  }

  private array(length: number): void {
    const { api } = this.vm;
    api.lua_createtable(this.state, 0, 0);
    for (let i = 1; i <= length; i++) {
      api.lua_pushnumber(this.state, i);
      this.value();
      api.lua_rawset(this.state, -3);
    }
  }

  private map(length: number): void {
    const { api } = this.vm;
    api.lua_createtable(this.state, 0, 0);
    for (let i = 0; i < length; i++) {
      this.value();
      this.value();
      // As Lua's own settable: a key that is nil or not a number is Lua's error.
      api.lua_settable(this.state, -3);
    }
  }
}

export function cmsgpackLibrary(vm: LuaVm): Library {
  const { api } = vm;

  const pack = (state: LuaState): number => {
    const count = api.lua_gettop(state);
    if (count === 0) vm.argumentError(state, 0, 'MessagePack pack needs input.');
    const encoder = new Encoder(vm, state);
    let out = '';
    for (let i = 1; i <= count; i++) {
      api.lua_pushvalue(state, i);
      out += encoder.top(0);
    }
    vm.pushBytes(state, out);
    return 1;
  };

  /** `limit` undefined: all there is. */
  const unpackSome = (state: LuaState, limit: number | undefined, offset: number): number => {
    const data = vm.checkBytes(state, 1);
    if (offset < 0 || (limit ?? 0) < 0) luaError(vm, state, `Invalid request to unpack with offset of ${offset} and limit of ${data.length}.`);
    if (offset > data.length) luaError(vm, state, `Start offset ${offset} greater than input length ${data.length}.`);
    api.lua_settop(state, 1);
    const all = (limit ?? 0) === 0 && offset === 0;
    const decoder = new Decoder(vm, state, data, offset);
    let count = 0;
    let problem: Bytes | undefined;
    try {
      for (; decoder.left > 0 && count < (all ? INT_MAX : (limit ?? INT_MAX)); count++) decoder.value();
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      problem = thrown.message;
    }
    if (problem !== undefined) luaError(vm, state, problem);
    if (!all) {
      api.lua_pushnumber(state, decoder.left === 0 ? -1 : decoder.at);
      api.lua_insert(state, 2);
      count++;
    }
    return count;
  };

  return [
    ['pack', pack],
    ['unpack', (state) => unpackSome(state, undefined, 0)],
    ['unpack_one', (state) => unpackSome(state, 1, Number(api.luaL_optinteger(state, 2, 0)))],
    ['unpack_limit', (state) => {
      const limit = api.luaL_checkinteger(state, 2);
      return unpackSome(state, limit, Number(api.luaL_optinteger(state, 3, 0)));
    }],
    ['_NAME', 'cmsgpack'],
    ['_VERSION', 'lua-cmsgpack 0.4.0'],
    ['_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo'],
    ['_DESCRIPTION', 'MessagePack C implementation for Lua'],
  ];
}
