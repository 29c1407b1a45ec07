/*
 * BITFIELD: numbers of any width in a string
 * ------------------------------------------
 * `i5` is a signed number of five bits, `u12` an unsigned one of twelve; an offset counts bits, `#3` the
 * fourth number of this width. What does not fit wraps around, sticks at the border (OVERFLOW SAT) or
 * is refused (OVERFLOW FAIL, nil). Everything is checked before the first number is written.
 */
import type { Bytes } from '../../bytes.ts';
import { cText, fold, narrow, parseInteger } from '../../bytes.ts';
import { block, command, integer, key, keyRange, oneOf, string, token, type Ctx } from '../../command.ts';
import { asString } from '../../keyspace/string-value.ts';
import type { ByteBuffer } from '../../structures/byte-buffer.ts';
import { CommandError, syntaxError, type Reply } from '../../reply.ts';
import { integerArgument } from '../expiry-arguments.ts';
import { bitOffset, readableBits, writableBits, type ReadableBits } from './string-bits.ts';

interface Field {
  readonly signed: boolean;
  readonly bits: number;
}

type Overflow = 'wrap' | 'sat' | 'fail';

interface Operation {
  readonly what: 'get' | 'set' | 'incrby';
  readonly field: Field;
  readonly offset: number;
  readonly operand: bigint;
  readonly overflow: Overflow;
}

function fieldArgument(text: Bytes): Field {
  const kind = text.charAt(0);
  const bits = Number(parseInteger(cText(text.slice(1))) ?? 0);
  const signed = kind === 'i';
  if ((!signed && kind !== 'u') || bits < 1 || bits > (signed ? 64 : 63)) {
    throw new CommandError('ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.');
  }
  return { signed, bits };
}

function overflowArgument(text: Bytes): Overflow {
  const how = fold(text);
  if (how !== 'wrap' && how !== 'sat' && how !== 'fail') throw new CommandError('ERR Invalid OVERFLOW type specified');
  return how;
}

function parseOperations({ argv, server }: Ctx, onlyReads: boolean): Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < argv.length; ) {
    const what = fold(argv[i] as Bytes);
    const left = argv.length - i - 1;
    if (what === 'overflow' && left >= 1) {
      overflow = overflowArgument(argv[i + 1] as Bytes);
      i += 2;
      continue;
    }
    if (!((what === 'get' && left >= 2) || ((what === 'set' || what === 'incrby') && left >= 3))) syntaxError();
    const field = fieldArgument(argv[i + 1] as Bytes);
    const offset = bitOffset(argv[i + 2] as Bytes, server, field.bits);
    const operand = what === 'get' ? 0n : BigInt(integerArgument(argv[i + 3] as Bytes));
    operations.push({ what, field, offset, operand, overflow });
    i += what === 'get' ? 3 : 4;
  }
  if (onlyReads && operations.some(({ what }) => what !== 'get')) throw new CommandError('ERR BITFIELD_RO only supports the GET subcommand');
  return operations;
}

