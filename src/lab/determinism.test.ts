/*
 * The same session is the same run
 * --------------------------------
 * The determinism tests of a simulated data centre, on one story: a master and two replicas, a client with books, a
 * person at a prompt, and faults. Number 5, Node against Chromium, is e2e/bytes.spec.ts, because it needs a browser; 9
 * and 10, the swarm and its mutations, are src/node/swarm/swarm.test.ts.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fingerprintOfServer } from '../engine/inspect/index.ts';
import { createSimulation, ENGINE_VERSION, firstDivergence, hostViews, judge, linksView, SeededRandom, type Scenario, type Simulation } from '../simulation/index.ts';
import { programs } from '../terminal/index.ts';
import { visualizers } from '../visualizers/index.ts';
import { Session, wayOf, wayUpTo } from './session.ts';

const server = 'redis-server --protected-mode no --repl-diskless-sync-delay 0 --repl-timeout 5';
const story = (seed = 11, faults: readonly (readonly [number, string])[] = [[4, 'partition p1 shop r1 | r2'], [7, 'heal'], [8, 'crash r1'], [9, 'restart r1']]): Scenario => ({
  seed, epochMs: 1_800_000_000_000,
  hosts: [
    { name: 'p1', run: [server] }, { name: 'r1', run: [`${server} --replicaof p1 6379`] }, { name: 'r2', run: [`${server} --replicaof p1 6379`] },
    { name: 'shop', run: ['sleep 1; workload -e 100 orders p1:6379 > ledger'] },
  ],
  timeline: [{ atUs: 0, fault: 'delay * - * ~2ms' }, ...faults.map(([second, fault]) => ({ atUs: second * 1e6, fault }))],
});

const LASTS_US = 12e6;
const start = (scenario = story()): Simulation => createSimulation({ scenario, programs });

function whole(scenario = story()): Simulation {
  const simulation = start(scenario);
  simulation.advanceTo(LASTS_US);
  return simulation;
}

/** Somebody types, and pulls a plug. */
function live(): Session {
  const session = new Session(story(), programs);
  const pass = (us: number): void => session.simulation.advance(us);
  session.take({ kind: 'open', tty: 'a', host: 'p1', columns: 80, rows: 24, run: 'redis-cli' });
  pass(1_234_567);
  for (const line of ['SET k 1\r', 'SPOP nothing\r', 'SADD s a b c d e f g\r', 'SPOP s 2\r', 'WAIT 2 300\r']) {
    session.take({ kind: 'type', tty: 'a', bytes: line });
    pass(333_333);
  }
  session.take({ kind: 'fault', text: 'power-loss r2' });
  pass(2_000_001);
  session.take({ kind: 'fault', text: 'restart r2' });
  session.take({ kind: 'type', tty: 'a', bytes: 'INFO replication\r' });
  pass(LASTS_US - session.nowUs);
  return session;
}

test('1. the same seed twice is the same run; where two runs part is found', () => {
  expect(firstDivergence(start(), start(), LASTS_US)).toBeUndefined();
  expect(whole().runHash).toBe(whole().runHash);
  // The same world, but one line comes a second earlier: they part at that moment.
  const other = start(story(11, [[4, 'partition p1 shop r1 | r2'], [6, 'heal'], [8, 'crash r1'], [9, 'restart r1']]));
  const found = firstDivergence(start(), other, LASTS_US);
  expect(found?.other).toMatchObject({ at: 6e6, kind: 'fault', what: 'heal' });
  expect(firstDivergence(start(), start(story(12)), LASTS_US)?.executed).toBe(0);
});

test('2. a live session is the replay of its inputs', () => {
  const session = live();
  const replayed = Session.along(wayOf(session.recording(), true), programs);
  expect([replayed.simulation.runHash, replayed.simulation.executed]).toEqual([session.simulation.runHash, session.simulation.executed]);
});

test('3. time that passes in odd pieces is time that passes at once', () => {
  const random = new SeededRandom(5, 'pieces');
  const pieces = start();
  while (pieces.nowUs < LASTS_US) pieces.advanceTo(Math.min(LASTS_US, pieces.nowUs + 1 + random.below(40_000)), 1 + random.below(60));
  expect(pieces.runHash).toBe(whole().runHash);
});

