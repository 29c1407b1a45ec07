import { describe, expect, test } from 'vitest';
import { mallocSize, sdsGrownRoom, sdsHeaderSize, sdsRoom } from './sds.ts';

describe('sizes of sds strings', () => {
  test('the allocator has sixteens up to 128 and then four sizes to each doubling', () => {
    const classes = new Set<number>();
    for (let bytes = 1; bytes <= 2048; bytes++) classes.add(mallocSize(bytes));
    expect([...classes]).toEqual([
      8, 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048,
    ]);
    for (const size of [8, 128, 320, 4096, 20480, 1048576, 1310720]) expect(mallocSize(size)).toBe(size);
    expect(mallocSize(1048577)).toBe(1310720);
  });

  test('the header grows with the length it has to tell', () => {
    expect([0, 1, 31, 32, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32].map(sdsHeaderSize)).toEqual([3, 1, 1, 3, 3, 5, 5, 9, 9, 17]);
  });

  test('room never exceeds what the allocator gave', () => {
    for (let length = 0; length < 70_000; length += length < 700 ? 1 : 97) {
      for (const room of [sdsRoom(length), sdsGrownRoom(length)]) {
        expect(room.alloc).toBeGreaterThanOrEqual(length);
        expect(room.headerBytes + room.alloc + 1).toBeLessThanOrEqual(room.size);
        expect(mallocSize(room.size)).toBe(room.size);
      }
    }
  });
});
