/* Each picture on its stage, drawn from true states of a real server. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { visualizers } from './index.ts';
import { Stage } from './stage/stage.tsx';
import type { AnyVisualizerView, Seen } from './stage/index.tsx';
import { EPOCH_MS, TestWorld } from './test-world.ts';
import { views } from './views.tsx';

/** Elements that a picture may have at most. */
const MAX_NODES = 1500;

beforeAll(() => {
  // Nothing has a size in a document without layout; pictures are drawn for 640 pixels.
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(640);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});
afterEach(cleanup);
afterAll(() => vi.restoreAllMocks());

const seen = (world: TestWorld, id: string, params: object = {}): Seen<unknown> => {
  const visualizer = visualizers.find((each) => each.id === id);
  if (visualizer === undefined) throw new Error(`no visualizer ${id}`);
  const view = visualizer.look(world.world, params);
  return { view, described: visualizer.describe(view), atUs: world.world.nowUs };
};

async function drawing(id: string): Promise<AnyVisualizerView> {
  const entry = views[id];
  if (entry === undefined) throw new Error(`no view ${id}`);
  return (await entry.load()).default;
}

async function stage(id: string, first: Seen<unknown>) {
  const visualizer = await drawing(id);
  const onParams = vi.fn();
  const show = (state: Seen<unknown>) => <Stage visualizer={visualizer} seen={state} params={{}} onParams={onParams} />;
  const shown = render(show(first));
  return { onParams, next: (state: Seen<unknown>) => shown.rerender(show(state)), nodes: () => shown.container.querySelectorAll('.stage-view *').length, container: shown.container };
}

const changed = (container: HTMLElement): number => container.querySelectorAll('[data-changed="true"]').length;

describe('the list of pictures', () => {
  it('has a drawing with prompts, a goal and a legend for every visualizer, under its title', async () => {
    expect(Object.keys(views)).toEqual(visualizers.map((each) => each.id));
    for (const visualizer of visualizers) {
      expect(views[visualizer.id]?.title).toBe(visualizer.title);
      const view = await drawing(visualizer.id);
      expect(view.id).toBe(visualizer.id);
      expect(view.prompts.length).toBeGreaterThanOrEqual(3);
      expect(view.goal?.marks.length).toBeGreaterThanOrEqual(3);
      expect(view.legend.length).toBeGreaterThan(0);
    }
  });

  it('shows something for a server that is not there', async () => {
    const world = new TestWorld();
    for (const { id } of visualizers) {
      await stage(id, seen(world, id, { port: 7000 }));
      expect(screen.getAllByText(/No server is running here/).length, id).toBeGreaterThan(0);
      cleanup();
    }
  });
});

describe('the hash table', () => {
  it('gives every key a name for the keyboard and the ear, and asks for the way to one', async () => {
    const world = new TestWorld();
    world.run('SET a 1', 'SET b 2');
    const { onParams } = await stage('keyspace', seen(world, 'keyspace'));
    const chip = screen.getByRole('button', { name: /^a, bucket \d of table 0, place \d in its chain/ });
    fireEvent.keyDown(chip, { key: 'Enter' });
    expect(onParams).toHaveBeenCalledWith({ key: 'a' });
  });

  it('marks what came, and says the same as a list', async () => {
    const world = new TestWorld();
    world.run('SET a 1');
    const { next, container } = await stage('keyspace', seen(world, 'keyspace'));
    expect(changed(container)).toBe(0);
    world.run('SET b 2');
    next(seen(world, 'keyspace'));
    expect(changed(container)).toBe(1);
    expect(screen.getByText(/^Came: b to bucket \d of table 0\.$/)).toBeTruthy();
  });

  it('judges a prediction', async () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 0; i < 4; i++) world.run(`SET k${i} x`);
    const { next } = await stage('keyspace', seen(world, 'keyspace'));
    fireEvent.click(screen.getByRole('button', { name: 'Predict the next change' }));
    fireEvent.click(screen.getByRole('button', { name: 'A larger table takes its place at once' }));
    world.run('SET k4 x');
    next(seen(world, 'keyspace'));
    expect(screen.getByText(/it came otherwise: A second table joins it/)).toBeTruthy();
    expect(screen.getByText(/Nothing is ever moved all at once/)).toBeTruthy();
  });

  it('ticks off the marks of its goal', async () => {
    const world = new TestWorld({ activerehashing: false });
    for (let i = 0; i < 5; i++) world.run(`SET k${i} x`);
    await stage('keyspace', seen(world, 'keyspace'));
    act(() => screen.getByRole('button', { name: /^Goal/ }).click());
    expect(screen.getByText('Two tables at the same time').closest('li')?.dataset['reached']).toBe('true');
    expect(screen.getByText('The old table empty and gone').closest('li')?.dataset['reached']).toBe('false');
  });

  it('stays within its elements at every level', async () => {
    for (const keys of [10, 64, 1000, 100_000]) {
      const world = new TestWorld();
      world.populate(keys, (i) => `key:${i}`, () => 'x');
      const { nodes } = await stage('keyspace', seen(world, 'keyspace'));
      expect(nodes(), String(keys)).toBeGreaterThan(50);
      expect(nodes(), String(keys)).toBeLessThanOrEqual(MAX_NODES);
      cleanup();
    }
  });
});

