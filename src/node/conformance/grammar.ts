/*
 * Requests out of the grammar
 * ---------------------------
 * The arguments that a command's spec declares are enough to write requests of every form it knows: each
 * option alone and together with each other, in any order. What stands where a number or a key is wanted
 * is chosen by the argument's name. Then some requests are damaged: a word too many, one too few, an
 * option twice.
 */
import type { Arg, Bytes, Command } from '../../engine/index.ts';
import type { Words } from './values.ts';

type Maker = (words: Words, command: Command) => Bytes;

/** What an argument's name says about its values. */
const byName: Readonly<Record<string, Maker>> = {
  seconds: (words) => words.lifetime(1000),
  milliseconds: (words) => words.lifetime(1),
  // A SET in the past leaves a dead key, and when the server notices is nobody's to know.
  'unix-time-seconds': (words, command) => words.moment(1000, command.fullName !== 'set'),
  'unix-time-milliseconds': (words, command) => words.moment(1, command.fullName !== 'set'),
  ttl: (words) => (words.chance.happens(0.5) ? '0' : words.lifetime(1)),
  value: (words, command) => (command.fullName === 'setbit' ? words.chance.pick(['0', '1', '1', '1', '2', '-1', 'x']) : command.fullName === 'bitfield' ? words.integer() : words.value()),
  message: (words) => words.value(),
  increment: (words, command) => (/float$|^zincr/.test(command.fullName) ? words.float() : words.integer()),
  // Far offsets would make strings of half a gigabyte; past that they are errors again.
  offset: (words, command) => {
    const { chance } = words;
    if (command.spec.group === 'bitmap' && command.fullName.startsWith('bitfield') && chance.happens(0.4)) return `#${chance.happens(0.1) ? chance.pick(['-1', '99999999999', '9223372036854775807', '1x', '']) : String(chance.below(9))}`;
    if (command.spec.group === 'bitmap' && chance.happens(0.1)) return chance.pick(['-1', '4294967296', '9223372036854775807', '#1', 'x', '']);
    if (command.spec.group === 'bitmap') return String(chance.below(300));
    return chance.happens(0.2) ? chance.pick(['-1', '536870912', '2147483647', '9223372036854775807', '9223372036854775808', 'x', '']) : String(chance.below(200));
  },
  count: (words, command) => {
    if (command.spec.group === 'list') return words.place();
    const { chance } = words;
    // What is taken by chance parts the two servers, unless it is everything or nothing.
    if (command.fullName === 'spop') return chance.pick(['1000', '99999', '0', '-1', 'x', '', '9223372036854775807']);
    // So many draws would take for ever: what is not refused stays small.
    if (/^[hsz]rand/.test(command.fullName)) return chance.happens(words.oddness) ? chance.pick(['x', '', '1.5', '-9223372036854775808', '9223372036854775808']) : String(chance.between(-20, 30));
    return chance.happens(0.3) ? words.integer() : String(chance.between(1, 1000));
  },
  field: (words) => words.element(),
  member: (words) => words.element(),
  numfields: (words) => (words.chance.happens(words.oddness) ? words.integer() : String(words.chance.between(1, 3))),
  score: (words) => words.score(),
  weight: (words) => words.score(),
  numkeys: (words) => (words.chance.happens(words.oddness) ? words.integer() : String(words.chance.between(1, 3))),
  min: (words, command) => limitOf(words, command),
  max: (words, command) => limitOf(words, command),
  start: (words, command) => (command.spec.group === 'list' || command.spec.group === 'bitmap' ? words.place() : limitOf(words, command)),
  stop: (words, command) => (command.spec.group === 'list' ? words.place() : limitOf(words, command)),
  cursor: (words) => (words.chance.happens(0.75) ? '0' : words.integer()),
  type: (words) => words.chance.pick(['string', 'STRING', 'list', 'hash', 'zset', 'stream', 'nothing', '']),
  'destination-db': (words) => words.database(),
  db: (words) => words.database(),
  index: (words, command) => (command.spec.group === 'list' ? words.place() : words.database()),
  rank: (words) => words.place(),
  'num-matches': (words) => words.place(),
  len: (words) => words.place(),
  element: (words) => words.element(),
  pivot: (words) => words.element(),
  bit: (words) => words.chance.pick(['0', '1', '0', '1', '2', '-1', 'x']),
  encoding: (words) => words.chance.pick(['u8', 'i8', 'u1', 'i1', 'i5', 'u12', 'i16', 'u32', 'i33', 'u63', 'i64', 'u64', 'i65', 'u0', 'U8', 'x8', 'i', '', 'u8\x00', 'i08']),
  end: (words, command) => (command.spec.group === 'bitmap' ? words.place() : words.integer()),
  'by-pattern': (words) => words.chance.pick(['*', 'k*', 'user:*', 'nosort', 'k*->f1', '*->e1', 'k*->', '', 'x\x00*']),
  'get-pattern': (words) => words.chance.pick(['#', '#', '*', 'k*', 'user:*', 'k*->f1', 'nothing', '']),
  index1: (words) => words.database(),
  index2: (words) => words.database(),
  'serialized-value': (words) => words.dump(),
  frequency: (words) => words.chance.pick(['0', '1', '100', '255', '256', '-1', 'x']),
  channel: (words) => words.channel(),
  shardchannel: (words) => words.channel(),
  password: (words) => words.password(),
  username: (words) => words.chance.pick(['default', 'default', 'nobody', '']),
  clientname: (words) => words.chance.pick(['worker', 'w-1', '', 'with blank', 'line\n', '\xff']),
  'connection-name': (words) => words.chance.pick(['worker', 'w-1', '', 'with blank', 'line\n', '\xff']),
  libname: (words) => words.chance.pick(['lib', 'my(lib_1.0)', '', 'with blank', '\x7f']),
  libver: (words) => words.chance.pick(['1.2.3', '', 'with blank']),
  protover: (words) => words.chance.weighted([[5, '2'], [5, '3'], [1, '1'], [1, '4'], [1, 'x'], [1, ''], [1, '-3'], [1, '99999999999999999999']]),
  'client-id': (words) => words.chance.pick(['0', '-1', '99999999', '9223372036854775807', 'x', '']),
  addr: () => '127.0.0.1:1',
  laddr: () => '127.0.0.1:1',
  'old-format': (words) => words.chance.pick(['127.0.0.1:1', 'x', '']),
  maxage: (words) => words.chance.pick(['100000', '0', '-1', 'x', '9223372036854775807']),
  timeout: (words, command) => words.chance.pick(command.spec.group === 'list' || command.spec.group === 'sorted-set' ? ['0', '0', '0.0', '1000', '1e3', '9999999999', '-1', '-inf', 'inf', 'nan', 'x', '', '1e400', '9223372036854775807', '9223372036854775', '0x10', '1000.5', ' 1'] : command.fullName === 'migrate' ? ['10000', '0', '-1', 'x', '', '9223372036854775808'] : ['0', '1', '5', '-1', 'x', '', '9223372036854775808']),
  // Whether any other address answers depends on the machine's network.
  host: (words) => words.chance.pick(['127.0.0.1', '127.0.0.1', 'localhost', 'nowhere.invalid', 'a b', '']),
  port: (words) => words.chance.pick(['1', '1', '70000', '-5', 'x', '', '9223372036854775807']),
  numreplicas: (words) => words.chance.pick(['0', '0', '-1', 'x', '1.5']),
  numlocal: (words) => words.chance.pick(['0', '1', '2', '-1', 'x']),
  section: (words) => words.chance.pick(['server', 'clients', 'memory', 'stats', 'keyspace', 'everything', 'default', 'all', 'commandstats', 'errorstats', 'nothing', '', 'CPU', 'replication', 'persistence', 'cluster', 'keysizes', 'modules']),
  'min-match-len': (words) => words.integer(),
  'command-name': (words) => words.chance.pick(['get', 'SET', 'config|get', 'CONFIG|SET', 'client', 'nothing', 'config|nothing', 'get|x', '', 'mset', 'lcs', 'exec']),
  category: (words) => words.chance.pick(['string', 'fast', 'DANGEROUS', 'keyspace', 'nothing', '']),
  'module-name': () => 'nothing',
};

