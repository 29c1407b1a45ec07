/* What a learner predicts about opinions, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { duration, listed } from '../words.ts';
import { cellAt, type CellView, type MonitorsView, type ObserverView } from './model.ts';

/** What each observer thinks of the server that it takes for the master. */
const ofMaster = (view: MonitorsView): { observer: ObserverView; cell: CellView }[] => view.observers.flatMap((observer) => {
  const cell = cellAt(view, observer, observer.master);
  return cell === null ? [] : [{ observer, cell }];
});
const isCalm = (view: MonitorsView): boolean => view.name !== undefined && view.observers.length > 0 && view.observers.every((each) => each.cells.every((cell) => cell?.isDown !== true));

const BROKEN = 'As soon as its connection breaks';
const SILENT = 'When it has owed an answer for down-after';

const silence: Prompt<MonitorsView> = {
  id: 'monitors-silence',
  fits: isCalm,
  ask: (view) => `Crash ${view.observers[0]?.master ?? 'the master'} (fault crash HOST). When does the first Sentinel call it down?`,
  choices: () => [BROKEN, SILENT],
  answer(before, after) {
    const now = ofMaster(after).find(({ cell, observer }) => cell.isDown && ofMaster(before).some((each) => each.observer.place === observer.place && !each.cell.isDown));
    if (now === undefined) return undefined;
    return now.cell.silentMs >= now.cell.downAfterMs ? SILENT : BROKEN;
  },
  because(_before, after, choice) {
    const now = ofMaster(after).find(({ cell }) => cell.isDown);
    return `${now?.observer.place ?? 'A Sentinel'} had waited ${duration(now?.cell.silentMs ?? 0)}, and down-after is ${duration(now?.cell.downAfterMs ?? 0)}.${choice === BROKEN ? ' A connection that ends proves nothing: the server may be starting again, and would answer the next one.' : ''}`;
  },
};

const ALONE = 'Yes, one Sentinel is enough';
const AGREE = 'Not before as many say so as the quorum asks for';

const quorum: Prompt<MonitorsView> = {
  id: 'monitors-quorum',
  fits: isCalm,
  ask: () => 'The first Sentinel calls the master down. Is it down for all (ODOWN) then?',
  choices: () => [ALONE, AGREE],
  answer(before, after) {
    const now = ofMaster(after).find(({ cell }) => cell.isDownForAll);
    if (now === undefined || ofMaster(before).some(({ cell }) => cell.isDownForAll)) return undefined;
    return now.observer.agreeing === 1 ? ALONE : AGREE;
  },
  because(_before, after, choice) {
    const now = ofMaster(after).find(({ cell }) => cell.isDownForAll);
    if (now === undefined) return '';
    const { observer } = now;
    return `${observer.place} called it down for all when ${observer.agreeing} said so, itself and ${listed([...observer.agreed])}; the quorum is ${observer.quorum}.${choice === ALONE && observer.quorum > 1 ? ' One Sentinel that sees nobody may itself be the one that is cut off.' : ''}`;
  },
};

const BOTH = 'Each side calls the other down';
const ONE = 'The others call it down, and it calls nobody down';

const isolated: Prompt<MonitorsView> = {
  id: 'monitors-isolated',
  fits: (view) => isCalm(view) && view.observers.length > 2,
  ask: (view) => `Cut ${view.observers.at(-1)?.place.split(':')[0] ?? 'a Sentinel'} off from all others (fault isolate HOST). What do they think of each other after down-after?`,
  choices: () => [ONE, BOTH],
  answer(_before, after) {
    const cut = after.observers.find((each) => after.observers.every((other) => other === each || cellAt(after, other, each.place)?.isDown === true));
    if (cut === undefined || after.observers.length < 3) return undefined;
    const calls = cut.cells.filter((cell) => cell !== null && cell.isDown).length;
    if (calls === 0) return ONE;
    return calls === cut.cells.filter((cell) => cell !== null).length ? BOTH : undefined;
  },
  because(_before, after, choice) {
    const cut = after.observers.find((each) => each.cells.every((cell) => cell === null || cell.isDown));
    return `${cut?.place ?? 'The one that was cut off'} hears nobody, so to it everybody is down, the master too; to the others only it is.${choice === ONE ? ' Being down is an opinion: who is cut off cannot tell that from the death of all others.' : ' That is why it needs a quorum, and a majority to act.'}`;
  },
};

export const monitorsPrompts: readonly Prompt<MonitorsView>[] = [silence, quorum, isolated];

export const monitorsGoal: Goal<MonitorsView> = {
  says: 'Let opinions be formed, and be shared.',
  marks: [
    { id: 'silence', says: 'A server that is silent for half of down-after, and not down', reached: (view) => view.observers.some(({ cells }) => cells.some((cell) => cell !== null && !cell.isDown && cell.silentMs > cell.downAfterMs / 2)) },
    { id: 'opinion', says: 'A server that one Sentinel calls down and another does not', reached: (view) => view.observed.some((place) => new Set(view.observers.flatMap((each) => cellAt(view, each, place)?.isDown ?? [])).size > 1) },
    { id: 'odown', says: 'A master that is down for all (ODOWN)', reached: (view) => view.observers.some(({ cells }) => cells.some((cell) => cell?.isDownForAll === true)) },
    { id: 'replica', says: 'A replica or a Sentinel that is down for one, which is never down for all', reached: (view) => view.observers.some(({ cells }) => cells.some((cell) => cell !== null && cell.role !== 'master' && cell.isDown && !cell.isDownForAll)) },
    { id: 'back', says: 'An opinion that is taken back', reached: (view, before) => before !== undefined && view.observers.some((each) => { const was = before.observers.find(({ place }) => place === each.place); return was !== undefined && view.observed.some((place) => cellAt(before, was, place)?.isDown === true && cellAt(view, each, place)?.isDown === false); }) },
    { id: 'moved', says: 'Two Sentinels that take different servers for the master', reached: (view) => new Set(view.observers.map(({ master }) => master)).size > 1 },
  ],
  done: 'Nobody knows who is down. Each Sentinel has an opinion of its own, and only as many opinions as the quorum asks for lead to an act.',
};