describe('a string', () => {
  it('shows its pieces and walks its bytes by arrow keys', async () => {
    const world = new TestWorld();
    world.run('SET k ab');
    await stage('string', seen(world, 'string', { key: 'k' }));
    expect(screen.getByText('One piece of 32 bytes: the object 16, the text 16', { exact: false }).textContent).toBeTruthy();
    const bytes = screen.getByRole('application', { name: /Bytes/ });
    fireEvent.keyDown(bytes, { key: 'ArrowRight' });
    expect(screen.getByText('0x62, "b"')).toBeTruthy();
  });

  it('shows the piece that was given back, and stays within its elements', async () => {
    const world = new TestWorld();
    world.run('APPEND k abc', 'APPEND k def');
    const { next, nodes } = await stage('string', seen(world, 'string', { key: 'k' }));
    world.run(`APPEND k ${'x'.repeat(300)}`);
    next(seen(world, 'string', { key: 'k' }));
    expect(screen.getByText('given back')).toBeTruthy();
    world.run('SETRANGE k 900000 end');
    next(seen(world, 'string', { key: 'k' }));
    expect(nodes()).toBeLessThanOrEqual(MAX_NODES);
  });
});

describe('keys that end', () => {
  it('keeps one state while only time passes', async () => {
    const world = new TestWorld();
    world.run('SET a x EX 30');
    const visualizer = await drawing('expiry');
    const show = (state: Seen<unknown>) => <Stage visualizer={visualizer} seen={state} params={{}} onParams={() => {}} transport={{ speed: 1, setSpeed: () => {}, advance: () => {} }} />;
    const { rerender } = render(show(seen(world, 'expiry')));
    for (let i = 0; i < 5; i++) {
      world.wait(1000);
      rerender(show(seen(world, 'expiry')));
    }
    expect(screen.getByRole('button', { name: 'Earlier state' }).hasAttribute('disabled')).toBe(true);
    world.run('SET b x EX 40');
    rerender(show(seen(world, 'expiry')));
    expect(screen.getByRole('button', { name: 'Earlier state' }).hasAttribute('disabled')).toBe(false);
  });

  it('draws each level within its elements', async () => {
    for (const keys of [10, 60, 1000, 20_000]) {
      const world = new TestWorld();
      world.populate(keys, (i) => `key:${i}`, () => 'x', (i) => EPOCH_MS + 5000 + i * 10);
      const { nodes } = await stage('expiry', seen(world, 'expiry'));
      expect(nodes(), String(keys)).toBeLessThanOrEqual(MAX_NODES);
      cleanup();
    }
  });
});

describe('the wire', () => {
  it('names each token for the ear', async () => {
    const world = new TestWorld();
    world.run('PING');
    await stage('resp', seen(world, 'resp'));
    const [packet] = screen.getAllByRole('application', { name: /Received 14 bytes, 1 request/ });
    if (packet === undefined) throw new Error('no packet');
    fireEvent.keyDown(packet, { key: 'ArrowRight' });
    fireEvent.keyDown(packet, { key: 'ArrowRight' });
    expect(screen.getByText('array of 1, 1 byte')).toBeTruthy();
  });

  it('asks the look for a broken packet', async () => {
    const world = new TestWorld();
    const { onParams, next } = await stage('resp', seen(world, 'resp'));
    fireEvent.click(screen.getByRole('button', { name: 'Break a packet' }));
    expect(onParams).toHaveBeenCalledWith({ bench: 'yes', cut: 15 });
    next(seen(world, 'resp', { bench: 'yes', cut: 15 }));
    expect(screen.getByText('The parser waits for 1 more word: the length of the next one. It has GET.')).toBeTruthy();
  });
});
