/*
 * CLIENT PAUSE
 * ------------
 * For a while no client's command runs (or none that writes): each stops at its first such command,
 * which waits, with all that follows it on the connection, until the time is over or CLIENT UNPAUSE.
 */
import type { Bytes } from './bytes.ts';
import { fold, own } from './bytes.ts';
import type { Client } from './client.ts';
import type { Command, ServerForCommands } from './command.ts';
import { isReplica } from './replication/replica-state.ts';

/** What the pause needs besides: to run a kept command, and to read on. */
export interface PauseHost extends ServerForCommands {
  processCommand(client: Client, argv: readonly Bytes[]): void;
  processInput(client: Client): void;
}

export class ClientPause {
  private readonly server: PauseHost;
  private current: { readonly untilMs: number; readonly kind: 'all' | 'write'; readonly cancel: () => void } | undefined;
  private readonly waiting = new Set<Client>();

  constructor(server: PauseHost) {
    this.server = server;
  }

  get inForce(): boolean {
    return this.current !== undefined;
  }

  /** A pause over a pause is at least as long and as strict. */
  begin(untilMs: number, kind: 'all' | 'write'): void {
    const until = Math.max(untilMs, this.current?.untilMs ?? 0);
    this.current?.cancel();
    const cancel = this.server.later(Math.max(0, until - this.server.nowMs) * 1000, 'client pause ends', () => this.end());
    this.current = { untilMs: until, kind: this.current?.kind === 'all' ? 'all' : kind, cancel };
  }

  end(): void {
    if (this.current === undefined) return;
    this.current.cancel();
    this.current = undefined;
    const clients = [...this.waiting];
    this.waiting.clear();
    for (const client of clients) client.blocked?.release();
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.waiting.delete(client);
  }

  /** The server leaves: the timer ends, who waits is not served. */
  stop(): void {
    this.current?.cancel();
  }

  mustWait(client: Client, command: Command): boolean {
    // A replica is never held back: it only tells how far it has come. Everybody else is, CLIENT UNPAUSE included.
    if (this.current === undefined || client.executing || isReplica(client)) return false;
    if (this.current.kind === 'all') return true;
    if (this.mayWrite(command, client.argv)) return true;
    return command.fullName === 'exec' && (client.queue ?? []).some((argv) => this.mayWrite(this.server.commands.lookup(fold(argv[0] ?? '')), argv));
  }

  private mayWrite(command: Command | undefined, argv: readonly Bytes[]): boolean {
    return command !== undefined && (command.isWrite || command.flags.has('may_replicate') || this.server.scripting.mayChangeData(command, argv));
  }

  /** Keeps the command and reads nothing more of its client until the pause ends. */
  postpone(client: Client, argv: readonly Bytes[]): void {
    const kept = argv.map(own);
    this.waiting.add(client);
    this.server.block(client, 'pause', () => {
      client.blocked = undefined;
      if (client.closed) return;
      this.server.processCommand(client, kept);
      this.server.processInput(client);
    });
  }
}
