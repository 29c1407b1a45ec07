/*
 * Shard channels live in slots, as keys do: who listens to one is told when its slot goes to another node.
 */
import { push } from '../reply.ts';
import type { Server } from '../server.ts';
import { keyHashSlot } from './slots.ts';

/** This node belongs to another shard now: of channels in other slots than that one's nothing will be heard here. */
export function unsubscribeFromOthers(server: Server, isOfShard: (slot: number) => boolean): void {
  for (const slot of new Set([...server.pubsub.shardChannels.keys()].map(keyHashSlot))) if (!isOfShard(slot)) unsubscribeFromSlot(server, slot);
}

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
