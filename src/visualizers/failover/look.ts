/* From the Sentinels of a world to the failover of one of them: see model.ts. */
import type { SentinelMasterView } from '../../engine/inspect/index.ts';
import type { World } from '../../simulation/index.ts';
import { placeAt } from '../places.ts';
import { masterIn, mastersOf, sentinelsOf, toldBy, type KnownSentinel, type ToldView } from '../sentinels.ts';
import { readParams, type Visualizer } from '../visualizer.ts';
import { describeFailover, ENDS, NO_FAILOVER, STAGES, type FailoverView, type VoteView } from './model.ts';

const TRAIL = 24;
/** An election is given up after this, or the failover's own timeout when that is shorter. */
const ELECTION_MS = 10_000;
/** What belongs to the story of a failover, beside the events of its stages and ends. */
const BESIDES: ReadonlySet<string> = new Set(['+sdown', '-sdown', '+odown', '-odown', '+new-epoch', '+vote-for-leader', '+slave-reconf-sent', '+slave-reconf-done', '+convert-to-slave', '+config-update-from']);
const MOVES: ReadonlySet<string> = new Set([...STAGES.map(({ entered }) => entered), ...Object.keys(ENDS)]);

export const failover: Visualizer<FailoverView> = {
  id: 'failover',
  title: 'Election and failover',
  wakes: ['sentinelEvent', 'commandExecuted', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const known = sentinelsOf(world);
    const port = params.whole('port', 0, 0, 65535);
    const host = params.text('sentinel', '').split(':')[0] ?? '';
    const name = mastersOf(known).find((each) => each === params.text('master', '')) ?? mastersOf(known)[0];
    const watching = known.filter((each) => (port === 0 || each.server.port === port) && name !== undefined && masterIn(each, name) !== undefined);
    const drawn = watching.find(({ server }) => server.host === host) ?? leading(watching, name ?? '');
    const master = drawn === undefined || name === undefined ? undefined : masterIn(drawn, name);
    if (drawn === undefined || master === undefined) return NO_FAILOVER;
    const { nowMs, currentEpoch } = drawn.facts;
    const byId = new Map(known.map(({ facts, place }) => [facts.myId, place]));
    const votes = votesIn(drawn, master, byId, world);
    return {
      place: drawn.place, places: watching.map(({ place }) => place), name: master.name, master: placeAt(world, master.ip, master.port),
      isDown: master.isDown, isDownForAll: master.isDownForAll, agreeing: master.isDown ? 1 + master.sentinels.filter(({ saysMasterDown }) => saysMasterDown).length : 0,
      quorum: master.quorum, voters: 1 + master.sentinels.length, votesNeeded: master.votesNeeded,
      state: master.state, inStateMs: master.state === 'none' ? 0 : nowMs - master.stateSinceMs,
      patienceMs: master.state === 'wait_start' ? Math.min(ELECTION_MS, master.failoverTimeoutMs) : master.state === 'none' || master.state === 'select_slave' || master.state === 'update_config' ? 0 : master.failoverTimeoutMs,
      waitsMs: master.waitsUntilMs === 0 ? 0 : master.waitsUntilMs - nowMs, currentEpoch, failoverEpoch: master.failoverEpoch, votes,
      candidates: master.replicas.map(({ ip, port: at, priority, offset, runId, unfit, isPromoted, reconf }) => ({ place: placeAt(world, ip, at), priority, offset, runId, unfit, isPromoted, reconf })),
      trail: trailOf(drawn),
    };
  },

  describe: describeFailover,
};

/** Who acts; else who acted last; else the first. */
function leading(watching: readonly KnownSentinel[], name: string): KnownSentinel | undefined {
  const acting = watching.filter((each) => masterIn(each, name)?.isFailingOver === true);
  // Several try at the same time; the one that got furthest is the leader.
  const furthest = (each: KnownSentinel): number => STAGES.findIndex(({ state }) => state === masterIn(each, name)?.state);
  if (acting.length > 0) return acting.reduce((best, each) => (furthest(each) > furthest(best) ? each : best));
  const lastMove = (each: KnownSentinel): number => toldBy(each).findLast(({ event }) => MOVES.has(event) && event !== '+switch-master')?.id ?? 0;
  return watching.reduce<KnownSentinel | undefined>((best, each) => (best === undefined || lastMove(each) > lastMove(best) ? each : best), undefined);
}

function votesIn(drawn: KnownSentinel, master: SentinelMasterView, byId: ReadonlyMap<string, string>, world: World): VoteView[] {
  const named = (id: string): string | undefined => (id === '' ? undefined : byId.get(id) ?? id.slice(0, 8));
  return [
    { place: drawn.place, for: named(master.votedFor), epoch: master.votedEpoch, saysMasterDown: master.isDown },
    ...master.sentinels.map((each) => ({ place: placeAt(world, each.ip, each.port), for: named(each.votedFor), epoch: each.votedEpoch, saysMasterDown: each.saysMasterDown })),
  ];
}

function trailOf(drawn: KnownSentinel): ToldView[] {
  return toldBy(drawn).filter(({ event }) => MOVES.has(event) || BESIDES.has(event)).slice(-TRAIL);
}
