/*
 * How directives read their values
 * --------------------------------
 * Each kind of directive turns text into a typed value, or says what is wrong in the real server's
 * words, and prints a value as CONFIG GET shows it and as CONFIG REWRITE writes it.
 */
import type { Bytes } from '../bytes.ts';
import { equalsFolded, fold, parseDouble, parseInteger, trim } from '../bytes.ts';
import { splitArguments } from '../protocol/split-arguments.ts';
import { quote } from '../monitor.ts';

export type DirectiveValue = Bytes | number | bigint | boolean;

/** What is wrong with a value; `problem` is the text of the real server. */
export interface BadValue {
  readonly problem: Bytes;
}

export interface Directive {
  readonly name: Bytes;
  /** The name before it was changed; both are answered. */
  readonly alias: Bytes | undefined;
  readonly default: DirectiveValue;
  /** Only the configuration file and the command line may set it. */
  readonly immutable: boolean;
  /** CONFIG SET needs enable-protected-configs. */
  readonly protected: boolean;
  /** Its value is not shown in logs. */
  readonly sensitive: boolean;
  /** Several words make one value (`save 60 1`). */
  readonly multiWord: boolean;
  /** `current` is the value before: some directives change only part of it. */
  parse(text: Bytes, current: DirectiveValue): DirectiveValue | BadValue;
  /** As CONFIG GET shows it. */
  show(value: DirectiveValue): Bytes;
  /** Lines of the configuration file; `[]` when nothing need be written. */
  lines(value: DirectiveValue): Bytes[];
  /** The rewritten file names it even with its default (as the real server does for a few). */
  readonly alwaysWritten: boolean;
  /** CONFIG GET tells it to whoever knows the name: a switch for tests. */
  readonly hidden: boolean;
}

export interface DirectiveOptions {
  readonly alias?: Bytes;
  readonly immutable?: boolean;
  readonly protected?: boolean;
  readonly sensitive?: boolean;
  readonly multiWord?: boolean;
  readonly alwaysWritten?: boolean;
  readonly hidden?: boolean;
}

export const INT_MAX = 2147483647;
export const LONG_MAX = 9223372036854775807n;

const bad = (problem: Bytes): BadValue => ({ problem });

export function isBadValue(value: DirectiveValue | BadValue): value is BadValue {
  return typeof value === 'object';
}

function make(
  name: Bytes,
  byDefault: DirectiveValue,
  options: DirectiveOptions,
  parse: Directive['parse'],
  show: (value: DirectiveValue) => Bytes = String,
  lines: (value: DirectiveValue) => Bytes[] = (value) => [`${name} ${show(value)}`],
): Directive {
  return {
    name, default: byDefault, parse, show, lines,
    alias: options.alias,
    immutable: options.immutable ?? false,
    protected: options.protected ?? false,
    sensitive: options.sensitive ?? false,
    multiWord: options.multiWord ?? false,
    alwaysWritten: options.alwaysWritten ?? false,
    hidden: options.hidden ?? false,
  };
}

/** yes or no, any case. */
export function yesNo(name: Bytes, byDefault: boolean, options: DirectiveOptions = {}): Directive {
  return make(
    name, byDefault, options,
    (text) => (equalsFolded(text, 'yes') ? true : equalsFolded(text, 'no') ? false : bad("argument must be 'yes' or 'no'")),
    (value) => (value === true ? 'yes' : 'no'),
  );
}

/** A whole number within limits, both inclusive. */
export function integer(name: Bytes, byDefault: number, least: number, most: number | bigint, options: DirectiveOptions = {}): Directive {
  return make(name, byDefault, options, (text) => {
    const value = parseInteger(text);
    if (value === undefined) return bad("argument couldn't be parsed into an integer");
    return value < least || value > most ? bad(`argument must be between ${least} and ${most} inclusive`) : value;
  });
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n, b: 1n, k: 1000n, kb: 1024n, m: 1000000n, mb: 1048576n, g: 1000000000n, gb: 1073741824n,
};

/** Bytes of `100mb`, `1k`, `5`, modulo 2^64 as the real server reads them; undefined when it is no memory value. */
export function parseMemory(text: Bytes): bigint | undefined {
  const match = /^(\d*)([a-zA-Z]*)$/.exec(text);
  if (match === null) return undefined;
  const unit = UNITS[fold(match[2] ?? '')];
  if (unit === undefined) return undefined;
  const digits = match[1] ?? '';
  const count = digits === '' ? 0n : BigInt(digits);
  // strtoull stops at the largest number rather than wrap; the product wraps.
  return BigInt.asUintN(64, (count > 0xffffffffffffffffn ? 0xffffffffffffffffn : count) * unit);
}

const narrowed = (value: bigint): number | bigint => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

