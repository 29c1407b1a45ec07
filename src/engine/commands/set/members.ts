/*
 * Members of one set
 * ------------------
 * A set holds each member once and keeps no order that anybody may count on. Adding, removing and
 * asking for one member cost the same however many there are.
 */
import type { Bytes } from '../../bytes.ts';
import { INT64_MAX } from '../../bytes.ts';
import { command, integer, key, keyRange, pattern, string, type Ctx } from '../../command.ts';
import type { SetObject } from '../../keyspace/object.ts';
import { parseCursor } from '../../keyspace/scan.ts';
import { asSet, newSet, randomMember, setAdd, setHas, setMembers, setPrepare, setRemove, setSize } from '../../keyspace/set-value.ts';
import { deletionOf } from '../../propagation.ts';
import { CommandError, NO_REPLY, type Reply, setReply, syntaxError } from '../../reply.ts';
import { Dict } from '../../structures/dict.ts';
import { EMPTY_SCAN, parseElementScan, scanElements } from '../element-scan.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { drawEntries, drawIndices } from '../random-elements.ts';

/** Tells when a change of a set has changed its encoding. */
export function changing<T>(db: Ctx['db'], name: Bytes, set: SetObject, change: () => T): T {
  const from = set.encoding;
  const result = change();
  if (set.encoding !== from) db.encodingChanged(name, from, set.encoding);
  return result;
}

export const sadd = command(
  {
    name: 'SADD', group: 'set', since: '1.0.0', arity: -3,
    summary: 'Add members to a set.',
    complexity: 'O(1) for each member',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: [key('key'), string('member', { multiple: true })],
    history: [['2.4.0', 'Several members may be given.']],
    replies: ['how many were not in it before'],
    examples: ['SADD tags red blue', 'SADD tags blue green', 'SCARD tags'],
  },
  function sadd({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const coming = argv.length - 2;
    let set = asSet(db.lookupKeyWrite(name));
    const isNew = set === undefined;
    if (set === undefined) {
      set = newSet(argv[2] as Bytes, coming, server);
      db.add(name, set);
    }
    const target = set;
    const added = changing(db, name, target, () => {
      if (!isNew) setPrepare(target, coming, server);
      let count = 0;
      for (let i = 2; i < argv.length; i++) if (setAdd(target, argv[i] as Bytes, server)) count++;
      return count;
    });
    if (added > 0) {
      db.signalModified(name);
      server.notify('s', 'sadd', name, db.id);
    }
    server.dirty += added;
    return added;
  },
);

/** Members are gone: a set without any is no key. */
export function removeIfEmpty({ db, server }: Ctx, name: Bytes, set: SetObject): void {
  if (setSize(set) > 0) return;
  db.remove(name);
  server.notify('g', 'del', name, db.id);
}

export const srem = command(
  {
    name: 'SREM', group: 'set', since: '1.0.0', arity: -3,
    summary: 'Remove members from a set.',
    complexity: 'O(N) where N is the number of members to be removed',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('member', { multiple: true })],
    history: [['2.4.0', 'Several members may be given.']],
    replies: ['how many were in it'],
    examples: ['SADD tags red blue', 'SREM tags blue green', 'SMEMBERS tags'],
  },
  function srem(ctx) {
    const { db, argv, server } = ctx;
    const name = argv[1] as Bytes;
    const set = asSet(db.lookupKeyWrite(name));
    if (set === undefined) return 0;
    let removed = 0;
    for (let i = 2; i < argv.length && setSize(set) > 0; i++) if (setRemove(set, argv[i] as Bytes)) removed++;
    if (removed > 0) {
      db.signalModified(name);
      server.notify('s', 'srem', name, db.id);
      removeIfEmpty(ctx, name, set);
      server.dirty += removed;
    }
    return removed;
  },
);

