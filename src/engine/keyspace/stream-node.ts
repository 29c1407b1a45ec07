/*
 * A node of a stream: entries in one listpack
 * -------------------------------------------
 * Up to a hundred entries lie in one piece of memory, behind a master entry that keeps what they share:
 *
 *     live  deleted  n  field … field  0  │  flags  ms  seq  value … value  length  │  flags  ms  seq  …
 *     master entry                        │  entry with the master's fields         │
 *
 * `ms` and `seq` are differences to the id under which the node stands in the stream's tree. An entry
 * with the fields of the master (flag 2) keeps its values only; any other has `n`, field, value, field,
 * value … in their place. `length` is the number of elements before it that belong to the entry, so that a
 * walk can go backwards; behind the master entry it is 0, the end of such a walk.
 *
 * Deleting sets flag 1 and moves one from `live` to `deleted`; the bytes stay until the whole node goes.
 *
 * Places are those of the listpack: any write makes the ones behind it void.
 */
import type { Bytes } from '../bytes.ts';
import { Listpack, NOWHERE } from '../structures/listpack.ts';
import { mallocSize } from '../structures/sds.ts';
import { idBehind, idDifference, idNumbers, type IdNumbers, type StreamId } from './stream-id.ts';

const DELETED = 1;
const SAME_FIELDS = 2;

/** Master entry: live, deleted, number of fields, and the 0 behind the fields. */
const MASTER_ELEMENTS = 4;
/** Entry: flags, two differences. */
const ENTRY_ELEMENTS = 3;
/** No more is allocated at once for a new node (bytes). */
const STREAM_LISTPACK_MAX_PRE_ALLOCATE = 4096;

/** One entry in its node. */
export interface EntryAt {
  readonly id: StreamId;
  /** Of its flags: where the entry begins. */
  readonly place: number;
  readonly isDeleted: boolean;
  /** It has the fields of the master entry. */
  readonly sameFields: boolean;
  readonly fields: number;
  /** Its first value, or its first field when it has fields of its own. */
  readonly content: number;
}

export class StreamNode {
  readonly listpack: Listpack;
  /** What the allocator has given (bytes): a new node gets room for more entries at once. */
  private allocated: number;

  private constructor(listpack: Listpack, allocated: number) {
    this.listpack = listpack;
    this.allocated = allocated;
  }

  /** An empty one whose master entry has the fields of `pairs` (field, value, field, value …). `maxBytes`: stream-node-max-bytes. */
  static create(pairs: readonly Bytes[], maxBytes: number): StreamNode {
    const listpack = Listpack.of([0, 0, pairs.length / 2]);
    for (let i = 0; i < pairs.length; i += 2) listpack.append(pairs[i] as Bytes);
    listpack.append(0);
    const room = maxBytes > 0 ? Math.min(maxBytes, STREAM_LISTPACK_MAX_PRE_ALLOCATE) : STREAM_LISTPACK_MAX_PRE_ALLOCATE;
    listpack.reserve(room);
    return new StreamNode(listpack, mallocSize(Math.max(room, listpack.byteLength)));
  }

  /** The node whose bytes come from a file or payload; undefined when they break the rules above. */
  static fromListpack(listpack: Listpack, master: StreamId): StreamNode | undefined {
    return isWellFormed(listpack) ? new StreamNode(listpack, listpack.mallocBytes).inOrder(master) : undefined;
  }

  /** A copy that shares nothing. */
  clone(): StreamNode {
    const copy = this.listpack.clone();
    return new StreamNode(copy, copy.mallocBytes);
  }

  get byteLength(): number {
    return this.listpack.byteLength;
  }

  get mallocBytes(): number {
    return this.allocated;
  }

  /** Entries that are not deleted. */
  get live(): number {
    return Number(this.listpack.integer(this.listpack.first()));
  }

  get deleted(): number {
    return Number(this.listpack.integer(this.listpack.seek(1)));
  }

  /** Room that no entry will need any more is given back: the next node has begun. */
  shrinkToFit(): void {
    this.listpack.shrinkToFit();
    this.allocated = this.listpack.mallocBytes;
  }

  // ---- Walking ----------------------------------------------------------------------------------

  /** Entries in order, deleted ones included. */
  *entries(master: StreamId): Generator<EntryAt> {
    const { listpack } = this;
    const masterFields = this.masterFields();
    const base = idNumbers(master);
    for (let place = listpack.seek(MASTER_ELEMENTS + masterFields); place !== NOWHERE; ) {
      const entry = this.entryAt(place, base, masterFields);
      yield entry;
      place = listpack.next(this.skip(entry.content, entry.sameFields ? entry.fields : 2 * entry.fields));
    }
  }

  /** The same from the last one back. */
  *entriesBackwards(master: StreamId): Generator<EntryAt> {
    const { listpack } = this;
    const masterFields = this.masterFields();
    const base = idNumbers(master);
    for (let end = listpack.last(); ; ) {
      const elements = Number(listpack.integer(end));
      if (elements === 0) return;
      let place = end;
      for (let left = elements; left > 0; left--) place = listpack.previous(place);
      yield this.entryAt(place, base, masterFields);
      end = listpack.previous(place);
    }
  }

  /** The id of the last entry, deleted or not. */
  lastId(master: StreamId): StreamId | undefined {
    for (const { id } of this.entriesBackwards(master)) return id;
    return undefined;
  }

  private masterFields(): number {
    return Number(this.listpack.integer(this.listpack.seek(2)));
  }

