/*
 * Many strings in one round trip: MGET, MSET, MSETNX
 */
import type { Bytes } from '../../bytes.ts';
import { block, command, key, keyRange, multiple, string, type Ctx } from '../../command.ts';
import { setString, stringBytes } from '../../keyspace/string-value.ts';
import { CommandError, OK } from '../../reply.ts';
import { PREFETCH_KEYS } from '../../structures/prefetch.ts';

export const mget = command(
  {
    name: 'MGET', group: 'string', since: '1.0.0', arity: -2,
    summary: 'Read the strings of several keys at once.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'], 1, -1)],
    args: [multiple(key('key'))],
    tips: ['request_policy:multi_shard'],
    replies: ['one entry a key, in order: its value, or nil when it does not exist or holds no string'],
    examples: ['MSET a 1 b 2', 'MGET a b c'],
  },
  function mget({ db, argv }) {
    const values: (Bytes | null)[] = [];
    for (let i = 1; i < argv.length; i++) {
      if (i % PREFETCH_KEYS === 1) db.keys.prefetch(argv, i, 1);
      const object = db.lookupKeyRead(argv[i] as Bytes);
      // Another type is no error here: one odd key shall not cost the client the other values.
      values.push(object === undefined || object.type !== 'string' ? null : stringBytes(object));
    }
    return values;
  },
);

function checkPairs(argv: readonly Bytes[], commandName: Bytes): void {
  if (argv.length % 2 === 0) throw new CommandError(`ERR wrong number of arguments for '${commandName}' command`);
}

/** `fresh`: none of the keys existed, so one that does now was named twice, and writing it again is no use of it. */
function setAll({ db, argv, server }: Ctx, fresh: boolean): void {
  for (let i = 1; i < argv.length; i += 2) {
    if (i % (2 * PREFETCH_KEYS) === 1) db.keys.prefetch(argv, i, 2);
    const name = argv[i] as Bytes;
    setString(db, name, argv[i + 1] as Bytes, false, fresh ? db.lookupNoTouch(name) : db.lookupKeyWrite(name));
    server.notify('$', 'set', name, db.id);
  }
  server.dirty += (argv.length - 1) / 2;
}

export const mset = command(
  {
    name: 'MSET', group: 'string', since: '1.0.1', arity: -3,
    summary: 'Store several strings at once; nobody sees only some of them.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update'], 1, -1, 2)],
    args: [multiple(block('data', [key('key'), string('value')]))],
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    replies: ['OK'],
    examples: ['MSET name Ada field mathematics', 'MGET name field'],
  },
  function mset(ctx) {
    checkPairs(ctx.argv, 'mset');
    setAll(ctx, false);
    return OK;
  },
);

export const msetnx = command(
  {
    name: 'MSETNX', group: 'string', since: '1.0.1', arity: -3,
    summary: 'Store several strings only if none of their keys exists.',
    complexity: 'O(N) where N is the number of keys',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'insert'], 1, -1, 2)],
    args: [multiple(block('data', [key('key'), string('value')]))],
    replies: ['1 when all keys were set', '0 when one was there already: nothing was set'],
    examples: ['MSETNX a 1 b 2', 'MSETNX b 3 c 4', 'EXISTS c'],
  },
  function msetnx(ctx) {
    const { argv, db } = ctx;
    checkPairs(argv, 'msetnx');
    for (let i = 1; i < argv.length; i += 2) if (db.lookupKeyWrite(argv[i] as Bytes) !== undefined) return 0;
    setAll(ctx, true);
    return 1;
  },
);
