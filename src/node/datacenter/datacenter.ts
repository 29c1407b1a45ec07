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
import { fromUtf8, utf8, type Bytes, type Server, type Socket, type SocketEvents } from '../../engine/index.ts';
import { createSimulation, HOME, NULL_SINK, type Process, type Program, type Scenario, type Simulation } from '../../simulation/index.ts';
import { programs } from '../../terminal/index.ts';
import { acceptSocket, LISTENER_OPTIONS } from '../sockets.ts';
import { announce, BUS_DISTANCE, kindOf, OUTER_HOST, published, serversOf, type PublishedServer } from './published.ts';

/** So far virtual time may run ahead, that an answer need not wait for the next turn. */
const AHEAD_US = 1_000;
/** Work of one turn before sockets are looked at again. */
const EVENTS_PER_TURN = 20_000;
const LONGEST_SLEEP_MS = 20;

export class Datacenter {
  readonly simulation: Simulation;
  /** Those that the scenario starts, and then those that came later, in a line of the scenario or at a shell. */
  readonly servers: PublishedServer[];
  /** Hears of a server that came later, once its port is open, or why it cannot be. */
  onServer: (server: PublishedServer, problem: Error | undefined) => void = () => {};
  private readonly basePort: number;
  private isOpen = false;
  private readonly startedMs = performance.now();
  private readonly listeners: net.Server[] = [];
  private readonly sockets = new Set<net.Socket>();
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(scenario: Scenario, basePort: number) {
    this.basePort = basePort;
    this.servers = serversOf(scenario, basePort);
    this.simulation = createSimulation({ scenario: published(scenario, this.servers), programs: programs.map((each) => this.announcing(each)), epochMs: Date.now() });
    for (const server of this.servers) this.forward(server);
  }

  /** Opens the ports and lets time run; fails when a port is taken. */
  async start(): Promise<void> {
    for (const server of this.servers) await this.listen(server);
    this.isOpen = true;
    this.turn();
  }

  private listen(server: PublishedServer): Promise<void> {
    const listener = net.createServer(LISTENER_OPTIONS, (socket) => this.connected(socket, server));
    this.listeners.push(listener);
    return new Promise((done, fail) => {
      listener.once('error', fail);
      listener.listen(server.outerPort, OUTER_HOST, done);
    });
  }

  private forward({ host, port, outerPort, kind }: PublishedServer): void {
    const { network } = this.simulation;
    network.forward(`${OUTER_HOST}:${outerPort}`, host, port);
    if (kind === 'cluster node') network.forward(`${OUTER_HOST}:${outerPort + BUS_DISTANCE}`, host, port + BUS_DISTANCE);
  }

  /** The program, with a server that is told before it begins what to say of its address. */
  private announcing(program: Program): Program {
    return {
      ...program,
      run: (process) => {
        const serves = process.serves.bind(process);
        process.serves = (server, port) => {
          announce(server, this.publish(process.host.name, port, server));
          serves(server, port);
        };
        program.run(process);
      },
    };
  }

  /** The place of a server outside: its own, the next that is free for one that nobody knew of. */
  private publish(host: string, port: number, server: Server): PublishedServer {
    const place = this.servers.findIndex((each) => each.host === host && each.port === port);
    const known = this.servers[place];
    const is: PublishedServer = { host, port, outerPort: known?.outerPort ?? this.basePort + this.servers.length, kind: kindOf(server) };
    this.servers[known === undefined ? this.servers.length : place] = is;
    this.forward(is);
    if (known === undefined && this.isOpen) this.listen(is).then(() => this.onServer(is, undefined), (problem: unknown) => this.onServer(is, problem as Error));
    return is;
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

  /** A line for a shell of the machine; what it prints comes later. False when there is no such machine, or it is off. */
  shell(name: string, line: string, print: (text: string) => void): boolean {
    this.catchUp(0);
    const host = this.simulation.host(name);
    if (host === undefined || host.state === 'off') return false;
    host.startDetached(['sh', '-c', utf8(line)], { isTty: false, write: (bytes) => print(fromUtf8(bytes)), attach: () => {}, detach: () => {} }, HOME);
    this.turn();
    return true;
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
