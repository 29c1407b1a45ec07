/*
 * What people do on purpose
 * -------------------------
 * `--operators` adds somebody who works on the deployment while it is in trouble: masters are replaced in planned order,
 * slots are moved while clients write, nodes come and go. All of it is drawn from a stream of its own and added behind
 * what the seed means without the option, so that recorded seeds keep their plans.
 *
 * One thing is done after the other, by one pair of hands: two people who move the same slot at once lose its keys, with
 * the real server as well.
 */
import { keyHashSlot } from '../../engine/index.ts';
import type { HostSpec, TimedFault } from '../../simulation/index.ts';
import { Chance } from '../conformance/chance.ts';
import type { Plan } from './plan.ts';

export const HAND = 'hand';
/** A machine that joins a cluster, and has nothing to do with it before. */
export const NEWCOMER = 'nx';

const CARELESS = 'careless';
const SECOND = 1e6;
/** Faults after which a server begins anew, perhaps without its newest writes: half of the plans have none, so that every write must be there. */
const ENDS_SERVERS = /^(crash|stop|power-loss|restart|memory) /;

/** The plan, with somebody who works on it. */
export function withOperators(plan: Plan): Plan {
  const chance = new Chance(plan.scenario.seed, 'swarm/operators');
  const lines = plan.kind === 'replicas' ? replacing(chance, plan) : plan.kind === 'cluster' ? moving(chance, plan) : undefined;
  if (lines === undefined) return plan;
  const { hosts, timeline = [] } = plan.scenario;
  const [first] = hosts;
  const added = plan.kind === 'cluster' && first !== undefined && chance.happens(0.4) ? [{ ...first, name: NEWCOMER }] : [];
  const readyS = plan.kind === 'cluster' ? 13 : 5;
  const line = [`sleep ${readyS}`, ...lines.flatMap((each) => [`sleep ${chance.pick(['0.1', '0.5', '1', '3', '6'])}`, each]), 'echo done'].join('; ');
  const hand: HostSpec = { name: HAND, files: plan.kind === 'cluster' ? { 'move-slot.sh': MOVE_SLOT } : { 'hand-over.sh': HAND_OVER }, run: [`(${line}) > done.txt 2>&1`] };
  return {
    ...plan,
    scenario: {
      ...plan.scenario,
      hosts: [...hosts.map((host) => knowingAll(plan, host)), ...added, hand],
      timeline: [...(chance.happens(0.5) ? timeline.filter(({ fault }) => !ENDS_SERVERS.test(fault)) : timeline), ...interruptions(chance, plan, readyS)].sort((a, b) => a.atUs - b.atUs),
    },
  };
}

/** The client that keeps books looks for the new master among all servers. */
function knowingAll({ kind, scenario }: Plan, host: HostSpec): HostSpec {
  if (kind !== 'replicas') return host;
  const all = serversIn(scenario.hosts).map((name) => `${name}:6379`).join(' ');
  return { ...host, ...(host.run === undefined ? {} : { run: host.run.map((line) => line.replace(/(workload .*orders) p1:6379/, `$1 ${all}`)) }) };
}

/** Whoever works is called away in the middle of it, or hears nothing for a while. */
function interruptions(chance: Chance, { safetyUs }: Plan, readyS: number): TimedFault[] {
  const atUs = (): number => readyS * SECOND + chance.below(Math.max(1, safetyUs - readyS * SECOND));
  if (chance.happens(0.2)) return [{ atUs: atUs(), fault: `crash ${HAND}` }];
  if (chance.happens(0.2)) return [{ atUs: atUs(), fault: `reset ${HAND} - *` }];
  return [];
}

const serversIn = (hosts: readonly HostSpec[]): string[] => hosts.filter(({ run }) => run?.some((line) => line.startsWith('redis-server')) === true).map(({ name }) => name);
const addressOf = (hosts: readonly HostSpec[], name: string): string => `10.0.0.${11 + hosts.findIndex((host) => host.name === name)}`;

/** Whether somebody works on it by hand. */
export const isWorkedOn = ({ scenario }: Plan): boolean => scenario.hosts.some(({ name }) => name === HAND);

/** Whether what is done by hand may lose writes: its first line says so. */
export const isCareless = ({ scenario }: Plan): boolean => scenario.hosts.some(({ name, run }) => name === HAND && run?.some((line) => line.includes(`echo ${CARELESS};`)) === true);

// --- masters and replicas ------------------------------------------------------------------------------

/**
 * OLD NEW NEW_IP: writers wait, the new master has everything, the old one follows it, and only then it is a master. There
 * are never two, and nothing is lost, wherever it ends.
 */
const HAND_OVER = `if [ "$(redis-cli -h $1 role | head -n 1)" = master ]; then
  redis-cli -e -h $1 client pause 600000 write && for try in 1 2 3 4 5; do
    sleep 0.4
    old=$(redis-cli -h $1 info replication | grep -E '^master_repl(id|_offset):')
    new=$(redis-cli -h $2 info replication | grep -E '^master_repl(id|_offset):')
    if [ -n "$old" ] && [ "$old" = "$new" ]; then
      redis-cli -e -h $1 replicaof $3 6379 && redis-cli -h $2 replicaof no one
      break
    fi
  done
  redis-cli -h $1 client unpause
fi
`;

/**
 * Ways in which it is done. The first two lose nothing; the careless one does not wait for the new master, breaks off what
 * has begun, and makes masters of whoever is there.
 */
type Style = 'failover' | 'by hand' | typeof CARELESS;

