/* What a learner predicts about keys that end, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { count, counted, duration, shown, timeOfDay } from '../words.ts';
import { newRemovals, type DeadlineView, type ExpiryView } from './model.ts';

const same = (before: ExpiryView, after: ExpiryView): boolean => before.place === after.place && before.db === after.db;
const soonest = (view: ExpiryView): DeadlineView | undefined => view.deadlines.find((each) => !each.isDead);
const deadlineOf = (view: ExpiryView, key: string): DeadlineView | undefined => view.deadlines.find((each) => each.key === key);

const LOOK = 'A command that looks at it';
const CYCLE = 'The active cycle';

const broom: Prompt<ExpiryView> = {
  id: 'expiry-broom',
  fits: (view) => view.withDeadline > 0 && view.level !== 'L',
  ask: (view) => `The next deadline is that of ${shown(soonest(view)?.key ?? view.deadlines[0]?.key ?? '')}. Who removes the next dead key from the table?`,
  choices: () => [LOOK, CYCLE],
  answer(before, after) {
    if (!same(before, after)) return undefined;
    const first = newRemovals(before, after).at(-1);
    return first === undefined ? undefined : first.how === 'access' ? LOOK : CYCLE;
  },
  because(before, after, choice) {
    const first = newRemovals(before, after).at(-1);
    if (first === undefined) return '';
    const late = first.lateMs <= 0 ? 'at once' : `${duration(first.lateMs)} late`;
    if (first.how === 'access') return `${first.command ?? 'A command'} came upon ${shown(first.key)} ${late}, before the cycle did: whoever finds a dead key removes it.`;
    const often = `The cycle runs ${after.hz === 1 ? 'once' : `${after.hz} times`} a second and came to ${shown(first.key)} ${late}.`;
    return choice === LOOK ? `${often} No command has to touch a key for it to go.` : often;
  },
};

const STAYS = 'It stays';
const GONE = 'It is gone';
const RENEWED = 'It is renewed';

const overwrite: Prompt<ExpiryView> = {
  id: 'expiry-overwrite',
  fits: (view) => soonest(view) !== undefined,
  ask: (view) => `SET ${shown(soonest(view)?.key ?? '')} to another value, without an option. What becomes of its deadline?`,
  choices: () => [STAYS, GONE, RENEWED],
  answer(before, after) {
    const { command } = after;
    if (!same(before, after) || command === undefined || command.id === before.command?.id || command.name !== 'SET' || command.words !== 3) return undefined;
    const was = deadlineOf(before, command.key);
    if (was === undefined || was.isDead) return undefined;
    const is = deadlineOf(after, command.key);
    return is === undefined ? GONE : is.atMs === was.atMs ? STAYS : RENEWED;
  },
  because(_before, after, choice) {
    const why = `SET makes the key anew, and a new key has no deadline. ${shown(after.command?.key ?? '')} stays until somebody removes it.`;
    if (choice === STAYS) return `${why} To keep the deadline, write SET … KEEPTTL, or change the value in place (APPEND, INCR, SETRANGE).`;
    return choice === RENEWED ? `${why} Redis does not remember how long the lifetime once was.` : why;
  },
};

const FEWER = 'One fewer';
const AS_MANY = 'As many as now';

const counting: Prompt<ExpiryView> = {
  id: 'expiry-count',
  fits: (view) => view.level === 'S' && soonest(view) !== undefined && view.dead === 0 && (view.deadlines.filter((each) => each.atMs < (soonest(view)?.atMs ?? 0) + 2000).length === 1),
  ask: (view) => `${shown(soonest(view)?.key ?? '')} ends at ${timeOfDay(soonest(view)?.atMs ?? 0)}. The table holds ${counted(view.physical, 'key')} now. How many a second after that moment, if nobody sends a command?`,
  choices: () => [FEWER, AS_MANY],
  answer(before, after) {
    const next = soonest(before);
    if (!same(before, after) || next === undefined || before.command?.id !== after.command?.id || after.nowMs < next.atMs + 1000) return undefined;
    return after.physical < before.physical ? FEWER : AS_MANY;
  },
  because(before, after, choice) {
    const next = soonest(before);
    const removed = newRemovals(before, after).find((each) => each.key === next?.key);
    if (removed === undefined) return `Nobody has come upon it: ${after.isCycleOff ? 'the active cycle is switched off' : `the active cycle runs ${after.hz === 1 ? 'once' : `${after.hz} times`} a second and has not yet`}. No client sees the key, but DBSIZE counts it: ${count(after.physical)}.`;
    const why = `The active cycle removed it ${removed.lateMs <= 0 ? 'at its moment' : `${duration(removed.lateMs)} after its moment`}.`;
    return choice === AS_MANY ? `${why} It does not wait for a command.` : `${why} There was a short time in which it was dead and still counted.`;
  },
};

export const expiryPrompts: readonly Prompt<ExpiryView>[] = [broom, overwrite, counting];

export const expiryGoal: Goal<ExpiryView> = {
  says: 'See a key end in each of the ways there are.',
  marks: [
    { id: 'soon', says: 'A key that ends within half a minute', reached: (view) => view.deadlines.some((each) => !each.isDead && each.atMs - view.nowMs <= 30_000) },
    { id: 'cycle', says: 'A key removed by the active cycle', reached: (view) => view.removals.some((each) => each.how === 'cycle') },
    { id: 'look', says: 'A key removed by a look at it (CONFIG SET hz 1 leaves you the time)', reached: (view) => view.removals.some((each) => each.how === 'access') },
    {
      id: 'saved', says: 'A key saved before its end by PERSIST',
      reached: (view, before) => before !== undefined && same(before, view) && view.command?.name === 'PERSIST' && view.command.id !== before.command?.id && deadlineOf(before, view.command.key) !== undefined && deadlineOf(view, view.command.key) === undefined,
    },
  ],
  done: 'A dead key is never seen, whoever removes it. The look removes what is asked for, the cycle what nobody asks for, and PERSIST takes the deadline away while there is time.',
};
