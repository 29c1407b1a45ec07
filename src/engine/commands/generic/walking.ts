/*
 * Which keys are there
 * --------------------
 * KEYS answers all at once and keeps everybody else waiting meanwhile. SCAN answers a little at a time;
 * its promise is that a key which is there from the first call to the last is answered at least once
 * (see Dict.scan for how that survives a table that grows). RANDOMKEY draws one.
 */
import type { Bytes } from '../../bytes.ts';
import { fold } from '../../bytes.ts';
import { command, integer, pattern, string, type Ctx } from '../../command.ts';
import { globMatch } from '../../glob.ts';
import { CommandError, syntaxError, type Reply } from '../../reply.ts';
import { parseCursor } from '../../keyspace/scan.ts';
import { integerArgument } from '../expiry-arguments.ts';

export const keys = command(
  {
    name: 'KEYS', group: 'generic', since: '1.0.0', arity: 2,
    summary: 'List all keys that match a pattern; on a large database everybody waits for it.',
    complexity: 'O(N) where N is the number of keys in the database',
    flags: ['readonly'],
    args: [pattern('pattern')],
    acl: ['dangerous'],
    tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
    replies: ['the names, in no order'],
    examples: ['MSET user:1 Ada user:2 Bob city Lisbon', 'KEYS user:*', 'KEYS c?ty'],
  },
  function keys({ db, argv, server }) {
    const wanted = argv[1] as Bytes;
    const all = wanted === '*';
    const found: Bytes[] = [];
    // In a cluster a pattern may name one slot, whose keys are known.
    const inSlot = all ? undefined : server.cluster?.keys.matchable(wanted);
    server.work(inSlot?.length ?? db.keys.size);
    for (const { key } of inSlot ?? db.keys.entries()) {
      // A dead key is left out but not removed: this command only reads.
      if ((all || globMatch(wanted, key)) && !db.isPastItsTime(key)) found.push(key);
    }
    return found;
  },
);

interface ScanOptions {
  pattern: Bytes | undefined;
  count: number;
  type: Bytes | undefined;
}

function parseScanOptions(argv: readonly Bytes[]): ScanOptions {
  const options: ScanOptions = { pattern: undefined, count: 10, type: undefined };
  for (let i = 2; i < argv.length; i += 2) {
    const word = fold(argv[i] as Bytes);
    const next = argv[i + 1];
    if (word === 'novalues') throw new CommandError('ERR NOVALUES option can only be used in HSCAN');
    if (next === undefined) syntaxError();
    if (word === 'count') {
      options.count = Number(integerArgument(next));
      if (options.count < 1) syntaxError();
    } else if (word === 'match') options.pattern = next === '*' ? undefined : next;
    else if (word === 'type') options.type = fold(next);
    else syntaxError();
  }
  return options;
}

/** Buckets that one call passes at most, for each key it was asked for. */
const BUCKETS_PER_COUNT = 10;

export const scan = command(
  {
    name: 'SCAN', group: 'generic', since: '2.8.0', arity: -2,
    summary: 'List keys a little at a time, from a cursor on; the cursor 0 begins and ends it.',
    complexity: 'O(1) for each call, O(N) for all of them until the cursor is 0 again',
    flags: ['readonly'],
    args: [
      integer('cursor'),
      pattern('pattern', { token: 'MATCH', optional: true }),
      integer('count', { token: 'COUNT', optional: true }),
      string('type', { token: 'TYPE', optional: true, since: '6.0.0' }),
    ],
    tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
    history: [['6.0.0', 'TYPE came.']],
    replies: ['the next cursor and the keys found on the way, maybe none'],
    examples: ['MSET user:1 Ada user:2 Bob city Lisbon', 'SCAN 0', 'SCAN 0 MATCH user:* COUNT 100', 'SCAN 0 TYPE string'],
    differs: 'Keys come in another order, as they do from one real server to the next: the hash function is seeded by chance.',
  },
  function scan({ db, argv, server }): Reply {
    let cursor = parseCursor(argv[1] as Bytes);
    const options = parseScanOptions(argv);
    const inSlot = options.pattern === undefined ? undefined : server.cluster?.keys.matchable(options.pattern);
    const passed: Bytes[] = inSlot?.map(({ key }) => key) ?? [];
    let bucketsLeft = options.count * BUCKETS_PER_COUNT;
    // In a cluster a pattern may name one slot. Its keys are few, and answered at once.
    if (inSlot !== undefined) cursor = 0;
    else {
      do {
        cursor = db.keys.scan(cursor, ({ key }) => passed.push(key));
      } while (cursor !== 0 && bucketsLeft-- > 0 && passed.length < options.count);
    }
    server.work(passed.length);
    // COUNT is about the keys looked at. Filters come after it, which is why an answer may be empty.
    const found = passed.filter((name) => {
      if (options.pattern !== undefined && !globMatch(options.pattern, name)) return false;
      if (options.type === undefined) return !db.expireIfNeeded(name);
      return db.lookupKeyReadNoTouch(name, true)?.type === options.type;
    });
    return [String(cursor), found];
  },
);

const MOST_TRIES = 100;

export const randomkey = command(
  {
    name: 'RANDOMKEY', group: 'generic', since: '1.0.0', arity: 1,
    summary: 'Name one key, drawn by chance.',
    complexity: 'O(1)',
    flags: ['readonly'],
    tips: ['request_policy:all_shards', 'response_policy:special', 'nondeterministic_output'],
    replies: ['a key', 'nil when the database is empty'],
    examples: ['SET only one', 'RANDOMKEY'],
  },
  function randomkey({ db, server }: Ctx) {
    // Dead keys that are drawn are removed, so this ends even when every key is dead. While CLIENT PAUSE keeps
    // the dead where they are, and every key may be one, it gives up after a while and names a dead one.
    const allMayBeDead = db.keys.size === db.expires.size;
    for (let tries = 1; ; tries++) {
      const entry = db.keys.randomEntry(server.random);
      if (entry === undefined) return null;
      if (!db.expireIfNeeded(entry.key)) return entry.key;
      if (allMayBeDead && server.expiryPaused && tries === MOST_TRIES) return entry.key;
    }
  },
);
