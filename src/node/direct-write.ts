/*
 * Writing on the handle below a socket
 * ------------------------------------
 * A reply that the operating system takes at once needs nothing of what net.Socket does for each write: a request object, a
 * place in its queue, a callback a turn later. So it is handed to the handle below the socket, whose writeLatin1String()
 * writes what it can at once and queues the rest. Only for that rest it needs a request, and one that was not needed
 * serves the next write.
 *
 * None of this is a documented part of Node, nor is the request's class to be had: it is taken from a write that the
 * socket does itself, the first of the process. Where the handle is not what it was, every write goes by the socket.
 * What this is worth: docs/decisions/sockets.md.
 */
import type * as net from 'node:net';
import { getSystemErrorName } from 'node:util';

interface WriteRequest {
  oncomplete?: (status: number) => void;
}

interface StreamHandle {
  /** 0, or the negative number of what went wrong. */
  writeLatin1String?: (request: WriteRequest, text: string) => number;
  /** Bytes that the operating system has not taken yet. */
  readonly writeQueueSize?: number;
}

/** A handle that has both. */
type WritableHandle = Required<StreamHandle>;

/** Node's class of requests, once a socket has used it. */
let RequestClass: (new () => WriteRequest) | undefined;

export class DirectWriter {
  private readonly socket: net.Socket;
  /** What is below the socket, asked for once: the socket looks it up by a symbol each time. Gone with the connection. */
  private handle: WritableHandle | undefined;
  private request: WriteRequest | undefined;
  /** The last write went by the socket, which may still hold some of it. */
  private isBySocket = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    const { _handle: handle } = socket as unknown as { readonly _handle?: StreamHandle | null };
    if (typeof handle?.writeLatin1String === 'function' && typeof handle.writeQueueSize === 'number') this.handle = handle as WritableHandle;
    socket.once('close', () => (this.handle = undefined));
  }

  /** Bytes that were handed over and that the operating system has not taken yet. */
  get unsentBytes(): number {
    // What goes by the socket is counted by both while it waits.
    return Math.max(this.socket.writableLength, this.handle?.writeQueueSize ?? 0);
  }

  /** Writes behind all that was written before. What goes wrong is the socket's error event. */
  write(chunk: string): void {
    const { socket, handle } = this;
    if (handle === undefined || RequestClass === undefined || (this.isBySocket && socket.writableLength > 0)) {
      if (handle !== undefined && RequestClass === undefined) learnRequestClass(handle);
      this.isBySocket = true;
      socket.write(chunk, 'latin1');
      return;
    }
    this.isBySocket = false;
    const request = (this.request ??= new RequestClass());
    const status = handle.writeLatin1String(request, chunk);
    if (status !== 0) this.fail(status);
    else if (handle.writeQueueSize > 0) {
      // The rest is on its way with this request.
      this.request = undefined;
      request.oncomplete = (late) => {
        if (late < 0) this.fail(late);
      };
    }
  }

  private fail(status: number): void {
    const code = getSystemErrorName(status);
    this.handle = undefined;
    this.socket.destroy(Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
  }
}

/** The socket's next write, which it does at once, shows the class. */
function learnRequestClass(handle: WritableHandle): void {
  const write = handle.writeLatin1String;
  (handle as StreamHandle).writeLatin1String = (request, text) => {
    RequestClass = request.constructor as new () => WriteRequest;
    delete (handle as StreamHandle).writeLatin1String; // the handle's own again
    return write.call(handle, request, text);
  };
}
