import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundleOurServer } from './reference-redis.ts';

/** Sends one inline command and brings all that comes until the other side ends. */
function ask(path: string, line: string): Promise<string> {
  return new Promise((done, failed) => {
    let received = '';
    const socket = net.connect(path, () => socket.write(`${line}\r\n`));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', failed);
    socket.on('close', () => done(received));
  });
}

test('daemonize: the caller goes on when somebody listens, and SHUTDOWN leaves neither pid file nor socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyspace-daemon-'));
  const at = (name: string): string => join(folder, name);
  const server = promisify(execFile)(process.execPath, [await bundleOurServer(), '-']);
  server.child.stdin?.end(`daemonize yes\nport 0\nunixsocket ${at('redis.sock')}\npidfile ${at('redis.pid')}\nlogfile ${at('redis.log')}\nsave ""\n`);
  await server;
  try {
    const pid = Number(readFileSync(at('redis.pid'), 'latin1'));
    expect(pid).not.toBe(server.child.pid);
    process.kill(pid, 0);
    process.kill(pid, 'SIGHUP');
    expect(await ask(at('redis.sock'), 'SHUTDOWN')).toBe('');
    expect([existsSync(at('redis.pid')), existsSync(at('redis.sock'))]).toEqual([false, false]);
    expect(readFileSync(at('redis.log'), 'latin1')).toMatch(/Ready to accept connections unix\n[^]*Removing the pid file\.\n.*Removing the unix socket file\.\n.*bye bye\.\.\.\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
