/*
 * The scripts of EVAL
 * -------------------
 * Every script that EVAL has run stays compiled under the SHA-1 of its text, so that EVALSHA can name it. What
 * came by EVAL alone may be forgotten again: of such scripts the 500 last used are kept, and those that SCRIPT
 * LOAD brought stay until SCRIPT FLUSH.
 *
 * The text itself leads to the script, too: an EVAL of a known text costs no digest.
 */
import { fold, own, type Bytes } from '../bytes.ts';
import type { Ctx } from '../command.ts';
import { CommandError, type Reply } from '../reply.ts';
import { sha1 } from '../sha1.ts';
import { pushError } from './conversions.ts';
import { LUA_OK, LUA_REGISTRYINDEX, LUA_TTABLE } from './lua-vm.ts';
import { hex } from './redis-api.ts';
import { errorMessage, type Sandbox } from './sandbox.ts';
import type { Scripting } from './scripting.ts';
import { evalFlags, type ScriptFlag } from './shebang.ts';

/** How many scripts that came by EVAL alone are kept. */
const EVAL_SCRIPTS_KEPT = 500;
const NO_FLAGS: ReadonlySet<ScriptFlag> = new Set();

export interface CachedScript {
  readonly sha: Bytes;
  readonly body: Bytes;
  /** What its first line says; undefined without one. */
  readonly flags: ReadonlySet<ScriptFlag> | undefined;
  /** Its place in Lua's registry; undefined after the machine was lost. */
  fn: number | undefined;
  /** The number of its last use. */
  usedAs: number;
}

const bytesOf = ({ body }: CachedScript): number => body.length + 96;

export class EvalCache {
  evicted = 0;
  /** Bytes of the texts and their entries, as INFO's used_memory_scripts_eval counts them. A sum is kept: maxmemory asks with every command. */
  bytes = 0;
  private readonly scripting: Scripting;
  private readonly scripts = new Map<Bytes, CachedScript>();
  private readonly byBody = new Map<Bytes, CachedScript>();
  /** Those that may be forgotten. */
  private readonly evictable = new Set<CachedScript>();
  /** How often scripts were used. */
  private uses = 0;
  private box: Sandbox | undefined;

  constructor(scripting: Scripting) {
    this.scripting = scripting;
  }

  get size(): number {
    return this.scripts.size;
  }

  /** What Lua's state takes; before the first script as much as the real server's. */
  get vmBytes(): number {
    return this.box === undefined ? 32768 : Math.ceil(this.box.vm.usedBytes(this.box.state) / 1024) * 1024;
  }

  private get sandbox(): Sandbox {
    if (this.box !== undefined) return this.box;
    const box = this.scripting.openSandbox('eval');
    addErrorHandler(box);
    return (this.box = box);
  }

  forgetMachine(): void {
    this.box = undefined;
    for (const script of this.scripts.values()) script.fn = undefined;
  }

  has(sha: Bytes): boolean {
    return this.scripts.has(fold(sha));
  }

  /** SCRIPT LOAD: the digest of the compiled script. */
  load(body: Bytes): Bytes {
    const script = this.known(body) ?? this.compile(body);
    this.evictable.delete(script);
    return script.sha;
  }

  flush(): void {
    this.box = undefined;
    this.scripts.clear();
    this.bytes = 0;
    this.byBody.clear();
    this.evictable.clear();
  }

  private known(body: Bytes): CachedScript | undefined {
    return this.byBody.get(body);
  }

  private compile(given: Bytes): CachedScript {
    const body = own(given);
    const flags = evalFlags(body);
    const script: CachedScript = { sha: hex(sha1(body)), body, flags, fn: undefined, usedAs: 0 };
    script.fn = this.compiled(script);
    this.scripts.set(script.sha, script);
    this.bytes += bytesOf(script);
    this.byBody.set(body, script);
    return script;
  }

