/*
 * Channels and who listens
 * ------------------------
 * A message goes to the clients subscribed to its channel, then to those whose patterns match, and is
 * kept by nobody. Subscriptions live in both directions, channel to clients and client to channels,
 * because both questions are asked often.
 */
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';
import { globMatch } from './glob.ts';
import { push } from './reply.ts';

export type SubscriptionKind = 'channels' | 'patterns' | 'shardChannels';

export class PubSub {
  readonly channels = new Map<Bytes, Set<Client>>();
  readonly patterns = new Map<Bytes, Set<Client>>();
  readonly shardChannels = new Map<Bytes, Set<Client>>();
  private readonly flushLater: (client: Client) => void;

  constructor(flushLater: (client: Client) => void) {
    this.flushLater = flushLater;
  }

  /** True when the subscription is new. */
  subscribe(kind: SubscriptionKind, name: Bytes, client: Client): boolean {
    if (client[kind].has(name)) return false;
    client[kind].add(name);
    const clients = this[kind].get(name);
    if (clients === undefined) this[kind].set(name, new Set([client]));
    else clients.add(client);
    return true;
  }

  /** True when there was such a subscription. */
  unsubscribe(kind: SubscriptionKind, name: Bytes, client: Client): boolean {
    if (!client[kind].delete(name)) return false;
    const clients = this[kind].get(name);
    clients?.delete(client);
    if (clients?.size === 0) this[kind].delete(name);
    return true;
  }

  /** Ends all subscriptions of a client that leaves. */
  forget(client: Client): void {
    for (const kind of ['channels', 'patterns', 'shardChannels'] as const) {
      for (const name of [...client[kind]]) this.unsubscribe(kind, name, client);
    }
  }

  /** Delivers to every subscriber; returns how many deliveries that were. */
  publish(channel: Bytes, message: Bytes): number {
    let receivers = 0;
    for (const client of this.channels.get(channel) ?? []) {
      this.send(client, push(['message', channel, message]));
      receivers++;
    }
    for (const [pattern, clients] of this.patterns) {
      if (!globMatch(pattern, channel)) continue;
      for (const client of clients) {
        this.send(client, push(['pmessage', pattern, channel, message]));
        receivers++;
      }
    }
    return receivers;
  }

  publishToShard(channel: Bytes, message: Bytes): number {
    let receivers = 0;
    for (const client of this.shardChannels.get(channel) ?? []) {
      this.send(client, push(['smessage', channel, message]));
      receivers++;
    }
    return receivers;
  }

  private send(client: Client, message: ReturnType<typeof push>): void {
    client.deliver(message);
    this.flushLater(client);
  }
}
