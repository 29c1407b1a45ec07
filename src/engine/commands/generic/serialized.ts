/*
 * DUMP and RESTORE
 * ----------------
 * A value as bytes that another server understands, and back. The bytes are those an RDB file would
 * hold for the value, with a version and a checksum behind them (see persistence/dump.ts).
 */
import type { Bytes } from '../../bytes.ts';
import { fold, narrow } from '../../bytes.ts';
import { command, integer, key, keyRange, string, token, type Ctx } from '../../command.ts';
import type { Moment } from '../../keyspace/database.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { bitsOfPast } from '../../keyspace/usage.ts';
import { dumpValue, restoreValue } from '../../keyspace/types.ts';
import { deletionOf } from '../../propagation.ts';
import { CommandError, OK, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

export const dump = command(
  {
    name: 'DUMP', group: 'generic', since: '2.6.0', arity: 2,
    summary: 'Answer the value of a key as bytes that RESTORE understands.',
    complexity: 'O(1) to find the key, and O(N*M) to write N elements of M bytes on average',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    tips: ['nondeterministic_output'],
    replies: ['the bytes', 'nil when the key does not exist'],
    examples: ['SET answer 42', 'DUMP answer'],
  },
  function dump({ db, argv, server }) {
    const object = db.lookupKeyRead(argv[1] as Bytes);
    return object === undefined ? null : dumpValue(object, { compression: server.config.flag('rdbcompression') });
  },
);

interface RestoreOptions {
  replaces: boolean;
  absolute: boolean;
  idleSeconds: number | undefined;
  frequency: number | undefined;
}

function parseRestoreOptions(argv: readonly Bytes[]): RestoreOptions {
  const options: RestoreOptions = { replaces: false, absolute: false, idleSeconds: undefined, frequency: undefined };
  for (let i = 4; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const next = argv[i + 1];
    if (word === 'replace') options.replaces = true;
    else if (word === 'absttl') options.absolute = true;
    else if (word === 'idletime' && next !== undefined && options.frequency === undefined) {
      options.idleSeconds = Number(integerArgument(next));
      if (options.idleSeconds < 0) throw new CommandError('ERR Invalid IDLETIME value, must be >= 0');
      i++;
    } else if (word === 'freq' && next !== undefined && options.idleSeconds === undefined) {
      options.frequency = Number(integerArgument(next));
      if (options.frequency < 0 || options.frequency > 255) throw new CommandError('ERR Invalid FREQ value, must be >= 0 and <= 255');
      i++;
    } else syntaxError();
  }
  return options;
}

/** Sets how the value was used before, as far as the policy in force keeps such a thing. */
function setUsage({ server, now }: Ctx, object: RedisObject, options: RestoreOptions): void {
  object.lru = bitsOfPast(options, now, server.config.text('maxmemory-policy').includes('lfu')) ?? object.lru;
}

/**
 * Whether INFO counts what RESTORE looks into: with `clients` those do whom no rule excuses. That is all it decides here, for
 * every payload is looked into to its end.
 */
function sanitizes({ server, client }: Ctx): boolean {
  const mode = server.config.text('sanitize-dump-payload');
  const asking = server.tracking.currentClient ?? client;
  return mode === 'yes' || (mode === 'clients' && !asking.isMaster && asking.user.sanitizesPayload);
}

/** The moment `ttl` from now. One that overflows wraps around, as in the real server: this is the one place that lets it. */
function momentAfter(now: number, ttl: number | bigint): Moment {
  return narrow(BigInt.asIntN(64, BigInt(ttl) + BigInt(now)));
}

export const restore = command(
  {
    name: 'RESTORE', group: 'generic', since: '2.6.0', arity: -4,
    summary: 'Make a key from the bytes that DUMP answered.',
    complexity: 'O(1) to add the key, and O(N*M) to read N elements of M bytes on average; O(N*M*log(N)) for a sorted set',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update'])],
    args: [
      key('key'), integer('ttl'), string('serialized-value'),
      token('replace', 'REPLACE', { optional: true, since: '3.0.0' }),
      token('absttl', 'ABSTTL', { optional: true, since: '5.0.0' }),
      integer('seconds', { token: 'IDLETIME', optional: true, since: '5.0.0' }),
      integer('frequency', { token: 'FREQ', optional: true, since: '5.0.0' }),
    ],
    acl: ['dangerous'],
    history: [['3.0.0', 'REPLACE came.'], ['5.0.0', 'ABSTTL came.'], ['5.0.0', 'IDLETIME and FREQ came.']],
    replies: ['OK', 'an error when the key exists and REPLACE was not given, or the bytes are not those of a value'],
    differs: 'A payload whose checksum is right but whose elements break the order or the rules of their type is refused. With its default settings the real server takes it and may crash later.',
    examples: ['RESTORE answer 0 "\\x00\\xc0*\\x0c\\x00J\\x8dh:|I\\xd1\\x19"', 'GET answer'],
  },
  function restore(ctx): Reply {
    const { db, argv, server, now } = ctx;
    const name = argv[1] as Bytes;
    const options = parseRestoreOptions(argv);
    if (!options.replaces && db.lookupKeyWrite(name) !== undefined) throw new CommandError('BUSYKEY Target key name already exists.');
    const ttl = integerArgument(argv[2] as Bytes);
    if (ttl < 0) throw new CommandError('ERR Invalid TTL value, must be >= 0');
    const object = restoreValue(argv[3] as Bytes, server, {
      skipChecksum: server.debug.skipChecksum,
      looked: (packedPieces) => {
        if (sanitizes(ctx)) server.statistics.payloadSanitizations += packedPieces;
      },
    });
    // A key past its time that stood here is overwritten, not announced as expired.
    const removed = options.replaces && db.remove(name, 'overwritten');
    const hasExpiry = ttl > 0;
    const when = options.absolute ? ttl : momentAfter(now, ttl);
    if (hasExpiry && options.absolute && when <= now && server.mayExpire) {
      // Dead on arrival: it is not made, and a key that stood in its place is gone.
      if (removed) {
        db.signalModified(name);
        server.notify('g', 'del', name, db.id);
        server.dirty++;
        server.propagateAs(deletionOf(name, server.config.flag('lazyfree-lazy-server-del')));
      }
      return OK;
    }
    db.add(name, object);
    if (hasExpiry) db.setExpire(name, when);
    setUsage(ctx, object, options);
    db.signalModified(name);
    server.notify('g', 'restore', name, db.id);
    server.dirty++;
    if (hasExpiry && !options.absolute) server.propagateAs([argv[0] as Bytes, name, String(when), ...argv.slice(3), 'ABSTTL']);
    return OK;
  },
);

/** The same command under the name that MIGRATE uses, for a slot that is being imported. */
export const restoreAsking = command(
  {
    ...restore.spec,
    name: 'RESTORE-ASKING', group: 'server', since: '3.0.0', flags: ['write', 'denyoom', 'asking'], acl: ['keyspace', 'dangerous'], docFlags: ['syscmd'],
    summary: 'What MIGRATE sends to a node that imports a slot: RESTORE, with ASKING.',
    examples: [],
  },
  restore.handler,
);
