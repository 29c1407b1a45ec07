/* What a learner predicts about elections and failovers, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { count } from '../words.ts';
import { decidingColumn, ENDS, UNFIT, type FailoverView } from './model.ts';

const lastId = (view: FailoverView): number => view.trail.at(-1)?.id ?? 0;
/** An event that was told between two states. */
const fresh = (before: FailoverView, after: FailoverView, event: string) => after.trail.find((told) => told.event === event && told.id > lastId(before));
const isCalm = (view: FailoverView): boolean => view.place !== undefined && view.state === 'none' && !view.isDown && view.voters > 1;

const votes: Prompt<FailoverView> = {
  id: 'failover-votes',
  fits: isCalm,
  ask: (view) => `Crash ${view.master}. How many of the ${view.voters} Sentinels have to vote for the same one, before it may act?`,
  choices: (view) => Array.from({ length: Math.min(view.voters, 7) }, (_, i) => String(i + 1)),
  answer: (before, after) => (fresh(before, after, '+elected-leader') === undefined ? undefined : String(Math.min(7, after.votesNeeded))),
  because: (_before, after, choice) => `${after.voters} Sentinels are known, so a majority is ${Math.floor(after.voters / 2) + 1}; the quorum of ${after.quorum} asks for no fewer than that.${choice === String(after.quorum) && after.quorum < after.votesNeeded ? ' The quorum decides only whether the master is down for all.' : ''} Sentinels that are down count as known, too.`,
};

const replica: Prompt<FailoverView> = {
  id: 'failover-replica',
  fits: (view) => isCalm(view) && view.candidates.length > 1,
  ask: (view) => `Crash ${view.master}. Which replica will be promoted?`,
  choices: (view) => view.candidates.slice(0, 6).map(({ place }) => place),
  answer: (_before, after) => after.candidates.find(({ isPromoted }) => isPromoted)?.place,
  because(before, after, choice) {
    const best = after.candidates.find(({ isPromoted }) => isPromoted);
    const other = after.candidates.find(({ place }) => place === (choice === best?.place ? before.candidates.find((each) => each.place !== choice)?.place : choice));
    const excluded = other?.unfit ?? null;
    if (best === undefined || other === undefined) return 'The first of those that no rule excludes is taken, by priority, then by offset, then by run id.';
    if (excluded !== null) return `${other.place} was excluded: ${UNFIT[excluded]}. Of those that are left the lowest priority is taken, then the largest offset, then the smallest run id.`;
    if (best.priority !== other.priority) return `${best.place} has priority ${best.priority} and ${other.place} has ${other.priority}: the lower number goes first, and 0 means never. Offsets are compared only among equals.`;
    if (best.offset !== other.offset) return `Their priorities are equal, and ${best.place} had ${count(best.offset)} bytes of the stream when it was last asked, ${other.place} ${count(other.offset)}.`;
    return `Priority and offset are equal, so the smaller run id decides: ${best.runId.slice(0, 8)} comes before ${other.runId.slice(0, 8)}. It could as well have been the other.`;
  },
};

const SWITCHED = 'A replica has the name of the master';
const NOTHING = 'It is given up';

const majority: Prompt<FailoverView> = {
  id: 'failover-end',
  fits: (view) => view.place !== undefined && view.state !== 'none',
  ask: (view) => `${view.place ?? ''} has begun a failover with epoch ${view.failoverEpoch}. How does it end?`,
  choices: () => [SWITCHED, NOTHING],
  answer(before, after) {
    if (fresh(before, after, '+switch-master') !== undefined) return SWITCHED;
    return Object.keys(ENDS).some((event) => event.startsWith('-') && fresh(before, after, event) !== undefined) ? NOTHING : undefined;
  },
  because(before, after, choice) {
    if (fresh(before, after, '+switch-master') !== undefined) return `${after.name} is ${after.master} now. Everything after the promotion, and the news to the other Sentinels, carries epoch ${after.failoverEpoch}: the higher number wins wherever two disagree.`;
    const end = Object.keys(ENDS).find((event) => fresh(before, after, event) !== undefined);
    return `It was ${end === undefined ? 'given up' : ENDS[end] ?? ''}. Before a replica is promoted nothing has happened to anybody${choice === SWITCHED ? ', so it can be given up at any time and tried again later' : ''}.`;
  },
};

export const failoverPrompts: readonly Prompt<FailoverView>[] = [votes, replica, majority];

export const failoverGoal: Goal<FailoverView> = {
  says: 'See a failover from its begin to its end, and one that comes to nothing.',
  marks: [
    { id: 'asks', says: 'A Sentinel that asks for votes', reached: (view) => view.state === 'wait_start' },
    { id: 'leader', says: 'A leader with the votes it needs', reached: (view, before) => before !== undefined && fresh(before, view, '+elected-leader') !== undefined },
    { id: 'promoted', says: 'A replica that is a master now', reached: (view, before) => before !== undefined && fresh(before, view, '+promoted-slave') !== undefined },
    { id: 'done', says: 'The name of the master at another server', reached: (view, before) => before !== undefined && fresh(before, view, '+switch-master') !== undefined },
    { id: 'unfit', says: 'A replica that a rule excludes', reached: (view) => view.candidates.some(({ unfit }) => unfit !== null) },
    { id: 'decided', says: 'A choice that the priority decides (CONFIG SET replica-priority, and INFO that tells it)', reached: (view) => decidingColumn(view) === 'priority' },
    { id: 'given-up', says: 'A failover that is given up (crash or cut off Sentinels in time)', reached: (view, before) => before !== undefined && Object.keys(ENDS).some((event) => event.startsWith('-') && fresh(before, view, event) !== undefined) },
  ],
  done: 'The quorum says that something must be done, the majority says who does it, and the epoch says whose doing counts.',
};
