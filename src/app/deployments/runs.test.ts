import { describe, expect, it } from 'vitest';
import { createInlineLab } from '../../lab/inline.ts';
import { ENGINE_VERSION, encodeRecording, type Recording } from '../../simulation/index.ts';
import { addressOf, begun, continued, momentOf, MOST_EVENTS, readRun, refusalOf, SHARED } from './runs.ts';
import { deployments } from './testing.ts';

const chosen = deployments.find((each) => each.id === 'primary-two-replicas');
if (chosen === undefined) throw new Error('no deployment');

/** A run in which a command was typed and a link was cut. */
function recorded(): Recording {
  const lab = createInlineLab();
  if (chosen === undefined) throw new Error('no deployment');
  lab.send({ type: 'open', lab: 'd', scenario: chosen.scenario, nowMs: 1_800_000_000_000 });
  lab.send({ type: 'openTerminal', lab: 'd', tty: 'a', host: 'p1', columns: 80, rows: 24, run: 'redis-cli' });
  lab.send({ type: 'input', lab: 'd', tty: 'a', bytes: 'SET a 1\r' });
  lab.send({ type: 'fault', lab: 'd', text: 'cut p1 - r2' });
  let recording: Recording | undefined;
  lab.ask('d', { about: 'recording' }, (answer) => { if ('value' in answer) recording = answer.value as Recording; });
  if (recording === undefined) throw new Error('no recording');
  return recording;
}

describe('a run that was kept', () => {
  const recording = recorded();

  it('goes on where it was left, with its terminals, and time stands', async () => {
    const run = await readRun(chosen.id, encodeRecording(recording), false, chosen.scenario);
    expect(run).toMatchObject({ id: chosen.id, foreign: false, leftAtUs: recording.untilUs, plans: [{ tty: 'a', host: 'p1', run: 'redis-cli' }], options: { paused: true } });
  });

  it('is refused with the reason: another version, another scenario, too long, damaged', async () => {
    expect(refusalOf({ ...recording, engineVersion: '8.0.2-0' }, ENGINE_VERSION)?.what).toBe(`This run was recorded with version 8.0.2-0 of the engine, and this page has ${ENGINE_VERSION}, in which the same faults may lead elsewhere.`);
    expect(refusalOf(recording, ENGINE_VERSION, { ...chosen.scenario, seed: 99 })?.what).toMatch(/older form of the scenario/);
    expect(refusalOf({ ...recording, executed: MOST_EVENTS + 1 }, ENGINE_VERSION)?.what).toMatch(/1,500,001 events/);
    expect(refusalOf(recording, ENGINE_VERSION, chosen.scenario)).toBeUndefined();
    const text = encodeRecording(recording);
    expect(await readRun(chosen.id, text.replace('orders', 'ordexs'), false)).toMatchObject({ what: expect.stringMatching(/damaged/) });
    expect(await readRun(chosen.id, text.replace(/^keyspace-recording 1/, 'keyspace-recording 9'), false)).toMatchObject({ what: expect.stringMatching(/newer Keyspace/) });
    expect(await readRun(SHARED, 'a letter', true)).toMatchObject({ what: 'This is not a Keyspace recording.' });
  });
});

describe('addresses', () => {
  it('name a scenario and a moment', () => {
    expect(addressOf('three-sentinels')).toBe('/sandbox/deployments?scenario=three-sentinels');
    expect([momentOf('20s'), momentOf('1500ms'), momentOf('1.5s'), momentOf('2m'), momentOf('99m')]).toEqual([20e6, 1.5e6, 1.5e6, 120e6, 600e6]);
    expect([momentOf(null), momentOf(''), momentOf('20'), momentOf('-1s'), momentOf('soon')]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(begun(chosen, 20e6).options).toMatchObject({ atUs: 20e6 });
    expect(continued(SHARED, recorded(), true).foreign).toBe(true);
  });

  it('open a terminal on a machine that has power at that moment', () => {
    const broken = deployments.find((each) => each.id === 'broken-sentinels');
    if (broken === undefined) throw new Error('no deployment');
    expect(begun(broken, 19e6).plans[0]?.host).toBe('p1');
    expect(begun(broken, 30e6).plans[0]?.host).toBe('r1');
  });
});
