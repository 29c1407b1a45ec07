/*
 * Lua 5.1 in WebAssembly
 * ----------------------
 * A loader for liblua5.1.wasm of the package wasmoon-lua5.1, without the package's own JavaScript: that one
 * takes strings for text and loses bytes. The module is plain Lua compiled with Emscripten, so what it wants
 * from outside is little: longjmp (an exception that `invoke_vii` catches), more memory, and files that it
 * never gets.
 *
 * A function of ours reaches Lua through a slot: WebAssembly can only call what stands in its table, and
 * JavaScript functions enter it wrapped. All slots come from one tiny module that is made here, byte by byte.
 *
 * WebAssembly is no part of the language's library for the type checker, and it computes nothing but what
 * it is given: so the four things that are used of it are declared here.
 */
import { fromUint8Array, type Bytes } from '../bytes.ts';
import type { LuaApi, LuaFunction, LuaPlace, LuaState, LuaVm } from './lua-vm.ts';

interface WasmFunctionTable {
  get(index: number): (...args: number[]) => number;
  set(index: number, fn: unknown): void;
  grow(by: number): number;
}
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
/** A compiled module, as WebAssembly.compile and new WebAssembly.Module give it. */
export type CompiledModule = object;
declare const WebAssembly: {
  readonly Module: (new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule) & { imports(module: CompiledModule): { module: string; name: string }[] };
  readonly Instance: new (module: CompiledModule, imports: Record<string, Record<string, unknown>>) => { exports: unknown };
};

/** What the module exports, beyond the part of Lua's API that is handed on as it is. */
interface Exports extends LuaApi {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmFunctionTable;
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  luaL_newstate(): LuaState;
  luaopen_base(state: LuaState): number;
  luaopen_table(state: LuaState): number;
  luaopen_string(state: LuaState): number;
  luaopen_math(state: LuaState): number;
  lua_tolstring(state: LuaState, index: number, length: number): number;
  lua_pushlstring(state: LuaState, pointer: number, length: number): void;
  lua_pushcclosure(state: LuaState, fn: number, upvalues: number): void;
  lua_getfield(state: LuaState, index: number, name: number): void;
  lua_setfield(state: LuaState, index: number, name: number): void;
  lua_error(state: LuaState): number;
  lua_tocfunction(state: LuaState, index: number): number;
  luaL_loadbuffer(state: LuaState, pointer: number, length: number, name: number): number;
  luaL_argerror(state: LuaState, argument: number, text: number): number;
  luaL_checklstring(state: LuaState, argument: number, length: number): number;
  lua_getstack(state: LuaState, level: number, record: number): number;
  lua_getinfo(state: LuaState, what: number, record: number): number;
  lua_getlocal(state: LuaState, record: number, n: number): number;
  lua_sethook(state: LuaState, hook: number, mask: number, count: number): number;
}

const PAGE = 65536;
/** Functions of ours that one machine can take. */
const SLOTS = 256;
/** Strings up to this size cross through memory that is kept for them. */
const SCRATCH_BYTES = PAGE;
const LUA_MASKLINE = 4;
const LUA_MASKCOUNT = 8;
const LUA_HOOKLINE = 2;
const LUA_GCCOUNT = 3;
const LUA_GCCOUNTB = 4;

// Offsets in the structures of Lua 5.1.5 for 32-bit pointers. `checkLayout` proves those of lua_State.
const STATE_SAVED_PC = 24;
const INSTRUCTION_BYTES = 4;
const STATE_CCALLS = 52;
const STATE_BASE_CCALLS = 54;
const DEBUG_RECORD_BYTES = 128;
const DEBUG_NAME = 4;
const DEBUG_WHAT = 12;
const DEBUG_SOURCE = 16;
const DEBUG_LINE = 20;

/** How far a machine's memory may grow: the limit of a learner's page, not of Redis. */
export const LUA_MEMORY_LIMIT_BYTES = 256 * 1024 ** 2;

/** What `longjmp` throws: only `invoke_vii` catches it. */
class LongJump {}
const LONG_JUMP = new LongJump();

/** A machine of its own memory from the compiled module. */
export function createLuaVm(module: CompiledModule): LuaVm {
  return new WasmLua(module);
}

