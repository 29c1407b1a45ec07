/*
 * cjson: JSON
 * -----------
 * A table is an array when its keys are the numbers 1 … n (with few holes), an object otherwise; an empty
 * table is `{}`. null is a light userdata, cjson.null. Numbers have 14 digits unless told. The settings are
 * kept from script to script, as in the real server; cjson.new() gives a copy with its own.
 */
import type { Bytes } from '../bytes.ts';
import { JsonText, jsonString, type Token } from './json-text.ts';
import { luaError, NULL, type Library } from './library.ts';
import {
  LUA_TBOOLEAN, LUA_TFUNCTION, LUA_TLIGHTUSERDATA, LUA_TNIL, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE, LUA_TTHREAD, upvalueIndex, type LuaFunction, type LuaState, type LuaVm,
} from './lua-vm.ts';
import { formatG } from './printf.ts';

interface Settings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeDepth: number;
  decodeDepth: number;
  precision: number;
  keepBuffer: boolean;
  /** 0 refuses, 1 writes them, 2 writes null. */
  encodeInvalid: number;
  decodeInvalid: boolean;
}

const DEFAULTS: Settings = {
  sparseConvert: false, sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, keepBuffer: true, encodeInvalid: 0, decodeInvalid: true,
};
const INT_MAX = 0x7fffffff;
const TYPE_NAMES: Readonly<Record<number, Bytes>> = {
  [LUA_TNIL]: 'nil', [LUA_TBOOLEAN]: 'boolean', [LUA_TLIGHTUSERDATA]: 'userdata', [LUA_TNUMBER]: 'number', [LUA_TSTRING]: 'string', [LUA_TTABLE]: 'table', [LUA_TFUNCTION]: 'function', 7: 'userdata', [LUA_TTHREAD]: 'thread',
};

export function cjsonLibrary(vm: LuaVm): Library {
  const { api } = vm;
  const allSettings: Settings[] = [{ ...DEFAULTS }];
  /** The settings of the copy that is called: their number is the function's upvalue, none means the first. */
  const settingsOf = (state: LuaState): Settings => allSettings[api.lua_tonumber(state, upvalueIndex(1))] as Settings;

  const oneArgument = (state: LuaState): void => {
    if (api.lua_gettop(state) !== 1) vm.argumentError(state, 1, 'expected 1 argument');
  };
  const upTo = (state: LuaState, count: number): void => {
    if (api.lua_gettop(state) > count) vm.argumentError(state, count + 1, 'found too many arguments');
    api.lua_settop(state, count);
  };
  /** Takes a new number for a setting from argument `n`, if given, and pushes what is in force. */
  const integerSetting = (state: LuaState, n: number, now: number, least: number, most: number): number => {
    let value = now;
    if (api.lua_type(state, n) !== LUA_TNIL) {
      value = api.luaL_checkinteger(state, n);
      if (value < least || value > most) vm.argumentError(state, 1, `expected integer between ${least} and ${most}`);
    }
    api.lua_pushnumber(state, value);
    return value;
  };
  /** The same for a setting with names; of the first two `off` and `on` are false and true. */
  const namedSetting = (state: LuaState, n: number, now: number, names: readonly Bytes[]): number => {
    let value = now;
    const type = api.lua_type(state, n);
    if (type === LUA_TBOOLEAN) value = api.lua_toboolean(state, n);
    else if (type !== LUA_TNIL) {
      const name = vm.checkBytes(state, n);
      value = names.indexOf(name);
      if (value === -1) vm.argumentError(state, n, `invalid option '${name}'`);
    }
    if (value <= 1) api.lua_pushboolean(state, value);
    else vm.pushBytes(state, names[value] as Bytes);
    return value;
  };

  const functions: [string, LuaFunction][] = [
    ['encode', (state) => {
      oneArgument(state);
      vm.pushBytes(state, new Encoder(vm, state, settingsOf(state)).top(0));
      return 1;
    }],
    ['decode', (state) => {
      oneArgument(state);
      const text = vm.checkBytes(state, 1);
      if (text.length >= 2 && (text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0)) luaError(vm, state, 'JSON parser does not support UTF-16 or UTF-32');
      new Decoder(vm, state, text, settingsOf(state)).whole();
      return 1;
    }],
    ['encode_sparse_array', (state) => {
      const settings = settingsOf(state);
      upTo(state, 3);
      settings.sparseConvert = namedSetting(state, 1, settings.sparseConvert ? 1 : 0, ['off', 'on']) === 1;
      settings.sparseRatio = integerSetting(state, 2, settings.sparseRatio, 0, INT_MAX);
      settings.sparseSafe = integerSetting(state, 3, settings.sparseSafe, 0, INT_MAX);
      return 3;
    }],
    ['encode_max_depth', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.encodeDepth = integerSetting(state, 1, settings.encodeDepth, 1, INT_MAX);
      return 1;
    }],
    ['decode_max_depth', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.decodeDepth = integerSetting(state, 1, settings.decodeDepth, 1, INT_MAX);
      return 1;
    }],
    ['encode_number_precision', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.precision = integerSetting(state, 1, settings.precision, 1, 14);
      return 1;
    }],
    ['encode_keep_buffer', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.keepBuffer = namedSetting(state, 1, settings.keepBuffer ? 1 : 0, ['off', 'on']) === 1;
      return 1;
    }],
    ['encode_invalid_numbers', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.encodeInvalid = namedSetting(state, 1, settings.encodeInvalid, ['off', 'on', 'null']);
      return 1;
    }],
    ['decode_invalid_numbers', (state) => {
      const settings = settingsOf(state);
      upTo(state, 1);
      settings.decodeInvalid = namedSetting(state, 1, settings.decodeInvalid ? 1 : 0, ['off', 'on']) === 1;
      return 1;
    }],
    ['new', (state) => {
      const index = allSettings.push({ ...DEFAULTS }) - 1;
      api.lua_createtable(state, 0, functions.length);
      for (const [name, fn] of functions) {
        api.lua_pushnumber(state, index);
        vm.pushFunction(state, fn, 1);
        vm.setField(state, -2, name);
      }
      api.lua_pushlightuserdata(state, 0);
      vm.setField(state, -2, 'null');
      for (const [name, value] of CONSTANTS) {
        vm.pushBytes(state, value);
        vm.setField(state, -2, name);
      }
      return 1;
    }],
  ];
  return [...functions, ...CONSTANTS, ['null', NULL]];
}

