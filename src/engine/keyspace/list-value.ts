/*
 * Lists, as they are stored
 * -------------------------
 *   listpack    all elements in one piece of memory
 *   quicklist   a chain of listpacks
 *
 * A list is a listpack while one node of a quicklist could hold it (list-max-listpack-size: 8 kilobytes by
 * default, or a number of elements). A write that may make it longer looks at what it brings before it
 * begins, and converts the list if that would be too much. A quicklist becomes a listpack again when it
 * has shrunk to a single node of half the limit: half, so that a list at the border does not change
 * with every push and pop.
 */
import type { Bytes } from '../bytes.ts';
import { CommandError, WRONG_TYPE } from '../reply.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { deleteEqualIn, nodeExceedsLimit, nodeLimit, Quicklist } from '../structures/quicklist.ts';
import type { EncodingHost } from './encodings.ts';
import type { ListObject, RedisObject } from './object.ts';

export type ListEnd = 'left' | 'right';

export function newList(): ListObject {
  return { type: 'list', encoding: 'listpack', value: new Listpack(), lru: 0, sizeClass: 0 };
}

/** The object as a list, undefined for a key that is not there; another type is the client's mistake. */
export function asList(object: RedisObject | undefined): ListObject | undefined {
  if (object !== undefined && object.type !== 'list') throw new CommandError(WRONG_TYPE);
  return object;
}

export function listLength({ value }: ListObject): number {
  return value.length;
}

function newQuicklist({ config }: EncodingHost): Quicklist {
  return new Quicklist(config.number('list-max-listpack-size'), config.number('list-compress-depth'), config.packedThreshold);
}

// ---- Changing the encoding ------------------------------------------------------------------------

/** Before `values` are added: whether they still fit in one piece. */
export function listPrepare(object: ListObject, values: readonly Bytes[], host: EncodingHost): void {
  const { value } = object;
  if (!(value instanceof Listpack)) return;
  const bytes = values.reduce((sum, each) => sum + each.length, value.byteLength);
  if (nodeExceedsLimit(host.config.number('list-max-listpack-size'), bytes, value.length + values.length)) convertToQuicklist(object, host);
}

function convertToQuicklist(object: ListObject, host: EncodingHost): void {
  const list = newQuicklist(host);
  if (object.value.length > 0) list.appendNode(object.value as Listpack);
  object.value = list;
  object.encoding = 'quicklist';
}

/** A quicklist that would fit into a listpack becomes one. `isShrinking`: only at half the limit. */
function tryListpack(object: ListObject, host: EncodingHost, isShrinking: boolean): void {
  const { value } = object;
  if (!(value instanceof Quicklist) || value.nodes !== 1 || value.head === undefined || typeof value.head.entry === 'string') return;
  const limit = nodeLimit(host.config.number('list-max-listpack-size'));
  const share = isShrinking ? 2 : 1;
  if (value.head.entry.byteLength > Math.floor(limit.bytes / share) || value.length > Math.floor(limit.entries / share)) return;
  object.value = value.head.entry;
  object.encoding = 'listpack';
}

/** After elements were taken away, or written over. */
export function listShrunk(object: ListObject, host: EncodingHost): void {
  tryListpack(object, host, true);
}

/** A list that was made whole gets the encoding that suits it: SORT's STORE, a file. */
export function settleList(object: ListObject, host: EncodingHost): void {
  const { value } = object;
  if (value instanceof Quicklist) tryListpack(object, host, false);
  else if (nodeExceedsLimit(host.config.number('list-max-listpack-size'), value.byteLength, value.length)) convertToQuicklist(object, host);
}

// ---- Reading --------------------------------------------------------------------------------------

/** The element at an index; negative ones count from the end. */
export function listIndex({ value }: ListObject, index: number): Bytes | undefined {
  if (value instanceof Quicklist) {
    const place = value.seek(index);
    return place?.node.get(place.offset);
  }
  const place = value.seek(index);
  return place === NOWHERE ? undefined : value.get(place);
}

/** Elements from an index on, towards the end. */
export function* listFrom({ value }: ListObject, index = 0): Generator<Bytes> {
  if (value instanceof Quicklist) yield* value.from(index);
  else for (let place = value.seek(index); place !== NOWHERE; place = value.next(place)) yield value.get(place);
}