class WasmLua implements LuaVm {
  readonly api: LuaApi;
  private readonly x: Exports;
  private u8: Uint8Array<ArrayBuffer>;
  private u16: Uint16Array<ArrayBuffer>;
  private u32: Uint32Array<ArrayBuffer>;
  private readonly scratch: number;
  private readonly lengthAt: number;
  private readonly record: number;
  private readonly names = new Map<string, number>();
  private readonly slots: LuaFunction[] = [];
  private readonly firstSlot: number;
  private readonly slotOf = new Map<LuaFunction, number>();
  private readonly hookSlot: number;
  hook: (state: LuaState, line?: number) => void = () => {};

  constructor(module: CompiledModule) {
    this.x = this.instantiate(module);
    this.api = this.x;
    this.u8 = new Uint8Array(this.x.memory.buffer);
    this.u16 = new Uint16Array(this.x.memory.buffer);
    this.u32 = new Uint32Array(this.x.memory.buffer);
    this.x.__wasm_call_ctors();
    this.lengthAt = this.x.malloc(8);
    this.record = this.x.malloc(DEBUG_RECORD_BYTES);
    this.scratch = this.x.malloc(SCRATCH_BYTES);
    const table = this.x.__indirect_function_table;
    this.firstSlot = table.grow(SLOTS + 1);
    this.hookSlot = this.firstSlot + SLOTS;
    const wrapped = trampolines((slot, state) => (this.slots[slot] as LuaFunction)(state), (state, record) => {
      const isLine = this.u32[record >> 2] === LUA_HOOKLINE;
      this.hook(state, isLine ? this.u32[(record + DEBUG_LINE) >> 2] : undefined);
    });
    for (let i = 0; i < SLOTS; i++) table.set(this.firstSlot + i, wrapped[`f${i}`]);
    table.set(this.hookSlot, wrapped['hook']);
  }

