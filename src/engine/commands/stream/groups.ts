/*
 * XGROUP and XACK: consumer groups and what they have done
 * --------------------------------------------------------
 * A group begins behind an id. Its consumers are made by reading, or beforehand; what they were given stays
 * pending until it is acknowledged.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, upper } from '../../bytes.ts';
import { command, container, integer, key, keyRange, oneOf, string, token, type CommandSpec, type Ctx } from '../../command.ts';
import type { ConsumerGroup } from '../../keyspace/stream-groups.ts';
import { asStream, newStream, type Stream } from '../../keyspace/stream-value.ts';
import { CommandError, OK } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { helpCommand } from '../help.ts';
import { idArgument, idOrLast, isOption } from './ids.ts';

/** What Redis answers to a subcommand with words that do not fit it. */
export function subcommandError([name, sub]: readonly Bytes[]): CommandError {
  return new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(sub ?? '', 128)}'. Try ${upper(name ?? '')} HELP.`);
}

/** The stream of argv[2]; an error when it is not there. */
function existingStream({ db, argv }: Ctx): Stream {
  const stream = asStream(db.lookupKeyWrite(argv[2] as Bytes));
  if (stream === undefined) throw new CommandError('ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.');
  return stream;
}

function existingGroup({ argv }: Ctx, stream: Stream): ConsumerGroup {
  return namedGroup(stream, argv[2] as Bytes, argv[3] as Bytes);
}

/** The group of a stream; an error when there is none of that name. */
export function namedGroup(stream: Stream, key: Bytes, name: Bytes): ConsumerGroup {
  const group = stream.groups.get(name);
  if (group === undefined) throw new CommandError(`NOGROUP No such consumer group '${cText(name)}' for key name '${cText(key)}'`);
  return group;
}

/** The options behind argv[4]. */
function groupOptions({ argv }: Ctx, mayMake: boolean): { readonly mkStream: boolean; readonly entriesRead: bigint } {
  let mkStream = false;
  let entriesRead = -1n;
  for (let i = 5; i < argv.length; i++) {
    const word = argv[i] as Bytes;
    const next = argv[i + 1];
    if (mayMake && isOption(word, 'mkstream')) mkStream = true;
    else if (next !== undefined && isOption(word, 'entriesread')) {
      entriesRead = BigInt(integerArgument(next));
      if (entriesRead < -1n) throw new CommandError('ERR value for ENTRIESREAD must be positive or -1');
      i++;
    } else throw subcommandError(argv);
  }
  return { mkStream, entriesRead };
}

const ofKey = (access: 'insert' | 'update' | 'delete'): Pick<CommandSpec, 'keys'> => ({ keys: [keyRange(['RW', access], 2)] });
const ID_SELECTOR = oneOf('id-selector', [string('id'), token('new-id', '$')]);
const ENTRIES_READ = integer('entriesread', { token: 'ENTRIESREAD', optional: true, displayText: 'entries-read' });

const create = command(
  {
    ...ofKey('insert'),
    name: 'CREATE', group: 'stream', since: '5.0.0', arity: -5, flags: ['write', 'denyoom'],
    summary: 'Make a consumer group that begins behind an id.',
    complexity: 'O(1)',
    args: [key('key'), string('group'), ID_SELECTOR, token('mkstream', 'MKSTREAM', { optional: true }), ENTRIES_READ],
    history: [['7.0.0', 'ENTRIESREAD may be given.']],
    replies: ['OK', 'an error when the group exists already'],
    examples: ['XGROUP CREATE jobs workers $ MKSTREAM', 'XINFO GROUPS jobs'],
  },
  function create(ctx) {
    const { db, argv, server } = ctx;
    const { mkStream, entriesRead } = groupOptions(ctx, true);
    const name = argv[2] as Bytes;
    let stream = mkStream ? asStream(db.lookupKeyWrite(name)) : existingStream(ctx);
    if (argv.length > 8) throw subcommandError(argv);
    const id = idOrLast(argv[4] as Bytes, stream);
    if (stream === undefined) {
      const object = newStream();
      db.add(name, object);
      stream = object.value;
      db.signalModified(name);
    }
    if (!stream.createGroup(argv[3] as Bytes, id, entriesRead)) throw new CommandError('BUSYGROUP Consumer Group name already exists');
    server.dirty++;
    db.measure(name);
    server.notify('t', 'xgroup-create', name, db.id);
    return OK;
  },
);

const setid = command(
  {
    ...ofKey('update'),
    name: 'SETID', group: 'stream', since: '5.0.0', arity: -5, flags: ['write'],
    summary: 'Set behind which id a group reads on.',
    complexity: 'O(1)',
    args: [key('key'), string('group'), ID_SELECTOR, ENTRIES_READ],
    history: [['7.0.0', 'ENTRIESREAD may be given.']],
    replies: ['OK'],
    examples: ['XGROUP CREATE jobs workers $ MKSTREAM', 'XGROUP SETID jobs workers 0'],
  },
  function setid(ctx) {
    const { db, argv, server } = ctx;
    const { entriesRead } = groupOptions(ctx, false);
    const stream = existingStream(ctx);
    const group = existingGroup(ctx, stream);
    if (argv.length !== 5 && argv.length !== 7) throw subcommandError(argv);
    group.lastId = idOrLast(argv[4] as Bytes, stream, { ends: true });
    group.entriesRead = entriesRead;
    server.dirty++;
    server.notify('t', 'xgroup-setid', argv[2] as Bytes, db.id);
    return OK;
  },
);

