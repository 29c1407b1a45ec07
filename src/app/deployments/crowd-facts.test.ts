import { describe, expect, test } from 'vitest';
import { belongingOf, cellWords, crowdPlan, crowdWords, groupsOf, healthOf, neighbour, type Belonging } from './crowd-facts.ts';
import type { Machine } from './facts.ts';
import { drawFlights, flightsOf } from './flights.ts';

const machine = (name: string, part: Machine['part'], more: Partial<Machine> = {}): Machine => ({
  name, part, address: '', state: 'up', port: 6379, says: part, follows: '', isBehind: false, slots: 0, trouble: '', ...more,
});
const NOWHERE: Belonging = new Map();
const SIX = [
  machine('n1', 'master', { slots: 8192 }), machine('n2', 'master', { slots: 8192 }), machine('n3', 'replica', { follows: 'n1' }),
  machine('n4', 'replica', { follows: 'n2' }), machine('shop', 'client'), machine('admin', 'none', { port: undefined }),
];

describe('who lies with whom', () => {
  const belongs = belongingOf(SIX, NOWHERE);

  test('a master and those that follow it, and whatever is no server', () => {
    expect(groupsOf(belongs)).toEqual([{ key: 'n1', names: ['n1', 'n3'] }, { key: 'n2', names: ['n2', 'n4'] }, { key: '', names: ['shop', 'admin'] }]);
  });

  test('nobody moves when a master dies and its replica is promoted, nor when it comes back', () => {
    const dead = [machine('n1', 'none'), SIX[1] as Machine, machine('n3', 'master', { slots: 8192 }), ...SIX.slice(3)];
    const after = belongingOf(dead, belongs);
    expect(after).toBe(belongs);
    expect(belongingOf([machine('n1', 'replica', { follows: 'n3' }), ...dead.slice(1)], after)).toBe(belongs);
    expect(healthOf(dead[0] as Machine, after)).toBe('trouble');
    expect(healthOf(SIX[5] as Machine, after)).toBe('idle');
  });

  test('a replica that goes over to another master lies with it', () => {
    const over = SIX.map((each) => (each.name === 'n3' ? machine('n3', 'replica', { follows: 'n2' }) : each));
    expect(groupsOf(belongingOf(over, belongs))[1]).toEqual({ key: 'n2', names: ['n2', 'n3', 'n4'] });
  });

  test('chains lie with the master of all, and a circle has an end', () => {
    expect(groupsOf(belongingOf([machine('a', 'master'), machine('b', 'replica', { follows: 'a' }), machine('c', 'replica', { follows: 'b' })], NOWHERE))).toHaveLength(1);
    const circle = belongingOf([machine('a', 'replica', { follows: 'b' }), machine('b', 'replica', { follows: 'a' })], NOWHERE);
    expect(groupsOf(circle).flatMap(({ names }) => names)).toEqual(['a', 'b']);
  });
});

test('the plan keeps everybody within the width, and arrow keys go to what one sees', () => {
  const many = Array.from({ length: 100 }, (_, i) => machine(`n${i + 1}`, i < 50 ? 'master' : 'replica', i < 50 ? {} : { follows: `n${i - 49}` }));
  for (const width of [358, 830]) {
    const { places, boxes, height } = crowdPlan(groupsOf(belongingOf(many, NOWHERE)), width);
    expect(places.size).toBe(100);
    expect(boxes).toHaveLength(50);
    for (const box of boxes) {
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
    expect(neighbour(places, 'n1', 'ArrowRight')).toBe('n51');
    expect(neighbour(places, 'n51', 'ArrowRight')).toBe('n2');
    expect(neighbour(places, 'n2', 'ArrowLeft')).toBe('n51');
    expect(neighbour(places, 'n1', 'ArrowLeft')).toBeUndefined();
    expect(neighbour(places, 'n1', 'ArrowDown')).toBe(width < 400 ? 'n3' : 'n6');
    expect(neighbour(places, 'n1', 'Tab')).toBeUndefined();
  }
});

test('the whole is said in words, and each machine', () => {
  const belongs = belongingOf(SIX, NOWHERE);
  expect(crowdWords(SIX, belongs, [], 30)).toBe('2 masters, 2 replicas, 1 client, 1 idle machine. All replicas are in step. 30 connections of the cluster bus.');
  const broken = [machine('n1', 'none'), SIX[1] as Machine, machine('n3', 'replica', { follows: 'n1', isBehind: true }), machine('n4', 'replica', { follows: 'n2', trouble: 'disk full' }), ...SIX.slice(4)];
  const cut = { a: 'n1', b: 'n3', connections: 0, there: 'black hole', back: 'black hole', settings: '', isFollowed: false };
  expect(crowdWords(broken, belongs, [cut], 0)).toBe('1 master, 2 replicas, 1 client, 1 idle machine. 1 server is down. 1 machine has something wrong. 1 replica is not in step. 1 link is cut or changed.');
  expect(cellWords(SIX[0] as Machine)).toBe('n1, master, 8,192 slots');
  expect(cellWords(broken[2] as Machine)).toBe('n3, replica of n1, not in step');
});

test('messages go on from where they were at the look, and what is cut stays', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]);
  const message = { id: 1, from: 'a', to: 'b', fromAddress: '', toAddress: '', kind: 'data' as const, label: 'SET', isBackground: false, bytes: 1, sentAtUs: 1000, arrivesAtUs: 1250, stopped: null };
  // At the speed of life a quarter of a millisecond is not seen: it takes a third of a second. At 1/2000 it takes half of one.
  expect(flightsOf([message], places, 1125, 1)[0]).toMatchObject({ begin: 0.5, perMs: 1 / 320, kind: 'data' });
  expect(flightsOf([message], places, 1125, 0.0005)[0]).toMatchObject({ begin: 0.5, perMs: 0.5 / 250 });
  expect(flightsOf([message], places, 1125, 0)[0]).toMatchObject({ perMs: 0 });
  expect(flightsOf([{ ...message, stopped: 'cut' as const, arrivesAtUs: null }], places, 1125, 1)[0]).toMatchObject({ begin: 0.5, perMs: 0, kind: 'cut' });
  const drawn: number[] = [];
  const canvas = new Proxy({ canvas: { width: 100, height: 10 }, getTransform: () => ({ a: 1 }), arc: (x: number) => drawn.push(x) }, { get: (target, name) => target[name as keyof typeof target] ?? (() => {}), set: () => true });
  const inks = { data: '', background: '', cut: '', held: '' };
  const flights = flightsOf([message], places, 1125, 1);
  expect([0, 80, 161].map((ms) => drawFlights(canvas as unknown as CanvasRenderingContext2D, flights, [], places, inks, ms))).toEqual([true, true, false]);
  expect(drawn).toEqual([50, 75]);
});