const CONSTANTS: readonly (readonly [string, Bytes])[] = [['_NAME', 'cjson'], ['_VERSION', '2.1.0']];

class Encoder {
  private readonly vm: LuaVm;
  private readonly state: LuaState;
  private readonly settings: Settings;
  constructor(vm: LuaVm, state: LuaState, settings: Settings) {
    this.vm = vm;
    this.state = state;
    this.settings = settings;
  }

  /** The value on top of the stack. */
  top(depth: number): Bytes {
    const { vm, state } = this;
    const { api } = vm;
    switch (api.lua_type(state, -1)) {
      case LUA_TSTRING:
        return jsonString(vm.bytes(state, -1) ?? '');
      case LUA_TNUMBER:
        return this.number(-1);
      case LUA_TBOOLEAN:
        return api.lua_toboolean(state, -1) === 0 ? 'false' : 'true';
      case LUA_TTABLE:
        return this.table(depth + 1);
      case LUA_TNIL:
        return 'null';
      case LUA_TLIGHTUSERDATA:
        if (api.lua_topointer(state, -1) === 0) return 'null';
        return this.refuse(-1, 'type not supported');
      default:
        return this.refuse(-1, 'type not supported');
    }
  }

  private refuse(index: number, why: Bytes): never {
    const type = this.vm.api.lua_type(this.state, index);
    return luaError(this.vm, this.state, `Cannot serialise ${TYPE_NAMES[type] ?? 'userdata'}: ${why}`);
  }

  private number(index: number): Bytes {
    const value = this.vm.api.lua_tonumber(this.state, index);
    const { encodeInvalid, precision } = this.settings;
    if (!Number.isFinite(value)) {
      if (encodeInvalid === 0) return this.refuse(index, 'must not be NaN or Inf');
      if (encodeInvalid === 2) return 'null';
      return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
    }
    return formatG(value, precision);
  }

  private table(depth: number): Bytes {
    const { vm, state, settings } = this;
    if (depth > settings.encodeDepth || vm.api.lua_checkstack(state, 3) === 0) luaError(vm, state, `Cannot serialise, excessive nesting (${depth})`);
    const length = this.arrayLength();
    return length > 0 ? this.array(depth, length) : this.object(depth);
  }

