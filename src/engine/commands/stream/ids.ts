/*
 * Ids, entries and groups as stream commands read and answer them
 */
import type { Bytes } from '../../bytes.ts';
import { cText, equalsFolded } from '../../bytes.ts';
import type { ConsumerGroup } from '../../keyspace/stream-groups.ts';
import { formatId, MAX_ID, MIN_ID, nextId, parseId, previousId, type IdForm, type StreamId } from '../../keyspace/stream-id.ts';
import { asStream, type Stream, type StreamEntry } from '../../keyspace/stream-value.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { CommandError, type Reply } from '../../reply.ts';

export const INVALID_ID = 'ERR Invalid stream ID specified as stream command argument';

/** The id that a word spells; an error otherwise. `-` and `+` are none unless `form` says so. */
export function idArgument(word: Bytes, form: IdForm = {}): StreamId {
  const parsed = parseId(word, form);
  if (parsed === undefined) throw new CommandError(INVALID_ID);
  return parsed.id;
}

/** The end of a range: an id, `-` or `+`, or `(` and an id that is not included itself. */
export function intervalEnd(word: Bytes, which: 'start' | 'end'): StreamId {
  const missingSeq = which === 'start' ? 'lowest' : 'highest';
  if (word.length < 2 || !word.startsWith('(')) return idArgument(word, { ends: true, missingSeq });
  const excluded = idArgument(word.slice(1), { missingSeq });
  const id = which === 'start' ? nextId(excluded) : previousId(excluded);
  if (id === undefined) throw new CommandError(`ERR invalid ${which} ID for the interval`);
  return id;
}

/** `$` is the last id that the stream has given; anything else an id. */
export function idOrLast(word: Bytes, stream: Stream | undefined, form: IdForm = {}): StreamId {
  if (cText(word) === '$') return stream?.lastId ?? MIN_ID;
  return idArgument(word, form);
}

export const entryReply = ({ id, pairs }: StreamEntry): Reply => [formatId(id), pairs];

/** Entries of a range, at most `count` (0: all). */
export function rangeReply(stream: Stream, start: StreamId, end: StreamId, count: number, backwards = false): Reply[] {
  const entries: Reply[] = [];
  for (const entry of stream.range(start, end, backwards)) {
    entries.push(entryReply(entry));
    if (entries.length === count) break;
  }
  return entries;
}

/** The first or last entry, nil when there is none. */
export function edgeReply(stream: Stream, backwards: boolean): Reply {
  return rangeReply(stream, MIN_ID, MAX_ID, 1, backwards)[0] ?? null;
}

export interface StreamGroup {
  readonly stream: Stream;
  readonly group: ConsumerGroup;
}

/** The stream of a key and its group; an error when either is missing. */
export function groupArgument(object: RedisObject | undefined, key: Bytes, name: Bytes): StreamGroup {
  const stream = asStream(object);
  const group = stream?.groups.get(name);
  if (stream === undefined || group === undefined) throw new CommandError(`NOGROUP No such key '${cText(key)}' or consumer group '${cText(name)}'`);
  return { stream, group };
}

export const isOption = (word: Bytes, name: Bytes): boolean => equalsFolded(word, name);
