/*
 * OBJECT: how a value is stored and how it was used
 */
import type { Bytes } from '../../bytes.ts';
import { command, container, key, keyRange, type CommandSpec, type Ctx } from '../../command.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { encodingName, objectRefcount } from '../../keyspace/types.ts';
import { decayed, idleMs } from '../../keyspace/usage.ts';
import { CommandError, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';

const SWITCHING = 'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

/** What all four have in common. */
const common = {
  group: 'generic', arity: 3, complexity: 'O(1)', flags: ['readonly'], keys: [keyRange(['RO'], 2)], args: [key('key')], tips: ['nondeterministic_output'],
} as const satisfies Partial<CommandSpec>;

/** A limit by LRU or LFU needs every value to know its own use, so nothing is shared under one. */
function sharesIntegers({ server }: Ctx): boolean {
  return server.config.number('maxmemory') === 0 || !/lru|lfu/.test(server.config.text('maxmemory-policy'));
}

/** The value that was asked about; looking at it is no use of it. */
function subject({ db, argv }: Ctx): RedisObject | undefined {
  return db.lookupKeyReadNoTouch(argv[2] as Bytes, true);
}

const usesLfu = ({ server }: Ctx): boolean => server.config.text('maxmemory-policy').includes('lfu');

const encoding = command(
  {
    ...common,
    name: 'ENCODING', since: '2.2.3',
    summary: 'Tell in which form a value is stored.',
    replies: ['the name of the encoding', 'nil when the key does not exist'],
    examples: ['SET n 42', 'OBJECT ENCODING n', 'APPEND n x', 'OBJECT ENCODING n'],
  },
  function encoding(ctx): Reply {
    const object = subject(ctx);
    return object === undefined ? null : encodingName(object);
  },
);

const freq = command(
  {
    ...common,
    name: 'FREQ', since: '4.0.0',
    summary: 'Tell how busy a key is, on a logarithmic scale of 0 to 255.',
    replies: ['the counter', 'nil when the key does not exist', 'an error unless an LFU policy is in force'],
    examples: ['CONFIG SET maxmemory-policy allkeys-lfu', 'SET n 42', 'OBJECT FREQ n'],
  },
  function freq(ctx): Reply {
    const object = subject(ctx);
    if (object === undefined) return null;
    if (!usesLfu(ctx)) throw new CommandError(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`);
    return decayed(object.lru, ctx.now, ctx.server.config);
  },
);

const idletime = command(
  {
    ...common,
    name: 'IDLETIME', since: '2.2.3',
    summary: 'Tell how many seconds ago a key was last used.',
    replies: ['the seconds', 'nil when the key does not exist', 'an error when an LFU policy is in force'],
    examples: ['SET n 42', 'OBJECT IDLETIME n'],
    differs: 'In the real server all keys that hold the same integer of 0 to 9999 share one value and so one clock; here each has its own.',
  },
  function idletime(ctx): Reply {
    const object = subject(ctx);
    if (object === undefined) return null;
    if (usesLfu(ctx)) throw new CommandError(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
    return Math.floor(idleMs(object.lru, ctx.now) / 1000);
  },
);

const refcount = command(
  {
    ...common,
    name: 'REFCOUNT', since: '2.2.3',
    summary: 'Tell how many references a value has.',
    replies: ['the number; 2147483647 for an integer that all keys share', 'nil when the key does not exist'],
    examples: ['SET n 42', 'OBJECT REFCOUNT n', 'SET t text', 'OBJECT REFCOUNT t'],
  },
  function refcount(ctx): Reply {
    const object = subject(ctx);
    if (object === undefined) return null;
    return sharesIntegers(ctx) ? objectRefcount(object) : 1;
  },
);

export const object = container({
  name: 'OBJECT', group: 'generic', since: '2.2.3', arity: -2,
  summary: 'Look behind a value: its encoding, its use, its references.',
  complexity: 'Depends on the subcommand',
  subcommands: [
    encoding,
    freq,
    helpCommand('OBJECT', 'generic', '6.2.0', [
      ['ENCODING <key>', 'The form in which the value is stored: int, embstr, listpack and so on.'],
      ['FREQ <key>', 'How busy the key is, from 0 to 255. Needs an LFU policy.'],
      ['IDLETIME <key>', 'Seconds since the key was last used. Needs a policy other than LFU.'],
      ['REFCOUNT <key>', 'How many references the value has.'],
    ]),
    idletime,
    refcount,
  ],
});
