/*
 * Inside a list
 * -------------
 * Elements have no names, only places, and a place is found by walking there: what these commands cost
 * grows with the distance from the nearer end. Indices count from 0; negative ones from the end.
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded, INT64_MAX } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, string, token, type Ctx } from '../../command.ts';
import {
  asList, listBackFrom, listDeleteEqual, listDeleteRange, listFrom, listIndex, listInsert, listLength, listPrepare, listReplace, listShrunk, listSlice,
} from '../../keyspace/list-value.ts';
import type { ListObject } from '../../keyspace/object.ts';
import { CommandError, NO_SUCH_KEY, OK, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { shrinkOrRemove } from './ends.ts';

/** Tells when a change of a list has changed its encoding. */
function changing(db: Ctx['db'], name: Bytes, list: ListObject, change: () => void): void {
  const from = list.encoding;
  change();
  if (list.encoding !== from) db.encodingChanged(name, from, list.encoding);
}

export const llen = command(
  {
    name: 'LLEN', group: 'list', since: '1.0.0', arity: 2,
    summary: 'Tell how many elements a list has.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the length', '0 when there is no such list'],
    examples: ['RPUSH jobs a b', 'LLEN jobs'],
  },
  function llen({ db, argv }) {
    const list = asList(db.lookupKeyRead(argv[1] as Bytes));
    return list === undefined ? 0 : listLength(list);
  },
);

export const lindex = command(
  {
    name: 'LINDEX', group: 'list', since: '1.0.0', arity: 3,
    summary: 'Read the element at an index of a list.',
    complexity: 'O(N) where N is the distance from the nearer end',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('index')],
    replies: ['the element', 'nil when there is none at this index'],
    examples: ['RPUSH jobs a b c', 'LINDEX jobs 0', 'LINDEX jobs -1'],
  },
  function lindex({ db, argv }) {
    const list = asList(db.lookupKeyRead(argv[1] as Bytes));
    if (list === undefined) return null;
    return listIndex(list, Number(integerArgument(argv[2] as Bytes))) ?? null;
  },
);

export const lset = command(
  {
    name: 'LSET', group: 'list', since: '1.0.0', arity: 4,
    summary: 'Write another element at an index of a list.',
    complexity: 'O(N) where N is the distance from the nearer end',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), integer('index'), string('element')],
    replies: ['OK', 'an error when there is no such list, or no element at this index'],
    examples: ['RPUSH jobs a b c', 'LSET jobs 1 B', 'LRANGE jobs 0 -1'],
  },
  function lset({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const list = asList(db.lookupKeyWrite(name));
    if (list === undefined) throw new CommandError(NO_SUCH_KEY);
    // 32 bits of it count, as in the real server: an index of −4294967297 is the last element.
    const index = Number(BigInt.asIntN(32, BigInt(integerArgument(argv[2] as Bytes))));
    const element = argv[3] as Bytes;
    let found = false;
    changing(db, name, list, () => {
      listPrepare(list, [element], server);
      found = listReplace(list, index, element);
      if (found) listShrunk(list, server);
    });
    if (!found) throw new CommandError('ERR index out of range');
    db.signalModified(name);
    server.notify('l', 'lset', name, db.id);
    server.dirty++;
    return OK;
  },
);

export const lrange = command(
  {
    name: 'LRANGE', group: 'list', since: '1.0.0', arity: 4,
    summary: 'Read the elements of a list between two indices, both included.',
    complexity: 'O(S+N) where S is the distance of the start from the nearer end and N the number of elements',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('start'), integer('stop')],
    replies: ['the elements, maybe none'],
    examples: ['RPUSH jobs a b c', 'LRANGE jobs 0 -1', 'LRANGE jobs -2 -1', 'LRANGE jobs 5 9'],
  },
  function lrange({ db, argv, server }) {
    const start = Number(integerArgument(argv[2] as Bytes));
    const stop = Number(integerArgument(argv[3] as Bytes));
    const list = asList(db.lookupKeyRead(argv[1] as Bytes));
    if (list === undefined) return [];
    const { first, count } = clamped(start, stop, listLength(list));
    server.work(count);
    return listSlice(list, first, count);
  },
);

/** A range of indices within a list of this length; the count is 0 when nothing is in it. */
function clamped(start: number, stop: number, length: number): { readonly first: number; readonly count: number } {
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, stop < 0 ? length + stop : stop);
  return { first, count: Math.max(0, first >= length ? 0 : last - first + 1) };
}

export const ltrim = command(
  {
    name: 'LTRIM', group: 'list', since: '1.0.0', arity: 4,
    summary: 'Remove all of a list but the elements between two indices.',
    complexity: 'O(N) where N is the number of elements that are removed',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), integer('start'), integer('stop')],
    replies: ['OK'],
    examples: ['RPUSH latest a b c d', 'LTRIM latest -2 -1', 'LRANGE latest 0 -1'],
  },
  function ltrim({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const start = Number(integerArgument(argv[2] as Bytes));
    const stop = Number(integerArgument(argv[3] as Bytes));
    const list = asList(db.lookupKeyWrite(name));
    if (list === undefined) return OK;
    const length = listLength(list);
    const { first, count } = clamped(start, stop, length);
    const before = count === 0 ? length : first;
    listDeleteRange(list, before + count, length - before - count);
    listDeleteRange(list, 0, before);
    server.work(length - count);
    server.notify('l', 'ltrim', name, db.id);
    shrinkOrRemove(db, server, name, list);
    db.signalModified(name);
    server.dirty += length - count;
    return OK;
  },
);

