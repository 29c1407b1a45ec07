/*
 * The shared highlight: one thing at a time is lit, in prose, picture and key list alike. A thing has a name
 * ("key:stock:lamp", "command:SET"); whoever draws it asks whether it is lit, whoever is hovered or
 * focused lights it. Nothing else travels here.
 */
import { useSyncExternalStore } from 'react';

let lit: string | undefined;
const heard = new Set<() => void>();

/** Lights `thing`, or puts the light out. */
export function light(thing: string | undefined): void {
  if (thing === lit) return;
  lit = thing;
  for (const listener of heard) listener();
}

function subscribe(listener: () => void): () => void {
  heard.add(listener);
  return () => heard.delete(listener);
}

/** What is lit now. */
export function useLit(): string | undefined {
  return useSyncExternalStore(subscribe, () => lit);
}

/** Handlers for an element that stands for `thing`. */
export function lights(thing: string): { onPointerEnter: () => void; onPointerLeave: () => void; onFocus: () => void; onBlur: () => void } {
  return { onPointerEnter: () => light(thing), onPointerLeave: () => light(undefined), onFocus: () => light(thing), onBlur: () => light(undefined) };
}