/** An end of the range that a command wants; ZRANGE takes any. */
function limitOf(words: Words, command: Command): Bytes {
  const { fullName } = command;
  const kind = fullName.endsWith('lex') || fullName === 'zlexcount' ? 'lex' : fullName.endsWith('score') || fullName === 'zcount' ? 'score' : fullName.startsWith('zrange') ? words.chance.pick(['rank', 'score', 'lex']) : 'rank';
  return kind === 'lex' ? words.lexLimit() : kind === 'score' ? words.scoreLimit() : words.integer();
}

function wordFor(arg: Arg, words: Words, command: Command): Bytes {
  const made = byName[arg.name];
  if (made !== undefined) return made(words, command);
  switch (arg.type) {
    case 'key': return words.key();
    case 'integer': return words.integer();
    case 'double': return words.float();
    case 'pattern': return words.pattern();
    case 'unix-time': return words.moment(1000);
    default: return words.value();
  }
}

function once(arg: Arg, words: Words, command: Command): Bytes[] {
  switch (arg.type) {
    case 'pure-token': return [];
    case 'oneof': return arg.args === undefined || arg.args.length === 0 ? [] : written(words.chance.pick(arg.args), words, command);
    case 'block': return (arg.args ?? []).flatMap((each) => maybe(each, words, command));
    default: return [wordFor(arg, words, command)];
  }
}

