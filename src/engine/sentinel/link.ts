/*
 * Links to instances
 * ------------------
 * A Sentinel is a client like any other: a connection for commands, and to masters and replicas a second one that
 * is subscribed to the channel where Sentinels tell of themselves. Sentinels that share several masters share one
 * link, so an instance holds a link rather than being one.
 *
 * Commands are written at once and answered in order. What was asked before a connection ended is never answered.
 */
import type { Bytes } from '../bytes.ts';
import type { Socket } from '../env.ts';
import { encodeReply } from '../protocol/writer.ts';
import { ReplyParser, ReplyProtocolError, type ReceivedReply } from '../protocol/reply-parser.ts';
import type { Server } from '../server.ts';

/** One connection, from the moment that it is tried. */
export class Connection {
  private socket: Socket | undefined;
  private unsent: Bytes = '';
  private readonly parser = new ReplyParser();
  private readonly waiting: ((reply: ReceivedReply) => void)[] = [];
  private closed = false;
  private readonly server: Server;
  private readonly lost: () => void;
  /** Hears what comes without being asked for. */
  private readonly message: ((reply: ReceivedReply) => void) | undefined;

  constructor(server: Server, lost: () => void, message?: (reply: ReceivedReply) => void) {
    this.server = server;
    this.lost = lost;
    this.message = message;
  }

  /** Once its holder has it: that nobody is there can be known at once. */
  connect(address: Bytes): void {
    const { server } = this;
    server.env.network.connect(address, {
      open: (socket) => server.asEvent(() => this.opened(socket)),
      data: (chunk) => server.asEvent(() => this.received(chunk)),
      closed: () => server.asEvent(() => this.ended()),
    });
  }

  private opened(socket: Socket): void {
    if (this.closed) {
      socket.close();
      return;
    }
    this.socket = socket;
    if (this.unsent !== '') socket.send(this.unsent);
    this.unsent = '';
  }

  private received(chunk: Bytes): void {
    if (this.closed) return;
    try {
      for (const reply of this.parser.feed(chunk)) {
        const heard = this.waiting.shift() ?? this.message;
        heard?.(reply);
        // What was heard may have ended this connection.
        if (this.closed) return;
      }
    } catch (error) {
      if (!(error instanceof ReplyProtocolError)) throw error;
      this.close();
      this.lost();
    }
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.lost();
  }

  /** This side's address, once the connection stands. */
  get localIp(): Bytes | undefined {
    const local = this.socket?.local;
    // Brackets belong to the notation with a port, not to the address.
    return local?.slice(0, local.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  }

  ask(argv: readonly Bytes[], answered: (reply: ReceivedReply) => void): void {
    this.waiting.push(answered);
    this.send(argv);
  }

  /** A command whose answers come as messages. */
  send(argv: readonly Bytes[]): void {
    const bytes = encodeReply(argv, 2);
    if (this.socket === undefined) this.unsent += bytes;
    else this.socket.send(bytes);
  }

  /** Ended by this side: nobody is told. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket?.close();
  }
}

export class InstanceLink {
  /** How many instances use it: one, or one Sentinel under several masters. */
  users = 1;
  /** One of its connections is missing. */
  isDisconnected = true;
  commands: Connection | undefined = undefined;
  messages: Connection | undefined = undefined;
  pendingCommands = 0;
  commandsSinceMs = 0;
  messagesSinceMs = 0;
  lastMessageMs = 0;
  lastReconnectMs = 0;
  /** When the PING was sent that waits for an acceptable answer; 0: none does. */
  activePingMs: number;
  lastPingMs = 0;
  /** The last acceptable answer, and the last of any kind. */
  lastAvailableMs: number;
  lastPongMs: number;

  constructor(nowMs: number) {
    // A link begins as if it had just asked, so that what never answers is found down as well.
    this.activePingMs = nowMs;
    this.lastAvailableMs = nowMs;
    this.lastPongMs = nowMs;
  }

  /** Sends a command; false when there is no connection for it. */
  ask(argv: readonly Bytes[], answered: (reply: ReceivedReply) => void = () => {}): boolean {
    const connection = this.commands;
    if (connection === undefined) return false;
    this.pendingCommands++;
    connection.ask(argv, (reply) => {
      this.pendingCommands--;
      answered(reply);
    });
    return true;
  }

  closeCommands(): void {
    if (this.commands === undefined) return;
    this.commands.close();
    this.commands = undefined;
    this.pendingCommands = 0;
    this.isDisconnected = true;
  }

  closeMessages(): void {
    if (this.messages === undefined) return;
    this.messages.close();
    this.messages = undefined;
    this.isDisconnected = true;
  }

  /** An instance does without it from now on; the last one closes it. */
  release(): void {
    if (--this.users > 0) return;
    this.closeCommands();
    this.closeMessages();
  }
}
