/*
 * PFADD, PFCOUNT, PFMERGE
 * -----------------------
 * A HyperLogLog is an ordinary string (structures/hyperloglog.ts says of what). Its commands accept every string that
 * looks like one, and notice damage only when they walk over the registers: then they answer INVALIDOBJ.
 */
import type { Bytes } from '../../bytes.ts';
import { narrow } from '../../bytes.ts';
import { command, key, keyRange, string, type Ctx } from '../../command.ts';
import type { RedisObject, StringObject } from '../../keyspace/object.ts';
import { announceEncoding, asString, stringBytes, writableBuffer } from '../../keyspace/string-value.ts';
import { CommandError, OK } from '../../reply.ts';
import { ByteBuffer } from '../../structures/byte-buffer.ts';
import { countOfRegisters, DamagedHyperLogLog, HLL_REGISTERS, HyperLogLog, isHyperLogLog, newHyperLogLogBytes } from '../../structures/hyperloglog.ts';
import { readableBits } from '../bitmap/string-bits.ts';

/** The object as a string that looks like a HyperLogLog, undefined for a key that is not there. */
export function asHyperLogLog(object: RedisObject | undefined): StringObject | undefined {
  const found = asString(object);
  if (found !== undefined && !isHyperLogLog(readableBits(found))) throw new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.');
  return found;
}

/** The value as a HyperLogLog that can be written, which makes its encoding raw: even commands that only look do that. */
export function writableHyperLogLog({ db }: Ctx, name: Bytes, object: StringObject): HyperLogLog {
  const from = object.encoding;
  const buffer = writableBuffer(object);
  announceEncoding(db, name, from, object);
  return new HyperLogLog(buffer);
}

/** Runs `work`; damage that it meets becomes the answer. What was changed before stays changed, as in the real server. */
export function orInvalid<T>(work: () => T): T {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof DamagedHyperLogLog) throw new CommandError('INVALIDOBJ Corrupted HLL object detected');
    throw problem;
  }
}

function makeHyperLogLog({ db }: Ctx, name: Bytes): HyperLogLog {
  const buffer = newHyperLogLogBytes();
  db.add(name, { type: 'string', encoding: 'raw', value: buffer, lru: 0, sizeClass: 0 });
  return new HyperLogLog(buffer);
}

/** Registers that are as much work as one element elsewhere. */
const REGISTERS_PER_ELEMENT = 128;

const sparseLimit = ({ server }: Ctx): number => server.config.number('hll-sparse-max-bytes');

export const pfadd = command(
  {
    name: 'PFADD', group: 'hyperloglog', since: '2.8.9', arity: -2,
    summary: 'Show elements to a HyperLogLog, which remembers about how many different ones it has seen.',
    complexity: 'O(1) for each element',
    flags: ['write', 'denyoom', 'fast'],
    keys: [keyRange(['RW', 'insert'])],
    args: [key('key'), string('element', { multiple: true, optional: true })],
    replies: ['1 when the key was made or a register changed, so that the estimate may be another', '0 when nothing changed'],
    examples: ['PFADD visitors ada bob ada', 'PFADD visitors bob', 'PFCOUNT visitors'],
  },
  function pfadd(ctx) {
    const { db, argv, server } = ctx;
    const name = argv[1] as Bytes;
    const object = asHyperLogLog(db.lookupKeyWrite(name));
    const hll = object === undefined ? makeHyperLogLog(ctx, name) : writableHyperLogLog(ctx, name, object);
    let changed = object === undefined ? 1 : 0;
    try {
      orInvalid(() => {
        for (const element of argv.slice(2)) if (hll.add(element, sparseLimit(ctx))) changed++;
      });
    } finally {
      db.measure(name); // a damaged value may have grown before that was seen
    }
    server.work(argv.length - 2);
    if (changed === 0) return 0;
    hll.invalidateCount();
    db.signalModified(name);
    server.notify('$', 'pfadd', name, db.id);
    server.dirty += changed;
    return 1;
  },
);

