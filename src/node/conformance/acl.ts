/*
 * Users and rules
 * ---------------
 * An administrator (s) makes users out of random rules and asks about them; other clients log in, try what
 * they may do, and are refused. The default user keeps his rights: the comparison itself is one of his clients.
 */
import type { Bytes, Command } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { everyCommand, interleaved, named, ofGroups, send as step, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import { PASSWORDS } from './side.ts';
import type { Words } from './values.ts';

const USERS = ['u1', 'u2', 'u3', 'U1'] as const;
const USER_PASSWORDS = ['p', 'p', 'other', '', PASSWORDS[0], '\x00\xff'] as const;
const HASH_OF_P = '148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940';
const CATEGORIES = [
  'keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo', 'stream', 'pubsub', 'admin', 'fast', 'slow',
  'blocking', 'dangerous', 'connection', 'transaction', 'scripting', 'all', 'READ', 'nothing', '',
] as const;
const FIRST_WORDS = ['select|0', 'select|1', 'SELECT|9', 'get|k1', 'debug|object', 'set|a', 'config|get|x', 'get|', 'config|', '|', '|x', 'get|x|y', 'ping|Hello', 'subscribe|news'] as const;
const ODD_RULES = [
  '', ' ', 'x', 'on ', 'off\x00', '+', '-', '~', '%', '%~', '%R', '%RW', '%RR~a', '%X~a', '%rw~k*', '&', '(', ')', '()', '( )', '(on)', '(>p)', '((~a)', '(~a) ', '("+get)', "('~k1' +get)",
  '>', '<', '#', '!', '#abc', `#${HASH_OF_P.toUpperCase()}`, `!${HASH_OF_P}`, '~a b', '&a b', '~a\x00', '+get\x00', '+@', '-@nothing', '+nothing', '-config|nothing', '-select|0', '+config|get|maxmemory', '-get|x',
  '~*', '&*', '%RW~*', '%R~*', 'ALLKEYS', 'AllCommands', '+@ALL', '-@aLL', '\xff', '~\xff', 'a\r\nb',
] as const;

/** A pattern that fits a key of the scenario, or several. */
function keyPattern(words: Words): Bytes {
  const { chance } = words;
  const key = words.key();
  return chance.weighted<() => Bytes>([[4, () => key], [3, () => `${key.slice(0, 1)}*`], [2, () => words.pattern()], [1, () => '*']])();
}

function commandRule(words: Words, commands: readonly Command[]): Bytes {
  const { chance } = words;
  const sign = chance.pick(['+', '+', '-']);
  return chance.weighted<() => Bytes>([
    [6, () => `${sign}@${chance.pick(CATEGORIES)}`],
    [6, () => `${sign}${chance.pick(['get', 'set', 'del', 'mset', 'config', 'client', 'acl', 'multi', 'exec', 'subscribe', 'sort', 'publish', 'GET', 'Config|Get', 'ping', 'hello', 'auth'])}`],
    [4, () => `${sign}${chance.pick(commands).fullName}`],
    [1, () => `${sign}${chance.pick(FIRST_WORDS)}`],
  ])();
}

function selectorRule(words: Words, commands: readonly Command[]): Bytes {
  const { chance } = words;
  return chance.weighted<() => Bytes>([
    [8, () => commandRule(words, commands)],
    [3, () => `~${keyPattern(words)}`],
    [3, () => `%${chance.pick(['R', 'W', 'RW', 'r', 'WR'])}~${keyPattern(words)}`],
    [2, () => `&${chance.happens(0.7) ? words.channel() : words.pattern()}`],
    [2, () => chance.pick(['allkeys', 'resetkeys', 'allchannels', 'resetchannels', 'allcommands', 'nocommands', '+@all', '-@all', '~*', '&*'])],
  ])();
}

function rules(words: Words, commands: readonly Command[]): Bytes[] {
  const { chance } = words;
  const made: Bytes[] = [];
  const count = chance.between(1, 6);
  while (made.length < count) {
    made.push(...chance.weighted<() => Bytes[]>([
      [14, () => [selectorRule(words, commands)]],
      [4, () => [chance.pick(['on', 'off', 'nopass', 'resetpass', 'on', 'ON', 'sanitize-payload', 'skip-sanitize-payload', 'clearselectors', 'reset', 'resetkeys'])]],
      [3, () => [`${chance.pick(['>', '>', '<'])}${chance.pick(USER_PASSWORDS)}`]],
      [1, () => [`${chance.pick(['#', '!'])}${HASH_OF_P}`]],
      [3, () => {
        const inner = Array.from({ length: chance.between(0, 4) }, () => selectorRule(words, commands));
        const whole = `(${inner.join(chance.pick([' ', '  ']))})`;
        return chance.happens(0.5) ? [whole] : whole.split(' ');
      }],
      [words.oddness * 20, () => [chance.pick(ODD_RULES)]],
    ])());
  }
  return made;
}

/** What users try. */
const requests: readonly Command[] = [
  ...interleaved, ...ofGroups('pubsub', 'transactions', 'string', 'sorted-set').filter((each) => !each.flags.has('blocking') && each.fullName !== 'multi'),
  ...named('auth', 'hello', 'ping', 'client|getname', 'client|list', 'config|get', 'client|setname', 'echo', 'dbsize', 'object|encoding', 'bitfield', 'sort_ro', 'acl|whoami'),
];
/** Among them those whose replies EXEC can answer in one protocol. */
const queueable = requests.filter((each) => each.spec.group !== 'pubsub' && !/^(auth|hello)$/.test(each.fullName));

export const acl: Family = {
  length: 100,
  steps(chance: Chance, words: Words, length: number): Step[] {
    const steps: Step[] = [];
    const send = (client: string, ...argv: readonly Bytes[]): void => void steps.push(step(client, argv));
    const clients = ['a', 'b', 'c'];
    const user = (): Bytes => (chance.happens(0.06) ? chance.pick(['nobody', '', 'a b', 'default', 'x\x00', '\xff']) : chance.pick(USERS.slice(0, 2 + chance.below(3))));
    const inMulti = new Set<string>();
    const logIn = (client: string): void => {
      const [name, password] = [user(), chance.happens(0.75) ? 'p' : chance.pick(USER_PASSWORDS)];
      // Inside EXEC a failed login says nothing and HELLO changes the protocol in mid-reply: no client could read that.
      if (inMulti.has(client) && chance.happens(0.8)) return;
      if (chance.happens(0.7) || inMulti.has(client)) send(client, 'AUTH', name, password);
      else if (chance.happens(0.8)) send(client, 'HELLO', chance.pick(['2', '3']), 'AUTH', name, password);
      else send(client, 'AUTH', password);
    };
    if (chance.happens(0.2)) send('s', 'CONFIG', 'SET', 'acl-pubsub-default', chance.pick(['allchannels', 'resetchannels']));
    if (chance.happens(0.2)) send('s', 'CONFIG', 'SET', 'acllog-max-len', chance.pick(['0', '1', '3', '128']));
    if (chance.happens(0.3)) send('s', 'HELLO', '3');
    for (const name of USERS.slice(0, 2)) send('s', 'ACL', 'SETUSER', name, 'on', '>p', ...(chance.happens(0.5) ? ['+@all', '-@dangerous', `~${keyPattern(words)}`] : []), ...rules(words, everyCommand).filter((each) => !/^(off|reset|resetpass)$/i.test(each)));
    while (steps.length < length) {
      const client = chance.pick(clients);
      chance.weighted<() => void>([
        [10, () => send('s', 'ACL', 'SETUSER', user() === 'default' ? 'u1' : chance.pick(USERS), ...rules(words, everyCommand))],
        [8, () => send('s', 'ACL', 'DRYRUN', user(), ...request(chance.pick(everyCommand), words))],
        [3, () => send('s', 'ACL', 'GETUSER', user())],
        [2, () => send('s', 'ACL', 'LIST')],
        [1, () => send('s', 'ACL', 'USERS')],
        [3, () => send('s', 'ACL', 'LOG', ...(chance.happens(0.5) ? [chance.pick(['1', '3', '0', '-1', '100', 'x', 'RESET', 'reset', ''])] : []))],
        [1, () => send('s', 'ACL', 'DELUSER', ...Array.from({ length: chance.between(1, 2) }, user))],
        [1, () => send('s', 'ACL', 'CAT', chance.pick(CATEGORIES))],
        [0.5, () => send('s', 'ACL', 'GENPASS', words.integer())],
        [0.5, () => send('s', 'CONFIG', 'SET', 'requirepass', chance.pick(['', PASSWORDS[0]]))],
        [0.5, () => send('s', 'ACL', 'SETUSER', 'default', chance.pick(['nopass', `>${PASSWORDS[0]}`, `>${PASSWORDS[1]}`, 'sanitize-payload', 'on', '~a', '&b', '(~x +get)', 'clearselectors', '+nothing']))],
        [0.5, () => send('s', 'CLIENT', 'KILL', 'USER', user())],
        [0.3, () => send('s', 'ACL', chance.pick(['SAVE', 'LOAD', 'nothing', 'WHOAMI', 'CAT']))],
        [6, () => logIn(client)],
        [2, () => send(client, 'ACL', chance.pick(['WHOAMI', 'LIST', 'USERS', 'CAT']))],
        [30, () => send(client, ...request(chance.pick(inMulti.has(client) ? queueable : requests), words))],
        [3, () => {
          send(client, 'MULTI');
          inMulti.add(client);
        }],
        [3, () => {
          send(client, 'EXEC');
          inMulti.delete(client);
        }],
        [1, () => {
          send(client, chance.pick(['RESET', 'DISCARD', 'QUIT']));
          inMulti.delete(client);
        }],
        [3, () => send(client, 'SORT', words.key(), ...(chance.happens(0.5) ? ['BY', chance.pick(['nosort', 'w_*', '*'])] : []), ...(chance.happens(0.5) ? ['GET', chance.pick(['#', 'w_*', '*->f', 'x'])] : []), ...(chance.happens(0.3) ? ['STORE', words.key()] : []))],
        [3, () => inMulti.has(client) ? undefined : send(client, chance.pick(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUBLISH']), words.channel(), ...(chance.happens(0.4) ? [words.channel()] : []))],
        [1, () => send(client, 'SELECT', chance.pick(['0', '1', 'x', '9']))],
        [0.5, () => void steps.push({ kind: 'leave', client })],
      ])();
    }
    return steps;
  },
};
