/*
 * Fields that end before their hash
 * ---------------------------------
 * A field may have a deadline of its own (HEXPIRE and its like). A small hash becomes a `listpackex` with the first of
 * them and stays one: its fields stand in the order of their deadlines, those without one last. A table keeps its
 * encoding. The deadlines are held in a map beside the fields; DUMP and MEMORY USAGE speak of the listpack of three
 * entries a field that the real server has.
 *
 * A field past its deadline is gone for whoever asks for it, and the asking removes it; commands that read the whole
 * hash leave it out. The database visits hashes when their next deadline is over (Database.hashesWithDeadlines). That
 * moment is not kept exactly: a change of less than four seconds is not worth a new place in the queue, so a field
 * may lie about a little longer.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { hashEntries, loseDeadline } from './hash-value.ts';
import type { HashObject } from './object.ts';

/** The latest deadline there can be (milliseconds since the epoch). */
export const FIELD_DEADLINE_MAX = 2 ** 46 - 1;
/** The queue's moment is corrected from this difference on (milliseconds). */
const NEXT_EXPIRY_THRESHOLD_MS = 4000;

/** When a field ends, undefined for one that lasts. */
export function fieldDeadline({ deadlines }: HashObject, field: Bytes): number | undefined {
  return deadlines?.get(field);
}

export function isFieldPast(object: HashObject, field: Bytes, nowMs: number): boolean {
  const when = object.deadlines?.get(field);
  return when !== undefined && nowMs > when;
}

/** Fields and values of those whose time has not passed. */
export function* liveEntries(object: HashObject, nowMs: number): Generator<readonly [Bytes, Bytes]> {
  for (const entry of hashEntries(object)) if (!isFieldPast(object, entry[0], nowMs)) yield entry;
}

/** Makes the hash able to hold deadlines: a listpack becomes a listpackex. */
export function prepareDeadlines(object: HashObject): void {
  if (object.encoding === 'listpack') object.encoding = 'listpackex';
  object.deadlines ??= new Map();
}

/** Gives a field that is there a deadline, or another one. */
export function setFieldDeadline(object: HashObject, field: Bytes, whenMs: number): void {
  prepareDeadlines(object);
  const { value, deadlines = new Map<Bytes, number>() } = object;
  if (value instanceof Listpack) moveField(object, value, field, (other) => (deadlines.get(other) ?? Infinity) >= whenMs);
  deadlines.set(own(field), whenMs);
  object.lostDeadlines?.delete(field);
}

/** Takes a field's deadline away; true if it had one. In a listpackex it goes to the end. */
export function persistField(object: HashObject, field: Bytes): boolean {
  if (!loseDeadline(object, field)) return false;
  if (object.value instanceof Listpack) moveField(object, object.value, field, () => false);
  return true;
}

/** Puts a field with its value before the first other one for which `isBehind` holds. */
function moveField(object: HashObject, listpack: Listpack, field: Bytes, isBehind: (other: Bytes) => boolean): void {
  const place = listpack.find(field, 1);
  if (place === NOWHERE) return;
  const text = listpack.get(listpack.next(place));
  listpack.delete(place, 2);
  for (let at = listpack.first(); at !== NOWHERE; at = listpack.next(listpack.next(at))) {
    if (!isBehind(listpack.get(at))) continue;
    listpack.insertAfter(listpack.insertBefore(at, field), text);
    return;
  }
  listpack.append(field);
  listpack.append(text);
}

/** Whether any of the fields ends. */
export const hasDeadlines = ({ deadlines }: HashObject): boolean => deadlines !== undefined && deadlines.size > 0;

/** The earliest deadline of all fields. */
export function earliestDeadline({ deadlines }: HashObject): number | undefined {
  if (deadlines === undefined || deadlines.size === 0) return undefined;
  let earliest = Infinity;
  for (const when of deadlines.values()) earliest = Math.min(earliest, when);
  return earliest;
}

/** The listpack of field, value and deadline (0: none) that the real server has for a listpackex. */
export function deadlineListpack(object: HashObject): Listpack {
  const triples = new Listpack();
  for (const [field, text] of hashEntries(object)) {
    triples.append(field);
    triples.append(text);
    triples.append(String(object.deadlines?.get(field) ?? 0));
  }
  return triples;
}

/**
 * Where the queue should have the hash after deadlines have changed: the moment, undefined for nowhere, or 'unchanged'.
 * `touched` is the earliest of the deadlines that were given or replaced.
 */
export function nextExpiryAfter(object: HashObject, touched: number): number | undefined | 'unchanged' {
  const before = object.nextExpiryMs ?? Infinity;
  if (before < touched) return 'unchanged';
  const wanted = earliestDeadline(object) ?? Infinity;
  if (before === wanted || Math.abs(before - wanted) < NEXT_EXPIRY_THRESHOLD_MS) return 'unchanged';
  return wanted === Infinity ? undefined : wanted;
}
