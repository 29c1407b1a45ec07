import { describe, expect, it } from 'vitest';
import { expiry } from './expiry/look.ts';
import { expiryGoal, expiryPrompts } from './expiry/prompts.ts';
import { keyspace } from './keyspace/look.ts';
import { keyspaceGoal, keyspacePrompts } from './keyspace/prompts.ts';
import type { Goal, Prompt } from './prompt.ts';
import { resp } from './resp/look.ts';
import { respGoal, respPrompts } from './resp/prompts.ts';
import { string } from './string/look.ts';
import { stringGoal, stringPrompts } from './string/prompts.ts';
import { TestWorld } from './test-world.ts';
import type { Visualizer } from './visualizer.ts';

/** Asks a prompt in the state as it is, lets something happen, and returns the answer with the reason given to each choice. */
function predict<V>(world: TestWorld, visualizer: Visualizer<V>, prompts: readonly Prompt<V>[], id: string, act: () => void, params: object = {}, paramsAfter = params) {
  const prompt = prompts.find((each) => each.id === id);
  if (prompt === undefined) throw new Error(`no prompt ${id}`);
  const before = visualizer.look(world.world, params);
  expect(prompt.fits(before), `${id} fits`).toBe(true);
  expect(prompt.answer(before, before), `${id} is open`).toBeUndefined();
  const choices = prompt.choices(before);
  expect(new Set(choices).size).toBe(choices.length);
  expect(choices.length).toBeGreaterThan(1);
  act();
  const after = visualizer.look(world.world, paramsAfter);
  const answer = prompt.answer(before, after);
  if (answer !== undefined) {
    expect(choices, `${id} offers its answer`).toContain(answer);
    for (const choice of choices) expect(prompt.because(before, after, choice), `${id}: ${choice}`).toMatch(/^[A-Z0-9a-z"].{20,}\.$/);
  }
  return { answer, ask: prompt.ask(before), because: (choice: string) => prompt.because(before, after, choice) };
}

function reached<V>(visualizer: Visualizer<V>, goal: Goal<V>, world: TestWorld, acts: readonly (() => object | void)[]): string[] {
  const marks = new Set<string>();
  let before: V | undefined;
  let params: object = {};
  for (const act of [() => {}, ...acts]) {
    params = act() ?? params;
    const view = visualizer.look(world.world, params);
    for (const mark of goal.marks) if (mark.reached(view, before)) marks.add(mark.id);
    before = view;
  }
  return [...marks].sort();
}

const all = (goal: Goal<never>): string[] => goal.marks.map((mark) => mark.id).sort();

describe('predictions about the hash table', () => {
  const given = (n: number): TestWorld => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 1; i <= n; i++) world.run(`SET k${i} x`);
    return world;
  };

  it('are judged by what the table did', () => {
    const three = given(3);
    expect(predict(three, keyspace, keyspacePrompts, 'keyspace-grow', () => three.run('SET k4 x')).answer).toBe('It stays as it is');
    const judged = predict(three, keyspace, keyspacePrompts, 'keyspace-grow', () => three.run('SET k5 x'));
    expect(judged.answer).toBe('A second table joins it, and entries move bit by bit');
    expect(judged.because('A larger table takes its place at once')).toContain('4 keys in 4 buckets');
    expect(predict(three, keyspace, keyspacePrompts, 'keyspace-where', () => three.run('SET k6 x')).answer).toBe('Table 1');
  });

  it('do not decide on something else', () => {
    const world = given(4);
    expect(predict(world, keyspace, keyspacePrompts, 'keyspace-grow', () => world.run('GET k1')).answer).toBeUndefined();
    expect(predict(world, keyspace, keyspacePrompts, 'keyspace-grow', () => world.run('DEL k1')).answer).toBeUndefined();
  });

  it('know a shared bucket from an empty one', () => {
    const world = given(5);
    for (let i = 0; i < 9; i++) world.run('GET k1');
    const before = keyspace.look(world.world, {});
    const { answer } = predict(world, keyspace, keyspacePrompts, 'keyspace-collide', () => world.run('SET another x'));
    const place = keyspace.look(world.world, { key: 'another' }).path?.visits[0]?.bucket ?? -1;
    expect(answer).toBe((before.tables[0]?.buckets[place]?.chain.length ?? 0) > 0 ? 'A bucket that holds a key already' : 'An empty bucket');
  });

  it('follow SCAN by hand and by command', () => {
    const world = given(30);
    for (let i = 0; i < 40; i++) world.run('GET k1');
    const first = keyspace.look(world.world, { cursor: 0 });
    const next = first.scan?.next ?? 0;
    const size = first.tables[0]?.size ?? 1;
    expect(predict(world, keyspace, keyspacePrompts, 'keyspace-scan', () => {}, { cursor: 0 }, { cursor: next }).answer).toBe(`Bucket ${next & (size - 1)}`);
    world.run('SCAN 0 COUNT 4');
    const at = keyspace.look(world.world, {}).scan?.next ?? 0;
    expect(predict(world, keyspace, keyspacePrompts, 'keyspace-scan', () => world.run(`SCAN ${at} COUNT 4`)).answer).toBe(`Bucket ${at & (size - 1)}`);
  });

  it('lead to a goal that can be reached', () => {
    const world = given(1);
    const acts = Array.from({ length: 40 }, (_, i) => () => void world.run(i % 4 === 3 ? 'GET k1' : `SET n${i} x`));
    expect(reached(keyspace, keyspaceGoal, world, acts)).toEqual(all(keyspaceGoal));
  });
});

