import { expect, test } from 'vitest';
import { TestServer } from './testing.ts';

/** Clients of each thread, as INFO tells it. */
const clients = (world: TestServer): number[] => [...world.send('INFO threads', 'other').matchAll(/clients=(\d+)/g)].map((found) => Number(found[1]));
const told = (world: TestServer): string[] => [...world.send('INFO everything', 'other').matchAll(/io_thread\w*:\S+/g)].map((found) => found[0]);

test('the main thread has every client where there is no other', () => {
  const world = new TestServer();
  world.send('PING');
  expect(clients(world)).toEqual([2]);
  expect(told(world)).toEqual(['io_threads_active:0', 'io_thread_0:clients=2,reads=3,writes=2', 'io_threaded_reads_processed:0', 'io_threaded_writes_processed:0'].filter((line) => line.startsWith('io_thread')));
  expect(world.send('CLIENT INFO')).toContain(' io-thread=0');
});

test('a client goes to the thread with the fewest, and to the main one for as long as others may write to it', () => {
  const world = new TestServer({ config: { 'io-threads': 3 } });
  for (const name of ['other', 'a', 'b', 'c']) world.send('PING', name);
  expect(clients(world)).toEqual([0, 2, 2]);
  expect(world.send('CLIENT INFO', 'b')).toMatch(/ qbuf=0 qbuf-free=0 .* io-thread=1/);
  world.send('SUBSCRIBE news', 'b');
  world.send('BLPOP list 0', 'c');
  expect(clients(world)).toEqual([2, 1, 1]);
  world.send('RPUSH list x', 'a');
  expect(clients(world)).toEqual([1, 2, 1]);
  world.send('UNSUBSCRIBE', 'b');
  world.client('a').disconnect();
  expect(clients(world)).toEqual([0, 2, 1]);
  world.send('CONFIG RESETSTAT', 'other');
  expect(told(world)).toEqual(['io_threads_active:1', 'io_thread_0:clients=0,reads=0,writes=0', 'io_thread_1:clients=2,reads=1,writes=1', 'io_thread_2:clients=1,reads=0,writes=0', 'io_threaded_reads_processed:1', 'io_threaded_writes_processed:1']);
});
