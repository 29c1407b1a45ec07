/*
 * Facts derived from a command's spec
 * -----------------------------------
 * COMMAND, COMMAND DOCS, COMMAND GETKEYS and ACL categories all come from here; nothing about a
 * command is written twice.
 */
import { aclCategories } from '../../acl/categories.ts';
import { atoi, equalsFolded, fold, parseInteger, type Bytes } from '../../bytes.ts';
import type { Arg, Command, CommandFlag, CommandTable, KeyFlag, KeySpec } from '../../command.ts';
import { CommandError, mapReply, setReply, status, type Reply } from '../../reply.ts';

/** Flags as COMMAND INFO lists them; `may_replicate` and `protected` are not told. */
const FLAG_ORDER: readonly CommandFlag[] = [
  'write', 'readonly', 'denyoom', 'module', 'admin', 'pubsub', 'noscript', 'blocking', 'loading', 'stale', 'skip_monitor', 'skip_slowlog',
  'asking', 'fast', 'no_auth', 'no_mandatory_keys', 'no_async_loading', 'no_multi', 'movablekeys', 'allow_busy',
];

/** Whether the first key range alone cannot name all keys. */
function hasMovableKeys(command: Command): boolean {
  const keys = command.spec.keys ?? [];
  return command.flags.has('movablekeys') || keys.some((each) => typeof each.begin === 'string' || typeof each.find === 'string' || !('index' in each.begin) || 'keyNumIndex' in each.find || each.flags.includes('incomplete'))
    || (command.spec.getKeys !== undefined && keys.length > 1);
}

/** First key, last key and step, as COMMAND has always told them. */
function legacyRange(command: Command): readonly [number, number, number] {
  const ranges = (command.spec.keys ?? []).flatMap((each) =>
    typeof each.begin !== 'string' && 'index' in each.begin && typeof each.find !== 'string' && 'lastKey' in each.find ? [{ first: each.begin.index, ...each.find }] : [],
  );
  const first = ranges[0];
  if (first === undefined) return [0, 0, 0];
  let last = first.lastKey >= 0 ? first.first + first.lastKey : first.lastKey;
  // Several specs that follow each other are one range in the old terms (RENAME, SMOVE, COPY).
  for (const next of ranges.slice(1)) if (next.first === last + 1) last = next.lastKey >= 0 ? next.first + next.lastKey : next.lastKey;
  return [first.first, last, first.step];
}

export function commandInfo(command: Command): Reply {
  const { spec } = command;
  const flags = FLAG_ORDER.filter((flag) => command.flags.has(flag) || (flag === 'movablekeys' && hasMovableKeys(command)));
  const [first, last, step] = legacyRange(command);
  return [
    command.fullName, spec.arity, setReply(flags.map((flag) => status(flag))), first, last, step,
    setReply(aclCategories(command).map((category) => status(`@${category}`))),
    setReply([...(spec.tips ?? [])]),
    setReply((spec.keys ?? []).map(keySpecReply)),
    // Where there are none, the real server sends an empty set; where there are some, an array.
    command.subcommands === undefined ? setReply([]) : [...command.subcommands.values()].map(commandInfo),
  ];
}

function keySpecReply(spec: KeySpec): Reply {
  const begin: [Bytes, Reply] =
    spec.begin === 'unknown' ? ['unknown', mapReply([])]
    : 'index' in spec.begin ? ['index', mapReply([['index', spec.begin.index]])]
    : ['keyword', mapReply([['keyword', spec.begin.keyword], ['startfrom', spec.begin.startFrom]])];
  const find: [Bytes, Reply] =
    spec.find === 'unknown' ? ['unknown', mapReply([])]
    : 'lastKey' in spec.find ? ['range', mapReply([['lastkey', spec.find.lastKey], ['keystep', spec.find.step], ['limit', spec.find.limit]])]
    : ['keynum', mapReply([['keynumidx', spec.find.keyNumIndex], ['firstkey', spec.find.firstKey], ['keystep', spec.find.step]])];
  const pairs: [Reply, Reply][] = [];
  if (spec.notes !== undefined) pairs.push(['notes', spec.notes]);
  pairs.push(['flags', setReply(spec.flags.map((flag) => status(flag)))]);
  pairs.push(['begin_search', mapReply([['type', begin[0]], ['spec', begin[1]]])]);
  pairs.push(['find_keys', mapReply([['type', find[0]], ['spec', find[1]]])]);
  return mapReply(pairs);
}

