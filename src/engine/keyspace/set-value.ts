/*
 * Sets, as they are stored
 * ------------------------
 *   intset      whole numbers in order, while there is nothing else
 *   listpack    a few short members in one piece, in the order they came; a search walks it
 *   hashtable   a dict whose entries have no values
 *
 * A new set is an intset if its first member is a number. The first member that is none makes it a
 * listpack, or a hashtable if there are too many members for that (set-max-listpack-entries,
 * set-max-listpack-value) or, of numbers alone, more than set-max-intset-entries. A hint of how many
 * members will come chooses the encoding ahead. Nothing turns a set back, however small it gets.
 */
import type { Bytes } from '../bytes.ts';
import { own, parseInteger } from '../bytes.ts';
import type { Random } from '../env.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import type { Dict } from '../structures/dict.ts';
import { Intset } from '../structures/intset.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { duplicateTable, newTable, type EncodingHost } from './encodings.ts';
import type { RedisObject, SetObject } from './object.ts';

/** Longer texts are not tried as integers. */
const LONGEST_INTEGER = 20;
/** An intset has no more numbers, whatever the configuration says. */
const INTSET_MAX_ENTRIES = 2 ** 30;

const asNumber = (member: Bytes): number | bigint | undefined => (member.length <= LONGEST_INTEGER ? parseInteger(member) : undefined);

const intsetLimit = ({ config }: EncodingHost): number => Math.min(config.number('set-max-intset-entries'), INTSET_MAX_ENTRIES);
const listpackLimit = ({ config }: EncodingHost): number => config.number('set-max-listpack-entries');
const listpackValueLimit = ({ config }: EncodingHost): number => config.number('set-max-listpack-value');

export function newIntset(): SetObject {
  return { type: 'set', encoding: 'intset', value: new Intset(), lru: 0, sizeClass: 0 };
}

export function newListpackSet(): SetObject {
  return { type: 'set', encoding: 'listpack', value: new Listpack(), lru: 0, sizeClass: 0 };
}

export function newTableSet(host: EncodingHost): SetObject {
  return { type: 'set', encoding: 'hashtable', value: newTable<undefined>(host), lru: 0, sizeClass: 0 };
}

/** An empty set in the encoding that suits `first` as its first member and `expected` members in all. */
export function newSet(first: Bytes, expected: number, host: EncodingHost): SetObject {
  if (asNumber(first) !== undefined && expected <= host.config.number('set-max-intset-entries')) return newIntset();
  if (expected <= listpackLimit(host)) return newListpackSet();
  const set = newTableSet(host);
  (set.value as Dict<undefined>).expand(expected);
  return set;
}

/** The object as a set, undefined for a key that is not there; another type is the client's mistake. */
export function asSet(object: RedisObject | undefined): SetObject | undefined {
  if (object !== undefined && object.type !== 'set') throw new CommandError(WRONG_TYPE);
  return object;
}

export function setSize({ value }: SetObject): number {
  return value instanceof Intset || value instanceof Listpack ? value.length : value.size;
}

export function setHas({ value }: SetObject, member: Bytes): boolean {
  if (value instanceof Intset) {
    const number = asNumber(member);
    return number !== undefined && value.has(number);
  }
  return value instanceof Listpack ? value.find(member) !== NOWHERE : value.has(member);
}

/** Members in the order in which they are stored. The set must not change meanwhile. */
export function* setMembers({ value }: SetObject): Generator<Bytes> {
  if (value instanceof Intset) for (const number of value.values()) yield String(number);
  else if (value instanceof Listpack) yield* value.values();
  else for (const { key } of value.entries()) yield key;
}

// ---- Changing -------------------------------------------------------------------------------------

/** Before `coming` members are added to a set that exists: whether the encoding can take so many. */
export function setPrepare(object: SetObject, coming: number, host: EncodingHost): void {
  const tooMany = (object.encoding === 'listpack' && coming > listpackLimit(host)) || (object.encoding === 'intset' && coming > host.config.number('set-max-intset-entries'));
  if (tooMany) toTable(object, coming, host);
}

