/*
 * The `redis` library of scripts
 * ------------------------------
 * redis.call and redis.pcall run commands; the rest answers small questions. An error is a table with the
 * field `err`; redis.call raises it, redis.pcall returns it. Errors that redis.call itself finds (no such
 * command, wrong number of arguments, not allowed in scripts) count in the statistics when they are made.
 */
import { cText, fold, type Bytes } from '../bytes.ts';
import type { Command } from '../command.ts';
import type { LogLevel } from '../log.ts';
import { formatDouble } from '../numbers.ts';
import type { Reply } from '../reply.ts';
import { sha1 } from '../sha1.ts';
import { REDIS_VERSION } from '../version.ts';
import { pushError, pushReply } from './conversions.ts';
import type { DebugSession } from './debugger/session.ts';
import { LUA_TNUMBER, LUA_TSTRING, type LuaFunction, type LuaState, type LuaVm } from './lua-vm.ts';
import type { Library } from './library.ts';

/** What the library needs of the running script and its server. */
export interface RedisApiHost {
  /** RESP version of the running script. */
  resp: 2 | 3;
  /** Who debugs the running script. */
  readonly session: Pick<DebugSession, 'breakpoint' | 'print' | 'calls' | 'replied' | 'failed'> | undefined;
  /** The command and, when it may not run now, why. */
  find(argv: readonly Bytes[]): { readonly command: Command } | { readonly refusal: Bytes };
  runCommand(command: Command, argv: readonly Bytes[]): Reply;
  /** Whether the user of the running script may run this command; undefined when there is none of this form. */
  mayRun(argv: readonly Bytes[]): boolean | 'unknown' | 'arity';
  log(level: LogLevel, text: Bytes): void;
  /** Chooses where the script's writes go: REPL_AOF and REPL_REPLICA. */
  setReplication(targets: number): void;
}

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
const REPL_AOF = 1;
const REPL_REPLICA = 2;
const NOT_STRINGS = 'ERR Lua redis lib command arguments must be strings or integers';
const NO_ARGUMENTS = 'ERR Please specify at least one argument for this redis lib call';

const LOG_CONSTANTS: Library = [['LOG_DEBUG', 0], ['LOG_VERBOSE', 1], ['LOG_NOTICE', 2], ['LOG_WARNING', 3]];
const [major = 0, minor = 0, patch = 0] = REDIS_VERSION.split('.').map(Number);
const VERSION_CONSTANTS: Library = [['REDIS_VERSION', REDIS_VERSION], ['REDIS_VERSION_NUM', (major << 16) | (minor << 8) | patch]];

/** A number as an argument of a command: whole where it is whole, else the fewest digits. */
function numberArgument(value: number): Bytes {
  if (value === 0) return '0';
  if (Number.isNaN(value)) return isNegativeNan(value) ? '-nan' : 'nan';
  return formatDouble(value);
}

const nanBits = new DataView(new ArrayBuffer(8));
function isNegativeNan(value: number): boolean {
  nanBits.setFloat64(0, value);
  return nanBits.getUint8(0) >= 128;
}

/** The arguments of a call; undefined when one is neither string nor number. */
function callArguments(vm: LuaVm, state: LuaState): Bytes[] | undefined {
  const { api } = vm;
  const count = api.lua_gettop(state);
  const argv = new Array<Bytes>(count);
  for (let i = 1; i <= count; i++) {
    const type = api.lua_type(state, i);
    if (type === LUA_TSTRING) argv[i - 1] = vm.bytes(state, i) ?? '';
    else if (type === LUA_TNUMBER) argv[i - 1] = numberArgument(api.lua_tonumber(state, i));
    else return undefined;
  }
  return argv;
}

