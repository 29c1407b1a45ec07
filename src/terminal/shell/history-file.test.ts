import { expect, test } from 'vitest';
import { testWorld } from '../testing.ts';

const PATH = '/home/learner/.sh_history';

test('a history that has grown too long is cut back to its newest lines', () => {
  const old = Array.from({ length: 2500 }, (_, i) => `echo ${i}\n`).join('');
  const world = testWorld({ files: { '.sh_history': old } });
  const terminal = world.open();
  terminal.look();
  expect(world.file(PATH)?.split('\n')).toHaveLength(1001);
  expect(terminal.type('\x1b[A')).toBe('echo 2499');
});

test('a line entered twice in a row is kept once', () => {
  const world = testWorld();
  world.open().type('true\rtrue\rfalse\rtrue\r', 200_000);
  expect(world.file(PATH)).toBe('true\nfalse\ntrue\n');
});

test('redis-cli keeps no file when it was told so', () => {
  const world = testWorld();
  world.open().type('REDISCLI_HISTFILE=/dev/null redis-cli\rPING\rexit\rredis-cli\rECHO kept\rexit\r', 200_000);
  expect(world.file('/home/learner/.rediscli_history')).toBe('ECHO kept\nexit\n');
});
