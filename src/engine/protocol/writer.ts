/*
 * Replies on the wire
 * -------------------
 * One function turns a Reply into the bytes of RESP2 or RESP3. What RESP2 has no type for falls back
 * as Redis's addReply family does: maps become flat arrays, doubles bulk strings, booleans 1 and 0.
 */
import type { Bytes } from '../bytes.ts';
import { isTagged, oneLine, type Reply, type TaggedReply } from '../reply.ts';
import { formatDouble } from '../numbers.ts';

export type RespVersion = 2 | 3;

/** Small integers and lengths are written over and over; their texts are made once. */
const SMALL = 1024;
const INTEGERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `:${n}\r\n`);
const BULK_HEADERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `$${n}\r\n`);
/** A bulk string's header behind another one. */
const NEXT_HEADERS: readonly Bytes[] = BULK_HEADERS.map((header) => `\r\n${header}`);
const ARRAY_HEADERS: readonly Bytes[] = Array.from({ length: SMALL }, (_, n) => `*${n}\r\n`);

/** From here on a reply is made one piece at once (bytes). */
const LONG = 256;
/** So much of an endless reply is gathered before it is made one piece: what was gathered for it is forgotten while it is young (bytes). */
const PIECE = 4096;

/** The bytes of `reply` in the given RESP version. */
export function encodeReply(reply: Reply, resp: RespVersion): Bytes {
  if (typeof reply === 'string') return (reply.length < SMALL ? BULK_HEADERS[reply.length] : `$${reply.length}\r\n`) + reply + '\r\n';
  if (typeof reply === 'number') return reply >= 0 && reply < SMALL ? (INTEGERS[reply] as Bytes) : `:${reply}\r\n`;
  if (reply === null) return resp === 2 ? '$-1\r\n' : '_\r\n';
  if (typeof reply === 'bigint') return `:${reply}\r\n`;
  if (isArray(reply)) return aggregate(arrayHeader(reply.length), reply, resp);
  return tagged(reply, resp);
}

const arrayHeader = (length: number): Bytes => (length < SMALL ? (ARRAY_HEADERS[length] as Bytes) : `*${length}\r\n`);

function isArray(reply: readonly Reply[] | TaggedReply): reply is readonly Reply[] {
  return Array.isArray(reply);
}

/** What stands in a container that may hold others of its kind. */
function partsOf(reply: readonly Reply[] | TaggedReply): readonly Reply[] | undefined {
  if (isArray(reply)) return reply;
  return reply.kind === 'map' ? reply.pairs.flat() : reply.kind === 'set' ? reply.members : undefined;
}

function headerOf(reply: Reply, parts: number, resp: RespVersion): Bytes {
  if (resp === 2 || !isTagged(reply)) return arrayHeader(parts);
  return reply.kind === 'map' ? `%${parts / 2}\r\n` : `~${parts}\r\n`;
}

/**
 * A string that has grown by many small additions is a tree of its pieces until somebody reads it, ten times its own size in
 * objects. Thousands of such replies may wait for the end of a turn; so a long one is read, which writing would do later anyway.
 */
function inOnePiece(reply: Bytes): Bytes {
  if (reply.length > LONG) reply.charCodeAt(0);
  return reply;
}

/**
 * A header and its items. Containers in containers are not walked by recursion: a script may return some that are nested
 * deeper than the stack is.
 */
function aggregate(header: Bytes, items: readonly Reply[], resp: RespVersion): Bytes {
  let done = '';
  let out = header;
  let inside = items;
  let at = 0;
  let around: { readonly items: readonly Reply[]; readonly at: number }[] | undefined;
  /** The line of the last string is not ended yet: the next string's header does it, which saves a string in between. */
  let isOpen = false;
  for (;;) {
    if (at === inside.length) {
      const back = around?.pop();
      if (back === undefined) return inOnePiece(done + (isOpen ? out + '\r\n' : out));
      ({ items: inside, at } = back);
      continue;
    }
    if (out.length > PIECE) {
      done += inOnePiece(out);
      out = '';
    }
    const item = inside[at++] as Reply;
    // Most are short strings. A piece of up to twelve characters is made flat; a longer one would be a tree that is flattened at the end.
    if (typeof item === 'string' && item.length < SMALL) {
      out += ((isOpen ? NEXT_HEADERS : BULK_HEADERS)[item.length] as Bytes) + item;
      isOpen = true;
      continue;
    }
    if (isOpen) {
      out += '\r\n';
      isOpen = false;
    }
    const parts = typeof item === 'object' && item !== null ? partsOf(item) : undefined;
    if (parts === undefined) out += encodeReply(item, resp);
    else {
      out += headerOf(item, parts.length, resp);
      (around ??= []).push({ items: inside, at });
      inside = parts;
      at = 0;
    }
  }
}

function tagged(reply: TaggedReply, resp: RespVersion): Bytes {
  switch (reply.kind) {
    case 'status':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${oneLine(reply.text)}\r\n`;
    case 'nilArray':
      return resp === 2 ? '*-1\r\n' : '_\r\n';
    case 'map':
    case 'set':
      return aggregate('', [reply], resp);
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
    case 'spoken':
      return encodeReply(reply.reply, reply.resp);
    case 'none':
      return '';
  }
}
