/* What a learner predicts about slots, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { count, listed } from '../words.ts';
import type { SlotsView } from './model.ts';

const fresh = (before: SlotsView, after: SlotsView): NonNullable<SlotsView['command']> | undefined => (after.command === undefined || after.command.id === before.command?.id ? undefined : after.command);

const SERVED = 'It is served there';
const MOVED = 'It is told where to go';
const CROSS = 'It is refused, whoever is asked';

const routing: Prompt<SlotsView> = {
  id: 'slots-route',
  fits: (view) => view.place !== undefined && view.owners.length > 1,
  ask: (view) => `Type a command with a key at ${view.place ?? ''}, without -c. What becomes of it?`,
  choices: () => [SERVED, MOVED, CROSS],
  answer(before, after) {
    const command = fresh(before, after);
    if (command === undefined || command.slots.length === 0) return undefined;
    return command.outcome === 'served' ? SERVED : command.outcome === 'moved' ? MOVED : command.outcome === 'crossslot' ? CROSS : undefined;
  },
  because(before, after, choice) {
    const command = fresh(before, after);
    if (command === undefined) return '';
    const slots = listed(command.slots.map((slot) => `slot ${slot}`), 4);
    if (command.outcome === 'crossslot') return `The keys of ${command.text} are in ${slots}, and no node may serve two at once, even if it owns both.`;
    if (command.outcome === 'moved') return `${command.text} is about ${slots}, which ${command.place} does not serve.${choice === SERVED ? ' A node passes nothing on: the client has to go to the owner itself.' : ''}`;
    return `${command.text} is about ${slots}, and ${command.place} serves that.${choice === MOVED ? ' Whether a key is there already plays no part.' : ''}`;
  },
};

const SAME = 'In the same slot';
const OTHER = 'In different slots';

const tags: Prompt<SlotsView> = {
  id: 'slots-tag',
  fits: (view) => view.place !== undefined,
  ask: () => 'Type MGET with two keys that differ only outside of braces, such as user:{7}:name and user:{7}:cart. In which slots are they?',
  choices: () => [SAME, OTHER],
  answer(before, after) {
    const command = fresh(before, after);
    if (command === undefined || command.slots.length === 0 || !command.text.startsWith('MGET')) return undefined;
    return command.slots.length === 1 ? SAME : OTHER;
  },
  because(before, after, choice) {
    const command = fresh(before, after);
    if (command === undefined) return '';
    if (command.slots.length > 1) return `They are in ${listed(command.slots.map((slot) => `slot ${slot}`), 4)}: only what stands between the first { and the next } counts, and if nothing does, all of the key.`;
    return `Both are in slot ${command.slots[0]}: only the text between { and } is hashed.${choice === OTHER ? ' So an application decides which keys belong together.' : ''}`;
  },
};

const STAYS = 'They have no owner, and the cluster is down';
const TAKEN = 'A replica of it takes them';

const losing: Prompt<SlotsView> = {
  id: 'slots-lost',
  fits: (view) => view.state === 'ok' && view.owners.length > 2,
  ask: (view) => `Kill a master that ${view.place ?? ''} sees (fault crash HOST). Who serves its slots half a minute later?`,
  choices: () => [TAKEN, STAYS],
  answer(before, after) {
    const gone = before.owners.find((owner) => !after.owners.some((each) => each.id === owner.id));
    if (gone !== undefined && after.uncovered === 0) return TAKEN;
    return before.state === 'ok' && after.state === 'fail' && after.owners.some((owner) => owner.health === 'fail' && owner.replicas.length === 0) ? STAYS : undefined;
  },
  because(before, after, choice) {
    const gone = before.owners.find((owner) => !after.owners.some((each) => each.id === owner.id));
    if (gone === undefined) return `It has no replica, so nobody may claim its slots, and a cluster that does not cover all ${count(16384)} is down${choice === TAKEN ? ': masters never take a dead one’s slots over, because they have none of its keys' : ''}.`;
    const taker = after.owners.find((owner) => !before.owners.some((each) => each.id === owner.id));
    return `${taker?.place ?? 'A replica'} has its keys, was elected with epoch ${taker?.configEpoch ?? 0}, and claims all its slots with that number: the higher epoch wins everywhere.`;
  },
};

export const slotsPrompts: readonly Prompt<SlotsView>[] = [routing, tags, losing];

export const slotsGoal: Goal<SlotsView> = {
  says: 'Find out how a key gets to its machine.',
  marks: [
    { id: 'covered', says: 'A map without a gap', reached: (view) => view.place !== undefined && view.uncovered === 0 },
    { id: 'moved', says: 'A command that was sent on (MOVED)', reached: (view) => view.command?.outcome === 'moved' },
    { id: 'crossslot', says: 'Two keys that cannot be served together (CROSSSLOT)', reached: (view) => view.command?.outcome === 'crossslot' },
    { id: 'tag', says: 'Two keys in one slot by their braces', reached: (view) => view.command?.outcome === 'served' && view.command.slots.length === 1 && (view.command.text.match(/\{/g)?.length ?? 0) > 1 },
    { id: 'moving', says: 'A slot on its way (CLUSTER SETSLOT … MIGRATING)', reached: (view) => view.moves.length > 0 },
    { id: 'failover', says: 'Slots that a replica took over', reached: (view, before) => before !== undefined && view.currentEpoch > before.currentEpoch && view.owners.some((owner) => !before.owners.some((each) => each.id === owner.id)) },
  ],
  done: 'A key belongs to a slot for ever; only the owner of a slot changes, and every node can say who that is.',
};
