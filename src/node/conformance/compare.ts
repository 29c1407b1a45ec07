/*
 * What counts as the same
 * -----------------------
 * Equal bytes are equal. Where they differ, a few replies are compared by meaning instead, because the
 * clock, a number given by chance or an order by chance is in them; each such comparison says why. Texts
 * that a command's spec declares as its own (`differs`) are compared as far as they must agree.
 * Everything else is a difference.
 */
import { infoFacts, docsFacts, knownCommands, type Facts } from './command-facts.ts';
import { commandTable, fold, type Bytes, type Command } from '../../engine/index.ts';
import { ReplyParser, type ReceivedReply } from '../../engine/protocol/index.ts';
import { textOf } from './side.ts';

/** Two clocks read one after the other, in milliseconds: on a busy machine one server may be as far behind as all the steps have taken. */
export const clockTolerance = (tookMs: number): number => Math.max(4000, tookMs);

interface Allowed {
  readonly reason: string;
  /** `clockMs`: so far the two servers' clocks may be apart. */
  same(real: ReceivedReply, ours: ReceivedReply, argv: readonly Bytes[], clockMs: number): boolean;
}

const isInteger = (reply: ReceivedReply): reply is ReceivedReply & { type: 'integer' } => reply.type === 'integer';

const canonical = (reply: ReceivedReply): string => JSON.stringify(reply, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

function closeBy(unitMs: number): Allowed {
  return {
    reason: 'the clock',
    same: (real, ours, _, clockMs) => isInteger(real) && isInteger(ours) && Number(real.value) >= 0 && Number(ours.value) >= 0 && Math.abs(Number(real.value) - Number(ours.value)) <= Math.ceil(clockMs / unitMs),
  };
}

function itemsOf(reply: ReceivedReply): readonly ReceivedReply[] | undefined {
  if (reply.type === 'array' || reply.type === 'set' || reply.type === 'push') return reply.items;
  if (reply.type === 'map') return reply.pairs.flat();
  return undefined;
}

const sorted = (reply: ReceivedReply): string => (itemsOf(reply) ?? []).map(canonical).sort().join('\n');

/** Elements in turns with their values, as a list of pairs in an order of our own. */
function sortedPairs(reply: ReceivedReply): string {
  return pairsIn(reply).map((pair) => pair.map(canonical).join(' ')).sort().join('\n');
}

const tableOrder = (shape: (reply: ReceivedReply) => string): Allowed => ({
  reason: 'the order of a hash table, by chance in the real server',
  same: (real, ours) => real.type === ours.type && shape(real) === shape(ours),
});

/** The code of a stream's payload. */
const STREAM = '\x15';

/** A payload without its checksum and without moments of these years, which are eight bytes, the lowest first. */
const withoutMoments = (payload: Bytes): Bytes => payload.slice(0, -8).replace(/[^]{5}\x01\0\0/g, 'a moment');

/**
 * Some integers in a reply follow the clock, the rest is equal. `follows` is asked with the way to each:
 * indices, or names where a list or map has names for its values.
 */
function clockAt(follows: (path: string) => boolean): Allowed {
  const same = (real: ReceivedReply, ours: ReceivedReply, clockMs: number, path: string): boolean => {
    const [theirs, mine] = [itemsOf(real), itemsOf(ours)];
    if (theirs === undefined || mine === undefined) {
      if (isInteger(real) && isInteger(ours) && follows(path)) return Math.abs(Number(real.value) - Number(ours.value)) <= clockMs;
      return canonical(real) === canonical(ours);
    }
    if (real.type !== ours.type || theirs.length !== mine.length) return false;
    return theirs.every((each, at) => {
      const before = theirs[at - 1];
      const name = at % 2 === 1 && before?.type === 'bulk' && theirs.length % 2 === 0 && theirs.length > 4 ? before.text : String(at);
      return same(each, mine[at] as ReceivedReply, clockMs, `${path}/${name}`);
    });
  };
  return { reason: 'the clock', same: (real, ours, _, clockMs) => same(real, ours, clockMs, '') };
}

/** Draws by chance: as many of the same kind; those that take everything are compared. */
const draw: Allowed = {
  reason: 'chance',
  same: (real, ours) => real.type === ours.type && itemsOf(real)?.length === itemsOf(ours)?.length,
};

const elementScan: Allowed = {
  reason: 'declared: the order of a hash table',
  same(real, ours, argv) {
    const [theirs, mine] = [itemsOf(real), itemsOf(ours)];
    if (theirs?.length !== 2 || mine?.length !== 2) return false;
    const [theirCursor, theirItems, myCursor, myItems] = [theirs[0], theirs[1], mine[0], mine[1]];
    if (theirCursor?.type !== 'bulk' || myCursor?.type !== 'bulk' || theirItems?.type !== 'array' || myItems?.type !== 'array') return false;
    const isWhole = argv[2] === '0' && theirCursor.text === '0' && myCursor.text === '0';
    const shape = fold(argv[0] ?? '') === 'sscan' || argv.some((word) => fold(word) === 'novalues') ? sorted : sortedPairs;
    return !isWhole || shape(theirItems) === shape(myItems);
  },
};

/** The same text with what depends on connections, clock and process taken out. */
function masked(text: string, patterns: readonly (readonly [RegExp, string])[]): string {
  let result = text;
  for (const [pattern, by] of patterns) result = result.replace(pattern, by);
  return result;
}

function sameMasked(reason: string, patterns: readonly (readonly [RegExp, string])[]): Allowed {
  return { reason, same: (real, ours) => real.type === ours.type && masked(canonical(real), patterns) === masked(canonical(ours), patterns) };
}

const CLIENT_LINE = [
  [/(?<=^|[ n"\n])(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem|events|tot-net-in|tot-net-out|io-thread|tot-cmds)=[^ \\"\n]*/g, '$1=…'],
  [/redir=[1-9]\d*/g, 'redir=…'],
] as const;

const clientLines = (reply: ReceivedReply): string => masked(textOf(reply), CLIENT_LINE).split('\n').sort().join('\n');

const own: Allowed = {
  reason: 'declared: a text of our own',
  same: (real, ours) => real.type === ours.type,
};

const named = (reply: ReceivedReply): string[] => (itemsOf(reply) ?? []).map(textOf).filter((name) => knownCommands.has(name)).sort();

/** What is told of commands: those that this engine has must be in it alike, texts aside. */
function commandFacts(facts: (reply: ReceivedReply) => Facts): Allowed {
  return {
    reason: 'declared: texts of our own, and commands that this engine does not have yet',
    same: (real, ours) => itemsOf(real) !== undefined && itemsOf(ours) !== undefined && JSON.stringify(facts(real)) === JSON.stringify(facts(ours)),
  };
}

const infoFields = (reply: ReceivedReply): string => textOf(reply).split('\r\n').map((line) => line.replace(/:.*/, ''))
  .filter((line) => !/^(module$|latency_percentiles|cmdstat_|errorstat_)/.test(line)).join('\n');

/**
 * A request for SORT that may leave elements as they lie: by a pattern that names one key for all, or none, as the real
 * server reads it (up to the first NUL); or by texts, where elements without one are equal and nothing else decides.
 */
export const sortLeavesTies = (argv: readonly Bytes[]): boolean =>
  argv.some((word, at) => fold(word) === 'by' && (!/^[^\0]*\*/.test(argv[at + 1] ?? '*') || argv.some((each) => fold(each) === 'alpha')));

/** Unsorted, a set comes as it lies in its table; where it is sorted by other keys, a sorted set as well. */
const unsorted: Allowed = {
  reason: 'the order of a hash table, by chance in the real server',
  same: (real, ours, argv) => sortLeavesTies(argv) && real.type === ours.type && sorted(real) === sorted(ours),
};

const allowed: Readonly<Record<string, Allowed>> = {
  ttl: closeBy(1000),
  expiretime: closeBy(1000),
  pttl: closeBy(1),
  pexpiretime: closeBy(1),
  'object|idletime': { reason: 'the clock; declared: small integers, shared in the real server, have one clock there', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'object|freq': { reason: 'the counter grows by chance', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'object|refcount': { reason: 'declared: small integers are not shared here', same: (real, ours) => isInteger(real) && isInteger(ours) },
  lastsave: { reason: 'the clock', same: (real, ours) => isInteger(real) && isInteger(ours) },
  time: { reason: 'the clock', same: (real, ours) => real.type === 'array' && ours.type === 'array' && real.items.length === ours.items.length },
  'client|getredir': { reason: 'connections are numbered as they come', same: (real, ours) => isInteger(real) && isInteger(ours) && Number(real.value) > 0 && Number(ours.value) > 0 },
  'client|trackinginfo': sameMasked('connections are numbered as they come', [[/("redirect"\},\{"type":"integer","value":)"?[1-9]\d*"?/g, '$1…']]),
  'client|id': { reason: 'connections are numbered as they come', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'client|list': {
    reason: 'addresses, numbers and sizes of connections, whose order the real server\'s cron turns',
    same: (real, ours) => real.type === ours.type && clientLines(real) === clientLines(ours),
  },
  'client|info': sameMasked('addresses, numbers and sizes of connections', CLIENT_LINE),
  hello: sameMasked('number of the connection', [
    [/(\{"type":"bulk","text":"id"\},\{"type":"integer","value":)\d+/, '$1'],
    // `modules`: Debian's build loads vector sets.
    [/(\{"type":"bulk","text":"modules"\},)\{"type":"array","items":\[.*\]\}(?=[\]},])/, '$1…'],
  ]),
  randomkey: { reason: 'chance', same: (real, ours) => real.type === 'bulk' && ours.type === 'bulk' },
  'pubsub|channels': { reason: 'the order of channels, by chance in the real server', same: (real, ours) => sorted(real) === sorted(ours) },
  'pubsub|shardchannels': { reason: 'the order of channels, by chance in the real server', same: (real, ours) => sorted(real) === sorted(ours) },
  keys: { reason: 'declared: the order of keys', same: (real, ours) => sorted(real) === sorted(ours) },
  hgetall: tableOrder(sortedPairs),
  hkeys: tableOrder(sorted),
  hvals: tableOrder(sorted),
  hrandfield: draw,
  smembers: tableOrder(sorted),
  sinter: tableOrder(sorted),
  sunion: tableOrder(sorted),
  sdiff: tableOrder(sorted),
  srandmember: draw,
  spop: tableOrder(sorted),
  sort: unsorted,
  sort_ro: unsorted,
  sscan: elementScan,
  hscan: elementScan,
  zrandmember: draw,
  zscan: elementScan,
  dump: {
    reason: 'the order of a hash table, by chance in the real server; the clock in the groups of a stream',
    same(real, ours) {
      if (real.type !== 'bulk' || ours.type !== 'bulk' || real.text.charAt(0) !== ours.text.charAt(0)) return false;
      return real.text.startsWith(STREAM) ? withoutMoments(real.text) === withoutMoments(ours.text) : /^[\x02\x04\x18]/.test(real.text);
    },
  },
  xpending: clockAt((path) => path.endsWith('/2') && path.split('/').length === 3),
  'xinfo|consumers': clockAt((path) => /\/(idle|inactive)$/.test(path)),
  'xinfo|stream': clockAt((path) => /\/(seen-time|active-time)$|\/pending\/\d+\/[12]$/.test(path)),
  scan: {
    reason: 'declared: the order of keys',
    same(real, ours, argv) {
      const [theirs, mine] = [itemsOf(real), itemsOf(ours)];
      if (theirs?.length !== 2 || mine?.length !== 2) return false;
      const [theirCursor, theirKeys, myCursor, myKeys] = [theirs[0], theirs[1], mine[0], mine[1]];
      if (theirCursor?.type !== 'bulk' || myCursor?.type !== 'bulk' || theirKeys?.type !== 'array' || myKeys?.type !== 'array') return false;
      // From 0 to 0 in one call: every key is named.
      const isWhole = argv[1] === '0' && theirCursor.text === '0' && myCursor.text === '0';
      return !isWhole || [...new Set(theirKeys.items.map(canonical))].sort().join() === [...new Set(myKeys.items.map(canonical))].sort().join();
    },
  },
  info: {
    reason: 'values of the process; the fields are compared',
    same(real, ours, argv) {
      // The real server miscounts a list that LMOVE turns, a set that SPOP empties and a string that APPEND or SETRANGE makes: all declare it.
      const sizes = (reply: ReceivedReply): string => textOf(reply).replace(/^db\d+_distrib_(lists_items|sets_items|strings_sizes):.*\r\n/gm, '');
      const isKeysizesAlone = argv.length === 2 && fold(argv[1] ?? '') === 'keysizes';
      return isKeysizesAlone ? sizes(real) === sizes(ours) : infoFields(real) === infoFields(ours);
    },
  },
  'slowlog|len': { reason: 'the PINGs of the comparison are logged too', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'slowlog|get': {
    reason: 'times and addresses',
    same: (real, ours) => sameLatest(canonicalSlowlog(real), canonicalSlowlog(ours)),
  },
  'memory|usage': {
    reason: 'a model of the allocator: within a twentieth, or the buckets of a small table that is moving',
    same: (real, ours) => isInteger(real) && isInteger(ours) && Math.abs(Number(real.value) - Number(ours.value)) <= Math.max(64, Number(real.value) / 20),
  },
  'memory|stats': { reason: 'declared: sums of the memory model', same: (real, ours) => real.type === ours.type },
  'latency|doctor': own,
  'latency|histogram': {
    reason: 'durations; the PINGs of the comparison',
    same: (real, ours) => real.type === ours.type && callCounts(real) === callCounts(ours),
  },
  'latency|history': { reason: 'durations', same: (real, ours) => real.type === 'array' && ours.type === 'array' },
  'latency|latest': { reason: 'durations', same: (real, ours) => real.type === 'array' && ours.type === 'array' },
  'latency|reset': { reason: 'durations', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'module|list': own,
  role: sameMasked('the stream grows by PINGs, with the clock', [[/("type":"bulk","text":"master"\},\{"type":"integer","value":)"?\d+"?/, '$1']]),
  'memory|doctor': own,
  'memory|malloc-stats': own,
  lolwut: own,
  command: commandFacts(infoFacts),
  'command|list': { reason: 'declared: commands that this engine does not have yet', same: (real, ours) => named(real).join() === named(ours).join() },
  'command|info': commandFacts(infoFacts),
  'command|count': { reason: 'declared: commands that this engine does not have yet', same: (real, ours) => isInteger(real) && isInteger(ours) },
  'command|docs': commandFacts(docsFacts),
  'acl|log': sameMasked('addresses, numbers and moments', [
    ...CLIENT_LINE,
    [/(\{"type":"bulk","text":"(entry-id|timestamp-created|timestamp-last-updated)"\},\{"type":"integer","value":)"?\d+"?/g, '$1'],
    [/(\{"type":"bulk","text":"age-seconds"\},)\{[^}]*\}/g, '$1'],
  ]),
  'acl|genpass': { reason: 'chance', same: (real, ours) => textOf(real).length === textOf(ours).length && real.type === ours.type },
  'acl|cat': { reason: 'the order of a hash table, and commands that this engine does not have yet', same: (real, ours) => real.type === ours.type && named(real).join() === named(ours).join() },
  'debug|object': sameMasked('addresses and clock', [[/at:0x[0-9a-f]+|refcount:\d+|lru:\d+|lru_seconds_idle:\d+/g, '']]),
  'debug|htstats': own,
  'debug|help': own,
  'config|get': {
    reason: 'facts of the process: port, folder',
    same(real, ours) {
      const [theirs, mine] = [pairsOf(real), pairsOf(ours)];
      if (theirs.map(([name]) => name).sort().join() !== mine.map(([name]) => name).sort().join()) return false;
      const byName = new Map(mine);
      return theirs.every(([name, value]) => name === 'port' || name === 'dir' || name === 'pidfile' || byName.get(name) === value);
    },
  },
};

const pairsOf = (reply: ReceivedReply): [string, string][] => pairsIn(reply).map(([name, value]) => [textOf(name), textOf(value)]);

/** Of LATENCY HISTOGRAM: each command with its number of calls. */
function callCounts(reply: ReceivedReply): string {
  return pairsIn(reply).map(([name, facts]) => `${textOf(name)} ${textOf(pairsIn(facts)[0]?.[1])}`).filter((each) => !each.startsWith('ping ')).sort().join('\n');
}

function pairsIn(reply: ReceivedReply): [ReceivedReply, ReceivedReply][] {
  const items = itemsOf(reply) ?? [];
  const pairs: [ReceivedReply, ReceivedReply][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) pairs.push([items[i] as ReceivedReply, items[i + 1] as ReceivedReply]);
  return pairs;
}

function canonicalSlowlog(reply: ReceivedReply): string {
  return (itemsOf(reply) ?? []).map((entry) => {
    const items = itemsOf(entry) ?? [];
    return canonical({ type: 'array', items: [...items.slice(3, 4), ...items.slice(5)] });
  }).filter((entry) => !entry.includes('[{"type":"bulk","text":"PING"}]')).join('\n');
}

/** The newer entries: how many of the older ones there are depends on the PINGs between them. */
function sameLatest(real: string, ours: string): boolean {
  const [theirs, mine] = [real.split('\n'), ours.split('\n')];
  const common = Math.min(theirs.length, mine.length);
  return theirs.slice(0, common).join('\n') === mine.slice(0, common).join('\n');
}

/** The command that a request names, as Redis writes it ('config|get'); undefined for none of ours. */
export function commandOf(argv: readonly Bytes[]): Command | undefined {
  const top = commandTable.lookup(fold(argv[0] ?? ''));
  if (top?.subcommands === undefined || argv.length < 2) return top;
  return top.subcommands.get(fold(argv[1] as Bytes)) ?? top;
}

function allowanceOf(argv: readonly Bytes[]): Allowed | undefined {
  const command = commandOf(argv);
  if (command === undefined) return undefined;
  if (command.fullName === 'debug') return allowed[`debug|${fold(argv[1] ?? '')}`];
  if (command.fullName.endsWith('|help')) return own;
  return allowed[command.fullName];
}

export type Verdict = { readonly same: true; readonly reason?: string } | { readonly same: false };

/**
 * Whether two replies to one request agree, made at moments that may be `clockMs` apart. `queue` holds the requests that an EXEC ran.
 */
export function sameReply(real: ReceivedReply, ours: ReceivedReply, argv: readonly Bytes[], clockMs: number, queue: readonly (readonly Bytes[])[] = []): Verdict {
  if (canonical(real) === canonical(ours)) return { same: true };
  if (fold(argv[0] ?? '') === 'exec' && real.type === 'array' && ours.type === 'array' && real.items.length === ours.items.length) {
    let reason: string | undefined;
    for (const [index, theirs] of real.items.entries()) {
      const mine = ours.items[index];
      if (mine === undefined) return { same: false };
      const verdict = sameReply(theirs, mine, queue[index] ?? [], clockMs);
      if (!verdict.same) return { same: false };
      reason = verdict.reason ?? reason;
    }
    return reason === undefined ? { same: true } : { same: true, reason };
  }
  const allowance = allowanceOf(argv);
  if (allowance !== undefined && allowance.same(real, ours, argv, clockMs)) return { same: true, reason: allowance.reason };
  return { same: false };
}

/** Lines of CLIENT LIST without what belongs to one connection. */
export const maskClientLines = (text: string): string => masked(text, CLIENT_LINE);

/** Bytes without what a connection is told of itself, and without MONITOR's times, addresses and the PINGs of the comparison. */
export function maskBytes(bytes: Bytes): Bytes {
  return bytes
    .replace(/\+\d{9,10}\.\d{6} \[0 [^\]]*\] "PING"\r\n/g, '')
    .replace(/\+\d{9,10}\.\d{6} \[(\d+) [^\]]*\]/g, '+… [$1 …]')
    .replace(/(\$21\r\ntracking-redir-broken\r\n):\d+\r\n/g, '$1:…')
    .replace(/(\$5\r\nproto\r\n:\d\r\n\$2\r\nid\r\n):\d+\r\n/g, '$1:…')
    .replace(/(\$7\r\nmodules\r\n)(\*0\r\n|\*1\r\n[*%]\d\r\n\$4\r\nname\r\n\$9\r\nvectorset\r\n\$3\r\nver\r\n:1\r\n\$4\r\npath\r\n\$0\r\n\r\n\$4\r\nargs\r\n\*0\r\n)/g, '$1…');
}

/** Whether the replies to an UNSUBSCRIBE of everything name the same channels; their order is by chance in the real server. */
export function sameUnsubscriptions(real: readonly ReceivedReply[], ours: readonly ReceivedReply[], argv: readonly Bytes[]): boolean {
  if (argv.length !== 1 || !['unsubscribe', 'punsubscribe', 'sunsubscribe', 'reset'].includes(fold(argv[0] ?? ''))) return false;
  const channels = (replies: readonly ReceivedReply[]) => replies.map((each) => textOf(itemsOf(each)?.[1])).sort().join('\n');
  const counts = (replies: readonly ReceivedReply[]) => replies.map((each) => canonical(itemsOf(each)?.[2] ?? each)).join();
  return channels(real) === channels(ours) && counts(real) === counts(ours);
}

/** HELLO's reply without the number of the connection and without modules: Debian's build has one. */
const withoutModules = (bytes: Bytes): Bytes => bytes.replace(/(\$2\r\nid\r\n:)\d+/g, '$10').replace(/(\$7\r\nmodules\r\n)\*1\r\n[^]*?\$4\r\nargs\r\n\*0\r\n/g, '$1*0\r\n');

/**
 * In a transaction that subscribes, a message a channel stands beside the elements of EXEC's array, so that replies cannot be told to their requests:
 * what is there must be the same, the order of channels aside.
 */
export function sameBesideSubscriptions(real: Bytes, ours: Bytes, queue: readonly (readonly Bytes[])[]): boolean {
  if (!queue.some(([name = '']) => /^[ps]?(un)?subscribe$/i.test(name))) return false;
  // Connections are numbered as they come.
  const asksForId = queue.some(([name = '', what = '']) => fold(name) === 'client' && fold(what) === 'id');
  const leaf = (reply: ReceivedReply): string => (asksForId && isInteger(reply) ? 'a number' : canonical(reply));
  // How many channels are left is told beside one channel or the other.
  const told = (reply: ReceivedReply): readonly ReceivedReply[] => {
    const items = itemsOf(reply) ?? [];
    return items.length === 3 && /^[ps]?unsubscribe$/.test(textOf(items[0])) ? items.slice(0, 2) : items;
  };
  const unordered = (replies: readonly ReceivedReply[]): string => `[${replies.map((each) => (itemsOf(each) === undefined ? leaf(each) : `${each.type}${unordered(told(each))}`)).sort().join()}]`;
  const [theirs, mine] = [parseAll(withoutModules(real)), parseAll(withoutModules(ours))];
  return theirs !== undefined && mine !== undefined && unordered(theirs) === unordered(mine);
}

/**
 * Messages to several patterns of one client come in the order of a table that the real server seeds by chance; FLUSHALL
 * tells the clients that track in the order of a list that its cron turns, a broadcast in the order of the places in memory
 * where they lie, and several may redirect to one. All else comes in one order.
 */
export function sameMessages(real: readonly ReceivedReply[], ours: readonly ReceivedReply[]): boolean {
  const comesByChance = (reply: ReceivedReply): boolean => {
    const [kind, channel] = (itemsOf(reply) ?? []).map(textOf);
    return kind === 'pmessage' || kind === 'invalidate' || (kind === 'message' && channel === '__redis__:invalidate');
  };
  const byChance = (replies: readonly ReceivedReply[]) => replies.filter(comesByChance).map(canonical).sort().join('\n');
  const inOrder = (replies: readonly ReceivedReply[]) => replies.filter((each) => !comesByChance(each)).map(canonical).join('\n');
  return real.some(comesByChance) && byChance(real) === byChance(ours) && inOrder(real) === inOrder(ours);
}

/** All replies in these bytes; undefined when they are no whole replies. */
export function parseAll(bytes: Bytes): ReceivedReply[] | undefined {
  try {
    const parser = new ReplyParser();
    const replies = parser.feed(bytes);
    return parser.idle ? replies : undefined;
  } catch {
    return undefined;
  }
}

