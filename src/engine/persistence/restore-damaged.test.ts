/*
 * Payloads of DUMP that were damaged on the way and sealed again: RESTORE must refuse them or make a
 * value that every command can work with.
 */
import { expect, test } from 'vitest';
import { SeededRandom, TestServer } from '../testing.ts';
import { Crc64 } from './crc64.ts';

const LINES: Readonly<Record<string, readonly string[]>> = {
  hash: ['HGETALL', 'HSET k a 1 new 2', 'HDEL k a b c', 'HRANDFIELD k 3', 'HSCAN k 0', 'HLEN', 'HINCRBY k n 1'],
  zset: ['ZRANGE k 0 -1 WITHSCORES', 'ZADD k 5 a 1 new', 'ZRANGEBYSCORE k -inf 3', 'ZREM k a b', 'ZPOPMIN k 2', 'ZRANK k c', 'ZSCAN k 0'],
};

const GIVEN: readonly (readonly [type: string, config: Readonly<Record<string, number>>, line: string])[] = [
  ['hash', {}, 'HSET k a 1 b two c 70000 long-field-name value'],
  ['hash', { 'hash-max-listpack-entries': 0 }, 'HSET k a 1 b two c 70000 long-field-name value'],
  ['zset', {}, 'ZADD k 1 a 2.5 b 70000 c inf d'],
  ['zset', { 'zset-max-listpack-entries': 0 }, 'ZADD k 1 a 2.5 b 70000 c inf d'],
];

for (const [type, config, line] of GIVEN) {
  test(`a damaged ${type} (${Object.keys(config).length === 0 ? 'listpack' : 'table'}) is refused or works`, () => {
    const random = new SeededRandom(11);
    const source = new TestServer({ config });
    source.send(line);
    const wire = source.send('DUMP k');
    const good = wire.slice(wire.indexOf('\r\n') + 2, -2);
    const content = good.slice(0, -8);
    const world = new TestServer();
    let restored = 0;
    for (let i = 0; i < 1500; i++) {
      const at = random.below(content.length - 2);
      const byte = random.below(3) === 0 ? content.charCodeAt(at) ^ (1 << random.below(8)) : random.below(256);
      const damaged = content.slice(0, at) + String.fromCharCode(byte) + content.slice(at + 1);
      const reply = world.sendArgv(['RESTORE', 'k', '0', damaged + new Crc64().update(damaged).bytes, 'REPLACE']);
      if (reply !== '+OK\r\n') {
        expect(reply).toBe('-ERR Bad data format\r\n');
        continue;
      }
      restored++;
      for (const each of LINES[type] ?? []) expect(world.send(each.includes(' ') ? each : `${each} k`)).not.toBe('');
      expect(world.send('DUMP k')).not.toBe('');
      world.send('COPY k k2 REPLACE');
      world.send('DEBUG DIGEST');
      world.send('DEL k');
    }
    expect(restored).toBeGreaterThan(20);
  });
}