/** The documentation of one command; texts are ours, the grammar is Redis's. */
export function commandDocs(command: Command): Reply {
  const { spec } = command;
  const pairs: [Reply, Reply][] = [['summary', spec.summary], ['since', spec.since], ['group', spec.group]];
  if (spec.complexity !== undefined) pairs.push(['complexity', spec.complexity]);
  if (spec.docFlags !== undefined) pairs.push(['doc_flags', setReply(spec.docFlags.map((flag) => status(flag)))]);
  if (spec.deprecated !== undefined) {
    pairs.push(['deprecated_since', spec.deprecated.since]);
    if (spec.deprecated.replacedBy !== undefined) pairs.push(['replaced_by', spec.deprecated.replacedBy]);
  }
  if (spec.history !== undefined) pairs.push(['history', setReply(spec.history.map(([version, text]) => [version, text]))]);
  if (spec.args !== undefined) pairs.push(['arguments', spec.args.map(argReply)]);
  if (command.subcommands !== undefined) pairs.push(['subcommands', mapReply([...command.subcommands.values()].map((sub) => [sub.fullName, commandDocs(sub)] as const))]);
  return mapReply(pairs);
}

function argReply(arg: Arg): Reply {
  const pairs: [Reply, Reply][] = [['name', arg.name], ['type', arg.type]];
  if (arg.args === undefined) pairs.push(['display_text', arg.displayText ?? arg.name]);
  if (arg.type === 'key' || arg.keySpecIndex !== undefined) pairs.push(['key_spec_index', arg.keySpecIndex ?? 0]);
  if (arg.token !== undefined) pairs.push(['token', arg.token]);
  if (arg.since !== undefined) pairs.push(['since', arg.since]);
  if (arg.deprecatedSince !== undefined) pairs.push(['deprecated_since', arg.deprecatedSince]);
  const flags: Bytes[] = [];
  if (arg.optional === true) flags.push('optional');
  if (arg.multiple === true) flags.push('multiple');
  if (arg.multipleToken === true) flags.push('multiple_token');
  if (flags.length > 0) pairs.push(['flags', setReply(flags.map((flag) => status(flag)))]);
  if (arg.args !== undefined) pairs.push(['arguments', arg.args.map(argReply)]);
  return mapReply(pairs);
}

/** The command that a request names, subcommand included; undefined when there is none. */
export function lookupCommand(table: CommandTable, argv: readonly Bytes[]): Command | undefined {
  const top = table.lookup(fold(argv[0] ?? ''));
  if (top?.subcommands === undefined || argv.length < 2) return top;
  return top.subcommands.get(fold(argv[1] ?? ''));
}

/** `get` or `config|get`, as COMMAND INFO and COMMAND DOCS take names. */
export function lookupByFullName(table: CommandTable, name: Bytes): Command | undefined {
  const [top, sub, ...more] = fold(name).split('|');
  if (more.length > 0) return undefined;
  const found = table.lookup(top ?? '');
  return sub === undefined ? found : found?.subcommands?.get(sub);
}

/** Where the keys of a request stand, and what is done with each. Empty when the specs cannot tell. */
export function keysOf(command: Command, argv: readonly Bytes[]): readonly { index: number; flags: readonly KeyFlag[] }[] {
  if (command.spec.getKeys !== undefined) return command.spec.getKeys(argv);
  const lenient = lenientlyCounted(command.spec.keys ?? [], argv);
  if (lenient !== undefined) return lenient;
  return (command.spec.keys ?? []).flatMap((spec) => (spec.flags.includes('not_key') ? [] : keysOfSpec(spec, argv)));
}

