/*
 * A connection that is read and written through the ring
 * ------------------------------------------------------
 * The usual goes by the ring (io-uring.ts): what comes, and replies that the system takes at once. Everything unusual is left
 * to the net.Socket over the same descriptor, which nobody reads from: long replies, what the system did not take, and
 * the end. A send is over when the ring's next call returns, but heard of later; until then nothing else may be written.
 */
import type * as net from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Socket, SocketEvents } from '../engine/index.ts';
import { DirectWriter } from './direct-write.ts';
import { MOST_SENT_BYTES, type Reader, type Reading, type Ring } from './io-uring.ts';
import { endsOf, reasonOf } from './socket-names.ts';
import { atEndOfTurn, inOnePiece } from './turn.ts';

export class RingConnection implements Socket, Reader {
  readonly peer: string;
  readonly local: string;
  private readonly ring: Ring;
  private readonly socket: net.Socket;
  private readonly fd: number;
  private readonly writer: DirectWriter;
  /** Nobody before the engine has taken the connection. */
  private events: SocketEvents | undefined;
  private reading: Reading | undefined;
  private isOpen = true;
  private isTold = false;
  /** What is sent when the turn ends. */
  private waiting = '';
  /** Bytes that the ring has and has not told of yet. */
  private flying = 0;
  private afterFlight: (() => void) | undefined;
  private isHeld = false;
  /** What was read although it was not wanted any more. */
  private held = '';

  /** `fd` is the descriptor of what is below `socket`, which does not read. */
  constructor(ring: Ring, socket: net.Socket, fd: number) {
    this.ring = ring;
    this.socket = socket;
    this.fd = fd;
    this.writer = new DirectWriter(socket);
    ({ peer: this.peer, local: this.local } = endsOf(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => this.lose(reasonOf(error)));
    socket.on('close', () => this.tell('closed'));
  }

  /** Begins to read for whoever takes the connection. */
  serve(accept: (socket: Socket) => SocketEvents): void {
    this.events = accept(this);
    if (this.isOpen && !this.isHeld) this.reading = this.ring.read(this.fd, this);
  }

  send(chunk: string): void {
    if (!this.isOpen) return;
    if (this.waiting === '') atEndOfTurn(this.flush);
    this.waiting += inOnePiece(chunk);
  }

  unsentBytes(): number {
    return this.waiting.length + this.flying + this.writer.unsentBytes;
  }

  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    if (isHeld) this.reading?.stop();
    else if (this.reading === undefined) this.readOn();
  }

  close(): void {
    this.isOpen = false;
    // Not only our half: what the peer still sends meets a closed connection once our last bytes are gone.
    this.settle(() => this.socket.destroySoon());
  }

  abandon(): void {
    this.isOpen = false;
    this.settle(() => this.socket.destroy());
  }

  /** The ring has read. */
  read(text: string): void {
    if (this.isHeld || this.held !== '') this.held += text;
    else this.events?.data(text);
  }

  /** The ring reads no more. */
  ended(status: number): void {
    this.reading = undefined;
    // As long as it is held, the end waits behind what was read: who reads on meets it again.
    if (this.isHeld) return;
    if (this.held !== '' || status === -constants.errno.ECANCELED) this.readOn();
    else if (status < 0) this.lose(reasonOf(Object.assign(new Error('read'), { code: getSystemErrorName(status) })));
    // When it is closing already, that goes on.
    else if (this.afterFlight === undefined) {
      this.settle(() => {
        // What the system has not taken goes with the connection: once the engine has let go of the client, nothing bounds it.
        this.socket.destroy();
        this.tell('closed by the client');
      });
    }
  }

  /** Reads on after it was held. */
  private readOn(): void {
    setImmediate(() => {
      if (!this.isOpen || this.isHeld || this.reading !== undefined) return;
      const { held } = this;
      this.held = '';
      if (held !== '') this.events?.data(held);
      // Hearing that may have closed it, or held it again.
      if (this.isOpen && !this.isHeld) this.reading = this.ring.read(this.fd, this);
    });
  }

  private readonly flush = (): void => {
    if (this.flying > 0) return;
    const chunk = this.takeWaiting();
    if (!this.isOpen || chunk === '' || this.socket.destroyed) return;
    if (chunk.length > MOST_SENT_BYTES || this.writer.unsentBytes > 0) {
      this.write(chunk);
      return;
    }
    this.flying = chunk.length;
    this.ring.send(this.fd, chunk, (status) => this.hasSent(chunk, status));
  };

  private hasSent(chunk: string, status: number): void {
    this.flying = 0;
    // What the system does not take now it takes when it can, and Node waits for that; or it is an error, which Node meets as well.
    if (status < chunk.length) this.write(status > 0 ? chunk.slice(status) : chunk);
    const { afterFlight } = this;
    this.afterFlight = undefined;
    if (afterFlight !== undefined) afterFlight();
    else if (this.waiting !== '') this.flush();
  }

  /** Writes what waits, and goes on; later, when the ring still has something. */
  private settle(goOn: () => void): void {
    if (this.flying > 0) {
      this.afterFlight = () => this.settle(goOn);
      // Whoever closes may end the process next.
      this.ring.submit();
      return;
    }
    const chunk = this.takeWaiting();
    if (chunk !== '') this.write(chunk);
    this.reading?.stop();
    goOn();
  }

  private takeWaiting(): string {
    const { waiting } = this;
    this.waiting = '';
    return waiting;
  }

  /** Writes as Node does, behind what it still has. */
  private write(chunk: string): void {
    if (this.socket.destroyed) return;
    this.writer.write(chunk);
    // When it failed, the descriptor may be another's soon.
    if (this.socket.destroyed) this.reading?.stop();
  }

  private lose(reason: string): void {
    this.reading?.stop();
    this.socket.destroy();
    this.tell(reason);
  }

  /** Tells the engine, once, that the connection is gone. */
  private tell(reason: string): void {
    this.isOpen = false;
    this.reading?.stop();
    if (this.isTold) return;
    this.isTold = true;
    this.events?.closed(reason);
  }
}
