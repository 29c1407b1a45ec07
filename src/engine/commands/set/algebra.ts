/*
 * Several sets at once: SINTER, SUNION, SDIFF, their STORE forms and SINTERCARD
 * ------------------------------------------------------------------------------
 * An intersection walks the smallest set and asks the others; a union adds all to one set; a difference
 * either asks for each member of the first whether another has it, or takes the others' members away
 * from a copy: whichever is less work. A stored result keeps the encoding it grew into on the way, so
 * the order in which members are added shows in it.
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded } from '../../bytes.ts';
import { command, integer, key, keyRange, type Ctx } from '../../command.ts';
import type { SetObject } from '../../keyspace/object.ts';
import { asSet, isNumber, newIntset, newListpackSet, newTableSet, setAdd, setHas, setMembers, setRemove, setSize, tryIntset } from '../../keyspace/set-value.ts';
import { CommandError, setReply, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

/** Looks all keys up, in order; undefined stands for one that does not exist. */
function lookupSets({ db }: Ctx, names: readonly Bytes[]): (SetObject | undefined)[] {
  return names.map((name) => asSet(db.lookupKeyRead(name)));
}

/** The result goes to a key; an empty one removes the key. */
function store({ db, server }: Ctx, name: Bytes, result: SetObject | undefined, event: Bytes): Reply {
  if (result === undefined || setSize(result) === 0) {
    // A dead key that stands there is removed like a living one, without a word of its expiry.
    if (db.remove(name)) {
      db.signalModified(name);
      server.notify('g', 'del', name, db.id);
      server.dirty++;
    }
    return 0;
  }
  db.setKey(name, result);
  server.notify('s', event, name, db.id);
  server.dirty++;
  return setSize(result);
}

/** Members that all sets have, in the order of the smallest. */
function* common(ctx: Ctx, sets: readonly SetObject[]): Generator<Bytes> {
  const [smallest, ...others] = sets;
  if (smallest === undefined) return;
  ctx.server.work(setSize(smallest) * sets.length);
  for (const member of setMembers(smallest)) if (others.every((other) => other === smallest || setHas(other, member))) yield member;
}

/** The sets by their size, smallest first; undefined when one is not there, so that nothing is common. */
function bySize(sets: readonly (SetObject | undefined)[]): SetObject[] | undefined {
  const present = sets.filter((set) => set !== undefined);
  return present.length < sets.length ? undefined : present.sort((a, b) => setSize(a) - setSize(b));
}

export const sinter = command(
  {
    name: 'SINTER', group: 'set', since: '1.0.0', arity: -2,
    summary: 'List the members that all of several sets have.',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'], 1, -1)],
    args: [key('key', { multiple: true })],
    tips: ['nondeterministic_output_order'],
    replies: ['the members, in no order'],
    examples: ['SADD a 1 2 3', 'SADD b 2 3 4', 'SINTER a b'],
    differs: 'Members of a hashtable come in another order, as they do from one real server to the next.',
  },
  function sinter(ctx) {
    const sets = bySize(lookupSets(ctx, ctx.argv.slice(1)));
    return setReply(sets === undefined ? [] : [...common(ctx, sets)]);
  },
);

export const sinterstore = command(
  {
    name: 'SINTERSTORE', group: 'set', since: '1.0.0', arity: -3,
    summary: 'Store the members that all of several sets have.',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2, -1)],
    args: [key('destination'), key('key', { multiple: true, keySpecIndex: 1 })],
    replies: ['how many members the result has'],
    examples: ['SADD a 1 2 3', 'SADD b 2 3 4', 'SINTERSTORE both a b', 'SMEMBERS both'],
  },
  function sinterstore(ctx) {
    const { argv, server } = ctx;
    const sets = bySize(lookupSets(ctx, argv.slice(2)));
    let result: SetObject | undefined;
    if (sets !== undefined) {
      // An intset can only give numbers; anything else is gathered in a listpack, and turned if it was numbers all the same.
      result = sets[0]?.encoding === 'intset' ? newIntset() : newListpackSet();
      let onlyNumbers = true;
      for (const member of common(ctx, sets)) {
        onlyNumbers &&= isNumber(member);
        setAdd(result, member, server);
      }
      if (onlyNumbers) tryIntset(result, server);
    }
    return store(ctx, argv[1] as Bytes, result, 'sinterstore');
  },
);

