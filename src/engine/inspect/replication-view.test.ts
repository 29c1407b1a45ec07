import { expect, test } from 'vitest';
import { TestNetwork } from '../test-network.ts';
import type { TestServer } from '../testing.ts';
import { replicationView, streamTail } from './replication-view.ts';

const AT_ONCE = { 'repl-diskless-sync-delay': 0, 'protected-mode': false };

/** A master and its replica, in step. */
function pair(): { net: TestNetwork; primary: TestServer; replica: TestServer } {
  const net = new TestNetwork();
  const primary = net.server('p', { config: AT_ONCE });
  const replica = net.server('r', { config: AT_ONCE });
  replica.send('REPLICAOF p 6379');
  net.advance(3000);
  return { net, primary, replica };
}

test('a lone server has a history without a stream', () => {
  const server = new TestNetwork().server('p', { config: AT_ONCE });
  server.send('SET a 1');
  expect(replicationView(server.server)).toMatchObject({ role: 'master', offset: 0, previous: null, backlog: null, replicas: [], link: null });
  expect(streamTail(server.server, 10)).toEqual([]);
});

test('a master and its replica are seen from both sides, and looking changes nothing', () => {
  const { net, primary, replica } = pair();
  primary.send('SET a 1');
  primary.send('INCRBY n 5');
  net.advance(1500);
  const before = primary.send('INFO replication');
  const seen = replicationView(primary.server);
  expect(seen).toMatchObject({ role: 'master', replicas: [{ state: 'online', ackOffset: seen.offset }], counts: { full: 1 } });
  const follower = replicationView(replica.server);
  expect(follower).toMatchObject({ role: 'replica', id: seen.id, offset: seen.offset, link: { host: 'p', port: 6379, state: 'connected', mayContinue: true } });
  const tail = streamTail(primary.server, 100);
  expect(tail.map(({ argv }) => argv.join(' '))).toEqual(expect.arrayContaining(['SELECT 0', 'SET a 1', 'INCRBY n 5']));
  // They lie end to end, from the first byte that is kept to the last that was written.
  expect(tail[0]?.from).toBe(seen.backlog?.firstByte);
  tail.forEach((each, i) => expect(each.from).toBe(i === 0 ? each.from : (tail[i - 1]?.to ?? 0) + 1));
  expect(tail.at(-1)?.to).toBe(seen.offset);
  expect(streamTail(replica.server, 100).at(-1)).toEqual(tail.at(-1));
  expect(primary.send('INFO replication')).toBe(before);
});

test('what is too long to be read back is left out', () => {
  const { primary } = pair();
  primary.send(`SET large ${'x'.repeat(70_000)}`);
  expect(streamTail(primary.server, 100)).toEqual([]);
  primary.send('SET b 2');
  expect(streamTail(primary.server, 100).map(({ argv }) => argv.join(' '))).toEqual(['SET b 2']);
});

test('a promoted replica remembers the history before', () => {
  const { net, primary, replica } = pair();
  primary.send('SET a 1');
  net.advance(100);
  const was = replicationView(replica.server);
  replica.send('REPLICAOF NO ONE');
  const is = replicationView(replica.server);
  expect(is).toMatchObject({ role: 'master', previous: { id: was.id, secondOffset: was.offset + 1 } });
  expect(is.id).not.toBe(was.id);
});