const destroy = command(
  {
    ...ofKey('delete'),
    name: 'DESTROY', group: 'stream', since: '5.0.0', arity: 4, flags: ['write'],
    summary: 'Remove a consumer group with all that is pending in it.',
    complexity: 'O(N) where N is the number of pending messages',
    args: [key('key'), string('group')],
    replies: ['1 when the group was removed', '0 when there was none'],
    examples: ['XGROUP CREATE jobs workers $ MKSTREAM', 'XGROUP DESTROY jobs workers', 'XGROUP DESTROY jobs workers'],
  },
  function destroy(ctx) {
    const { db, argv, server } = ctx;
    const name = argv[2] as Bytes;
    if (existingStream(ctx).groups.delete(argv[3] as Bytes) === undefined) return 0;
    server.dirty++;
    db.measure(name);
    server.notify('t', 'xgroup-destroy', name, db.id);
    // Who waits to read for the group is told that it is gone.
    db.blocked.signal(name);
    return 1;
  },
);

const createconsumer = command(
  {
    ...ofKey('insert'),
    name: 'CREATECONSUMER', group: 'stream', since: '6.2.0', arity: 5, flags: ['write', 'denyoom'],
    summary: 'Make a consumer in a group.',
    complexity: 'O(1)',
    args: [key('key'), string('group'), string('consumer')],
    replies: ['1 when the consumer is new', '0 when there was one of that name'],
    examples: ['XGROUP CREATE jobs workers $ MKSTREAM', 'XGROUP CREATECONSUMER jobs workers Ada'],
  },
  function createconsumer(ctx) {
    const { db, argv, server, now } = ctx;
    if (existingGroup(ctx, existingStream(ctx)).createConsumer(argv[4] as Bytes, now) === undefined) return 0;
    server.dirty++;
    db.measure(argv[2] as Bytes);
    server.notify('t', 'xgroup-createconsumer', argv[2] as Bytes, db.id);
    return 1;
  },
);

const delconsumer = command(
  {
    ...ofKey('delete'),
    name: 'DELCONSUMER', group: 'stream', since: '5.0.0', arity: 5, flags: ['write'],
    summary: 'Remove a consumer from a group. What was pending for it cannot be claimed any more.',
    complexity: 'O(1)',
    args: [key('key'), string('group'), string('consumer')],
    replies: ['how many messages were pending for it'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XGROUP DELCONSUMER jobs workers Ada'],
  },
  function delconsumer(ctx) {
    const { db, argv, server } = ctx;
    const group = existingGroup(ctx, existingStream(ctx));
    const consumer = group.consumers.get(argv[4] as Bytes);
    if (consumer === undefined) return 0;
    const pending = consumer.pending.size;
    server.work(pending);
    group.deleteConsumer(consumer);
    server.dirty++;
    db.measure(argv[2] as Bytes);
    server.notify('t', 'xgroup-delconsumer', argv[2] as Bytes, db.id);
    return pending;
  },
);

export const xgroup = container({
  name: 'XGROUP', group: 'stream', since: '5.0.0', arity: -2,
  summary: 'Consumer groups of streams.',
  complexity: 'Depends on the subcommand',
  subcommands: [
    create, createconsumer, delconsumer, destroy,
    helpCommand('XGROUP', 'stream', '5.0.0', [
      ['CREATE <key> <groupname> <id|$> [option]', 'Make a group that begins behind <id>, or behind the last one. Options:', '* MKSTREAM', '  Make an empty stream when there is no such key.', '* ENTRIESREAD entries_read', '  How many entries lie up to that id, if it is known.'],
      ['CREATECONSUMER <key> <groupname> <consumer>', 'Make a consumer in the group.'],
      ['DELCONSUMER <key> <groupname> <consumer>', 'Remove a consumer with what is pending for it.'],
      ['DESTROY <key> <groupname>', 'Remove the group.'],
      ['SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]', 'Set behind which id the group reads on, and how many entries lie up to it.'],
    ]),
    setid,
  ],
});

export const xack = command(
  {
    name: 'XACK', group: 'stream', since: '5.0.0', arity: -4,
    summary: 'Acknowledge messages: they are not pending any more.',
    complexity: 'O(1) for each id',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), string('group'), string('id', { multiple: true })],
    replies: ['how many of the messages were pending'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XACK jobs workers 1-1 2-1'],
  },
  function xack({ db, argv, server }) {
    const group = asStream(db.lookupKeyRead(argv[1] as Bytes))?.groups.get(argv[2] as Bytes);
    if (group === undefined) return 0;
    const ids = argv.slice(3).map((word) => idArgument(word));
    const acknowledged = ids.filter((id) => group.acknowledge(id)).length;
    server.dirty += acknowledged;
    db.measure(argv[1] as Bytes);
    return acknowledged;
  },
);
