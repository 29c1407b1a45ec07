/*
 * struct: binary records
 * ----------------------
 * A format is a row of options, each with a size behind it where it takes one:
 *
 *   > < big and little endian       ! align to n (a power of two)      blank  nothing
 *   b B h H i I l L T  integers, signed in lower case: 1, 2, 4 (or n), 8 bytes; T as a size
 *   f d  floats     x  a zero byte     s  a string with a zero byte behind it     cn  n characters
 *
 * c0 packs a whole string; unpacking, it takes its length from the value before it.
 */
import { cText, type Bytes } from '../bytes.ts';
import { luaError, toInt64, type Library } from './library.ts';
import type { LuaState, LuaVm } from './lua-vm.ts';

const MOST_INTEGER_BYTES = 32;
const NATURAL_ALIGNMENT = 8;
const INT_MAX = 0x7fffffff;
const SIZES: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };
const INTEGERS = 'bBhHlLTiI';

/** A format that is being read, and what its options have set. */
class Format {
  position = 0;
  big = false;
  alignment = 1;
  private readonly vm: LuaVm;
  private readonly state: LuaState;
  private readonly text: Bytes;

  constructor(vm: LuaVm, state: LuaState, text: Bytes) {
    this.vm = vm;
    this.state = state;
    this.text = cText(text);
  }

  next(): Bytes | undefined {
    return this.position < this.text.length ? this.text.charAt(this.position++) : undefined;
  }

  /** The number that stands here, or `otherwise`. */
  private number(otherwise: number): number {
    const digits = /^\d+/.exec(this.text.slice(this.position))?.[0];
    if (digits === undefined) return otherwise;
    this.position += digits.length;
    if (Number(digits) > INT_MAX) luaError(this.vm, this.state, 'integral size overflow');
    return Number(digits);
  }

  sizeOf(option: Bytes): number {
    if (option === 'c') return this.number(1);
    if (option !== 'i' && option !== 'I') return SIZES[option] ?? 0;
    const size = this.number(4);
    if (size > MOST_INTEGER_BYTES) luaError(this.vm, this.state, `integral size ${size} is larger than limit of ${MOST_INTEGER_BYTES}`);
    return size;
  }

  /** Bytes to be left out so that an item of this size stands aligned. */
  padding(position: number, option: Bytes, size: number): number {
    if (size === 0 || option === 'c') return 0;
    const unit = Math.min(size, this.alignment);
    return (unit - (position & (unit - 1))) & (unit - 1);
  }

  control(option: Bytes): void {
    if (option === ' ') return;
    if (option === '>') this.big = true;
    else if (option === '<') this.big = false;
    else if (option === '!') {
      const alignment = this.number(NATURAL_ALIGNMENT);
      if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) luaError(this.vm, this.state, `alignment ${alignment} is not a power of 2`);
      this.alignment = alignment;
    } else this.vm.argumentError(this.state, 1, `invalid format option '${option}'`);
  }
}

const view = new DataView(new ArrayBuffer(8));

function bytesOf(size: number, big: boolean): Bytes {
  let out = '';
  for (let i = 0; i < size; i++) out += String.fromCharCode(view.getUint8(i));
  return big ? out : reversed(out);
}

function reversed(bytes: Bytes): Bytes {
  let out = '';
  for (let i = bytes.length - 1; i >= 0; i--) out += bytes.charAt(i);
  return out;
}

/** The bytes of a floating-point number at the front of `view`, highest first. */
function readInto(bytes: Bytes, big: boolean): void {
  const ordered = big ? bytes : reversed(bytes);
  for (let i = 0; i < ordered.length; i++) view.setUint8(i, ordered.charCodeAt(i));
}

function packInteger(value: number, size: number, big: boolean): Bytes {
  const unsigned = value >= 2 ** 63 ? (value < 2 ** 64 ? BigInt(value) : 0n) : BigInt.asUintN(64, toInt64(value));
  let rest = unsigned;
  let out = '';
  for (let i = 0; i < size; i++) {
    out += String.fromCharCode(Number(rest & 255n));
    rest >>= 8n;
  }
  return big ? reversed(out) : out;
}

function unpackInteger(bytes: Bytes, big: boolean, signed: boolean): number {
  const ordered = big ? bytes : reversed(bytes);
  let value = 0n;
  for (let i = 0; i < ordered.length; i++) value = BigInt.asUintN(64, (value << 8n) | BigInt(ordered.charCodeAt(i)));
  if (!signed) return Number(value);
  // The processor takes the lowest six bits of how far it shifts.
  const mask = BigInt.asUintN(64, -1n << BigInt((bytes.length * 8 - 1) & 63));
  return Number(BigInt.asIntN(64, (value & mask) !== 0n ? value | mask : value));
}

