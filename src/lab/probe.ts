/*
 * The probe of checks
 * -------------------
 * Checks never touch the learner's server; they ask copies. `now` copies a server when a check first asks
 * it. `initial` is the session as it was after its start steps, made by running them again. For `after`,
 * a keeper takes a copy after each command that changed data, while checks are wanted: the copy is exact
 * even when ten commands came in one paste. Data sets too large to be copied after every command are not
 * kept; a check then names no cause.
 *
 * Copies get chance of their own, so that asking leaves no trace in the run's hash.
 */
import type { Bytes, Reply } from '../engine/index.ts';
import { snapshot, type Snapshot } from '../engine/inspect/index.ts';
import type { Probe, StateProbe } from '../lessons/index.ts';
import { HOME, resolvePath, SeededRandom, type Simulation } from '../simulation/index.ts';
import type { History, MomentEntry } from './history.ts';
import type { Session } from './session.ts';

/** Commands whose state is kept, newest. */
const MOMENTS_KEPT = 60;
/** Keys in all servers together up to which the state is copied after every command. */
const KEYS_COPIED = 2_000;

/** A state that can be asked: copies of the servers, made on demand or at once. */
class State implements StateProbe {
  private readonly copies = new Map<string, Snapshot | undefined>();
  private readonly copy: (host: string, port: number) => Snapshot | undefined;
  private readonly read: (path: string, host: string) => Bytes | undefined;

  constructor(copy: (host: string, port: number) => Snapshot | undefined, read: (path: string, host: string) => Bytes | undefined) {
    this.copy = copy;
    this.read = read;
  }

  run(argv: readonly Bytes[], where: { host: string; port: number; db: number }): Reply | undefined {
    const name = `${where.host}:${where.port}`;
    if (!this.copies.has(name)) this.copies.set(name, this.copy(where.host, where.port));
    return this.copies.get(name)?.run(argv, where.db);
  }

  file(path: string, host: string): Bytes | undefined {
    return this.read(resolvePath(HOME, path), host);
  }
}

function copyServer(simulation: Simulation, host: string, port: number): Snapshot | undefined {
  const server = simulation.world.server(host, port)?.server;
  return server && snapshot(server, { random: new SeededRandom(simulation.scenario.seed, 'snapshot') });
}

function readFile(simulation: Simulation, path: string, host: string): Bytes | undefined {
  const content = simulation.host(host)?.disk.read(path);
  return typeof content === 'string' ? content : undefined;
}

/** The state of a simulation at this very moment, copied as far as it is asked. */
function stateOf(simulation: Simulation): State {
  return new State((host, port) => copyServer(simulation, host, port), (path, host) => readFile(simulation, path, host));
}

/** A copy of everything, taken now. */
function keptState(simulation: Simulation): State | undefined {
  const views = simulation.world.hosts().flatMap((host) => host.servers);
  const keys = views.reduce((sum, view) => sum + view.server.databases.reduce((count, db) => count + db.keys.size, 0), 0);
  if (keys > KEYS_COPIED) return undefined;
  const copies = new Map(views.map((view) => [`${view.host}:${view.port}`, copyServer(simulation, view.host, view.port)]));
  const files = new Map(simulation.world.hosts().map((host) => [host.name, simulation.host(host.name)?.disk.contents()]));
  return new State((host, port) => copies.get(`${host}:${port}`), (path, host) => files.get(host)?.get(path));
}

export class ProbeKeeper {
  private readonly moments = new Map<MomentEntry, State>();
  private start: State | undefined;
  private wanted = false;

  /** Whether states are to be kept from now on. */
  want(wanted: boolean): void {
    this.wanted = wanted;
    if (!wanted) this.moments.clear();
  }

  /** A command of the learner's was executed: call it while nothing else has happened yet. */
  keep(entry: MomentEntry, simulation: Simulation): void {
    if (!this.wanted || entry.dirty === 0) return;
    const state = keptState(simulation);
    if (state === undefined) return;
    this.moments.set(entry, state);
    if (this.moments.size > MOMENTS_KEPT) {
      const oldest = this.moments.keys().next().value;
      if (oldest !== undefined) this.moments.delete(oldest);
    }
  }

  /** The world was made anew. */
  forget(): void {
    this.moments.clear();
    this.start = undefined;
  }

  probe(session: Session, history: History, baseline: number, answers: Readonly<Record<string, number>>): Probe {
    const keeper = this;
    return {
      now: stateOf(session.simulation),
      get initial() {
        return (keeper.start ??= stateOf(startOf(session, baseline)));
      },
      history: history.entries,
      after: (index) => {
        const entry = history.entries[index];
        return entry && this.moments.get(entry);
      },
      answers,
    };
  }
}

/** The simulation right after the start steps, made again. */
function startOf(session: Session, baseline: number): Simulation {
  return session.forkAfter(baseline).simulation;
}