function written(arg: Arg, words: Words, command: Command): Bytes[] {
  const times = arg.multiple === true ? words.chance.weighted([[5, 1], [3, 2], [2, 3], [1, 5]]) : 1;
  const all: Bytes[] = [];
  for (let time = 0; time < times; time++) {
    if (arg.token !== undefined && (time === 0 || arg.multipleToken === true)) all.push(anyCase(arg.token, words));
    all.push(...once(arg, words, command));
  }
  return all;
}

const maybe = (arg: Arg, words: Words, command: Command): Bytes[] => (arg.optional === true && words.chance.happens(0.6) ? [] : written(arg, words, command));

/** Options are read in any case of letters. */
function anyCase(word: Bytes, { chance }: Words): Bytes {
  return chance.weighted<() => Bytes>([[6, () => word], [3, () => word.toLowerCase()], [1, () => [...word].map((char) => (chance.happens(0.5) ? char.toLowerCase() : char)).join('')]])();
}

const isOption = (arg: Arg): boolean => arg.optional === true && (arg.token !== undefined || arg.type === 'oneof' || arg.type === 'block' || arg.type === 'pure-token');

/** A request for this command: mostly right, sometimes not. */
export function request(command: Command, words: Words): Bytes[] {
  const { chance } = words;
  const name = command.fullName.split('|').map((word) => anyCase(word.toUpperCase(), words));
  const args = command.spec.args ?? [];
  const fixed = args.filter((arg) => !isOption(arg));
  const options = args.filter(isOption);
  // Options keep their place in the grammar where fixed words follow them, and mix where they end the request.
  const endsWithOptions = args.slice(fixed.length).every(isOption) && args.slice(0, fixed.length).every((arg) => !isOption(arg));
  let request: Bytes[];
  if (endsWithOptions) {
    const chosen = options.flatMap((arg) => (chance.happens(0.35) ? [written(arg, words, command)] : []));
    if (chosen.length > 0 && chance.happens(0.05)) chosen.push(chance.pick(chosen));
    // Of alternatives that exclude each other, sometimes two.
    if (options.length > 0 && chance.happens(0.08)) chosen.push(written(chance.pick(options), words, command));
    request = [...name, ...fixed.flatMap((arg) => maybe(arg, words, command)), ...chance.shuffled(chosen).flat()];
  } else {
    request = [...name, ...args.flatMap((arg) => maybe(arg, words, command))];
  }
  const made = chance.happens(0.06) ? damaged(request, name.length, words) : request;
  // A word that came to stand where so many draws are asked for would keep the real server busy until its memory ends.
  return /^[hsz]rand/.test(command.fullName) ? made.map((word) => (/^-\d{5,18}$|^-[1-8]\d{18}$|^-9223372036854775807$/.test(word) ? '-5' : word)) : made;
}

function damaged(request: readonly Bytes[], nameWords: number, words: Words): Bytes[] {
  const { chance } = words;
  const at = nameWords + chance.below(Math.max(1, request.length - nameWords));
  const copy = [...request];
  switch (chance.below(5)) {
    case 0: return copy.slice(0, -1).length >= nameWords ? copy.slice(0, -1) : copy;
    case 1: return [...copy, words.value()];
    case 2: copy.splice(at, 0, chance.pick(['NX', 'XX', 'GET', 'EX', 'KEEPTTL', 'COUNT', 'MATCH', 'REPLACE', 'nonsense', words.value()])); return copy;
    case 3: if (at < copy.length) copy[at] = words.value(); return copy;
    default: if (at < copy.length) copy.splice(at, 1); return copy;
  }
}
