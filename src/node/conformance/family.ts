/*
 * What families of scenarios are made of
 * --------------------------------------
 * Which commands there are to choose from, and requests of one client from some of them.
 */
import { commandTable, type Bytes, type Command } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

export interface Family {
  /** Steps a scenario has, about. */
  readonly length: number;
  steps(chance: Chance, words: Words, length: number): Step[];
}

export const everyCommand: readonly Command[] = [...commandTable.all()].flatMap((each) => (each.subcommands === undefined ? [each] : [...each.subcommands.values()]));

/** Never sent by chance: they end the server, take long, or have scenarios of their own. */
export const KEPT_OUT = new Set(['shutdown', 'debug', 'monitor', 'client|pause', 'client|unpause', 'client|reply', 'client|kill', 'config|set', 'config|rewrite', 'config|resetstat', 'wait', 'waitaof', 'quit', 'reset', 'client|unblock', 'client|tracking', 'bgsave', 'save',
  // What another server is told, and when, is compared by src/node/propagation and replication.test.ts.
  'sync', 'psync', 'replicaof', 'slaveof', 'failover', 'replconf',
  'script|debug', 'function|list', 'function|dump', 'acl|setuser', 'acl|deluser', 'acl|load', 'acl|save']);

/** Texts of HELP are our own; where a broken EXEC cannot be read, they would look like a difference. */
export const isKeptOut = (each: Command): boolean => KEPT_OUT.has(each.fullName) || each.fullName.endsWith('|help');

export const ofGroups = (...groups: readonly string[]): Command[] => everyCommand.filter((each) => groups.includes(each.spec.group) && !isKeptOut(each));
export const named = (...names: readonly string[]): Command[] => everyCommand.filter((each) => names.includes(each.fullName));

/** A longer value is a string with a buffer of its own; MEMORY USAGE declares that the room an inline request leaves there is not counted. */
const LONGEST_INLINE_WORD = 44;

export const send = (client: string, argv: readonly Bytes[], inline = false): Step => {
  const may = inline && argv.length > 0 && argv[0] !== '' && argv.every((word) => word.length <= LONGEST_INLINE_WORD);
  return { kind: 'command', client, argv, ...(may ? { inline } : {}) };
};

/** Requests of one client from these commands. */
export function ofOneClient(commands: readonly Command[], extras: readonly (readonly [number, (words: Words) => Bytes[]])[] = []) {
  return (chance: Chance, words: Words, length: number): Step[] => {
    const steps: Step[] = [];
    if (chance.happens(0.3)) steps.push(send('a', ['HELLO', '3']));
    const inlineShare = chance.happens(0.1) ? 0.5 : 0;
    while (steps.length < length) {
      const extra = extras.find(([share]) => chance.happens(share));
      const argv = extra === undefined ? request(chance.pick(commands), words) : extra[1](words);
      steps.push(send('a', argv, chance.happens(inlineShare)));
    }
    return steps;
  };
}

export const selectDatabase = [0.01, (words: Words) => ['SELECT', words.database()]] as const;
export const unknownCommand = [0.01, (words: Words) => [words.chance.pick(['nothing', 'GETT', '', 'get ', 'config|get', 'x'.repeat(200), '\x00']), ...Array.from({ length: words.chance.below(5) }, () => words.value())]] as const;
export const seed = [0.08, (words: Words) => ['SET', words.key(), words.value()]] as const;

export const plainSet = named('set', 'mset', 'append', 'incr', 'setrange');
export const interleaved = [...named('get', 'set', 'incr', 'del', 'mset', 'append', 'expire', 'persist', 'rename', 'flushdb', 'copy', 'getdel', 'move', 'swapdb', 'flushall', 'exists', 'ttl', 'restore', 'unlink', 'setnx', 'touch')];

/** One type's commands among those for any key, now and then with low limits for its encodings. */
export function ofCollection(groups: readonly string[], limits: readonly (readonly [Bytes, readonly Bytes[]])[], extras: readonly (readonly [number, (words: Words) => Bytes[]])[] = []) {
  const commands = ofGroups(...groups).filter((each) => !each.flags.has('blocking'));
  const anyKey = named('del', 'copy', 'rename', 'type', 'object|encoding', 'dump', 'restore', 'expire', 'set', 'exists', 'persist', 'unlink', 'get', 'touch', 'scan');
  const ofOne = ofOneClient([...commands, ...commands, ...commands, ...commands, ...anyKey], [selectDatabase, [0.02, (words) => ['DEBUG', 'DIGEST-VALUE', words.key(), words.key()]], [0.02, (words) => ['MEMORY', 'USAGE', words.key(), 'SAMPLES', '0']], [0.01, () => ['INFO', 'keysizes']], ...extras]);
  return (chance: Chance, words: Words, length: number): Step[] => {
    const steps: Step[] = [];
    for (const [name, values] of limits) if (chance.happens(0.4)) steps.push(send('a', ['CONFIG', 'SET', name, chance.pick(values)]));
    if (chance.happens(0.2)) steps.push(send('a', ['CONFIG', 'SET', 'rdbcompression', 'no']));
    if (chance.happens(0.15)) steps.push(send('s', ['CONFIG', 'SET', 'notify-keyspace-events', 'KEAn']), send('s', ['PSUBSCRIBE', '__key*']));
    steps.push(...ofOne(chance, words, length));
    return steps;
  };
}
