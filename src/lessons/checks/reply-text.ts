/*
 * Replies in a learner's sentence
 * -------------------------------
 * Messages of checks name values on one line, in code marks: `"ada"`, `(integer) 4`, `1) "a" 2) "b"`.
 * Long ones are cut; the terminal shows them whole.
 */
import { fromUtf8, isTagged, quote, type Bytes, type Reply } from '../../engine/index.ts';

const MAX_CHARACTERS = 160;

/** A reply as redis-cli would show it, on one line. */
export function replyText(reply: Reply): string {
  const text = full(reply);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}

function full(reply: Reply): string {
  if (reply === null) return '(nil)';
  if (typeof reply === 'number' || typeof reply === 'bigint') return `(integer) ${reply}`;
  if (typeof reply === 'string') return quoted(reply);
  if (!isTagged(reply)) return list(reply);
  switch (reply.kind) {
    case 'status': return readable(reply.text);
    case 'error': return `(error) ${readable(reply.text)}`;
    case 'nilArray': return '(nil)';
    case 'map': return list(reply.pairs.flat());
    case 'set': return list(reply.members);
    case 'push': return list(reply.items);
    case 'many': return reply.replies.map(full).join(' ');
    case 'double': return quoted(String(reply.value));
    case 'boolean': return `(integer) ${reply.value ? 1 : 0}`;
    case 'verbatim': return quoted(reply.text);
    case 'bigNumber': return quoted(reply.digits);
    case 'attribute':
    case 'spoken': return full(reply.reply);
    case 'none': return 'no reply';
  }
}

function list(items: readonly Reply[]): string {
  return items.length === 0 ? '(empty array)' : items.map((item, index) => `${index + 1}) ${full(item)}`).join(' ');
}

/** In quotation marks; text stays text, other bytes are escaped as redis-cli does. */
function quoted(bytes: Bytes): string {
  const text = fromUtf8(bytes);
  return isReadable(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : quote(bytes);
}

/** Bytes as text where they are text, else escaped. */
export function readable(bytes: Bytes): string {
  const text = fromUtf8(bytes);
  return isReadable(text) ? text : quote(bytes).slice(1, -1);
}

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const isReadable = (text: string): boolean => !/[\u0000-\u001f\u007f-\u009f\ufffd]/.test(text);

/** The bare value, for templates: a string without quotes, an integer's digits. */
export function bareText(reply: Reply): string {
  if (typeof reply === 'string') return clip(readable(reply));
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (reply !== null && isTagged(reply) && (reply.kind === 'status' || reply.kind === 'error' || reply.kind === 'verbatim')) return clip(readable(reply.text));
  return replyText(reply);
}

function clip(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}

/** In code marks; a backtick inside would end them, so it becomes an apostrophe. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
