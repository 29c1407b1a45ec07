/*
 * Shard channels live in slots, as keys do: who listens to one is told when its slot goes to another node.
 */
import { push } from '../reply.ts';
import type { Server } from '../server.ts';
import { keyHashSlot } from './slots.ts';

export function unsubscribeFromSlot(server: Server, slot: number): void {
  for (const [channel, clients] of [...server.pubsub.shardChannels]) {
    if (keyHashSlot(channel) !== slot) continue;
    for (const client of [...clients]) {
      server.pubsub.unsubscribe('shardChannels', channel, client);
      client.deliver(push(['sunsubscribe', channel, client.shardChannels.size]));
      server.flushLater(client);
    }
  }
}
