/*
 * From list to list, and from the first list that has something
 * -------------------------------------------------------------
 * LMOVE takes at an end of one list and puts at an end of another (or the same: a list that turns), in
 * one step, so that no element is ever in neither. LMPOP takes from the first list that is not empty.
 * The commands with a B wait where these would have nothing to do (see commands/blocking.ts).
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded } from '../../bytes.ts';
import { command, doubleArg, integer, key, keyRange, type Ctx, type KeySpec } from '../../command.ts';
import { asList, listLength, listPop, listPrepare, listPush, newList, type ListEnd } from '../../keyspace/list-value.ts';
import { CommandError, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { blockForKeys, timeoutArgument } from '../blocking.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { elementsRemoved, endArg, endArgument, popSome } from './ends.ts';

/** Why INFO keysizes may part after a list was moved onto itself. */
const MISCOUNTED = 'A list that is its own destination is counted right by INFO keysizes; 8.0.2 forgets that an element came back.';
const SOURCE_AND_DESTINATION: readonly KeySpec[] = [keyRange(['RW', 'access', 'delete']), keyRange(['RW', 'insert'], 2)];

/** The element that was moved; undefined when the source is not there. */
function moveGeneric(ctx: Ctx, from: ListEnd, to: ListEnd): Bytes | undefined {
  const { db, argv, server } = ctx;
  const source = argv[1] as Bytes;
  const target = argv[2] as Bytes;
  const list = asList(db.lookupKeyWrite(source));
  if (list === undefined) return undefined;
  let other = asList(db.lookupKeyWrite(target));
  const element = listPop(list, from) as Bytes;
  if (other === undefined) {
    other = newList();
    db.add(target, other);
  }
  const encoding = other.encoding;
  listPrepare(other, [element], server);
  listPush(other, element, to);
  if (other.encoding !== encoding) db.encodingChanged(target, encoding, other.encoding);
  db.signalModified(target);
  server.notify('l', to === 'left' ? 'lpush' : 'rpush', target, db.id);
  elementsRemoved(ctx, source, list, from, 1);
  return element;
}

export const lmove = command(
  {
    name: 'LMOVE', group: 'list', since: '6.2.0', arity: 5,
    summary: 'Take an element at an end of one list and put it at an end of another, in one step.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    keys: SOURCE_AND_DESTINATION,
    args: [key('source'), key('destination', { keySpecIndex: 1 }), endArg('wherefrom'), endArg('whereto')],
    replies: ['the element', 'nil when the source does not exist'],
    examples: ['RPUSH todo a b', 'LMOVE todo doing LEFT RIGHT', 'LRANGE doing 0 -1'],
    differs: MISCOUNTED,
  },
  function lmove(ctx) {
    const from = endArgument(ctx.argv[3] as Bytes);
    const to = endArgument(ctx.argv[4] as Bytes);
    return moveGeneric(ctx, from, to) ?? null;
  },
);

export const rpoplpush = command(
  {
    name: 'RPOPLPUSH', group: 'list', since: '1.2.0', arity: 3,
    summary: 'Take the last element of one list and put it first in another.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    keys: SOURCE_AND_DESTINATION,
    args: [key('source'), key('destination', { keySpecIndex: 1 })],
    deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
    docFlags: ['deprecated'],
    replies: ['the element', 'nil when the source does not exist'],
    examples: ['RPUSH todo a b', 'RPOPLPUSH todo doing'],
    differs: MISCOUNTED,
  },
  (ctx) => moveGeneric(ctx, 'right', 'left') ?? null,
);

interface ManyPop {
  readonly keys: readonly Bytes[];
  readonly end: ListEnd;
  readonly count: number;
}