function replacing(chance: Chance, { scenario: { hosts } }: Plan): string[] {
  const names = serversIn(hosts);
  const ip = (name: string): string => addressOf(hosts, name);
  const style = chance.weighted<Style>([[4, 'failover'], [3, 'by hand'], [3, CARELESS]]);
  const one = (): string => chance.pick(names);
  const two = (): readonly [string, string] => chance.shuffled(names).slice(0, 2) as [string, string];
  const masterIs = (words: string): string => `for h in ${names.join(' ')}; do redis-cli -e -h $h failover${words} && break; done`;
  const failover = (): string => masterIs(`${chance.happens(0.4) ? ` to ${ip(one())} 6379` : ''}${chance.happens(0.4) ? ` timeout ${chance.pick([200, 2000, 10_000])}` : ''}`);
  const handOver = (): string => {
    const next = one();
    return `for h in ${names.filter((name) => name !== next).join(' ')}; do sh hand-over.sh $h ${next} ${ip(next)}; done`;
  };
  const rehang = (): string => {
    const [replica, master] = two();
    return `[ "$(redis-cli -h ${replica} role | head -n 1)" = slave ] && redis-cli -h ${replica} replicaof ${ip(master)} 6379`;
  };
  const makers: Readonly<Record<Style, readonly (readonly [number, () => string])[]>> = {
    failover: [[1, failover]],
    'by hand': [[3, handOver], [2, rehang]],
    [CARELESS]: [
      [2, failover], [1, handOver], [1, rehang],
      [3, () => masterIs(` to ${ip(one())} 6379 force timeout ${chance.pick([100, 1000, 3000])}`)],
      [3, () => `redis-cli -h ${one()} failover abort`],
      [2, () => `redis-cli -h ${one()} replicaof no one`],
      [2, () => `redis-cli -h ${one()} replicaof ${ip(one())} 6379`],
    ],
  };
  return [`echo ${style}`, ...Array.from({ length: chance.between(1, 6) }, () => chance.weighted(makers[style])())];
}

// --- clusters --------------------------------------------------------------------------------------------

/**
 * SLOT TARGET TARGET_IP NODE…: opened at the target, then at whoever owns it, its keys sent over, and given to the target
 * when none is left. Any step that is refused is the last.
 */
const MOVE_SLOT = `slot=$1; target=$2; ip=$3
id=$(redis-cli -h $target cluster myid)
owner=
for h in $4 $5 $6 $7 $8 $9; do
  if redis-cli -h $h cluster nodes | grep myself | grep -q master; then
    hid=$(redis-cli -h $h cluster myid)
    if redis-cli -e -h $target cluster setslot $slot importing $hid; then
      if redis-cli -e -h $h cluster setslot $slot migrating $id; then owner=$h; break; fi
      if [ "$(redis-cli -h $target cluster countkeysinslot $slot)" = 0 ]; then redis-cli -h $target cluster setslot $slot stable; fi
    fi
  fi
done
if [ -n "$owner" ]; then
  for try in 1 2 3 4; do
    for key in $(redis-cli -h $owner cluster getkeysinslot $slot 20); do redis-cli -h $owner migrate $ip 6379 $key 0 1000; done
  done
  if [ "$(redis-cli -e -h $owner cluster countkeysinslot $slot)" = 0 ]; then
    redis-cli -e -h $target cluster setslot $slot node $id && redis-cli -h $owner cluster setslot $slot node $id
  fi
fi
`;

function moving(chance: Chance, { scenario: { hosts } }: Plan): string[] {
  const names = serversIn(hosts);
  const one = (): string => chance.pick(names);
  const id = (name: string): string => `$(redis-cli -h ${name} cluster myid)`;
  const speed = (): string => (chance.happens(0.3) ? ` --cluster-pipeline ${chance.pick([1, 3, 100])}` : '') + (chance.happens(0.5) ? ` --cluster-timeout ${chance.pick([100, 1000, 5000])}` : '');
  const makers: readonly (readonly [number, () => string])[] = [
    [5, () => `redis-cli --cluster reshard ${one()}:6379 --cluster-from ${chance.happens(0.5) ? 'all' : id(one())} --cluster-to ${id(one())} --cluster-slots ${chance.pick([10, 100, 300, 1500])}${speed()} --cluster-yes`],
    [2, () => `redis-cli --cluster rebalance ${one()}:6379 --cluster-use-empty-masters --cluster-threshold 1${chance.happens(0.3) ? ` --cluster-weight ${id(one())}=0` : ''}${speed()}`],
    [5, () => {
      const target = one();
      const slot = keyHashSlot(`orders:${chance.between(1, 200)}`);
      return `sh move-slot.sh ${slot} ${target} ${addressOf(hosts, target)} ${chance.shuffled(names.filter((name) => name !== target)).slice(0, 6).join(' ')}`;
    }],
    [2, () => `redis-cli --cluster add-node ${NEWCOMER}:6379 ${one()}:6379${chance.happens(0.4) ? ' --cluster-slave' : ''}`],
    [1, () => `redis-cli --cluster reshard ${one()}:6379 --cluster-from all --cluster-to ${id(NEWCOMER)} --cluster-slots 200 --cluster-yes`],
    [1, () => `redis-cli --cluster del-node ${one()}:6379 ${id(one())}`],
    [1, () => `redis-cli --cluster fix ${one()}:6379 --cluster-yes`],
  ];
  return Array.from({ length: chance.between(1, 5) }, () => chance.weighted(makers)());
}
