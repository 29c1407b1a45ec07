/*
 * What crossed the wire lately
 * ----------------------------
 * The server keeps no bytes once they are read or sent. Whoever wants to show them listens while they
 * pass: a recorder keeps the last chunks of each client, up to a limit of bytes.
 */
import type { Bytes } from '../bytes.ts';
import { own } from '../bytes.ts';
import type { ServerForCommands } from '../command.ts';

export interface WireChunk {
  readonly direction: 'in' | 'out';
  readonly atUs: number;
  readonly bytes: Bytes;
  /** Bytes of the chunk that were cut off, because the chunk alone was over the limit. */
  readonly cut: number;
}

export interface WireRecorder {
  /** The last chunks of the client in the order they passed, oldest first. */
  chunks(clientId: number): readonly WireChunk[];
  stop(): void;
}

/** Records from now on, keeping at most `limitBytes` for each client. */
export function recordWire(server: ServerForCommands, limitBytes = 4096): WireRecorder {
  const kept = new Map<number, { chunks: WireChunk[]; bytes: number }>();
  const stop = server.events.listen((event) => {
    if (event.type === 'clientDisconnected') kept.delete(event.clientId);
    if (event.type !== 'bytesReceived' && event.type !== 'bytesSent') return;
    let record = kept.get(event.clientId);
    if (record === undefined) {
      record = { chunks: [], bytes: 0 };
      kept.set(event.clientId, record);
    }
    const bytes = own(event.bytes.slice(0, limitBytes));
    record.chunks.push({ direction: event.type === 'bytesReceived' ? 'in' : 'out', atUs: event.atUs, bytes, cut: event.bytes.length - bytes.length });
    record.bytes += bytes.length;
    while (record.bytes > limitBytes) record.bytes -= record.chunks.shift()?.bytes.length ?? record.bytes;
  });
  return { chunks: (clientId) => kept.get(clientId)?.chunks ?? [], stop };
}
