/*
 * XINFO: a stream, its groups, their consumers
 */
import type { Bytes } from '../../bytes.ts';
import { block, command, container, integer, key, keyRange, string, token, type CommandSpec, type Ctx } from '../../command.ts';
import { idleSince, UNKNOWN_ENTRIES_READ, type Consumer, type ConsumerGroup, type Delivery } from '../../keyspace/stream-groups.ts';
import { formatId, MAX_ID, MIN_ID } from '../../keyspace/stream-id.ts';
import { asStream, type Stream } from '../../keyspace/stream-value.ts';
import { CommandError, mapReply, NO_SUCH_KEY, type Reply } from '../../reply.ts';
import type { Rax } from '../../structures/rax.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { helpCommand } from '../help.ts';
import { namedGroup, subcommandError } from './groups.ts';
import { edgeReply, isOption, rangeReply } from './ids.ts';

/** FULL shows so many entries and pending messages unless told otherwise. */
const FULL_COUNT = 10;

type Pairs = (readonly [Bytes, Reply])[];

function existingStream({ db, argv }: Ctx): Stream {
  const stream = asStream(db.lookupKeyRead(argv[2] as Bytes));
  if (stream === undefined) throw new CommandError(NO_SUCH_KEY);
  return stream;
}

const entriesRead = ({ entriesRead: read }: ConsumerGroup): Reply => (read === UNKNOWN_ENTRIES_READ ? null : read);

/** How many entries and pending messages FULL shall show (0: all); undefined without FULL. */
function fullCount({ argv }: Ctx): number | undefined {
  if (argv.length === 3) return undefined;
  if ((argv.length !== 4 && argv.length !== 6) || !isOption(argv[3] as Bytes, 'full')) throw subcommandError(argv);
  if (argv.length === 4) return FULL_COUNT;
  if (!isOption(argv[4] as Bytes, 'count')) throw subcommandError(argv);
  const count = Number(integerArgument(argv[5] as Bytes));
  return count < 0 ? FULL_COUNT : count;
}

/** The first messages of a tree of pending ones; in a group each names its consumer. */
function deliveries(pending: Rax<Delivery>, count: number, ofGroup: boolean): Reply[] {
  const replies: Reply[] = [];
  for (const { key: id, value: { consumer, atMs, count: times } } of pending.entries()) {
    replies.push(ofGroup ? [formatId(id), consumer.name, atMs, times] : [formatId(id), atMs, times]);
    if (replies.length === count) break;
  }
  return replies;
}

function fullConsumer({ name, seenMs, activeMs, pending }: Consumer, count: number): Reply {
  return mapReply([['name', name], ['seen-time', seenMs], ['active-time', activeMs], ['pel-count', pending.size], ['pending', deliveries(pending, count, false)]]);
}

function fullGroup(stream: Stream, name: Bytes, group: ConsumerGroup, count: number): Reply {
  return mapReply([
    ['name', name],
    ['last-delivered-id', formatId(group.lastId)],
    ['entries-read', entriesRead(group)],
    ['lag', stream.lagOf(group) ?? null],
    ['pel-count', group.pending.size],
    ['pending', deliveries(group.pending, count, true)],
    ['consumers', Array.from(group.consumers.entries(), ({ value }) => fullConsumer(value, count))],
  ]);
}

const common = { group: 'stream', since: '5.0.0', complexity: 'O(1)', flags: ['readonly'], keys: [keyRange(['RO', 'access'], 2)] } as const satisfies Partial<CommandSpec>;

const stream = command(
  {
    ...common,
    name: 'STREAM', arity: -3,
    summary: 'Facts about a stream; with FULL also its entries, groups and consumers.',
    args: [key('key'), block('full-block', [token('full', 'FULL'), integer('count', { token: 'COUNT', optional: true })], { optional: true })],
    history: [['6.0.0', 'FULL may be given.'], ['7.0.0', 'Tells the highest deleted id, the entries added and the first id; of groups how much they have read and have still to read.'], ['7.2.0', 'Tells of consumers when they last got something, too.']],
    replies: ['a map of names and values'],
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XINFO STREAM news', 'XINFO STREAM news FULL COUNT 1'],
  },
  function info(ctx) {
    const it = existingStream(ctx);
    const count = fullCount(ctx);
    const facts: Pairs = [
      ['length', it.length],
      ['radix-tree-keys', it.nodes.size],
      ['radix-tree-nodes', it.nodes.nodes],
      ['last-generated-id', formatId(it.lastId)],
      ['max-deleted-entry-id', formatId(it.maxDeletedId)],
      ['entries-added', it.entriesAdded],
      ['recorded-first-entry-id', formatId(it.firstId)],
    ];
    if (count === undefined) return mapReply([...facts, ['groups', it.groups.size], ['first-entry', edgeReply(it, false)], ['last-entry', edgeReply(it, true)]]);
    return mapReply([
      ...facts,
      ['entries', rangeReply(it, MIN_ID, MAX_ID, count)],
      ['groups', Array.from(it.groups.entries(), ({ key: name, value }) => fullGroup(it, name, value, count))],
    ]);
  },
);

const groups = command(
  {
    ...common,
    name: 'GROUPS', arity: 3,
    summary: 'The consumer groups of a stream and how far they are.',
    args: [key('key')],
    history: [['7.0.0', 'Tells how much each has read and has still to read.']],
    replies: ['for each group a map of names and values'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XINFO GROUPS jobs'],
  },
  function groupsOf(ctx) {
    const it = existingStream(ctx);
    return Array.from(it.groups.entries(), ({ key: name, value: group }) => mapReply([
      ['name', name],
      ['consumers', group.consumers.size],
      ['pending', group.pending.size],
      ['last-delivered-id', formatId(group.lastId)],
      ['entries-read', entriesRead(group)],
      ['lag', it.lagOf(group) ?? null],
    ]));
  },
);

const consumers = command(
  {
    ...common,
    name: 'CONSUMERS', arity: 4,
    summary: 'The consumers of a group.',
    args: [key('key'), string('group')],
    tips: ['nondeterministic_output'],
    history: [['7.2.0', 'Tells how long each has got nothing, too.']],
    replies: ['for each consumer a map: its name, how many messages are pending for it, milliseconds since it tried to read and since it got something'],
    examples: ['XADD jobs 1-1 do a', 'XGROUP CREATE jobs workers 0', 'XREADGROUP GROUP workers Ada STREAMS jobs >', 'XINFO CONSUMERS jobs workers'],
  },
  function consumersOf(ctx) {
    const { argv, now } = ctx;
    const group = namedGroup(existingStream(ctx), argv[2] as Bytes, argv[3] as Bytes);
    return Array.from(group.consumers.entries(), ({ value: { name, pending, seenMs, activeMs } }) => mapReply([
      ['name', name],
      ['pending', pending.size],
      ['idle', idleSince(seenMs, now)],
      ['inactive', activeMs === -1 ? -1 : idleSince(activeMs, now)],
    ]));
  },
);

export const xinfo = container({
  name: 'XINFO', group: 'stream', since: '5.0.0', arity: -2,
  summary: 'Facts about streams, groups and consumers.',
  complexity: 'Depends on the subcommand',
  subcommands: [
    consumers, groups,
    helpCommand('XINFO', 'stream', '5.0.0', [
      ['CONSUMERS <key> <groupname>', 'The consumers of the group.'],
      ['GROUPS <key>', 'The groups of the stream.'],
      ['STREAM <key> [FULL [COUNT <count>]', 'Facts about the stream. FULL shows entries, groups and consumers, too.'],
    ]),
    stream,
  ],
});
