import * as net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Socket, SocketEvents } from '../engine/index.ts';
import { Chance } from './conformance/chance.ts';
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

/** As a system would be whose handles have no descriptor, so that there is nothing for a ring. */
const numberlessHandle = (accepted: net.Socket): void => {
  Object.defineProperty((accepted as unknown as { _handle: object })._handle, 'fd', { value: -1 });
};

describe.each([
  ['through the ring, where the system has one', () => {}],
  ['through the ring, what it does not take as Node writes by itself', silentHandle],
  ['into the shared buffer and on the handle', numberlessHandle],
  ['as Node reads by itself', unknownHandle],
  ['into the shared buffer, and as Node writes by itself', (accepted: net.Socket) => {
    numberlessHandle(accepted);
    silentHandle(accepted);
  }],
])('reading and writing %s', (_how, prepare) => {
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

  test.each([1, 2, 3, 4, 5, 6])('held back and let go at random, nothing is lost, doubled or out of order (seed %i)', async (seed) => {
    const chance = new Chance(seed, 'sockets');
    const below = (bound: number): number => chance.below(bound);
    const told: string[] = [];
    const port = await listen((socket) => {
      let echoed = 0;
      const letGo = (): void => socket.hold?.(false);
      return {
        data: (chunk) => {
          // Cut anywhere: what waits, what is under way and what is left over meet in all ways.
          const cut = below(chunk.length + 1);
          socket.send(chunk.slice(0, cut));
          socket.send(chunk.slice(cut));
          echoed += chunk.length;
          if (below(3) === 0) {
            socket.hold?.(true);
            [letGo, () => setImmediate(letGo), () => setTimeout(letGo, below(3)), () => {
              letGo();
              socket.hold?.(true);
              setImmediate(letGo);
            }][below(4)]?.();
          }
        },
        closed: (reason) => told.push(`${reason} after ${echoed}`),
      };
    }, prepare);
    const text = Array.from({ length: 300_000 }, (_, i) => String(i)).join(',');
    const chunks: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = 1 + below([8, 2000, 300_000][below(3)] as number);
      chunks.push(text.slice(at, at + length));
      at += length;
    }
    expect(await exchange(port, chunks, text.length) === text).toBe(true);
    expect(told).toEqual([`closed by the client after ${text.length}`]);
  });

  test('whoever sends and ends while it is held back is read to the end before the end is told', async () => {
    const told: string[] = [];
    const port = await listen((socket) => {
      socket.hold?.(true);
      setTimeout(() => socket.hold?.(false), 50);
      return { data: (chunk) => told.push(chunk), closed: (reason) => told.push(reason) };
    }, prepare);
    await exchange(port, ['last words'], 0);
    expect(told).toEqual(['last words', 'closed by the client']);
  });

  test('forty connections that send four hundred thousand bytes each at once, and end, all get theirs back', async () => {
    const port = await listen((socket) => {
      let bytes = 0;
      return {
        data: (chunk) => {
          bytes += chunk.length;
          if (bytes === 400_000) socket.send('all');
        },
        closed: () => {},
      };
    }, prepare);
    const replies = await Promise.all(Array.from({ length: 40 }, () => exchange(port, ['x'.repeat(400_000)], 0)));
    expect(replies).toEqual(Array.from({ length: 40 }, () => 'all'));
  });

  test('whoever asks again and again and ends with its last request gets every reply', async () => {
    const port = await listen((socket) => ({ data: (chunk) => socket.send(`<${chunk}>`), closed: () => {} }), prepare);
    const one = (): Promise<string> => new Promise((done, failed) => {
      let received = '';
      let asked = 1;
      const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write('1'));
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
        if (asked === 50) return;
        asked++;
        if (asked === 50) socket.end('L');
        else socket.write(String(asked % 10));
      });
      socket.on('error', failed);
      socket.on('close', () => done(received));
    });
    const replies = await Promise.all(Array.from({ length: 30 }, one));
    expect(new Set(replies)).toEqual(new Set([`${Array.from({ length: 49 }, (_, i) => `<${(i + 1) % 10}>`).join('')}<L>`]));
  });

  test('a reply and the close that follows it in another turn arrive', async () => {
    const port = await listen((socket) => ({
      data: () => {
        socket.send('+OK\r\n');
        // When the reply is under way, or has just been sent.
        setImmediate(() => socket.close());
        process.nextTick(() => socket.send('+MORE\r\n'));
      },
      closed: () => {},
    }), prepare);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => exchange(port, ['x']))))).toEqual(new Set(['+OK\r\n+MORE\r\n']));
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
