import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { Listpack, listpackEntryBytes, NOWHERE } from './listpack.ts';

const hex = (listpack: Listpack): string => [...listpack.toBytes()].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');

test('an empty one is a header and an end', () => {
  expect(hex(new Listpack())).toBe('07 00 00 00 00 00 ff');
});

describe('each value has the shortest entry there is for it', () => {
  const rows: readonly (readonly [value: string, entry: string])[] = [
    ['0', '00 01'], ['127', '7f 01'], ['128', 'c0 80 02'], ['-1', 'df ff 02'], ['4095', 'cf ff 02'], ['-4096', 'd0 00 02'],
    ['4096', 'f1 00 10 03'], ['-32768', 'f1 00 80 03'], ['32768', 'f2 00 80 00 04'], ['-8388608', 'f2 00 00 80 04'],
    ['8388608', 'f3 00 00 80 00 05'], ['-2147483648', 'f3 00 00 00 80 05'], ['2147483648', 'f4 00 00 00 80 00 00 00 00 09'],
    ['9223372036854775807', 'f4 ff ff ff ff ff ff ff 7f 09'], ['-9223372036854775808', 'f4 00 00 00 00 00 00 00 80 09'],
    ['', '80 01'], ['a', '81 61 02'], ['007', '83 30 30 37 04'], ['-0', '82 2d 30 03'], ['9223372036854775808', `93 ${[...'9223372036854775808'].map((c) => c.charCodeAt(0).toString(16)).join(' ')} 14`],
  ];
  for (const [value, entry] of rows) {
    test(`"${value}"`, () => {
      const listpack = Listpack.of([value]);
      expect(hex(listpack)).toBe(`${(7 + entry.split(' ').length).toString(16).padStart(2, '0')} 00 00 00 01 00 ${entry} ff`);
      expect(listpackEntryBytes(value)).toBe(entry.split(' ').length);
      expect(listpack.get(listpack.first())).toBe(value);
      expect(listpack.equals(listpack.first(), value)).toBe(true);
    });
  }
  for (const length of [63, 64, 125, 126, 127, 4095, 4096, 16377, 16378, 16379, 2097141, 2097146, 2097147]) {
    test(`a text of ${length} bytes is found again from both ends`, () => {
      const text = 'x'.repeat(length);
      const listpack = Listpack.of(['before', text, 'after']);
      expect(listpack.get(listpack.seek(1)) === text).toBe(true);
      expect(listpack.get(listpack.seek(-3))).toBe('before');
      expect(Listpack.fromBytes(listpack.toBytes())?.length).toBe(3);
    });
  }
});

test('find skips what stands between', () => {
  const listpack = Listpack.of(['f1', 'f2', 'f2', '7', '7', 'x']);
  expect(listpack.find('f2')).toBe(listpack.seek(1));
  expect(listpack.find('f2', 1)).toBe(listpack.seek(2));
  expect(listpack.find('7', 1)).toBe(listpack.seek(4));
  expect(listpack.find(7)).toBe(listpack.seek(3));
  expect(listpack.find('x', 1)).toBe(NOWHERE);
});

/** Values of every encoding. */
function someValue(random: SeededRandom): string {
  switch (random.below(4)) {
    case 0:
      return String(random.below(300) - 150);
    case 1:
      return String(BigInt.asIntN(64, BigInt(random.below(2 ** 31)) ** 2n * BigInt(random.below(9) - 4)));
    case 2:
      return String.fromCharCode(...Array.from({ length: random.below(90) }, () => random.below(256)));
    default:
      return 'v'.repeat(random.below(5000));
  }
}

test('random writes leave what an array would hold, and bytes that are a listpack', () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = new SeededRandom(seed);
    const model: string[] = [];
    const listpack = new Listpack();
    for (let step = 0; step < 120; step++) {
      const value = someValue(random);
      const index = random.below(model.length + 1);
      switch (random.below(7)) {
        case 0:
          expect(listpack.get(listpack.append(value)) === value).toBe(true);
          model.push(value);
          break;
        case 1:
          listpack.prepend(value);
          model.unshift(value);
          break;
        case 2:
          if (index < model.length) {
            listpack.insertBefore(listpack.seek(index), value);
            model.splice(index, 0, value);
          }
          break;
        case 3:
          if (index < model.length) {
            listpack.insertAfter(listpack.seek(index - model.length), value);
            model.splice(index + 1, 0, value);
          }
          break;
        case 4:
          if (index < model.length) {
            listpack.replace(listpack.seek(index), value);
            model[index] = value;
          }
          break;
        case 5:
          if (index < model.length) {
            listpack.delete(listpack.seek(index));
            model.splice(index, 1);
          }
          break;
        default:
          if (index < model.length && random.below(4) === 0) {
            const many = random.below(5);
            listpack.deleteRange(index, many);
            model.splice(index, many);
          }
      }
      expect([...listpack.values()], `seed ${seed}, step ${step}`).toEqual(model);
      expect(listpack.length).toBe(model.length);
    }
    const backwards: string[] = [];
    for (let place = listpack.last(); place !== NOWHERE; place = listpack.previous(place)) backwards.unshift(listpack.get(place));
    expect(backwards).toEqual(model);
    const again = Listpack.fromBytes(listpack.toBytes());
    expect(again?.toBytes()).toBe(listpack.toBytes());
    expect(listpack.byteLength).toBe(7 + model.reduce((sum, value) => sum + listpackEntryBytes(value), 0));
  }
});

test('damaged bytes are refused, or are another listpack that can be walked', () => {
  const random = new SeededRandom(7);
  const good = Listpack.of(['a', '1', 'hello', '70000', 'x'.repeat(100), '-5', '']).toBytes();
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const at = random.below(good.length);
    const damaged = good.slice(0, at) + String.fromCharCode(random.below(256)) + good.slice(at + 1);
    const listpack = Listpack.fromBytes(random.below(5) === 0 ? damaged.slice(0, random.below(damaged.length)) : damaged);
    if (listpack === undefined) refused++;
    else expect([...listpack.values()].length).toBe(listpack.length);
  }
  expect(refused).toBeGreaterThan(800);
  expect(Listpack.fromBytes('')).toBeUndefined();
});

test('a clone shares nothing', () => {
  const listpack = Listpack.of(['a', 'b']);
  const copy = listpack.clone();
  copy.append('c');
  copy.replace(copy.first(), 'z');
  expect([...listpack.values()]).toEqual(['a', 'b']);
  expect([...copy.values()]).toEqual(['z', 'b', 'c']);
});
