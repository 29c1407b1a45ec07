import { expect, test } from 'vitest';
import { testWorld } from '../../../testing.ts';
import { writeScripts } from './scripts.ts';

test('a session that breaks off leaves the debugger as not connected, and the next line connects anew', () => {
  const world = testWorld({ run: ['redis-server --port 7816'] });
  writeScripts(world);
  const shell = world.open();
  shell.type('redis-cli -p 7816 --ldb-sync-mode --eval walk.lua k , v\r');
  world.open().type('pkill -9 redis-server; redis-server --port 7816 --daemonize yes\r', 1_000_000);
  expect(shell.type('s\r')).toContain('Error: Server closed the connection\nnot connected> ');
  expect(shell.type('ping\r')).toContain('PONG');
  expect(shell.type('restart\r')).toContain('* Stopped at 1, stop reason = step over');
});