/** As the configuration file writes sizes: the largest unit that divides it. */
function memoryText(value: DirectiveValue): Bytes {
  const bytes = BigInt(value as number);
  for (const [unit, size] of [['gb', 1073741824n], ['mb', 1048576n], ['kb', 1024n]] as const) {
    if (bytes > 0n && bytes % size === 0n) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Unsigned sizes go to 2^64 − 1; the others end at LONG_MAX. */
const UNSIGNED = new Set(['maxmemory', 'cluster-link-sendbuf-limit', 'maxmemory-clients']);

/** A size in bytes with units; with `percent`, `5%` of maxmemory is kept as −5. */
export function memory(name: Bytes, byDefault: number, least: number, options: DirectiveOptions & { percent?: boolean } = {}): Directive {
  const show = (value: DirectiveValue): Bytes => (Number(value) < 0 ? `${-Number(value)}%` : String(value));
  return make(
    name, byDefault, options,
    (text) => {
      if (options.percent === true && /^\d+%$/.test(text)) {
        const percent = Number(text.slice(0, -1));
        if (percent > 100) return bad('percentage argument must be less or equal to 100');
        return percent > 0 ? -percent : 0;
      }
      const value = parseMemory(text);
      if (value === undefined) return bad(`argument must be a memory ${options.percent === true ? 'or percent ' : ''}value`);
      const most = UNSIGNED.has(name) ? 0xffffffffffffffffn : LONG_MAX;
      return value < BigInt(least) || value > most ? bad(`argument must be between ${least} and ${most} inclusive`) : narrowed(value);
    },
    show,
    (value) => [`${name} ${Number(value) < 0 ? show(value) : memoryText(value)}`],
  );
}

/** One of some words, any case; with `several`, more than one separated by blanks. */
export function choice(name: Bytes, byDefault: Bytes, words: readonly Bytes[], options: DirectiveOptions & { several?: boolean } = {}): Directive {
  const problem = `argument(s) must be one of the following: ${words.join(', ')}`;
  return make(name, byDefault, options, (text) => {
    const given = options.several === true ? (splitArguments(text) ?? []) : [text];
    const found = given.map((each) => words.find((word) => equalsFolded(each, word)));
    if (found.length === 0 || found.includes(undefined)) return bad(problem);
    return words.filter((word) => found.includes(word)).join(' ');
  });
}

/** File permissions in octal. */
export function octal(name: Bytes, byDefault: number, options: DirectiveOptions = {}): Directive {
  return make(
    name, byDefault, options,
    (text) => (/^[0-7]{1,4}$/.test(text) && parseInt(text, 8) <= 0o777 ? parseInt(text, 8) : bad("argument couldn't be parsed as an octal number")),
    (value) => Number(value).toString(8),
  );
}

/** Any text; quoted in the configuration file. */
export function text(name: Bytes, byDefault: Bytes, options: DirectiveOptions = {}): Directive {
  return make(name, byDefault, options, (given) => given, String, (value) => [`${name} ${quote(String(value))}`]);
}

/** A value with rules of its own: `parse` answers the canonical text or what is wrong. */
export function special(
  name: Bytes, byDefault: Bytes, parse: (text: Bytes, current: Bytes) => Bytes | BadValue, options: DirectiveOptions = {},
  lines?: (value: Bytes, byDefault: Bytes) => Bytes[],
): Directive {
  return make(
    name, byDefault, options,
    (given, current) => parse(given, String(current)),
    String,
    lines === undefined ? (value) => [`${name} ${quote(String(value))}`] : (value) => lines(String(value), byDefault),
  );
}

// --- the rules of the special ones ---------------------------------------------------------------

/** CONFIG SET cuts at each blank and knows no quotes: two blanks have an empty word between them. */
const cutAtBlanks = (given: Bytes): Bytes[] => (given === '' ? [] : given.split(' '));

/** `900 1 300 10`: pairs of seconds ≥ 1 and changes ≥ 0; empty turns saving off. */
export function parseSave(given: Bytes): Bytes | BadValue {
  const words = cutAtBlanks(given);
  if (words.length % 2 === 1) return bad('Invalid save parameters');
  const numbers = words.map(parseInteger);
  for (let i = 0; i < numbers.length; i += 2) {
    const seconds = numbers[i];
    const changes = numbers[i + 1];
    if (seconds === undefined || changes === undefined || seconds < 1 || changes < 0) return bad('Invalid save parameters');
  }
  return words.join(' ');
}

export function saveLines(value: Bytes): Bytes[] {
  const words = value === '' ? [] : value.split(' ');
  if (words.length === 0) return ['save ""'];
  return Array.from({ length: words.length / 2 }, (_, i) => `save ${words[2 * i]} ${words[2 * i + 1]}`);
}

const OUTPUT_CLASSES = ['normal', 'slave', 'pubsub'];

/** Groups of class, hard limit, soft limit, seconds: those given replace theirs, the others stay. */
export function parseOutputLimits(given: Bytes, current: Bytes): Bytes | BadValue {
  const words = cutAtBlanks(given); // no words are no change
  if (words.length % 4 !== 0) return bad('Wrong number of arguments in buffer limit configuration.');
  const limits = new Map<Bytes, Bytes>();
  const now = current.split(' ');
  for (let i = 0; i < now.length; i += 4) limits.set(now[i] as Bytes, now.slice(i + 1, i + 4).join(' '));
  for (let i = 0; i < words.length; i += 4) {
    const name = fold(words[i] as Bytes);
    const known = name === 'replica' ? 'slave' : name;
    if (!OUTPUT_CLASSES.includes(known)) return bad('Invalid client class specified in buffer limit configuration.');
    const hard = parseMemory(words[i + 1] as Bytes);
    const soft = parseMemory(words[i + 2] as Bytes);
    const seconds = parseInteger(words[i + 3] as Bytes);
    if (hard === undefined || soft === undefined || seconds === undefined || seconds < 0) {
      return bad('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
    }
    limits.set(known, `${hard} ${soft} ${seconds}`);
  }
  return OUTPUT_CLASSES.map((name) => `${name} ${limits.get(name)}`).join(' ');
}

/** One line for each class that has not its default. */
export function outputLimitLines(value: Bytes, byDefault: Bytes): Bytes[] {
  const lines: Bytes[] = [];
  const words = value.split(' ');
  for (let i = 0; i < words.length; i += 4) {
    const group = words.slice(i, i + 4);
    if (byDefault.includes(group.join(' '))) continue;
    lines.push(`client-output-buffer-limit ${group[0]} ${memoryText(BigInt(group[1] as Bytes))} ${memoryText(BigInt(group[2] as Bytes))} ${group[3]}`);
  }
  return lines;
}

const EVENT_CLASSES = 'Ag$lshzxeKEtmdn';
const EVENT_KINDS = 'g$lshzxetd';

/** Letters of notify-keyspace-events, in the order the real server shows them. */
export function parseNotifications(given: Bytes): Bytes | BadValue {
  for (const letter of given) if (!EVENT_CLASSES.includes(letter)) return bad(`Invalid event class character. Use '${EVENT_CLASSES}'.`);
  const all = given.includes('A') || [...EVENT_KINDS].every((letter) => given.includes(letter));
  const kinds = all ? 'A' : [...EVENT_KINDS].filter((letter) => given.includes(letter)).join('');
  return kinds + [...'nKEm'].filter((letter) => given.includes(letter)).join('');
}

/** The real server shows no `n` beside `A`, though it is in force. */
export function shownNotifications(value: Bytes): Bytes {
  return value.startsWith('An') ? `A${value.slice(2)}` : value;
}

export function parseBind(given: Bytes): Bytes | BadValue {
  const words = cutAtBlanks(given);
  return words.length > 16 ? bad('Too many bind addresses specified.') : words.join(' ');
}

export function parseOomScores(given: Bytes): Bytes | BadValue {
  const words = cutAtBlanks(given);
  if (words.length !== 3) return bad('wrong number of arguments');
  const values = words.map(parseInteger);
  if (values.some((value) => value === undefined || value < -2000 || value > 2000)) return bad('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
  return words.join(' ');
}

export function parsePercentiles(given: Bytes): Bytes | BadValue {
  const shown: Bytes[] = [];
  for (const word of cutAtBlanks(given)) {
    const value = parseDouble(word);
    if (value === undefined) return bad('Invalid latency-tracking-info-percentiles parameters');
    if (value > 100 || value < 0) return bad('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
    shown.push(trimZeros(value));
  }
  return shown.join(' ');
}

/** %.17Lg of a percentile is its shortest text for all that people write. */
function trimZeros(value: number): Bytes {
  return String(value);
}

export function parseReplicaOf(given: Bytes): Bytes | BadValue {
  const words = splitArguments(given) ?? [];
  if (words.length !== 2) return bad('wrong number of arguments');
  if (fold(words[0] as Bytes) === 'no' && fold(words[1] as Bytes) === 'one') return '';
  const port = parseInteger(words[1] as Bytes);
  return port === undefined || port < 0 || port > 65535 ? bad('Invalid master port') : words.join(' ');
}

export function parseHostname(given: Bytes): Bytes | BadValue {
  if (given.length >= 256) return bad('Hostnames must be less than 256 characters');
  return /^[A-Za-z0-9.-]*$/.test(given) ? given : bad('Hostnames may only contain alphanumeric characters, hyphens or dots');
}

export function parseNodeName(given: Bytes): Bytes | BadValue {
  return /[!#$%&()*+:;<>?@[\]^{|}~]/.test(given) ? bad('Announced human node name contained invalid character') : given;
}

/** A file or folder name without a path before it. */
export function parseFileName(given: Bytes): Bytes | BadValue {
  if (given.includes('/')) return bad("dbfilename can't be a path, just a filename");
  return given;
}

/** Only the C locale exists here. */
export function parseLocale(given: Bytes): Bytes | BadValue {
  return ['', 'C', 'POSIX'].includes(trim(given)) ? given : bad('Invalid locale name');
}