test('4. who jumps to a moment and goes on is where the straight run is', () => {
  const recording = live().recording();
  const straight = Session.along(wayOf(recording, true), programs);
  const random = new SeededRandom(6, 'moments');
  for (let jump = 0; jump < 3; jump++) {
    const executed = random.below(recording.executed);
    const session = Session.along(wayUpTo(recording, { executed }), programs);
    expect(session.simulation.executed).toBe(Math.max(executed, session.simulation.executed));
    for (const { atUs, executed: before, ...input } of recording.inputs.slice(session.inputs.length)) {
      while (session.simulation.executed < before && session.step());
      session.simulation.idleTo(Math.min(session.simulation.nextAt() ?? atUs, atUs));
      session.take(input);
    }
    while (session.simulation.executed < recording.executed && session.step());
    expect(session.simulation.runHash).toBe(straight.simulation.runHash);
  }
});


test('6. looking at everything changes nothing', () => {
  const watched = start();
  let looks = 0;
  while (watched.nowUs < LASTS_US) {
    watched.advanceTo(Math.min(LASTS_US, watched.nowUs + 250_000));
    for (const visualizer of visualizers) {
      visualizer.describe(visualizer.look(watched.world, {}));
      looks++;
    }
    judge(watched, ['one-master', 'replicas-in-sync', 'writes-accepted', 'acknowledged-writes-survive']);
    hostViews(watched);
    linksView(watched);
    watched.pending(100);
    watched.network.inFlight(100);
    watched.eventLog?.why(watched.eventLog.latest(50, true).at(-1)?.seq ?? 0);
  }
  expect(looks).toBeGreaterThan(100);
  expect(watched.runHash).toBe(whole().runHash);
});

test('7. which machine is first at one instant changes the run and not what it comes to', () => {
  const runs = [undefined, 1, 2, 3].map((tieSeed) => {
    const simulation = createSimulation({ scenario: { ...story(), timeline: [] }, programs, ...(tieSeed === undefined ? {} : { tieSeed }) });
    simulation.advanceTo(LASTS_US);
    expect(simulation.findings).toEqual([]);
    expect(judge(simulation, ['one-master', 'replicas-in-sync', 'acknowledged-writes-survive']).filter(({ holds }) => !holds)).toEqual([]);
    const data = ['p1', 'r1', 'r2'].map((host) => fingerprintOfServer(simulation.world.server(host, 6379)?.server ?? { databases: [] }));
    return { hash: simulation.runHash, data };
  });
  expect(new Set(runs.map(({ hash }) => hash)).size).toBe(runs.length);
  expect(new Set(runs.flatMap(({ data }) => data)).size).toBe(1);
});

test('a run whose hash is another belongs to another version of the engine', () => {
  // When this fails, what was recorded before may go another way now: raise ENGINE_VERSION, and write version and hash here.
  expect({ version: ENGINE_VERSION, hash: whole().runHash }).toEqual({ version: '8.0.2-2', hash: '64f008539852d5fa' });
});

describe('8. nothing reads the clock or chance of the machine it runs on', () => {
  afterEach(() => void vi.unstubAllGlobals());

  test('every global that would tell is a trap, and the run is the same', () => {
    const expected = whole().runHash;
    const trap = (name: string): unknown => new Proxy(function () {}, {
      apply: () => { throw new Error(`${name} was called`); },
      construct: () => { throw new Error(`${name} was made`); },
      get: () => { throw new Error(`${name} was read`); },
    });
    const random = Math.random;
    Math.random = () => { throw new Error('Math.random was called'); };
    for (const name of ['Date', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Intl', 'WeakRef', 'requestAnimationFrame']) vi.stubGlobal(name, trap(name));
    let found: string;
    let findings: unknown;
    try {
      const simulation = whole();
      found = simulation.runHash;
      findings = simulation.findings;
    } finally {
      Math.random = random;
      vi.unstubAllGlobals();
    }
    expect(findings).toEqual([]);
    expect(found).toBe(expected);
  });
});
