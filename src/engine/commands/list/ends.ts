/*
 * The ends of a list: LPUSH, RPUSH, LPOP, RPOP, LMPOP and their relatives
 * -----------------------------------------------------------------------
 * Adding and taking at an end cost the same however long the list is. A list that gets empty is no key
 * any more: whoever takes the last element removes the key.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, string, token, type Arg, type Ctx } from '../../command.ts';
import type { ListObject } from '../../keyspace/object.ts';
import { asList, listLength, listPop, listPrepare, listPush, listShrunk, listSlice, listDeleteRange, newList, type ListEnd } from '../../keyspace/list-value.ts';
import { CommandError, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

const NOT_POSITIVE = 'ERR value is out of range, must be positive';

/** The name of an end that LMOVE and its like are given. */
export function endArgument(word: Bytes): ListEnd {
  const end = fold(word);
  if (end !== 'left' && end !== 'right') syntaxError();
  return end;
}

export const endArg = (name: string): Arg => oneOf(name, [token('left', 'LEFT'), token('right', 'RIGHT')]);

/** Adds the words from argv[2] on. `onlyThere`: a key that is not there stays away. */
function pushGeneric({ db, argv, server }: Ctx, end: ListEnd, onlyThere: boolean): Reply {
  const name = argv[1] as Bytes;
  let list = asList(db.lookupKeyWrite(name));
  if (list === undefined) {
    if (onlyThere) return 0;
    list = newList();
    db.add(name, list);
  }
  const elements = argv.slice(2);
  const from = list.encoding;
  listPrepare(list, elements, server);
  for (const element of elements) listPush(list, element, end);
  server.dirty += elements.length;
  if (list.encoding !== from) db.encodingChanged(name, from, list.encoding);
  db.signalModified(name);
  server.notify('l', end === 'left' ? 'lpush' : 'rpush', name, db.id);
  return listLength(list);
}

const pushArgs = [key('key'), string('element', { multiple: true })];
const pushCost = 'O(1) for each element';

export const lpush = command(
  {
    name: 'LPUSH', group: 'list', since: '1.0.0', arity: -3,
    summary: 'Put elements before the first of a list, one after the other.',
    complexity: pushCost,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: pushArgs,
    history: [['2.4.0', 'Several elements may be given.']],
    replies: ['the length afterwards'],
    examples: ['LPUSH news a', 'LPUSH news b c', 'LRANGE news 0 -1'],
  },
  (ctx) => pushGeneric(ctx, 'left', false),
);

export const rpush = command(
  {
    name: 'RPUSH', group: 'list', since: '1.0.0', arity: -3,
    summary: 'Put elements behind the last of a list.',
    complexity: pushCost,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: pushArgs,
    history: [['2.4.0', 'Several elements may be given.']],
    replies: ['the length afterwards'],
    examples: ['RPUSH jobs a', 'RPUSH jobs b c', 'LRANGE jobs 0 -1'],
  },
  (ctx) => pushGeneric(ctx, 'right', false),
);

export const lpushx = command(
  {
    name: 'LPUSHX', group: 'list', since: '2.2.0', arity: -3,
    summary: 'Put elements before the first of a list, only if the list is there.',
    complexity: pushCost,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: pushArgs,
    history: [['4.0.0', 'Several elements may be given.']],
    replies: ['the length afterwards', '0 when there is no such list'],
    examples: ['LPUSHX news a', 'RPUSH news b', 'LPUSHX news a'],
  },
  (ctx) => pushGeneric(ctx, 'left', true),
);

export const rpushx = command(
  {
    name: 'RPUSHX', group: 'list', since: '2.2.0', arity: -3,
    summary: 'Put elements behind the last of a list, only if the list is there.',
    complexity: pushCost,
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: pushArgs,
    history: [['4.0.0', 'Several elements may be given.']],
    replies: ['the length afterwards', '0 when there is no such list'],
    examples: ['RPUSHX jobs a', 'RPUSH jobs a', 'RPUSHX jobs b'],
  },
  (ctx) => pushGeneric(ctx, 'right', true),
);

/** `count` elements were taken at an end: tells, and removes the key or settles the list. */
export function elementsRemoved({ db, server }: Ctx, name: Bytes, list: ListObject, end: ListEnd, count: number): void {
  server.notify('l', end === 'left' ? 'lpop' : 'rpop', name, db.id);
  shrinkOrRemove(db, server, name, list);
  db.signalModified(name);
  server.dirty += count;
}

/** After elements are gone: a list without any is no key. */
export function shrinkOrRemove(db: Ctx['db'], server: Ctx['server'], name: Bytes, list: ListObject): void {
  if (listLength(list) === 0) {
    db.remove(name);
    server.notify('g', 'del', name, db.id);
    return;
  }
  const from = list.encoding;
  listShrunk(list, server);
  if (list.encoding !== from) db.encodingChanged(name, from, list.encoding);
}

/** Takes up to `count` elements at an end, in the order in which they come. */
export function popSome(ctx: Ctx, name: Bytes, list: ListObject, end: ListEnd, count: number): Bytes[] {
  const length = listLength(list);
  const taken = Math.min(count, length);
  const start = end === 'left' ? 0 : length - taken;
  const elements = listSlice(list, start, taken, end === 'right');
  listDeleteRange(list, start, taken);
  ctx.server.work(taken);
  elementsRemoved(ctx, name, list, end, taken);
  return elements;
}

function popGeneric(ctx: Ctx, end: ListEnd): Reply {
  const { db, argv } = ctx;
  const name = argv[1] as Bytes;
  if (argv.length > 3) throw new CommandError(`ERR wrong number of arguments for '${end === 'left' ? 'lpop' : 'rpop'}' command`);
  let count: number | undefined;
  if (argv.length === 3) {
    count = Number(integerArgument(argv[2] as Bytes, NOT_POSITIVE));
    if (count < 0) throw new CommandError(NOT_POSITIVE);
  }
  const list = asList(db.lookupKeyWrite(name));
  if (list === undefined) return count === undefined ? null : NIL_ARRAY;
  if (count === undefined) {
    const element = listPop(list, end) as Bytes;
    elementsRemoved(ctx, name, list, end, 1);
    return element;
  }
  return count === 0 ? [] : popSome(ctx, name, list, end, count);
}

const popArgs = [key('key'), integer('count', { optional: true, since: '6.2.0' })];
const popReplies = ['the element, or nil when there is no such list', 'with a count: the elements, or nil when there is no such list'];

export const lpop = command(
  {
    name: 'LPOP', group: 'list', since: '1.0.0', arity: -2,
    summary: 'Take the first element of a list, or the first few.',
    complexity: 'O(N) where N is the number of elements that are taken',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete'])],
    args: popArgs,
    history: [['6.2.0', 'A count may be given.']],
    replies: popReplies,
    examples: ['RPUSH jobs a b c', 'LPOP jobs', 'LPOP jobs 5', 'EXISTS jobs'],
  },
  (ctx) => popGeneric(ctx, 'left'),
);

export const rpop = command(
  {
    name: 'RPOP', group: 'list', since: '1.0.0', arity: -2,
    summary: 'Take the last element of a list, or the last few.',
    complexity: 'O(N) where N is the number of elements that are taken',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete'])],
    args: popArgs,
    history: [['6.2.0', 'A count may be given.']],
    replies: popReplies,
    examples: ['RPUSH jobs a b c', 'RPOP jobs', 'RPOP jobs 2'],
  },
  (ctx) => popGeneric(ctx, 'right'),
);
