/*
 * Numbers as C prints them
 * ------------------------
 * `%g` with a precision, on the exact value of a double and rounded half to even, where JavaScript's own
 * functions round half up; and string.format, whose whole numbers have 64 bits in the real server and 32 in
 * Lua's WebAssembly.
 */
import { cText, type Bytes } from '../bytes.ts';
import { luaError, toInt64 } from './library.ts';
import { LUA_REGISTRYINDEX, type LuaFunction, type LuaVm } from './lua-vm.ts';

/** A finite double as `%.<precision>g`. */
export function formatG(value: number, precision: number): Bytes {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // Whole numbers that fit are printed as they stand.
  if (Number.isInteger(value) && Math.abs(value) < 10 ** precision && precision <= 15) return String(value);
  const [rounded, exponentText] = roundHalfEven(Math.abs(value), precision);
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  const digits = rounded.replace(/0+$/, '');
  if (exponent < -4 || exponent >= precision) {
    const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    return `${sign}${digits.charAt(0)}${digits.length > 1 ? '.' : ''}${digits.slice(1)}e${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}${digits.length > exponent + 1 ? '.' : ''}${digits.slice(exponent + 1)}`;
}

/** The first `count` digits of a positive double and its power of ten. */
function roundHalfEven(value: number, count: number): [string, string] {
  const [rounded = '', exponent = '0'] = value.toExponential(count - 1).split('e');
  const digits = rounded.replace('.', '');
  const exact = (value.toExponential(100).split('e')[0] ?? '').replace('.', '');
  if (/^50*$/.test(exact.slice(count)) && Number(exact.charAt(count - 1)) % 2 === 0) return [exact.slice(0, count), exponent];
  return [digits, exponent];
}

const SPEC = /^%([-+ #0]*)(\d*)(?:\.(\d*))?/;

/** string.format; `native` is the place of Lua's own in the registry, which prints what is no whole number. */
export function stringFormat(vm: LuaVm, native: number): LuaFunction {
  const { api } = vm;
  return (state) => {
    const format = vm.checkBytes(state, 1);
    const top = api.lua_gettop(state);
    let argument = 1;
    let out = '';
    for (let i = 0; i < format.length; ) {
      const percent = format.indexOf('%', i);
      if (percent === -1) {
        out += format.slice(i);
        break;
      }
      out += format.slice(i, percent);
      if (format.charAt(percent + 1) === '%') {
        out += '%';
        i = percent + 2;
        continue;
      }
      argument++;
      if (argument > top) vm.argumentError(state, argument, 'no value');
      const [spec = '%', flags = '', width = '', precision] = SPEC.exec(format.slice(percent, percent + 40)) ?? [];
      if (flags.length > 5) luaError(vm, state, 'invalid format (repeated flags)');
      if (width.length > 2 || (precision ?? '').length > 2) luaError(vm, state, 'invalid format (width or precision too long)');
      const kind = format.charAt(percent + spec.length);
      i = percent + spec.length + 1;
      switch (kind) {
        case 'd':
        case 'i':
          out += layOut(toInt64(api.luaL_checknumber(state, argument)), 10, flags, width, precision, true);
          break;
        case 'u':
          out += layOut(toUnsigned(api.luaL_checknumber(state, argument)), 10, flags, width, precision, false);
          break;
        case 'o':
          out += layOut(toUnsigned(api.luaL_checknumber(state, argument)), 8, flags, width, precision, false);
          break;
        case 'x':
          out += layOut(toUnsigned(api.luaL_checknumber(state, argument)), 16, flags, width, precision, false);
          break;
        case 'X':
          out += upperHex(layOut(toUnsigned(api.luaL_checknumber(state, argument)), 16, flags, width, precision, false));
          break;
        case 'c':
          // What C prints ends at a zero byte.
          out += cText(pad(String.fromCharCode(toCharacter(api.luaL_checknumber(state, argument))), flags, width));
          break;
        case 'e':
        case 'E':
        case 'f':
        case 'g':
        case 'G': {
          const value = api.luaL_checknumber(state, argument);
          api.lua_rawgeti(state, LUA_REGISTRYINDEX, native);
          vm.pushBytes(state, spec + kind);
          api.lua_pushnumber(state, value);
          api.lua_call(state, 2, 1);
          out += vm.bytes(state, -1) ?? '';
          api.lua_settop(state, -2);
          break;
        }
        case 'q':
          out += quoted(vm.checkBytes(state, argument));
          break;
        case 's': {
          const text = vm.checkBytes(state, argument);
          // A long string without a precision goes as it is, zero bytes and all; else C's rules hold.
          if (precision === undefined && text.length >= 100) out += text;
          else {
            const end = text.indexOf('\0');
            out += pad((end === -1 ? text : text.slice(0, end)).slice(0, precision === undefined ? Infinity : Number(precision)), flags, width);
          }
          break;
        }
        default:
          luaError(vm, state, `invalid option '%${kind}' to 'format'`);
      }
    }
    vm.pushBytes(state, out);
    return 1;
  };
}

/** A double cast to an int and to a character: what is no int is the smallest, whose last byte is zero. */
function toCharacter(value: number): number {
  return Math.abs(value) < 2 ** 31 ? value & 255 : 0;
}

function toUnsigned(value: number): bigint {
  if (value >= 2 ** 63) return value < 2 ** 64 ? BigInt(value) : 0n;
  return BigInt.asUintN(64, toInt64(value));
}

function pad(text: Bytes, flags: Bytes, width: Bytes): Bytes {
  const columns = Number(width === '' ? 0 : width);
  return flags.includes('-') ? text.padEnd(columns) : text.padStart(columns);
}

/** A whole number with C's flags: sign, alternate form, zeros, precision. */
function layOut(value: bigint, base: 8 | 10 | 16, flags: Bytes, width: Bytes, precision: Bytes | undefined, signed: boolean): Bytes {
  const digitsWanted = precision === undefined ? 1 : Number(precision === '' ? 0 : precision);
  let digits = (value < 0n ? -value : value).toString(base);
  if (value === 0n && digitsWanted === 0) digits = '';
  digits = digits.padStart(digitsWanted, '0');
  let sign = '';
  if (signed) sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  else if (flags.includes('#')) {
    if (base === 16 && value !== 0n) sign = '0x';
    else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  }
  const columns = Number(width === '' ? 0 : width);
  if (flags.includes('0') && !flags.includes('-') && precision === undefined) digits = digits.padStart(columns - sign.length, '0');
  return pad(sign + digits, flags, width);
}

function upperHex(text: Bytes): Bytes {
  return text.replace(/[a-fx]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 32));
}

/** `%q`: a string that Lua reads back. */
function quoted(text: Bytes): Bytes {
  return `"${text.replace(/["\\\n\r\0]/g, (c) => (c === '\r' ? '\\r' : c === '\0' ? '\\000' : `\\${c}`))}"`;
}