export const sintercard = command(
  {
    name: 'SINTERCARD', group: 'set', since: '7.0.0', arity: -3,
    summary: 'Count the members that all of several sets have, up to a limit.',
    complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets',
    flags: ['readonly', 'movablekeys'],
    keys: [{ flags: ['RO', 'access'], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }],
    args: [integer('numkeys'), key('key', { multiple: true }), integer('limit', { token: 'LIMIT', optional: true })],
    replies: ['how many there are, or the limit when there are more'],
    examples: ['SADD a 1 2 3', 'SADD b 2 3 4', 'SINTERCARD 2 a b', 'SINTERCARD 2 a b LIMIT 1'],
  },
  function sintercard(ctx) {
    const { argv } = ctx;
    const tooFew = 'ERR numkeys should be greater than 0';
    const numkeys = Number(integerArgument(argv[1] as Bytes, tooFew));
    if (numkeys < 1) throw new CommandError(tooFew);
    if (numkeys > argv.length - 2) throw new CommandError("ERR Number of keys can't be greater than number of args");
    let limit = 0;
    for (let i = 2 + numkeys; i < argv.length; i += 2) {
      const next = argv[i + 1];
      if (!equalsFolded(argv[i] as Bytes, 'limit') || next === undefined) syntaxError();
      const negative = "ERR LIMIT can't be negative";
      limit = Number(integerArgument(next, negative));
      if (limit < 0) throw new CommandError(negative);
    }
    const sets = bySize(lookupSets(ctx, argv.slice(2, 2 + numkeys)));
    let count = 0;
    if (sets !== undefined) for (const _ of common(ctx, sets)) if (++count === limit) break;
    return count;
  },
);

/** Union or difference of the sets; the result is grown in `result`. */
function combine(ctx: Ctx, sets: readonly (SetObject | undefined)[], isUnion: boolean, result: SetObject): void {
  const { server } = ctx;
  const first = sets[0];
  if (isUnion) {
    for (const set of sets) {
      if (set === undefined) continue;
      server.work(setSize(set));
      for (const member of setMembers(set)) setAdd(result, member, server);
    }
    return;
  }
  // A set without itself is empty.
  if (first === undefined || sets.indexOf(first, 1) !== -1) return;
  const others = sets.slice(1).filter((set) => set !== undefined);
  const asking = (sets.filter((set) => set !== undefined).length * setSize(first)) / 2;
  const removing = setSize(first) + others.reduce((sum, set) => sum + setSize(set), 0);
  server.work(Math.min(asking, removing));
  if (Math.floor(asking) <= removing) {
    // The largest is asked first: it is the likeliest to have a member.
    others.sort((a, b) => setSize(b) - setSize(a));
    for (const member of setMembers(first)) if (!others.some((other) => setHas(other, member))) setAdd(result, member, server);
    return;
  }
  for (const member of setMembers(first)) setAdd(result, member, server);
  for (const other of others) {
    for (const member of setMembers(other)) setRemove(result, member);
    if (setSize(result) === 0) return;
  }
}

function answered(ctx: Ctx, isUnion: boolean): Reply {
  const sets = lookupSets(ctx, ctx.argv.slice(1));
  const allNumbers = sets.every((set) => set === undefined || set.encoding === 'intset');
  const result = allNumbers ? newIntset() : newTableSet(ctx.server);
  combine(ctx, sets, isUnion, result);
  return setReply([...setMembers(result)]);
}

function stored(ctx: Ctx, isUnion: boolean): Reply {
  const result = newIntset();
  combine(ctx, lookupSets(ctx, ctx.argv.slice(2)), isUnion, result);
  return store(ctx, ctx.argv[1] as Bytes, result, isUnion ? 'sunionstore' : 'sdiffstore');
}

const reading = {
  group: 'set', since: '1.0.0', arity: -2, complexity: 'O(N) where N is the number of members of all sets', flags: ['readonly'],
  keys: [keyRange(['RO', 'access'], 1, -1)], args: [key('key', { multiple: true })], tips: ['nondeterministic_output_order'],
  replies: ['the members, in no order'],
  differs: 'Members of a hashtable come in another order, as they do from one real server to the next.',
} as const;

const storing = {
  group: 'set', since: '1.0.0', arity: -3, complexity: 'O(N) where N is the number of members of all sets', flags: ['write', 'denyoom'],
  keys: [keyRange(['OW', 'update']), keyRange(['RO', 'access'], 2, -1)], args: [key('destination'), key('key', { multiple: true, keySpecIndex: 1 })],
  replies: ['how many members the result has'],
} as const;

export const sunion = command(
  { ...reading, name: 'SUNION', summary: 'List the members that any of several sets has.', examples: ['SADD a 1 2', 'SADD b 2 3', 'SUNION a b'] },
  (ctx) => answered(ctx, true),
);

export const sunionstore = command(
  { ...storing, name: 'SUNIONSTORE', summary: 'Store the members that any of several sets has.', examples: ['SADD a 1 2', 'SADD b 2 3', 'SUNIONSTORE all a b', 'SMEMBERS all'] },
  (ctx) => stored(ctx, true),
);

export const sdiff = command(
  { ...reading, name: 'SDIFF', summary: 'List the members that the first of several sets has alone.', examples: ['SADD a 1 2', 'SADD b 2 3', 'SDIFF a b'] },
  (ctx) => answered(ctx, false),
);

export const sdiffstore = command(
  { ...storing, name: 'SDIFFSTORE', summary: 'Store the members that the first of several sets has alone.', examples: ['SADD a 1 2', 'SADD b 2 3', 'SDIFFSTORE rest a b', 'SMEMBERS rest'] },
  (ctx) => stored(ctx, false),
);
