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

/** Node's class of requests, once a socket has used it. */
let RequestClass: (new () => WriteRequest) | undefined;

export class DirectWriter {
  private readonly socket: net.Socket;
  private request: WriteRequest | undefined;

  constructor(socket: net.Socket) {
    this.socket = socket;
  }

  private get handle(): StreamHandle | null | undefined {
    return (this.socket as unknown as { readonly _handle?: StreamHandle | null })._handle;
  }

  /** Bytes that were handed over and that the operating system has not taken yet. */
  get unsentBytes(): number {
    // What goes by the socket is counted by both while it waits.
    return Math.max(this.socket.writableLength, this.handle?.writeQueueSize ?? 0);
  }

  /** Writes behind all that was written before. What goes wrong is the socket's error event. */
  write(chunk: string): void {
    const { socket, handle } = this;
    if (typeof handle?.writeLatin1String !== 'function' || typeof handle.writeQueueSize !== 'number' || socket.writableLength > 0) {
      socket.write(chunk, 'latin1');
      return;
    }
    if (RequestClass === undefined) {
      learnRequestClass(handle);
      socket.write(chunk, 'latin1');
      return;
    }
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
    this.socket.destroy(Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
  }
}

/** The socket's next write, which it does at once, shows the class. */
function learnRequestClass(handle: StreamHandle): void {
  const write = handle.writeLatin1String as NonNullable<StreamHandle['writeLatin1String']>;
  handle.writeLatin1String = (request, text) => {
    RequestClass = request.constructor as new () => WriteRequest;
    delete handle.writeLatin1String; // the handle's own again
    return write.call(handle, request, text);
  };
}
