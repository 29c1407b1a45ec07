/*
 * Functions
 * ---------
 * A library is a piece of code that registers functions when it is loaded; FCALL calls them by name. All
 * libraries share one Lua state. While one is being loaded it sees of the globals only `redis`, and of that
 * only register_function, log and constants: loading must not depend on data, since a replica and a restart
 * load it again. Libraries are part of the dataset: they are written to RDB files and propagated.
 */
import { fold, own, type Bytes } from '../bytes.ts';
import type { Ctx } from '../command.ts';
import { CommandError, type Reply } from '../reply.ts';
import { pushError } from './conversions.ts';
import { pushWords } from './eval-cache.ts';
import { LUA_OK, LUA_REGISTRYINDEX, LUA_TFUNCTION, LUA_TNIL, LUA_TTABLE, type LuaState } from './lua-vm.ts';
import { logLibrary } from './redis-api.ts';
import { errorMessage, type Sandbox } from './sandbox.ts';
import type { Scripting } from './scripting.ts';
import { isScriptFlag, libraryMetadata, type ScriptFlag } from './shebang.ts';

/** FUNCTION LOAD may take this long. */
const LOAD_LIMIT_MS = 500;
const BAD_NAME = 'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';
const NAME = /^[A-Za-z0-9_]+$/;

export interface LuaFunctionEntry {
  readonly name: Bytes;
  readonly description: Bytes | undefined;
  readonly flags: ReadonlySet<ScriptFlag>;
  readonly library: FunctionLibrary;
  /** Its place in Lua's registry. */
  readonly fn: number;
}

export interface FunctionLibrary {
  readonly name: Bytes;
  readonly code: Bytes;
  readonly functions: Map<Bytes, LuaFunctionEntry>;
}

export class Functions {
  libraries = new Map<Bytes, FunctionLibrary>();
  private functions = new Map<Bytes, LuaFunctionEntry>();
  private readonly scripting: Scripting;
  private box: Sandbox | undefined;
  /** The library that is being loaded. */
  private loading: FunctionLibrary | undefined;
  private loadTable = 0;

  constructor(scripting: Scripting) {
    this.scripting = scripting;
  }

  get functionCount(): number {
    let count = 0;
    for (const { functions } of this.libraries.values()) count += functions.size;
    return count;
  }

  /** Bytes of the libraries' codes and entries, as INFO's used_memory_functions counts them. */
  get bytes(): number {
    let total = 200;
    for (const { code, functions } of this.libraries.values()) total += code.length + 120 + functions.size * 120;
    return total;
  }

  get vmBytes(): number {
    return this.box === undefined ? 33792 : Math.ceil(this.box.vm.usedBytes(this.box.state) / 1024) * 1024;
  }

  private get sandbox(): Sandbox {
    if (this.box !== undefined) return this.box;
    const { scripting } = this;
    const box = scripting.openSandbox('function');
    const { vm, state } = box;
    // What a library sees while it is loaded: missing names complain, in `redis` too.
    const complain = (): void => {
      vm.api.lua_createtable(state, 0, 1);
      box.pushMissing();
      vm.setField(state, -2, '__index');
      vm.api.lua_setmetatable(state, -2);
    };
    vm.api.lua_createtable(state, 0, 1);
    box.pushLibrary([['register_function', (s) => this.registerFunction(s)], ...logLibrary(vm, scripting)]);
    complain();
    box.close();
    vm.setField(state, -2, 'redis');
    complain();
    this.loadTable = vm.api.luaL_ref(state, LUA_REGISTRYINDEX);
    return (this.box = box);
  }

  /** The machine was lost: the libraries are compiled anew when the next function is called. */
  forgetMachine(): void {
    this.box = undefined;
    const codes = this.codes();
    this.libraries = new Map();
    this.functions = new Map();
    for (const code of codes) this.load(code, false);
  }

  // --- loading --------------------------------------------------------------------------------------

