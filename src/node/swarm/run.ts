/*
 * Running a plan
 * --------------
 * First faults happen and what must hold is watched; then everything is made well, and within a while the deployment
 * must be whole again; then clients end, and every copy must be the same.
 */
import type { Server } from '../../engine/index.ts';
import { fingerprintOfServer } from '../../engine/inspect/index.ts';
import { createSimulation, judge, ledgersOf, type Goal, type Program, type Simulation } from '../../simulation/index.ts';
import { programs } from '../../terminal/index.ts';
import { swarmClient } from './client.ts';
import { mend, serversOf } from './mend.ts';
import { HAND, isCareless, isWorkedOn } from './operators.ts';
import type { Plan } from './plan.ts';
import { Watch, type Problem } from './watch.ts';

export interface Outcome {
  readonly problem: Problem | undefined;
  readonly hash: string;
  readonly executed: number;
  readonly virtualUs: number;
  readonly tally: Watch['tally'];
}

/** Changes a server before it begins: how tests find out whether a mistake would be found. */
export type Mutation = (server: Server) => void;

const SECOND = 1e6;
/** Digests cost more than the rest, so servers are held against each other every few seconds. */
// An odd time: whoever looks in step with the pings of a master always finds one on its way.
const LOOK_EVERY_US = 1_970_003;
/** More events than any plan needs in a second of virtual time. */
const EVENTS_A_SECOND = 400_000;

export function runPlan(plan: Plan, mutation?: Mutation): Outcome {
  const simulation = createSimulation({ scenario: plan.scenario, programs: [...programs.map((each) => (mutation === undefined ? each : mutated(each, mutation))), swarmClient], keepsPast: false });
  const watch = new Watch(simulation, { takesOver: takesOver(plan) });
  pass(simulation, watch, plan.safetyUs, () => false);
  if (watch.problem === undefined) {
    heal(plan, simulation);
    const untilUs = plan.safetyUs + plan.livenessUs;
    const mended = { atUs: plan.safetyUs };
    settle(simulation, watch, untilUs, () => {
      const missing = unwell(plan, simulation);
      if (missing !== undefined) mend(plan, simulation, mended);
      return missing;
    }, 'liveness');
    endClients(plan, simulation);
    settle(simulation, watch, untilUs + 30 * SECOND, () => unwell(plan, simulation) ?? apart(simulation), 'convergence');
  }
  const gone = watch.problem === undefined ? lost(plan, simulation, watch) : undefined;
  if (gone !== undefined) watch.found('acknowledged', gone);
  watch.look();
  watch.count();
  return { problem: watch.problem, hash: simulation.runHash, executed: simulation.executed, virtualUs: simulation.nowUs, tally: watch.tally };
}

/** Lets time pass to `untilUs`, or until `isOver`, or until something is found. */
function pass(simulation: Simulation, watch: Watch, untilUs: number, isOver: () => boolean): void {
  while (simulation.nowUs < untilUs && watch.problem === undefined && !isOver()) {
    if (!simulation.advanceTo(Math.min(untilUs, simulation.nowUs + LOOK_EVERY_US), EVENTS_A_SECOND * 2)) watch.found('limit', `more than ${EVENTS_A_SECOND} events in a second`);
    watch.look();
  }
}

/** Until all is well twice in a row; what is still missing at the end is the problem. */
function settle(simulation: Simulation, watch: Watch, untilUs: number, missing: () => string | undefined, rule: string): void {
  let wellSince = 0;
  pass(simulation, watch, untilUs, () => {
    wellSince = missing() === undefined ? wellSince + 1 : 0;
    return wellSince === 3;
  });
  const still = missing();
  if (still !== undefined && watch.problem === undefined) watch.found(rule, still);
}

// --- making it well ------------------------------------------------------------------------------------

