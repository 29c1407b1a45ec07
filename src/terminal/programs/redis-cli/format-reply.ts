/*
 * How redis-cli prints a reply
 * ----------------------------
 * Four shapes. `standard` is for people: quoted strings, types in brackets, numbered elements whose
 * nested lists hang under their number. `raw` is for other programs: the bytes and a delimiter.
 * `csv` and `json` are what they say, json also in a spelling of plain ASCII (`quotedJson`).
 *
 * Every character here was compared with the real program: replies.goldens.json holds its output.
 */
import { type Bytes, quote as quoteBytes } from '../../../engine/index.ts';
import type { ReceivedReply } from '../../../engine/protocol/index.ts';

export type ReplyShape = 'standard' | 'raw' | 'csv' | 'json' | 'quotedJson';

/** The reply has a type that redis-cli 8.0 reads but cannot print; it ends then with this message. */
export class UnprintableReply extends Error {}

/** The number by which redis-cli's message calls a big number. */
const BIG_NUMBER_TYPE = 13;

/** The reply as printed, its closing line end or delimiter included. */
export function formatReply(reply: ReceivedReply, shape: ReplyShape, delimiters = { element: '\n', reply: '\n' }): Bytes {
  switch (shape) {
    case 'standard':
      return standard(reply, '');
    case 'raw':
      return raw(reply, delimiters.element) + delimiters.reply;
    case 'csv':
      return `${csv(reply)}\n`;
    case 'json':
    case 'quotedJson':
      return `${json(reply, shape === 'json' ? jsonString : quotedJsonString)}\n`;
  }
}

/** Always ends in a newline. `indent` is what the second and later lines of this reply begin with. */
function standard(reply: ReceivedReply, indent: Bytes): Bytes {
  switch (reply.type) {
    case 'status':
      return `${reply.text}\n`;
    case 'error':
      return `(error) ${reply.text}\n`;
    case 'integer':
      return `(integer) ${reply.value}\n`;
    case 'bulk':
      return `${quoteBytes(reply.text)}\n`;
    case 'nil':
      return '(nil)\n';
    case 'double':
      return `(double) ${reply.text}\n`;
    case 'boolean':
      return reply.value ? '(true)\n' : '(false)\n';
    case 'verbatim':
      return `${reply.text}\n`;
    case 'array':
      return reply.items.length === 0 ? '(empty array)\n' : numbered(reply.items, ')', indent);
    case 'set':
      return reply.items.length === 0 ? '(empty set)\n' : numbered(reply.items, '~', indent);
    case 'push':
      return reply.items.length === 0 ? '(empty push)\n' : numbered(reply.items, ')', indent);
    case 'map':
      return reply.pairs.length === 0 ? '(empty hash)\n' : numberedPairs(reply.pairs, indent);
    case 'bigNumber':
    case 'attribute':
      throw unprintable();
  }
}

function numbered(items: readonly ReceivedReply[], mark: string, indent: Bytes): Bytes {
  const width = String(items.length).length;
  const inner = indent + ' '.repeat(width + 2);
  let out = '';
  items.forEach((item, i) => {
    out += `${i === 0 ? '' : indent}${String(i + 1).padStart(width)}${mark} ${standard(item, inner)}`;
  });
  return out;
}

function numberedPairs(pairs: readonly (readonly [ReceivedReply, ReceivedReply])[], indent: Bytes): Bytes {
  const width = String(pairs.length).length;
  const inner = indent + ' '.repeat(width + 2);
  let out = '';
  pairs.forEach(([key, value], i) => {
    const line = standard(key, inner);
    out += `${i === 0 ? '' : indent}${String(i + 1).padStart(width)}# ${line.slice(0, -1)} => `;
    // A list does not begin beside its key: its first line would not stand under the others.
    if (isFilledAggregate(value)) out += `\n${inner}`;
    out += standard(value, inner);
  });
  return out;
}

function isFilledAggregate(reply: ReceivedReply): boolean {
  if (reply.type === 'map') return reply.pairs.length > 0;
  return (reply.type === 'array' || reply.type === 'set' || reply.type === 'push') && reply.items.length > 0;
}

function raw(reply: ReceivedReply, delimiter: Bytes): Bytes {
  switch (reply.type) {
    case 'nil':
      return '';
    case 'error':
      return `${reply.text}\n`;
    case 'boolean':
      return reply.value ? '(true)' : '(false)';
    case 'array':
    case 'set':
    case 'push':
      return reply.items.map((item) => raw(item, delimiter)).join(delimiter);
    case 'map':
      return reply.pairs.map(([key, value]) => `${raw(key, delimiter)} ${raw(value, delimiter)}`).join(delimiter);
    default:
      return scalarText(reply);
  }
}

function csv(reply: ReceivedReply): Bytes {
  switch (reply.type) {
    case 'error':
      return `ERROR,${quoteBytes(reply.text)}`;
    case 'status':
    case 'bulk':
    case 'verbatim':
      return quoteBytes(reply.text);
    case 'nil':
      return 'NULL';
    case 'boolean':
      return String(reply.value);
    case 'array':
    case 'set':
    case 'push':
      return reply.items.map(csv).join(',');
    case 'map':
      return reply.pairs.map(([key, value]) => `${csv(key)},${csv(value)}`).join(',');
    default:
      return scalarText(reply);
  }
}

function json(reply: ReceivedReply, quote: (bytes: Bytes) => Bytes): Bytes {
  switch (reply.type) {
    case 'error':
      return `error:${quote(reply.text)}`;
    case 'status':
    case 'bulk':
    case 'verbatim':
      return quote(reply.text);
    case 'nil':
      return 'null';
    case 'boolean':
      return String(reply.value);
    case 'array':
    case 'set':
    case 'push':
      return `[${reply.items.map((item) => json(item, quote)).join(',')}]`;
    case 'map':
      return `{${reply.pairs.map(([key, value]) => `${jsonKey(key, quote)}:${json(value, quote)}`).join(',')}}`;
    default:
      return scalarText(reply);
  }
}

/** JSON's keys are strings; whatever else stands there is put in quotes as it is. */
function jsonKey(key: ReceivedReply, quote: (bytes: Bytes) => Bytes): Bytes {
  const text = json(key, quote);
  return key.type === 'status' || key.type === 'bulk' || key.type === 'verbatim' || key.type === 'error' ? text : `"${text}"`;
}

const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b',
};

function jsonString(bytes: Bytes): Bytes {
  let out = '"';
  for (let i = 0; i < bytes.length; i++) {
    const character = bytes.charAt(i);
    const code = bytes.charCodeAt(i);
    out += JSON_ESCAPES[character] ?? (code < 32 ? `\\u${code.toString(16).padStart(4, '0')}` : character);
  }
  return `${out}"`;
}

/** The quoted spelling inside JSON: its backslashes are doubled, and a quote inside keeps a single one more. */
function quotedJsonString(bytes: Bytes): Bytes {
  return `"${quoteBytes(bytes).slice(1, -1).replaceAll('\\', '\\\\')}"`;
}

/** What is left: types that are printed as they were sent. */
function scalarText(reply: ReceivedReply): Bytes {
  switch (reply.type) {
    case 'status':
    case 'bulk':
    case 'verbatim':
    case 'double':
      return reply.text;
    case 'integer':
      return String(reply.value);
    default:
      throw unprintable();
  }
}

function unprintable(): UnprintableReply {
  return new UnprintableReply(`Unknown reply type: ${BIG_NUMBER_TYPE}`);
}
