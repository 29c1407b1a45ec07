import { describe, expect, it } from 'vitest';
import { TestWorld } from '../test-world.ts';
import { string } from './look.ts';
import { fate, slack, stringChanges, textPiece, type StringView } from './model.ts';

const look = (world: TestWorld, key: string, params: object = {}): StringView => string.look(world.world, { key, ...params });
const words = (world: TestWorld, key: string): string => string.describe(look(world, key));

describe('a string as a picture', () => {
  it('says what is to be seen, by encoding (golden)', () => {
    const world = new TestWorld();
    world.run('SET n 42', 'SET big 123456789', `SET at44 ${'a'.repeat(44)}`, `SET at45 ${'a'.repeat(45)}`, 'SET icon "\\xff\\x00\\xd8"', 'SET grown abc', 'APPEND grown def');
    expect(['n', 'big', 'at44', 'at45', 'icon', 'grown'].map((key) => words(world, key)).join('\n\n')).toMatchInlineSnapshot(`
      "n in database 0 of local:6379 is a string of 2 bytes, stored as int.
      The object takes 16 bytes, and the number 42 stands where its pointer would: there is no text.
      It is one of the integers from 0 to 9999 that all keys share.
      With its key and table entry it takes 48 bytes.

      big in database 0 of local:6379 is a string of 9 bytes, stored as int.
      The object takes 16 bytes, and the number 123456789 stands where its pointer would: there is no text.
      With its key and table entry it takes 48 bytes.

      at44 in database 0 of local:6379 is a string of 44 bytes, stored as embstr.
      One piece of 64 bytes: object 16, text header 3 (sdshdr8), text 44, closing zero 1. It cannot grow where it lies.
      With its key and table entry it takes 96 bytes.
      Its bytes: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      at45 in database 0 of local:6379 is a string of 45 bytes, stored as raw.
      Two pieces: the object of 16 bytes, and 64 bytes for the text: header 3 (sdshdr8), text 45, free 15, closing zero 1.
      15 bytes more can be appended without moving it.
      With its key and table entry it takes 112 bytes.
      Its bytes: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      icon in database 0 of local:6379 is a string of 3 bytes, stored as embstr.
      One piece of 32 bytes: object 16, text header 3 (sdshdr8), text 3, closing zero 1, unused 9. It cannot grow where it lies.
      With its key and table entry it takes 64 bytes.
      Its bytes: "\\xff\\x00\\xd8"

      grown in database 0 of local:6379 is a string of 6 bytes, stored as raw.
      Two pieces: the object of 16 bytes, and 16 bytes for the text: header 3 (sdshdr8), text 6, free 6, closing zero 1.
      6 bytes more can be appended without moving it.
      With its key and table entry it takes 64 bytes.
      Its bytes: abcdef
      Its encoding went from embstr to raw."
    `);
  });

  it('accounts for every byte of the piece the text lies in, at any length', () => {
    const world = new TestWorld();
    for (const length of [0, 1, 11, 12, 28, 31, 32, 43, 44, 45, 60, 61, 76, 200, 252, 253, 254, 255, 300, 5000, 40_000, 66_000]) {
      world.run(`SET k "${'b'.repeat(length)}"`);
      const { value } = look(world, 'k');
      expect(value?.length, String(length)).toBe(length);
      expect(value?.headerKind, String(length)).toBeDefined();
      expect(value === undefined ? -1 : slack(value), `slack at ${length}`).toBeGreaterThanOrEqual(0);
      expect(value?.encoding).toBe(length <= 44 ? 'embstr' : 'raw');
    }
  });

  it('shows room made for growth, and a write that stays in place', () => {
    const world = new TestWorld();
    world.run('APPEND trace "login;"', 'APPEND trace "search;"');
    const before = look(world, 'trace');
    expect(before.value?.allocation.spare).toBeGreaterThan(4);
    world.run('APPEND trace "buy;"');
    const after = look(world, 'trace');
    expect(fate(before, after)).toBe('inPlace');
    expect(stringChanges(before, after).join(' ')).toMatch(/17 bytes instead of 13\. It stayed where it was/);
    world.run(`APPEND trace "${'x'.repeat(200)}"`);
    const moved = look(world, 'trace');
    expect(fate(after, moved)).toBe('moved');
    expect(moved.value === undefined ? 0 : textPiece(moved.value)).toBeGreaterThan(400);
    expect(stringChanges(after, moved).join(' ')).toMatch(/A new piece of \d+ bytes was taken/);
  });

  it('names the conversion and the command that made it', () => {
    const world = new TestWorld();
    world.run('SET n 5', 'APPEND n 1');
    const view = look(world, 'n');
    expect(view.command?.text).toBe('APPEND n 1');
    expect(view.conversion).toMatchObject({ from: 'int', to: 'raw' });
    world.run('INCR n');
    expect(look(world, 'n')).toMatchObject({ conversion: { from: 'raw', to: 'int' }, value: { encoding: 'int', window: '52' } });
  });

  it('takes the last string written when no key is given', () => {
    const world = new TestWorld();
    expect(look(world, '').value).toBeUndefined();
    world.run('SET a 1', 'SET b 2');
    expect(look(world, '').key).toBe('b');
  });

  it('tells a missing key and a server that is not there', () => {
    const world = new TestWorld();
    expect(words(world, 'nothing')).toBe('There is no key nothing in database 0 of local:6379.');
    expect(string.describe(look(world, 'x', { port: 7000 }))).toBe('No server is running here.');
  });

  it('finds a key whose name is not ASCII', () => {
    const world = new TestWorld();
    world.run('SET caf\xc3\xa9 open', 'SET \xe2\x82\xac euro');
    expect(look(world, '€').value?.window).toBe('euro');
    expect(look(world, 'caf\xc3\xa9').value?.window).toBe('open');
    expect(look(world, 'café').value?.window).toBe('open');
  });

  it('shows a thousand bytes by a window, at level M', () => {
    const world = new TestWorld();
    world.run(`SET k ${'abcdefgh'.repeat(125)}`);
    const view = look(world, 'k', { from: 504 });
    expect([view.value?.level, view.value?.from, view.value?.window.length]).toEqual(['M', 504, 256]);
    expect(view.value?.window.startsWith('abcdefgh')).toBe(true);
  });

  it('shows a million bytes in bounded space, at level L', () => {
    const world = new TestWorld();
    world.run('SETRANGE k 999999 x', 'SETRANGE k 0 hello');
    const view = look(world, 'k');
    expect(view.value?.level).toBe('L');
    expect(view.value?.density).toHaveLength(128);
    expect(view.value?.density[0]).toEqual({ zero: 59, printable: 5, other: 0 });
    expect(JSON.stringify(view).length).toBeLessThan(12_000);
    expect(string.describe(view).length).toBeLessThan(2500);
  });
});
