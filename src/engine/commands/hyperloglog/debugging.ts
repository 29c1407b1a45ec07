/*
 * PFDEBUG and PFSELFTEST: looking inside, and trying that it works
 */
import type { Bytes } from '../../bytes.ts';
import { cText, equalsFolded, fold } from '../../bytes.ts';
import { command, key, keyRange, string } from '../../command.ts';
import { CommandError, OK, status } from '../../reply.ts';
import { HLL_DENSE_SIZE, HLL_REGISTERS, HyperLogLog, newHyperLogLogBytes } from '../../structures/hyperloglog.ts';
import { asHyperLogLog, orInvalid, writableHyperLogLog } from './hyperloglog.ts';

export const pfdebug = command(
  {
    name: 'PFDEBUG', group: 'hyperloglog', since: '2.8.9', arity: 3,
    summary: 'Look inside a HyperLogLog: GETREG shows all registers (and makes it dense), DECODE the opcodes of a sparse one, ENCODING names its encoding, TODENSE changes it.',
    complexity: 'N/A',
    flags: ['write', 'denyoom', 'admin'],
    keys: [keyRange(['RW', 'access'], 2)],
    args: [string('subcommand'), key('key')],
    docFlags: ['syscmd'],
    replies: ['GETREG: an array of 16384 numbers', 'DECODE: the opcodes as text', 'ENCODING: `sparse` or `dense`', 'TODENSE: 1 when it was sparse, else 0'],
    examples: ['PFADD visitors ada', 'PFDEBUG ENCODING visitors', 'PFDEBUG DECODE visitors', 'PFDEBUG TODENSE visitors'],
    differs: 'SIMD ON and OFF are accepted; there are no vector instructions here that they could switch. To any other word 8.0.2 sends two replies, the error and a status; here it is the error alone, as every client expects.',
  },
  function pfdebug(ctx) {
    const { db, argv, server } = ctx;
    const name = argv[2] as Bytes;
    const what = fold(argv[1] as Bytes);
    if (what === 'simd') {
      if (equalsFolded(name, 'on')) return status('enabled');
      if (equalsFolded(name, 'off')) return status('disabled');
      throw new CommandError('ERR Argument must be ON or OFF');
    }
    const object = asHyperLogLog(db.lookupKeyWrite(name));
    if (object === undefined) throw new CommandError('ERR The specified key does not exist');
    const hll = writableHyperLogLog(ctx, name, object);
    const isSparse = !hll.isDense;
    switch (what) {
      case 'getreg':
      case 'todense':
        if (isSparse) {
          orInvalid(() => hll.toDense());
          db.measure(name);
          server.dirty++;
        }
        return what === 'getreg' ? [...hll.registers()] : isSparse ? 1 : 0;
      case 'decode':
        if (!isSparse) throw new CommandError('ERR HLL encoding is not sparse');
        return hll.describeRuns();
      case 'encoding':
        return status(isSparse ? 'sparse' : 'dense');
      default:
        throw new CommandError(`ERR Unknown PFDEBUG subcommand '${cText(argv[1] as Bytes)}'`);
    }
  },
);

/** Rounds of the first test, and elements of the second. */
const REGISTER_ROUNDS = 20;
const ELEMENTS = 100_000;
/** Standard error of the estimate with 16384 registers. */
const RELATIVE_ERROR = 1.04 / Math.sqrt(HLL_REGISTERS);
/** The sparse limit of the second test. */
const SPARSE_BYTES = 3000;

export const pfselftest = command(
  {
    name: 'PFSELFTEST', group: 'hyperloglog', since: '2.8.9', arity: 1,
    summary: 'Try that registers keep what they are given and that estimates are as good as they should be.',
    complexity: 'N/A',
    flags: ['admin'],
    docFlags: ['syscmd'],
    replies: ['OK', 'an error that begins with TESTFAILED'],
    examples: ['PFSELFTEST'],
  },
  function pfselftest({ server }) {
    const { random } = server;
    const dense = new HyperLogLog(newHyperLogLogBytes());
    dense.toDense();
    const expected = new Uint8Array(HLL_REGISTERS);
    for (let round = 0; round < REGISTER_ROUNDS; round++) {
      for (let index = 0; index < HLL_REGISTERS; index++) {
        const value = random.below(64);
        dense.raise(index, value, 0);
        expected[index] = Math.max(expected[index] ?? 0, value);
      }
      const wrong = dense.registers().findIndex((value, index) => value !== expected[index]);
      if (wrong !== -1) throw new CommandError(`TESTFAILED Register ${wrong} should be ${expected[wrong]} but is ${dense.registers()[wrong]}`);
    }
    // The same elements to a dense one and one that begins sparse: both must agree, and be near the truth.
    const [one, other] = [new HyperLogLog(newHyperLogLogBytes()), new HyperLogLog(newHyperLogLogBytes())];
    one.toDense();
    const seed = `${random.below(0x100000000)}:`;
    for (let n = 1, checkAt = 1; n <= ELEMENTS; n++) {
      one.add(seed + n, SPARSE_BYTES);
      other.add(seed + n, SPARSE_BYTES);
      if (n !== checkAt) continue;
      checkAt *= 10;
      const count = Number(one.count());
      if (Number(other.count()) !== count) throw new CommandError('TESTFAILED dense/sparse disagree');
      const error = Math.abs(n - count);
      // Few elements meet no register twice, so one more than half a dozen errors of the kind is allowed.
      const allowed = n === 10 ? 1 : Math.ceil(RELATIVE_ERROR * 6 * n);
      if (error > allowed) throw new CommandError(`TESTFAILED Too big error. card:${n} abserr:${error}`);
    }
    server.work(2 * ELEMENTS + REGISTER_ROUNDS * HLL_DENSE_SIZE);
    return OK;
  },
);