function readField(bytes: ReadableBits, { signed, bits }: Field, offset: number): bigint {
  const [firstByte, lastByte] = [Math.floor(offset / 8), Math.floor((offset + bits - 1) / 8)];
  let value = 0n;
  for (let i = firstByte; i <= lastByte; i++) value = (value << 8n) | BigInt(bytes.at(i));
  value >>= BigInt(7 - ((offset + bits - 1) % 8));
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function writeField(buffer: ByteBuffer, { bits }: Field, offset: number, value: bigint): void {
  const [firstByte, lastByte] = [Math.floor(offset / 8), Math.floor((offset + bits - 1) / 8)];
  const shift = BigInt(7 - ((offset + bits - 1) % 8));
  let mask = ((1n << BigInt(bits)) - 1n) << shift;
  let rest = BigInt.asUintN(bits, value) << shift;
  for (let i = lastByte; i >= firstByte; i--) {
    buffer.setByte(i, (buffer.at(i) & ~Number(mask & 255n) & 255) | Number(rest & 255n));
    mask >>= 8n;
    rest >>= 8n;
  }
}

/** The number that fits the field; undefined when it overflows and that is refused. */
function fitted({ signed, bits }: Field, value: bigint, overflow: Overflow, isSet: boolean): bigint | undefined {
  const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const least = signed ? -most - 1n : 0n;
  if (value >= least && value <= most) return value;
  if (overflow === 'fail') return undefined;
  // The real server asks by how much a SET is over in 64 bits, where the answer for a very low number wraps around.
  if (overflow === 'sat') return value > most || (isSet && signed && BigInt.asIntN(64, most - value) < 0n) ? most : least;
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function bitfieldGeneric(ctx: Ctx, onlyReads: boolean): Reply {
  const { db, argv, server } = ctx;
  const name = argv[1] as Bytes;
  const operations = parseOperations(ctx, onlyReads);
  const furthest = operations.reduce((far, { what, field, offset }) => (what === 'get' ? far : Math.max(far, offset + field.bits - 1)), -1);
  if (furthest === -1) {
    const bytes = readableBits(asString(db.lookupKeyRead(name)));
    return operations.map(({ field, offset }) => narrow(readField(bytes, field, offset)));
  }
  const { buffer, grown } = writableBits(ctx, name, furthest);
  let changes = 0;
  const replies = operations.map(({ what, field, offset, operand, overflow }) => {
    const before = readField(buffer, field, offset);
    if (what === 'get') return narrow(before);
    // A negative number to be SET into an unsigned field is a very large one.
    const wanted = what === 'incrby' ? before + operand : field.signed ? operand : BigInt.asUintN(64, operand);
    const after = fitted(field, wanted, overflow, what === 'set');
    if (after === undefined) return null;
    writeField(buffer, field, offset, after);
    if (grown || before !== after) changes++;
    return narrow(what === 'incrby' ? after : before);
  });
  if (grown) db.measure(name); // also where no field took a value
  if (changes > 0) {
    db.signalModified(name);
    server.notify('$', 'setbit', name, db.id);
    server.dirty += changes;
  }
  return replies;
}

const getBlock = [string('encoding'), integer('offset')];

export const bitfield = command(
  {
    name: 'BITFIELD', group: 'bitmap', since: '3.2.0', arity: -2,
    summary: 'Read and write numbers of any width that lie in a string.',
    complexity: 'O(1) for each operation',
    flags: ['write', 'denyoom'],
    keys: [{ ...keyRange(['RW', 'access', 'update', 'variable_flags']), notes: 'A line with GET alone only reads.' }],
    getKeys: (argv) => [{ index: 1, flags: onlyGets(argv) ? ['RO', 'access'] : ['RW', 'access', 'update'] }],
    args: [
      key('key'),
      oneOf('operation', [
        block('get-block', getBlock, { token: 'GET' }),
        block('write', [
          oneOf('overflow-block', [token('wrap', 'WRAP'), token('sat', 'SAT'), token('fail', 'FAIL')], { token: 'OVERFLOW', optional: true }),
          oneOf('write-operation', [
            block('set-block', [...getBlock, integer('value')], { token: 'SET' }),
            block('incrby-block', [...getBlock, integer('increment')], { token: 'INCRBY' }),
          ]),
        ]),
      ], { optional: true, multiple: true }),
    ],
    replies: ['for each operation the number (SET answers the one before), or nil when OVERFLOW FAIL kept it from being written'],
    examples: ['BITFIELD stats SET u8 #0 200', 'BITFIELD stats INCRBY u8 #0 100 GET u8 #0', 'BITFIELD stats OVERFLOW SAT INCRBY u8 #0 250'],
    differs: 'INFO keysizes counts a string by its length now; 8.0.2 by the one it had before bits made it longer.',
  },
  (ctx) => bitfieldGeneric(ctx, false),
);

/** Whether a line has no operation but GET, as far as its words can be told apart. */
function onlyGets(argv: readonly Bytes[]): boolean {
  for (let i = 2; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const left = argv.length - i - 1;
    if (word === 'get' && left >= 2) i += 2;
    else if ((word === 'set' || word === 'incrby') && left >= 3) return false;
    else if (word === 'overflow' && left >= 1) i += 1;
    else return false;
  }
  return true;
}

export const bitfieldRo = command(
  {
    name: 'BITFIELD_RO', group: 'bitmap', since: '6.0.0', arity: -2,
    summary: 'BITFIELD that only reads, which replicas may run too.',
    complexity: 'O(1) for each operation',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key'), block('get-block', getBlock, { token: 'GET', optional: true, multiple: true, multipleToken: true })],
    replies: ['the number for each GET'],
    examples: ['SET word a', 'BITFIELD_RO word GET u8 0 GET i4 4'],
  },
  (ctx) => bitfieldGeneric(ctx, true),
);
