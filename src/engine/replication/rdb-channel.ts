/*
 * The second connection of a full synchronization
 * -----------------------------------------------
 *     main channel   … PSYNC ─► +RDBCHANNELSYNC 7        the stream, from the snapshot's moment on ─►
 *     rdb channel                 AUTH, REPLCONF … main-ch-client-id 7, PSYNC ? -1 ─► +FULLRESYNC, the snapshot
 *
 * The master need not keep the stream while a snapshot travels, when the replica hears both at once. The snapshot
 * comes through this connection, which is closed afterwards.
 */
import { parseInteger, type Bytes } from '../bytes.ts';
import type { Socket } from '../env.ts';
import { encodeCommand } from '../persistence/aof-format.ts';
import type { Server } from '../server.ts';
import type { ArrivingSnapshot } from './arriving-snapshot.ts';
import { firstLine } from './first-line.ts';

export interface RdbChannelUser {
  /** Commands by which this server says who it is: AUTH, or none; and the port it listens at. */
  readonly login: readonly Bytes[] | undefined;
  readonly port: string;
  /** The master is there. */
  heard(): void;
  /** Snapshot and stream begin, both at that point. The snapshot's bytes go to what is returned. */
  begins(point: { readonly id: Bytes; readonly offset: number }): ArrivingSnapshot;
  /** It came to nothing, before there was a snapshot. */
  failed(): void;
  /** The connection is gone while the snapshot travels. */
  lost(reason: Bytes): void;
}

export class RdbChannel {
  snapshot: ArrivingSnapshot | undefined;
  private awaited: 'auth' | 'replconf' | 'fullresync' = 'replconf';
  private socket: Socket | undefined;
  private input: Bytes = '';
  private isOver = false;
  private readonly server: Server;
  private readonly mainChannelId: Bytes;
  private readonly user: RdbChannelUser;

  /** `mainChannelId`: how the master calls the connection that the stream will come through. */
  constructor(server: Server, mainChannelId: Bytes, user: RdbChannelUser) {
    this.server = server;
    this.mainChannelId = mainChannelId;
    this.user = user;
  }

  connect(address: Bytes): void {
    const { server } = this;
    const current = (fn: () => void): void => {
      if (!this.isOver) server.asEvent(() => this.isOver || fn());
    };
    server.env.network.connect(address, {
      open: (socket) => (this.isOver ? socket.close() : current(() => this.opened(socket))),
      data: (chunk) => current(() => this.received(chunk)),
      closed: (reason) => current(() => this.closed(reason)),
    });
  }

  /** The snapshot is read no further, or again. */
  hold(isHeld: boolean): void {
    this.socket?.hold?.(isHeld);
  }

  close(): void {
    this.isOver = true;
    this.socket?.close();
    this.snapshot?.discard();
  }

  private opened(socket: Socket): void {
    this.socket = socket;
    const { login, port } = this.user;
    if (login !== undefined) {
      this.awaited = 'auth';
      this.send(login);
    }
    this.send(['REPLCONF', 'capa', 'eof', 'rdb-only', '1', 'rdb-channel', '1', 'main-ch-client-id', this.mainChannelId, 'listening-port', port]);
  }

  private send(argv: readonly Bytes[]): void {
    this.socket?.send(encodeCommand(argv));
  }

  private received(chunk: Bytes): void {
    const { snapshot } = this;
    if (snapshot !== undefined) {
      if (!snapshot.isLoadingFile) snapshot.receive(chunk);
      return;
    }
    this.user.heard();
    this.input += chunk;
    for (let first = firstLine(this.input); first !== undefined && !this.isOver; first = firstLine(this.input)) {
      this.input = first.rest;
      this.answered(first.line);
      // What follows is the snapshot's.
      if (this.snapshot !== undefined) return this.snapshot.receive(this.input);
    }
    return undefined;
  }

  private answered(line: Bytes): void {
    const { server, user } = this;
    switch (this.awaited) {
      case 'auth':
        if (line.startsWith('-')) return this.fail(`Unable to AUTH to master: ${line}`, line);
        this.awaited = 'replconf';
        return undefined;
      case 'replconf':
        if (line.startsWith('-')) return this.fail(`Master replied error to replconf: ${line}`, line);
        this.awaited = 'fullresync';
        if (server.debug.replicationPauses.has('before-rdb-channel')) server.stopProcess(() => this.send(['PSYNC', '?', '-1']));
        else this.send(['PSYNC', '?', '-1']);
        return undefined;
      case 'fullresync': {
        // An empty line only says that the master is still there.
        if (line === '') return undefined;
        const [, id = '', offset = ''] = line.split(' ');
        if (id.length !== 40) return this.fail(`Received unexpected psync reply: ${line}`, line);
        this.snapshot = user.begins({ id, offset: Number(parseInteger(offset) ?? 0) });
        return undefined;
      }
    }
  }

  private fail(why: Bytes, line: Bytes): void {
    this.server.log('warning', why);
    this.server.log('warning', `rdb channel sync failed with error: ${line}`);
    this.user.failed();
  }

  private closed(reason: Bytes): void {
    const { server, socket, snapshot, user } = this;
    if (socket === undefined) {
      server.log('warning', `Error condition on socket for rdb channel replication: ${errorText(reason)}`);
      return user.failed();
    }
    if (snapshot === undefined) {
      server.log('warning', `Failed to read response from the server: ${errorText(reason)}`);
      if (this.awaited !== 'fullresync') server.log('warning', `Master did not respond to ${this.awaited} command during rdb channel handshake`);
      return user.failed();
    }
    if (snapshot.isLoadingFile || snapshot.closed(reason)) return undefined;
    server.log('warning', snapshot.hasBegun ? 'I/O error trying to sync with MASTER: connection lost' : `I/O error reading bulk count from MASTER: ${errorText(reason)}`);
    return user.lost(reason);
  }
}

/** How the system calls the end of a connection; one that the other side has closed has no error. */
export function errorText(reason: Bytes): Bytes {
  if (reason.startsWith('closed')) return 'Success';
  return reason === 'refused' ? 'Connection refused' : reason === 'reset' ? 'Connection reset by peer' : reason;
}
