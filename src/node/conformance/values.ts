/*
 * Words that requests are made of
 * -------------------------------
 * Usual ones, so that commands meet data; and awkward ones, at the borders where servers part: the ends
 * of 64 bits, numbers with a sign or a blank too many, bytes that end strings in C, lengths around the
 * change of an encoding.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { PASSWORDS } from './side.ts';

const KEYS = [
  'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'n', 'counter', 'user:1', 'user:2', '{tag}a', '{tag}b', '', '0', 'a b', 'foo*', '[x]', 'k\r\n', '\x00\xff', 'cl\xc3\xa9',
  'a-key-with-a-name-of-more-than-forty-four-characters-in-it', `long${'k'.repeat(300)}`,
] as const;

const INTEGERS = [
  '0', '1', '-1', '2', '3', '5', '10', '100', '-100', '127', '128', '-129', '255', '32767', '32768', '65536', '2147483647', '2147483648', '-2147483648', '-2147483649',
  '4294967295', '9007199254740991', '9007199254740993', '-9007199254740993', '9223372036854775806', '9223372036854775807', '9223372036854775808', '-9223372036854775807',
  '-9223372036854775808', '-9223372036854775809', '18446744073709551615', '18446744073709551616', '99999999999999999999999',
] as const;

const NOT_INTEGERS = ['', ' ', '1 ', ' 1', '+1', '01', '-0', '0x10', '1.0', '1e3', 'abc', '--1', '1\x00', '\x001', '-', '+', '\xb2', 'nan', 'inf', '1_000'] as const;

const FLOATS = [
  '0', '1', '-1', '0.1', '0.2', '3.0', '1.5', '-2.25', '10.50', '5.0e3', '1e17', '1e-7', '3.141592653589793238', '1e308', '1e309', '-1e400', '1e4932', '1e-4950', '123456789.123456789',
  '0.30000000000000004', '17.000000000000000001', '99999999999999999', '1234567890123456789', '.5', '5.', '+3', '1e', 'e5', '0x1p3', '0x', 'inf', '-inf', '+inf', 'infinity', 'nan', '-nan', ' 1', '1 ', '1.2.3', '',
  '1,5', '0.1\x00', '1e1000000', '000012', '-0', '-0.0', '0.00000000000000001',
] as const;

/** Fields and members: few, so that they are met again; some are integers, one is as long as a listpack takes. */
const ELEMENTS = ['f1', 'f2', 'f3', 'f4', 'a', 'b', 'c', 'name', '1', '2', '10', '-5', '', 'e'.repeat(64), '\x00\xff'] as const;

const SCORES = ['0', '1', '2', '3', '1', '2', '-1', '1.5', '2.5', '-0', '0.1', '1e3', '1e17', '3.0', 'inf', '-inf', '+inf', '1e400', '0x10', '.5', '9007199254740993', '1e-7', '123456789.125', '5e-324', '1e308'] as const;

const STRINGS = [
  '', 'v', 'value', 'hello world', 'ohmytext', 'mynewtext', 'foobar', 'FooBar', '\x00', '\xff\xfe', 'a\r\nb', '"quoted"', 'caf\xc3\xa9', '\xf0\x9f\x98\x80', 'nil', '*1\r\n$4\r\nPING\r\n',
] as const;

/** DUMP payloads of the real server: 10, hello, 123456789012, a text that compresses, '', -200; and a list. */
const DUMPS: readonly Bytes[] = [
  '\x00\xc0\n\x0c\x00\xa5\xe9c\x85\xf4\x84\xfd\xf2',
  '\x00\x05hello\x0c\x00\xa8\x04\xeb\xb6\x9f\x1e\xbeC',
  '\x00\x0c123456789012\x0c\x00Zf5q+<y\xe5',
  '\x00\xc3\n@x\x02aba\xe0j\x01\x01ab\x0c\x00y\xfeDL\xa9-\x88\x9b',
  '\x00\x00\x0c\x00\x96\xedh\x80\xf5U<\x93',
  '\x00\xc18\xff\x0c\x00\xe9M\xbb{\x12\xde\xff\xba',
];

const PATTERNS = ['*', '?', 'k*', 'k?', 'k[1-3]', 'k[^1]', 'k[3-1]', '*:*', 'user:*', '\\*', 'foo\\*', '[', '[]', '[a', 'a\\', '**', '*1*', '', '\x00*', 'K1', 'k[1', '[^', 'k\\1', '{tag}*', 'nothing'] as const;
const CHANNELS = ['news', 'news.art', 'chat', '', 'a b', '__keyspace@0__:k1', '\x00', 'n'] as const;

/** Letters with repetitions, of a length around the borders of encodings and of compression. */
export function text(chance: Chance, length: number): Bytes {
  const kind = chance.below(3);
  let bytes = '';
  if (kind === 0) {
    const unit = 'abcdefgh'.slice(0, 1 + chance.below(7));
    return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  }
  const range = kind === 1 ? 4 : 256;
  for (let i = 0; i < length; i++) bytes += String.fromCharCode(kind === 1 ? 97 + chance.below(range) : chance.below(range));
  return bytes;
}

