/*
 * What others must run to have the same data
 * ------------------------------------------
 * The append-only file and replicas receive the commands that changed the dataset. Most of them go out as
 * the client sent them. A handler whose outcome depends on chance, on the time or on who waited says what
 * stands in its place:
 *
 *     SPOP s          propagateAs(['SREM', 's', member])
 *     EXPIRE k 10     propagateAs(['PEXPIREAT', 'k', deadline])
 *     a key expires   alsoPropagate(db, ['DEL', key])
 *
 * What belongs together, as all commands of an EXEC do, is handed over as one unit: whoever receives it
 * must make all of it true or nothing. Without a receiver nothing is gathered.
 */
import type { Bytes } from './bytes.ts';

export interface PropagatedCommand {
  readonly db: number;
  readonly argv: readonly Bytes[];
  /** It changes no data: a message to subscribers, who may listen at a replica. */
  readonly isMessage?: boolean;
}

/** The command that removes a key where the server did so itself. `isLazy`: another thread shall free it there too. */
export function deletionOf(key: Bytes, isLazy: boolean): readonly Bytes[] {
  return [isLazy ? 'UNLINK' : 'DEL', key];
}

export interface PropagationTarget {
  /** At least one command, in order; the words may be slices of the input. */
  feed(unit: readonly PropagatedCommand[]): void;
}

export class Propagation {
  private readonly targets = new Set<PropagationTarget>();
  private pending: PropagatedCommand[] = [];
  /** The offset is counted by whoever writes the stream, in bytes, and not here. */
  countsBytes = false;
  /** What the running command is replaced with; undefined while it goes out as it came. */
  private instead: readonly (readonly Bytes[])[] | undefined;

  /**
   * How far the history of the dataset has come: the bytes of the replication stream, or, while nobody keeps
   * that, one more with each command that was told. The append-only file notes in its manifest where a file begins.
   */
  offset = 0;
  /** While the dataset is being loaded nothing is told: everybody has it already. Nor while a script wants it so (redis.set_repl). */
  muted = false;

  /** Whether anybody receives: where not, callers need not prepare anything. */
  get active(): boolean {
    return this.targets.size > 0 && !this.muted;
  }

  add(target: PropagationTarget): void {
    this.targets.add(target);
  }

  remove(target: PropagationTarget): void {
    this.targets.delete(target);
    if (this.targets.size === 0) this.pending = [];
  }

  propagateAs(commands: readonly (readonly Bytes[])[]): void {
    if (this.active) this.instead = commands;
  }

  alsoPropagate(db: number, argv: readonly Bytes[]): void {
    if (this.active) this.pending.push({ db, argv });
  }

  /** Something for the subscribers at replicas: no file is to keep it. */
  sendMessage(db: number, argv: readonly Bytes[]): void {
    if (this.countsBytes && this.active) this.pending.push({ db, argv, isMessage: true });
  }

  /** A command has run: what it was replaced with goes out, or, when it changed the dataset, the command itself. */
  commandOver(db: number, argv: readonly Bytes[], changed: boolean): void {
    const { instead } = this;
    this.instead = undefined;
    if (instead !== undefined) for (const each of instead) this.pending.push({ db, argv: each });
    else if (changed) this.pending.push({ db, argv });
  }

  /** A unit is over: a command with all it led to, or one removal of the expiry cycle. */
  unitOver(): void {
    if (this.pending.length === 0) return;
    const unit = this.pending;
    this.pending = [];
    // MULTI and EXEC around several commands count as well.
    if (!this.countsBytes) this.offset += unit.length > 1 ? unit.length + 2 : 1;
    for (const target of this.targets) target.feed(unit);
  }
}