  private instantiate(module: CompiledModule): Exports {
    const refused = (): number => -52; // ENOSYS
    const env: Record<string, unknown> = {
      invoke_vii: (index: number, a: number, b: number): void => {
        const { x } = this;
        const stack = x.stackSave();
        try {
          x.__indirect_function_table.get(index)(a, b);
        } catch (thrown) {
          x.stackRestore(stack);
          if (thrown !== LONG_JUMP) throw thrown;
          x.setThrew(1, 0);
        }
      },
      _emscripten_throw_longjmp: (): never => {
        throw LONG_JUMP;
      },
      emscripten_memcpy_js: (to: number, from: number, length: number): void => {
        this.u8.copyWithin(to, from, from + length);
      },
      emscripten_resize_heap: (bytes: number): number => this.growTo(bytes),
      emscripten_date_now: () => 0,
      _emscripten_get_now_is_monotonic: () => 1,
      exit: (code: number): never => {
        throw new Error(`Lua called exit(${code})`);
      },
    };
    const imports: Record<string, Record<string, unknown>> = { env };
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const group = (imports[from] ??= {});
      group[name] ??= refused;
    }
    return new WebAssembly.Instance(module, imports).exports as Exports;
  }

  private growTo(bytes: number): number {
    const { memory } = this.x;
    if (bytes > LUA_MEMORY_LIMIT_BYTES) return 0;
    // Growing by a fifth at least: each time all of it may be copied.
    const wanted = Math.min(Math.max(bytes, memory.buffer.byteLength * 1.2), LUA_MEMORY_LIMIT_BYTES);
    try {
      memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / PAGE));
    } catch {
      return 0; // the surroundings have no more: Lua says "not enough memory"
    }
    this.u8 = new Uint8Array(memory.buffer);
    this.u16 = new Uint16Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    return 1;
  }

  open(): LuaState {
    const { x } = this;
    const state = x.luaL_newstate();
    if (state === 0) throw new Error('Lua has no memory for a state');
    for (const open of [x.luaopen_base, x.luaopen_table, x.luaopen_string, x.luaopen_math]) open(state);
    x.lua_settop(state, 0);
    this.checkLayout(state);
    return state;
  }

  /** The places of nCcalls and baseCcalls are read from memory: prove on a real call that they are what we think. */
  private checkLayout(state: LuaState): void {
    const thread = this.x.lua_newthread(state);
    let seen: [number, number, boolean] | undefined;
    this.pushFunction(thread, (running) => {
      seen = [this.depth(running), this.u16[(running + STATE_BASE_CCALLS) >> 1] ?? 0, this.canYield(running)];
      return 0;
    });
    this.x.lua_resume(thread, 0);
    this.x.lua_settop(state, 0);
    if (seen?.join() !== '1,1,true') throw new Error(`lua_State is laid out otherwise: ${seen?.join()}`);
  }

  bytes(state: LuaState, index: number): Bytes | undefined {
    const pointer = this.x.lua_tolstring(state, index, this.lengthAt);
    if (pointer === 0) return undefined;
    return fromUint8Array(this.u8, pointer, this.u32[this.lengthAt >> 2] ?? 0);
  }

  private readText(pointer: number): Bytes {
    let end = pointer;
    while (this.u8[end] !== 0) end++;
    return fromUint8Array(this.u8, pointer, end - pointer);
  }

  private write(pointer: number, bytes: Bytes): void {
    const { u8 } = this;
    const { length } = bytes;
    for (let i = 0; i < length; i++) u8[pointer + i] = bytes.charCodeAt(i);
  }

  /** `bytes` somewhere in memory while `use` runs. */
  private withBytes<T>(state: LuaState, bytes: Bytes, use: (pointer: number) => T): T {
    if (bytes.length <= SCRATCH_BYTES) {
      this.write(this.scratch, bytes);
      return use(this.scratch);
    }
    const pointer = this.x.malloc(bytes.length);
    if (pointer === 0) this.raise(state, 'not enough memory');
    try {
      this.write(pointer, bytes);
      return use(pointer);
    } finally {
      this.x.free(pointer);
    }
  }

  pushBytes(state: LuaState, bytes: Bytes): void {
    const { length } = bytes;
    if (length <= SCRATCH_BYTES) {
      this.write(this.scratch, bytes);
      this.x.lua_pushlstring(state, this.scratch, length);
      return;
    }
    this.withBytes(state, bytes, (pointer) => this.x.lua_pushlstring(state, pointer, length));
  }

  private toPush: Bytes = '';
  private readonly pushIt = (state: LuaState): number => {
    this.pushBytes(state, this.toPush);
    return 1;
  };

  tryPushBytes(state: LuaState, bytes: Bytes): boolean {
    this.toPush = bytes;
    this.pushFunction(state, this.pushIt);
    const status = this.x.lua_pcall(state, 0, 1, 0);
    this.toPush = '';
    return status === 0;
  }

  native(state: LuaState, index: number): LuaFunction {
    const fn = this.x.__indirect_function_table.get(this.x.lua_tocfunction(state, index));
    return (caller) => fn(caller);
  }

  pushFunction(state: LuaState, fn: LuaFunction, upvalues = 0): void {
    let slot = this.slotOf.get(fn);
    if (slot === undefined) {
      slot = this.slots.length;
      if (slot === SLOTS) throw new Error(`more than ${SLOTS} functions for Lua`);
      this.slots.push(fn);
      this.slotOf.set(fn, slot);
    }
    this.x.lua_pushcclosure(state, this.firstSlot + slot, upvalues);
  }

  /** A name as C text, kept for ever: names are few. */
  private name(name: string): number {
    let pointer = this.names.get(name);
    if (pointer === undefined) {
      pointer = this.x.malloc(name.length + 1);
      this.write(pointer, `${name}\0`);
      this.names.set(name, pointer);
    }
    return pointer;
  }

  getField(state: LuaState, index: number, name: string): void {
    this.x.lua_getfield(state, index, this.name(name));
  }

  setField(state: LuaState, index: number, name: string): void {
    this.x.lua_setfield(state, index, this.name(name));
  }

  load(state: LuaState, chunk: Bytes, name: Bytes): number {
    return this.withBytes(state, `${chunk}${name}\0`, (pointer) => this.x.luaL_loadbuffer(state, pointer, chunk.length, pointer + chunk.length));
  }

  raise(state: LuaState, message: Bytes): never {
    this.pushBytes(state, message);
    return this.raiseTop(state);
  }

  raiseTop(state: LuaState): never {
    this.x.lua_error(state);
    throw new Error('lua_error has returned');
  }

  argumentError(state: LuaState, argument: number, text: Bytes): never {
    this.write(this.scratch, `${text}\0`);
    this.x.luaL_argerror(state, argument, this.scratch);
    throw new Error('luaL_argerror has returned');
  }

  checkBytes(state: LuaState, argument: number): Bytes {
    const pointer = this.x.luaL_checklstring(state, argument, this.lengthAt);
    return fromUint8Array(this.u8, pointer, this.u32[this.lengthAt >> 2] ?? 0);
  }

  place(state: LuaState, level: number): LuaPlace | undefined {
    const { record } = this;
    if (this.x.lua_getstack(state, level, record) === 0) return undefined;
    this.x.lua_getinfo(state, this.name('Snl'), record);
    const name = this.u32[(record + DEBUG_NAME) >> 2] ?? 0;
    return {
      name: name === 0 ? undefined : this.readText(name),
      source: this.readText(this.u32[(record + DEBUG_SOURCE) >> 2] ?? 0),
      line: (this.u32[(record + DEBUG_LINE) >> 2] ?? 0) | 0,
      native: this.readText(this.u32[(record + DEBUG_WHAT) >> 2] ?? 0) === 'C',
    };
  }

  local(state: LuaState, level: number, n: number): Bytes | undefined {
    if (this.x.lua_getstack(state, level, this.record) === 0) return undefined;
    const name = this.x.lua_getlocal(state, this.record, n);
    return name === 0 ? undefined : this.readText(name);
  }

  setHook(state: LuaState, count: number, lines = false): void {
    this.x.lua_sethook(state, this.hookSlot, lines ? LUA_MASKCOUNT | LUA_MASKLINE : LUA_MASKCOUNT, count);
  }

  asInHook<T>(state: LuaState, use: () => T): T {
    const at = (state + STATE_SAVED_PC) >> 2;
    this.u32[at] = (this.u32[at] ?? 0) + INSTRUCTION_BYTES;
    try {
      return use();
    } finally {
      // Memory may have grown meanwhile: the view is another then.
      this.u32[at] = (this.u32[at] ?? 0) - INSTRUCTION_BYTES;
    }
  }

  canYield(state: LuaState): boolean {
    return this.u16[(state + STATE_CCALLS) >> 1] === this.u16[(state + STATE_BASE_CCALLS) >> 1];
  }

  depth(state: LuaState): number {
    return this.u16[(state + STATE_CCALLS) >> 1] ?? 0;
  }

  setDepth(state: LuaState, depth: number): void {
    this.u16[(state + STATE_CCALLS) >> 1] = depth;
  }

  usedBytes(state: LuaState): number {
    return this.x.lua_gc(state, LUA_GCCOUNT, 0) * 1024 + this.x.lua_gc(state, LUA_GCCOUNTB, 0);
  }
}

