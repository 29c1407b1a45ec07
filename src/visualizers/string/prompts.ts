/* What a learner predicts about a string, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { count, counted, shown } from '../words.ts';
import { EMBSTR_LIMIT, fate, textPiece, type StringView } from './model.ts';

const same = (before: StringView, after: StringView): boolean => before.place === after.place && before.db === after.db && before.key === after.key;
/** Whether the change was made by this command, the latest there is. */
const by = (name: string, before: StringView, after: StringView): boolean => same(before, after) && after.command !== undefined && after.command.id !== before.command?.id && after.command.text.startsWith(`${name} `);

const STAYS = 'It stays where it is';
const MOVES = 'It moves to a new piece of memory';

const append: Prompt<StringView> = {
  id: 'string-append',
  fits: (view) => view.value !== undefined && view.value.length > 0,
  ask: (view) => `You are about to APPEND four bytes to ${shown(view.key)}. What becomes of the bytes that are there?`,
  choices: () => [STAYS, MOVES],
  answer(before, after) {
    if (!by('APPEND', before, after) || before.value === undefined || after.value === undefined || after.value.length <= before.value.length) return undefined;
    return fate(before, after) === 'inPlace' ? STAYS : MOVES;
  },
  because(before, after, choice) {
    const was = before.value;
    const is = after.value;
    if (was === undefined || is === undefined) return '';
    const came = is.length - was.length;
    if (fate(before, after) === 'inPlace') return `${counted(was.allocation.spare, 'byte')} were free behind it, and ${count(came)} came.${choice === MOVES ? ' Room that was taken ahead is used before any new is asked for.' : ''}`;
    const why = was.encoding === 'raw' ? `Only ${counted(was.allocation.spare, 'byte')} were free behind it, and ${count(came)} came.` : `A value stored as ${was.encoding} cannot grow where it lies.`;
    return `${why} The new piece has ${counted(textPiece(is), 'byte')}, ${count(is.allocation.spare)} of them free, so the next pieces fit without moving.`;
  },
};

const ENCODINGS = ['int', 'embstr', 'raw'] as const;
const OVER = EMBSTR_LIMIT + 1;

const border: Prompt<StringView> = {
  id: 'string-border',
  fits: (view) => view.place !== undefined && view.key !== '' && view.otherType === undefined,
  ask: (view) => `SET ${shown(view.key)} to a text of ${OVER} bytes. How will it be stored?`,
  choices: () => ENCODINGS,
  answer: (before, after) => (by('SET', before, after) && after.value?.length === OVER ? after.value.encoding : undefined),
  because(_before, _after, choice) {
    const why = `Object 16, text header 3, ${EMBSTR_LIMIT} bytes and a closing zero make 64, one piece of the allocator. With ${OVER} bytes it would be 65, so the text gets a piece of its own.`;
    return choice === 'int' ? `${why} An int has at most 20 digits.` : why;
  },
};

const increment: Prompt<StringView> = {
  id: 'string-incr',
  fits: (view) => view.value !== undefined && /^-?[0-9]{1,15}$/.test(view.value.window) && view.value.length <= 15,
  ask: (view) => `${shown(view.key)} is stored as ${view.value?.encoding ?? ''}. INCR ${shown(view.key)}: how is it stored afterwards?`,
  choices: () => ENCODINGS,
  answer: (before, after) => (by('INCR', before, after) ? after.value?.encoding : undefined),
  because(before, after, choice) {
    const was = before.value?.encoding ?? '';
    const why = `INCR reads the digits, adds one and stores a number, whatever was there before: ${was} became ${after.value?.encoding ?? ''}.`;
    return choice === 'raw' || choice === 'embstr' ? `${why} It does not write digits into the text.` : why;
  },
};

export const stringPrompts: readonly Prompt<StringView>[] = [append, border, increment];

export const stringGoal: Goal<StringView> = {
  says: 'Take one key through all three encodings, and make it grow without moving.',
  marks: [
    { id: 'int', says: 'Stored as int', reached: (view) => view.value?.encoding === 'int' },
    { id: 'embstr', says: `Stored as embstr, with exactly ${EMBSTR_LIMIT} bytes`, reached: (view) => view.value?.encoding === 'embstr' && view.value.length === EMBSTR_LIMIT },
    { id: 'short-raw', says: `Stored as raw, with ${EMBSTR_LIMIT} bytes or fewer`, reached: (view) => view.value?.encoding === 'raw' && view.value.length <= EMBSTR_LIMIT },
    { id: 'in-place', says: 'Longer than before, and in the same piece of memory', reached: (view, before) => before?.value !== undefined && view.value !== undefined && view.value.length > before.value.length && fate(before, view) === 'inPlace' },
  ],
  done: 'SET chooses the encoding by the value alone; a write into the value makes it raw and leaves room behind it. A short raw string comes from APPEND or SETRANGE, and SET makes it small again.',
};