const LENGTHS = [1, 2, 5, 12, 20, 21, 43, 44, 45, 46, 63, 64, 65, 100, 128, 200, 255, 256, 257, 511, 512, 1000] as const;

export class Words {
  readonly chance: Chance;
  private readonly keys: readonly Bytes[];
  /** How often a word is not what its place wants. */
  readonly oddness: number;

  constructor(chance: Chance, oddness = 0.08) {
    this.chance = chance;
    this.oddness = oddness;
    // Few keys a scenario, so that they are met again.
    this.keys = chance.shuffled(KEYS).slice(0, chance.between(3, 9));
  }

  key(): Bytes {
    return this.chance.pick(this.keys);
  }

  /** So many different keys, or all there are. */
  differentKeys(count: number): readonly Bytes[] {
    return this.chance.shuffled(this.keys).slice(0, count);
  }

  integer(): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness)) return chance.pick(NOT_INTEGERS);
    if (chance.happens(0.5)) return chance.pick(INTEGERS);
    return String(chance.between(-20, 40));
  }

  /** A place in a list of some elements, counted from either end. */
  place(): Bytes {
    const { chance } = this;
    return chance.happens(0.15) ? this.integer() : String(chance.between(-9, 9));
  }

  float(): Bytes {
    const { chance } = this;
    if (chance.happens(0.6)) return chance.pick(FLOATS);
    return `${chance.between(-1000, 1000)}.${chance.below(1000000)}`;
  }

  value(): Bytes {
    const { chance } = this;
    return chance.weighted<() => Bytes>([
      [30, () => String(chance.between(-50, 50))],
      [12, () => chance.pick(INTEGERS)],
      [6, () => chance.pick(NOT_INTEGERS)],
      [12, () => chance.pick(FLOATS)],
      [30, () => chance.pick(STRINGS)],
      [20, () => text(chance, chance.pick(LENGTHS))],
      [1, () => text(chance, chance.between(1000, 6000))],
    ])();
  }

  /** Lifetimes that no scenario outlives, and impossible ones. `unitMs`: of the number to be written. */
  lifetime(unitMs: number): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness)) return chance.pick(NOT_INTEGERS);
    if (chance.happens(0.15)) return chance.pick(['0', '-1', '-100', '9223372036854775807', '-9223372036854775808', '9223372036854775', '9223370000000000', '92233720368547758', '9223372036854775808']);
    return String(Math.floor(chance.between(100_000_000, 4_000_000_000) / unitMs) + chance.below(1000));
  }

  /** A moment far from now, either way. */
  moment(unitMs: number, mayBePast = true): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness)) return chance.pick(NOT_INTEGERS);
    if (chance.happens(0.15)) return chance.pick([...(mayBePast ? ['1'] : []), '0', '-1', '9223372036854775807', '9223372036854775', '9223372036854776', '-9223372036854775808', '92233720368547758']);
    if (mayBePast && chance.happens(0.1)) return String(chance.between(1000, 1_000_000));
    return String(4_000_000_000_000 / unitMs + chance.below(1_000_000));
  }

  /** A field of a hash, a member of a set. */
  element(): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness / 2)) return this.value();
    return chance.happens(0.3) ? `e${chance.below(40)}` : chance.pick(ELEMENTS);
  }

  score(): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness)) return chance.pick([...NOT_INTEGERS, 'nan', '-nan']);
    return chance.happens(0.4) ? String(chance.between(-5, 20)) : chance.pick(SCORES);
  }

  /** One end of a range of scores. */
  scoreLimit(): Bytes {
    return `${this.chance.happens(0.3) ? '(' : ''}${this.chance.happens(0.3) ? this.chance.pick(['-inf', '+inf', 'inf']) : this.score()}`;
  }

  /** One end of a range of names. */
  lexLimit(): Bytes {
    const { chance } = this;
    if (chance.happens(0.3)) return chance.pick(['-', '+']);
    return chance.happens(this.oddness) ? this.value() : `${chance.pick(['[', '('])}${this.element()}`;
  }

  pattern(): Bytes {
    return this.chance.happens(0.2) ? this.key() : this.chance.pick(PATTERNS);
  }

  channel(): Bytes {
    return this.chance.pick(CHANNELS);
  }

  password(): Bytes {
    return this.chance.pick([...PASSWORDS, '', 'wrong']);
  }

  dump(): Bytes {
    const { chance } = this;
    const whole = chance.pick(DUMPS);
    if (chance.happens(0.8)) return whole;
    const at = chance.below(whole.length);
    return chance.pick([whole.slice(0, at), whole + 'x', whole.slice(0, at) + String.fromCharCode(chance.below(256)) + whole.slice(at + 1), '', 'text']);
  }

  /** A database number; mostly one of a few. */
  database(): Bytes {
    const { chance } = this;
    if (chance.happens(this.oddness)) return chance.pick([...NOT_INTEGERS, ...INTEGERS]);
    return String(chance.pick([0, 0, 1, 2, 3, 9, 15, 16]));
  }
}
