/*
 * Sorted sets, as they are stored
 * -------------------------------
 *   listpack    member, score, member, score … in order, in one piece; a score is its text, or an integer
 *   skiplist    a skip list for the order and a dict from member to its address in the list, so that
 *               neither a score nor a range needs a walk
 *
 * A small one is a listpack and becomes a skiplist when a new member makes more than
 * zset-max-listpack-entries, or is longer than zset-max-listpack-value bytes. Commands that make a whole
 * set (ZUNIONSTORE and its like) choose for the result by the same limits.
 *
 * In a listpack a score of −0 becomes 0, because it is kept as an integer; in a skip list it stays.
 */
import type { Bytes } from '../bytes.ts';
import { own, parseDouble } from '../bytes.ts';
import { formatDouble } from '../numbers.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import { Dict } from '../structures/dict.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { NO_ELEMENT, SkipList, type Address } from '../structures/skiplist.ts';
import { newTable, type EncodingHost } from './encodings.ts';
import type { RedisObject, ZsetObject } from './object.ts';

/** A member with its score. */
export interface ZsetElement {
  readonly member: Bytes;
  readonly score: number;
}

/** The two structures of a large sorted set; they hold the same members. */
export class SortedSet {
  list: SkipList;
  readonly dict: Dict<Address>;

  constructor(list: SkipList, dict: Dict<Address>) {
    this.list = list;
    this.dict = dict;
  }

  /** The score of a member, or undefined. */
  score(member: Bytes): number | undefined {
    const element = this.dict.get(member);
    return element === undefined ? undefined : this.list.score(element);
  }

  /** Adds a member that is not there yet. */
  add(score: number, member: Bytes, { random }: EncodingHost): void {
    const owned = own(member);
    this.dict.set(owned, this.list.insert(score, owned, random));
  }

  /** Removes a member; true if it was there. */
  delete(member: Bytes): boolean {
    const element = this.dict.delete(member)?.value;
    if (element === undefined) return false;
    this.list.delete(this.list.score(element), member);
    if (this.list.isSparse) this.pack();
    return true;
  }

  /** Puts the list's elements close together; each then has another address. */
  private pack(): void {
    this.list = this.list.clone();
    for (let element = this.list.first; element !== NO_ELEMENT; element = this.list.next(element)) this.dict.replace(this.list.member(element), element);
  }
}

const newSortedSet = (host: EncodingHost): SortedSet => new SortedSet(new SkipList(), newTable<Address>(host));

/** What a new sorted set will hold, as far as that is known: so many members, the longest of so many bytes. */
export function newZset(host: EncodingHost, members = 0, longest = 0): ZsetObject {
  if (members <= host.config.number('zset-max-listpack-entries') && longest <= host.config.number('zset-max-listpack-value')) {
    return { type: 'zset', encoding: 'listpack', value: new Listpack(), lru: 0, sizeClass: 0 };
  }
  return { type: 'zset', encoding: 'skiplist', value: newSortedSet(host), lru: 0, sizeClass: 0 };
}

/** The object as a sorted set, undefined for a key that is not there; another type is the client's mistake. */
export function asZset(object: RedisObject | undefined): ZsetObject | undefined {
  if (object !== undefined && object.type !== 'zset') throw new CommandError(WRONG_TYPE);
  return object;
}

/** Number of members. */
export function zsetLength({ value }: ZsetObject): number {
  return value instanceof Listpack ? value.length / 2 : value.list.length;
}

/** The score of a member, or undefined. */
export function zsetScore({ value }: ZsetObject, member: Bytes): number | undefined {
  if (!(value instanceof Listpack)) return value.score(member);
  const place = value.find(member, 1);
  return place === NOWHERE ? undefined : scoreAt(value, value.next(place));
}

/** The place of a member: 0 for the lowest score; undefined when it is not there. */
export function zsetRank({ value }: ZsetObject, member: Bytes): number | undefined {
  if (!(value instanceof Listpack)) {
    const score = value.score(member);
    return score === undefined ? undefined : value.list.rank(score, member);
  }
  const wanted = value.find(member, 1);
  if (wanted === NOWHERE) return undefined;
  let rank = 0;
  for (let place = value.first(); place !== wanted; place = value.next(value.next(place))) rank++;
  return rank;
}

// ---- Scores in a listpack ---------------------------------------------------------------------------

