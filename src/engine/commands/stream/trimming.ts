/*
 * XTRIM, and the options that XADD shares with it
 * -----------------------------------------------
 * MAXLEN keeps the newest entries, MINID those from an id on. With ~ only whole nodes are cut off, which
 * costs next to nothing, and no more entries than LIMIT (as many as a hundred full nodes, unless told).
 *
 * How much ~ cuts depends on how the nodes happen to be filled. So that others end up with the same
 * entries, they are told the outcome: the same command with = and with what is left.
 */
import type { Bytes } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, string, token, type Arg, type Ctx } from '../../command.ts';
import { formatId, MAX_ID, parseId, type ParsedId } from '../../keyspace/stream-id.ts';
import { asStream, type Stream, type Trimming } from '../../keyspace/stream-value.ts';
import { CommandError, syntaxError } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { INVALID_ID, idArgument, isOption } from './ids.ts';

export interface AddTrimArguments {
  readonly trimming: Trimming | undefined;
  /** Where the number or id of the trimming stands in argv. */
  readonly thresholdAt: number;
  readonly noMkStream: boolean;
  /** The id that XADD was given; undefined for `*`. */
  readonly id: ParsedId | undefined;
  /** Where the options end: the place of XADD's id. */
  readonly end: number;
}

const LIMIT_LEAST = 10_000;
const LIMIT_MOST = 1_000_000;

/** Reads the options from argv[2] on, up to the id of an XADD. */
export function addTrimArguments({ argv, server, client }: Ctx, isAdd: boolean): AddTrimArguments {
  let by: Trimming['by'] | undefined;
  let approximate = false;
  let thresholdAt = 0;
  let limit: number | undefined;
  let noMkStream = false;
  let id: ParsedId | undefined;
  let at = 2;
  for (; at < argv.length; at++) {
    const word = argv[at] as Bytes;
    const hasMore = at + 1 < argv.length;
    if (isAdd && word === '*') break;
    if (hasMore && (isOption(word, 'maxlen') || isOption(word, 'minid'))) {
      if (by !== undefined) throw new CommandError('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
      const operator = argv[at + 1];
      approximate = at + 2 < argv.length && operator === '~';
      if (at + 2 < argv.length && (operator === '~' || operator === '=')) at++;
      thresholdAt = ++at;
      by = thresholdOf(argv[at] as Bytes, isOption(word, 'maxlen'));
    } else if (hasMore && isOption(word, 'limit')) {
      const most = integerArgument(argv[++at] as Bytes);
      if (most < 0) throw new CommandError('ERR The LIMIT argument must be >= 0.');
      limit = Number(most);
    } else if (isAdd && isOption(word, 'nomkstream')) noMkStream = true;
    else if (!isAdd) syntaxError();
    else {
      id = parseId(word, { star: true });
      if (id === undefined) throw new CommandError(INVALID_ID);
      break;
    }
  }
  if (limit !== undefined && limit !== 0 && by === undefined) throw new CommandError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
  if (!isAdd && by === undefined) throw new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy');
  // What was trimmed approximately is told with `=` and the limit it had: so it stands in the file and in the stream.
  if (limit !== undefined && !approximate && !client.mustBeObeyed) throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option');
  const limitInForce = approximate ? (limit ?? usualLimit(server.config.number('stream-node-max-entries'))) : 0;
  return { trimming: by && { by, approximate, limit: limitInForce }, thresholdAt, noMkStream, id, end: at };
}

function thresholdOf(word: Bytes, isLength: boolean): Trimming['by'] {
  if (!isLength) return { minId: idArgument(word) };
  const maxLength = integerArgument(word);
  if (maxLength < 0) throw new CommandError('ERR The MAXLEN argument must be >= 0.');
  return { maxLength };
}

function usualLimit(nodeEntries: number): number {
  const entries = 100 * nodeEntries;
  return entries <= 0 ? LIMIT_LEAST : Math.min(entries, LIMIT_MOST);
}

/** The words that make another server's stream the same as this one after a trimming with ~. */
export function exactly(argv: readonly Bytes[], stream: Stream, { trimming, thresholdAt }: AddTrimArguments): Bytes[] {
  const words = [...argv];
  if (trimming?.approximate !== true) return words;
  words[thresholdAt - 1] = '=';
  words[thresholdAt] = 'maxLength' in trimming.by ? String(stream.length) : formatId(stream.oldestId ?? MAX_ID);
  return words;
}

/** Trims and tells listeners; returns how many entries went. */
export function trimAndNotify({ db, server, argv }: Ctx, stream: Stream, trimming: Trimming): number {
  const removed = stream.trim(trimming);
  server.work(removed);
  if (removed > 0) server.notify('t', 'xtrim', argv[1] as Bytes, db.id);
  return removed;
}

export const TRIM_ARGS: readonly Arg[] = [
  oneOf('strategy', [token('maxlen', 'MAXLEN'), token('minid', 'MINID', { since: '6.2.0' })]),
  oneOf('operator', [token('equal', '='), token('approximately', '~')], { optional: true }),
  string('threshold'),
  integer('count', { token: 'LIMIT', optional: true, since: '6.2.0' }),
];

export const xtrim = command(
  {
    name: 'XTRIM', group: 'stream', since: '5.0.0', arity: -4,
    summary: 'Cut off the oldest entries of a stream.',
    complexity: 'O(N) where N is the number of entries removed; little for each, because whole nodes go at once',
    flags: ['write'],
    keys: [keyRange(['RW', 'delete'])],
    args: [key('key'), block('trim', TRIM_ARGS)],
    tips: ['nondeterministic_output'],
    history: [['6.2.0', 'MINID and LIMIT may be given.']],
    replies: ['how many entries were removed'],
    examples: ['XADD news 1-1 title a', 'XADD news 2-1 title b', 'XADD news 3-1 title c', 'XTRIM news MAXLEN 2', 'XTRIM news MINID 3', 'XRANGE news - +'],
  },
  function xtrim(ctx) {
    const { db, argv, server } = ctx;
    const options = addTrimArguments(ctx, false);
    const name = argv[1] as Bytes;
    const stream = asStream(db.lookupKeyWrite(name));
    if (stream === undefined || options.trimming === undefined) return 0;
    const removed = trimAndNotify(ctx, stream, options.trimming);
    if (removed > 0) {
      db.signalModified(name);
      server.dirty += removed;
      server.propagateAs(exactly(argv, stream, options));
    }
    return removed;
  },
);
