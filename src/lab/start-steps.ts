/*
 * Start steps
 * -----------
 * Carries out the steps of a `start` block before the learner begins: commands of unseen clients, lines of
 * an unseen shell, passing time, restarts. Each step is finished before the next begins. Everything is
 * done by taking events of the simulation, so a replay does the same.
 *
 * The clients are connections of one helper process on the host; they are closed when the steps are done.
 */
import type { Bytes, Micros, Socket } from '../engine/index.ts';
import { ReplyParser, splitArguments } from '../engine/protocol/index.ts';
import { HOME, NULL_SINK } from '../simulation/index.ts';
import type { Process, Program, Simulation, Step } from '../simulation/index.ts';

const DEFAULT_PORT = 6379;
/** How long a step may take in virtual time before the next one begins: a blocking command waits for it. */
const REPLY_LIMIT_US: Micros = 1_000_000;
const SHELL_LIMIT_US: Micros = 60_000_000;
const RESTART_LIMIT_US: Micros = 10_000_000;
const MAX_EVENTS = 5_000_000;

/** The helper on the host: named clients, each a connection to a server. */
class Hands {
  private process: Process | undefined;
  private readonly clients = new Map<string, { socket: Socket | undefined; waiting: Bytes[]; answered: number; gone: boolean }>();
  readonly program: Program = {
    name: 'start-steps',
    summary: 'Carries out start steps.',
    run: (process) => (this.process = process),
  };

  /** Sends a command; `answered` of the returned client rises with each reply. */
  send(name: string, port: number, argv: readonly Bytes[]): { answered: number; gone: boolean } {
    const known = this.clients.get(name);
    const client = known === undefined || known.gone ? this.connect(name, port) : known;
    const request = `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
    if (client.socket === undefined) client.waiting.push(request);
    else client.socket.send(request);
    return client;
  }

  private connect(name: string, port: number) {
    const client = { socket: undefined as Socket | undefined, waiting: [] as Bytes[], answered: 0, gone: false };
    const parser = new ReplyParser();
    this.clients.set(name, client);
    this.process?.env.network.connect(`127.0.0.1:${port}`, {
      open: (socket) => {
        client.socket = socket;
        for (const request of client.waiting) socket.send(request);
        client.waiting = [];
      },
      data: (chunk) => (client.answered += parser.feed(chunk).length),
      closed: () => (client.gone = true),
    });
    return client;
  }

  leave(): void {
    this.process?.exit(0);
  }
}

/** Carries out `steps` on `hostName`. A step that cannot be done is skipped: the content build has tried them all. */
export function runSteps(simulation: Simulation, hostName: string, steps: readonly Step[]): void {
  const host = simulation.host(hostName);
  if (host === undefined) return;
  const hands = new Hands();
  const surroundings = {
    environment: host.environment, workingDirectory: HOME, device: undefined, parent: undefined, exited: undefined, stopped: undefined,
  };
  const helper = host.startProgram(hands.program, {
    ...surroundings, argv: ['start-steps'], stdin: host.emptyInput(), stdout: NULL_SINK, stderr: NULL_SINK,
  });
  helper.begin();
  simulation.runUntil(() => false, 0);
  for (const step of steps) {
    switch (step.kind) {
      case 'redis': {
        const argv = splitArguments(step.text);
        if (argv === undefined || argv.length === 0) break;
        const client = hands.send(step.client ?? '', DEFAULT_PORT, argv);
        const before = client.answered;
        simulation.runUntil(() => client.answered > before || client.gone, REPLY_LIMIT_US, MAX_EVENTS);
        break;
      }
      case 'shell': {
        let done = false;
        host.startDetached(['sh', '-c', step.text], NULL_SINK, HOME, () => (done = true));
        simulation.runUntil(() => done, SHELL_LIMIT_US, MAX_EVENTS);
        break;
      }
      case 'wait':
        simulation.advance(step.us);
        break;
      case 'restart':
        restartServer(simulation, hostName, step.port ?? DEFAULT_PORT);
        break;
    }
  }
  hands.leave();
  simulation.runUntil(() => helper.ended, REPLY_LIMIT_US);
  simulation.advanceTo(simulation.nowUs);
}

/** Stops the server at `port` gracefully and starts it again with the same words in the same directory. */
export function restartServer(simulation: Simulation, hostName: string, port: number): boolean {
  const host = simulation.host(hostName);
  const pid = host?.serverView(port)?.pid;
  const process = pid === undefined ? undefined : host?.process(pid);
  if (host === undefined || process === undefined) return false;
  const { argv, workingDirectory } = process;
  process.raise('SIGTERM');
  simulation.runUntil(() => process.ended, RESTART_LIMIT_US, MAX_EVENTS);
  if (!process.ended) return false;
  host.startDetached(argv, NULL_SINK, workingDirectory);
  return simulation.runUntil(() => host.serverView(port) !== undefined, RESTART_LIMIT_US, MAX_EVENTS);
}