/** Reads `numkeys key … LEFT|RIGHT [COUNT n]` from argv[at] on. */
function parseManyPop(argv: readonly Bytes[], at: number): ManyPop {
  const complaint = 'ERR numkeys should be greater than 0';
  const numkeys = Number(integerArgument(argv[at] as Bytes, complaint));
  if (numkeys <= 0) throw new CommandError(complaint);
  const whereAt = at + 1 + numkeys;
  if (whereAt >= argv.length) syntaxError();
  const end = endArgument(argv[whereAt] as Bytes);
  let count: number | undefined;
  for (let i = whereAt + 1; i < argv.length; i++) {
    const next = argv[i + 1];
    if (count !== undefined || next === undefined || !equalsFolded(argv[i] as Bytes, 'count')) syntaxError();
    const wrong = 'ERR count should be greater than 0';
    count = Number(integerArgument(next, wrong));
    if (count <= 0) throw new CommandError(wrong);
    i++;
  }
  return { keys: argv.slice(at + 1, whereAt), end, count: count ?? 1 };
}

const popName = (end: ListEnd): Bytes => (end === 'left' ? 'LPOP' : 'RPOP');

/** The name of the first list that has something and what was taken from it; undefined when none has. */
function popFirst(ctx: Ctx, { keys, end, count }: ManyPop): Reply | undefined {
  for (const name of keys) {
    const list = asList(ctx.db.lookupKeyWrite(name));
    if (list === undefined || listLength(list) === 0) continue;
    const elements = popSome(ctx, name, list, end, count);
    ctx.server.propagateAs([popName(end), name, String(elements.length)]);
    return [name, elements];
  }
  return undefined;
}

const manyKeys = (index: number): KeySpec => ({ flags: ['RW', 'access', 'delete'], begin: { index }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } });
const manyArgs = [integer('numkeys'), key('key', { multiple: true }), endArg('where'), integer('count', { token: 'COUNT', optional: true })];

export const lmpop = command(
  {
    name: 'LMPOP', group: 'list', since: '7.0.0', arity: -4,
    summary: 'Take elements from the first of several lists that has some.',
    complexity: 'O(N+M) where N is the number of keys and M the number of elements taken',
    flags: ['write', 'movablekeys'],
    keys: [manyKeys(1)],
    args: manyArgs,
    replies: ['the key and the elements', 'nil when no list has any'],
    examples: ['RPUSH low a b c', 'LMPOP 2 high low LEFT COUNT 2'],
  },
  (ctx) => popFirst(ctx, parseManyPop(ctx.argv, 1)) ?? NIL_ARRAY,
);

// ---- Waiting --------------------------------------------------------------------------------------

function blockingPop(ctx: Ctx, end: ListEnd): Reply {
  const { db, argv, now } = ctx;
  const timeoutMs = timeoutArgument(argv.at(-1) as Bytes, now);
  const names = argv.slice(1, -1);
  for (const name of names) {
    const list = asList(db.lookupKeyWrite(name));
    if (list === undefined || listLength(list) === 0) continue;
    const element = listPop(list, end) as Bytes;
    elementsRemoved(ctx, name, list, end, 1);
    ctx.server.propagateAs([popName(end), name]);
    return [name, element];
  }
  return blockForKeys(ctx, 'list', names, timeoutMs);
}

const blockingPopReplies = ['the key and the element', 'nil when the time is up'];

export const blpop = command(
  {
    name: 'BLPOP', group: 'list', since: '2.0.0', arity: -3,
    summary: 'Take the first element of the first list that has one, and wait for it if none has.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['write', 'blocking'],
    keys: [keyRange(['RW', 'access', 'delete'], 1, -2)],
    args: [key('key', { multiple: true }), doubleArg('timeout')],
    history: [['6.0.0', 'The timeout may have a fraction.']],
    replies: blockingPopReplies,
    examples: ['RPUSH jobs a', 'BLPOP urgent jobs 1'],
  },
  (ctx) => blockingPop(ctx, 'left'),
);

