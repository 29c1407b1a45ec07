/*
 * What other programs of the machine see of our server: where it listens, and its child
 */
import { spawnSync } from 'node:child_process';
import * as net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort, pauseMs, startOurServer, type RunningServer } from './reference-redis.ts';

const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(words: readonly string[]): Promise<RunningServer> {
  const server = await startOurServer(await freePort(), [...words]);
  running.push(server);
  return server;
}

/** Sends one inline command and brings what comes first. */
function ask(server: RunningServer, ...words: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () => socket.write(`${words.join(' ')}\r\n`));
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      done(chunk.toString('latin1'));
    });
    socket.once('error', failed);
  });
}

const isOpen = (port: number): Promise<boolean> => new Promise((done) => {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => done(true));
  socket.once('error', () => done(false));
  socket.once('connect', () => socket.destroy());
});

test('CONFIG SET port moves the place for clients, and leaves the bus of the cluster where it is', async () => {
  const busPort = await freePort();
  const server = await start(['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]);
  const port = await freePort();
  expect(await ask(server, 'CONFIG', 'SET', 'port', String(server.port))).toContain('OK');
  expect(await ask(server, 'CONFIG', 'SET', 'port', String(port))).toContain('OK');
  expect([await isOpen(server.port), await isOpen(port), await isOpen(busPort)]).toEqual([false, true, true]);
  Object.assign(server, { port });
  // What is set to 0 listens nowhere; the answer still comes.
  expect(await ask(server, 'CONFIG', 'SET', 'port', '0')).toContain('OK');
  expect(await isOpen(port)).toBe(false);
});

test('the child of BGSAVE is a process, and whoever kills it ends the save', async () => {
  const server = await start(['--enable-debug-command', 'yes']);
  await ask(server, 'SET', 'k', 'v');
  await ask(server, 'CONFIG', 'SET', 'rdb-key-save-delay', '100000000');
  expect(await ask(server, 'BGSAVE')).toContain('Background saving started');
  const pid = /process_id:(\d+)/.exec(await ask(server, 'INFO', 'server'))?.[1] ?? '';
  const [child = ''] = spawnSync('ps', ['--ppid', pid, '-o', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n').filter((line) => line.includes('redis-rdb-bgsave'));
  process.kill(Number.parseInt(child, 10), 'SIGKILL');
  for (let tries = 0; tries < 100 && (await ask(server, 'INFO', 'persistence')).includes('rdb_bgsave_in_progress:1'); tries++) await pauseMs(20);
  expect(await ask(server, 'INFO', 'persistence')).toContain('rdb_last_bgsave_status:err');
});