  /** FUNCTION LOAD: the library's name. */
  load(given: Bytes, replaces: boolean): Bytes {
    const code = own(given);
    const { engine, name, body } = libraryMetadata(code);
    if (!NAME.test(name)) throw new CommandError(BAD_NAME);
    if (!isLua(engine)) throw new CommandError(`ERR Engine '${engine}' not found`);
    const old = this.libraries.get(name);
    if (old !== undefined && !replaces) throw new CommandError(`ERR Library '${name}' already exists`);
    const library = this.compile(name, code, body);
    if (old !== undefined) this.unlink(old);
    const taken = [...library.functions.keys()].find((each) => this.functions.has(fold(each)));
    if (taken !== undefined) {
      if (old !== undefined) this.link(old);
      throw new CommandError(`ERR Function ${taken} already exists`);
    }
    this.link(library);
    return name;
  }

  /** A library of an RDB file; the text of what is wrong with it, or undefined. */
  loadFromFile(code: Bytes, replaces: boolean): Bytes | undefined {
    try {
      this.load(code, replaces);
    } catch (problem) {
      if (!(problem instanceof CommandError)) throw problem;
      return `Failed creating the library ${problem.text.replace(/^ERR /, '')}`;
    }
    return undefined;
  }

  private link(library: FunctionLibrary): void {
    this.libraries.set(library.name, library);
    // Names that differ in case alone pass inside one library; the first of them is called.
    for (const entry of library.functions.values()) if (!this.functions.has(fold(entry.name))) this.functions.set(fold(entry.name), entry);
  }

  private unlink(library: FunctionLibrary): void {
    this.libraries.delete(library.name);
    for (const entry of library.functions.values()) this.functions.delete(fold(entry.name));
  }

  private compile(name: Bytes, code: Bytes, body: Bytes): FunctionLibrary {
    const box = this.sandbox;
    const { vm, state } = box;
    if (vm.load(state, body, '@user_function') !== LUA_OK) {
      const message = vm.bytes(state, -1) ?? '';
      vm.api.lua_settop(state, -2);
      throw new CommandError(`ERR Error compiling function: ${message}`);
    }
    const library: FunctionLibrary = { name, code, functions: new Map() };
    const problem = this.runLoader(box, library);
    if (problem !== undefined) throw new CommandError(`ERR Error registering functions: ${problem}`);
    if (library.functions.size === 0) throw new CommandError('ERR No functions registered');
    return library;
  }

  /** Runs the compiled code on top of the stack; the text of its error, if it ends in one. */
  private runLoader(box: Sandbox, library: FunctionLibrary): Bytes | undefined {
    const { vm, state } = box;
    const { clock, lua } = this.scripting.server.env;
    const startedUs = clock.monotonic();
    const thread = box.takeThread();
    vm.api.lua_xmove(state, thread, 1);
    this.loading = library;
    vm.api.lua_rawgeti(state, LUA_REGISTRYINDEX, this.loadTable);
    box.replaceGlobals();
    vm.hook = (running) => {
      if (lua.sliceCostUs > 0) clock.spend(lua.sliceCostUs);
      if (clock.monotonic() - startedUs < LOAD_LIMIT_MS * 1000) return;
      vm.setHook(running, 1);
      pushError(vm, running, 'ERR FUNCTION LOAD timeout', false);
      vm.raiseTop(running);
    };
    const failed = vm.api.lua_resume(thread, 0) !== LUA_OK;
    box.restoreGlobals();
    this.loading = undefined;
    const problem = failed ? errorMessage(vm, thread).text : undefined;
    box.giveThread(thread, failed);
    return problem;
  }

