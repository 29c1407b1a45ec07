/*
 * Pictures of Sentinels and of clusters
 * -------------------------------------
 * The visualizers' room knows no programs, so it cannot start a Sentinel; here the scenarios of the course run, and the
 * pictures look at them. What a picture says is held against what the servers told.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseScenario, Reporter, type Problem } from '../lessons/compiler/index.ts';
import { createSimulation, type Simulation } from '../simulation/index.ts';
import { programs } from '../terminal/index.ts';
import { beliefs } from '../visualizers/beliefs/look.ts';
import { beliefOf, beliefsChanges, type BeliefsView } from '../visualizers/beliefs/model.ts';
import { beliefsGoal, beliefsPrompts } from '../visualizers/beliefs/prompts.ts';
import { failover } from '../visualizers/failover/look.ts';
import { endOf, enteredBy, failoverChanges, STAGES, tallyOf, type FailoverView } from '../visualizers/failover/model.ts';
import { failoverGoal, failoverPrompts } from '../visualizers/failover/prompts.ts';
import { monitors } from '../visualizers/monitors/look.ts';
import { monitorsChanges, type MonitorsView } from '../visualizers/monitors/model.ts';
import { monitorsGoal, monitorsPrompts } from '../visualizers/monitors/prompts.ts';
import type { Goal, Prompt } from '../visualizers/prompt.ts';
import type { Visualizer } from '../visualizers/visualizer.ts';

function worldOf(name: string, seconds: number): Simulation {
  const problems: Problem[] = [];
  const scenario = parseScenario(readFileSync(`content/scenarios/${name}.yml`, 'utf8'), new Reporter(name, problems));
  if (scenario === undefined) throw new Error(JSON.stringify(problems));
  // The clients have no part in this, and without them it is quicker.
  const simulation = createSimulation({ scenario: { ...scenario, epochMs: 1_800_000_000_000, hosts: scenario.hosts.filter((host) => host.name !== 'shop'), timeline: [], goals: [] }, programs });
  simulation.advance(seconds * 1e6);
  return simulation;
}

/** Every state of a story, looked at every 50 ms: what a learner's picture goes through. */
function story<V>(simulation: Simulation, visualizer: Visualizer<V>, acts: readonly (readonly [fault: string, seconds: number])[]): V[] {
  const views = [visualizer.look(simulation.world, {})];
  for (const [fault, seconds] of acts) {
    if (fault !== '') expect(simulation.fault(fault)).toHaveProperty('said');
    for (let i = 0; i < seconds * 20; i++) {
      simulation.advance(50_000);
      views.push(visualizer.look(simulation.world, {}));
    }
  }
  return views;
}

/** Asks the prompt in the first state and returns the answer of the first pair of states that decides it. */
function answerTo<V>(views: readonly V[], prompts: readonly Prompt<V>[], id: string, from = 0): string | undefined {
  const prompt = prompts.find((each) => each.id === id);
  const before = views[from];
  if (prompt === undefined || before === undefined) throw new Error(id);
  expect(prompt.fits(before), `${id} fits`).toBe(true);
  expect(prompt.answer(before, before), `${id} is open`).toBeUndefined();
  for (const after of views.slice(from + 1)) {
    const answer = prompt.answer(before, after);
    if (answer === undefined) continue;
    expect(prompt.choices(before)).toContain(answer);
    for (const choice of prompt.choices(before)) expect(prompt.because(before, after, choice)).toMatch(/^.{20,}\.$/s);
    return answer;
  }
  return undefined;
}

function reached<V>(views: readonly V[], goal: Goal<V>): Set<string> {
  const marks = new Set<string>();
  views.forEach((view, i) => { for (const mark of goal.marks) if (mark.reached(view, views[i - 1])) marks.add(mark.id); });
  return marks;
}

describe('a failover by Sentinels', () => {
  let simulation: Simulation;
  let matrix: MonitorsView[];
  let machine: FailoverView[];
  beforeAll(() => {
    simulation = worldOf('three-sentinels', 12);
    const first: Simulation = worldOf('three-sentinels', 12);
    matrix = story(first, monitors, [['crash p1', 20], ['restart p1', 25]]);
    machine = story(simulation, failover, [['crash p1', 20], ['restart p1', 25]]);
  }, 240_000);

  it('is seen as opinions that come after silence, and a quorum that agrees', () => {
    expect(monitors.describe(matrix[0] as MonitorsView)).toContain('main is watched by 3 Sentinels; the quorum is 2.');
    expect(answerTo(matrix, monitorsPrompts, 'monitors-silence')).toBe('When it has owed an answer for down-after');
    expect(answerTo(matrix, monitorsPrompts, 'monitors-quorum')).toBe('Not before as many say so as the quorum asks for');
    const down = matrix.find((view) => view.observers.some(({ cells }) => cells.some((cell) => cell?.isDownForAll === true)));
    expect(down === undefined ? '' : monitors.describe(down)).toMatch(/takes p1:6379 for a master; it has been silent for \d.* down for all \(ODOWN\)/);
    expect([...reached(matrix, monitorsGoal)]).toEqual(expect.arrayContaining(['silence', 'opinion', 'odown', 'replica', 'back', 'moved']));
    const told = matrix.flatMap((view, i) => (i === 0 ? [] : monitorsChanges(matrix[i - 1] as MonitorsView, view)));
    expect(told.join('\n')).toMatch(/s\d:26379 calls p1:6379 down after 5(\.\d)? s of silence \(SDOWN\)\./);
    expect(told.join('\n')).toMatch(/p1:6379 answers s\d:26379 again\./);
  });

  it('is seen going from stage to stage, each entered by the event of its name', () => {
    const states = machine.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
    expect(states[0]).toBe('none');
    expect(states).toContain('wait_start');
    expect(states).toContain('reconf_slaves');
    const last = machine.at(-1) as FailoverView;
    expect(STAGES.map((stage) => enteredBy(last, stage)?.event ?? stage.state)).toEqual(STAGES.map(({ entered }) => entered));
    expect(endOf(last)?.event).toBe('+switch-master');
    expect(last.master).toMatch(/^r[12]:6379$/);
    expect(failover.describe(last)).toContain('The last one was done: the name belongs to the new master.');
    // Votes that the leader counted: as many as it needed.
    const elected = machine.find((view) => view.trail.some(({ event }) => event === '+elected-leader'));
    expect(tallyOf(elected as FailoverView)[0]?.votes).toBeGreaterThanOrEqual((elected as FailoverView).votesNeeded);
    expect(failover.describe(elected as FailoverView)).toMatch(/s\d:26379 has voted for s\d:26379 in epoch 1\./);
    const told = machine.flatMap((view, i) => (i === 0 ? [] : failoverChanges(machine[i - 1] as FailoverView, view))).join('\n');
    expect(told).toContain('+switch-master main 10.0.0.11 6379');
    expect(told).toContain('p1:6379 may not be promoted: it is called down.');
  });

  it('is predicted, and its marks are reached', () => {
    expect(answerTo(machine, failoverPrompts, 'failover-votes')).toBe('2');
    expect(answerTo(machine, failoverPrompts, 'failover-replica')).toBe((machine.at(-1) as FailoverView).master);
    const begun = machine.findIndex(({ state }) => state !== 'none');
    expect(answerTo(machine, failoverPrompts, 'failover-end', begun)).toBe('A replica has the name of the master');
    expect([...reached(machine, failoverGoal)]).toEqual(expect.arrayContaining(['asks', 'leader', 'promoted', 'done']));
  });
});

