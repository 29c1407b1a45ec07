/*
 * Single bits, and how many there are: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP
 */
import type { Bytes } from '../../bytes.ts';
import { equalsFolded, fold } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, token } from '../../command.ts';
import { asString } from '../../keyspace/string-value.ts';
import { CommandError, syntaxError, type Reply } from '../../reply.ts';
import { ByteBuffer } from '../../structures/byte-buffer.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { bitOffset, readableBits, writableBits } from './string-bits.ts';

export const setbit = command(
  {
    name: 'SETBIT', group: 'bitmap', since: '2.2.0', arity: 4,
    summary: 'Set or clear one bit of a string.',
    complexity: 'O(1)',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'access', 'update'])],
    args: [key('key'), integer('offset'), integer('value')],
    replies: ['the bit before'],
    examples: ['SETBIT seen 7 1', 'SETBIT seen 7 0', 'STRLEN seen'],
    differs: 'INFO keysizes counts a string by its length now; 8.0.2 by the one it had before bits made it longer.',
  },
  function setbit(ctx) {
    const { argv, db, server } = ctx;
    const name = argv[1] as Bytes;
    const complaint = 'ERR bit is not an integer or out of range';
    const offset = bitOffset(argv[2] as Bytes, server);
    const bit = Number(integerArgument(argv[3] as Bytes, complaint));
    if (bit !== 0 && bit !== 1) throw new CommandError(complaint);
    const { buffer, grown } = writableBits(ctx, name, offset);
    const index = Math.floor(offset / 8);
    const mask = 0x80 >> (offset % 8);
    const byte = buffer.at(index);
    const before = (byte & mask) === 0 ? 0 : 1;
    if (grown || before !== bit) {
      buffer.setByte(index, bit === 1 ? byte | mask : byte & ~mask);
      db.signalModified(name);
      server.notify('$', 'setbit', name, db.id);
      server.dirty++;
    }
    return before;
  },
);

export const getbit = command(
  {
    name: 'GETBIT', group: 'bitmap', since: '2.2.0', arity: 3,
    summary: 'Read one bit of a string.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), integer('offset')],
    replies: ['the bit; 0 past the end'],
    examples: ['SETBIT seen 7 1', 'GETBIT seen 7', 'GETBIT seen 100'],
  },
  function getbit({ argv, db, server }) {
    const offset = bitOffset(argv[2] as Bytes, server);
    const bits = readableBits(asString(db.lookupKeyRead(argv[1] as Bytes)));
    return (bits.at(Math.floor(offset / 8)) >> (7 - (offset % 8))) & 1;
  },
);

/** How many bits of each byte are set. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});

/** Bytes of a bitmap that are as much work as one element elsewhere: a word at a time, and nothing to follow. */
const BYTES_PER_ELEMENT = 512;

const byteOrBit = oneOf('unit', [token('byte', 'BYTE'), token('bit', 'BIT')], { optional: true, since: '7.0.0' });

/** Whether a range is counted in bits. */
function inBits(unit: Bytes | undefined): boolean {
  if (unit === undefined || equalsFolded(unit, 'byte')) return false;
  if (!equalsFolded(unit, 'bit')) syntaxError();
  return true;
}

/** A range of bits within a string, both ends included; undefined when it is empty. */
function bitRange(start: number, end: number, bytes: number, isBits: boolean): { readonly first: number; readonly last: number } | undefined {
  const total = isBits ? bytes * 8 : bytes;
  const from = Math.max(0, start < 0 ? total + start : start);
  const to = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
  if (from > to || total === 0) return undefined;
  return isBits ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}

export const bitcount = command(
  {
    name: 'BITCOUNT', group: 'bitmap', since: '2.6.0', arity: -2,
    summary: 'Count the bits of a string that are set, all of it or a range of bytes or bits.',
    complexity: 'O(N) where N is the length of the string',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), block('range', [integer('start'), integer('end'), byteOrBit], { optional: true })],
    history: [['7.0.0', 'BYTE and BIT came.']],
    replies: ['the number of bits'],
    examples: ['SET word foobar', 'BITCOUNT word', 'BITCOUNT word 1 1', 'BITCOUNT word 5 30 BIT'],
  },
  function bitcount({ argv, db, server }) {
    if (argv.length === 3 || argv.length > 5) syntaxError();
    const hasRange = argv.length > 2;
    const start = hasRange ? Number(integerArgument(argv[2] as Bytes)) : 0;
    const end = hasRange ? Number(integerArgument(argv[3] as Bytes)) : -1;
    const isBits = inBits(argv[4]);
    const bits = readableBits(asString(db.lookupKeyRead(argv[1] as Bytes)));
    if (hasRange && start < 0 && end < 0 && start > end) return 0;
    const range = bitRange(start, end, bits.length, isBits);
    if (range === undefined) return 0;
    const { first, last } = range;
    const [firstByte, lastByte] = [Math.floor(first / 8), Math.floor(last / 8)];
    server.work((lastByte - firstByte) / BYTES_PER_ELEMENT);
    let ones = 0;
    for (let i = firstByte; i <= lastByte; i++) {
      let byte = bits.at(i);
      if (i === firstByte) byte &= 0xff >> (first % 8);
      if (i === lastByte) byte &= 0xff << (7 - (last % 8));
      ones += ONES[byte & 0xff] ?? 0;
    }
    return ones;
  },
);

