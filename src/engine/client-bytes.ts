/*
 * What all clients take together
 * ------------------------------
 * It counts in used_memory, which maxmemory looks at with every command: too often to ask every client each time. So
 * while there is a limit a sum is kept. Whoever has sent or was sent something is asked again when the sum is wanted,
 * and so is everybody for whom replies wait, since they may have left in the meantime. Without a limit all are asked by whoever wants to know.
 */
import { clientMemory, waitingBytes } from './client-memory.ts';
import type { Client } from './client.ts';
import { isReplica } from './replication/replica-state.ts';

export interface ClientSums {
  readonly clients: number;
  /** Replicas without the stream that waits for them, which is one for all. */
  readonly replicaClients: number;
}

export class ClientBytes {
  /** What each took when it was last asked; undefined: no sum is kept. */
  private known: Map<Client, ClientSums> | undefined;
  private readonly changed = new Set<Client>();
  private clients = 0;
  private replicaClients = 0;

  /** Keeps a sum from now on, beginning with these clients; or none. */
  follow(clients: Iterable<Client> | undefined): void {
    this.known = clients === undefined ? undefined : new Map();
    this.clients = this.replicaClients = 0;
    this.changed.clear();
    for (const client of clients ?? []) this.changed.add(client);
  }

  /** This client has sent something, was sent something, or was told to wait. */
  touched(client: Client): void {
    if (this.known !== undefined) this.changed.add(client);
  }

  forget(client: Client): void {
    const was = this.known?.get(client);
    this.changed.delete(client);
    if (was !== undefined) this.add(was, -1);
    this.known?.delete(client);
  }

  sums(all: Iterable<Client>): ClientSums {
    const { known } = this;
    if (known === undefined) {
      this.clients = this.replicaClients = 0;
      for (const client of all) this.add(bytesOf(client), 1);
    } else {
      for (const client of this.changed) {
        const was = known.get(client);
        if (was !== undefined) this.add(was, -1);
        const now = bytesOf(client);
        known.set(client, now);
        this.add(now, 1);
        if (waitingBytes(client) === 0) this.changed.delete(client);
      }
    }
    return { clients: this.clients, replicaClients: this.replicaClients };
  }

  private add({ clients, replicaClients }: ClientSums, sign: 1 | -1): void {
    this.clients += sign * clients;
    this.replicaClients += sign * replicaClients;
  }
}

function bytesOf(client: Client): ClientSums {
  const { total, outMemory } = clientMemory(client, false);
  return isReplica(client) ? { clients: 0, replicaClients: total - outMemory } : { clients: total, replicaClients: 0 };
}