  /** redis.register_function, with a name and a callback or with one table that names its arguments. */
  private registerFunction(state: LuaState): number {
    const { vm } = this.sandbox;
    const { api } = vm;
    const { loading } = this;
    const fail = (text: Bytes): never => {
      pushError(vm, state, `ERR ${text}`, false);
      return vm.raiseTop(state);
    };
    const count = api.lua_gettop(state);
    if (count < 1 || count > 2) return fail('wrong number of arguments to redis.register_function');
    if (loading === undefined) return fail('redis.register_function can only be called on FUNCTION LOAD command');
    let name: Bytes | undefined;
    let description: Bytes | undefined;
    let flags: ReadonlySet<ScriptFlag> = new Set();
    let fn: number | undefined;
    if (count === 1) {
      if (api.lua_type(state, 1) !== LUA_TTABLE) return fail('calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).');
      api.lua_pushnil(state);
      while (api.lua_next(state, 1) !== 0) {
        const field = api.lua_isstring(state, -2) !== 0 && api.lua_isnumber(state, -2) === 0 ? vm.bytes(state, -2) : undefined;
        if (field === 'function_name') name = vm.bytes(state, -1) ?? fail('function_name argument given to redis.register_function must be a string');
        else if (field === 'description') description = vm.bytes(state, -1) ?? fail('description argument given to redis.register_function must be a string');
        else if (field === 'callback') {
          if (api.lua_type(state, -1) !== LUA_TFUNCTION) return fail('callback argument given to redis.register_function must be a function');
          api.lua_pushvalue(state, -1);
          fn = api.luaL_ref(state, LUA_REGISTRYINDEX);
        } else if (field === 'flags') {
          if (api.lua_type(state, -1) !== LUA_TTABLE) return fail('flags argument to redis.register_function must be a table representing function flags');
          flags = this.readFlags(state) ?? fail('unknown flag given');
        } else return fail('unknown argument given to redis.register_function');
        api.lua_settop(state, -2);
      }
      if (name === undefined) return fail('redis.register_function must get a function name argument');
      if (fn === undefined) return fail('redis.register_function must get a callback argument');
    } else {
      name = vm.bytes(state, 1) ?? fail('first argument to redis.register_function must be a string');
      if (api.lua_type(state, 2) !== LUA_TFUNCTION) return fail('second argument to redis.register_function must be a function');
      api.lua_pushvalue(state, 2);
      fn = api.luaL_ref(state, LUA_REGISTRYINDEX);
    }
    if (!NAME.test(name)) return fail(BAD_NAME.slice(4));
    if (loading.functions.has(name)) return fail('Function already exists in the library');
    loading.functions.set(name, { name, description, flags, library: loading, fn });
    return 0;
  }

  /** The flags in the table on top of the stack; undefined when one is none. */
  private readFlags(state: LuaState): ReadonlySet<ScriptFlag> | undefined {
    const { vm } = this.sandbox;
    const flags = new Set<ScriptFlag>();
    for (let i = 1; ; i++) {
      vm.api.lua_rawgeti(state, -1, i);
      const isEnd = vm.api.lua_type(state, -1) === LUA_TNIL;
      const flag = isEnd ? undefined : vm.bytes(state, -1);
      vm.api.lua_settop(state, -2);
      if (isEnd) return flags;
      if (flag === undefined || !isScriptFlag(flag)) return undefined;
      flags.add(flag);
    }
  }

  // --- calling --------------------------------------------------------------------------------------

  /** FCALL and FCALL_RO. */
  call({ client, argv }: Ctx, entry: LuaFunctionEntry, readOnly: boolean, keyCount: number): Reply {
    const rights = { kind: 'function', name: entry.name, caller: client, argv, readOnly, flags: entry.flags, compat: false } as const;
    return this.scripting.run(this.sandbox, entry.fn, rights, (thread) => {
      pushWords(this.sandbox, argv, 3, 3 + keyCount, thread);
      pushWords(this.sandbox, argv, 3 + keyCount, argv.length, thread);
      return 2;
    });
  }

  find(name: Bytes): LuaFunctionEntry | undefined {
    return this.functions.get(fold(name));
  }

  // --- all of them ------------------------------------------------------------------------------------

  delete(name: Bytes): boolean {
    const library = this.libraries.get(name);
    if (library === undefined) return false;
    this.unlink(library);
    return true;
  }

  flush(): void {
    this.box = undefined;
    this.libraries = new Map();
    this.functions = new Map();
  }

  /** The libraries' codes: what files and FUNCTION DUMP keep. */
  codes(): Bytes[] {
    return [...this.libraries.values()].map((library) => library.code);
  }

  /** Restores libraries, all or none of them. */
  restore(codes: readonly Bytes[], policy: 'flush' | 'append' | 'replace'): void {
    const before = { libraries: new Map(this.libraries), functions: new Map(this.functions) };
    if (policy === 'flush') {
      this.libraries = new Map();
      this.functions = new Map();
    }
    try {
      for (const code of codes) {
        const { name } = libraryMetadata(code);
        if (policy !== 'replace' && this.libraries.has(name)) throw new CommandError(`ERR Library ${name} already exists`);
        this.load(code, true);
      }
    } catch (problem) {
      this.libraries = before.libraries;
      this.functions = before.functions;
      throw problem;
    }
  }
}

/** The engine's name, in any case. */
function isLua(engine: Bytes): boolean {
  return /^lua$/i.test(engine);
}
