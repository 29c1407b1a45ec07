import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../testing.ts';
import type { EncodingHost } from './encodings.ts';
import { formatId, generatedId, idBehind, idDifference, idNumbers, MAX_ID, MIN_ID, nextId, parseId, previousId, streamId, type StreamId } from './stream-id.ts';
import { Stream, streamFromRdb, streamToRdb } from './stream-value.ts';

describe('ids', () => {
  test.each([
    ['5', '5-0'], ['5-7', '5-7'], ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551615'], ['9007199254740993-9007199254740992', '9007199254740993-9007199254740992'],
    [' 1-+2', '1-2'], ['01-02', '1-2'], ['1--01', '1-18446744073709551615'], ['1-2\x00rest', '1-2'],
  ])('%j is read as C would', (word, id) => {
    const parsed = parseId(word);
    expect(parsed && formatId(parsed.id)).toBe(id);
  });

  test.each(['', '-', '+', 'x', '1-', '-1', '1--1', '1-1-1', '1-*', '18446744073709551616', '1'.repeat(128)])('%j is no id', (word) => {
    expect(parseId(word)).toBeUndefined();
  });

  test('steps cross milliseconds and end at the ends', () => {
    const up = nextId(streamId(5, 2n ** 64n - 1n)) as StreamId;
    expect(formatId(up)).toBe('6-0');
    expect(formatId(previousId(up) as StreamId)).toBe('5-18446744073709551615');
    expect(nextId(MAX_ID)).toBeUndefined();
    expect(previousId(MIN_ID)).toBeUndefined();
    expect(formatId(previousId(MAX_ID) as StreamId)).toBe('18446744073709551615-18446744073709551614');
  });

  test('the clock makes ids, and the last id does when the clock is behind', () => {
    expect(formatId(generatedId(streamId(5, 3), 9) as StreamId)).toBe('9-0');
    expect(formatId(generatedId(streamId(9, 3), 9) as StreamId)).toBe('9-4');
    expect(formatId(generatedId(streamId(12, 3), 9) as StreamId)).toBe('12-4');
    expect(generatedId(MAX_ID, 9)).toBeUndefined();
  });

  test('differences lead back to the id, over all 64 bits', () => {
    const values = [0, 1, 2 ** 31, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
    for (const ms of values) for (const seq of values) for (const other of values) {
      const [id, master] = [streamId(ms, seq), streamId(other, seq)];
      const { ms: first, seq: second } = idDifference(id, master);
      expect(idBehind(idNumbers(master), first, second)).toBe(id);
    }
  });
});

interface Model {
  entries: { id: StreamId; pairs: string[] }[];
  lastId: StreamId;
  maxDeletedId: StreamId;
  added: number;
}

/** What must be true of every stream, whatever was done to it. */
function check(stream: Stream, model: Model): void {
  expect([...stream.range(MIN_ID, MAX_ID)]).toEqual(model.entries);
  expect([...stream.range(MIN_ID, MAX_ID, true)]).toEqual([...model.entries].reverse());
  expect(stream.length).toBe(model.entries.length);
  expect(stream.firstId).toBe(model.entries[0]?.id ?? MIN_ID);
  expect(stream.lastEntryId).toBe(model.entries.at(-1)?.id ?? model.lastId);
  expect(stream.lastId).toBe(model.lastId);
  expect(stream.maxDeletedId).toBe(model.maxDeletedId);
  expect(stream.entriesAdded).toBe(BigInt(model.added));
  let live = 0;
  for (const { key, value } of stream.nodes.entries()) {
    const entries = [...value.entries(key)];
    expect(entries.length).toBe(value.live + value.deleted);
    expect(entries.filter((each) => !each.isDeleted)).toHaveLength(value.live);
    expect([...value.entriesBackwards(key)]).toEqual(entries.reverse());
    live += value.live;
  }
  expect(live).toBe(stream.length);
}

test('random writes leave what a list of entries would hold', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed);
    const limits = new Map([['stream-node-max-entries', random.below(6)], ['stream-node-max-bytes', [0, 0, 60, 4096][random.below(4)] ?? 0]]);
    const host = { config: { number: (name: string) => limits.get(name) ?? 0 } } as unknown as EncodingHost;
    const stream = new Stream();
    const model: Model = { entries: [], lastId: MIN_ID, maxDeletedId: MIN_ID, added: 0 };
    for (let step = 0; step < 120; step++) {
      const some = model.entries[random.below(model.entries.length + 1)]?.id ?? streamId(random.below(300), random.below(3));
      switch (random.below(8)) {
        case 0: {
          const ids = [some, streamId(random.below(300), 0)];
          const there = model.entries.filter((each) => ids.includes(each.id));
          expect(stream.delete(ids)).toBe(there.length);
          model.entries = model.entries.filter((each) => !ids.includes(each.id));
          for (const { id } of there) if (id > model.maxDeletedId) model.maxDeletedId = id;
          break;
        }
        case 1: {
          const maxLength = random.below(12);
          expect(stream.trim({ by: { maxLength }, approximate: false, limit: 0 })).toBe(Math.max(0, model.entries.length - maxLength));
          model.entries = model.entries.slice(-maxLength || model.entries.length);
          if (maxLength === 0) model.entries = [];
          break;
        }
        case 2: {
          const removed = stream.trim({ by: { minId: some }, approximate: random.below(2) === 0, limit: 5 });
          expect(removed).toBeLessThanOrEqual(model.entries.filter((each) => each.id < some).length);
          model.entries = model.entries.slice(removed);
          break;
        }
        case 3: {
          const to = streamId(random.below(300), 9);
          expect([...stream.range(some, to)]).toEqual(model.entries.filter(({ id }) => id >= some && id <= to));
          expect([...stream.range(some, to, true)]).toEqual(model.entries.filter(({ id }) => id >= some && id <= to).reverse());
          expect(stream.get(some)).toEqual(model.entries.find(({ id }) => id === some));
          break;
        }
        default: {
          const id = random.below(3) === 0 ? (nextId(model.lastId) as StreamId) : streamId((parseInt(formatId(model.lastId), 10) || 0) + 1 + random.below(5), random.below(3));
          const pairs = random.below(3) > 0 ? ['f', String(random.below(1000))] : ['f', 'x'.repeat(random.below(30)), ...(random.below(2) === 0 ? ['g', ''] : [])];
          stream.append(id, pairs, host);
          model.entries.push({ id, pairs });
          model.lastId = id;
          model.added++;
        }
      }
      check(stream, model);
      if (step % 20 === 0) {
        check(stream.clone(), model);
        const back = streamFromRdb(streamToRdb({ type: 'stream', encoding: 'stream', value: stream, lru: 0, sizeClass: 0 }));
        if (back === undefined) throw new Error('what was written can be read');
        check(back.value, model);
      }
    }
  }
});
