/*
 * Deployments to begin with
 * -------------------------
 * Each is a scenario with a name, what it is, and a first thing to try. Times that would take minutes with the
 * defaults of Redis are shortened, and the words say so.
 */
import type { HostSpec, Scenario } from '../../simulation/index.ts';

export interface Deployment {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly first: string;
  readonly scenario: Scenario;
}

const SERVER = 'redis-server --protected-mode no --repl-diskless-sync-delay 0';
/** Links that are silent are given up after ten seconds instead of a minute. */
const SHORT = '--repl-timeout 10';

const primary = (name: string): HostSpec => ({ name, run: [`${SERVER} ${SHORT}`] });
const replica = (name: string, of: string): HostSpec => ({ name, run: [`${SERVER} ${SHORT} --replicaof ${of} 6379`] });

const SENTINEL = 'protected-mode no\nsentinel monitor main 10.0.0.11 6379 2\nsentinel down-after-milliseconds main 5000\nsentinel failover-timeout main 20000\n';
const sentinel = (name: string): HostSpec => ({ name, files: { 'sentinel.conf': SENTINEL }, run: ['redis-sentinel sentinel.conf'] });

const node = (name: string): HostSpec => ({ name, run: [`${SERVER} --cluster-enabled yes --cluster-node-timeout 5000`] });

export const deployments: readonly Deployment[] = [
  {
    id: 'primary-two-replicas', title: 'Primary with two replicas',
    says: 'A primary p1 and two replicas that follow it. A link that is silent for 10 s is given up (the default is 60 s).',
    first: 'Write at p1, then cut r2 off and write again: watch how far it falls behind, heal, and see what it is answered.',
    scenario: { seed: 3, hosts: [primary('p1'), replica('r1', 'p1'), replica('r2', 'p1')] },
  },
  {
    id: 'chained-replicas', title: 'A chain of replicas',
    says: 'r1 follows p1, and r2 follows r1.',
    first: 'Write at p1 and step message by message: the same bytes pass through r1 to r2.',
    scenario: { seed: 4, hosts: [primary('p1'), replica('r1', 'p1'), replica('r2', 'r1')] },
  },
  {
    id: 'three-sentinels', title: 'Three Sentinels',
    says: 'A primary with two replicas, watched by three Sentinels that call a server down after 5 s (the default is 30 s).',
    first: 'Crash p1 and let ten seconds pass: the Sentinels agree, elect one of them, and a replica is promoted.',
    scenario: { seed: 7, hosts: [primary('p1'), replica('r1', '10.0.0.11'), replica('r2', '10.0.0.11'), sentinel('s1'), sentinel('s2'), sentinel('s3')] },
  },
  {
    id: 'six-node-cluster', title: 'A cluster of six',
    says: 'Three primaries and three replicas, made into a cluster in the first seconds. A node is given up after 5 s (the default is 15 s).',
    first: 'Let ten seconds pass, then crash a primary: its replica asks the other primaries for their votes.',
    scenario: {
      seed: 6,
      hosts: [
        ...['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map(node),
        { name: 'admin', run: ['sleep 1; redis-cli --cluster create n1:6379 n2:6379 n3:6379 n4:6379 n5:6379 n6:6379 --cluster-replicas 1 --cluster-yes > made.txt'] },
      ],
    },
  },
];
