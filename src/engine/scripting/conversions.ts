/*
 * Between replies and Lua
 * -----------------------
 * What redis.call returns is a reply turned into Lua's values; what a script returns is turned into a reply.
 * The rules are old and lose things: a number loses its fraction, an array ends at its first nil, nil comes
 * back as false. Kinds that Lua lacks are tables with one telling field: {ok=…}, {err=…} and, since RESP3,
 * {double=…}, {map=…}, {set=…}, {big_number=…}, {verbatim_string={format=…, string=…}}.
 */
import { cText, INT64_MIN, type Bytes } from '../bytes.ts';
import { formatDouble } from '../numbers.ts';
import { errorReply, isTagged, type Reply, type TaggedReply } from '../reply.ts';
import { LUA_TBOOLEAN, LUA_TNIL, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE, type LuaState, type LuaVm } from './lua-vm.ts';

/** Pushes what redis.call returns for `reply`, as the script's RESP version shows it. */
export function pushReply(vm: LuaVm, state: LuaState, reply: Reply, resp: 2 | 3): void {
  const { api } = vm;
  if (typeof reply === 'string') return vm.pushBytes(state, reply);
  if (typeof reply === 'number') return api.lua_pushnumber(state, reply);
  if (typeof reply === 'bigint') return api.lua_pushnumber(state, Number(reply));
  if (reply === null) return resp === 2 ? api.lua_pushboolean(state, 0) : api.lua_pushnil(state);
  api.lua_checkstack(state, 8);
  if (isTagged(reply)) pushTagged(vm, state, reply, resp);
  else pushArray(vm, state, reply, resp);
}

function pushArray(vm: LuaVm, state: LuaState, items: readonly Reply[], resp: 2 | 3): void {
  vm.api.lua_createtable(state, items.length, 0);
  for (let i = 0; i < items.length; i++) {
    pushReply(vm, state, items[i] as Reply, resp);
    vm.api.lua_rawseti(state, -2, i + 1);
  }
}

function pushTagged(vm: LuaVm, state: LuaState, reply: TaggedReply, resp: 2 | 3): void {
  const { api } = vm;
  /** A table whose only field is what `push` pushes. */
  const telling = (field: string, push: () => void): void => {
    api.lua_createtable(state, 0, 1);
    push();
    vm.setField(state, -2, field);
  };
  switch (reply.kind) {
    case 'status':
      return telling('ok', () => vm.pushBytes(state, reply.text));
    case 'error':
      return pushError(vm, state, reply.text, true);
    case 'nilArray':
      return resp === 2 ? api.lua_pushboolean(state, 0) : api.lua_pushnil(state);
    case 'map':
      if (resp === 2) return pushArray(vm, state, reply.pairs.flat(), 2);
      return telling('map', () => {
        api.lua_createtable(state, 0, reply.pairs.length);
        for (const [key, value] of reply.pairs) {
          pushReply(vm, state, key, resp);
          pushReply(vm, state, value, resp);
          api.lua_rawset(state, -3);
        }
      });
    case 'set':
      if (resp === 2) return pushArray(vm, state, reply.members, 2);
      return telling('set', () => {
        api.lua_createtable(state, 0, reply.members.length);
        for (const member of reply.members) {
          pushReply(vm, state, member, resp);
          api.lua_pushboolean(state, 1);
          api.lua_rawset(state, -3);
        }
      });
    case 'double':
      if (resp === 2) return vm.pushBytes(state, formatDouble(reply.value));
      return telling('double', () => api.lua_pushnumber(state, reply.value));
    case 'boolean':
      return resp === 2 ? api.lua_pushnumber(state, reply.value ? 1 : 0) : api.lua_pushboolean(state, reply.value ? 1 : 0);
    case 'verbatim':
      if (resp === 2) return vm.pushBytes(state, reply.text);
      return telling('verbatim_string', () => {
        api.lua_createtable(state, 0, 2);
        vm.pushBytes(state, reply.text);
        vm.setField(state, -2, 'string');
        vm.pushBytes(state, reply.format);
        vm.setField(state, -2, 'format');
      });
    case 'bigNumber':
      if (resp === 2) return vm.pushBytes(state, reply.digits);
      return telling('big_number', () => vm.pushBytes(state, reply.digits));
    case 'push':
      return pushArray(vm, state, reply.items, resp);
    case 'attribute':
    case 'spoken':
      return pushReply(vm, state, reply.reply, resp);
    case 'many':
    case 'none':
      return api.lua_pushnil(state);
  }
}