/** Adds a member; false when it is there already. */
export function setAdd(object: SetObject, member: Bytes, host: EncodingHost): boolean {
  const { value } = object;
  if (value instanceof Intset) {
    const number = asNumber(member);
    if (number !== undefined) {
      if (!value.add(number)) return false;
      if (value.length > intsetLimit(host)) toTable(object, value.length, host);
      return true;
    }
    const longest = value.length === 0 ? 0 : Math.max(String(value.at(0)).length, String(value.at(value.length - 1)).length);
    const fits = value.length < listpackLimit(host) && member.length <= listpackValueLimit(host) && longest <= listpackValueLimit(host);
    if (fits) toListpack(object).append(member);
    else toTable(object, value.length + 1, host).set(own(member), undefined);
    return true;
  }
  if (value instanceof Listpack) {
    if (value.find(member) !== NOWHERE) return false;
    if (value.length < listpackLimit(host) && member.length <= listpackValueLimit(host)) value.append(member);
    else toTable(object, value.length + 1, host).set(own(member), undefined);
    return true;
  }
  // A full table grows before anybody looks whether the member is there, as the real server's does.
  return value.add(member, undefined, own) !== undefined;
}

/** Removes a member; false when it was not there. */
export function setRemove({ value }: SetObject, member: Bytes): boolean {
  if (value instanceof Intset) {
    const number = asNumber(member);
    return number !== undefined && value.delete(number);
  }
  if (!(value instanceof Listpack)) return value.delete(member) !== undefined;
  const place = value.find(member);
  if (place === NOWHERE) return false;
  value.delete(place);
  return true;
}

/** Turns the set into a table with room for `expected` members. */
function toTable(object: SetObject, expected: number, host: EncodingHost): Dict<undefined> {
  const table = newTable<undefined>(host);
  table.expand(expected);
  for (const member of setMembers(object)) table.set(member, undefined);
  object.encoding = 'hashtable';
  object.value = table;
  return table;
}

function toListpack(object: SetObject): Listpack {
  const listpack = Listpack.of(setMembers(object));
  object.encoding = 'listpack';
  object.value = listpack;
  return listpack;
}

/** A set whose members are known to be numbers becomes an intset, if there are not too many. */
export function tryIntset(object: SetObject, host: EncodingHost): void {
  if (object.encoding === 'intset' || setSize(object) > intsetLimit(host)) return;
  const numbers = new Intset();
  for (const member of setMembers(object)) {
    const number = asNumber(member);
    if (number === undefined) return;
    numbers.add(number);
  }
  object.encoding = 'intset';
  object.value = numbers;
}

export const isNumber = (member: Bytes): boolean => asNumber(member) !== undefined;

// ---- Chance ---------------------------------------------------------------------------------------

/** A member drawn by chance; the set has at least one. */
export function randomMember({ value }: SetObject, random: Random): Bytes {
  if (value instanceof Intset) return String(value.at(random.below(value.length)));
  if (value instanceof Listpack) return value.get(value.seek(random.below(value.length)));
  return value.randomEntry(random)?.key ?? '';
}

// ---- Copies and files -----------------------------------------------------------------------------

/** A copy that shares nothing; the encoding is kept. */
export function duplicateSet({ encoding, value, lru }: SetObject): SetObject {
  const copy = value instanceof Intset || value instanceof Listpack ? value.clone() : duplicateTable(value);
  return { type: 'set', encoding, value: copy, lru, sizeClass: 0 };
}

/** A set of members that come from a file; undefined when there is none, or one comes twice. */
export function setFromMembers(members: readonly Bytes[], host: EncodingHost): SetObject | undefined {
  if (members.length === 0) return undefined;
  const object = members.length > Math.max(intsetLimit(host), listpackLimit(host)) ? newTableSet(host) : newIntset();
  for (const member of members) if (!setAdd(object, member, host)) return undefined;
  return object;
}

/** The set in an intset of a file; over the limit it becomes a table. */
export function setFromIntset(numbers: Intset, host: EncodingHost): SetObject {
  const object: SetObject = { type: 'set', encoding: 'intset', value: numbers, lru: 0, sizeClass: 0 };
  if (numbers.length > intsetLimit(host)) toTable(object, numbers.length, host);
  return object;
}

/** The set in a listpack of a file; undefined when it is empty or a member comes twice. */
export function setFromListpack(listpack: Listpack, host: EncodingHost): SetObject | undefined {
  if (listpack.length === 0 || new Set(listpack.values()).size !== listpack.length) return undefined;
  const object: SetObject = { type: 'set', encoding: 'listpack', value: listpack, lru: 0, sizeClass: 0 };
  if (listpack.length > listpackLimit(host)) toTable(object, listpack.length, host);
  return object;
}
