/*
 * A world to look at, for tests
 * -----------------------------
 * Hosts of a real simulation with a real server on each, and clients that send lines. Nothing of the engine
 * or the simulation stands in for anything. A client named `b@two` is one of the server on the host `two`.
 */
import { Config, Server, type Bytes, type Socket } from '../engine/index.ts';
import { encodeReply, splitArguments } from '../engine/protocol/index.ts';
import { createSimulation, type Process, type Program, type Simulation, type World } from '../simulation/index.ts';

/** 2023-11-14 22:13:20 UTC. */
export const EPOCH_MS = 1_700_000_000_000;
const PATIENCE_US = 5_000_000;

class TestClient {
  received: Bytes = '';
  socket: Socket | undefined;
  closed = false;
}

export class TestWorld {
  readonly simulation: Simulation;
  readonly world: World;
  private readonly clients = new Map<string, TestClient>();
  private readonly host: { process: Process | undefined } = { process: undefined };

  /** `others`: more hosts with a server each. */
  constructor(settings: Readonly<Record<string, string | number | boolean>> = {}, others: readonly string[] = []) {
    const host = this.host;
    const redisServer: Program = {
      name: 'redis-server', summary: 'a server',
      run(process) {
        const config = new Config();
        for (const [name, value] of Object.entries(settings)) config.put(name, value);
        const server = new Server(process.env, config);
        for (const { port, accept } of server.listeners) process.listen(port, accept);
        process.serves(server, 6379);
        server.start();
      },
    };
    const clientHost: Program = { name: 'clients', summary: 'clients', run: (process) => void (host.process = process) };
    this.simulation = createSimulation({
      scenario: { seed: 1, epochMs: EPOCH_MS, hosts: [{ name: 'local', run: ['redis-server', 'clients'] }, ...others.map((name) => ({ name, run: ['redis-server'] }))] },
      programs: [redisServer, clientHost],
    });
    this.simulation.advance(10_000);
    this.world = this.simulation.world;
  }

  private client(name: string): TestClient {
    let client = this.clients.get(name);
    if (client !== undefined) return client;
    const made = new TestClient();
    client = made;
    this.clients.set(name, made);
    this.host.process?.env.network.connect(`${name.split('@')[1] ?? '127.0.0.1'}:6379`, {
      open: (socket) => void (made.socket = socket),
      data: (chunk) => void (made.received += chunk),
      closed: () => void (made.closed = true),
    });
    this.simulation.runUntil(() => made.socket !== undefined, PATIENCE_US);
    return client;
  }

  /** Sends bytes as they are, in one packet, and waits for the answer as long as nothing else is due. */
  raw(bytes: Bytes, name = 'a'): Bytes {
    const client = this.client(name);
    client.received = '';
    client.socket?.send(bytes);
    this.simulation.runUntil(() => client.received !== '' || client.closed, 20_000);
    return client.received;
  }

  /** Runs lines as redis-cli would split them; returns the last reply in raw bytes. */
  run(...lines: readonly Bytes[]): Bytes {
    return this.runAs('a', ...lines);
  }

  runAs(name: string, ...lines: readonly Bytes[]): Bytes {
    let reply: Bytes = '';
    for (const line of lines) {
      const argv = splitArguments(line);
      if (argv === undefined) throw new Error(`unbalanced quotes: ${line}`);
      reply = this.raw(encodeReply(argv, 2), name);
      if (reply === '') throw new Error(`no reply to ${line}`);
    }
    return reply;
  }

  /** Lets virtual time pass. */
  wait(ms: number): void {
    this.simulation.advance(ms * 1000);
  }

  /** Writes keys straight into the engine's tables: a million commands would take their time. */
  populate(count: number, name: (i: number) => Bytes, value: (i: number) => Bytes, expireAtMs?: (i: number) => number | undefined): void {
    const db = this.world.server()?.server.databases[0];
    if (db === undefined) throw new Error('no server');
    // As DEBUG POPULATE does: the table is made large enough first.
    db.keys.expand(count);
    if (expireAtMs !== undefined) db.expires.expand(count);
    for (let i = 0; i < count; i++) {
      const key = name(i);
      db.keys.set(key, { type: 'string', encoding: 'embstr', value: value(i), lru: 0, sizeClass: 0 });
      const at = expireAtMs?.(i);
      if (at !== undefined) db.expires.set(key, at);
    }
  }
}
