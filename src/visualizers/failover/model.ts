/*
 * Election and failover, as a view
 * --------------------------------
 * What one Sentinel does about a master that is down for all. Each step has a state, is entered by a fact that the
 * Sentinel tells as an event, and waits for another:
 *
 *     none ─ +try-failover ─▶ wait_start ─ +elected-leader ─▶ select_slave ─ +selected-slave ─▶ send_slaveof_noone
 *       ▲                                                                                            │
 *       │ +switch-master                                                +failover-state-wait-promotion
 *     update_config ◀─ +failover-end ─ reconf_slaves ◀─ +promoted-slave ─ wait_promotion ◀───────────┘
 *
 * Beside it stand the votes that it knows of, and the replicas in the order in which it would promote them.
 */
import type { SentinelMasterView, SentinelReplicaView } from '../../engine/inspect/index.ts';
import type { ToldView } from '../sentinels.ts';
import { count, counted, duration, listed } from '../words.ts';

export type State = SentinelMasterView['state'];

export interface Stage {
  readonly state: Exclude<State, 'none'>;
  /** The event with which it is entered. */
  readonly entered: string;
  readonly title: string;
  readonly waits: string;
}

export const STAGES: readonly Stage[] = [
  { state: 'wait_start', entered: '+try-failover', title: 'Asks for votes', waits: 'a majority of all known Sentinels, and at least the quorum' },
  { state: 'select_slave', entered: '+elected-leader', title: 'Is the leader, and chooses', waits: 'a replica that no rule excludes' },
  { state: 'send_slaveof_noone', entered: '+selected-slave', title: 'Tells it to be a master', waits: 'a connection to it' },
  { state: 'wait_promotion', entered: '+failover-state-wait-promotion', title: 'Waits until it is one', waits: 'an INFO in which it calls itself a master' },
  { state: 'reconf_slaves', entered: '+promoted-slave', title: 'Sends the others after it', waits: 'every other replica, a few at a time' },
  { state: 'update_config', entered: '+failover-end', title: 'Gives it the name', waits: 'the next turn of the timer' },
];

/** How a failover ends. */
export const ENDS: Readonly<Record<string, string>> = {
  '+switch-master': 'done: the name belongs to the new master',
  '-failover-abort-not-elected': 'given up: it was not elected in time',
  '-failover-abort-no-good-slave': 'given up: no replica is fit',
  '-failover-abort-slave-timeout': 'given up: the chosen replica did not become a master in time',
};

export interface VoteView {
  /** The Sentinel that votes. */
  readonly place: string;
  /** Whom it has voted for, as far as is known here; undefined when nothing is known. */
  readonly for: string | undefined;
  readonly epoch: number;
  readonly saysMasterDown: boolean;
}

export interface CandidateView {
  readonly place: string;
  readonly priority: number;
  readonly offset: number;
  readonly runId: string;
  readonly unfit: SentinelReplicaView['unfit'];
  readonly isPromoted: boolean;
  readonly reconf: SentinelReplicaView['reconf'];
}

export interface FailoverView {
  /** The Sentinel whose failover is drawn; undefined when none runs. */
  readonly place: string | undefined;
  readonly places: readonly string[];
  readonly name: string;
  readonly master: string;
  readonly isDown: boolean;
  readonly isDownForAll: boolean;
  readonly agreeing: number;
  readonly quorum: number;
  readonly voters: number;
  readonly votesNeeded: number;
  readonly state: State;
  readonly inStateMs: number;
  /** After so long in this state it gives up; 0: it does not. */
  readonly patienceMs: number;
  /** How long it will begin no failover, because it has begun or voted for one lately. */
  readonly waitsMs: number;
  readonly currentEpoch: number;
  readonly failoverEpoch: number;
  /** Its own first. At most 17. */
  readonly votes: readonly VoteView[];
  /** The replicas in the order in which they would be promoted; at most 32. */
  readonly candidates: readonly CandidateView[];
  /** What moved it, since the last begin; oldest first, at most 24. */
  readonly trail: readonly ToldView[];
}

export const NO_FAILOVER: FailoverView = {
  place: undefined, places: [], name: '', master: '', isDown: false, isDownForAll: false, agreeing: 0, quorum: 0, voters: 0, votesNeeded: 0, state: 'none', inStateMs: 0, patienceMs: 0, waitsMs: 0,
  currentEpoch: 0, failoverEpoch: 0, votes: [], candidates: [], trail: [],
};

/** The event that entered a stage in the run that the trail tells of. */
export function enteredBy(view: FailoverView, stage: Stage): ToldView | undefined {
  const begin = view.trail.findLastIndex(({ event }) => event === '+try-failover');
  return begin === -1 ? undefined : view.trail.slice(begin).find(({ event }) => event === stage.entered);
}

/** How the last failover ended; undefined while one is under way and when there was none. */
export function endOf(view: FailoverView): ToldView | undefined {
  const begin = view.trail.findLastIndex(({ event }) => event === '+try-failover');
  return view.state === 'none' && begin !== -1 ? view.trail.slice(begin).findLast(({ event }) => event in ENDS) : undefined;
}

