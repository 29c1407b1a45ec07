/*
 * What was executed
 * -----------------
 * Two readers of the same facts. The history is for checks: commands that came from the learner's
 * terminals since the start, numbered as steps. The log is for people: every command that a server of the
 * lab executed or refused, bounded, printed short.
 *
 * What redis-cli sends on its own account when it connects (HELLO, AUTH, SELECT, COMMAND DOCS) is marked
 * automatic. It is told apart by its cause: the learner's own command follows from keys that this very
 * redis-cli took after it was connected, or stands among the words it was started with.
 */
import { errorText, fold, upper } from '../engine/index.ts';
import type { Bytes, Reply } from '../engine/index.ts';
import type { HistoryEntry } from '../lessons/index.ts';
import type { RecordedEvent, Simulation } from '../simulation/index.ts';
import { printReply } from './print-reply.ts';
import type { LogEntry } from './protocol.ts';

/** One history entry with the moment it was executed in: the events of the simulation until then. */
export interface MomentEntry extends HistoryEntry {
  readonly executed: number;
}

interface Connection {
  /** Terminal of the process at the other end; '' when it has none. */
  readonly tty: string;
  readonly pid: number;
  readonly words: readonly Bytes[];
  /** Input that led to the connection. */
  readonly openedBy: number;
}

const MAX_HISTORY = 20_000;
const MAX_LOG = 1000;
const LOG_WORDS = 20;
const LOG_WORD_BYTES = 200;
const AUTOMATIC = new Set(['hello', 'auth', 'select', 'command docs', 'command', 'client setinfo', 'client setname', 'client no-touch']);

export class History {
  readonly entries: MomentEntry[] = [];
  readonly log: LogEntry[] = [];
  private steps = 0;
  private logIds = 0;
  private transactions = 1;
  private readonly connections = new Map<string, Connection>();

  /** From here on the learner's commands count; what came before belonged to the start. */
  begin(): void {
    this.entries.length = 0;
    this.steps = 0;
  }

  /** Takes a fact; returns the history's new entry if it made one. */
  take(recorded: RecordedEvent, simulation: Simulation): MomentEntry | undefined {
    const { event } = recorded;
    switch (event.type) {
      case 'clientConnected': {
        const process = simulation.clientProcess(recorded.host, event.address);
        this.connections.set(nameOf(recorded, event.clientId), {
          tty: process?.device?.id ?? '',
          pid: process?.pid ?? 0,
          words: process?.argv ?? [],
          openedBy: recorded.origin.input,
        });
        return undefined;
      }
      case 'clientDisconnected':
        this.connections.delete(nameOf(recorded, event.clientId));
        return undefined;
      case 'serverStopped':
        for (const name of this.connections.keys()) if (name.startsWith(`${recorded.host}:${recorded.port} `)) this.connections.delete(name);
        return undefined;
      case 'commandExecuted':
        return this.add(recorded, { ...event, transaction: event.inTransaction });
      case 'commandRejected':
        return this.add(recorded, { ...event, reply: { kind: 'error', text: event.error }, durationUs: 0, dirty: 0, transaction: false });
      default:
        return undefined;
    }
  }

  private add(
    recorded: RecordedEvent,
    command: { clientId: number; db: number; argv: readonly Bytes[]; reply: Reply; durationUs: number; dirty: number; transaction: boolean },
  ): MomentEntry | undefined {
    const connection = this.connections.get(nameOf(recorded, command.clientId));
    const automatic = connection !== undefined && isAutomatic(command.argv, connection, recorded);
    this.log.push({
      id: ++this.logIds,
      atUs: recorded.atUs,
      host: recorded.host,
      clientId: command.clientId,
      db: command.db,
      argv: command.argv.slice(0, LOG_WORDS).map((word) => word.slice(0, LOG_WORD_BYTES)),
      reply: printReply(command.reply),
      durationUs: command.durationUs,
      isWrite: command.dirty > 0,
      tty: connection?.tty ?? '',
      automatic,
    });
    if (this.log.length > 2 * MAX_LOG) this.log.splice(0, this.log.length - MAX_LOG);
    const tty = connection?.tty ?? '';
    let entry: MomentEntry | undefined;
    if (tty !== '') {
      entry = {
        step: automatic ? this.steps : ++this.steps,
        atUs: recorded.atUs,
        host: recorded.host,
        port: recorded.port,
        client: tty,
        db: command.db,
        argv: command.argv,
        reply: command.reply,
        dirty: command.dirty,
        ...(command.transaction ? { transaction: this.transactions } : {}),
        automatic,
        executed: recorded.executed,
      };
      this.entries.push(entry);
      if (this.entries.length > MAX_HISTORY + 1000) this.entries.splice(0, 1000);
    }
    // EXEC is announced after the commands it ran.
    if (!command.transaction && fold(command.argv[0] ?? '') === 'exec' && errorText(command.reply) === undefined) this.transactions++;
    return entry;
  }

  /** The newest `limit` rows with an id above `since`, oldest first. */
  logSince(since: number, limit: number): LogEntry[] {
    const fresh = this.log.filter((entry) => entry.id > since);
    return fresh.slice(Math.max(0, fresh.length - limit));
  }

  get lastLogId(): number {
    return this.logIds;
  }
}

function nameOf(recorded: RecordedEvent, clientId: number): string {
  return `${recorded.host}:${recorded.port} ${clientId}`;
}

function isAutomatic(argv: readonly Bytes[], connection: Connection, recorded: RecordedEvent): boolean {
  const first = fold(argv[0] ?? '');
  if (!AUTOMATIC.has(first) && !AUTOMATIC.has(`${first} ${fold(argv[1] ?? '')}`)) return false;
  const typedHere = recorded.origin.pid === connection.pid && recorded.origin.input !== connection.openedBy;
  const asArgument = connection.words.slice(1).some((word) => upper(word) === upper(first));
  return !typedHere && !asArgument;
}
