/*
 * Parts of strings
 * ----------------
 * STRLEN, GETRANGE and SUBSTR look at a string's bytes; APPEND and SETRANGE change it where it lies.
 * Offsets count bytes, not characters; negative ones count from the end. SETRANGE beyond the end fills
 * the gap with zero bytes.
 */
import type { Bytes } from '../../bytes.ts';
import { command, integer, key, keyRange, string, type Ctx, type ServerForCommands } from '../../command.ts';
import { announceEncoding, asString, newString, stringBytes, stringLength, writableBuffer } from '../../keyspace/string-value.ts';
import type { StringObject } from '../../keyspace/object.ts';
import { ByteBuffer } from '../../structures/byte-buffer.ts';
import { CommandError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';

function checkLength(server: ServerForCommands, bytes: number): void {
  if (bytes > server.config.number('proto-max-bulk-len')) throw new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
}

export const strlen = command(
  {
    name: 'STRLEN', group: 'string', since: '2.2.0', arity: 2,
    summary: 'Tell how many bytes a string has.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO'])],
    args: [key('key')],
    replies: ['the length in bytes', '0 when the key does not exist'],
    examples: ['SET word hello', 'STRLEN word', 'STRLEN nothing'],
  },
  function strlen({ db, argv }) {
    const object = asString(db.lookupKeyRead(argv[1] as Bytes));
    return object === undefined ? 0 : stringLength(object);
  },
);

const COUNTED_TWICE = 'INFO keysizes counts a key that it makes once; 8.0.2 twice, and one empty string less.';

export const append = command(
  {
    name: 'APPEND', group: 'string', since: '2.0.0', arity: 3,
    summary: 'Put bytes at the end of a string; a key that is not there begins empty.',
    complexity: 'O(1) on average: room is made ahead, so that a growing string is seldom moved',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: [key('key'), string('value')],
    replies: ['the length afterwards, in bytes'],
    examples: ['APPEND log "one;"', 'APPEND log "two;"', 'GET log'],
    differs: COUNTED_TWICE,
  },
  function append({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const bytes = argv[2] as Bytes;
    const object = asString(db.lookupKeyWrite(name));
    let length: number;
    if (object === undefined) {
      db.add(name, newString(bytes));
      length = bytes.length;
    } else {
      length = stringLength(object) + bytes.length;
      checkLength(server, length);
      const from = object.encoding;
      writableBuffer(object).append(bytes);
      announceEncoding(db, name, from, object);
    }
    db.signalModified(name);
    server.notify('$', 'append', name, db.id);
    server.dirty++;
    return length;
  },
);

/** GETRANGE and SUBSTR: the bytes from start to end, both included. */
function getRange({ db, argv }: Ctx): Reply {
  const [exactStart, exactEnd] = [integerArgument(argv[2] as Bytes), integerArgument(argv[3] as Bytes)];
  const object = asString(db.lookupKeyRead(argv[1] as Bytes));
  if (object === undefined) return '';
  const length = stringLength(object);
  // Both before the beginning and crossed: clamping would make a range of them.
  if (exactStart < 0 && exactEnd < 0 && exactStart > exactEnd) return '';
  const [start, end] = [Number(exactStart), Number(exactEnd)];
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
  if (first > last || length === 0) return '';
  const { value } = object;
  return typeof value === 'object' ? value.getRange(first, last + 1) : stringBytes(object).slice(first, last + 1);
}

export const getrange = command(
  {
    name: 'GETRANGE', group: 'string', since: '2.4.0', arity: 4,
    summary: 'Read the bytes of a string between two offsets, both included.',
    complexity: 'O(N) where N is the length of the part that is read',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('start'), integer('end')],
    replies: ['the bytes', 'an empty string when there are none'],
    examples: ['SET title "A Room of One\'s Own"', 'GETRANGE title 2 5', 'GETRANGE title -3 -1'],
  },
  function getrange(ctx) {
    return getRange(ctx);
  },
);

export const substr = command(
  {
    name: 'SUBSTR', group: 'string', since: '1.0.0', arity: 4,
    summary: 'The first name of GETRANGE.',
    complexity: 'O(N) where N is the length of the part that is read',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('start'), integer('end')],
    deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
    docFlags: ['deprecated'],
    replies: ['the bytes', 'an empty string when there are none'],
    examples: ['SET word hello', 'SUBSTR word 1 3'],
  },
  function substr(ctx) {
    return getRange(ctx);
  },
);

/** Up to this size a new value is made at once, without room to spare; a larger one is never built as text. */
const BUILT_AS_TEXT = 1024 * 1024;

function newBuffer(offset: number, bytes: Bytes): ByteBuffer {
  if (offset <= BUILT_AS_TEXT) return new ByteBuffer('\0'.repeat(offset) + bytes);
  // Made at its length: growing from nothing would keep more room than the real server does.
  const buffer = ByteBuffer.ofLength(offset + bytes.length);
  buffer.setRange(offset, bytes);
  return buffer;
}

export const setrange = command(
  {
    name: 'SETRANGE', group: 'string', since: '2.2.0', arity: 4,
    summary: 'Write over the bytes of a string from an offset on.',
    complexity: 'O(M) where M is the length of the bytes written; more when the string must be moved to grow',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'update'])],
    args: [key('key'), integer('offset'), string('value')],
    replies: ['the length afterwards, in bytes'],
    examples: ['SET greeting "Hello World"', 'SETRANGE greeting 6 Redis', 'GET greeting', 'SETRANGE gap 3 x', 'GET gap'],
    differs: COUNTED_TWICE,
  },
  function setrange({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const bytes = argv[3] as Bytes;
    const offset = Number(integerArgument(argv[2] as Bytes));
    if (offset < 0) throw new CommandError('ERR offset is out of range');
    const object = asString(db.lookupKeyWrite(name));
    if (bytes === '') return object === undefined ? 0 : stringLength(object);
    checkLength(server, offset + bytes.length);
    let buffer: ByteBuffer;
    if (object === undefined) {
      buffer = newBuffer(offset, bytes);
      const made: StringObject = { type: 'string', encoding: 'raw', value: buffer, lru: 0, sizeClass: 0 };
      db.add(name, made);
    } else {
      const from = object.encoding;
      buffer = writableBuffer(object);
      buffer.setRange(offset, bytes);
      announceEncoding(db, name, from, object);
    }
    db.signalModified(name);
    server.notify('$', 'setrange', name, db.id);
    server.dirty++;
    return buffer.length;
  },
);
