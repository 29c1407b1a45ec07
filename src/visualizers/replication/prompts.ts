/* What a learner predicts about a stream and its followers, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { count, counted } from '../words.ts';
import { shortId, verdictWords, type FollowerView, type ReplicationView } from './model.ts';

const same = (before: ReplicationView, after: ReplicationView): boolean => before.place !== undefined && before.place === after.place;
const away = (view: ReplicationView): FollowerView | undefined => view.followers.find((each) => each.link === 'connect' || each.link === 'connecting');
const of = (view: ReplicationView, place: string | undefined): FollowerView | undefined => view.followers.find((each) => each.place === place);

const CONTINUE = 'CONTINUE: it gets what it has missed';
const FULL = 'FULLRESYNC: it gets everything again';

const asking: Prompt<ReplicationView> = {
  id: 'replication-ask',
  fits: (view) => away(view) !== undefined,
  ask: (view) => `${away(view)?.place ?? ''} has lost its link and stands at ${count(away(view)?.offset ?? 0)}. What will ${view.place ?? ''} answer when it asks again?`,
  choices: () => [CONTINUE, FULL],
  answer(before, after) {
    const was = away(before);
    if (!same(before, after) || was === undefined) return undefined;
    const is = of(after, was.place);
    if (is === undefined || (is.link !== 'connected' && is.link !== 'sync')) return undefined;
    if (after.counts.full > before.counts.full) return FULL;
    return after.counts.partialOk > before.counts.partialOk ? CONTINUE : undefined;
  },
  because(before, after, choice) {
    const was = away(before);
    if (was === undefined) return '';
    const asked = `It asked for byte ${count(was.offset + 1)} of ${shortId(was.id)}.`;
    if (after.counts.full > before.counts.full) {
      const why = was.verdict.kind === 'full' ? verdictWords(was.verdict, before) : 'When it asked, that byte was no longer in the backlog';
      return `${asked} ${why}.${choice === CONTINUE ? ' How long the link was down does not decide it, but how much was written meanwhile.' : ''}`;
    }
    return `${asked} The backlog still had it, and the history has the same name.${choice === FULL ? ' A broken link alone costs no snapshot.' : ''}`;
  },
};

const ONE = 'By 1';
const BYTES = 'By the length of the command in bytes';
const NOT = 'Not at all';

const counting: Prompt<ReplicationView> = {
  id: 'replication-count',
  fits: (view) => view.role === 'master' && view.backlog !== null,
  ask: (view) => `The offset of ${view.place ?? ''} is ${count(view.offset)}. By how much does the next command that you type there move it?`,
  choices: () => [ONE, BYTES, NOT],
  answer(before, after) {
    if (!same(before, after) || after.id !== before.id || after.command === undefined || after.command.id === before.command?.id) return undefined;
    return after.offset === before.offset ? NOT : after.offset === before.offset + 1 ? ONE : BYTES;
  },
  because(before, after, choice) {
    const grown = after.offset - before.offset;
    if (grown === 0) return `${after.command?.text ?? 'It'} changed nothing, so nothing goes to the replicas. Only what changes the data is in the stream.`;
    return `The stream grew by ${counted(grown, 'byte')}: what goes to the replicas is the command as RESP, and the offset counts its bytes.${choice === ONE ? ' Two servers with the same number of writes can stand at different offsets.' : ''}`;
  },
};

const KEEPS = 'It keeps its name';
const NEW = 'It gets a new name and remembers the old one';
const FORGETS = 'It gets a new name, and the old one is forgotten';

const promoting: Prompt<ReplicationView> = {
  id: 'replication-promote',
  fits: (view) => view.servers.some((each) => each.role === 'replica' && each.offset > 0),
  ask: (view) => `Promote ${view.servers.find((each) => each.role === 'replica' && each.offset > 0)?.place ?? ''} with REPLICAOF NO ONE. What becomes of the name of its history?`,
  choices: () => [KEEPS, NEW, FORGETS],
  answer(before, after) {
    const risen = promoted(before, after);
    if (risen === undefined) return undefined;
    return risen.is.id === risen.was.id ? KEEPS : risen.is.previousId === risen.was.id ? NEW : FORGETS;
  },
  because(before, after, choice) {
    const risen = promoted(before, after);
    if (risen === undefined) return '';
    const why = `${risen.is.place} goes on as ${shortId(risen.is.id)} from ${count(risen.is.offset)} and remembers ${shortId(risen.was.id)}.`;
    if (choice === KEEPS) return `${why} Its old master may write on under the old name: one name for two histories would let a replica continue in the wrong one.`;
    return `${why} So replicas that followed the same master can follow it without a snapshot.`;
  },
};

function promoted(before: ReplicationView, after: ReplicationView) {
  for (const is of after.servers) {
    const was = before.servers.find((each) => each.place === is.place);
    if (was?.role === 'replica' && is.role === 'master' && was.offset > 0) return { was, is };
  }
  return undefined;
}

export const replicationPrompts: readonly Prompt<ReplicationView>[] = [asking, counting, promoting];

const inStep = (view: ReplicationView): boolean => view.followers.some((each) => each.link === 'connected' && each.offset === view.offset && view.offset > 0);

export const replicationGoal: Goal<ReplicationView> = {
  says: 'Cut a replica off and bring it back in both ways.',
  marks: [
    { id: 'step', says: 'A replica in step with its master', reached: inStep },
    { id: 'behind', says: 'A replica that stands behind', reached: (view) => view.followers.some((each) => each.link !== 'sync' && each.offset < view.offset && each.offset > 0) },
    { id: 'continue', says: 'Its return by CONTINUE', reached: (view, before) => before !== undefined && same(before, view) && view.counts.partialOk > before.counts.partialOk },
    { id: 'full', says: 'Its return by FULLRESYNC, because the backlog had forgotten (CONFIG SET repl-backlog-size 16kb makes that cheap)', reached: (view, before) => before !== undefined && same(before, view) && view.counts.partialErr > before.counts.partialErr },
    { id: 'promoted', says: 'A promoted replica that remembers two histories', reached: (view) => view.servers.some((each) => each.role === 'master' && each.previousId !== undefined) },
  ],
  done: 'What decides is one interval: is the byte that the replica wants still in the backlog, under the name it knows? Everything about failover is built on that.',
};
