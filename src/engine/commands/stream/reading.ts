/*
 * XREAD and XREADGROUP: what is new, from one or several streams
 * --------------------------------------------------------------
 * XREAD gives everything behind an id that the client remembers itself; `$` is the last one there is now,
 * `+` just before the last entry. With BLOCK a client waits when there is nothing.
 *
 * XREADGROUP reads for a consumer of a group. `>` gives what nobody of the group was given yet, and puts
 * it down as pending for this consumer (unless NOACK); any other id gives once more what is pending for
 * it already. Who waits for a group waits for its key to go, too: then it is told that there is no such group.
 *
 * A client that is served runs its command again, so `$` is replaced by the id it meant when the waiting
 * began. `+` is not: whoever waits with it gets the last entry alone, however many came together.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, fold, INT64_MAX } from '../../bytes.ts';
import { block, command, integer, key, string, token, type CommandSpec, type Ctx } from '../../command.ts';
import type { Consumer, ConsumerGroup } from '../../keyspace/stream-groups.ts';
import { formatId, MAX_ID, MIN_ID, nextId, previousId, type StreamId } from '../../keyspace/stream-id.ts';
import { asStream, type Stream } from '../../keyspace/stream-value.ts';
import { CommandError, mapReply, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { blockForKeys } from '../blocking.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { entryReply, idArgument, isOption, rangeReply } from './ids.ts';
import { claimed, consumerCreated, groupMoved, type NamedGroup } from './propagating.ts';

interface ReadArguments {
  /** How long to wait; undefined for not at all. 0 is for ever. */
  readonly blockMs: number | undefined;
  /** Entries of each stream at most; 0 for all. */
  readonly count: number;
  readonly noAck: boolean;
  readonly group: { readonly name: Bytes; readonly consumer: Bytes } | undefined;
  /** Where the keys begin in argv; as many ids follow them. */
  readonly streamsAt: number;
  readonly streams: number;
}

const only = (option: Bytes): CommandError => new CommandError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
const meaningless = (id: Bytes): CommandError =>
  new CommandError(`ERR The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`);

const UNBALANCED = "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.";
const UNBALANCED_GROUP = "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.";

function readArguments({ argv, now }: Ctx, forGroup: boolean): ReadArguments {
  let blockMs: number | undefined;
  let count = 0;
  let noAck = false;
  let group: ReadArguments['group'];
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] as Bytes;
    const more = argv.length - i - 1;
    if (isOption(word, 'block') && more > 0) blockMs = blockArgument(argv[++i] as Bytes, now);
    else if (isOption(word, 'count') && more > 0) count = Math.max(0, Number(integerArgument(argv[++i] as Bytes)));
    else if (isOption(word, 'streams') && more > 0) {
      if (more % 2 !== 0) throw new CommandError(forGroup ? UNBALANCED_GROUP : UNBALANCED);
      if (forGroup && group === undefined) throw new CommandError('ERR Missing GROUP option for XREADGROUP');
      return { blockMs, count, noAck, group, streamsAt: i + 1, streams: more / 2 };
    } else if (isOption(word, 'group') && more >= 2) {
      if (!forGroup) throw only('GROUP');
      group = { name: argv[i + 1] as Bytes, consumer: argv[i + 2] as Bytes };
      i += 2;
    } else if (isOption(word, 'noack')) {
      if (!forGroup) throw only('NOACK');
      noAck = true;
    } else syntaxError();
  }
  return syntaxError();
}

function blockArgument(word: Bytes, now: number): number {
  const ms = integerArgument(word, 'ERR timeout is not an integer or out of range');
  if (ms < 0) throw new CommandError('ERR timeout is negative');
  if (BigInt(ms) > INT64_MAX - BigInt(now)) throw new CommandError('ERR timeout is out of range');
  return Number(ms);
}

/** Behind which id XREAD shall read. */
function startOf(word: Bytes, stream: Stream | undefined): StreamId {
  switch (cText(word)) {
    case '$':
      return stream?.lastId ?? MIN_ID;
    case '+':
      return stream === undefined ? MIN_ID : (previousId(stream.lastEntryId) ?? MIN_ID);
    case '>':
      throw new CommandError('ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.');
    default:
      return idArgument(word);
  }
}

/** One reply of all streams that had something: a map in RESP3, pairs in RESP2. */
function streamsReply({ client }: Ctx, found: readonly (readonly [Bytes, Reply])[]): Reply {
  return client.resp === 3 ? mapReply(found) : found;
}

