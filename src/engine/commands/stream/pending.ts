/*
 * XPENDING, XCLAIM, XAUTOCLAIM: messages that were delivered and not acknowledged
 * ------------------------------------------------------------------------------
 * A consumer may die with messages pending for it. Others find them by how long they lie there, and claim
 * them. Claiming counts as a delivery, so that a message that nobody survives can be recognised. A message
 * whose entry was deleted is dropped when somebody tries to claim it.
 */
import type { Bytes } from '../../bytes.ts';
import { cText } from '../../bytes.ts';
import { block, command, integer, key, keyRange, string, token, unixTime, type Ctx } from '../../command.ts';
import { idleSince, type Consumer, type ConsumerGroup, type Delivery } from '../../keyspace/stream-groups.ts';
import { formatId, MIN_ID, parseId, type StreamId } from '../../keyspace/stream-id.ts';
import type { Stream } from '../../keyspace/stream-value.ts';
import { CommandError, NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { entryReply, groupArgument, idArgument, intervalEnd, isOption } from './ids.ts';
import { claimed, groupMoved, type NamedGroup } from './propagating.ts';

// ---- XPENDING ---------------------------------------------------------------------------------------

interface PendingRange {
  readonly minIdleMs: number | bigint;
  readonly start: StreamId;
  readonly end: StreamId;
  readonly count: number;
  readonly consumer: Bytes | undefined;
}

function pendingRange({ argv }: Ctx): PendingRange | undefined {
  if (argv.length === 3) return undefined;
  if (argv.length < 6 || argv.length > 9) syntaxError();
  let minIdleMs: number | bigint = 0;
  let at = 3;
  if (isOption(argv[3] as Bytes, 'idle')) {
    minIdleMs = integerArgument(argv[4] as Bytes);
    if (argv.length < 8) syntaxError();
    at = 5;
  }
  const count = Math.max(0, Number(integerArgument(argv[at + 2] as Bytes)));
  return { minIdleMs, count, start: intervalEnd(argv[at] as Bytes, 'start'), end: intervalEnd(argv[at + 1] as Bytes, 'end'), consumer: argv[at + 3] };
}

function summary(group: ConsumerGroup): Reply {
  const [first, last] = [group.pending.first(), group.pending.last()];
  if (first === undefined || last === undefined) return [0, null, null, NIL_ARRAY];
  const consumers: Reply[] = [];
  for (const { value: { name, pending } } of group.consumers.entries()) if (pending.size > 0) consumers.push([name, String(pending.size)]);
  return [group.pending.size, formatId(first.key), formatId(last.key), consumers];
}

export const xpending = command(
  {
    name: 'XPENDING', group: 'stream', since: '5.0.0', arity: -3,
    summary: 'Tell what is pending in a group: in short, or message by message.',
    complexity: 'O(N) where N is the number of messages returned, or looked at with IDLE; the short form O(C) for C consumers',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [
      key('key'), string('group'),
      block('filters', [integer('min-idle-time', { token: 'IDLE', optional: true, since: '6.2.0' }), string('start'), string('end'), integer('count'), string('consumer', { optional: true })], { optional: true }),
    ],
    tips: ['nondeterministic_output'],
    history: [['6.2.0', 'IDLE may be given, and a `(` before an id leaves that id out.']],
    replies: ['how many, the first and the last id, and how many for each consumer', 'with a range: id, consumer, milliseconds since the delivery and number of deliveries of each message'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XPENDING jobs workers', 'XPENDING jobs workers IDLE 5000 - + 10 Ada'],
  },
  function xpending(ctx) {
    const { db, argv, now, server } = ctx;
    const range = pendingRange(ctx);
    const name = argv[1] as Bytes;
    const { group } = groupArgument(db.lookupKeyRead(name), name, argv[2] as Bytes);
    if (range === undefined) return summary(group);
    const consumer = range.consumer === undefined ? undefined : group.consumers.get(range.consumer);
    if (range.consumer !== undefined && consumer === undefined) return [];
    const found: Reply[] = [];
    if (range.count === 0) return found;
    for (const { key: id, value: delivery } of (consumer ?? group).pending.entriesFrom('>=', range.start)) {
      if (id > range.end) break;
      server.work(1);
      const idleMs = idleSince(delivery.atMs, now);
      if (range.minIdleMs !== 0 && idleMs < range.minIdleMs) continue;
      found.push([formatId(id), delivery.consumer.name, idleMs, delivery.count]);
      if (found.length === range.count) break;
    }
    return found;
  },
);

// ---- Claiming ---------------------------------------------------------------------------------------

/** What a claim works on and leaves behind. */
interface Claim {
  readonly stream: Stream;
  readonly named: NamedGroup;
  readonly consumer: Consumer;
  readonly justId: boolean;
  readonly effects: (readonly Bytes[])[];
}

/** The consumer that claims; made if it is not there. */
function claimant({ db, argv, server, now }: Ctx, group: ConsumerGroup): Consumer {
  const name = argv[3] as Bytes;
  let consumer = group.consumers.get(name);
  if (consumer === undefined) {
    consumer = group.createConsumer(name, now) as Consumer;
    server.dirty++;
    server.notify('t', 'xgroup-createconsumer', argv[1] as Bytes, db.id);
  }
  consumer.seenMs = now;
  return consumer;
}

/** Drops a message whose entry is gone. */
function dropDeleted({ server }: Ctx, { named, effects }: Claim, id: StreamId, delivery: Delivery): void {
  effects.push(claimed(named, id, delivery));
  named.group.acknowledge(id);
  server.dirty++;
}

/** Gives a message to the claiming consumer; returns what the client is told of it. */
function take({ server, now }: Ctx, { stream, named, consumer, justId, effects }: Claim, id: StreamId, delivery: Delivery): Reply {
  named.group.assign(id, delivery, consumer);
  consumer.activeMs = now;
  effects.push(claimed(named, id, delivery));
  server.dirty++;
  const entry = justId ? undefined : stream.get(id);
  return entry === undefined ? formatId(id) : entryReply(entry);
}

const oneMore = (count: number | bigint): number | bigint => (typeof count === 'bigint' ? BigInt.asIntN(64, count + 1n) : count + 1);

interface ClaimOptions {
  readonly ids: readonly StreamId[];
  readonly deliveredMs: number | undefined;
  readonly retryCount: number | bigint;
  readonly force: boolean;
  readonly justId: boolean;
  readonly lastId: StreamId;
}

/** Reads ids from argv[5] on, as far as there are any, and the options behind them. */
function claimOptions({ argv, now }: Ctx): ClaimOptions {
  const ids: StreamId[] = [];
  let at = 5;
  for (; at < argv.length; at++) {
    const parsed = parseId(argv[at] as Bytes);
    if (parsed === undefined) break;
    ids.push(parsed.id);
  }
  let deliveredMs: bigint = -1n;
  let retryCount: number | bigint = -1;
  let force = false;
  let justId = false;
  let lastId = MIN_ID;
  for (; at < argv.length; at++) {
    const word = argv[at] as Bytes;
    const next = argv[at + 1];
    if (isOption(word, 'force')) force = true;
    else if (isOption(word, 'justid')) justId = true;
    else if (next === undefined) throw unrecognized(word);
    else {
      if (isOption(word, 'idle')) deliveredMs = BigInt.asIntN(64, BigInt(now) - BigInt(integerArgument(next, 'ERR Invalid IDLE option argument for XCLAIM')));
      else if (isOption(word, 'time')) deliveredMs = BigInt(integerArgument(next, 'ERR Invalid TIME option argument for XCLAIM'));
      else if (isOption(word, 'retrycount')) retryCount = integerArgument(next, 'ERR Invalid RETRYCOUNT option argument for XCLAIM');
      else if (isOption(word, 'lastid')) lastId = idArgument(next);
      else throw unrecognized(word);
      at++;
    }
  }
  // A moment in the future, or before all time, is a client whose clock is wrong.
  const isSane = deliveredMs >= 0n && deliveredMs <= BigInt(now);
  return { ids, deliveredMs: isSane ? Number(deliveredMs) : now, retryCount, force, justId, lastId };
}

const unrecognized = (word: Bytes): CommandError => new CommandError(`ERR Unrecognized XCLAIM option '${cText(word)}'`);

export const xclaim = command(
  {
    name: 'XCLAIM', group: 'stream', since: '5.0.0', arity: -6,
    summary: 'Take over pending messages by their ids.',
    complexity: 'O(log N) for each id, where N is the number of messages pending in the group',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'update'])],
    args: [
      key('key'), string('group'), string('consumer'), string('min-idle-time'), string('id', { multiple: true }), integer('ms', { token: 'IDLE', optional: true }),
      unixTime('unix-time-milliseconds', { token: 'TIME', optional: true }), integer('count', { token: 'RETRYCOUNT', optional: true }), token('force', 'FORCE', { optional: true }), token('justid', 'JUSTID', { optional: true }),
      string('lastid', { token: 'LASTID', optional: true }),
    ],
    tips: ['nondeterministic_output'],
    replies: ['the entries that were claimed', 'with JUSTID: their ids'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XCLAIM jobs workers Bob 0 1-1', 'XPENDING jobs workers'],
  },
  function xclaim(ctx) {
    const { db, argv, server, now } = ctx;
    const name = argv[1] as Bytes;
    const { stream, group } = groupArgument(db.lookupKeyRead(name), name, argv[2] as Bytes);
    const minIdleMs = integerArgument(argv[4] as Bytes, 'ERR Invalid min-idle-time argument for XCLAIM');
    const { ids, deliveredMs, retryCount, force, justId, lastId } = claimOptions(ctx);
    const named = { key: name, name: argv[2] as Bytes, group };
    const moved = lastId > group.lastId;
    if (moved) group.lastId = lastId;
    const claim: Claim = { stream, named, consumer: claimant(ctx, group), justId, effects: [] };
    const replies: Reply[] = [];
    for (const id of ids) {
      const known = group.pending.get(id);
      if (!stream.has(id)) {
        if (known !== undefined) dropDeleted(ctx, claim, id, known);
        continue;
      }
      if (known === undefined && !force) continue;
      if (known !== undefined && minIdleMs > 0 && idleSince(known.atMs, now) < minIdleMs) continue;
      const delivery = known ?? { consumer: claim.consumer, atMs: now, count: 1 };
      delivery.atMs = deliveredMs ?? now;
      if (retryCount >= 0) delivery.count = retryCount;
      else if (!justId) delivery.count = oneMore(delivery.count);
      replies.push(take(ctx, claim, id, delivery));
    }
    if (moved && claim.effects.length === 0) {
      claim.effects.push(groupMoved(named));
      server.dirty++;
    }
    db.measure(name);
    server.propagateAs(...claim.effects);
    return replies;
  },
);

