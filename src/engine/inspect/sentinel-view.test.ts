import { expect, test } from 'vitest';
import { TestDeployment } from '../sentinel/test-deployment.ts';
import { sentinelView } from './sentinel-view.ts';

const of = (deployment: TestDeployment, sentinel: number) => {
  const master = sentinelView(deployment.sentinel(sentinel).server)?.masters[0];
  if (master === undefined) throw new Error('it watches nobody');
  return master;
};

test('a Sentinel believes what it has heard, and looking changes nothing', () => {
  const deployment = new TestDeployment();
  deployment.advance(12_000);
  const before = deployment.sentinel(0).send('SENTINEL MASTER mymaster');
  const master = of(deployment, 0);
  expect(master).toMatchObject({ name: 'mymaster', ip: '10.0.0.1', port: 6379, quorum: 2, votesNeeded: 2, state: 'none', isDown: false, isDownForAll: false, waitsUntilMs: 0, downAfterMs: 3000 });
  expect(master.replicas.map(({ ip, unfit }) => [ip, unfit])).toEqual(expect.arrayContaining([['10.0.0.2', null], ['10.0.0.3', null]]));
  expect(master.sentinels).toHaveLength(2);
  expect(deployment.sentinel(0).send('SENTINEL MASTER mymaster')).toBe(before);
  expect(sentinelView(deployment.server(0).server)).toBeUndefined();
});

test('silence is counted before it is an opinion, and votes and the end are seen', () => {
  const deployment = new TestDeployment();
  deployment.advance(12_000);
  deployment.crashServer(0);
  deployment.advance(2000);
  const silent = of(deployment, 0);
  expect(silent.isDown).toBe(false);
  expect(silent.silentMs).toBeGreaterThan(500);
  deployment.advance(10_000);
  const views = [0, 1, 2].map((i) => of(deployment, i));
  expect(views.every(({ current }) => current.ip !== '10.0.0.1')).toBe(true);
  // All voted in the epoch of the failover, most of them for the same one.
  const votes = views.map(({ votedFor, votedEpoch }) => `${votedFor} ${votedEpoch}`);
  expect(Math.max(...votes.map((vote) => votes.filter((each) => each === vote).length))).toBeGreaterThanOrEqual(2);
});

test('replicas that may not be promoted stand last, with the rule', () => {
  const deployment = new TestDeployment();
  deployment.server(1).send('CONFIG SET replica-priority 0');
  deployment.advance(25_000);
  expect(of(deployment, 0).replicas.map(({ ip, unfit }) => [ip, unfit])).toEqual([['10.0.0.3', null], ['10.0.0.2', 'priority 0']]);
  deployment.crashServer(2);
  deployment.advance(6000);
  expect(of(deployment, 0).replicas.map(({ unfit }) => unfit).sort()).toEqual(['down', 'priority 0']);
});
