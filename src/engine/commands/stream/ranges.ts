/*
 * XRANGE and XREVRANGE: entries between two ids
 */
import type { Bytes } from '../../bytes.ts';
import { command, integer, key, keyRange, string, type CommandSpec, type Ctx } from '../../command.ts';
import { asStream } from '../../keyspace/stream-value.ts';
import { NIL_ARRAY, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { intervalEnd, isOption, rangeReply } from './ids.ts';

function rangeGeneric({ db, argv, server }: Ctx, backwards: boolean): Reply {
  const start = intervalEnd(argv[backwards ? 3 : 2] as Bytes, 'start');
  const end = intervalEnd(argv[backwards ? 2 : 3] as Bytes, 'end');
  let count: number | undefined;
  for (let i = 4; i < argv.length; i += 2) {
    const value = argv[i + 1];
    if (value === undefined || !isOption(argv[i] as Bytes, 'count')) syntaxError();
    count = Math.max(0, Number(integerArgument(value)));
  }
  const stream = asStream(db.lookupKeyRead(argv[1] as Bytes));
  if (stream === undefined) return [];
  if (count === 0) return NIL_ARRAY;
  const entries = rangeReply(stream, start, end, count ?? 0, backwards);
  server.work(entries.length);
  return entries;
}

const common = {
  group: 'stream', since: '5.0.0', arity: -4,
  complexity: 'O(N) where N is the number of entries returned',
  flags: ['readonly'],
  keys: [keyRange(['RO', 'access'])],
  history: [['6.2.0', 'A `(` before an id leaves that id out.']],
} as const satisfies Partial<CommandSpec>;

const COUNT = integer('count', { token: 'COUNT', optional: true });

export const xrange = command(
  {
    ...common,
    name: 'XRANGE',
    summary: 'Read the entries between two ids, oldest first.',
    args: [key('key'), string('start'), string('end'), COUNT],
    replies: ['the entries, each with its id, its fields and values', 'nil when COUNT is 0'],
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XADD news 3-1 title c', 'XRANGE news - + COUNT 2', 'XRANGE news (2-1 +'],
  },
  (ctx) => rangeGeneric(ctx, false),
);

export const xrevrange = command(
  {
    ...common,
    name: 'XREVRANGE',
    summary: 'Read the entries between two ids, newest first.',
    args: [key('key'), string('end'), string('start'), COUNT],
    replies: ['the entries, each with its id, its fields and values', 'nil when COUNT is 0'],
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XREVRANGE news + - COUNT 1'],
  },
  (ctx) => rangeGeneric(ctx, true),
);