  /** How long an array the table is; −1 when it is none. */
  private arrayLength(): number {
    const { api } = this.vm;
    const { state, settings } = this;
    let most = 0;
    let items = 0;
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      const key = api.lua_type(state, -2) === LUA_TNUMBER ? api.lua_tonumber(state, -2) : 0;
      if (!(key >= 1) || Math.floor(key) !== key) {
        api.lua_settop(state, -3);
        return -1;
      }
      most = Math.max(most, key);
      items++;
      api.lua_settop(state, -2);
    }
    if (settings.sparseRatio > 0 && most > items * settings.sparseRatio && most > settings.sparseSafe) {
      if (!settings.sparseConvert) this.refuse(-1, 'excessively sparse array');
      return -1;
    }
    return most;
  }

  private array(depth: number, length: number): Bytes {
    const { api } = this.vm;
    let out = '[';
    for (let i = 1; i <= length; i++) {
      if (i > 1) out += ',';
      api.lua_rawgeti(this.state, -1, i);
      out += this.top(depth);
      api.lua_settop(this.state, -2);
    }
    return `${out}]`;
  }

  private object(depth: number): Bytes {
    const { vm, state } = this;
    const { api } = vm;
    let out = '{';
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      if (out.length > 1) out += ',';
      const type = api.lua_type(state, -2);
      if (type === LUA_TNUMBER) out += `"${this.number(-2)}":`;
      else if (type === LUA_TSTRING) out += `${jsonString(vm.bytes(state, -2) ?? '')}:`;
      else this.refuse(-2, 'table key must be a number or string');
      out += this.top(depth);
      api.lua_settop(state, -2);
    }
    return `${out}}`;
  }
}

class Decoder {
  private readonly vm: LuaVm;
  private readonly state: LuaState;
  private readonly text: JsonText;
  private readonly settings: Settings;
  private depth = 0;
  private token: Token = { type: 'T_END', at: 0 };
  constructor(vm: LuaVm, state: LuaState, text: Bytes, settings: Settings) {
    this.vm = vm;
    this.state = state;
    this.settings = settings;
    this.text = new JsonText(text, settings.decodeInvalid);
  }

  /** Pushes what the whole text means. */
  whole(): void {
    this.advance();
    this.value();
    this.advance();
    if (this.token.type !== 'T_END') this.fail('the end');
  }

  private advance(): Token {
    return (this.token = this.text.next());
  }

  private fail(expected: Bytes): never {
    const { token } = this;
    const found = token.type === 'T_ERROR' ? token.what : token.type;
    return luaError(this.vm, this.state, `Expected ${expected} but found ${found} at character ${token.at + 1}`);
  }

  private value(): void {
    const { vm, state, token } = this;
    const { api } = vm;
    switch (token.type) {
      case 'T_STRING':
        return vm.pushBytes(state, token.text);
      case 'T_NUMBER':
        return api.lua_pushnumber(state, token.value);
      case 'T_BOOLEAN':
        return api.lua_pushboolean(state, token.value ? 1 : 0);
      case 'T_NULL':
        return api.lua_pushlightuserdata(state, 0);
      case 'T_OBJ_BEGIN':
        return this.object();
      case 'T_ARR_BEGIN':
        return this.array();
      default:
        return this.fail('value');
    }
  }

  private descend(slots: number): void {
    this.depth++;
    if (this.depth > this.settings.decodeDepth || this.vm.api.lua_checkstack(this.state, slots) === 0) {
      luaError(this.vm, this.state, `Found too many nested data structures (${this.depth}) at character ${this.token.at + 1}`);
    }
    this.vm.api.lua_createtable(this.state, 0, 0);
  }

  private object(): void {
    this.descend(3);
    let token = this.advance();
    while (token.type !== 'T_OBJ_END') {
      if (token.type !== 'T_STRING') this.fail('object key string');
      this.vm.pushBytes(this.state, token.text);
      if (this.advance().type !== 'T_COLON') this.fail('colon');
      this.advance();
      this.value();
      this.vm.api.lua_rawset(this.state, -3);
      token = this.advance();
      if (token.type === 'T_OBJ_END') break;
      if (token.type !== 'T_COMMA') this.fail('comma or object end');
      token = this.advance();
      // What follows a comma must be a key, so that `{"a":1,}` fails.
      if (token.type === 'T_OBJ_END') this.fail('object key string');
    }
    this.depth--;
  }

  private array(): void {
    this.descend(2);
    if (this.advance().type !== 'T_ARR_END') {
      for (let i = 1; ; i++) {
        this.value();
        this.vm.api.lua_rawseti(this.state, -2, i);
        const { type } = this.advance();
        if (type === 'T_ARR_END') break;
        if (type !== 'T_COMMA') this.fail('comma or array end');
        this.advance();
      }
    }
    this.depth--;
  }
}
