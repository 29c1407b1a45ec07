/* What a learner predicts about the hash table, and the goal to build. */
import type { Bytes } from '../../engine/index.ts';
import type { Goal, Prompt } from '../prompt.ts';
import { count, counted, shown } from '../words.ts';
import { bits, loadFactor, places, type KeyspaceView } from './model.ts';

const SAME_TABLE = 'It stays as it is';
const SECOND_TABLE = 'A second table joins it, and entries move bit by bit';
const AT_ONCE = 'A larger table takes its place at once';

/** Two states of the same table. */
const comparable = (before: KeyspaceView, after: KeyspaceView): boolean => before.place === after.place && before.db === after.db && before.which === after.which;

/** A key that came between two states, at level S. */
function arrival(before: KeyspaceView, after: KeyspaceView): { key: Bytes; table: 0 | 1; bucket: number; chain: number } | undefined {
  if (!comparable(before, after) || before.level !== 'S' || after.level !== 'S') return undefined;
  const known = places(before);
  for (const [key, at] of places(after)) {
    if (known.has(key)) continue;
    const bucket = after.tables.find((table) => table.table === at.table)?.buckets[at.bucket];
    return { key, ...at, chain: (bucket?.chain.length ?? 1) + (bucket?.more ?? 0) };
  }
  return undefined;
}

const grow: Prompt<KeyspaceView> = {
  id: 'keyspace-grow',
  fits: (view) => view.tables.length === 1 && view.rehashIndex < 0 && view.resize === 'enable' && view.level === 'S' && (view.tables[0]?.used ?? 0) > 0,
  ask: (view) => `The table has ${counted(view.tables[0]?.size ?? 0, 'bucket')} and ${counted(view.entries, 'key')}. What does it do when one more key comes?`,
  choices: () => [SAME_TABLE, SECOND_TABLE, AT_ONCE],
  answer(before, after) {
    if (!comparable(before, after) || after.entries <= before.entries) return undefined;
    return after.rehashIndex >= 0 || after.tables[0]?.size !== before.tables[0]?.size ? SECOND_TABLE : SAME_TABLE;
  },
  because(before, after, choice) {
    const [was] = before.tables;
    const [is] = after.tables;
    if (was === undefined || is === undefined) return '';
    const grew = after.rehashIndex >= 0 || is.size !== was.size;
    const why = grew
      ? `With ${counted(was.used, 'key')} in ${counted(was.size, 'bucket')} there was one key for each bucket or more, so a table of ${count((after.tables[1] ?? is).size)} was made.`
      : `${counted(was.used, 'key')} in ${counted(was.size, 'bucket')} is fewer than one for each: there was no reason to grow.${is.used >= is.size ? ' It is full now, so a second table comes with the next key, or with the cron before that.' : ''}`;
    if (choice === AT_ONCE) return `${why} Nothing is ever moved all at once: with millions of entries that would stop the server for seconds.`;
    if (grew && after.rehashIndex < 0) return `${why} It is done already, because the cron helped; CONFIG SET activerehashing no leaves the moving to your commands.`;
    return why;
  },
};

const TABLES = ['Table 0', 'Table 1'] as const;

const where: Prompt<KeyspaceView> = {
  id: 'keyspace-where',
  fits: (view) => view.rehashIndex >= 0 && view.level === 'S',
  ask: () => 'Entries are moving from table 0 to table 1. A new key comes now: into which table?',
  choices: () => TABLES,
  answer(before, after) {
    const came = arrival(before, after);
    if (came === undefined) return undefined;
    return after.rehashIndex < 0 ? TABLES[1] : TABLES[came.table];
  },
  because(before, after, choice) {
    const came = arrival(before, after);
    const start = `${came === undefined ? 'The key' : shown(came.key)} went to table 1${after.rehashIndex < 0 ? ', which has become the only one since' : ''}.`;
    return choice === TABLES[0] ? `${start} Table 0 takes nothing new, or it would never get empty.` : `${start} So table 0 can only get emptier.`;
  },
};

const EMPTY_BUCKET = 'An empty bucket';
const TAKEN_BUCKET = 'A bucket that holds a key already';

