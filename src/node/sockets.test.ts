import * as net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Socket, SocketEvents } from '../engine/index.ts';
import { acceptSocket, connectSocket, LISTENER_OPTIONS } from './sockets.ts';

const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));

const listeners: net.Server[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close();
});

/** A listener whose connections are served by `serve`; its port. */
function listen(serve: (socket: Socket) => SocketEvents, prepare: (accepted: net.Socket) => void = () => {}): Promise<number> {
  return new Promise((done) => {
    const listener = net.createServer(LISTENER_OPTIONS, (accepted) => {
      prepare(accepted);
      acceptSocket(accepted, serve);
    });
    listeners.push(listener);
    listener.listen(0, '127.0.0.1', () => done((listener.address() as net.AddressInfo).port));
  });
}

/** Sends the chunks and brings all that comes back until the other side ends; ends itself once that many bytes have come. */
function exchange(port: number, chunks: readonly string[], enough = Infinity): Promise<string> {
  return new Promise((done, failed) => {
    let received = '';
    const socket = net.connect({ port, host: '127.0.0.1' });
    const endAtLast = (): void => {
      if (received.length >= enough) socket.end();
    };
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      endAtLast();
    });
    socket.on('error', failed);
    socket.on('close', () => done(received));
    for (const chunk of chunks) socket.write(chunk, 'latin1');
    endAtLast();
  });
}

/** As a Node would be whose sockets have nothing below them that we know. */
const unknownHandle = (accepted: net.Socket): void => {
  Object.assign((accepted as unknown as { _handle: object })._handle, { useUserBuffer: undefined });
};

/** As a Node would be whose handles do not tell what they still have to write. */
const silentHandle = (accepted: net.Socket): void => {
  Object.defineProperty((accepted as unknown as { _handle: object })._handle, 'writeQueueSize', { value: undefined });
};

