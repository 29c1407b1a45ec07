/*
 * A data centre on loopback
 * -------------------------
 * The simulated servers of a scenario, served at ports of this machine in real time, so that the real redis-cli and
 * client libraries work with them while links are cut and machines lose their power.
 *
 * Virtual time follows the real clock. Whatever comes in from outside is handed over at the virtual moment that the
 * clock shows, by a process on the server's own machine, as a forwarded port would: it stands beside its server on
 * whichever side of a partition that is. What happens inside is as deterministic as ever; what comes from outside is not.
 */
import * as net from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Bytes, Socket, SocketEvents } from '../../engine/index.ts';
import { createSimulation, NULL_SINK, type Process, type Scenario, type Simulation } from '../../simulation/index.ts';
import { programs } from '../../terminal/index.ts';
import { acceptSocket, LISTENER_OPTIONS } from '../sockets.ts';
import { BUS_DISTANCE, OUTER_HOST, published, serversOf, type PublishedServer } from './published.ts';

/** So far virtual time may run ahead, that an answer need not wait for the next turn. */
const AHEAD_US = 1_000;
/** Work of one turn before sockets are looked at again. */
const EVENTS_PER_TURN = 20_000;
const LONGEST_SLEEP_MS = 20;

export class Datacenter {
  readonly simulation: Simulation;
  readonly servers: readonly PublishedServer[];
  private readonly startedMs = performance.now();
  private readonly listeners: net.Server[] = [];
  private readonly sockets = new Set<net.Socket>();
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(scenario: Scenario, basePort: number) {
    this.servers = serversOf(scenario, basePort);
    this.simulation = createSimulation({ scenario: published(scenario, this.servers), programs, epochMs: Date.now() });
    const { network } = this.simulation;
    for (const { host, port, outerPort, kind } of this.servers) {
      network.forward(`${OUTER_HOST}:${outerPort}`, host, port);
      if (kind === 'cluster node') network.forward(`${OUTER_HOST}:${outerPort + BUS_DISTANCE}`, host, port + BUS_DISTANCE);
    }
  }

  /** Opens the ports and lets time run; fails when a port is taken. */
  async start(): Promise<void> {
    for (const server of this.servers) {
      const listener = net.createServer(LISTENER_OPTIONS, (socket) => this.connected(socket, server));
      this.listeners.push(listener);
      await new Promise<void>((done, fail) => {
        listener.once('error', fail);
        listener.listen(server.outerPort, OUTER_HOST, done);
      });
    }
    this.turn();
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    for (const listener of this.listeners) listener.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** One line of `fault`, now. */
  fault(text: string): string {
    this.catchUp(0);
    const outcome = this.simulation.fault(text);
    this.turn();
    return 'said' in outcome ? outcome.said : outcome.problem;
  }

  // --- time ------------------------------------------------------------------------------------------

  /** Brings virtual time to the real one; false when it has not come so far. */
  private catchUp(aheadUs: number): boolean {
    const nowUs = Math.floor((performance.now() - this.startedMs) * 1000) + aheadUs;
    return nowUs <= this.simulation.nowUs || this.simulation.advanceTo(nowUs, EVENTS_PER_TURN);
  }

  private turn(): void {
    if (this.isOver) return;
    clearTimeout(this.timer);
    if (!this.catchUp(AHEAD_US)) {
      this.timer = setTimeout(() => this.turn(), 0);
      return;
    }
    const aheadUs = this.simulation.nowUs - (performance.now() - this.startedMs) * 1000;
    const waitUs = (this.simulation.nextAt() ?? Infinity) - this.simulation.nowUs + aheadUs - AHEAD_US;
    this.timer = setTimeout(() => this.turn(), Math.max(0, Math.min(LONGEST_SLEEP_MS, waitUs / 1000)));
  }

  // --- clients ---------------------------------------------------------------------------------------

  private connected(real: net.Socket, server: PublishedServer): void {
    this.sockets.add(real);
    real.once('close', () => this.sockets.delete(real));
    acceptSocket(real, (outside) => this.join(outside, server));
  }

  /** Ties a connection from outside to one inside. */
  private join(outside: Socket, { host: name, port }: PublishedServer): SocketEvents {
    const host = this.simulation.host(name);
    let inside: Socket | undefined;
    let early: Bytes = '';
    let process: Process | undefined;
    let isClosed = false;
    this.catchUp(0);
    const leave = (): void => {
      if (isClosed) return;
      isClosed = true;
      outside.close();
      process?.exit(0);
    };
    const program = {
      name: 'forwarded-port', summary: 'Carries bytes from outside.',
      run: (self: Process) => {
        process = self;
        self.env.network.connect(`127.0.0.1:${port}`, {
          open: (socket) => {
            inside = socket;
            if (early !== '') socket.send(early);
            early = '';
          },
          data: (chunk) => outside.send(chunk),
          closed: leave,
        });
      },
    };
    host?.startProgram(program, {
      argv: [program.name], environment: host.environment, workingDirectory: '/', stdin: host.emptyInput(), stdout: NULL_SINK, stderr: NULL_SINK,
      device: undefined, parent: undefined, exited: () => {
        if (!isClosed) outside.close();
        isClosed = true;
      }, stopped: undefined,
    }).begin();
    this.turn();
    return {
      data: (chunk) => {
        if (isClosed) return;
        this.catchUp(0);
        if (inside === undefined) early += chunk;
        else inside.send(chunk);
        this.turn();
      },
      closed: () => {
        if (isClosed) return;
        isClosed = true;
        this.catchUp(0);
        inside?.close();
        process?.exit(0);
        this.turn();
      },
    };
  }
}