/** STREAMS may be the name of a group, too, so the specification alone is not enough: options are skipped one by one. */
const keysOfStreams = (startFrom: number): Pick<CommandSpec, 'keys' | 'getKeys'> => ({
  keys: [{ flags: ['RO', 'access', 'incomplete'], begin: { keyword: 'STREAMS', startFrom }, find: { lastKey: -1, step: 1, limit: 2 } }],
  getKeys(argv) {
    let at = 1;
    for (; at < argv.length && !isOption(argv[at] as Bytes, 'streams'); at++) {
      const option = fold(argv[at] as Bytes);
      const skipped = Object.hasOwn(OPTION_WORDS, option) ? OPTION_WORDS[option] : undefined;
      if (skipped === undefined) return [];
      at += skipped;
    }
    const words = argv.length - at - 1;
    return words <= 0 || words % 2 !== 0 ? [] : Array.from({ length: words / 2 }, (_, i) => ({ index: at + 1 + i, flags: ['RO', 'access'] }));
  },
});

/** How many words each option before STREAMS takes. */
const OPTION_WORDS: Readonly<Record<string, number>> = { block: 1, count: 1, group: 2, noack: 0 };

const STREAMS = block('streams', [key('key', { multiple: true }), string('id', { multiple: true })], { token: 'STREAMS' });
const COUNT = integer('count', { token: 'COUNT', optional: true });
const BLOCK = integer('milliseconds', { token: 'BLOCK', optional: true });
const REPLIES = ['for each stream that has something, its key and the entries', 'nil when none has, or the time is up'];

export const xread = command(
  {
    name: 'XREAD', group: 'stream', since: '5.0.0', arity: -4,
    summary: 'Read what lies behind an id in one or several streams, and wait for it if there is nothing.',
    flags: ['readonly', 'blocking', 'movablekeys'],
    ...keysOfStreams(1),
    args: [COUNT, BLOCK, STREAMS],
    replies: REPLIES,
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XREAD STREAMS news 1-1', 'XREAD COUNT 1 STREAMS news 0', 'XREAD STREAMS news $'],
  },
  function xread(ctx) {
    const { db, argv, server } = ctx;
    const { blockMs, count, streamsAt, streams } = readArguments(ctx, false);
    const keys = argv.slice(streamsAt, streamsAt + streams);
    const starts = keys.map((name, i) => startOf(argv[streamsAt + streams + i] as Bytes, asStream(db.lookupKeyRead(name))));
    const found: (readonly [Bytes, Reply])[] = [];
    keys.forEach((name, i) => {
      const stream = asStream(db.lookupKeyRead(name));
      const start = starts[i] as StreamId;
      if (stream === undefined || stream.length === 0 || stream.lastEntryId <= start) return;
      const entries = rangeReply(stream, nextId(start) ?? MAX_ID, MAX_ID, count);
      server.work(entries.length);
      found.push([name, entries]);
    });
    if (found.length > 0) return streamsReply(ctx, found);
    if (blockMs === undefined) return NIL_ARRAY;
    const words = argv.map((word, i) => (i >= streamsAt + streams && cText(word) === '$' ? formatId(starts[i - streamsAt - streams] as StreamId) : word));
    return blockForKeys(ctx, 'stream', keys, blockMs, { words });
  },
);

/** Where XREADGROUP stands with one of its streams. */
interface GroupRead {
  readonly key: Bytes;
  readonly group: ConsumerGroup;
  /** Undefined for `>`: new messages. */
  readonly historyFrom: StreamId | undefined;
}

function groupRead({ db }: Ctx, name: Bytes, groupName: Bytes, word: Bytes): GroupRead {
  const group = asStream(db.lookupKeyRead(name))?.groups.get(groupName);
  if (group === undefined) throw new CommandError(`NOGROUP No such key '${cText(name)}' or consumer group '${cText(groupName)}' in XREADGROUP with GROUP option`);
  const id = cText(word);
  if (id === '$' || id === '+') throw meaningless(id);
  const from = id === '>' ? MAX_ID : idArgument(word);
  // Behind the highest id nothing can be pending; Redis takes it for `>`.
  return { key: name, group, historyFrom: from === MAX_ID ? undefined : from };
}