/** XAUTOCLAIM looks at so many messages for each it may claim. */
const ATTEMPTS_FACTOR = 10;
/** Above this COUNT is refused, and already above the second the real server finds no memory for so many ids. */
const MOST_CLAIMED = 9223372036854775807n / 16n;
const MOST_REMEMBERED = 2 ** 42;

export const xautoclaim = command(
  {
    name: 'XAUTOCLAIM', group: 'stream', since: '6.2.0', arity: -6,
    summary: 'Take over the messages that have been pending for long, from an id on.',
    complexity: 'O(1) if COUNT is small',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), string('group'), string('consumer'), string('min-idle-time'), string('start'), integer('count', { token: 'COUNT', optional: true }), token('justid', 'JUSTID', { optional: true })],
    tips: ['nondeterministic_output'],
    history: [['7.0.0', 'The reply names the messages whose entries are gone; they are not pending any more.']],
    replies: ['where to go on, the entries that were claimed, and the ids of those that were dropped because their entries are gone'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XAUTOCLAIM jobs workers Bob 0 0 COUNT 10'],
  },
  function xautoclaim(ctx) {
    const { db, argv, server, now } = ctx;
    const object = db.lookupKeyRead(argv[1] as Bytes);
    const minIdleMs = integerArgument(argv[4] as Bytes, 'ERR Invalid min-idle-time argument for XAUTOCLAIM');
    const start = intervalEnd(argv[5] as Bytes, 'start');
    let count = 100;
    let justId = false;
    for (let i = 6; i < argv.length; i++) {
      const next = argv[i + 1];
      if (next !== undefined && isOption(argv[i] as Bytes, 'count')) {
        const complaint = 'ERR COUNT must be > 0';
        const wanted = integerArgument(next, complaint);
        if (wanted < 1 || wanted > MOST_CLAIMED) throw new CommandError(complaint);
        count = Number(wanted);
        i++;
      } else if (isOption(argv[i] as Bytes, 'justid')) justId = true;
      else syntaxError();
    }
    const name = argv[1] as Bytes;
    const { stream, group } = groupArgument(object, name, argv[2] as Bytes);
    if (count > MOST_REMEMBERED) throw new CommandError('ERR Insufficient memory, failed allocating transient memory, COUNT too high.');
    const claim: Claim = { stream, named: { key: name, name: argv[2] as Bytes, group }, consumer: claimant(ctx, group), justId, effects: [] };
    const replies: Reply[] = [];
    const dropped: Reply[] = [];
    let attempts = count * ATTEMPTS_FACTOR;
    let at = group.pending.seek('>=', start);
    for (; at !== undefined && attempts > 0 && count > 0; at = group.pending.seek('>', at.key)) {
      const { key: id, value: delivery } = at;
      attempts--;
      server.work(1);
      if (!stream.has(id)) {
        dropDeleted(ctx, claim, id, delivery);
        dropped.push(formatId(id));
        count--;
        continue;
      }
      if (minIdleMs > 0 && idleSince(delivery.atMs, now) < minIdleMs) continue;
      delivery.atMs = now;
      if (!justId) delivery.count = oneMore(delivery.count);
      replies.push(take(ctx, claim, id, delivery));
      count--;
    }
    db.measure(name);
    server.propagateAs(...claim.effects);
    return [formatId(at?.key ?? MIN_ID), replies, dropped];
  },
);
