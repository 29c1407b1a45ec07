/*
 * One connection to one of the servers: bytes out, bytes in, and whether it still stands.
 */
import * as net from 'node:net';
import type { Bytes } from '../../engine/index.ts';

/** A server that says nothing for so long hangs. On a machine with much to do one is silent for half a minute now and then. */
const PATIENCE_MS = 180_000;

export class Wire {
  private readonly socket: net.Socket;
  private received: Bytes = '';
  private wake: (() => void) | undefined;
  closed = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.wake?.();
    });
    const ended = () => {
      this.closed = true;
      this.wake?.();
    };
    socket.on('end', ended);
    socket.on('close', ended);
    socket.on('error', ended);
  }

  static connect(port: number): Promise<Wire> {
    return new Promise((done, failed) => {
      const socket = net.connect({ host: '127.0.0.1', port });
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.removeListener('error', failed);
        done(new Wire(socket));
      });
    });
  }

  /** Port at this end, by which the server knows the connection. */
  get localPort(): number {
    return this.socket.localPort ?? 0;
  }

  /** Whether a status or an error is among what has come: pushes alone are no reply. */
  get hasReply(): boolean {
    return /^[+-]/m.test(this.received);
  }

  send(bytes: Bytes): void {
    if (!this.closed) this.socket.write(bytes, 'latin1');
  }

  /** What has come since the last take. */
  take(): Bytes {
    const bytes = this.received;
    this.received = '';
    return bytes;
  }

  /** Waits until what has come satisfies `enough`, or the connection ends. */
  async until(enough: (bytes: Bytes) => boolean): Promise<void> {
    while (!this.closed && !enough(this.received)) {
      await new Promise<void>((done) => {
        const patience = setTimeout(() => {
          this.destroy();
          done();
        }, PATIENCE_MS);
        this.wake = () => {
          clearTimeout(patience);
          done();
        };
      });
      this.wake = undefined;
    }
  }

  destroy(): void {
    this.closed = true;
    this.socket.destroy();
  }
}