export const brpop = command(
  {
    name: 'BRPOP', group: 'list', since: '2.0.0', arity: -3,
    summary: 'Take the last element of the first list that has one, and wait for it if none has.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['write', 'blocking'],
    keys: [keyRange(['RW', 'access', 'delete'], 1, -2)],
    args: [key('key', { multiple: true }), doubleArg('timeout')],
    history: [['6.0.0', 'The timeout may have a fraction.']],
    replies: blockingPopReplies,
    examples: ['RPUSH jobs a b', 'BRPOP jobs 1'],
  },
  (ctx) => blockingPop(ctx, 'right'),
);

/** `name`: the command that does the same without waiting, with the same words but the last. */
function blockingMove(ctx: Ctx, from: ListEnd, to: ListEnd, timeoutMs: number, name: Bytes): Reply {
  const element = moveGeneric(ctx, from, to);
  if (element !== undefined) {
    ctx.server.propagateAs([name, ...ctx.argv.slice(1, -1)]);
    return element;
  }
  // In a transaction it is LMOVE that finds nothing, and answers as LMOVE does.
  return ctx.client.executing ? null : blockForKeys(ctx, 'list', [ctx.argv[1] as Bytes], timeoutMs);
}

export const blmove = command(
  {
    name: 'BLMOVE', group: 'list', since: '6.2.0', arity: 6,
    summary: 'Move an element from list to list, and wait for one if there is none.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'blocking'],
    keys: SOURCE_AND_DESTINATION,
    args: [key('source'), key('destination', { keySpecIndex: 1 }), endArg('wherefrom'), endArg('whereto'), doubleArg('timeout')],
    replies: ['the element', 'nil when the time is up'],
    examples: ['RPUSH todo a', 'BLMOVE todo doing LEFT RIGHT 1'],
    differs: MISCOUNTED,
  },
  function blmove(ctx) {
    const from = endArgument(ctx.argv[3] as Bytes);
    const to = endArgument(ctx.argv[4] as Bytes);
    return blockingMove(ctx, from, to, timeoutArgument(ctx.argv[5] as Bytes, ctx.now), 'LMOVE');
  },
);

export const brpoplpush = command(
  {
    name: 'BRPOPLPUSH', group: 'list', since: '2.2.0', arity: 4,
    summary: 'Take the last element of one list and put it first in another, and wait for one if there is none.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'blocking'],
    keys: SOURCE_AND_DESTINATION,
    args: [key('source'), key('destination', { keySpecIndex: 1 }), doubleArg('timeout')],
    history: [['6.0.0', 'The timeout may have a fraction.']],
    deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
    docFlags: ['deprecated'],
    replies: ['the element', 'nil when the time is up'],
    examples: ['RPUSH todo a', 'BRPOPLPUSH todo doing 1'],
    differs: MISCOUNTED,
  },
  (ctx) => blockingMove(ctx, 'right', 'left', timeoutArgument(ctx.argv[3] as Bytes, ctx.now), 'RPOPLPUSH'),
);

export const blmpop = command(
  {
    name: 'BLMPOP', group: 'list', since: '7.0.0', arity: -5,
    summary: 'Take elements from the first of several lists that has some, and wait if none has.',
    complexity: 'O(N+M) where N is the number of keys and M the number of elements taken',
    flags: ['write', 'blocking', 'movablekeys'],
    keys: [manyKeys(2)],
    args: [doubleArg('timeout'), ...manyArgs],
    replies: ['the key and the elements', 'nil when the time is up'],
    examples: ['RPUSH low a b c', 'BLMPOP 1 2 high low LEFT COUNT 2'],
  },
  function blmpop(ctx) {
    const wanted = parseManyPop(ctx.argv, 2);
    const timeoutMs = timeoutArgument(ctx.argv[1] as Bytes, ctx.now);
    return popFirst(ctx, wanted) ?? blockForKeys(ctx, 'list', wanted.keys, timeoutMs);
  },
);