describe('predictions about a string', () => {
  it('are judged by what became of it', () => {
    const world = new TestWorld();
    const params = { key: 'k' };
    world.run('SET k hello');
    expect(predict(world, string, stringPrompts, 'string-append', () => world.run('APPEND k four'), params).answer).toBe('It moves to a new piece of memory');
    const stays = predict(world, string, stringPrompts, 'string-append', () => world.run('APPEND k four'), params);
    expect(stays.answer).toBe('It stays where it is');
    expect(stays.because('It moves to a new piece of memory')).toContain('Room that was taken ahead');
    expect(predict(world, string, stringPrompts, 'string-border', () => world.run(`SET k ${'x'.repeat(45)}`), params).answer).toBe('raw');
    expect(predict(world, string, stringPrompts, 'string-border', () => world.run(`SET k ${'x'.repeat(44)}`), params).answer).toBeUndefined();
    world.run('SET k 4', 'APPEND k 2');
    expect(predict(world, string, stringPrompts, 'string-incr', () => world.run('INCR k'), params).answer).toBe('int');
  });

  it('lead to a goal that can be reached', () => {
    const world = new TestWorld();
    const acts = ['SET k 5', `SET k ${'x'.repeat(44)}`, 'SET k ab', 'APPEND k cd', 'APPEND k ef'].map((line) => () => {
      world.run(line);
      return { key: 'k' };
    });
    expect(reached(string, stringGoal, world, acts)).toEqual(all(stringGoal));
  });
});

describe('predictions about keys that end', () => {
  it('know the broom', () => {
    const world = new TestWorld({ hz: 1 });
    world.run('SET a x PX 900', 'SET b x PX 5000');
    expect(predict(world, expiry, expiryPrompts, 'expiry-broom', () => {
      world.wait(930);
      world.run('GET a');
    }).answer).toBe('A command that looks at it');
    const swept = predict(world, expiry, expiryPrompts, 'expiry-broom', () => world.wait(8000));
    expect(swept.answer).toBe('The active cycle');
    expect(swept.because('A command that looks at it')).toContain('No command has to touch a key');
  });

  it('know what SET does to a deadline', () => {
    const world = new TestWorld();
    world.run('SET a x EX 100');
    expect(predict(world, expiry, expiryPrompts, 'expiry-overwrite', () => world.run('SET a y KEEPTTL')).answer).toBeUndefined();
    expect(predict(world, expiry, expiryPrompts, 'expiry-overwrite', () => world.run('SET a y')).answer).toBe('It is gone');
  });

  it('count the table a second later', () => {
    const world = new TestWorld();
    world.run('SET a x PX 3000', 'SET b x');
    expect(predict(world, expiry, expiryPrompts, 'expiry-count', () => world.wait(3500)).answer).toBeUndefined();
    const judged = predict(new TestWorld(), expiry, [{ ...(expiryPrompts[2] as Prompt<ReturnType<typeof expiry.look>>), fits: () => true }], 'expiry-count', () => {});
    expect(judged.answer).toBeUndefined();
    const again = new TestWorld();
    again.run('SET a x PX 3000', 'SET b x');
    expect(predict(again, expiry, expiryPrompts, 'expiry-count', () => again.wait(5000)).answer).toBe('One fewer');
    const off = new TestWorld({ 'enable-debug-command': 'local' });
    off.run('DEBUG SET-ACTIVE-EXPIRE 0', 'SET a x PX 3000');
    expect(predict(off, expiry, expiryPrompts, 'expiry-count', () => off.wait(5000)).answer).toBe('As many as now');
  });

  it('lead to a goal that can be reached', () => {
    const world = new TestWorld({ hz: 1 });
    expect(reached(expiry, expiryGoal, world, [
      () => void world.run('SET a x PX 200', 'SET b x PX 1500', 'SET c x EX 100'),
      () => world.wait(300),
      () => void world.run('GET a'),
      () => world.wait(3000),
      () => void world.run('PERSIST c'),
    ])).toEqual(all(expiryGoal));
  });
});

describe('predictions about the wire', () => {
  it('are judged by the bytes that came', () => {
    const world = new TestWorld();
    world.run('ECHO hi');
    const judged = predict(world, resp, respPrompts, 'resp-pong', () => world.run('PING'));
    expect(judged.answer).toBe('7 bytes');
    expect(judged.because('7 bytes')).toBe('1 byte, 4 bytes, 2 bytes: status, its text, line end.');
    expect(predict(world, resp, respPrompts, 'resp-nothing', () => world.run('GET nothing')).answer).toBe('$, a bulk string');
    expect(predict(world, resp, respPrompts, 'resp-words', () => world.run('SET note "two words"')).answer).toBe('3');
    world.run('HELLO 3');
    expect(predict(world, resp, respPrompts, 'resp-nothing', () => world.run('GET nothing')).answer).toBe('_, null');
    expect(predict(world, resp, respPrompts, 'resp-nothing', () => world.run('GET note')).answer).toBeUndefined();
  });

  it('lead to a goal that can be reached', () => {
    const world = new TestWorld();
    expect(reached(resp, respGoal, world, [
      () => void world.run('INCR n', 'GET nothing', 'NOSUCH'),
      () => void world.run('HELLO 3'),
      () => ({ bench: 'yes', cut: 19 }),
    ])).toEqual(all(respGoal));
  });
});
