/*
 * One connection of redis-cli
 * ---------------------------
 * Sends commands as arrays of bulk strings and hands over each reply that comes back, in order. It
 * does not match replies with commands: what a reply belongs to depends on the mode (MONITOR and
 * SUBSCRIBE answer without end), and that is the session's business.
 */
import type { Bytes, Network, Socket } from '../../../engine/index.ts';
import { type ReceivedReply, ReplyParser, ReplyProtocolError } from '../../../engine/protocol/index.ts';

/** The type bytes that redis-cli 8.0's client library reads: all but blob errors and attributes. */
export const UNDERSTOOD_TYPES = '+-:$*%~>,#=(_';

export interface ConnectionEvents {
  opened(): void;
  /** It never stood: what the operating system said. */
  refused(problem: string): void;
  replied(reply: ReceivedReply): void;
  /** It stood and is gone, or sent something that is no reply. */
  lost(problem: string): void;
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  refused: 'Connection refused', 'unknown host': 'Name or service not known', reset: 'Connection reset by peer',
  timeout: 'Connection timed out', unreachable: 'No route to host',
};

export class Connection {
  private readonly parser = new ReplyParser(UNDERSTOOD_TYPES);
  private readonly events: ConnectionEvents;
  private socket: Socket | undefined;
  private over = false;

  constructor(network: Network, address: string, events: ConnectionEvents) {
    this.events = events;
    network.connect(address, {
      open: (socket) => {
        if (this.over) {
          socket.close();
          return;
        }
        this.socket = socket;
        events.opened();
      },
      data: (chunk) => this.received(chunk),
      closed: (reason) => {
        if (this.over) return;
        this.over = true;
        if (this.socket === undefined) events.refused(SYSTEM_MESSAGES[reason] ?? reason);
        else events.lost('Server closed the connection');
      },
    });
  }

  /** Nothing more comes. */
  get isOver(): boolean {
    return this.over;
  }

  /** The other side's address, always in figures. */
  get peer(): Bytes | undefined {
    return this.socket?.peer;
  }

  send(argv: readonly Bytes[]): void {
    this.socket?.send(`*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  }

  /** Nothing more is heard of it. */
  close(): void {
    this.over = true;
    this.socket?.close();
  }

  private received(chunk: Bytes): void {
    if (this.over) return;
    let replies: ReceivedReply[];
    try {
      replies = this.parser.feed(chunk);
    } catch (problem) {
      if (!(problem instanceof ReplyProtocolError)) throw problem;
      this.close();
      this.events.lost(problem.message);
      return;
    }
    for (const reply of replies) {
      if (this.over) return;
      this.events.replied(reply);
    }
  }
}
