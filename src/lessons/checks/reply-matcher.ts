/*
 * Does a reply fit what the author asked for?
 * -------------------------------------------
 * Authors write values as redis-cli shows them and need not know whether a number came as an integer or as a
 * string, or a list as an array or a set: 4 fits `(integer) 4` and `"4"`. An error fits nothing but
 * {error: …}.
 */
import { isTagged, parseDouble, type Bytes, type Reply } from '../../engine/index.ts';
import type { ReplyMatcher, ReplyValue } from '../model.ts';
import { code, readable, replyText } from './reply-text.ts';

export function matchesReply(reply: Reply, matcher: ReplyMatcher): boolean {
  if (reply !== null && isTagged(reply) && reply.kind === 'error') return matcher.kind === 'error' && reply.text.startsWith(matcher.prefix);
  switch (matcher.kind) {
    case 'error':
      return false;
    case 'exact':
      return equals(reply, matcher.value);
    case 'regex':
      return new RegExp(matcher.source, matcher.flags).test(wholeText(reply));
    case 'between': {
      const value = asNumber(reply);
      return value !== undefined && value >= matcher.min && value <= matcher.max;
    }
    case 'set':
      return sameMembers(asList(reply), matcher.members);
    case 'contains': {
      const text = asBytes(reply);
      if (text !== undefined) return text.includes(matcher.value);
      return (asList(reply) ?? []).some((member) => asBytes(member) === matcher.value);
    }
  }
}

function equals(reply: Reply, value: ReplyValue): boolean {
  if (value === null) return reply === null || (isTagged(reply) && reply.kind === 'nilArray');
  if (Array.isArray(value)) {
    const list = asList(reply);
    return list !== undefined && list.length === value.length && list.every((member, index) => equals(member, value[index] ?? null));
  }
  return asBytes(reply) === String(value);
}

/** A multiset comparison; each member is used once. */
function sameMembers(list: readonly Reply[] | undefined, members: readonly ReplyValue[]): boolean {
  if (list === undefined || list.length !== members.length) return false;
  const left = [...members];
  return list.every((member) => {
    const at = left.findIndex((value) => equals(member, value));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}

/** The one value of a reply as bytes; undefined for nil, lists and errors. */
export function asBytes(reply: Reply): Bytes | undefined {
  if (reply === null) return undefined;
  if (typeof reply === 'string') return reply;
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (!isTagged(reply)) return undefined;
  switch (reply.kind) {
    case 'status': return reply.text;
    case 'verbatim': return reply.text;
    case 'bigNumber': return reply.digits;
    case 'double': return String(reply.value);
    case 'boolean': return reply.value ? '1' : '0';
    case 'attribute': return asBytes(reply.reply);
    default: return undefined;
  }
}

/** The members of a list-like reply, maps flattened; undefined for everything else. */
export function asList(reply: Reply): readonly Reply[] | undefined {
  if (reply === null || typeof reply !== 'object') return undefined;
  if (!isTagged(reply)) return reply;
  switch (reply.kind) {
    case 'map': return reply.pairs.flat();
    case 'set': return reply.members;
    case 'push': return reply.items;
    case 'attribute': return asList(reply.reply);
    default: return undefined;
  }
}

function asNumber(reply: Reply): number | undefined {
  const bytes = asBytes(reply);
  return bytes === undefined ? undefined : parseDouble(bytes);
}

/** What regular expressions are tried on: values as text, the members of a list on lines of their own. */
function wholeText(reply: Reply): string {
  const list = asList(reply);
  return list === undefined ? readableOrNil(reply) : list.map(wholeText).join('\n');
}

function readableOrNil(reply: Reply): string {
  const bytes = asBytes(reply);
  // Lines of a text (INFO) stay lines; `readable` would escape them.
  return bytes === undefined ? '(nil)' : bytes.split(/\r?\n/).map(readable).join('\n');
}

/** What is expected, in words. */
export function matcherText(matcher: ReplyMatcher): string {
  switch (matcher.kind) {
    case 'exact': return code(valueText(matcher.value));
    case 'regex': return `something that matches ${code(`/${matcher.source}/${matcher.flags}`)}`;
    case 'between': return matcher.min === matcher.max ? code(String(matcher.min)) : `a number from ${matcher.min} to ${matcher.max}`;
    case 'set': return `${matcher.members.map((member) => code(valueText(member))).join(', ')}, in any order`;
    case 'contains': return `something that contains ${code(readable(matcher.value))}`;
    case 'error': return `an error that begins with ${code(readable(matcher.prefix))}`;
  }
}

function valueText(value: ReplyValue): string {
  if (Array.isArray(value)) return replyText(value as Reply);
  return typeof value === 'number' ? String(value) : replyText(value);
}
