/*
 * Values as the debugger shows them
 * ---------------------------------
 * Values of Lua and replies of commands on one line, each in the notation of its own world: `{["a"]=1; [2]=true}` and
 * `["a","1"]`. Strings are quoted, and nothing is left out: cutting long texts is the session's business.
 */
import type { Bytes } from '../../bytes.ts';
import { quote } from '../../monitor.ts';
import { formatDouble } from '../../numbers.ts';
import { isTagged, type Reply } from '../../reply.ts';
import {
  LUA_TBOOLEAN, LUA_TFUNCTION, LUA_TLIGHTUSERDATA, LUA_TNIL, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE, LUA_TTHREAD, type LuaState, type LuaVm,
} from '../lua-vm.ts';
import { formatG } from '../printf.ts';

/** Tables in tables are shown down to this depth: one may contain itself. */
const DEEPEST = 10;

/** The topmost value of the stack, which stays there. */
export function showValue(vm: LuaVm, state: LuaState, depth = 0): Bytes {
  const { api } = vm;
  if (depth === DEEPEST) return '<max recursion level reached! Nested table?>';
  const type = api.lua_type(state, -1);
  switch (type) {
    case LUA_TSTRING:
      return quote(vm.bytes(state, -1) ?? '');
    case LUA_TBOOLEAN:
      return api.lua_toboolean(state, -1) !== 0 ? 'true' : 'false';
    case LUA_TNUMBER:
      return showNumber(api.lua_tonumber(state, -1));
    case LUA_TNIL:
      return 'nil';
    case LUA_TTABLE:
      return showTable(vm, state, depth);
    default: {
      const kind = type === LUA_TFUNCTION ? 'function' : type === LUA_TTHREAD ? 'thread' : type === LUA_TLIGHTUSERDATA ? 'light-userdata' : 'userdata';
      const pointer = api.lua_topointer(state, -1);
      return `"${kind}@${pointer === 0 ? '(nil)' : `0x${pointer.toString(16)}`}"`;
    }
  }
}

function showNumber(value: number): Bytes {
  if (Number.isFinite(value)) return formatG(value, 6);
  if (Number.isNaN(value)) return '-nan';
  return value > 0 ? 'inf' : '-inf';
}

/** With the keys, unless they are 1, 2, 3, … in this order. */
function showTable(vm: LuaVm, state: LuaState, depth: number): Bytes {
  const { api } = vm;
  const values: Bytes[] = [];
  const pairs: Bytes[] = [];
  let isList = true;
  api.lua_checkstack(state, 4);
  api.lua_pushnil(state);
  while (api.lua_next(state, -2) !== 0) {
    const value = showValue(vm, state, depth + 1);
    api.lua_settop(state, -2);
    if (api.lua_type(state, -1) !== LUA_TNUMBER || api.lua_tonumber(state, -1) !== values.length + 1) isList = false;
    values.push(value);
    pairs.push(`[${showValue(vm, state, depth + 1)}]=${value}`);
  }
  return `{${(isList ? values : pairs).join('; ')}}`;
}

/** A reply, of which the debugger reads what RESP `resp` says. Kinds that it does not know are shown as nothing. */
export function showReply(reply: Reply, resp: 2 | 3): Bytes {
  if (typeof reply === 'string') return quote(reply);
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (reply === null) return resp === 2 ? 'NULL' : '(null)';
  const all = (items: readonly Reply[]): Bytes => items.map((item) => showReply(item, resp)).join(',');
  if (!isTagged(reply)) return `[${all(reply)}]`;
  switch (reply.kind) {
    case 'status':
      return quote(`+${reply.text}`);
    case 'error':
      return quote(`-${reply.text}`);
    case 'nilArray':
      return resp === 2 ? 'NULL' : '(null)';
    case 'map':
      if (resp === 2) return `[${all(reply.pairs.flat())}]`;
      return `{${reply.pairs.map((pair) => pair.map((each) => showReply(each, resp)).join(' => ')).join(',')}}`;
    case 'set':
      return resp === 2 ? `[${all(reply.members)}]` : `~(${all(reply.members)})`;
    case 'double':
      return resp === 2 ? quote(formatDouble(reply.value)) : `(double) ${formatDouble(reply.value)}`;
    case 'boolean':
      if (resp === 2) return reply.value ? '1' : '0';
      return reply.value ? '#true' : '#false';
    case 'verbatim':
      return resp === 2 ? quote(reply.text) : '';
    case 'bigNumber':
      return resp === 2 ? quote(reply.digits) : '';
    default:
      return '';
  }
}
