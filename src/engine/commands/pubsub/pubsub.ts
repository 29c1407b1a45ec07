/*
 * PUBSUB: who listens to what.
 */
import type { Bytes } from '../../bytes.ts';
import { command, container, multiple, optional, pattern, string, type Ctx } from '../../command.ts';
import { globMatch } from '../../glob.ts';
import type { Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { wrongPubSubCall } from './subscriptions.ts';

const FLAGS = ['pubsub', 'loading', 'stale'] as const;

function active(kind: 'channels' | 'shardChannels') {
  return ({ server, argv }: Ctx): Reply => {
    if (argv.length > 3) wrongPubSubCall(argv[1] as Bytes);
    const wanted = argv[2];
    return [...server.pubsub[kind].keys()].filter((name) => wanted === undefined || globMatch(wanted, name));
  };
}

function counts(kind: 'channels' | 'shardChannels') {
  return ({ server, argv }: Ctx): Reply => argv.slice(2).flatMap((name) => [name, server.pubsub[kind].get(name)?.size ?? 0]);
}

export const pubsub = container({
  name: 'PUBSUB', group: 'pubsub', since: '2.8.0', arity: -2,
  summary: 'Ask who listens to what.',
  complexity: 'Depends on the subcommand',
  subcommands: [
    command(
      { name: 'CHANNELS', group: 'pubsub', since: '2.8.0', arity: -2, flags: FLAGS, summary: 'Channels that somebody listens to.', complexity: 'O(N) in the number of channels', args: [optional(pattern('pattern'))], replies: ['an array of channels'], examples: ['PUBSUB CHANNELS'] },
      active('channels'),
    ),
    helpCommand('PUBSUB', 'pubsub', '6.2.0', [
      ['CHANNELS [<pattern>]', 'Channels that somebody listens to.'],
      ['NUMPAT', 'How many different patterns are listened to.'],
      ['NUMSUB [<channel> ...]', 'How many clients listen to each channel, patterns aside.'],
      ['SHARDCHANNELS [<pattern>]', 'Shard channels that somebody listens to.'],
      ['SHARDNUMSUB [<shardchannel> ...]', 'How many clients listen to each shard channel.'],
    ]),
    command({ name: 'NUMPAT', group: 'pubsub', since: '2.8.0', arity: 2, flags: FLAGS, summary: 'How many different patterns are listened to.', complexity: 'O(1)', replies: ['the number'], examples: ['PUBSUB NUMPAT'] }, ({ server }) => server.pubsub.patterns.size),
    command(
      { name: 'NUMSUB', group: 'pubsub', since: '2.8.0', arity: -2, flags: FLAGS, summary: 'How many clients listen to each channel, patterns aside.', complexity: 'O(N) in the number of channels named', args: [optional(multiple(string('channel')))], replies: ['channel and number in turn'], examples: ['PUBSUB NUMSUB news'] },
      counts('channels'),
    ),
    command(
      { name: 'SHARDCHANNELS', group: 'pubsub', since: '7.0.0', arity: -2, flags: FLAGS, summary: 'Shard channels that somebody listens to.', complexity: 'O(N) in the number of shard channels', args: [optional(pattern('pattern'))], replies: ['an array of channels'], examples: ['PUBSUB SHARDCHANNELS'] },
      active('shardChannels'),
    ),
    command(
      { name: 'SHARDNUMSUB', group: 'pubsub', since: '7.0.0', arity: -2, flags: FLAGS, summary: 'How many clients listen to each shard channel.', complexity: 'O(N) in the number of channels named', args: [optional(multiple(string('shardchannel')))], replies: ['channel and number in turn'], examples: ['PUBSUB SHARDNUMSUB news'] },
      counts('shardChannels'),
    ),
  ],
});
