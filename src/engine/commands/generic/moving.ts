/*
 * Keys that get another name or place: RENAME, RENAMENX, MOVE, COPY
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { command, integer, key, keyRange, token, type Ctx } from '../../command.ts';
import type { Database } from '../../keyspace/database.ts';
import { duplicateObject } from '../../keyspace/types.ts';
import { CommandError, NO_SUCH_KEY, OK, syntaxError, type Reply } from '../../reply.ts';
import { integerInRange } from '../expiry-arguments.ts';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;
const SAME_OBJECT = 'ERR source and destination objects are the same';

/** The database a word names; a wrong number is an error of its own kind. */
function databaseArgument({ server }: Ctx, word: Bytes): Database {
  const db = server.databases[integerInRange(word, INT_MIN, INT_MAX)];
  if (db === undefined) throw new CommandError('ERR DB index is out of range');
  return db;
}

/** True when the key has the new name now; false when `onlyNew` and the new name is taken. */
function renameGeneric({ db, argv, server }: Ctx, onlyNew: boolean): boolean {
  const from = argv[1] as Bytes;
  const to = argv[2] as Bytes;
  const object = db.lookupKeyWrite(from);
  if (object === undefined) throw new CommandError(NO_SUCH_KEY);
  // Into itself: there is nothing to do, and nobody is told.
  if (from === to) return !onlyNew;
  const when = db.getExpire(from);
  if (db.lookupKeyWrite(to) !== undefined) {
    if (onlyNew) return false;
    db.remove(to, 'overwritten');
  }
  // Gone first: a value is counted in one place.
  db.remove(from);
  db.add(to, object);
  if (when !== undefined) db.setExpire(to, when);
  db.signalModified(from);
  db.signalModified(to);
  server.notify('g', 'rename_from', from, db.id);
  server.notify('g', 'rename_to', to, db.id);
  server.dirty++;
  return true;
}

export const rename = command(
  {
    name: 'RENAME', group: 'generic', since: '1.0.0', arity: 3,
    summary: 'Give a key another name; a key of that name is overwritten.',
    complexity: 'O(1), and what it costs to free a value that is overwritten',
    flags: ['write'],
    keys: [keyRange(['RW', 'access', 'delete']), keyRange(['OW', 'update'], 2)],
    args: [key('key'), key('newkey', { keySpecIndex: 1 })],
    replies: ['OK', 'an error when the key does not exist'],
    examples: ['SET draft text', 'RENAME draft final', 'GET final'],
  },
  function rename(ctx) {
    renameGeneric(ctx, false);
    return OK;
  },
);

export const renamenx = command(
  {
    name: 'RENAMENX', group: 'generic', since: '1.0.0', arity: 3,
    summary: 'Give a key another name, only if that name is free.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete']), keyRange(['OW', 'insert'], 2)],
    args: [key('key'), key('newkey', { keySpecIndex: 1 })],
    history: [['3.2.0', 'The same name twice is no error any more.']],
    replies: ['1 when the key has the new name', '0 when the new name was taken', 'an error when the key does not exist'],
    examples: ['MSET a 1 b 2', 'RENAMENX a b', 'RENAMENX a c'],
  },
  function renamenx(ctx) {
    return renameGeneric(ctx, true) ? 1 : 0;
  },
);

export const move = command(
  {
    name: 'MOVE', group: 'generic', since: '1.0.0', arity: 3,
    summary: 'Move a key to another database of the same server.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), integer('db')],
    replies: ['1 when it was moved', '0 when it does not exist, or exists there already'],
    examples: ['SET a 1', 'MOVE a 1', 'EXISTS a'],
  },
  function move(ctx) {
    const { db: source, argv, server } = ctx;
    if (server.cluster !== undefined) throw new CommandError('ERR MOVE is not allowed in cluster mode');
    const name = argv[1] as Bytes;
    const target = databaseArgument(ctx, argv[2] as Bytes);
    if (target === source) throw new CommandError(SAME_OBJECT);
    server.compatibility.count();
    const object = source.lookupKeyWrite(name);
    if (object === undefined) return 0;
    const when = source.getExpire(name);
    if (target.lookupKeyWrite(name) !== undefined) return 0;
    source.remove(name);
    target.add(name, object);
    if (when !== undefined) target.setExpire(name, when);
    source.signalModified(name);
    target.signalModified(name);
    server.notify('g', 'move_from', name, source.id);
    server.notify('g', 'move_to', name, target.id);
    server.dirty++;
    return 1;
  },
);

export const copy = command(
  {
    name: 'COPY', group: 'generic', since: '6.2.0', arity: -3,
    summary: 'Copy a value with its expiry to another key.',
    complexity: 'O(1) for a string, O(N) for a value of N elements',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RO', 'access']), keyRange(['OW', 'update'], 2)],
    args: [
      key('source'), key('destination', { keySpecIndex: 1 }),
      integer('destination-db', { token: 'DB', optional: true }),
      token('replace', 'REPLACE', { optional: true }),
    ],
    replies: ['1 when it was copied', '0 when the source does not exist, or the destination does and REPLACE was not given'],
    examples: ['SET a 1 EX 60', 'COPY a b', 'TTL b', 'COPY a b REPLACE'],
  },
  function copy(ctx): Reply {
    const { db: source, argv, server } = ctx;
    const from = argv[1] as Bytes;
    const to = argv[2] as Bytes;
    let target = source;
    let replaces = false;
    for (let i = 3; i < argv.length; i++) {
      const word = fold(argv[i] as Bytes);
      const next = argv[i + 1];
      if (word === 'replace') replaces = true;
      else if (word === 'db' && next !== undefined) {
        target = databaseArgument(ctx, next);
        i++;
      } else syntaxError();
    }
    if (target === source && from === to) throw new CommandError(SAME_OBJECT);
    if (target !== source) server.compatibility.count();
    const object = source.lookupKeyRead(from);
    if (object === undefined) return 0;
    const when = source.getExpire(from);
    const existing = target.lookupKeyWrite(to);
    if (existing !== undefined && !replaces) return 0;
    const duplicate = duplicateObject(object);
    if (existing !== undefined) target.remove(to, 'overwritten');
    target.add(to, duplicate);
    if (when !== undefined) target.setExpire(to, when);
    target.signalModified(to);
    server.notify('g', 'copy_to', to, target.id);
    server.dirty++;
    return 1;
  },
);
