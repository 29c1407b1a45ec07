/*
 * Scenarios of HyperLogLogs
 * -------------------------
 * Some meet few elements, some thousands, with limits that make them dense early; and strings that only look like
 * one: headers, opcodes and lengths that do not fit. GET shows every byte.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { named, ofCollection, send, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

const REGISTERS = 16384;

/** Opcodes whose runs cover `length` registers in all. */
function opcodes(chance: Chance, length: number): Bytes {
  let text = '';
  let left = length;
  while (left > 0) {
    const [byte, run] = chance.weighted<() => [number[], number]>([
      [2, () => { const run = chance.between(1, Math.min(64, left)); return [[run - 1], run]; }],
      [3, () => { const run = chance.between(1, Math.min(chance.pick([200, 3000, REGISTERS]), left)); return [[0x40 | ((run - 1) >> 8), (run - 1) & 255], run]; }],
      [4, () => { const run = chance.between(1, Math.min(4, left)); return [[0x80 | (chance.pick([0, 0, 1, 2, 31]) << 2) | (run - 1)], run]; }],
    ])();
    text += String.fromCharCode(...byte);
    left -= run;
  }
  return text;
}

/** A string that is a HyperLogLog or nearly so. */
function made(chance: Chance): Bytes {
  const cardinality = chance.pick(['\0\0\0\0\0\0\0\x80', '\x05\0\0\0\0\0\0\0', '\xff\xff\xff\xff\xff\xff\xff\x7f', '\0'.repeat(8), '\0\0\0\0\0\0\x20\0']);
  const unused = chance.pick(['\0\0\0', 'abc']);
  if (chance.happens(0.25)) {
    const registers = chance.pick(['\0', '\xff', '\x41\x10\x04']);
    return `HYLL\0${unused}${cardinality}${registers.repeat(12288 / registers.length)}${chance.happens(0.1) ? 'x' : ''}`;
  }
  const covered = chance.happens(0.7) ? REGISTERS : REGISTERS + chance.between(-300, 300);
  const body = opcodes(chance, covered);
  // What follows an opcode that is cut in two is memory of the real server, not part of the value.
  return `${chance.happens(0.03) ? 'HYLX' : 'HYLL'}${chance.happens(0.03) ? '\x02' : '\x01'}${unused}${cardinality}${body}`;
}

const elements = ({ chance }: Words): Bytes[] => {
  const count = chance.weighted([[6, chance.between(1, 8)], [3, chance.between(10, 200)], [1, chance.between(500, 1500)]]);
  const prefix = chance.pick(['', 'e', 'element:', 'a-longer-name-of-an-element:', '\x00\xff']);
  const range = chance.pick([50, 1000, 1_000_000]);
  return Array.from({ length: count }, () => `${prefix}${chance.below(range)}`);
};

const someKeys = (words: Words): Bytes[] => Array.from({ length: words.chance.between(1, 4) }, () => words.key());

export const hyperloglog: Family = {
  length: 150,
  steps(chance, words, length) {
    const make = ofCollection(['hyperloglog'], [['hll-sparse-max-bytes', ['0', '20', '40', '100', '400', '16000']]], [
      [0.25, (each) => ['PFADD', each.key(), ...elements(each)]],
      [0.12, (each) => ['SET', each.key(), made(each.chance)]],
      [0.15, (each) => ['PFCOUNT', ...someKeys(each)]],
      [0.1, (each) => ['PFMERGE', ...someKeys(each)]],
      [0.12, (each) => ['PFDEBUG', each.chance.pick(['ENCODING', 'DECODE', 'TODENSE', 'GETREG', 'decode', 'nothing', 'SIMD']), each.chance.happens(0.05) ? each.chance.pick(['on', 'OFF']) : each.key()]],
      [0.1, (each) => ['GET', each.key()]],
      [0.05, (each) => request(each.chance.pick(named('append', 'strlen', 'getrange', 'memory|usage', 'object|encoding', 'copy', 'dump')), each)],
    ]);
    return make(chance, words, length).flatMap((step): Step[] => {
      if (step.kind !== 'command') return [step];
      const [name = '', what = '', on = ''] = step.argv;
      // The self-test of the real server takes seconds; PFDEBUG declares that it sends one error where 8.0.2 sends two replies.
      if (/^pfselftest$/i.test(name) || (/^pfdebug$/i.test(name) && /^simd$/i.test(what) && !/^(on|off)$/i.test(on))) return [];
      // INFO keysizes of 8.0.2 counts by lengths from before.
      return /^info$/i.test(name) ? [send('a', ['DBSIZE'])] : [step];
    });
  },
};
