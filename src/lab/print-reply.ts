/*
 * A reply as one short text
 * -------------------------
 * For rows of the command log: what redis-cli would print, on one line and cut to a length. The terminal
 * itself prints what came over the wire; this here starts from the engine's own reply value.
 */
import { isTagged } from '../engine/index.ts';
import type { Bytes, Reply, TaggedReply } from '../engine/index.ts';

/** The first `limit` characters of the reply in redis-cli's words: `OK`, `(integer) 1`, `"text"`, `(nil)`, `1) "a" 2) "b"`. */
export function printReply(reply: Reply, limit = 200): string {
  const text = print(reply, limit);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function print(reply: Reply, limit: number): string {
  if (reply === null) return '(nil)';
  if (typeof reply === 'number' || typeof reply === 'bigint') return `(integer) ${reply}`;
  if (typeof reply === 'string') return quoted(reply, limit);
  if (!isTagged(reply)) return list(reply, '(empty array)', ')', limit);
  return printTagged(reply, limit);
}

function printTagged(reply: TaggedReply, limit: number): string {
  switch (reply.kind) {
    case 'status':
      return reply.text;
    case 'error':
      return `(error) ${reply.text}`;
    case 'nilArray':
      return '(nil)';
    case 'map':
      return pairs(reply.pairs, limit);
    case 'set':
      return list(reply.members, '(empty set)', '~', limit);
    case 'push':
      return list(reply.items, '(empty push)', '>', limit);
    case 'double':
      return `(double) ${reply.value === Infinity ? 'inf' : reply.value === -Infinity ? '-inf' : String(reply.value)}`;
    case 'boolean':
      return reply.value ? '(true)' : '(false)';
    case 'verbatim':
      return reply.text.slice(0, limit).replaceAll('\r', '').replaceAll('\n', ' ');
    case 'bigNumber':
      return `(big number) ${reply.digits}`;
    case 'spoken':
    case 'attribute':
      return print(reply.reply, limit);
    case 'many':
      return join(reply.replies.map((each) => () => print(each, limit)), limit);
    case 'none':
      return '';
  }
}

function list(items: readonly Reply[], empty: string, mark: string, limit: number): string {
  if (items.length === 0) return empty;
  return join(items.map((item, index) => () => `${index + 1}${mark} ${print(item, limit)}`), limit);
}

function pairs(items: readonly (readonly [Reply, Reply])[], limit: number): string {
  if (items.length === 0) return '(empty hash)';
  return join(items.map(([name, value], index) => () => `${index + 1}# ${print(name, limit)} => ${print(value, limit)}`), limit);
}

/** Joins as many parts as the limit needs, so that a reply of a million elements costs no more than a short one. */
function join(parts: readonly (() => string)[], limit: number): string {
  let text = '';
  for (const part of parts) {
    if (text.length > limit) break;
    text += (text === '' ? '' : ' ') + part();
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };

function quoted(bytes: Bytes, limit: number): string {
  let text = '"';
  for (let i = 0; i < bytes.length && text.length <= limit; i++) {
    const character = bytes.charAt(i);
    const code = bytes.charCodeAt(i);
    text += ESCAPES[character] ?? (code < 32 || code > 126 ? `\\x${code.toString(16).padStart(2, '0')}` : character);
  }
  return `${text}"`;
}