function scoreAt(listpack: Listpack, place: number): number {
  const integer = listpack.integer(place);
  return integer !== undefined ? Number(integer) : (parseDouble(listpack.get(place)) ?? 0);
}

const scoreText = (score: number): Bytes => (score === 0 ? '0' : formatDouble(score));

function insertInOrder(listpack: Listpack, score: number, member: Bytes): void {
  let place = listpack.first();
  while (place !== NOWHERE) {
    const scorePlace = listpack.next(place);
    const other = scoreAt(listpack, scorePlace);
    if (other > score || (other === score && listpack.get(place) > member)) {
      const at = listpack.insertBefore(place, member);
      listpack.insertAfter(at, scoreText(score));
      return;
    }
    place = listpack.next(scorePlace);
  }
  listpack.append(member);
  listpack.append(scoreText(score));
}

// ---- Writing ------------------------------------------------------------------------------------------

/** Conditions of ZADD. */
export interface ZaddOptions {
  readonly nx?: boolean;
  readonly xx?: boolean;
  readonly gt?: boolean;
  readonly lt?: boolean;
  /** The score is added to the member's own. */
  readonly incr?: boolean;
}

export interface ZaddOutcome {
  /** 'nothing': a condition was not met; 'same': the member had this score. */
  readonly what: 'added' | 'updated' | 'same' | 'nothing' | 'nan';
  /** The score afterwards. */
  readonly score: number;
}

/** Gives a member a score, under the conditions. */
export function zsetAdd(object: ZsetObject, score: number, member: Bytes, host: EncodingHost, options: ZaddOptions = {}): ZaddOutcome {
  const { value } = object;
  const element = value instanceof Listpack ? undefined : value.dict.get(member);
  const former = value instanceof Listpack ? zsetScore(object, member) : element && value.list.score(element);
  if (former === undefined) {
    if (options.xx === true) return { what: 'nothing', score };
    insert(object, score, member, host);
    return { what: 'added', score };
  }
  if (options.nx === true) return { what: 'nothing', score: former };
  const wanted = options.incr === true ? former + score : score;
  if (Number.isNaN(wanted)) return { what: 'nan', score: former };
  if ((options.gt === true && wanted <= former) || (options.lt === true && wanted >= former)) return { what: 'nothing', score: former };
  if (wanted === former) return { what: 'same', score: wanted };
  if (value instanceof Listpack) {
    value.delete(value.find(member, 1), 2);
    insertInOrder(value, wanted, member);
  } else if (element !== undefined) value.list.updateScore(element, wanted);
  return { what: 'updated', score: wanted };
}

function insert(object: ZsetObject, score: number, member: Bytes, host: EncodingHost): void {
  if (object.value instanceof Listpack) {
    const isFull = object.value.length / 2 + 1 > host.config.number('zset-max-listpack-entries');
    if (isFull || member.length > host.config.number('zset-max-listpack-value')) zsetToSkipList(object, host, object.value.length / 2 + 1);
  }
  if (object.value instanceof Listpack) insertInOrder(object.value, score, member);
  else object.value.add(score, member, host);
}

/** Removes a member; true if it was there. */
export function zsetDelete({ value }: ZsetObject, member: Bytes): boolean {
  if (value instanceof Listpack) {
    const place = value.find(member, 1);
    if (place !== NOWHERE) value.delete(place, 2);
    return place !== NOWHERE;
  }
  return value.delete(member);
}

/** Removes the members at the places from `start` up to and not including `end`. */
export function zsetDeleteRange(object: ZsetObject, start: number, end: number): void {
  const { value } = object;
  if (value instanceof Listpack) value.deleteRange(2 * start, 2 * (end - start));
  else for (const { member } of zsetSlice(object, start, end)) zsetDelete(object, member);
}

/** A listpack that is about to get so many members at once becomes a skip list beforehand. */
export function zsetPrepare(object: ZsetObject, members: number, host: EncodingHost): void {
  if (object.value instanceof Listpack && members > host.config.number('zset-max-listpack-entries')) zsetToSkipList(object, host, members);
}

/** Turns a listpack into a skip list whose table has room for `members`. */
export function zsetToSkipList(object: ZsetObject, host: EncodingHost, members = zsetLength(object)): void {
  const sorted = newSortedSet(host);
  sorted.dict.expand(members);
  for (const { member, score } of zsetElements(object)) sorted.add(score, member, host);
  object.encoding = 'skiplist';
  object.value = sorted;
}

