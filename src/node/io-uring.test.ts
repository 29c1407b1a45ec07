import { createRequire } from 'node:module';
import * as net from 'node:net';
import * as os from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { Ring } from './io-uring.ts';

/** Whether this system should have one: a kernel since 5.19, the library, and nobody (sysctl, a container's filter) who forbids the call. */
function shouldHaveRing(): boolean {
  const [major = 0, minor = 0] = os.release().split('.').map(Number);
  if (process.env.KEYSPACE_IO_URING === 'no' || os.platform() !== 'linux' || major < 5 || (major === 5 && minor < 19)) return false;
  try {
    const lib = (createRequire(import.meta.url)('koffi') as { load(path: null): { func(declaration: string): (...words: unknown[]) => number } }).load(null);
    const fd = lib.func('long syscall(long, unsigned int, uint8*)')(425, 1, Buffer.alloc(120));
    if (fd < 0) return false;
    lib.func('int close(int)')(fd);
    return true;
  } catch {
    return false;
  }
}

let turns = 0;
const ring = Ring.open(() => turns++);
const sockets: net.Socket[] = [];
const listener = net.createServer({ pauseOnConnect: true });
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  listener.close();
});

/** A connection: the descriptor of one end, which Node leaves alone, and the other end. */
async function connection(): Promise<{ fd: number; other: net.Socket }> {
  if (!listener.listening) await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const taken = new Promise<net.Socket>((done) => listener.once('connection', done));
  const other = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
  const ours = await taken;
  sockets.push(ours, other);
  return { fd: (ours as unknown as { _handle: { fd: number } })._handle.fd, other };
}

test('there is a ring exactly where the system has what it takes', () => {
  expect(ring !== undefined).toBe(shouldHaveRing());
});

test.skipIf(ring === undefined)('more sends than there is room for their results: each is heard once, in order', async () => {
  const { fd, other } = await connection();
  const count = 40_000;
  const heard: number[] = [];
  let taken = '';
  other.setEncoding('latin1').on('data', (text: string) => (taken += text));
  await new Promise<void>((done) => {
    for (let i = 0; i < count; i++) {
      ring?.send(fd, String(i % 10), (status) => {
        if (status === 1) heard.push(i);
        else expect(status).toBe(-11); // the receiver is behind: EAGAIN
        if (i === count - 1) done();
      });
    }
    ring?.submit();
  });
  await expect.poll(() => taken.length).toBe(heard.length);
  // Counted: two such texts are too long for a report.
  expect([...taken].filter((digit, i) => digit !== String((heard[i] as number) % 10)).length).toBe(0);
  expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  expect(heard.length).toBeGreaterThan(1000);
  expect(turns).toBeGreaterThan(0);
});

test.skipIf(ring === undefined)('a reading that is stopped tells what came before, then that it was stopped, and lets go of the connection', async () => {
  const { fd, other } = await connection();
  const told: (string | number)[] = [];
  const ended = new Promise<void>((done) => {
    const reading = ring?.read(fd, {
      read: (text) => {
        told.push(text);
        reading?.stop();
        reading?.stop();
      },
      ended: (status) => {
        told.push(status);
        done();
      },
    });
  });
  other.write('first');
  await ended;
  other.write('second');
  const again = new Promise<string>((done) => ring?.read(fd, { read: done, ended: () => {} }));
  expect(told).toEqual(['first', -125]);
  expect(await again).toBe('second');
});

test.skipIf(ring === undefined)('what cannot be read or sent is told with the number of its reason', async () => {
  expect(await new Promise((done) => ring?.read(9999, { read: () => {}, ended: done }))).toBe(-9);
  const status = new Promise((done) => ring?.send(9999, 'x', done));
  ring?.submit();
  expect(await status).toBe(-9);
});

test.skipIf(ring === undefined)('an error of one who hears keeps nothing from the others', async () => {
  const { fd, other } = await connection();
  const thrown = new Promise<Error>((done) => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listen of before) process.on('uncaughtException', listen);
      done(error);
    });
  });
  ring?.send(fd, 'x', () => {
    throw new Error('of mine');
  });
  const second = new Promise<number>((done) => ring?.send(fd, 'yz', done));
  ring?.submit();
  expect((await thrown).message).toBe('of mine');
  expect(await second).toBe(2);
  expect(await new Promise((done) => other.once('data', (bytes: Buffer) => done(bytes.toString('latin1'))))).toBe('xyz');
});