export const pfcount = command(
  {
    name: 'PFCOUNT', group: 'hyperloglog', since: '2.8.9', arity: -2,
    summary: 'Estimate how many different elements a HyperLogLog has seen, or several of them together.',
    complexity: 'O(1) for one key, whose estimate is kept; O(N) with a large constant for N keys, which are merged first',
    flags: ['readonly', 'may_replicate'],
    keys: [{ ...keyRange(['RW', 'access'], 1, -1), notes: 'RW: the estimate is written into the value, and goes to replicas' }],
    args: [key('key', { multiple: true })],
    replies: ['the estimate, within about 0.81 %; 0 when there is no such key'],
    examples: ['PFADD mon ada bob', 'PFADD tue bob eve', 'PFCOUNT mon', 'PFCOUNT mon tue'],
  },
  function pfcount(ctx) {
    const { db, argv, server } = ctx;
    if (argv.length > 2) {
      const registers = new Uint8Array(HLL_REGISTERS);
      mergeAll(ctx, argv.slice(1), registers);
      return countOfRegisters(registers);
    }
    const name = argv[1] as Bytes;
    const object = asHyperLogLog(db.lookupKeyRead(name));
    if (object === undefined) return 0;
    const hll = writableHyperLogLog(ctx, name, object);
    const cached = hll.cachedCount;
    if (cached !== undefined) return narrow(cached);
    const count = orInvalid(() => hll.count());
    server.work(HLL_REGISTERS / REGISTERS_PER_ELEMENT);
    hll.cacheCount(count);
    // Only a read to its caller, but the value has other bytes now: whoever copies the data must learn of it.
    db.signalModified(name);
    server.dirty++;
    return count;
  },
);

/** Merges what the keys hold into `registers`; true when one of them is dense. */
function mergeAll({ db, server }: Ctx, names: readonly Bytes[], registers: Uint8Array): boolean {
  let anyDense = false;
  for (const name of names) {
    const object = asHyperLogLog(db.lookupKeyRead(name));
    if (object === undefined) continue;
    // Only looked at, so through a buffer of its own where it has none: the value's encoding stays.
    const hll = new HyperLogLog(object.value instanceof ByteBuffer ? object.value : new ByteBuffer(stringBytes(object)));
    anyDense ||= hll.isDense;
    orInvalid(() => hll.mergeInto(registers));
    server.work(HLL_REGISTERS / REGISTERS_PER_ELEMENT);
  }
  return anyDense;
}

export const pfmerge = command(
  {
    name: 'PFMERGE', group: 'hyperloglog', since: '2.8.9', arity: -2,
    summary: 'Make a HyperLogLog as if it had seen all that the others have seen, and itself.',
    complexity: 'O(N) with a large constant, where N is the number of keys',
    flags: ['write', 'denyoom'],
    keys: [keyRange(['RW', 'access', 'insert']), keyRange(['RO', 'access'], 2, -1)],
    args: [key('destkey'), key('sourcekey', { multiple: true, optional: true, keySpecIndex: 1 })],
    replies: ['OK'],
    examples: ['PFADD mon ada bob', 'PFADD tue bob eve', 'PFMERGE week mon tue', 'PFCOUNT week'],
  },
  function pfmerge(ctx) {
    const { db, argv, server } = ctx;
    const name = argv[1] as Bytes;
    const registers = new Uint8Array(HLL_REGISTERS);
    const anyDense = mergeAll(ctx, argv.slice(1), registers);
    const object = asHyperLogLog(db.lookupKeyWrite(name));
    const hll = object === undefined ? makeHyperLogLog(ctx, name) : writableHyperLogLog(ctx, name, object);
    if (anyDense) orInvalid(() => hll.toDense());
    orInvalid(() => registers.forEach((value, index) => value > 0 && hll.raise(index, value, sparseLimit(ctx))));
    hll.invalidateCount();
    db.signalModified(name);
    // The event has the name of the other command: whoever listens wants to know that it counts otherwise now.
    server.notify('$', 'pfadd', name, db.id);
    server.dirty++;
    return OK;
  },
);