it('a Sentinel that is alone is down for the others and calls everybody down', () => {
  const views = story(worldOf('three-sentinels', 12), monitors, [['isolate s3', 9]]);
  expect(answerTo(views, monitorsPrompts, 'monitors-isolated')).toBe('Each side calls the other down');
}, 120_000);

it('a failover without a majority is given up, and replicas that may not be promoted are told with the rule', () => {
  const simulation = worldOf('three-sentinels', 12);
  simulation.host('r1')?.startService('redis-cli config set replica-priority 0');
  simulation.host('r2')?.startService('redis-cli config set replica-priority 10');
  simulation.advance(12e6);
  // One Sentinel is enough to call the master down for all, and not enough to be elected.
  simulation.host('s1')?.startService('redis-cli -p 26379 sentinel set main quorum 1');
  const views = story(simulation, failover, [['crash s2 s3', 1], ['crash p1', 20]]);
  expect([...reached(views, failoverGoal)]).toEqual(expect.arrayContaining(['unfit', 'asks', 'given-up']));
  expect(views.some(({ candidates }) => candidates.some(({ place, unfit }) => place === 'r1:6379' && unfit === 'priority 0'))).toBe(true);
  const last = views.at(-1) as FailoverView;
  expect(last).toMatchObject({ place: 's1:26379', state: 'none', votesNeeded: 2, quorum: 1 });
  expect(endOf(last)?.event).toBe('-failover-abort-not-elected');
  expect(last.waitsMs).toBeGreaterThan(0);
  expect(answerTo(views, failoverPrompts, 'failover-end', views.findIndex(({ state }) => state !== 'none'))).toBe('It is given up');
}, 120_000);

describe('a failure in a cluster', () => {
  let views: BeliefsView[];
  beforeAll(() => {
    views = story(worldOf('six-node-cluster', 12), beliefs, [['crash n1', 12], ['restart n1', 8]]);
  }, 240_000);

  it('begins with an opinion, becomes a fact by a majority, and is told to all', () => {
    expect(beliefs.describe(views[0] as BeliefsView)).toContain('6 nodes with a node timeout of 5 s; 2 opinions of masters with slots make a failure.');
    expect(answerTo(views, beliefsPrompts, 'beliefs-majority')).toBe('A majority of the masters with slots has to say so');
    expect(answerTo(views, beliefsPrompts, 'beliefs-when')).toBe('About as long as node-timeout');
    expect([...reached(views, beliefsGoal)]).toEqual(expect.arrayContaining(['suspects', 'report', 'failed', 'differ', 'back']));
    const told = views.flatMap((view, i) => (i === 0 ? [] : beliefsChanges(views[i - 1] as BeliefsView, view))).join('\n');
    expect(told).toMatch(/n\d:6379 believes n1:6379 to be not reachable by itself \(PFAIL\) after \d/);
    expect(told).toMatch(/n\d:6379 told n\d:6379 that it cannot reach n1:6379: \d of 2\./);
    expect(told).toContain('n1:6379 runs no more: what it believed is gone with it.');
  });

  it('is looked at within bounds, and the dead believe nothing', () => {
    const down = views.find((view) => view.rows.length === 5) as BeliefsView;
    expect(down.columns).toHaveLength(6);
    expect(down.rows.every((row) => beliefOf(down, row, row.place) === null)).toBe(true);
    expect(JSON.stringify(down).length).toBeLessThan(20_000);
  });
});

it('a master that is alone suspects all others and gets no further', () => {
  const views = story(worldOf('six-node-cluster', 12), beliefs, [['isolate n1', 14]]);
  expect(answerTo(views, beliefsPrompts, 'beliefs-minority')).toBe('They suspect all others and get no further');
  expect([...reached(views, beliefsGoal)]).toContain('alone');
}, 120_000);