export const smove = command(
  {
    name: 'SMOVE', group: 'set', since: '1.0.0', arity: 4,
    summary: 'Move a member from one set to another.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete']), keyRange(['RW', 'insert'], 2)],
    args: [key('source'), key('destination', { keySpecIndex: 1 }), string('member')],
    replies: ['1 when it was moved', '0 when it is not in the source'],
    examples: ['SADD todo wash cook', 'SMOVE todo done cook', 'SMEMBERS done'],
  },
  function smove(ctx) {
    const { db, argv, server } = ctx;
    const [source, target, member] = [argv[1] as Bytes, argv[2] as Bytes, argv[3] as Bytes];
    const from = db.lookupKeyWrite(source);
    const to = db.lookupKeyWrite(target);
    if (from === undefined) return 0;
    const set = asSet(from) as SetObject;
    let other = asSet(to);
    if (set === other) return setHas(set, member) ? 1 : 0;
    if (!setRemove(set, member)) return 0;
    server.notify('s', 'srem', source, db.id);
    removeIfEmpty(ctx, source, set);
    if (other === undefined) {
      other = newSet(member, 1, server);
      db.add(target, other);
    }
    db.signalModified(source);
    server.dirty++;
    const destination = other;
    if (changing(db, target, destination, () => setAdd(destination, member, server))) {
      server.dirty++;
      db.signalModified(target);
      server.notify('s', 'sadd', target, db.id);
    }
    return 1;
  },
);

export const smembers = command(
  {
    name: 'SMEMBERS', group: 'set', since: '1.0.0', arity: 2,
    summary: 'List all members of a set.',
    complexity: 'O(N) where N is the number of members',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output_order'],
    replies: ['the members, in no order'],
    examples: ['SADD tags red blue', 'SMEMBERS tags'],
    differs: 'Members of a hashtable come in another order, as they do from one real server to the next.',
  },
  function smembers({ db, argv, server }) {
    const set = asSet(db.lookupKeyRead(argv[1] as Bytes));
    if (set === undefined) return setReply([]);
    server.work(setSize(set));
    return setReply([...setMembers(set)]);
  },
);

export const sismember = command(
  {
    name: 'SISMEMBER', group: 'set', since: '1.0.0', arity: 3,
    summary: 'Tell whether a set has a member.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key'), string('member')],
    replies: ['1 when it has', '0 when it has not, or does not exist'],
    examples: ['SADD tags red', 'SISMEMBER tags red', 'SISMEMBER tags blue'],
  },
  function sismember({ db, argv }) {
    const set = asSet(db.lookupKeyRead(argv[1] as Bytes));
    return set !== undefined && setHas(set, argv[2] as Bytes) ? 1 : 0;
  },
);

export const smismember = command(
  {
    name: 'SMISMEMBER', group: 'set', since: '6.2.0', arity: -3,
    summary: 'Tell for several members whether a set has them.',
    complexity: 'O(N) where N is the number of members asked for',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), string('member', { multiple: true })],
    replies: ['1 or 0 for each, in order'],
    examples: ['SADD tags red', 'SMISMEMBER tags red blue'],
  },
  function smismember({ db, argv }) {
    const set = asSet(db.lookupKeyRead(argv[1] as Bytes));
    return argv.slice(2).map((member) => (set !== undefined && setHas(set, member) ? 1 : 0));
  },
);

export const scard = command(
  {
    name: 'SCARD', group: 'set', since: '1.0.0', arity: 2,
    summary: 'Tell how many members a set has.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the number of members', '0 when there is no such set'],
    examples: ['SADD tags red blue', 'SCARD tags'],
  },
  function scard({ db, argv }) {
    const set = asSet(db.lookupKeyRead(argv[1] as Bytes));
    return set === undefined ? 0 : setSize(set);
  },
);

const NOT_POSITIVE = 'ERR value is out of range, must be positive';

export const spop = command(
  {
    name: 'SPOP', group: 'set', since: '1.0.0', arity: -2,
    summary: 'Take a member of a set by chance, or several.',
    complexity: 'O(1), and with a count O(N) where N is the count',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete'])],
    args: [key('key'), integer('count', { optional: true, since: '3.2.0' })],
    tips: ['nondeterministic_output'],
    history: [['3.2.0', 'A count may be given.']],
    replies: ['the member, or nil when there is no such set', 'with a count: the members, maybe none'],
    examples: ['SADD raffle ann bob cy', 'SPOP raffle 5', 'EXISTS raffle'],
    differs: 'A set that is emptied by a count leaves INFO keysizes once; 8.0.2 counts it out twice.',
  },
  function spop(ctx): Reply {
    const { db, argv, server } = ctx;
    const name = argv[1] as Bytes;
    if (argv.length > 3) syntaxError();
    let count: number | undefined;
    if (argv.length === 3) {
      count = Number(integerArgument(argv[2] as Bytes, NOT_POSITIVE));
      if (count < 0) throw new CommandError(NOT_POSITIVE);
    }
    const set = asSet(db.lookupKeyWrite(name));
    if (set === undefined) return count === undefined ? null : setReply([]);
    if (count === 0) return setReply([]);
    const taken = count === undefined ? [randomMember(set, server.random)] : drawMembers(set, count, server.random);
    server.work(taken.length);
    server.notify('s', 'spop', name, db.id);
    for (const member of taken) setRemove(set, member);
    propagatePop(ctx, name, taken, count !== undefined && setSize(set) === 0);
    removeIfEmpty(ctx, name, set);
    db.signalModified(name);
    server.dirty += taken.length;
    return count === undefined ? (taken[0] ?? null) : setReply(taken);
  },
);