  private compiled({ body, flags }: CachedScript): number {
    const { vm, state } = this.sandbox;
    // The first line is no Lua; its end stays, so that lines keep their numbers.
    const code = flags === undefined ? body : body.slice(body.indexOf('\n'));
    const failed = code.startsWith('\x1b') ? this.refuseBinary() : vm.load(state, code, '@user_script') !== LUA_OK;
    if (failed) {
      const message = vm.bytes(state, -1) ?? '';
      vm.api.lua_settop(state, -2);
      throw new CommandError(`ERR Error compiling script (new function): ${message}`);
    }
    return vm.api.luaL_ref(state, LUA_REGISTRYINDEX);
  }

  private refuseBinary(): true {
    const { vm, state } = this.sandbox;
    vm.pushBytes(state, "user_script:1: unexpected symbol near 'char(27)'");
    return true;
  }

  /** What a known script says of itself; undefined when it says nothing. */
  flagsOf(sha: Bytes): ReadonlySet<ScriptFlag> | undefined {
    return this.scripts.get(fold(sha))?.flags;
  }

  /**
   * Remembers that a script was used, and forgets the one longest unused when there are too many. That one is looked
   * for only then: an order kept up with every use cost a fifth of an EVAL.
   */
  private used(script: CachedScript, isNew: boolean): void {
    script.usedAs = ++this.uses;
    if (!isNew) return;
    this.evictable.add(script);
    if (this.evictable.size <= EVAL_SCRIPTS_KEPT) return;
    let oldest = script;
    for (const other of this.evictable) if (other.usedAs < oldest.usedAs) oldest = other;
    this.evictable.delete(oldest);
    this.scripts.delete(oldest.sha);
    this.bytes -= bytesOf(oldest);
    this.byBody.delete(oldest.body);
    const { vm, state } = this.sandbox;
    if (oldest.fn !== undefined) vm.api.luaL_unref(state, LUA_REGISTRYINDEX, oldest.fn);
    this.evicted++;
  }

  /** EVAL and its kin: `by` says whether argv[1] is the text or its digest. */
  eval({ client, argv }: Ctx, by: 'body' | 'sha', readOnly: boolean, keyCount: number): Reply {
    const named = argv[1] as Bytes;
    let script = by === 'body' ? this.known(named) : this.scripts.get(fold(named));
    const isNew = script === undefined;
    if (script === undefined) {
      if (by === 'sha') throw new CommandError('NOSCRIPT No matching script. Please use EVAL.');
      script = this.compile(named);
    }
    this.used(script, isNew);
    const fn = (script.fn ??= this.compiled(script));
    const rights = { kind: 'eval', name: script.sha, caller: client, argv, readOnly, flags: script.flags ?? NO_FLAGS, compat: script.flags === undefined } as const;
    return this.scripting.run(this.sandbox, fn, rights, () => {
      const box = this.sandbox;
      pushWords(box, argv, 3, 3 + keyCount);
      box.setGlobal('KEYS');
      pushWords(box, argv, 3 + keyCount, argv.length);
      box.setGlobal('ARGV');
      return 0;
    });
  }
}

/** Pushes a table of the words from `first` to before `end`, onto the state's own stack. */
export function pushWords({ vm, state }: Sandbox, argv: readonly Bytes[], first: number, end: number, to = state): void {
  const { api } = vm;
  api.lua_createtable(to, end - first, 0);
  for (let i = first; i < end; i++) {
    vm.pushBytes(to, argv[i] as Bytes);
    api.lua_rawseti(to, -2, i - first + 1);
  }
}

/** A global that the real server leaves behind: makes an error table of any error. */
function addErrorHandler(box: Sandbox): void {
  const { vm, state } = box;
  vm.pushFunction(state, (s) => {
    vm.api.lua_settop(s, 1);
    if (vm.api.lua_type(s, 1) !== LUA_TTABLE) pushError(vm, s, errorMessage(vm, s).text, false);
    let place = vm.place(s, 1);
    if (place?.native === true) place = vm.place(s, 2);
    if (place !== undefined) {
      vm.pushBytes(s, place.source);
      vm.setField(s, -2, 'source');
      vm.api.lua_pushnumber(s, place.line);
      vm.setField(s, -2, 'line');
    }
    return 1;
  });
  box.setGlobal('__redis__err__handler');
}
