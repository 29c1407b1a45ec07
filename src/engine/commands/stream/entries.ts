/*
 * The entries of a stream: XADD, XLEN, XDEL, XSETID
 * -------------------------------------------------
 * A stream is only added to at its end, under ids that rise. It may be empty and is a key all the same:
 * the last id and the groups outlive the entries.
 */
import type { Bytes } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, string, token } from '../../command.ts';
import { formatId, generatedId, idMs, MAX_ID, MIN_ID, nextId, type ParsedId, type StreamId } from '../../keyspace/stream-id.ts';
import { asStream, newStream, type Stream } from '../../keyspace/stream-value.ts';
import { CommandError, NO_SUCH_KEY, OK, syntaxError } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { idArgument, isOption } from './ids.ts';
import { addTrimArguments, exactly, TRIM_ARGS, trimAndNotify } from './trimming.ts';

/** The id of a new entry: as given, completed, or made of the clock. Undefined when it would not be behind the last one. */
function newId(given: ParsedId | undefined, { lastId }: Stream, nowMs: number): StreamId | undefined {
  if (given === undefined) return generatedId(lastId, nowMs);
  const id = given.hasSeq || idMs(given.id) !== idMs(lastId) ? given.id : nextId(lastId);
  // The number after the highest one would belong to the next millisecond.
  if (id === undefined || id <= lastId || idMs(id) !== idMs(given.id)) return undefined;
  return id;
}

export const xadd = command(
  {
    name: 'XADD', group: 'stream', since: '5.0.0', arity: -5,
    summary: 'Add an entry of fields and values at the end of a stream.',
    complexity: 'O(1); with trimming O(N) where N is the number of entries removed',
    flags: ['write', 'denyoom', 'fast'],
    keys: [{ ...keyRange(['RW', 'update']), notes: 'UPDATE rather than INSERT because of the trimming' }],
    args: [
      key('key'), token('nomkstream', 'NOMKSTREAM', { optional: true, since: '6.2.0' }), block('trim', TRIM_ARGS, { optional: true }),
      oneOf('id-selector', [token('auto-id', '*'), string('id')]), block('data', [string('field'), string('value')], { multiple: true }),
    ],
    tips: ['nondeterministic_output'],
    history: [['6.2.0', 'NOMKSTREAM, MINID and LIMIT may be given.'], ['7.0.0', 'The id may leave the sequence number to the server: `<ms>-*`.']],
    replies: ['the id of the entry', 'nil when NOMKSTREAM is given and there is no such key'],
    examples: ['XADD news 1700000000000-0 title "It rains" by Ada', 'XADD news 1700000000000-* title "It still rains"', 'XADD news MAXLEN 2 1700000001000 title Sun', 'XRANGE news - +'],
  },
  function xadd(ctx) {
    const { db, argv, server, now } = ctx;
    const options = addTrimArguments(ctx, true);
    const from = options.end + 1;
    if (argv.length - from < 2 || (argv.length - from) % 2 === 1) throw new CommandError("ERR wrong number of arguments for 'xadd' command");
    if (options.id?.hasSeq === true && options.id.id === MIN_ID) throw new CommandError('ERR The ID specified in XADD must be greater than 0-0');
    const name = argv[1] as Bytes;
    let stream = asStream(db.lookupKeyWrite(name));
    if (stream === undefined) {
      if (options.noMkStream) return null;
      const object = newStream();
      db.add(name, object);
      stream = object.value;
    }
    if (stream.lastId === MAX_ID) throw new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
    const id = newId(options.id, stream, now);
    if (id === undefined) throw new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
    if (!stream.append(id, argv.slice(from), server)) throw new CommandError('ERR Elements are too large to be stored');
    server.notify('t', 'xadd', name, db.id);
    server.dirty++;
    if (options.trimming !== undefined) trimAndNotify(ctx, stream, options.trimming);
    db.signalModified(name);
    db.blocked.signal(name);
    const shown = formatId(id);
    if (options.id?.hasSeq !== true || options.trimming?.approximate === true) {
      const words = exactly(argv, stream, options);
      words[options.end] = shown;
      server.propagateAs(words);
    }
    return shown;
  },
);

