import { describe, expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.ts';

describe('ByteBuffer', () => {
  test('holds what it was made of, every byte value', () => {
    const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const buffer = new ByteBuffer(all);
    expect(buffer.toBytes()).toBe(all);
    expect(buffer.length).toBe(256);
    buffer.append('\xff');
    expect(buffer.toBytes()).toBe(`${all}\xff`);
  });

  test('a write past the end fills the gap with zeros', () => {
    const buffer = new ByteBuffer('ab');
    buffer.setRange(4, 'xy');
    expect(buffer.toBytes()).toBe('ab\0\0xy');
    buffer.setByte(7, 0x80);
    expect(buffer.toBytes()).toBe('ab\0\0xy\0\x80');
    expect([buffer.at(7), buffer.at(8), buffer.at(1000)]).toEqual([0x80, 0, 0]);
  });

  test('a write of nothing lengthens nothing', () => {
    const buffer = new ByteBuffer('ab');
    buffer.setRange(10, '');
    expect(buffer.toBytes()).toBe('ab');
  });

  test('ranges are cut to the value, before and after the whole was read', () => {
    const buffer = new ByteBuffer('hello');
    buffer.append(' world');
    expect(buffer.getRange(3, 8)).toBe('lo wo');
    expect(buffer.getRange(9, 100)).toBe('ld');
    buffer.toBytes();
    expect(buffer.getRange(3, 8)).toBe('lo wo');
    expect(buffer.getRange(9, 100)).toBe('ld');
    expect(buffer.getRange(20, 30)).toBe('');
  });

  test('room grows as DEBUG SDSLEN and MEMORY USAGE of a real server show it', () => {
    // SET k <78 bytes>, then APPENDs to these lengths: allocated is val_sds_len + val_sds_avail.
    const buffer = new ByteBuffer('v'.repeat(78));
    const seen: number[][] = [];
    for (const length of [127, 178, 234, 251, 264, 306]) {
      buffer.append('x'.repeat(length - buffer.length));
      seen.push([length, buffer.allocated, buffer.mallocBytes]);
    }
    expect(seen).toEqual([[127, 255, 320], [178, 255, 320], [234, 255, 320], [251, 255, 320], [264, 634, 640], [306, 634, 640]]);
  });

  test('room doubles below a megabyte and grows by a megabyte above', () => {
    const buffer = new ByteBuffer();
    buffer.lengthen(1_000_000);
    expect(buffer.allocated).toBeGreaterThanOrEqual(2_000_000);
    const before = buffer.allocated;
    buffer.lengthen(before + 1);
    expect(buffer.allocated).toBeGreaterThanOrEqual(before + 1 + 1024 * 1024);
    expect(buffer.allocated).toBeLessThan(before * 2);
  });

  test('a buffer made of zeros has no room but the allocator\'s rounding', () => {
    const buffer = ByteBuffer.ofLength(100);
    expect(buffer.toBytes()).toBe('\0'.repeat(100));
    expect([buffer.allocated, buffer.mallocBytes]).toEqual([108, 112]);
  });

  test('the whole value is made once until the next write', () => {
    const buffer = new ByteBuffer('x');
    buffer.append('y'.repeat(50_000));
    const first = buffer.toBytes();
    expect(buffer.toBytes()).toBe(first);
    expect(first.length).toBe(50_001);
    buffer.setByte(0, 65);
    expect(buffer.toBytes().slice(0, 2)).toBe('Ay');
    expect(first.slice(0, 2)).toBe('xy');
  });

  test('view shows the bytes without the spare room', () => {
    const buffer = new ByteBuffer('ab');
    buffer.append('c');
    expect([...buffer.view()]).toEqual([97, 98, 99]);
  });

  test('a random run behaves as a string', () => {
    let state = 7;
    const below = (n: number): number => (state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff) % n;
    const buffer = new ByteBuffer();
    let model = '';
    for (let step = 0; step < 2000; step++) {
      const value = String.fromCharCode(below(256)).repeat(below(20));
      const offset = below(model.length + 10);
      const kind = below(4);
      if (kind < 2) {
        buffer.append(value);
        model += value;
      } else if (kind === 2 && offset <= model.length) {
        const removed = below(model.length - offset + 1);
        buffer.splice(offset, removed, [...value].map((char) => char.charCodeAt(0)));
        model = model.slice(0, offset) + value + model.slice(offset + removed);
        if (below(4) === 0) buffer.resize(model.length + below(40));
      } else if (value !== '') {
        buffer.setRange(offset, value);
        model = model.padEnd(offset, '\0').slice(0, offset) + value + model.slice(offset + value.length);
      }
      expect(buffer.length).toBe(model.length);
      if (below(3) === 0) expect(buffer.toBytes()).toBe(model);
      if (below(3) === 0) expect(buffer.getRange(offset, offset + 7)).toBe(model.slice(offset, offset + 7));
    }
  });
});
