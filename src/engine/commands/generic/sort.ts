/*
 * SORT
 * ----
 * Sorts a list, a set or a sorted set, by the elements themselves or by values found elsewhere: in a
 * pattern such as `weight_*` or `item:*->price` the star stands for the element, and what follows `->`
 * is the field of a hash. GET fetches other values in place of the elements; `#` is the element itself.
 * Without ALPHA everything is read as a number. A BY pattern without a star sorts nothing.
 */
import { mayReadAllKeys } from '../../acl/check.ts';
import { keyHashSlot, patternHashSlot } from '../../cluster/slots.ts';
import type { Bytes } from '../../bytes.ts';
import { compare, cText, fold } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, pattern, token, type Arg, type Command, type Ctx, type KeySpec } from '../../command.ts';
import { listBackFrom, listFrom, listFromElements } from '../../keyspace/list-value.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { setMembers } from '../../keyspace/set-value.ts';
import { stringBytes } from '../../keyspace/string-value.ts';
import { objectSize } from '../../keyspace/types.ts';
import { zsetElements, zsetToSkipList } from '../../keyspace/zset-value.ts';
import { CommandError, syntaxError, WRONG_TYPE, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { lookupField } from '../hash/field-lookup.ts';

interface SortOptions {
  by: Bytes | undefined;
  sorts: boolean;
  descends: boolean;
  alpha: boolean;
  offset: number;
  /** Below zero: all. */
  count: number;
  gets: Bytes[];
  destination: Bytes | undefined;
}

/** `mayLookAnywhere`: BY and GET name keys of which the rules of users cannot know. */
function parseOptions(argv: readonly Bytes[], mayStore: boolean, mayLookAnywhere: () => boolean, { cluster, compatibility }: Ctx['server']): SortOptions {
  // In a cluster the other keys must be in the slot of this one, and it must show in the pattern that they are.
  const isElsewhere = (wanted: Bytes): boolean => {
    compatibility.lookAtPattern(wanted, argv[1] as Bytes);
    return cluster !== undefined && patternHashSlot(wanted) !== keyHashSlot(argv[1] as Bytes);
  };
  const options: SortOptions = { by: undefined, sorts: true, descends: false, alpha: false, offset: 0, count: -1, gets: [], destination: undefined };
  for (let i = 2; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const next = argv[i + 1];
    const second = argv[i + 2];
    if (word === 'asc') options.descends = false;
    else if (word === 'desc') options.descends = true;
    else if (word === 'alpha') options.alpha = true;
    else if (word === 'limit' && next !== undefined && second !== undefined) {
      options.offset = Number(integerArgument(next));
      options.count = Number(integerArgument(second));
      i += 2;
    } else if (word === 'store' && mayStore && next !== undefined) {
      options.destination = next;
      i++;
    } else if (word === 'by' && next !== undefined) {
      options.by = next;
      if (!cText(next).includes('*')) options.sorts = false;
      else if (isElsewhere(next)) throw new CommandError('ERR BY option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots.');
      else if (!mayLookAnywhere()) throw new CommandError('ERR BY option of SORT denied due to insufficient ACL permissions.');
      i++;
    } else if (word === 'get' && next !== undefined) {
      if (next !== '#' && isElsewhere(next)) throw new CommandError('ERR GET option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots.');
      if (!mayLookAnywhere()) throw new CommandError('ERR GET option of SORT denied due to insufficient ACL permissions.');
      options.gets.push(next);
      i++;
    } else syntaxError();
  }
  return options;
}

/** The value that a pattern names for an element; undefined when there is none. */
function lookupByPattern(ctx: Ctx, wanted: Bytes, element: Bytes): Bytes | undefined {
  if (wanted === '#') return element;
  const star = cText(wanted).indexOf('*');
  if (star === -1) return undefined;
  const arrow = cText(wanted).indexOf('->', star + 1);
  const hasField = arrow !== -1 && arrow + 2 < cText(wanted).length;
  const name = wanted.slice(0, star) + element + wanted.slice(star + 1, hasField ? arrow : undefined);
  const object = ctx.db.lookupKeyRead(name);
  if (object === undefined) return undefined;
  if (hasField) return object.type === 'hash' ? lookupField(ctx, name, object, wanted.slice(arrow + 2)) : undefined;
  return object.type === 'string' ? stringBytes(object) : undefined;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/;

/** The number that a value spells: decimal or infinite, up to a zero byte; nothing counts as 0. What overflows is infinite. */
function scoreOf(value: Bytes | undefined): number {
  const text = cText(value ?? '');
  if (text === '') return 0;
  if (DECIMAL.test(text)) return Number(text);
  if (INFINITE.test(fold(text))) return text.startsWith('-') ? -Infinity : Infinity;
  throw new CommandError("ERR One or more scores can't be converted into double");
}

/** Elements in the order in which the value has them. */
function elementsOf(object: RedisObject | undefined, descends: boolean): Bytes[] {
  switch (object?.type) {
    case undefined:
      return [];
    case 'list':
      return [...(descends ? listBackFrom(object) : listFrom(object))];
    case 'set':
      return [...setMembers(object)];
    case 'zset': {
      const members = [...zsetElements(object)].map(({ member }) => member);
      return descends ? members.reverse() : members;
    }
    default:
      throw new CommandError(WRONG_TYPE);
  }
}

function sorted(ctx: Ctx, elements: readonly Bytes[], options: SortOptions): Bytes[] {
  const { by, alpha, descends, destination } = options;
  const sign = descends ? -1 : 1;
  // Text is compared as the C locale collates it, up to a zero byte; what is stored must not depend on a locale.
  const collated = (a: Bytes, b: Bytes): number => (destination !== undefined ? compare(a, b) : compare(cText(a), cText(b)));
  const values = elements.map((element) => ({ element, by: by === undefined ? element : lookupByPattern(ctx, by, element) }));
  if (alpha) {
    return values.sort((a, b) => {
      if (a.by === undefined || b.by === undefined) return sign * ((a.by === undefined ? 0 : 1) - (b.by === undefined ? 0 : 1));
      return sign * collated(a.by, b.by);
    }).map(({ element }) => element);
  }
  const scored = values.map(({ element, by: value }) => ({ element, score: scoreOf(value) }));
  return scored.sort((a, b) => sign * (a.score < b.score ? -1 : a.score > b.score ? 1 : compare(a.element, b.element))).map(({ element }) => element);
}

function sortGeneric(ctx: Ctx, self: Command, mayStore: boolean): Reply {
  const { db, argv, server, client } = ctx;
  const options = parseOptions(argv, mayStore, () => mayReadAllKeys(client.user, self, argv), server);
  const object = db.lookupKeyRead(argv[1] as Bytes);
  if (object !== undefined && object.type !== 'list' && object.type !== 'set' && object.type !== 'zset') throw new CommandError(WRONG_TYPE);
  const { destination, gets } = options;
  // The real server walks a sorted set by its skip list, and leaves it one.
  if (object?.type === 'zset' && object.encoding === 'listpack') {
    zsetToSkipList(object, server);
    db.encodingChanged(argv[1] as Bytes, 'listpack', 'skiplist');
  }
  // A set has no order of its own, and what is stored or decided in a script must be the same everywhere.
  if (!options.sorts && object?.type === 'set' && (destination !== undefined || client.isScript)) {
    options.sorts = true;
    options.alpha = true;
    options.by = undefined;
  }
  const length = object === undefined ? 0 : objectSize(object);
  server.work(length);
  const start = Math.min(Math.max(options.offset, 0), length);
  const end = options.count < 0 ? length : Math.min(length, start + options.count);
  const all = elementsOf(object, !options.sorts && options.descends);
  const chosen = (options.sorts ? sorted(ctx, all, options) : all).slice(start, end);
  const output = gets.length === 0 ? chosen : chosen.flatMap((element) => gets.map((each) => lookupByPattern(ctx, each, element)));
  if (destination === undefined) return output.map((value) => value ?? null);
  const list = listFromElements(output.map((value) => value ?? ''), server);
  if (list !== undefined) {
    db.setKey(destination, list);
    server.notify('l', 'sortstore', destination, db.id);
    server.dirty += output.length;
  } else if (db.remove(destination)) {
    db.signalModified(destination);
    server.notify('g', 'del', destination, db.id);
    server.dirty++;
  }
  return output.length;
}

const unknownKeys = (flags: KeySpec['flags'], notes: string): KeySpec => ({ flags, begin: 'unknown', find: 'unknown', notes });
const PATTERN_KEYS = unknownKeys(['RO', 'access'], 'The keys that BY and GET look at follow from the elements.');

const sortArgs: readonly Arg[] = [
  key('key'),
  pattern('by-pattern', { token: 'BY', optional: true, displayText: 'pattern', keySpecIndex: 1 }),
  block('limit', [integer('offset'), integer('count')], { token: 'LIMIT', optional: true }),
  pattern('get-pattern', { token: 'GET', optional: true, multiple: true, multipleToken: true, displayText: 'pattern', keySpecIndex: 1 }),
  oneOf('order', [token('asc', 'ASC'), token('desc', 'DESC')], { optional: true }),
  token('sorting', 'ALPHA', { optional: true }),
];

const COST = 'O(N+M*log(M)) where N is the number of elements and M the number of those that are answered; O(N) without sorting';
const TIES = 'Elements whose BY values are the same text come in an order of their own, as they do from one platform to the next.';

/** Words of an option that are no keys. */
const SKIPPED: Readonly<Record<string, number>> = { limit: 2, get: 1, by: 1 };

export const sort: Command = command(
  {
    name: 'SORT', group: 'generic', since: '1.0.0', arity: -2,
    summary: 'Answer, or store, the elements of a list, set or sorted set in order.',
    complexity: COST,
    flags: ['write', 'denyoom', 'movablekeys'],
    keys: [keyRange(['RO', 'access']), PATTERN_KEYS, unknownKeys(['OW', 'update'], 'The key that STORE names may stand anywhere among the options.')],
    getKeys: (argv) => {
      const found: { index: number; flags: KeySpec['flags'] }[] = [{ index: 1, flags: ['RO', 'access'] }];
      for (let i = 2; i < argv.length; i++) {
        const word = fold(argv[i] as Bytes);
        const skipped = Object.hasOwn(SKIPPED, word) ? SKIPPED[word] : undefined;
        if (skipped !== undefined) i += skipped;
        else if (word === 'store' && i + 1 < argv.length) {
          found[1] = { index: i + 1, flags: ['OW', 'update'] };
          i++;
        }
      }
      return found;
    },
    args: [...sortArgs, key('destination', { token: 'STORE', optional: true, keySpecIndex: 2 })],
    acl: ['set', 'sortedset', 'list', 'dangerous'],
    replies: ['the elements, or what GET fetched for them', 'with STORE: how many there are'],
    examples: ['RPUSH ages 30 4 21', 'SORT ages', 'SORT ages DESC LIMIT 0 2', 'SORT ages STORE sorted', 'LRANGE sorted 0 -1'],
    differs: TIES,
  },
  (ctx) => sortGeneric(ctx, sort, true),
);

export const sortRo: Command = command(
  {
    name: 'SORT_RO', group: 'generic', since: '7.0.0', arity: -2,
    summary: 'SORT without STORE, which replicas may run too.',
    complexity: COST,
    flags: ['readonly', 'movablekeys'],
    keys: [keyRange(['RO', 'access']), PATTERN_KEYS],
    getKeys: () => [{ index: 1, flags: ['RO', 'access'] }],
    args: sortArgs,
    acl: ['set', 'sortedset', 'list', 'dangerous'],
    replies: ['the elements, or what GET fetched for them'],
    examples: ['SADD names bob ann', 'SORT_RO names ALPHA'],
    differs: TIES,
  },
  (ctx) => sortGeneric(ctx, sortRo, false),
);