/** Pushes the table that stands for an error; `counted`: the statistics have it already. */
export function pushError(vm: LuaVm, state: LuaState, text: Bytes, counted: boolean): void {
  const { api } = vm;
  api.lua_createtable(state, 0, 0);
  if (counted) {
    api.lua_pushboolean(state, 1);
    vm.setField(state, -2, 'ignore_error_stats_update');
  }
  vm.pushBytes(state, text);
  vm.setField(state, -2, 'err');
}

/** An error of a script as a reply; what redis.call met inside was counted there and is not counted again. */
export function scriptError(text: Bytes, counted: boolean): TaggedReply {
  return counted ? { kind: 'error', text: cText(text), counted } : errorReply(cText(text));
}

/** Beyond this depth the real server's Lua stack is full. */
const STACK_LIMIT = 'ERR reached lua stack limit';

/** A container whose parts are being turned into replies; it takes them one by one. */
interface OpenContainer {
  /** Takes the reply of its last part and puts the next one on top of Lua's stack (undefined), or is complete. */
  next(part: Reply): Reply | undefined;
}

/**
 * Takes the topmost value off the stack and returns the reply that it makes in `resp`, the version that the script
 * speaks. Open containers stand in a list of their own: a table may hold itself, and Lua's stack is deeper than ours.
 */
export function popReply(vm: LuaVm, state: LuaState, resp: 2 | 3): Reply {
  const open: OpenContainer[] = [];
  for (;;) {
    let reply = begin(vm, state, resp, open);
    while (reply !== undefined) {
      const container = open.at(-1);
      if (container === undefined) return reply;
      reply = container.next(reply);
      if (reply !== undefined) open.pop();
    }
  }
}

/** Takes the topmost value off and returns its reply, or opens it, with its first part on top. */
function begin(vm: LuaVm, state: LuaState, resp: 2 | 3, open: OpenContainer[]): Reply | undefined {
  const { api } = vm;
  // Four are needed; the real server has its handler of errors below all of this.
  if (api.lua_checkstack(state, 5) === 0) return popped(vm, state, errorReply(STACK_LIMIT));
  switch (api.lua_type(state, -1)) {
    case LUA_TSTRING:
      return popped(vm, state, vm.bytes(state, -1) ?? '');
    case LUA_TBOOLEAN: {
      const value = api.lua_toboolean(state, -1) !== 0;
      return popped(vm, state, resp === 3 ? { kind: 'boolean', value } : value ? 1 : null);
    }
    case LUA_TNUMBER:
      return popped(vm, state, toInteger(api.lua_tonumber(state, -1)));
    case LUA_TTABLE:
      return beginTable(vm, state, open);
    default:
      return popped(vm, state, null);
  }
}

function popped<T>({ api }: LuaVm, state: LuaState, value: T, count = 1): T {
  api.lua_settop(state, -1 - count);
  return value;
}

/** A double as C makes an integer of it on x86: towards zero, and the smallest one for what does not fit. */
function toInteger(value: number): number | bigint {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : INT64_MIN;
}

