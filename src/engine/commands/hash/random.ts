/*
 * HRANDFIELD: fields by chance
 */
import type { Bytes } from '../../bytes.ts';
import { block, command, integer, key, keyRange, token, type Ctx } from '../../command.ts';
import { earliestDeadline } from '../../keyspace/hash-expiry.ts';
import { asHash, hashEntries, hashLength } from '../../keyspace/hash-value.ts';
import type { HashObject } from '../../keyspace/object.ts';
import { Listpack } from '../../structures/listpack.ts';
import { NO_REPLY, type Reply } from '../../reply.ts';
import { drawEntries, drawIndices, DRAWS_DIFFER, parseRandomCount } from '../random-elements.ts';

function draw({ server }: Ctx, object: HashObject, count: number): (readonly [Bytes, Bytes])[] {
  const { value } = object;
  if (!(value instanceof Listpack)) return drawEntries(server.random, value, count).map(({ key: field, value: text }) => [field, text]);
  const all = [...hashEntries(object)];
  return drawIndices(server.random, all.length, count).flatMap((index) => {
    const pair = all[index];
    return pair === undefined ? [] : [pair];
  });
}

/** The hash without the fields whose time has passed: these go first, so that what is drawn is there. */
function subject({ argv, db, server }: Ctx): HashObject | undefined {
  const name = argv[1] as Bytes;
  const object = asHash(db.lookupKeyRead(name));
  if (object === undefined || server.expiryPaused || (earliestDeadline(object) ?? Infinity) >= server.nowMs) return object;
  db.expireFieldsOf(name, object);
  return hashLength(object) === 0 ? undefined : object;
}

export const hrandfield = command(
  {
    name: 'HRANDFIELD', group: 'hash', since: '6.2.0', arity: -2,
    summary: 'Read one or more fields of a hash, drawn by chance.',
    complexity: 'O(N) where N is the number of fields that are returned',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), block('options', [integer('count'), token('withvalues', 'WITHVALUES', { optional: true })], { optional: true })],
    tips: ['nondeterministic_output'],
    replies: ['without a count: a field, nil when there is no such key', 'with one: an array of fields, each with its value if asked for'],
    examples: ['HSET coin heads 1 tails 2', 'HRANDFIELD coin', 'HRANDFIELD coin 2 WITHVALUES', 'HRANDFIELD coin -5'],
    differs: DRAWS_DIFFER,
  },
  function hrandfield(ctx): Reply {
    const { argv, client, server } = ctx;
    const options = argv.length === 2 ? undefined : parseRandomCount(argv, 'withvalues');
    const object = subject(ctx);
    if (options === undefined) return object === undefined ? null : (draw(ctx, object, -1)[0]?.[0] ?? null);
    if (object === undefined || options.count === 0) return [];
    if (server.limits.closesForElements(client, -options.count)) return NO_REPLY;
    const drawn = draw(ctx, object, options.count);
    server.work(options.count < 0 ? -options.count : Math.min(options.count, hashLength(object)));
    if (!options.withValues) return drawn.map(([field]) => field);
    return client.resp === 3 ? drawn : drawn.flat();
  },
);