export const linsert = command(
  {
    name: 'LINSERT', group: 'list', since: '2.2.0', arity: 5,
    summary: 'Put an element before or after another of a list.',
    complexity: 'O(N) where N is the number of elements that are looked at before the other is found',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'insert'])],
    args: [key('key'), oneOf('where', [token('before', 'BEFORE'), token('after', 'AFTER')]), string('pivot'), string('element')],
    replies: ['the length afterwards', '0 when there is no such list', '-1 when the other element is not in it'],
    examples: ['RPUSH steps one three', 'LINSERT steps BEFORE three two', 'LRANGE steps 0 -1'],
  },
  function linsert({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const after = equalsFolded(argv[2] as Bytes, 'after');
    if (!after && !equalsFolded(argv[2] as Bytes, 'before')) syntaxError();
    const pivot = argv[3] as Bytes;
    const element = argv[4] as Bytes;
    const list = asList(db.lookupKeyWrite(name));
    if (list === undefined) return 0;
    // Converted before the search, as in the real server: the list may turn although nothing is put in.
    changing(db, name, list, () => listPrepare(list, [element], server));
    let index = 0;
    let found = false;
    for (const each of listFrom(list)) {
      if (each === pivot) {
        found = true;
        break;
      }
      index++;
    }
    server.work(index);
    if (!found) return -1;
    listInsert(list, index, element, after);
    db.signalModified(name);
    server.notify('l', 'linsert', name, db.id);
    server.dirty++;
    return listLength(list);
  },
);

export const lrem = command(
  {
    name: 'LREM', group: 'list', since: '1.0.0', arity: 4,
    summary: 'Remove elements that equal a value: so many from the front, from the end (below zero), or all (0).',
    complexity: 'O(N+M) where N is the length of the list and M the number of elements removed',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), integer('count'), string('element')],
    replies: ['how many were removed'],
    examples: ['RPUSH letters a b a c a', 'LREM letters -2 a', 'LRANGE letters 0 -1'],
  },
  function lrem({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const count = integerArgument(argv[2] as Bytes);
    if (count < -INT64_MAX) throw new CommandError(`ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`);
    const list = asList(db.lookupKeyWrite(name));
    if (list === undefined) return 0;
    server.work(listLength(list));
    const wanted = Number(count);
    const removed = listDeleteEqual(list, argv[3] as Bytes, wanted === 0 ? Infinity : Math.abs(wanted), wanted < 0);
    if (removed > 0) {
      db.signalModified(name);
      server.notify('l', 'lrem', name, db.id);
      shrinkOrRemove(db, server, name, list);
      server.dirty += removed;
    }
    return removed;
  },
);

interface Search {
  /** Which match comes first: 1 for the first, −1 for the first from the end. */
  readonly rank: number;
  /** How many indices are wanted: 0 for all, undefined for one, not in an array. */
  readonly count: number | undefined;
  /** How many elements are looked at: 0 for all. */
  readonly most: number;
}

function parseSearch(argv: readonly Bytes[]): Search {
  let rank = 1;
  let count: number | undefined;
  let most = 0;
  for (let i = 3; i < argv.length; i += 2) {
    const word = argv[i] as Bytes;
    const next = argv[i + 1];
    if (equalsFolded(word, 'rank') && next !== undefined) {
      const given = integerArgument(next);
      if (given < -INT64_MAX) throw new CommandError(`ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`);
      if (given === 0) {
        throw new CommandError("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list");
      }
      rank = Number(given);
    } else if (equalsFolded(word, 'count') && next !== undefined) {
      count = notNegative(next, "ERR COUNT can't be negative");
    } else if (equalsFolded(word, 'maxlen') && next !== undefined) {
      most = notNegative(next, "ERR MAXLEN can't be negative");
    } else syntaxError();
  }
  return { rank, count, most };
}

function notNegative(text: Bytes, complaint: Bytes): number {
  const value = Number(integerArgument(text, complaint));
  if (value < 0) throw new CommandError(complaint);
  return value;
}

export const lpos = command(
  {
    name: 'LPOS', group: 'list', since: '6.0.6', arity: -3,
    summary: 'Tell at which indices of a list a value stands.',
    complexity: 'O(N) where N is the number of elements that are looked at',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [
      key('key'), string('element'),
      integer('rank', { token: 'RANK', optional: true }),
      integer('num-matches', { token: 'COUNT', optional: true }),
      integer('len', { token: 'MAXLEN', optional: true }),
    ],
    replies: ['the index, or nil when the value is not there', 'with COUNT: the indices, maybe none'],
    examples: ['RPUSH letters a b c b a', 'LPOS letters b', 'LPOS letters b RANK -1', 'LPOS letters a COUNT 0'],
  },
  function lpos({ db, argv, server }): Reply {
    const { rank, count, most } = parseSearch(argv);
    const list = asList(db.lookupKeyRead(argv[1] as Bytes));
    if (list === undefined) return count === undefined ? null : [];
    const wanted = argv[2] as Bytes;
    const length = listLength(list);
    const found: number[] = [];
    let looked = 0;
    let matches = 0;
    for (const element of rank > 0 ? listFrom(list) : listBackFrom(list)) {
      if (most > 0 && looked >= most) break;
      if (element === wanted && ++matches >= Math.abs(rank)) {
        found.push(rank > 0 ? looked : length - 1 - looked);
        if (count === undefined || (count > 0 && found.length >= count)) break;
      }
      looked++;
    }
    server.work(looked);
    return count === undefined ? (found[0] ?? null) : found;
  },
);
