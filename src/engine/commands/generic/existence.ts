/*
 * Is it there, what is it, take it away
 * -------------------------------------
 * DEL, UNLINK, EXISTS, TOUCH, TYPE. UNLINK frees the memory in another thread of the real server; what a
 * client sees is the same, and the engine has no threads to spare, so both do the same work here.
 */
import type { Bytes } from '../../bytes.ts';
import { command, key, keyRange, multiple, type Ctx } from '../../command.ts';
import { isFreedLazily } from '../../keyspace/types.ts';
import { status, type Reply } from '../../reply.ts';

function delGeneric({ db, argv, server }: Ctx, lazy: boolean): Reply {
  let removed = 0;
  for (let i = 1; i < argv.length; i++) {
    const name = argv[i] as Bytes;
    // A key past its time is removed as expired, and counts as not there.
    const object = db.lookupNoTouch(name);
    if (object === undefined) continue;
    if (lazy && isFreedLazily(object)) server.keyspaceStats.lazyFreed++;
    db.remove(name);
    db.signalModified(name);
    server.notify('g', 'del', name, db.id);
    server.dirty++;
    removed++;
  }
  return removed;
}

export const del = command(
  {
    name: 'DEL', group: 'generic', since: '1.0.0', arity: -2,
    summary: 'Remove keys with their values.',
    complexity: 'O(N) where N is the number of keys; a list, set, sorted set, hash or stream adds O(M) for its M elements',
    flags: ['write'],
    keys: [keyRange(['RM', 'delete'], 1, -1)],
    args: [multiple(key('key'))],
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    replies: ['how many of the keys were there and are gone'],
    examples: ['MSET a 1 b 2', 'DEL a b c'],
  },
  function del(ctx) {
    return delGeneric(ctx, ctx.server.config.flag('lazyfree-lazy-user-del'));
  },
);

export const unlink = command(
  {
    name: 'UNLINK', group: 'generic', since: '4.0.0', arity: -2,
    summary: 'Remove keys now and free the memory of large values in the background.',
    complexity: 'O(1) for each key; another thread does the O(N) of freeing',
    flags: ['write', 'fast'],
    keys: [keyRange(['RM', 'delete'], 1, -1)],
    args: [multiple(key('key'))],
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    replies: ['how many of the keys were there and are gone'],
    examples: ['MSET a 1 b 2', 'UNLINK a b c'],
  },
  function unlink(ctx) {
    return delGeneric(ctx, true);
  },
);

export const exists = command(
  {
    name: 'EXISTS', group: 'generic', since: '1.0.0', arity: -2,
    summary: 'Count how many of these keys exist; a key named twice counts twice.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'], 1, -1)],
    args: [multiple(key('key'))],
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    history: [['3.0.3', 'Several keys may be named.']],
    replies: ['how many there are'],
    examples: ['SET a 1', 'EXISTS a', 'EXISTS a a b'],
  },
  function exists({ db, argv }) {
    let found = 0;
    for (let i = 1; i < argv.length; i++) if (db.lookupKeyReadNoTouch(argv[i] as Bytes) !== undefined) found++;
    return found;
  },
);

export const touch = command(
  {
    name: 'TOUCH', group: 'generic', since: '3.2.1', arity: -2,
    summary: 'Mark keys as used now, without reading them.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'], 1, -1)],
    args: [multiple(key('key'))],
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    replies: ['how many of the keys are there'],
    examples: ['SET a 1', 'TOUCH a b'],
  },
  function touch({ db, argv }) {
    let found = 0;
    for (let i = 1; i < argv.length; i++) if (db.lookupKeyRead(argv[i] as Bytes) !== undefined) found++;
    return found;
  },
);

const NONE = status('none');
const TYPES = { string: status('string'), list: status('list'), set: status('set'), zset: status('zset'), hash: status('hash'), stream: status('stream') };

export const type = command(
  {
    name: 'TYPE', group: 'generic', since: '1.0.0', arity: 2,
    summary: 'Tell what kind of value a key holds.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the name of the type', 'none when the key does not exist'],
    examples: ['SET a 1', 'TYPE a', 'TYPE nothing'],
  },
  function type({ db, argv }) {
    const object = db.lookupKeyReadNoTouch(argv[1] as Bytes);
    return object === undefined ? NONE : TYPES[object.type];
  },
);
