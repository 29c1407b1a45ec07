/*
 * The slot map, as a view
 * -----------------------
 * The keyspace of a cluster is 16384 slots, each with one owner or none, in the opinion of one node. A key's slot
 * follows from its name alone, or from the part of it in braces; so the path from a key to a machine is
 *
 *     user:{42}:cart ──▶ 42 ──▶ CRC16 ──▶ 8000 ──▶ the owner of 8000
 *
 * and no step of it asks anybody anything.
 */
import type { Bytes } from '../../engine/index.ts';
import { count, counted, listed, shown } from '../words.ts';

export const SLOTS = 16384;
/** Slots in a row of the map: 128 rows of 128. */
export const ROW = 128;

export interface OwnerView {
  readonly id: Bytes;
  /** host:port */
  readonly place: string;
  readonly health: 'ok' | 'fail?' | 'fail' | 'handshake';
  readonly slots: number;
  readonly configEpoch: number;
  /** Keys it holds by its own count; undefined where nobody can tell. */
  readonly keys: number | undefined;
  readonly replicas: readonly string[];
}

/** The way of one key to its owner. */
export interface KeyWay {
  readonly key: Bytes;
  /** What is hashed: the part in braces, or all of it. */
  readonly hashed: Bytes;
  readonly slot: number;
  /** Place of the owner; undefined when the slot has none. */
  readonly owner: string | undefined;
}

export interface SlotsView {
  /** The node whose opinion is drawn; undefined when no server here is in a cluster. */
  readonly place: string | undefined;
  readonly state: 'ok' | 'fail';
  readonly currentEpoch: number;
  /** Masters with slots first, in the order of their first slot; at most 64. */
  readonly owners: readonly OwnerView[];
  /** `owner` is an index into owners. */
  readonly ranges: readonly { readonly first: number; readonly last: number; readonly owner: number }[];
  readonly uncovered: number;
  readonly moves: readonly { readonly slot: number; readonly way: 'out' | 'in'; readonly place: string }[];
  /** Keys that were asked for, at most 4. */
  readonly ways: readonly KeyWay[];
  /** The last command of a client at any node, with its keys' slots, and how it ended. */
  readonly command: { readonly id: number; readonly place: string; readonly text: string; readonly slots: readonly number[]; readonly outcome: 'served' | 'moved' | 'ask' | 'crossslot' | 'down' | 'refused' } | undefined;
}

export const NOTHING: SlotsView = { place: undefined, state: 'fail', currentEpoch: 0, owners: [], ranges: [], uncovered: SLOTS, moves: [], ways: [], command: undefined };

/** What is hashed of a key: between the first `{` and the next `}`, unless nothing stands there. */
export function tagOf(key: Bytes): Bytes {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

const HEALTH: Readonly<Record<OwnerView['health'], string>> = { ok: '', 'fail?': ', which does not answer', fail: ', which has failed', handshake: ', which is not known yet' };

export function rangesOf(view: SlotsView, owner: number): string[] {
  return view.ranges.filter((range) => range.owner === owner).map(({ first, last }) => (first === last ? String(first) : `${first}–${last}`));
}

export function ownerWords(view: SlotsView, owner: OwnerView): string {
  const ranges = rangesOf(view, view.owners.indexOf(owner));
  const replicas = owner.replicas.length === 0 ? 'no replica' : listed([...owner.replicas]);
  return `${owner.place}${HEALTH[owner.health]} serves ${counted(owner.slots, 'slot')}${ranges.length === 0 ? '' : ` (${listed(ranges, 6)})`}${owner.keys === undefined ? '' : `, ${counted(owner.keys, 'key')}`}, epoch ${owner.configEpoch}; ${replicas}.`;
}

export function wayWords({ key, hashed, slot, owner }: KeyWay): string {
  return `${shown(key)}: ${hashed === key ? 'all of it' : `only ${shown(hashed)}`} is hashed to slot ${slot}, which ${owner === undefined ? 'nobody serves' : `${owner} serves`}.`;
}

export function describeSlots(view: SlotsView): string {
  if (view.place === undefined) return 'No server is running here as a node of a cluster.';
  const lines = [`The map of ${view.place}: the cluster is ${view.state === 'ok' ? 'ok' : 'down'}, epoch ${view.currentEpoch}. ${view.uncovered === 0 ? `All ${count(SLOTS)} slots have an owner.` : `${counted(view.uncovered, 'slot')} ${view.uncovered === 1 ? 'has' : 'have'} no owner.`}`];
  for (const owner of view.owners) lines.push(ownerWords(view, owner));
  for (const move of view.moves.slice(0, 6)) lines.push(`Slot ${move.slot} is on its way ${move.way === 'out' ? 'to' : 'from'} ${move.place}.`);
  for (const way of view.ways) lines.push(wayWords(way));
  if (view.command !== undefined) lines.push(commandWords(view.command));
  return lines.join('\n');
}

export function commandWords({ place, text, slots, outcome }: NonNullable<SlotsView['command']>): string {
  const where = slots.length === 0 ? 'no slot' : listed(slots.map((slot) => `slot ${slot}`), 4);
  const end: Record<typeof outcome, string> = {
    served: 'was served', moved: 'was sent to the owner (MOVED)', ask: 'was sent to where the slot is going (ASK)',
    crossslot: 'was refused: its keys are in different slots (CROSSSLOT)', down: 'was refused: the cluster is down', refused: 'was refused',
  };
  return `${text} at ${place} (${where}) ${end[outcome]}.`;
}

export function slotsChanges(before: SlotsView, after: SlotsView): string[] {
  if (before.place !== after.place || after.place === undefined) return [];
  const changes: string[] = [];
  if (before.state !== after.state) changes.push(`The cluster is ${after.state === 'ok' ? 'ok again' : 'down'} now, says ${after.place}.`);
  if (after.currentEpoch > before.currentEpoch) changes.push(`The epoch rose to ${after.currentEpoch}.`);
  const were = new Map(before.owners.map((owner) => [owner.place, owner]));
  for (const owner of after.owners) {
    const was = were.get(owner.place);
    if (was === undefined) changes.push(`${owner.place} is a master now with ${counted(owner.slots, 'slot')}.`);
    else if (owner.slots !== was.slots) changes.push(`${owner.place} ${owner.slots > was.slots ? 'got' : 'gave up'} ${counted(Math.abs(owner.slots - was.slots), 'slot')}.`);
    if (was !== undefined && was.health !== owner.health) changes.push(owner.health === 'ok' ? `${owner.place} answers again.` : `${owner.place}${HEALTH[owner.health]}.`);
    were.delete(owner.place);
  }
  for (const gone of were.keys()) changes.push(`${gone} is no master with slots any more.`);
  if (after.moves.length !== before.moves.length) changes.push(after.moves.length > before.moves.length ? `Slot ${after.moves.at(-1)?.slot ?? ''} began to move.` : 'A slot has arrived.');
  if (after.command !== undefined && after.command.id !== before.command?.id) changes.push(commandWords(after.command));
  return changes.slice(0, 8);
}

export function onlyTimePassed(after: SlotsView, before: SlotsView): boolean {
  return JSON.stringify(after) === JSON.stringify(before);
}