export const bitpos = command(
  {
    name: 'BITPOS', group: 'bitmap', since: '2.8.7', arity: -3,
    summary: 'Tell where in a string the first bit is that is set, or clear.',
    complexity: 'O(N) where N is the length of the string',
    flags: ['readonly'],
    keys: [keyRange(['RO', 'access'])],
    args: [
      key('key'), integer('bit'),
      block('range', [integer('start'), block('end-unit-block', [integer('end'), byteOrBit], { optional: true })], { optional: true }),
    ],
    history: [['7.0.0', 'BYTE and BIT came.']],
    replies: ['the offset of the bit', '-1 when there is none; behind a string without an end given, clear bits go on'],
    examples: ['SETBIT seen 9 1', 'BITPOS seen 1', 'BITPOS seen 0', 'BITPOS seen 1 1'],
  },
  function bitpos({ argv, db, server }) {
    const wanted = Number(integerArgument(argv[2] as Bytes));
    if (wanted !== 0 && wanted !== 1) throw new CommandError('ERR The bit argument must be 1 or 0.');
    if (argv.length > 6) syntaxError();
    const endGiven = argv.length > 4;
    const start = argv.length > 3 ? Number(integerArgument(argv[3] as Bytes)) : 0;
    const isBits = inBits(argv[5]);
    const end = endGiven ? Number(integerArgument(argv[4] as Bytes)) : -1;
    const object = asString(db.lookupKeyRead(argv[1] as Bytes));
    if (object === undefined) return wanted === 1 ? -1 : 0;
    const bits = readableBits(object);
    const range = bitRange(start, end, bits.length, isBits);
    if (range === undefined) return -1;
    const without = wanted === 1 ? 0 : 0xff;
    for (let at = range.first; at <= range.last; ) {
      const byte = bits.at(Math.floor(at / 8));
      if (at % 8 === 0 && byte === without) {
        at += 8;
        continue;
      }
      if (((byte >> (7 - (at % 8))) & 1) === wanted) {
        server.work((at - range.first) / 8 / BYTES_PER_ELEMENT);
        return at;
      }
      at++;
    }
    server.work((range.last - range.first) / 8 / BYTES_PER_ELEMENT);
    // Without an end, the zeros behind the string count.
    return wanted === 0 && !endGiven ? bits.length * 8 : -1;
  },
);

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = { and: (a, b) => a & b, or: (a, b) => a | b, xor: (a, b) => a ^ b };

export const bitop = command(
  {
    name: 'BITOP', group: 'bitmap', since: '2.6.0', arity: -4,
    summary: 'Store the bits of several strings combined by AND, OR or XOR, or of one turned by NOT.',
    complexity: 'O(N) where N is the length of the strings',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['OW', 'update'], 2), keyRange(['RO', 'access'], 3, -1)],
    args: [
      oneOf('operation', [token('and', 'AND'), token('or', 'OR'), token('xor', 'XOR'), token('not', 'NOT')]),
      key('destkey'), key('key', { multiple: true, keySpecIndex: 1 }),
    ],
    replies: ['the length of the result, which is that of the longest string'],
    examples: ['SET a abc', 'SET b abd', 'BITOP XOR c a b', 'BITCOUNT c'],
  },
  function bitop({ argv, db, server }): Reply {
    const word = fold(argv[1] as Bytes);
    const operation = Object.hasOwn(OPERATIONS, word) ? OPERATIONS[word] : undefined;
    if (operation === undefined && word !== 'not') syntaxError();
    if (operation === undefined && argv.length !== 4) throw new CommandError('ERR BITOP NOT must be called with a single source key.');
    const destination = argv[2] as Bytes;
    const sources = argv.slice(3).map((name) => readableBits(asString(db.lookupKeyRead(name))));
    const [first, ...others] = sources;
    const length = sources.reduce((most, each) => Math.max(most, each.length), 0);
    server.work((length * sources.length) / BYTES_PER_ELEMENT);
    if (length === 0 || first === undefined) {
      if (db.remove(destination)) {
        db.signalModified(destination);
        server.notify('g', 'del', destination, db.id);
        server.dirty++;
      }
      return 0;
    }
    const result = ByteBuffer.ofLength(length);
    for (let i = 0; i < length; i++) {
      let byte = first.at(i);
      if (operation === undefined) byte ^= 0xff;
      else for (const other of others) byte = operation(byte, other.at(i));
      result.setByte(i, byte);
    }
    db.setKey(destination, { type: 'string', encoding: 'raw', value: result, lru: 0, sizeClass: 0 });
    server.notify('$', 'set', destination, db.id);
    server.dirty++;
    return length;
  },
);