  private entryAt(place: number, master: IdNumbers, masterFields: number): EntryAt {
    const { listpack } = this;
    const flags = Number(listpack.integer(place));
    const ms = listpack.next(place);
    const seq = listpack.next(ms);
    const id = idBehind(master, listpack.integer(ms) ?? 0, listpack.integer(seq) ?? 0);
    const sameFields = (flags & SAME_FIELDS) !== 0;
    const behind = listpack.next(seq);
    return {
      id, place, sameFields, isDeleted: (flags & DELETED) !== 0,
      fields: sameFields ? masterFields : Number(listpack.integer(behind)),
      content: sameFields ? behind : listpack.next(behind),
    };
  }

  private skip(place: number, elements: number): number {
    let at = place;
    for (let left = elements; left > 0; left--) at = this.listpack.next(at);
    return at;
  }

  /** Field, value, field, value … of an entry. */
  pairs({ content, fields, sameFields }: EntryAt): Bytes[] {
    const { listpack } = this;
    const pairs: Bytes[] = [];
    let field = sameFields ? listpack.seek(MASTER_ELEMENTS - 1) : content;
    let value = sameFields ? content : listpack.next(content);
    for (let left = fields; left > 0; left--) {
      pairs.push(listpack.get(field), listpack.get(value));
      field = sameFields ? listpack.next(field) : listpack.next(value);
      value = sameFields ? listpack.next(value) : left > 1 ? listpack.next(field) : NOWHERE;
    }
    return pairs;
  }

  // ---- Writing ----------------------------------------------------------------------------------

  /** Adds an entry behind all others. */
  append(id: StreamId, master: StreamId, pairs: readonly Bytes[]): void {
    const { listpack } = this;
    const same = this.hasFieldsOf(pairs);
    listpack.replace(listpack.first(), this.live + 1);
    const { ms, seq } = idDifference(id, master);
    listpack.append(same ? SAME_FIELDS : 0);
    listpack.append(ms);
    listpack.append(seq);
    const fields = pairs.length / 2;
    if (!same) listpack.append(fields);
    for (let i = 0; i < pairs.length; i += 2) {
      if (!same) listpack.append(pairs[i] as Bytes);
      listpack.append(pairs[i + 1] as Bytes);
    }
    listpack.append(ENTRY_ELEMENTS + (same ? fields : 2 * fields + 1));
    if (listpack.byteLength > this.allocated) this.allocated = listpack.mallocBytes;
  }

  /** Whether the master entry has exactly the fields of `pairs`. */
  private hasFieldsOf(pairs: readonly Bytes[]): boolean {
    const { listpack } = this;
    if (this.masterFields() !== pairs.length / 2) return false;
    let place = listpack.seek(MASTER_ELEMENTS - 1);
    for (let i = 0; i < pairs.length; i += 2) {
      if (!listpack.equals(place, pairs[i] as Bytes)) return false;
      place = listpack.next(place);
    }
    return true;
  }

  /** Sets the flag of a live entry; its place and those of others stay. The master entry is not told: countDeleted does that. */
  flagDeleted({ place, sameFields }: EntryAt): void {
    this.listpack.replace(place, DELETED | (sameFields ? SAME_FIELDS : 0));
  }

  /** Moves so many entries from live to deleted in the master entry. */
  countDeleted(entries: number): void {
    const { live, deleted } = this;
    this.replaceCount(0, live - entries);
    this.replaceCount(1, deleted + entries);
  }

  private replaceCount(index: number, count: number): void {
    const { listpack } = this;
    const before = listpack.byteLength;
    listpack.replace(listpack.seek(index), count);
    // A listpack that got smaller is given exactly what it needs; one that grew, only when it must.
    if (listpack.byteLength < before || listpack.byteLength > this.allocated) this.shrinkToFit();
  }

  /** The node itself if its ids rise and none is lower than the master's. */
  private inOrder(master: StreamId): this | undefined {
    let before: StreamId | undefined;
    for (const { id } of this.entries(master)) {
      if (before === undefined ? id < master : id <= before) return undefined;
      before = id;
    }
    return this;
  }
}

/** Whether a listpack from outside is a master entry and whole entries behind it, with right counts. */
function isWellFormed(listpack: Listpack): boolean {
  let place = listpack.first();
  /** The next element as a small count; undefined when it is something else. */
  const count = (): number | undefined => {
    const integer = place === NOWHERE ? undefined : listpack.integer(place);
    if (typeof integer !== 'number' || integer < 0) return undefined;
    place = listpack.next(place);
    return integer;
  };
  const skip = (elements: number): boolean => {
    for (let left = elements; left > 0; left--) {
      if (place === NOWHERE) return false;
      place = listpack.next(place);
    }
    return true;
  };
  const difference = (): boolean => place !== NOWHERE && listpack.integer(place) !== undefined && skip(1);
  const [live, deleted, masterFields] = [count(), count(), count()];
  if (live === undefined || deleted === undefined || masterFields === undefined || !skip(masterFields) || count() !== 0) return false;
  const found = { live: 0, deleted: 0 };
  while (place !== NOWHERE) {
    const flags = count();
    if (flags === undefined || flags > (DELETED | SAME_FIELDS) || !difference() || !difference()) return false;
    const same = (flags & SAME_FIELDS) !== 0;
    const fields = same ? masterFields : count();
    if (fields === undefined || !skip(same ? fields : 2 * fields)) return false;
    if (count() !== ENTRY_ELEMENTS + (same ? fields : 2 * fields + 1)) return false;
    found[(flags & DELETED) !== 0 ? 'deleted' : 'live']++;
  }
  return found.live === live && found.deleted === deleted && live + deleted > 0;
}
