/*
 * Scenarios of hashes
 * -------------------
 * Fields get deadlines that are far away or long over, written as moments: what counts from now would make bytes of
 * DUMP differ by the two clocks.
 */
import type { Bytes } from '../../engine/index.ts';
import { ofCollection, send, type Family } from './family.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

const DEADLINES = ['4000000000000', '4000000000000', '4000000000001', '4000000003999', '4000000004001', '4000000100000', '70368744177663', '1', '0', '70368744177664', '-1', 'x', '9223372036854775807'] as const;

const deadline = ({ chance, oddness }: Words): Bytes => DEADLINES[chance.happens(oddness) ? chance.below(DEADLINES.length) : chance.below(8)] ?? '1';
const fields = (words: Words): Bytes[] => Array.from({ length: words.chance.between(1, 4) }, () => words.element());
const counted = (names: readonly Bytes[]): Bytes[] => ['FIELDS', String(names.length), ...names];
const maybe = (words: Words, share: number, choices: readonly Bytes[]): Bytes[] => (words.chance.happens(share) ? [words.chance.pick(choices)] : []);

const usual = ofCollection(['hash'], [['hash-max-listpack-entries', ['0', '3', '8']], ['hash-max-listpack-value', ['0', '5', '20']]], [
  [0.08, (words) => ['HPEXPIREAT', words.key(), deadline(words), ...maybe(words, 0.3, ['NX', 'XX', 'GT', 'LT']), ...counted(fields(words))]],
  [0.04, (words) => ['HPERSIST', words.key(), ...counted(fields(words))]],
  [0.04, (words) => ['HPEXPIRETIME', words.key(), ...counted(fields(words))]],
  [0.04, (words) => ['HGETEX', words.key(), ...(words.chance.happens(0.6) ? ['PXAT', deadline(words)] : maybe(words, 0.7, ['PERSIST'])), ...counted(fields(words))]],
  [0.06, (words) => {
    const names = fields(words);
    return ['HSETEX', words.key(), ...maybe(words, 0.3, ['FNX', 'FXX']), ...(words.chance.happens(0.6) ? ['PXAT', deadline(words)] : maybe(words, 0.5, ['KEEPTTL'])), 'FIELDS', String(names.length), ...names.flatMap((name) => [name, words.value()])];
  }],
  [0.02, () => ['INFO', 'keyspace']],
]);

/** What counts from now, and what tells how long it is from now. */
const isRelative = (argv: readonly Bytes[]): boolean => /^(hp?expire|hp?ttl)$/i.test(argv[0] ?? '') || (/^h[gs]etex$/i.test(argv[0] ?? '') && argv.some((word) => /^(ex|px)$/i.test(word)));

export const hash: Family = {
  length: 250,
  steps: (chance, words, length) => usual(chance, words, length).map((step): Step => (step.kind === 'command' && isRelative(step.argv) ? send('a', ['HLEN', step.argv[1] ?? '']) : step)),
};