/** A result that was built as a skip list becomes a listpack when it is within the limits. */
export function zsetToListpackIfSmall(object: ZsetObject, host: EncodingHost): void {
  if (object.value instanceof Listpack) return;
  if (zsetLength(object) > host.config.number('zset-max-listpack-entries')) return;
  const most = host.config.number('zset-max-listpack-value');
  const listpack = new Listpack();
  for (const { member, score } of zsetElements(object)) {
    if (member.length > most) return;
    listpack.append(member);
    listpack.append(scoreText(score));
  }
  object.encoding = 'listpack';
  object.value = listpack;
}

// ---- Ranges -------------------------------------------------------------------------------------------

/** Members with their scores, lowest first. */
export function* zsetElements({ value }: ZsetObject): Generator<ZsetElement> {
  if (value instanceof Listpack) {
    for (let place = value.first(); place !== NOWHERE; ) {
      const scorePlace = value.next(place);
      yield { member: value.get(place), score: scoreAt(value, scorePlace) };
      place = value.next(scorePlace);
    }
  } else yield* value.list.elements();
}

/** The elements at the places from `start` up to and not including `end`, lowest first or backwards. */
export function zsetSlice({ value }: ZsetObject, start: number, end: number, backwards = false): ZsetElement[] {
  const found: ZsetElement[] = [];
  const count = end - start;
  if (count <= 0) return found;
  if (value instanceof Listpack) {
    for (let place = value.seek(2 * start), left = count; left > 0 && place !== NOWHERE; left--) {
      const scorePlace = value.next(place);
      found.push({ member: value.get(place), score: scoreAt(value, scorePlace) });
      place = value.next(scorePlace);
    }
    return backwards ? found.reverse() : found;
  }
  const { list } = value;
  let element = list.at(backwards ? end - 1 : start);
  for (let left = count; left > 0 && element !== NO_ELEMENT; left--) {
    found.push({ member: list.member(element), score: list.score(element) });
    element = backwards ? list.previous(element) : list.next(element);
  }
  return found;
}

/** A range of scores or of names. */
export interface ZsetRange {
  /** No element can lie in it. */
  readonly isEmpty: boolean;
  /** The element lies before the range. */
  isBelow(element: ZsetElement): boolean;
  /** The element lies behind the range. */
  isAbove(element: ZsetElement): boolean;
}

/**
 * The places of the elements in a range, the last one not included. Ranges of names make sense where all
 * scores are equal; where they are not, a listpack is searched from the side where the answer begins.
 */
export function zsetPlaces(object: ZsetObject, range: ZsetRange, backwards = false): { readonly start: number; readonly end: number } {
  const nothing = { start: 0, end: 0 };
  if (range.isEmpty || zsetLength(object) === 0) return nothing;
  const { value } = object;
  if (!(value instanceof Listpack)) {
    const start = value.list.seek((element) => range.isBelow(element)).count;
    const end = value.list.seek((element) => !range.isAbove(element)).count;
    return end > start ? { start, end } : nothing;
  }
  const all = [...zsetElements(object)];
  const isBelow = (index: number): boolean => range.isBelow(all[index] as ZsetElement);
  const isAbove = (index: number): boolean => range.isAbove(all[index] as ZsetElement);
  if (isBelow(all.length - 1) || isAbove(0)) return nothing;
  if (!backwards) {
    let start = 0;
    while (isBelow(start)) start++;
    let end = start;
    while (end < all.length && !isAbove(end)) end++;
    return { start, end };
  }
  let end = all.length;
  while (isAbove(end - 1)) end--;
  let start = end;
  while (start > 0 && !isBelow(start - 1)) start--;
  return { start, end };
}

/**
 * The places that a removal of a range takes: from the first that is not below it, as long as each next one lies in it.
 * Where names do not follow the order, because scores differ, a skip list may find another first one than a listpack:
 * so does the real server, whose replica may then keep what its master removes.
 */
export function zsetRun(object: ZsetObject, range: ZsetRange): { readonly start: number; readonly end: number } {
  const { value } = object;
  if (value instanceof Listpack) return zsetPlaces(object, range);
  const { list } = value;
  const start = list.seek((element) => range.isBelow(element)).count;
  let end = start;
  for (let element = list.at(start); element !== NO_ELEMENT && !range.isAbove({ member: list.member(element), score: list.score(element) }); element = list.next(element)) end++;
  return { start, end };
}

