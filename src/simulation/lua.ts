/*
 * Lua in a simulation
 * -------------------
 * The compiled module is code, not state: all simulations of a page share it, and each server makes a machine
 * of its own from it. An event cannot wait for the network: while the module is not there, the event that wants it
 * is given up and run again later (MissingPart). In Node it is read when it is wanted.
 *
 * Instructions cost virtual time, as on a machine that does two hundred millions of them in a second: an
 * endless loop comes to busy-reply-threshold about as soon as the learner's own machine gets through it.
 */
import { createLuaVm, localLuaModule, MissingPart, type CompiledModule, type LuaSource } from '../engine/index.ts';

/** The name of the part that the module is. */
export const LUA = 'lua';

const SLICE_COST_US = 500;

let provided: CompiledModule | undefined;

/** From now on servers can run scripts. */
export function provideLua(module: CompiledModule): void {
  provided = module;
}

/** Whether a server that wants Lua gets it. */
export function hasLua(): boolean {
  return (provided ?? localLuaModule()) !== undefined;
}

export const simulatedLua: LuaSource = {
  open() {
    const module = provided ?? localLuaModule();
    if (module === undefined) throw new MissingPart(LUA);
    return createLuaVm(module);
  },
  sliceCostUs: SLICE_COST_US,
};