/** Most members that one SREM takes away. */
const SREM_MEMBERS = 1024;

/** What chance has chosen is told by name; a count that took all, by the removal of the key. */
function propagatePop({ server }: Ctx, name: Bytes, taken: readonly Bytes[], tookAll: boolean): void {
  if (tookAll) {
    server.propagateAs(deletionOf(name, server.config.flag('lazyfree-lazy-server-del')));
    return;
  }
  const commands: Bytes[][] = [];
  for (let at = 0; at < taken.length; at += SREM_MEMBERS) commands.push(['SREM', name, ...taken.slice(at, at + SREM_MEMBERS)]);
  server.propagateAs(...commands);
}

/** Members drawn as `count` asks: different ones above zero, draws with repetition below. */
function drawMembers(set: SetObject, count: number, random: Ctx['server']['random']): Bytes[] {
  const { value } = set;
  if (value instanceof Dict) return drawEntries(random, value, count).map(({ key: member }) => member);
  const members = [...setMembers(set)];
  return drawIndices(random, members.length, count).map((index) => members[index] as Bytes);
}

export const srandmember = command(
  {
    name: 'SRANDMEMBER', group: 'set', since: '1.0.0', arity: -2,
    summary: 'Read a member of a set by chance, or several; below zero the same may come again.',
    complexity: 'O(1), and with a count O(N) where N is its size',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('count', { optional: true, since: '2.6.0' })],
    tips: ['nondeterministic_output'],
    history: [['2.6.0', 'A count may be given.']],
    replies: ['the member, or nil when there is no such set', 'with a count: the members, maybe none'],
    examples: ['SADD dice one', 'SRANDMEMBER dice', 'SRANDMEMBER dice -3'],
  },
  function srandmember({ client, db, argv, server }): Reply {
    if (argv.length > 3) syntaxError();
    const name = argv[1] as Bytes;
    if (argv.length === 2) {
      const set = asSet(db.lookupKeyRead(name));
      return set === undefined ? null : randomMember(set, server.random);
    }
    const count = integerArgument(argv[2] as Bytes);
    if (count < -INT64_MAX) throw new CommandError(`ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`);
    const set = asSet(db.lookupKeyRead(name));
    if (set === undefined || count === 0) return [];
    if (server.limits.closesForElements(client, -Number(count))) return NO_REPLY;
    const drawn = drawMembers(set, Number(count), server.random);
    server.work(drawn.length);
    return drawn;
  },
);

export const sscan = command(
  {
    name: 'SSCAN', group: 'set', since: '2.8.0', arity: -3,
    summary: 'List members of a set a little at a time, from a cursor on.',
    complexity: 'O(1) for each call, O(N) for all of them until the cursor is 0 again',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('cursor'), pattern('pattern', { token: 'MATCH', optional: true }), integer('count', { token: 'COUNT', optional: true })],
    tips: ['nondeterministic_output'],
    replies: ['the next cursor and the members found on the way, maybe none'],
    examples: ['SADD tags red rose blue', 'SSCAN tags 0 MATCH r*'],
    differs: 'Members of a hashtable come in another order, as they do from one real server to the next.',
  },
  function sscan(ctx): Reply {
    const { db, argv } = ctx;
    const cursor = parseCursor(argv[2] as Bytes);
    const set = asSet(db.lookupKeyRead(argv[1] as Bytes));
    if (set === undefined) return EMPTY_SCAN;
    const options = { ...parseElementScan(argv, false), noValues: true };
    const { value } = set;
    return scanElements(ctx, cursor, options, value instanceof Dict ? value : alone(set), () => '');
  },
);

/** Members with nothing beside them. */
function* alone(set: SetObject): Generator<readonly [Bytes, Bytes]> {
  for (const member of setMembers(set)) yield [member, ''];
}
