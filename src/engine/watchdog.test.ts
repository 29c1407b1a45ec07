import { expect, test } from 'vitest';
import { testKit, TestServer } from './testing.ts';

const { cases } = testKit(test);

cases('CONFIG SET watchdog-period', [
  ['CONFIG GET watchdog-period', ['watchdog-period', '0']],
  ['CONFIG GET watchdog-period', ['watchdog-period', '500'], { given: ['CONFIG SET watchdog-period 500'] }],
  ['CONFIG GET watchdog-period', ['watchdog-period', '200'], { given: ['CONFIG SET watchdog-period 1'] }],
  ['CONFIG GET watchdog-period', ['watchdog-period', '80'], { given: ['CONFIG SET hz 25', 'CONFIG SET watchdog-period 1'] }],
  ['CONFIG GET watchdog*', []],
]);

const rung = (world: TestServer): number => world.stdout.split('WATCHDOG TIMER EXPIRED').length - 1;

test('what holds the cron up for longer than the period is told once', () => {
  const world = new TestServer({ config: { 'watchdog-period': 300, 'enable-debug-command': 'yes' } });
  world.advance(2000);
  world.send('DEBUG SLEEP 0.15');
  world.advance(500);
  expect(rung(world)).toBe(0);
  world.send('DEBUG SLEEP 2');
  world.advance(1000);
  expect(world.stdout).toMatch(/\n\d+:signal-handler \(1700000004\) \n--- WATCHDOG TIMER EXPIRED ---\n\d+:signal-handler \(\d+\) Sorry: no support for backtrace\(\)\.\n\d+:signal-handler \(\d+\) --------\n\n$/);
  expect(rung(world)).toBe(1);
  world.send('CONFIG SET watchdog-period 0');
  world.send('DEBUG SLEEP 2');
  world.advance(1000);
  expect(rung(world)).toBe(1);
});

test('a dataset that is loaded for longer lets it ring while it is loaded', () => {
  const first = new TestServer({ config: { save: '' } });
  for (let i = 0; i < 500; i++) first.send(`SET key:${i} value:${i}`);
  first.send('SAVE');
  const world = new TestServer({ config: { 'watchdog-period': 300, 'loading-process-events-interval-bytes': 1024, 'key-load-delay': 2000, save: '' }, files: Object.fromEntries(first.disk.files) });
  world.advance(500);
  expect(rung(world)).toBe(1);
  expect(world.send('INFO persistence')).toContain('loading:1');
  world.advance(3000);
  expect(world.send('INFO persistence')).toContain('loading:0');
  expect(rung(world)).toBe(1);
});

test('a silent log tells nothing, and SIGALRM is answered in the same form', () => {
  const world = new TestServer({ config: { loglevel: 'nothing' } });
  world.server.signal('SIGALRM');
  expect(world.stdout).toBe('');
  world.send('CONFIG SET loglevel warning');
  world.server.signal('SIGALRM');
  expect(world.stdout).toMatch(/^\d+:signal-handler \(1700000000\) \nReceived SIGALRM\n/);
});