describe.each([
  ['into the shared buffer and on the handle', () => {}],
  ['as Node reads by itself', unknownHandle],
  ['and writing as Node writes by itself', silentHandle],
])('reading %s', (_how, prepare) => {
  test('every byte comes and goes as it is, however much there is', async () => {
    const port = await listen((socket) => ({ data: (chunk) => socket.send(chunk), closed: () => {} }), prepare);
    const text = ALL_BYTES.repeat(2000);
    const all = text + ALL_BYTES;
    expect(await exchange(port, [text, ALL_BYTES], all.length)).toBe(all);
  });

  test('whoever ends after the last request gets the reply, and the end is told once', async () => {
    const told: string[] = [];
    const port = await listen((socket) => ({ data: () => socket.send('+PONG\r\n'), closed: (reason) => told.push(reason) }), prepare);
    expect(await exchange(port, ['PING\r\n'], 0)).toBe('+PONG\r\n');
    expect(told).toEqual(['closed by the client']);
  });

  test('whoever ends and has not taken its replies gets what the system took of them: nothing waits for it', async () => {
    const reader = new net.Socket({ allowHalfOpen: true });
    const port = await listen((socket) => ({
      data: () => {
        for (let i = 0; i < 64; i++) socket.send('x'.repeat(1024 ** 2));
      },
      closed: () => reader.resume(),
    }), prepare);
    const received = await new Promise<number>((done) => {
      let bytes = 0;
      reader.on('data', (chunk: Buffer) => (bytes += chunk.length));
      reader.on('end', () => done(bytes));
      reader.pause();
      reader.connect(port, '127.0.0.1');
      reader.end('x');
    });
    reader.destroy();
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(64 * 1024 ** 2);
  });

  test('what was sent before closing arrives, what is sent afterwards does not', async () => {
    const port = await listen((socket) => ({
      data: () => {
        socket.send('one ');
        socket.send('two');
        socket.close();
        socket.send(' three');
      },
      closed: () => {},
    }), prepare);
    expect(await exchange(port, ['x'])).toBe('one two');
  });

  test.each([['close', 64], ['abandon', 1]] as const)('of what a slow reader has not taken, after %s at least %i MB of 64 arrive, and then the end', async (how, leastMb) => {
    const port = await listen((socket) => ({
      data: () => {
        for (let i = 0; i < 64; i++) socket.send('x'.repeat(1024 ** 2));
        setImmediate(() => socket[how]?.());
      },
      closed: () => {},
    }), prepare);
    const received = (await exchange(port, ['x'])).length / 1024 ** 2;
    expect(received).toBeGreaterThanOrEqual(leastMb);
    expect(received === 64).toBe(how === 'close');
  });

  test('what waits is counted until the reader has taken it', async () => {
    const counts: number[] = [];
    const port = await listen((socket) => ({
      data: (chunk) => {
        if (chunk === 'x') socket.send('y'.repeat(32 * 1024 ** 2));
        setTimeout(() => counts.push(socket.unsentBytes?.() ?? NaN), 50);
        if (chunk === 'z') setTimeout(() => socket.close(), 100);
      },
      closed: () => {},
    }), prepare);
    const received = await new Promise<number>((done) => {
      let bytes = 0;
      const reader = net.connect({ port, host: '127.0.0.1' }, () => reader.write('x'));
      reader.pause();
      setTimeout(() => reader.resume(), 200);
      reader.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes === 32 * 1024 ** 2) reader.write('z');
      });
      reader.on('close', () => done(bytes));
    });
    expect(received).toBe(32 * 1024 ** 2);
    expect(counts[0]).toBeGreaterThan(16 * 1024 ** 2);
    expect(counts[1]).toBe(0);
  });

  test('whoever writes to a connection that was reset hears of it, once', async () => {
    const told: string[] = [];
    let sending: NodeJS.Timeout | undefined;
    const closed = new Promise<void>((done) => {
      void listen((socket) => ({
        data: () => {
          // Held, so that only writing can tell.
          socket.hold?.(true);
          sending = setInterval(() => socket.send('+more\r\n'), 5);
        },
        closed: (reason) => {
          told.push(reason);
          setTimeout(done, 50);
        },
      }), prepare).then((port) => {
        const peer = net.connect({ port, host: '127.0.0.1' }, () => peer.write('x'));
        peer.once('data', () => peer.resetAndDestroy());
      });
    });
    await closed;
    clearInterval(sending);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^(?:reset|EPIPE)$/);
  });

  test('a connection may be refused before it is heard', async () => {
    const port = await listen((socket) => {
      socket.send('-ERR max number of clients reached\r\n');
      socket.close();
      return { data: () => {}, closed: () => {} };
    }, prepare);
    expect(await exchange(port, [])).toBe('-ERR max number of clients reached\r\n');
  });
});

test('a connection that we make says where it leads, and when it cannot be made', async () => {
  const echo = await listen((socket) => ({ data: (chunk) => socket.send(chunk), closed: () => {} }));
  const heard = await new Promise<string>((done) => {
    let socket: Socket | undefined;
    connectSocket(`127.0.0.1:${echo}`, {
      open: (made) => {
        socket = made;
        made.send(`to ${made.peer === `127.0.0.1:${echo}`}`);
      },
      data: (chunk) => {
        socket?.close();
        done(chunk);
      },
      closed: () => {},
    });
  });
  expect(heard).toBe('to true');
  listeners.splice(0).forEach((listener) => listener.close());
  const refused = await new Promise<string>((done) => connectSocket(`127.0.0.1:${echo}`, { open: () => {}, data: () => {}, closed: done }));
  expect(refused).toBe('refused');
});

describe('why a connection never stood', () => {
  const why = (address: string): Promise<string> => new Promise((done) => connectSocket(address, { open: () => done('open'), data: () => {}, closed: done }));

  test('nobody listens', async () => {
    const port = await listen(() => ({ data: () => {}, closed: () => {} }));
    const [listener] = listeners.splice(0);
    await new Promise((done) => listener?.close(done));
    expect(await why(`127.0.0.1:${port}`)).toBe('refused');
  });

  test('no system has the port', async () => {
    expect(await why('127.0.0.1:70000')).toBe('unknown host');
    expect(await why('127.0.0.1:port')).toBe('unknown host');
    expect(await why(':1')).toBe('unknown host');
  });

  test('no host has the name', async () => {
    expect(await why('no such host:1')).toBe('unknown host');
  });
});