/** Gives new messages to a consumer: those behind the group's last id. */
function deliverNew({ now }: Ctx, stream: Stream, named: NamedGroup, consumer: Consumer, { count, noAck }: ReadArguments, effects: (readonly Bytes[])[]): Reply[] {
  const { group } = named;
  const entries: Reply[] = [];
  let moved = false;
  for (const entry of stream.range(nextId(group.lastId) ?? MAX_ID, MAX_ID)) {
    if (entry.id > group.lastId) {
      stream.advance(group, entry.id);
      moved = true;
    }
    entries.push(entryReply(entry));
    if (!noAck) {
      const delivery = group.deliver(entry.id, consumer, now);
      consumer.activeMs = now;
      effects.push(claimed(named, entry.id, delivery));
    }
    if (entries.length === count) break;
  }
  if (moved) effects.push(groupMoved(named));
  return entries;
}

/** Gives what is pending for a consumer once more. An entry that was deleted meanwhile is told by its id and nil. */
function deliverAgain({ now }: Ctx, stream: Stream, consumer: Consumer, behind: StreamId, count: number): Reply[] {
  const entries: Reply[] = [];
  for (const { key: id, value: delivery } of consumer.pending.entriesFrom('>', behind)) {
    const entry = stream.get(id);
    if (entry === undefined) entries.push([formatId(id), NIL_ARRAY]);
    else {
      entries.push(entryReply(entry));
      delivery.atMs = now;
      delivery.count = typeof delivery.count === 'bigint' ? delivery.count + 1n : delivery.count + 1;
    }
    if (entries.length === count) break;
  }
  return entries;
}

export const xreadgroup = command(
  {
    name: 'XREADGROUP', group: 'stream', since: '5.0.0', arity: -7,
    summary: 'Read new messages for a consumer of a group, or once more those that are pending for it.',
    complexity: 'O(M) for each stream, where M is the number of entries returned',
    flags: ['write', 'blocking', 'movablekeys'],
    ...keysOfStreams(4),
    args: [block('group-block', [string('group'), string('consumer')], { token: 'GROUP' }), COUNT, BLOCK, token('noack', 'NOACK', { optional: true }), STREAMS],
    replies: [...REPLIES, 'an error when the group does not exist'],
    examples: ['XADD jobs 1-1 do a', 'XADD jobs 2-1 do b', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada COUNT 1 STREAMS jobs >', 'XREADGROUP GROUP workers Bob STREAMS jobs >', 'XREADGROUP GROUP workers Ada STREAMS jobs 0'],
  },
  function xreadgroup(ctx) {
    const { db, argv, server, now } = ctx;
    const options = readArguments(ctx, true);
    const { blockMs, count, noAck, streamsAt, streams } = options;
    const { name: groupName, consumer: consumerName } = options.group as NonNullable<ReadArguments['group']>;
    const keys = argv.slice(streamsAt, streamsAt + streams);
    const reads = keys.map((name, i) => groupRead(ctx, name, groupName, argv[streamsAt + streams + i] as Bytes));
    const found: (readonly [Bytes, Reply])[] = [];
    const effects: (readonly Bytes[])[] = [];
    for (const { key: name, group, historyFrom } of reads) {
      const stream = asStream(db.lookupKeyRead(name));
      if (stream === undefined) continue;
      const named = { key: name, name: groupName, group };
      let consumer = group.consumers.get(consumerName);
      if (consumer === undefined) {
        consumer = group.createConsumer(consumerName, now) as Consumer;
        server.dirty++;
        server.notify('t', 'xgroup-createconsumer', name, db.id);
        if (noAck) effects.push(consumerCreated(named, consumer.name));
      }
      consumer.seenMs = now;
      if (historyFrom === undefined && (stream.length === 0 || stream.lastEntryId <= group.lastId)) continue;
      const before = effects.length;
      const entries = historyFrom === undefined ? deliverNew(ctx, stream, named, consumer, options, effects) : deliverAgain(ctx, stream, consumer, historyFrom, count);
      if (effects.length > before) server.dirty++;
      db.measure(name);
      server.work(entries.length);
      found.push([name, entries]);
    }
    server.propagateAs(...effects);
    if (found.length > 0) return streamsReply(ctx, found);
    return blockMs === undefined ? NIL_ARRAY : blockForKeys(ctx, 'stream', keys, blockMs, { evenWhenGone: true });
  },
);
