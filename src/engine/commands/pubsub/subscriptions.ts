/*
 * Subscribing and publishing
 * --------------------------
 * SUBSCRIBE answers once per channel, with how many subscriptions the client has now. In RESP3 these
 * answers are pushes, and the client may go on sending any command.
 */
import { cText, own, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { command, keyRange, multiple, optional, pattern, string, type Command, type ServerForCommands } from '../../command.ts';
import { CommandError, many, push, type Reply } from '../../reply.ts';
import { HELLO_CHANNEL, processHello } from '../../sentinel/hello.ts';
import type { Sentinel } from '../../sentinel/sentinel.ts';
import type { SubscriptionKind } from '../../pubsub.ts';

const FLAGS = ['pubsub', 'noscript', 'loading', 'stale'] as const;

/** Channels and patterns share one count, shard channels have their own. */
function countOf(client: Client, kind: SubscriptionKind): number {
  return kind === 'shardChannels' ? client.shardChannels.size : client.channels.size + client.patterns.size;
}

function subscribeAll(server: ServerForCommands, client: Client, kind: SubscriptionKind, word: Bytes, names: readonly Bytes[]): Reply {
  if (kind === 'shardChannels' && client.executing) throw new CommandError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  // In a transaction the replies would stand where EXEC's array has one: RESP2 cannot tell them apart.
  return many(names.map((name) => {
    const kept = own(name);
    server.pubsub.subscribe(kind, kept, client);
    return push([word, kept, countOf(client, kind)]);
  }));
}

function unsubscribeAll(server: ServerForCommands, client: Client, kind: SubscriptionKind, word: Bytes, names: readonly Bytes[]): Reply {
  const chosen = names.length > 0 ? names.map(own) : [...client[kind]];
  if (chosen.length === 0) return push([word, null, countOf(client, kind)]);
  return many(chosen.map((name) => {
    server.pubsub.unsubscribe(kind, name, client);
    return push([word, name, countOf(client, kind)]);
  }));
}

function subscribing(name: string, kind: SubscriptionKind, since: string, summary: string, complexity: string): Command {
  const isPattern = kind === 'patterns';
  const isShard = kind === 'shardChannels';
  const word = name.toLowerCase(); // an ASCII literal of ours
  return command(
    {
      name, group: 'pubsub', since, arity: -2, flags: FLAGS, summary, complexity,
      ...(isShard ? { keys: [keyRange(['not_key'], 1, -1)] } : {}),
      channels: { first: 1, count: 'all', arePatterns: isPattern },
      args: [multiple(isPattern ? pattern('pattern') : string(isShard ? 'shardchannel' : 'channel'))],
      replies: ['a message for each, with the number of subscriptions'],
    },
    ({ server, client, argv }) => subscribeAll(server, client, kind, word, argv.slice(1)),
  );
}

function unsubscribing(name: string, kind: SubscriptionKind, since: string, summary: string, complexity: string): Command {
  const isPattern = kind === 'patterns';
  const isShard = kind === 'shardChannels';
  const word = name.toLowerCase(); // an ASCII literal of ours
  return command(
    {
      name, group: 'pubsub', since, arity: -1, flags: FLAGS, summary, complexity,
      ...(isShard ? { keys: [keyRange(['not_key'], 1, -1)] } : {}),
      args: [optional(multiple(isPattern ? pattern('pattern') : string(isShard ? 'shardchannel' : 'channel')))],
      replies: ['a message for each, with the number of subscriptions left'],
    },
    ({ server, client, argv }) => unsubscribeAll(server, client, kind, word, argv.slice(1)),
  );
}

const EACH = 'O(N) in the number of names';

export const subscribe = subscribing('SUBSCRIBE', 'channels', '2.0.0', 'Listen to channels.', EACH);
export const psubscribe = subscribing('PSUBSCRIBE', 'patterns', '2.0.0', 'Listen to every channel whose name matches.', EACH);
export const ssubscribe = subscribing('SSUBSCRIBE', 'shardChannels', '7.0.0', 'Listen to shard channels.', EACH);
export const unsubscribe = unsubscribing('UNSUBSCRIBE', 'channels', '2.0.0', 'Stop listening to channels, or to all of them.', EACH);
export const punsubscribe = unsubscribing('PUNSUBSCRIBE', 'patterns', '2.0.0', 'Stop listening to patterns, or to all of them.', EACH);
export const sunsubscribe = unsubscribing('SUNSUBSCRIBE', 'shardChannels', '7.0.0', 'Stop listening to shard channels, or to all of them.', EACH);

export const publish = command(
  {
    name: 'PUBLISH', group: 'pubsub', since: '2.0.0', arity: 3,
    summary: 'Send a message to those who listen now.',
    complexity: 'O(N+M): N clients on the channel, M patterns in all',
    flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
    channels: { first: 1, count: 1 },
    args: [string('channel'), string('message')],
    replies: ['how many clients got it'],
    examples: ['PUBLISH news hello'],
  },
  function publish({ server, argv }) {
    const [, channel, message] = argv.map(own) as [Bytes, Bytes, Bytes];
    if (server.sentinel !== undefined) return sentinelPublish(server.sentinel, channel, message);
    // The other nodes of a cluster have subscribers of their own; they are not counted.
    if (server.cluster === undefined) server.propagateToReplicas(argv);
    else server.cluster.publish(channel, message);
    return server.pubsub.publish(channel, message);
  },
);

/** What is published at a Sentinel is not for its subscribers: another Sentinel tells of itself. */
function sentinelPublish(sentinel: Sentinel, channel: Bytes, message: Bytes): number {
  if (channel !== HELLO_CHANNEL) throw new CommandError('ERR Only HELLO messages are accepted by Sentinel instances.');
  processHello(sentinel, message);
  return 1;
}

export const spublish = command(
  {
    name: 'SPUBLISH', group: 'pubsub', since: '7.0.0', arity: 3,
    summary: 'Send a message to those who listen on a shard channel.',
    complexity: 'O(N) in the number of clients on the channel',
    flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
    keys: [keyRange(['not_key'])],
    channels: { first: 1, count: 1 },
    args: [string('shardchannel'), string('message')],
    replies: ['how many clients got it'],
    examples: ['SPUBLISH news hello'],
  },
  function spublish({ server, argv }) {
    const [, channel, message] = argv.map(own) as [Bytes, Bytes, Bytes];
    if (server.cluster === undefined) server.propagateToReplicas(argv);
    else server.cluster.publishToShard(channel, message);
    return server.pubsub.publishToShard(channel, message);
  },
);

export const wrongPubSubCall = (word: Bytes): never => {
  throw new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(word, 128)}'. Try PUBSUB HELP.`);
};