function heal(plan: Plan, simulation: Simulation): void {
  const say = (line: string): void => void simulation.fault(line);
  say('heal');
  say('buggify off');
  if (isWorkedOn(plan)) say(`crash ${HAND}`);
  for (const kind of ['delay', 'bandwidth', 'loss', 'send-buffer']) say(`${kind} * - * off`);
  for (const name of simulation.hostNames) {
    const host = simulation.host(name);
    if (host === undefined) continue;
    say(`disk ${name} ok`);
    say(`memory ${name} ok`);
    say(`clock ${name} drift 0`);
    // A master of a cluster waits until two seconds after its start, and for its node timeout after it was with the minority, by the wall clock.
    // Set back, that is an hour during which it serves nobody: so does 8.0.2 when its clock is set back and two of three masters stand still for a while,
    // and it serves again at once when it gets the hour back.
    const lostS = setBackS(plan, name);
    if (lostS > 0) say(`clock ${name} +${lostS}s`);
    if (host.state === 'paused') say(`resume ${name}`);
    if (host.state === 'off' || (runsServers(simulation, name) && host.serverViews().length === 0)) say(`restart ${name}`);
  }
}

/** By how much the machine's clock was set back, in all. */
function setBackS({ scenario }: Plan, name: string): number {
  let seconds = 0;
  for (const { fault } of scenario.timeline ?? []) {
    const back = new RegExp(`^clock ${name} -(\\d+)(s|h)$`).exec(fault);
    if (back !== null) seconds += Number(back[1]) * (back[2] === 'h' ? 3600 : 1);
  }
  return seconds;
}

const runsServers = (simulation: Simulation, name: string): boolean => simulation.scenario.hosts.some((host) => host.name === name && host.run?.some((line) => /^redis-(server|sentinel)\b/.test(line)) === true);

/** The clients' processes end. */
function endClients(plan: Plan, simulation: Simulation): void {
  for (const { name } of plan.scenario.hosts) if (!runsServers(simulation, name)) simulation.host(name)?.crash();
}

// --- whether it is well ----------------------------------------------------------------------------------

const GOALS: Readonly<Record<Plan['kind'], readonly Goal[]>> = {
  standalone: ['one-master'],
  replicas: ['replicas-in-sync'],
  sentinels: ['one-master', 'replicas-in-sync', 'sentinels-agree'],
  cluster: ['slots-covered'],
};

/** What is missing to a deployment that works; undefined when nothing is. */
function unwell(plan: Plan, simulation: Simulation): string | undefined {
  for (const { name } of plan.scenario.hosts) {
    // A server that was stopped from within, or could not start while its disk was full, is started by whoever looks after it.
    if (runsServers(simulation, name) && simulation.host(name)?.serverViews().length === 0) {
      simulation.fault(`restart ${name}`);
      return `no server runs on ${name}: ${lastLines(simulation, name)}`;
    }
  }
  const goals = plan.scenario.hosts.some(({ name }) => name.startsWith('r')) ? GOALS[plan.kind] : GOALS[plan.kind].filter((goal) => goal !== 'replicas-in-sync');
  const judged = judge(simulation, goals).find(({ holds }) => !holds);
  if (judged !== undefined) return `${judged.about}: ${judged.because}`;
  if (plan.kind === 'cluster') return clusterUnwell(plan, simulation);
  return plan.kind === 'replicas' && isWorkedOn(plan) ? workUnfinished(simulation) : undefined;
}

/** Whether the server's master, or that one's, is none's replica. */
function leadsToMaster(simulation: Simulation, servers: readonly { readonly name: string; readonly server: Server }[], from: string): boolean {
  let at = servers.find(({ name }) => name === from);
  for (let hops = 0; at !== undefined && hops <= servers.length; hops++) {
    const host = at.server.replication.link?.host;
    if (host === undefined) return true;
    at = servers.find(({ name }) => name === host || simulation.host(name)?.address === host);
  }
  return false;
}

/** What a person who changes masters must not leave behind. */
function workUnfinished(simulation: Simulation): string | undefined {
  const servers = serversOf(simulation);
  const masters = servers.filter(({ server }) => !server.replication.isReplica);
  if (masters.length !== 1) return `${masters.length} servers are masters: ${masters.map(({ name }) => name).join(', ')}`;
  const circling = servers.find(({ name }) => !leadsToMaster(simulation, servers, name));
  if (circling !== undefined) return `${circling.name} follows a ring of replicas`;
  const busy = servers.find(({ server }) => server.replication.failover.state !== 'no-failover');
  return busy === undefined ? undefined : `the failover of ${busy.name} is not over: ${busy.server.replication.failover.state}`;
}

function lastLines(simulation: Simulation, name: string): string {
  return logOf(simulation, name).split('\n').slice(-6).join(' / ');
}

function logOf(simulation: Simulation, name: string): string {
  const log = simulation.host(name)?.disk.read('/var/log/redis-server.log');
  return typeof log === 'string' ? log : '';
}

