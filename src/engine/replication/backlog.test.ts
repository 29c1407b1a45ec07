import { expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import { ReplicationBacklog } from './backlog.ts';

test('gives back every stretch that it still has', () => {
  const random = new SeededRandom(3);
  for (const size of [1, 16, 1000, 300_000]) {
    const backlog = new ReplicationBacklog(size, 101);
    let all = '';
    for (let i = 0; i < 400; i++) {
      const bytes = String.fromCharCode(97 + (i % 26)).repeat(1 + random.below(size > 100_000 ? 5000 : 60));
      backlog.append(bytes);
      all += bytes;
      expect(backlog.firstByteOffset + backlog.length).toBe(101 + all.length);
      expect(backlog.length).toBeGreaterThanOrEqual(Math.min(size, all.length));
      const offset = backlog.firstByteOffset + random.below(backlog.length + 1);
      expect(backlog.from(offset)).toBe(all.slice(offset - 101));
    }
    expect(backlog.has(backlog.firstByteOffset - 1)).toBe(false);
    expect(backlog.has(101 + all.length)).toBe(true);
    expect(backlog.has(102 + all.length)).toBe(false);
  }
});

test('a smaller size forgets at once, a larger one keeps what is there', () => {
  const backlog = new ReplicationBacklog(100_000, 1);
  for (let i = 0; i < 100; i++) backlog.append('x'.repeat(1000));
  expect(backlog.length).toBe(100_000);
  backlog.resize(20_000);
  expect(backlog.length).toBeLessThan(40_000);
  const { length } = backlog;
  backlog.resize(1_000_000);
  expect(backlog.length).toBe(length);
});

test('keeps what a replica has not taken, and forgets it when it has', () => {
  let needed = 1;
  const backlog = new ReplicationBacklog(20_000, 1, () => needed);
  for (let i = 0; i < 100; i++) backlog.append('x'.repeat(1000));
  expect([backlog.firstByteOffset, backlog.length]).toEqual([1, 100_000]);
  needed = 50_001;
  backlog.trim();
  // A block has room for 20,440 bytes; the third is needed.
  expect(backlog.firstByteOffset).toBe(40_881);
  expect(backlog.has(50_001)).toBe(true);
  needed = Infinity;
  backlog.append('x');
  expect(backlog.length).toBe(100_001 - 3 * 20_440);
});

test('a replica holds the blocks from its place on, and the last of them when it has taken everything', () => {
  const backlog = new ReplicationBacklog(1_048_576, 1);
  expect([backlog.memory, backlog.heldFrom(1)]).toEqual([0, { blocks: 0, bytes: 0 }]);
  backlog.append('x');
  expect([backlog.memory, backlog.heldFrom(2)]).toEqual([20_504, { blocks: 1, bytes: 20_504 }]);
  // What finds no room in the first block makes one of its own size, as the allocator has it.
  backlog.append('x'.repeat(60_000));
  expect(backlog.memory).toBe(20_504 + 40_960 + 24);
  expect([1, 10_001, 20_440, 20_441, 60_002].map((offset) => backlog.heldFrom(offset))).toEqual([
    ...Array.from({ length: 3 }, () => ({ blocks: 2, bytes: backlog.memory })), { blocks: 1, bytes: 40_984 }, { blocks: 1, bytes: 40_984 },
  ]);
});