/** The library as EVAL's scripts have it, or functions, which lack a few. */
export function redisLibrary(vm: LuaVm, host: RedisApiHost, kind: 'eval' | 'function'): Library {
  const { api } = vm;

  const fail = (state: LuaState, text: Bytes, raises: boolean, counted = false): number => {
    host.session?.failed(shownError(text));
    pushError(vm, state, text, counted);
    return raises ? vm.raiseTop(state) : 1;
  };
  const call = (raises: boolean): LuaFunction => (state) => {
    if (api.lua_gettop(state) === 0) return fail(state, NO_ARGUMENTS, raises);
    const argv = callArguments(vm, state);
    if (argv === undefined) return fail(state, NOT_STRINGS, raises);
    host.session?.calls(argv);
    const found = host.find(argv);
    if ('refusal' in found) return fail(state, found.refusal, raises, true);
    const reply = host.runCommand(found.command, argv);
    pushReply(vm, state, reply, host.resp);
    const failed = typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'error';
    if (host.session !== undefined) {
      if (failed) host.session.failed(`-${reply.text}`);
      host.session.replied(reply, host.resp);
    }
    return failed && raises ? vm.raiseTop(state) : 1;
  };
  const oneString = (state: LuaState, field: 'err' | 'ok', make: (text: Bytes) => Bytes): number => {
    if (api.lua_gettop(state) !== 1 || api.lua_type(state, 1) !== LUA_TSTRING) return fail(state, 'ERR wrong number or type of arguments', false);
    const text = make(vm.bytes(state, 1) ?? '');
    if (field === 'err') host.session?.failed(`-${text}`);
    api.lua_createtable(state, 0, 1);
    vm.pushBytes(state, text);
    vm.setField(state, -2, field);
    return 1;
  };

  const everywhere: Library = [
    ['call', call(true)],
    ['pcall', call(false)],
    ...logLibrary(vm, host),
    ['setresp', (state) => {
      if (api.lua_gettop(state) !== 1) return fail(state, 'ERR redis.setresp() requires one argument.', true);
      const version = Math.trunc(api.lua_tonumber(state, 1));
      if (version !== 2 && version !== 3) return fail(state, 'ERR RESP version must be 2 or 3.', true);
      host.resp = version;
      return 0;
    }],
    ['sha1hex', (state) => {
      if (api.lua_gettop(state) !== 1) return fail(state, 'ERR wrong number of arguments', true);
      vm.pushBytes(state, hex(sha1(vm.bytes(state, 1) ?? '')));
      return 1;
    }],
    ['error_reply', (state) => oneString(state, 'err', errorText)],
    ['status_reply', (state) => oneString(state, 'ok', (text) => text)],
    ['set_repl', (state) => {
      if (api.lua_gettop(state) !== 1) return fail(state, 'ERR redis.set_repl() requires one argument.', true);
      const given = api.lua_tonumber(state, 1);
      // C's int: the smallest for what does not fit.
      const flags = Math.abs(given) < 2 ** 31 ? Math.trunc(given) : -(2 ** 31);
      if ((flags & ~(REPL_AOF | REPL_REPLICA)) !== 0) return fail(state, 'ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.', true);
      host.setReplication(flags);
      return 0;
    }],
    ['REPL_NONE', 0], ['REPL_AOF', REPL_AOF], ['REPL_SLAVE', REPL_REPLICA], ['REPL_REPLICA', REPL_REPLICA], ['REPL_ALL', REPL_AOF | REPL_REPLICA],
    ['acl_check_cmd', (state) => {
      if (api.lua_gettop(state) === 0) return fail(state, NO_ARGUMENTS, true);
      const argv = callArguments(vm, state);
      if (argv === undefined) return fail(state, NOT_STRINGS, true);
      const may = host.mayRun(argv);
      if (may === 'unknown') return fail(state, 'ERR Invalid command passed to redis.acl_check_cmd()', true);
      if (may === 'arity') return fail(state, 'ERR Wrong number of args for redis.acl_check_cmd()', true);
      api.lua_pushboolean(state, may ? 1 : 0);
      return 1;
    }],
  ];
  if (kind === 'function') return everywhere;
  return [
    ...everywhere,
    ['breakpoint', (state) => {
      host.session?.breakpoint();
      api.lua_pushboolean(state, host.session === undefined ? 0 : 1);
      return 1;
    }],
    ['debug', (state) => {
      host.session?.print(state);
      return 0;
    }],
    ['replicate_commands', (state) => (api.lua_pushboolean(state, 1), 1)],
  ];
}

/** redis.log with its levels, and the version: what a library may use while it is being loaded, too. */
export function logLibrary(vm: LuaVm, host: Pick<RedisApiHost, 'log' | 'session'>): Library {
  const { api } = vm;
  const fail = (state: LuaState, text: Bytes): never => {
    host.session?.failed(shownError(text));
    pushError(vm, state, text, false);
    return vm.raiseTop(state);
  };
  return [
    ['log', (state) => {
      const count = api.lua_gettop(state);
      if (count < 2) return fail(state, 'ERR redis.log() requires two arguments or more.');
      if (api.lua_isnumber(state, 1) === 0) return fail(state, 'ERR First argument must be a number (log level).');
      const level = LEVELS[Math.trunc(api.lua_tonumber(state, 1))];
      if (level === undefined) return fail(state, 'ERR Invalid log level.');
      const words: Bytes[] = [];
      for (let i = 2; i <= count; i++) {
        const word = vm.bytes(state, i);
        if (word !== undefined) words.push(word);
      }
      host.log(level, cText(words.join(' ')));
      return 0;
    }],
    ...LOG_CONSTANTS,
    ...VERSION_CONSTANTS,
  ];
}

/** An error of the library itself is shown without its code, one of a command as it is sent. */
function shownError(text: Bytes): Bytes {
  return text.startsWith('ERR ') ? text.slice(4) : `-${text}`;
}

/** redis.error_reply: a text of one word gets the usual code in front, a leading minus is dropped. */
function errorText(text: Bytes): Bytes {
  const withoutMinus = text.startsWith('-') ? text.slice(1) : text;
  return withoutMinus.includes(' ') ? withoutMinus : `ERR ${withoutMinus}`;
}

export function hex(bytes: Bytes): Bytes {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += bytes.charCodeAt(i).toString(16).padStart(2, '0');
  return out;
}

/** The command that argv names, with its subcommand; undefined when there is none. */
export function findCommand(lookup: (name: Bytes) => Command | undefined, argv: readonly Bytes[]): Command | undefined {
  const name = argv[0] as Bytes;
  const top = lookup(name) ?? lookup(fold(name));
  if (top?.subcommands === undefined || argv.length < 2) return top;
  return top.subcommands.get(fold(argv[1] as Bytes));
}

/** Whether the number of words fits the command. */
export function arityFits(command: Command, argv: readonly Bytes[]): boolean {
  const { arity } = command.spec;
  return arity > 0 ? arity === argv.length : argv.length >= -arity;
}