/**
 * Who is made a master by force is not asked how old its data is, or whose: a replica that has just moved to an orphaned
 * master and was never connected to it brings the keys of the one it has left.
 */
const isForced = ({ scenario }: Plan): boolean => scenario.hosts.some(({ run }) => run?.some((line) => /cluster failover (force|takeover)$/.test(line)));

/** The same where no age is too old: such a replica, which its log tells of, is elected like any other. */
const takesAnyAge = ({ scenario }: Plan): boolean => scenario.hosts.some(({ files }) => files?.['redis.conf']?.includes('cluster-replica-validity-factor 0\n'));

function clusterUnwell(plan: Plan, simulation: Simulation): string | undefined {
  const nodes = serversOf(simulation);
  const first = nodes[0]?.server.cluster;
  const epochs = new Map<bigint, string>();
  for (const { name, server } of nodes) {
    const { cluster, replication } = server;
    if (cluster === undefined || first === undefined) return `${name} is no node`;
    for (let slot = 0; slot < cluster.slots.length; slot++) {
      if (cluster.slots[slot]?.name !== first.slots[slot]?.name) return `${name} and ${nodes[0]?.name} disagree on slot ${slot}`;
    }
    const { myself } = cluster;
    if (myself.isMaster && myself.slots.count > 0) {
      const other = epochs.get(myself.configEpoch);
      if (other !== undefined) return `${name} and ${other} share the epoch ${myself.configEpoch}`;
      epochs.set(myself.configEpoch, name);
      const [open] = isWorkedOn(plan) ? [...cluster.migrating.keys(), ...cluster.importing.keys()] : [];
      if (open !== undefined) return `${name} has slot ${open} open`;
      const astray = isForced(plan) || (takesAnyAge(plan) && logOf(simulation, name).includes('Migrating to orphaned master')) ? undefined : [...cluster.keys.used].find((slot) => cluster.slots[slot] !== myself && !cluster.importing.has(slot));
      if (astray !== undefined) return `${name} has keys of slot ${astray}, which is not its own`;
    }
    if (myself.isReplica && replication.link?.state !== 'connected') return `${name} is not connected to its master`;
  }
  return undefined;
}

/** Copies that differ, once nobody writes. */
function apart(simulation: Simulation): string | undefined {
  const servers = serversOf(simulation).filter(({ server }) => server.sentinel === undefined);
  for (const replica of servers) {
    if (!replica.server.replication.isReplica) continue;
    const master = servers.find(({ server }) => !server.replication.isReplica && server.replicationId === replica.server.replicationId);
    if (master === undefined) return `${replica.name} follows nobody's history`;
    const [there, here] = [master.server.replication.offset, replica.server.replication.offset];
    if (there !== here) return `${replica.name} is at ${here} and ${master.name} at ${there}`;
    if (fingerprintOfServer(master.server) !== fingerprintOfServer(replica.server)) return `${replica.name} and ${master.name} hold different data`;
  }
  return undefined;
}

/** Whether a person makes somebody a master without asking the others. */
const takesOver = ({ scenario }: Plan): boolean => scenario.hosts.some(({ run }) => run?.some((line) => line.endsWith('takeover')));

/**
 * Acknowledged writes that are gone though no server has begun anew and none has taken the place of another. Who takes it
 * over asks nobody, neither for votes nor what the master has written last.
 */
function lost(plan: Plan, simulation: Simulation, { tally }: Watch): string | undefined {
  if (takesOver(plan) || isCareless(plan) || tally.restarts + tally.elections + tally.promotions > 0) return undefined;
  const ledgers = ledgersOf(simulation);
  tally.mustSurvive += ledgers.reduce((sum, { acked }) => sum + acked, 0);
  const gone = ledgers.flatMap((ledger) => ledger.lost);
  return gone.length === 0 ? undefined : `${gone.length} acknowledged writes are gone, the first ${gone[0]?.key} of second ${gone[0]?.second}, and every master is who it was.`;
}

/** The program, with servers changed before they begin. */
function mutated(program: Program, mutation: Mutation): Program {
  return {
    ...program,
    run(process) {
      const serves = process.serves.bind(process);
      process.serves = (server, port) => {
        mutation(server);
        serves(server, port);
      };
      program.run(process);
    },
  };
}