export function structLibrary(vm: LuaVm): Library {
  const { api } = vm;

  const pack = (state: LuaState): number => {
    const format = new Format(vm, state, vm.checkBytes(state, 1));
    // A missing argument is told as nil: so stands it behind the others in the real library.
    api.lua_pushnil(state);
    let argument = 2;
    let out = '';
    for (let option = format.next(); option !== undefined; option = format.next()) {
      const size = format.sizeOf(option);
      out += '\0'.repeat(format.padding(out.length, option, size));
      if (INTEGERS.includes(option)) out += packInteger(api.luaL_checknumber(state, argument++), size, format.big);
      else if (option === 'x') out += '\0';
      else if (option === 'f' || option === 'd') {
        const value = api.luaL_checknumber(state, argument++);
        if (option === 'f') view.setFloat32(0, value);
        else view.setFloat64(0, value);
        out += bytesOf(size, format.big);
      } else if (option === 'c' || option === 's') {
        const text = vm.checkBytes(state, argument++);
        if (text.length < size) vm.argumentError(state, argument, 'string too short');
        out += size === 0 ? text : text.slice(0, size);
        if (option === 's') out += '\0';
      } else format.control(option);
    }
    vm.pushBytes(state, out);
    return 1;
  };

  const unpack = (state: LuaState): number => {
    const format = new Format(vm, state, vm.checkBytes(state, 1));
    const data = vm.checkBytes(state, 2);
    let at = Number(api.luaL_optinteger(state, 3, 1));
    if (at === 0) vm.argumentError(state, 3, 'offset must be 1 or greater');
    // An offset below zero is a huge one.
    if (at < 0) at = Number.MAX_SAFE_INTEGER;
    at--;
    const need = (size: number): void => {
      if (at + size > data.length) vm.argumentError(state, 2, 'data string too short');
    };
    let count = 0;
    for (let option = format.next(); option !== undefined; option = format.next()) {
      let size = format.sizeOf(option);
      at += format.padding(at, option, size);
      need(size);
      if (api.lua_checkstack(state, 2) === 0) luaError(vm, state, 'stack overflow (too many results)');
      if (INTEGERS.includes(option)) {
        api.lua_pushnumber(state, unpackInteger(data.slice(at, at + size), format.big, option >= 'a'));
        count++;
      } else if (option === 'x') {
        // a byte that says nothing
      } else if (option === 'f' || option === 'd') {
        readInto(data.slice(at, at + size), format.big);
        api.lua_pushnumber(state, option === 'f' ? view.getFloat32(0) : view.getFloat64(0));
        count++;
      } else if (option === 'c') {
        if (size === 0) {
          if (count === 0 || api.lua_isnumber(state, -1) === 0) luaError(vm, state, "format 'c0' needs a previous size");
          size = Math.trunc(api.lua_tonumber(state, -1));
          api.lua_settop(state, -2);
          count--;
          if (size < 0) vm.argumentError(state, 2, 'data string too short');
          need(size);
        }
        vm.pushBytes(state, data.slice(at, at + size));
        count++;
      } else if (option === 's') {
        const end = data.indexOf('\0', at);
        if (end === -1) luaError(vm, state, 'unfinished string in data');
        vm.pushBytes(state, data.slice(at, end));
        size = end - at + 1;
        count++;
      } else format.control(option);
      at += size;
    }
    api.lua_pushnumber(state, at + 1);
    return count + 1;
  };

  const size = (state: LuaState): number => {
    const format = new Format(vm, state, vm.checkBytes(state, 1));
    let at = 0;
    for (let option = format.next(); option !== undefined; option = format.next()) {
      const bytes = format.sizeOf(option);
      at += format.padding(at, option, bytes);
      if (option === 's') vm.argumentError(state, 1, "option 's' has no fixed size");
      else if (option === 'c' && bytes === 0) vm.argumentError(state, 1, "option 'c0' has no fixed size");
      if (!/[A-Za-z0-9]/.test(option)) format.control(option);
      at += bytes;
    }
    api.lua_pushnumber(state, at);
    return 1;
  };

  return [['pack', pack], ['unpack', unpack], ['size', size]];
}