function beginTable(vm: LuaVm, state: LuaState, open: OpenContainer[]): Reply | undefined {
  const { api } = vm;
  /** Pushes the field past any metatable; whether it has the type, and if not, takes it away again. */
  const has = (field: Bytes, type: number): boolean => {
    vm.pushBytes(state, field);
    api.lua_rawget(state, -2);
    if (api.lua_type(state, -1) === type) return true;
    api.lua_settop(state, -2);
    return false;
  };
  /** What a field says is all that the table says: both go. */
  const take = <T>(value: T): T => popped(vm, state, value, 2);
  if (has('err', LUA_TSTRING)) {
    const text = popped(vm, state, vm.bytes(state, -1) ?? '');
    const counted = has('ignore_error_stats_update', LUA_TBOOLEAN) && popped(vm, state, api.lua_toboolean(state, -1) !== 0);
    return popped(vm, state, scriptError(text, counted));
  }
  if (has('ok', LUA_TSTRING)) return { kind: 'status', text: oneLine(take(vm.bytes(state, -1) ?? '')) };
  if (has('double', LUA_TNUMBER)) return { kind: 'double', value: take(api.lua_tonumber(state, -1)) };
  if (has('big_number', LUA_TSTRING)) return { kind: 'bigNumber', digits: take((vm.bytes(state, -1) ?? '').replace(/[\r\n]/g, ' ')) };
  if (has('verbatim_string', LUA_TTABLE)) {
    const verbatim = popped(vm, state, verbatimToReply(vm, state));
    if (verbatim !== undefined) return popped(vm, state, verbatim);
  }
  if (has('map', LUA_TTABLE)) return beginMap(vm, state, open);
  if (has('set', LUA_TTABLE)) return beginSet(vm, state, open);
  return beginArray(vm, state, open);
}

/** Opens a container: pushes its first part, or closes it at once when it has none. `take` says whether the next part has to be pushed, or lies there already. */
function beginParts(open: OpenContainer[], pushNext: () => Reply | undefined, take: (part: Reply) => boolean): Reply | undefined {
  const empty = pushNext();
  if (empty !== undefined) return empty;
  open.push({ next: (part) => (take(part) ? pushNext() : undefined) });
  return undefined;
}

/** Opens the array on top of the stack: its items come one by one, up to the first nil. */
function beginArray(vm: LuaVm, state: LuaState, open: OpenContainer[]): Reply | undefined {
  const items: Reply[] = [];
  const pushNext = (): Reply | undefined => {
    vm.api.lua_rawgeti(state, -1, items.length + 1);
    return vm.api.lua_type(state, -1) === LUA_TNIL ? popped(vm, state, items, 2) : undefined;
  };
  return beginParts(open, pushNext, (part) => items.push(part) > 0);
}

/** The next key of the table below the key on top, with its value above it; false, and no key any more, at the end. */
const nextEntry = ({ api }: LuaVm, state: LuaState): boolean => api.lua_next(state, -2) !== 0;

/** Opens the map whose field is on top: a copy of each key is taken first, then the value below it. */
function beginMap(vm: LuaVm, state: LuaState, open: OpenContainer[]): Reply | undefined {
  const { api } = vm;
  const pairs: [Reply, Reply][] = [];
  let key: Reply | undefined;
  const pushNext = (): Reply | undefined => {
    if (!nextEntry(vm, state)) return popped(vm, state, { kind: 'map', pairs } as const, 2);
    api.lua_pushvalue(state, -2);
    return undefined;
  };
  api.lua_pushnil(state);
  return beginParts(open, pushNext, (part) => {
    if (key === undefined) {
      key = part;
      return false;
    }
    pairs.push([key, part]);
    key = undefined;
    return true;
  });
}

/** Opens the set whose field is on top: its members are the keys. */
function beginSet(vm: LuaVm, state: LuaState, open: OpenContainer[]): Reply | undefined {
  const { api } = vm;
  const members: Reply[] = [];
  const pushNext = (): Reply | undefined => {
    if (!nextEntry(vm, state)) return popped(vm, state, { kind: 'set', members } as const, 2);
    api.lua_settop(state, -2);
    api.lua_pushvalue(state, -1);
    return undefined;
  };
  api.lua_pushnil(state);
  return beginParts(open, pushNext, (part) => members.push(part) > 0);
}

function verbatimToReply(vm: LuaVm, state: LuaState): Reply | undefined {
  const field = (name: Bytes): Bytes | undefined => {
    vm.pushBytes(state, name);
    vm.api.lua_rawget(state, -2);
    const value = vm.api.lua_type(state, -1) === LUA_TSTRING ? vm.bytes(state, -1) : undefined;
    vm.api.lua_settop(state, -2);
    return value;
  };
  const format = field('format');
  const text = field('string');
  return format === undefined || text === undefined ? undefined : { kind: 'verbatim', format: cText(format, 3).padEnd(3), text };
}

/** A status is one line, and C text. */
function oneLine(text: Bytes): Bytes {
  return cText(text).replace(/[\r\n]/g, ' ');
}
