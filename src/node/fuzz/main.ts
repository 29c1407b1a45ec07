/*
 * npm run fuzz: hostile input, for as long as one likes
 * -----------------------------------------------------
 *   npm run fuzz -- bytes 10000000          bytes that are no requests
 *   npm run fuzz -- restore 1000000 --seed 7   damaged payloads for RESTORE
 *   npm run fuzz -- crash 1000              kill -9 and power loss between any two events, seeds 1 to 1000
 *
 * Stops at the first input after which the server is not as it must be, prints it, and exits with 1. The
 * tests run a short seeded part of each.
 */
import { Chance } from '../conformance/chance.ts';
import { stormOfBytes } from './bytes.ts';
import { manyCrashes } from './crash.ts';
import { hostileRestore } from './restore.ts';

const [what, count, flag, seedText] = process.argv.slice(2);
const inputs = Number(count);
const seed = flag === '--seed' ? Number(seedText) : 1;
if ((what !== 'bytes' && what !== 'restore' && what !== 'crash') || !(inputs > 0) || !Number.isInteger(seed) || (flag !== undefined && flag !== '--seed')) {
  process.stderr.write('usage: npm run fuzz -- bytes|restore|crash COUNT [--seed N]\n');
  process.exit(2);
}
const started = Date.now();
const megabytes = (): number => Math.round(process.memoryUsage().heapUsed / 1e6);
let told = started;
const progress = (done: number, all = inputs): void => {
  if (Date.now() - told < 10_000) return;
  told = Date.now();
  process.stdout.write(`${done} of ${all}, heap ${megabytes()} MB\n`);
};
try {
  if (what === 'crash') {
    const lines = manyCrashes(inputs, seed, progress);
    process.stdout.write(`${lines.join('\n')}\nSeeds ${seed} to ${seed + inputs - 1} in ${Math.round((Date.now() - started) / 1000)} s: every promise was kept.\n`);
  } else if (what === 'bytes') {
    const { inputs: done, closed } = stormOfBytes(new Chance(seed, 'fuzz/bytes'), inputs, progress);
    process.stdout.write(`${done} inputs of seed ${seed} in ${Math.round((Date.now() - started) / 1000)} s: every reply whole, ${closed} connections closed by the server, none left behind, heap ${megabytes()} MB.\n`);
  } else {
    const total = { refused: 0, accepted: 0 };
    for (let part = 0; total.refused + total.accepted < inputs; part++) {
      const { refused, accepted } = hostileRestore(new Chance(seed, `fuzz/restore/${part}`), Math.min(10_000, inputs - total.refused - total.accepted));
      total.refused += refused;
      total.accepted += accepted;
      progress(total.refused + total.accepted);
    }
    process.stdout.write(`${total.refused + total.accepted} payloads of seed ${seed} in ${Math.round((Date.now() - started) / 1000)} s: ${total.refused} refused, ${total.accepted} accepted, all of these whole.\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