/**
 * Of the elements in a range of names, those from the `skipped`th on, `limit` of them or all below zero. The first is
 * looked for, as many are skipped as they come, and it goes on while the next one lies in the range.
 */
export function zsetWalk(object: ZsetObject, range: ZsetRange, skipped: number, limit: number, backwards: boolean): ZsetElement[] {
  const { value } = object;
  const length = zsetLength(object);
  const [first] = zsetSlice(object, 0, 1);
  const [last] = zsetSlice(object, length - 1, length);
  if (range.isEmpty || first === undefined || last === undefined || range.isBelow(last) || range.isAbove(first)) return [];
  const isOutside = (element: ZsetElement): boolean => (backwards ? range.isBelow(element) : range.isAbove(element));
  if (value instanceof Listpack) {
    const all = zsetSlice(object, 0, length, backwards);
    const begin = all.findIndex((element) => !(backwards ? range.isAbove(element) : range.isBelow(element)));
    const found = isOutside(all[begin] as ZsetElement) ? [] : all.slice(begin + skipped);
    const end = found.findIndex(isOutside);
    return found.slice(0, Math.min(end === -1 ? found.length : end, limit < 0 ? Infinity : limit));
  }
  const { list } = value;
  const found: ZsetElement[] = [];
  const begin = backwards ? list.seek((element) => !range.isAbove(element)).count - 1 - skipped : list.seek((element) => range.isBelow(element)).count + skipped;
  for (let at = list.at(begin); at !== NO_ELEMENT && found.length !== limit; at = backwards ? list.previous(at) : list.next(at)) {
    const element = { member: list.member(at), score: list.score(at) };
    if (isOutside(element)) break;
    found.push(element);
  }
  return found;
}

// ---- Copies -------------------------------------------------------------------------------------------

/** A copy that shares nothing; the encoding is kept. */
export function duplicateZset({ encoding, value, lru }: ZsetObject): ZsetObject {
  if (value instanceof Listpack) return { type: 'zset', encoding, value: value.clone(), lru, sizeClass: 0 };
  const list = value.list.clone();
  const dict = new Dict<Address>({ seed: value.dict.seed, policy: value.dict.policy });
  dict.expand(list.length);
  for (let element = list.first; element !== NO_ELEMENT; element = list.next(element)) dict.set(list.member(element), element);
  return { type: 'zset', encoding, value: new SortedSet(list, dict), lru, sizeClass: 0 };
}

/** A sorted set of the elements in a file or payload, in any order; undefined when a member comes twice or a score is no number. */
export function zsetFromElements(elements: readonly ZsetElement[], host: EncodingHost): ZsetObject | undefined {
  const sorted = newSortedSet(host);
  sorted.dict.expand(elements.length);
  for (const { member, score } of elements) {
    if (Number.isNaN(score) || sorted.dict.has(member)) return undefined;
    sorted.add(score, member, host);
  }
  const object: ZsetObject = { type: 'zset', encoding: 'skiplist', value: sorted, lru: 0, sizeClass: 0 };
  zsetToListpackIfSmall(object, host);
  return object;
}

/**
 * The same for the listpack in a file or payload, which becomes a skip list if it is over the limits now. Elements
 * out of order are damage, too: the real server does not look, and ranges then miss what is there.
 */
export function zsetFromListpack(listpack: Listpack, host: EncodingHost): ZsetObject | undefined {
  if (listpack.length === 0 || listpack.length % 2 !== 0) return undefined;
  const object: ZsetObject = { type: 'zset', encoding: 'listpack', value: listpack, lru: 0, sizeClass: 0 };
  const members = new Set<Bytes>();
  let previous: { readonly score: number; readonly member: Bytes } | undefined;
  for (let place = listpack.first(); place !== NOWHERE; place = listpack.next(place)) {
    const member = listpack.get(place);
    place = listpack.next(place);
    const score = listpack.integer(place) ?? parseDouble(listpack.get(place));
    if (score === undefined || Number.isNaN(Number(score))) return undefined;
    const next = { score: Number(score), member };
    if (previous !== undefined && (previous.score > next.score || (previous.score === next.score && previous.member >= member))) return undefined;
    members.add(member);
    previous = next;
  }
  if (members.size !== listpack.length / 2) return undefined;
  zsetPrepare(object, members.size, host);
  return object;
}