/** Elements from an index on (the last by default), towards the beginning. */
export function* listBackFrom({ value }: ListObject, index = -1): Generator<Bytes> {
  if (value instanceof Quicklist) yield* value.backFrom(index);
  else for (let place = value.seek(index); place !== NOWHERE; place = value.previous(place)) yield value.get(place);
}

/** `count` elements from `start` on; `fromTail` answers the same elements in reverse order. */
export function listSlice(object: ListObject, start: number, count: number, fromTail = false): Bytes[] {
  const found: Bytes[] = [];
  if (count <= 0) return found;
  if (fromTail) {
    for (const element of listBackFrom(object, start + count - 1)) {
      found.push(element);
      if (found.length === count) break;
    }
    return found;
  }
  const { value } = object;
  if (value instanceof Quicklist) return value.slice(start, count);
  value.readInto(found, value.seek(start), count);
  return found;
}

// ---- Writing --------------------------------------------------------------------------------------

/** Adds at an end. The caller has prepared the list for it. */
export function listPush({ value }: ListObject, element: Bytes, end: ListEnd): void {
  if (value instanceof Quicklist) {
    if (end === 'left') value.pushHead(element);
    else value.pushTail(element);
  } else if (end === 'left') value.prepend(element);
  else value.append(element);
}

/** Takes the element at an end. */
export function listPop({ value }: ListObject, end: ListEnd): Bytes | undefined {
  if (value instanceof Quicklist) return end === 'left' ? value.popHead() : value.popTail();
  const place = end === 'left' ? value.first() : value.last();
  if (place === NOWHERE) return undefined;
  const element = value.get(place);
  value.delete(place);
  return element;
}

/** Writes another element at an index; false when there is none. */
export function listReplace({ value }: ListObject, index: number, element: Bytes): boolean {
  if (value instanceof Quicklist) {
    const place = value.seek(index);
    if (place === undefined) return false;
    value.replace(place, element);
    return true;
  }
  const place = value.seek(index);
  if (place === NOWHERE) return false;
  value.replace(place, element);
  return true;
}

/** Puts an element beside the one at an index that is there. */
export function listInsert({ value }: ListObject, index: number, element: Bytes, after: boolean): void {
  if (value instanceof Quicklist) {
    const place = value.seek(index);
    if (place !== undefined) value.insert(place, element, after);
    return;
  }
  const place = value.seek(index);
  if (after) value.insertAfter(place, element);
  else value.insertBefore(place, element);
}

/** Removes `count` elements from an index on. */
export function listDeleteRange({ value }: ListObject, index: number, count: number): void {
  if (count > 0) value.deleteRange(index, count);
}

/** Removes elements that equal `element`, at most `most`, from one end on; returns how many. */
export function listDeleteEqual({ value }: ListObject, element: Bytes, most: number, fromTail: boolean): number {
  return value instanceof Quicklist ? value.deleteEqual(element, most, fromTail) : deleteEqualIn(value, element, most, fromTail);
}

/** A copy that shares nothing; the encoding is kept. */
export function duplicateList({ encoding, value, lru }: ListObject): ListObject {
  return { type: 'list', encoding, value: value.clone(), lru, sizeClass: 0 };
}

// ---- Files ----------------------------------------------------------------------------------------

/** A list of nodes as a file has them: listpacks, and long elements alone. Undefined when there is none, or an empty one. */
export function listFromNodes(nodes: readonly (Listpack | Bytes)[], host: EncodingHost): ListObject | undefined {
  const list = newQuicklist(host);
  for (const node of nodes) if (typeof node === 'string' || node.length > 0) list.appendNode(node);
  if (list.length === 0) return undefined;
  const object: ListObject = { type: 'list', encoding: 'quicklist', value: list, lru: 0, sizeClass: 0 };
  settleList(object, host);
  return object;
}

/** A list of elements as older files have them, one by one. `settles` false leaves it a quicklist. */
export function listFromElements(elements: readonly Bytes[], host: EncodingHost, settles = true): ListObject | undefined {
  const list = newQuicklist(host);
  for (const element of elements) list.pushTail(element);
  if (list.length === 0) return undefined;
  const object: ListObject = { type: 'list', encoding: 'quicklist', value: list, lru: 0, sizeClass: 0 };
  if (settles) settleList(object, host);
  return object;
}
