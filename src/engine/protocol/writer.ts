/*
 * Replies on the wire
 * -------------------
 * One function turns a Reply into the bytes of RESP2 or RESP3. What RESP2 has no type for falls back
 * as Redis's addReply family does: maps become flat arrays, doubles bulk strings, booleans 1 and 0.
 */
import type { Bytes } from '../bytes.ts';
import type { Reply, TaggedReply } from '../reply.ts';
import { formatDouble } from '../numbers.ts';

export type RespVersion = 2 | 3;

/** Small integers and lengths are written over and over; their texts are made once. */
const SMALL = 1024;
const INTEGERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `:${n}\r\n`);
const BULK_HEADERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `$${n}\r\n`);
const ARRAY_HEADERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `*${n}\r\n`);

/** The bytes of `reply` in the given RESP version. */
export function encodeReply(reply: Reply, resp: RespVersion): Bytes {
  if (typeof reply === 'string') return (reply.length < SMALL ? BULK_HEADERS[reply.length] : `$${reply.length}\r\n`) + reply + '\r\n';
  if (typeof reply === 'number') return reply >= 0 && reply < SMALL ? (INTEGERS[reply] as Bytes) : `:${reply}\r\n`;
  if (reply === null) return resp === 2 ? '$-1\r\n' : '_\r\n';
  if (typeof reply === 'bigint') return `:${reply}\r\n`;
  if (isArray(reply)) return aggregate(reply.length < SMALL ? (ARRAY_HEADERS[reply.length] as Bytes) : `*${reply.length}\r\n`, reply, resp);
  return tagged(reply, resp);
}

function isArray(reply: readonly Reply[] | TaggedReply): reply is readonly Reply[] {
  return Array.isArray(reply);
}

function aggregate(header: Bytes, items: readonly Reply[], resp: RespVersion): Bytes {
  let out = header;
  for (const item of items) {
    // Most are short strings. A piece of up to twelve characters is made flat; a longer one would be a tree that is flattened at the end.
    if (typeof item === 'string' && item.length < SMALL) out += (BULK_HEADERS[item.length] as Bytes) + item + '\r\n';
    else out += encodeReply(item, resp);
  }
  return out;
}

function tagged(reply: TaggedReply, resp: RespVersion): Bytes {
  switch (reply.kind) {
    case 'status':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${oneLine(reply.text)}\r\n`;
    case 'nilArray':
      return resp === 2 ? '*-1\r\n' : '_\r\n';
    case 'map': {
      const count = reply.pairs.length;
      let out: Bytes = resp === 2 ? `*${count * 2}\r\n` : `%${count}\r\n`;
      for (const [key, value] of reply.pairs) out += encodeReply(key, resp) + encodeReply(value, resp);
      return out;
    }
    case 'set':
      return aggregate(`${resp === 2 ? '*' : '~'}${reply.members.length}\r\n`, reply.members, resp);
    case 'double': {
      const text = formatDouble(reply.value);
      return resp === 2 ? encodeReply(text, 2) : `,${text}\r\n`;
    }
    case 'boolean':
      return resp === 2 ? (reply.value ? ':1\r\n' : ':0\r\n') : reply.value ? '#t\r\n' : '#f\r\n';
    case 'verbatim':
      return resp === 2 ? encodeReply(reply.text, 2) : `=${reply.text.length + 4}\r\n${reply.format}:${reply.text}\r\n`;
    case 'bigNumber':
      return resp === 2 ? encodeReply(reply.digits, 2) : `(${reply.digits}\r\n`;
    case 'push':
      return aggregate(`${resp === 2 ? '*' : '>'}${reply.items.length}\r\n`, reply.items, resp);
    case 'attribute': {
      if (resp === 2) return encodeReply(reply.reply, 2);
      let out = `|${reply.pairs.length}\r\n`;
      for (const [key, value] of reply.pairs) out += encodeReply(key, resp) + encodeReply(value, resp);
      return out + encodeReply(reply.reply, resp);
    }
    case 'many':
      return aggregate('', reply.replies, resp);
    case 'none':
      return '';
  }
}

/** An error is one line: line ends at its end are left out, those inside it become blanks. */
function oneLine(text: Bytes): Bytes {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ') : text;
}