/** Votes by candidate in the present epoch, most first. */
export function tallyOf(view: FailoverView): { readonly place: string; readonly votes: number }[] {
  const votes = new Map<string, number>();
  for (const each of view.votes) if (each.for !== undefined && each.epoch === view.currentEpoch) votes.set(each.for, (votes.get(each.for) ?? 0) + 1);
  return [...votes].map(([place, count]) => ({ place, votes: count })).sort((a, b) => b.votes - a.votes || (a.place < b.place ? -1 : 1));
}

export const UNFIT: Readonly<Record<NonNullable<CandidateView['unfit']>, string>> = {
  down: 'it is called down', 'no link': 'there is no connection to it', silent: 'it has not answered for 5 PINGs', 'priority 0': 'its replica-priority is 0', 'old INFO': 'its INFO is too old', 'apart too long': 'it was without its master for too long',
};

/** Which column decided between the first candidate and the second. */
export function decidingColumn(view: FailoverView): 'priority' | 'offset' | 'run id' | undefined {
  const [first, second] = view.candidates.filter(({ unfit }) => unfit === null);
  if (first === undefined || second === undefined) return undefined;
  return first.priority !== second.priority ? 'priority' : first.offset !== second.offset ? 'offset' : 'run id';
}

export function candidateWords(each: CandidateView, n: number): string {
  const state = each.isPromoted ? '; it is being promoted' : each.reconf === null ? '' : each.reconf === 'done' ? '; it follows the new master' : '; it is being sent after the new master';
  return `${each.unfit === null ? `${n}.` : 'Excluded:'} ${each.place}, priority ${each.priority}, offset ${count(each.offset)}, run id ${each.runId.slice(0, 8)}${each.unfit === null ? '' : `, because ${UNFIT[each.unfit]}`}${state}.`;
}

export function voteWords(each: VoteView): string {
  return each.for === undefined ? `${each.place}: no vote is known.` : `${each.place} has voted for ${each.for} in epoch ${each.epoch}.`;
}

export function describeFailover(view: FailoverView): string {
  if (view.place === undefined) return 'No server is running here as a Sentinel.';
  const stage = STAGES.find(({ state }) => state === view.state);
  const lines = [
    `As ${view.place} sees it, ${view.name} is ${view.master}, ${view.isDownForAll ? `down for all: ${view.agreeing} say so, the quorum is ${view.quorum}` : view.isDown ? `down for this Sentinel; ${view.agreeing} of ${view.quorum} say so` : 'up'}.`,
    stage === undefined ? 'No failover is under way.' : `Its failover of epoch ${view.failoverEpoch} is in the state ${view.state}: ${stage.title.toLowerCase()}; it waits for ${stage.waits}.${view.patienceMs > 0 ? ` It gives up ${duration(view.patienceMs)} after entering it.` : ''}`,
  ];
  const end = endOf(view);
  if (end !== undefined) lines.push(`The last one was ${ENDS[end.event] ?? ''}.`);
  if (view.waitsMs > 0) lines.push(`It begins no other for ${duration(view.waitsMs)}.`);
  const tally = tallyOf(view);
  lines.push(`A leader needs ${view.votesNeeded} of ${counted(view.voters, 'vote')}. In epoch ${view.currentEpoch}: ${tally.length === 0 ? 'no votes' : listed(tally.map(({ place, votes }) => `${place} ${votes}`))}.`);
  for (const vote of view.votes) if (vote.for !== undefined) lines.push(voteWords(vote));
  view.candidates.forEach((each, i) => lines.push(candidateWords(each, i + 1)));
  for (const told of view.trail.slice(-8)) lines.push(`${duration(told.atUs / 1000)}: ${told.event} ${told.text}`);
  return lines.join('\n');
}

export function failoverChanges(before: FailoverView, after: FailoverView): string[] {
  if (before.place !== after.place || after.place === undefined) return [];
  const changes: string[] = [];
  const last = before.trail.at(-1)?.id ?? 0;
  for (const told of after.trail) if (told.id > last) changes.push(`${told.event} ${told.text}`);
  for (const vote of after.votes) {
    const was = before.votes.find(({ place }) => place === vote.place);
    if (vote.for !== undefined && (was?.for !== vote.for || was.epoch !== vote.epoch)) changes.push(voteWords(vote));
  }
  for (const each of after.candidates) {
    const was = before.candidates.find(({ place }) => place === each.place);
    if (was !== undefined && was.unfit !== each.unfit) changes.push(each.unfit === null ? `${each.place} may be promoted again.` : `${each.place} may not be promoted: ${UNFIT[each.unfit]}.`);
  }
  return changes.slice(0, 8);
}

/** Waiting and the offsets of the replicas go on by themselves. */
export function onlyTimePassed(after: FailoverView, before: FailoverView): boolean {
  const plain = (view: FailoverView): string => JSON.stringify({ ...view, inStateMs: 0, waitsMs: 0, candidates: view.candidates.map((each) => ({ ...each, offset: 0 })) });
  return plain(after) === plain(before);
}
