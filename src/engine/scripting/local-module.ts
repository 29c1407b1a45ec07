/*
 * Lua's module where files can be read at once
 * --------------------------------------------
 * Tests, the course's verifier and other programs in Node drive servers without a page that could fetch the
 * module beforehand. They find it among the installed packages of the project they stand in. A browser has
 * no such thing, and gets undefined.
 */
import type { CompiledModule } from './wasm-lua.ts';

declare const process: { getBuiltinModule?(name: string): { readFileSync(path: string): Uint8Array<ArrayBuffer> } } | undefined;
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule };

const PATH = 'node_modules/wasmoon-lua5.1/dist/liblua5.1.wasm';
let compiled: CompiledModule | undefined;

/** The module, read and compiled at the first call; undefined where there are no files. */
export function localLuaModule(): CompiledModule | undefined {
  if (typeof process === 'undefined' || process.getBuiltinModule === undefined) return undefined;
  return (compiled ??= new WebAssembly.Module(process.getBuiltinModule('node:fs').readFileSync(PATH)));
}
