/* What a learner predicts about failure detection in a cluster, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { duration, listed } from '../words.ts';
import { beliefOf, type BeliefCell, type BeliefsView, type NodeRow } from './model.ts';

const all = (view: BeliefsView): { row: NodeRow; place: string; cell: BeliefCell }[] => view.rows.flatMap((row) => view.columns.flatMap((place) => {
  const cell = beliefOf(view, row, place);
  return cell === null ? [] : [{ row, place, cell }];
}));
const isCalm = (view: BeliefsView): boolean => view.rows.length > 3 && all(view).every(({ cell }) => cell.health === 'ok');
const failed = (view: BeliefsView) => all(view).filter(({ cell }) => cell.health === 'fail');
const aMaster = (view: BeliefsView): string => view.rows.find(({ votes }) => votes)?.place.split(':')[0] ?? 'a master';

const ONE = 'One node that cannot reach it is enough';
const MOST = 'A majority of the masters with slots has to say so';

const majority: Prompt<BeliefsView> = {
  id: 'beliefs-majority',
  fits: isCalm,
  ask: (view) => `Crash ${aMaster(view)} (fault crash HOST). What does it take until it is FAIL?`,
  choices: () => [ONE, MOST],
  answer(before, after) {
    const [now] = failed(after);
    if (now === undefined || failed(before).length > 0) return undefined;
    return now.row.quorum > 1 ? MOST : ONE;
  },
  because(_before, after, choice) {
    const [now] = failed(after);
    if (now === undefined) return '';
    return `${now.row.quorum} opinions of masters with slots were needed for ${now.place}.${now.cell.reports.length === 0 ? '' : ` ${now.row.place} had reports from ${listed(now.cell.reports.map(({ by }) => by))}.`}${choice === ONE ? ' One node’s silence may be its own cable: such an opinion is PFAIL and changes nothing.' : ' Whoever sees the majority first tells everybody, and all obey.'}`;
  },
};

const TIMEOUT = 'About as long as node-timeout';
const AT_ONCE = 'At once, when its connections break';

const when: Prompt<BeliefsView> = {
  id: 'beliefs-when',
  fits: isCalm,
  ask: (view) => `Crash ${aMaster(view)}. How long is it silent when the first node suspects it (PFAIL)?`,
  choices: () => [AT_ONCE, TIMEOUT],
  answer(before, after) {
    const now = all(after).find(({ cell }) => cell.health === 'fail?');
    if (now === undefined || all(before).some(({ cell }) => cell.health !== 'ok')) return undefined;
    return now.cell.silentMs >= after.nodeTimeoutMs * 0.9 ? TIMEOUT : AT_ONCE;
  },
  because(_before, after, choice) {
    const now = all(after).find(({ cell }) => cell.health === 'fail?');
    return `${now?.row.place ?? 'A node'} had waited for an answer of ${now?.place ?? 'it'} for ${duration(now?.cell.silentMs ?? 0)}; node-timeout is ${duration(after.nodeTimeoutMs)}.${choice === AT_ONCE ? ' A connection that breaks is made again, and only silence counts.' : ''}`;
  },
};

const FAILS = 'They call each other FAIL, as the other side does';
const ONLY_SUSPECTS = 'They suspect all others and get no further';

const minority: Prompt<BeliefsView> = {
  id: 'beliefs-minority',
  fits: (view) => isCalm(view) && view.rows.filter(({ votes }) => votes).length > 2,
  ask: (view) => `Cut ${aMaster(view)} off from all others (fault isolate HOST). What does the side with one master come to?`,
  choices: () => [ONLY_SUSPECTS, FAILS],
  answer(_before, after) {
    const alone = after.rows.find((row) => row.votes && after.rows.every((other) => other === row || beliefOf(after, other, row.place)?.health === 'fail'));
    if (alone === undefined || alone.cells.some((cell) => cell?.health === 'ok')) return undefined;
    return alone.cells.some((cell) => cell?.health === 'fail') ? FAILS : ONLY_SUSPECTS;
  },
  because(_before, after, choice) {
    const alone = after.rows.find((row) => row.votes && after.rows.every((other) => other === row || beliefOf(after, other, row.place)?.health === 'fail'));
    return `${alone?.place ?? 'It'} has one opinion, its own, of the ${alone?.quorum ?? 0} that make a failure${alone?.state === 'fail' ? ', and it calls the cluster down: it takes no writes that the other side would not know' : ''}.${choice === FAILS ? ' The others have a majority, so for them it is FAIL; both sides are never right at the same time.' : ''}`;
  },
};

export const beliefsPrompts: readonly Prompt<BeliefsView>[] = [majority, when, minority];

export const beliefsGoal: Goal<BeliefsView> = {
  says: 'Follow an opinion until it is a fact for all.',
  marks: [
    { id: 'suspects', says: 'A node that one other suspects (PFAIL)', reached: (view) => all(view).some(({ cell }) => cell.health === 'fail?') },
    { id: 'report', says: 'A report of it that another has received', reached: (view) => all(view).some(({ cell }) => cell.reports.length > 0) },
    { id: 'failed', says: 'A node that has failed for all who can be reached (FAIL)', reached: (view) => view.columns.some((place) => view.rows.length > 1 && view.rows.filter((row) => row.place !== place).every((row) => beliefOf(view, row, place)?.health === 'fail')) },
    { id: 'differ', says: 'Two nodes that believe different things of a third', reached: (view) => view.columns.some((place) => new Set(view.rows.flatMap((row) => beliefOf(view, row, place)?.health ?? [])).size > 1) },
    { id: 'alone', says: 'A master that suspects everybody and gets no further (isolate one)', reached: (view) => view.rows.some((row) => row.votes && row.cells.some((cell) => cell !== null) && row.cells.every((cell) => cell === null || cell.health === 'fail?')) },
    { id: 'back', says: 'A node that is taken back', reached: (view, before) => before !== undefined && view.rows.some((row) => { const was = before.rows.find(({ place }) => place === row.place); return was !== undefined && view.columns.some((place) => beliefOf(before, was, place)?.health === 'fail' && beliefOf(view, row, place)?.health === 'ok'); }) },
  ],
  done: 'No node decides alone who has failed. Opinions travel in the gossip, a majority of masters makes a failure of them, and that is told to all.',
};