/** The words that decide where in a cluster a request belongs: its keys, and the channels that live in a slot as keys do. */
export function slotKeysOf(command: Command, argv: readonly Bytes[]): Bytes[] {
  // PFMERGE with its destination alone: COMMAND GETKEYS calls that wrong, and still the destination has a slot.
  const isWithoutSources = command.fullName === 'pfmerge' && argv.length === 2;
  const keys = isWithoutSources ? [argv[1] as Bytes] : keysOf(command, argv).map(({ index }) => argv[index] as Bytes);
  for (const spec of command.spec.keys ?? []) if (spec.flags.includes('not_key')) keys.push(...keysOfSpec(spec, argv).map(({ index }) => argv[index] as Bytes));
  return keys;
}

/**
 * Where the number of keys is below one, larger than there are words, or spelled as only C's atoi() reads it (`01`, `+1`, `1x`), the real server falls
 * back on an older way to find keys: it knows no flags, names the destination last, and finds none where one is missing.
 */
function lenientlyCounted(specs: readonly KeySpec[], argv: readonly Bytes[]): { index: number; flags: readonly KeyFlag[] }[] | undefined {
  for (const { begin, find } of specs) {
    if (typeof begin === 'string' || !('index' in begin) || typeof find === 'string' || !('keyNumIndex' in find)) continue;
    const word = argv[begin.index + find.keyNumIndex] ?? '';
    const plain = parseInteger(word) ?? 0;
    const first = begin.index + find.firstKey;
    const most = Math.floor((argv.length - first) / find.step);
    if (plain >= 1 && plain <= most) continue;
    const count = atoi(word);
    if (count < 1 || count > most) return [];
    const counted = Array.from({ length: count }, (_, i) => ({ index: first + i * find.step, flags: [] }));
    const others = specs.flatMap((each) => (typeof each.begin !== 'string' && 'index' in each.begin && typeof each.find !== 'string' && 'lastKey' in each.find ? [{ index: each.begin.index, flags: [] }] : []));
    return [...counted, ...others];
  }
  return undefined;
}

function keysOfSpec(spec: KeySpec, argv: readonly Bytes[]): { index: number; flags: readonly KeyFlag[] }[] {
  const first = beginOf(spec, argv);
  if (first === undefined || spec.find === 'unknown') return [];
  let last: number;
  let start = first;
  if ('lastKey' in spec.find) {
    const { lastKey, limit } = spec.find;
    last = lastKey >= 0 ? first + lastKey : limit <= 1 ? argv.length + lastKey : first + Math.floor((argv.length - first) / limit + lastKey);
    // A range without a word (PFMERGE with its destination alone) spoils the others as well.
    if (last < first) throw new CommandError('ERR Invalid arguments specified for command');
  } else {
    const count = parseInteger(argv[first + spec.find.keyNumIndex] ?? '');
    if (count === undefined || count < 0) throw new CommandError('ERR Invalid arguments specified for command');
    start = first + spec.find.firstKey;
    last = start + (Number(count) - 1) * spec.find.step;
  }
  const found: { index: number; flags: readonly KeyFlag[] }[] = [];
  for (let index = start; index <= last; index += spec.find.step) {
    if (index >= argv.length) throw new CommandError('ERR Invalid arguments specified for command');
    found.push({ index, flags: spec.flags });
  }
  return found;
}

function beginOf(spec: KeySpec, argv: readonly Bytes[]): number | undefined {
  if (spec.begin === 'unknown') return undefined;
  if ('index' in spec.begin) return spec.begin.index;
  const { keyword, startFrom } = spec.begin;
  const step = startFrom > 0 ? 1 : -1;
  for (let i = startFrom > 0 ? startFrom : argv.length + startFrom; i > 0 && i < argv.length; i += step) {
    if (equalsFolded(argv[i] as Bytes, fold(keyword))) return i + 1;
  }
  return undefined;
}