const collide: Prompt<KeyspaceView> = {
  id: 'keyspace-collide',
  fits: (view) => view.tables.length === 1 && view.level === 'S' && loadFactor(view.tables[0] as KeyspaceView['tables'][number]) < 1 && view.entries > 0,
  ask(view) {
    const [table] = view.tables;
    const taken = table?.buckets.filter((bucket) => bucket.chain.length > 0).length ?? 0;
    return `${taken} of ${counted(table?.size ?? 0, 'bucket')} hold something. Think of a new key: where will it go?`;
  },
  choices: () => [EMPTY_BUCKET, TAKEN_BUCKET],
  answer(before, after) {
    const came = arrival(before, after);
    if (came === undefined || after.tables.length !== 1) return undefined;
    return came.chain > 1 ? TAKEN_BUCKET : EMPTY_BUCKET;
  },
  because(before, after) {
    const came = arrival(before, after);
    const [table] = after.tables;
    const [was] = before.tables;
    if (came === undefined || table === undefined || was === undefined) return '';
    const entry = table.buckets[came.bucket]?.chain.find((each) => each.key === came.key);
    const taken = was.buckets.filter((bucket) => bucket.chain.length > 0).length;
    return `The hash of ${shown(came.key)} ends in ${bits((entry?.hash ?? 0) & (table.size - 1), table.maskBits)}, which is bucket ${came.bucket}. The chance of a taken one was ${taken} in ${was.size}; the letters of the name have no part in it that could be seen.`;
  },
};

const scan: Prompt<KeyspaceView> = {
  id: 'keyspace-scan',
  fits: (view) => view.scan !== undefined && view.scan.next !== 0 && view.tables.length === 1,
  ask: (view) => `SCAN goes on at cursor ${view.scan?.next ?? 0}. Which bucket does it visit first?`,
  choices(view) {
    const [table] = view.tables;
    const size = table?.size ?? 1;
    const right = (view.scan?.next ?? 0) & (size - 1);
    const last = view.scan?.visits.at(-1)?.bucket ?? 0;
    const options = [right, (last + 1) % size, (right + 1) % size, (size - 1 - right + size) % size];
    return [...new Set(options)].slice(0, 3).sort((a, b) => a - b).map((bucket) => `Bucket ${bucket}`);
  },
  answer(before, after) {
    if (!comparable(before, after) || after.scan === undefined || after.scan.cursor !== before.scan?.next) return undefined;
    const [first] = after.scan.visits;
    return first === undefined ? undefined : `Bucket ${first.bucket}`;
  },
  because(before, after, choice) {
    const cursor = before.scan?.next ?? 0;
    const length = before.tables[0]?.maskBits ?? 0;
    const first = after.scan?.visits[0]?.bucket ?? 0;
    const why = `The cursor is ${bits(cursor, length)} in bits, and that is the number of the bucket. It counts from the highest bit down, so that its order holds when the table doubles.`;
    return choice === `Bucket ${(before.scan?.visits.at(-1)?.bucket ?? 0) + 1}` && choice !== `Bucket ${first}` ? `${why} Counting one bucket after the other would visit keys twice, or lose some, once the table grows.` : why;
  },
};

export const keyspacePrompts: readonly Prompt<KeyspaceView>[] = [grow, where, collide, scan];

export const keyspaceGoal: Goal<KeyspaceView> = {
  says: 'Make the table grow, and watch your own commands pay for it.',
  marks: [
    { id: 'chain', says: 'A bucket with two keys or more', reached: (view) => view.tables.some((table) => table.histogram.slice(2).some((n) => n > 0)) },
    { id: 'two', says: 'Two tables at the same time', reached: (view) => view.tables.length === 2 },
    { id: 'paid', says: 'A bucket moved by a command that only reads', reached: (view) => /^(GET|EXISTS|TTL|TYPE|STRLEN|OBJECT|PTTL|GETRANGE|TOUCH|SCAN|MGET)\b/.test(view.lastStep?.command ?? '') },
    { id: 'done', says: 'The old table empty and gone', reached: (view, before) => before !== undefined && comparable(before, view) && before.rehashIndex >= 0 && view.rehashIndex < 0 && view.entries > 0 },
  ],
  done: 'The table grew without a pause: each lookup and each new key moved one bucket. Another way to the same is patience, since the cron moves buckets when nobody asks for anything.',
};