/**
 * A module that imports `count` functions of type (i32) → i32 and a hook of type (i32, i32) → nothing, and
 * exports each again: in this form a table takes them.
 */
function trampolineModule(count: number): CompiledModule {
  const text = (name: string): number[] => [name.length, ...Array.from(name, (c) => c.charCodeAt(0))];
  const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
  const names = Array.from({ length: count }, (_, i) => `f${i}`);
  const types = [2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 0];
  const imports = [...leb(count + 1), ...names.flatMap((name) => [...text('e'), ...text(name), 0, 0]), ...text('e'), ...text('hook'), 0, 1];
  const exports = [...leb(count + 1), ...names.flatMap((name, i) => [...text(name), 0, ...leb(i)]), ...text('hook'), 0, ...leb(count)];
  return new WebAssembly.Module(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, types), ...section(2, imports), ...section(7, exports)]));
}

/** The same for every machine, so it is made once. */
let trampolinesMade: CompiledModule | undefined;

/** The functions of one machine in that form: f0, f1, … and hook. */
function trampolines(call: (slot: number, state: number) => number, hook: (state: number, record: number) => void): Record<string, unknown> {
  trampolinesMade ??= trampolineModule(SLOTS);
  const given: Record<string, unknown> = { hook };
  for (let slot = 0; slot < SLOTS; slot++) given[`f${slot}`] = (state: number) => call(slot, state);
  return new WebAssembly.Instance(trampolinesMade, { e: given }).exports as Record<string, unknown>;
}

/** A length in LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
}