export const xlen = command(
  {
    name: 'XLEN', group: 'stream', since: '5.0.0', arity: 2,
    summary: 'Count the entries of a stream.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['how many entries there are; 0 when there is no such key'],
    examples: ['XADD news 1-1 title a', 'XLEN news', 'XLEN nothing'],
  },
  ({ db, argv }) => asStream(db.lookupKeyRead(argv[1] as Bytes))?.length ?? 0,
);

export const xdel = command(
  {
    name: 'XDEL', group: 'stream', since: '5.0.0', arity: -3,
    summary: 'Delete entries of a stream by their ids.',
    complexity: 'O(1) for each id',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('id', { multiple: true })],
    replies: ['how many entries were deleted'],
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XDEL news 1-1 7-7', 'XRANGE news - +'],
  },
  function xdel({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const stream = asStream(db.lookupKeyWrite(name));
    if (stream === undefined) return 0;
    const deleted = stream.delete(argv.slice(2).map((word) => idArgument(word)));
    if (deleted > 0) {
      db.signalModified(name);
      server.notify('t', 'xdel', name, db.id);
      server.dirty += deleted;
    }
    return deleted;
  },
);

export const xsetid = command(
  {
    name: 'XSETID', group: 'stream', since: '5.0.0', arity: -3,
    summary: 'Set the last id of a stream, behind which the next entry must lie.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), string('last-id'), integer('entries-added', { token: 'ENTRIESADDED', optional: true, since: '7.0.0' }), string('max-deleted-id', { token: 'MAXDELETEDID', optional: true, since: '7.0.0' })],
    history: [['7.0.0', 'ENTRIESADDED and MAXDELETEDID may be given.']],
    replies: ['OK'],
    examples: ['XADD news 1-1 title a', 'XSETID news 5-0', 'XINFO STREAM news', 'XADD news 5-* title b'],
  },
  function xsetid({ db, argv, server }) {
    const id = idArgument(argv[2] as Bytes);
    let entriesAdded: bigint | undefined;
    let maxDeletedId = MIN_ID;
    for (let i = 3; i < argv.length; i += 2) {
      const value = argv[i + 1];
      if (value === undefined) syntaxError();
      if (isOption(argv[i] as Bytes, 'entriesadded')) {
        entriesAdded = BigInt(integerArgument(value));
        if (entriesAdded < 0) throw new CommandError('ERR entries_added must be positive');
      } else if (isOption(argv[i] as Bytes, 'maxdeletedid')) {
        maxDeletedId = idArgument(value);
        if (id < maxDeletedId) throw new CommandError('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id');
      } else syntaxError();
    }
    const name = argv[1] as Bytes;
    const stream = asStream(db.lookupKeyWrite(name));
    if (stream === undefined) throw new CommandError(NO_SUCH_KEY);
    if (id < stream.maxDeletedId) throw new CommandError('ERR The ID specified in XSETID is smaller than current max_deleted_entry_id');
    if (stream.length > 0) {
      if (id < stream.lastEntryId) throw new CommandError('ERR The ID specified in XSETID is smaller than the target stream top item');
      if (entriesAdded !== undefined && entriesAdded < stream.length) throw new CommandError('ERR The entries_added specified in XSETID is smaller than the target stream length');
    }
    stream.lastId = id;
    if (entriesAdded !== undefined) stream.entriesAdded = entriesAdded;
    if (maxDeletedId !== MIN_ID) stream.maxDeletedId = maxDeletedId;
    // 8.0 says nothing to transactions that watch the key.
    server.dirty++;
    server.notify('t', 'xsetid', name, db.id);
    return OK;
  },
);
