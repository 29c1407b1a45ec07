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

/** Who receives: the append-only file, or replicas. */
export type Receiver = 'file' | 'replicas';

export interface PropagatedCommand {
  readonly db: number;
  readonly argv: readonly Bytes[];
  /** Only these are to have it (PUBLISH, redis.set_repl); undefined: everybody. */
  readonly only?: Receiver | undefined;
}

/** The command that removes a key where the server did so itself. `isLazy`: another thread shall free it there too. */
export function deletionOf(key: Bytes, isLazy: boolean): readonly Bytes[] {
  return [isLazy ? 'UNLINK' : 'DEL', key];
}

export interface PropagationTarget {
  /** Without one it receives whatever is told. */
  readonly receiver?: Receiver;
  /** At least one command, in order; the words may be slices of the input. */
  feed(unit: readonly PropagatedCommand[]): void;
}

export class Propagation {
  private readonly targets = new Set<PropagationTarget>();
  private pending: PropagatedCommand[] = [];
  /** The offset is counted by whoever writes the stream, in bytes, and not here. */
  countsBytes = false;
  /** What the running command is replaced with; undefined while it goes out as it came. */
  private instead: { readonly commands: readonly (readonly Bytes[])[]; readonly only: Receiver | undefined } | undefined;

  /**
   * How far the history of the dataset has come: the bytes of the replication stream, or, while nobody keeps
   * that, one more with each command that was told. The append-only file notes in its manifest where a file begins.
   */
  offset = 0;
  /** While the dataset is being loaded nothing is told: everybody has it already. Nor while a script wants it so (redis.set_repl). */
  muted = false;
  /** A script wants its writes told to these alone (redis.set_repl). */
  only: Receiver | undefined = undefined;

  /** Whether anybody receives: where not, callers need not prepare anything. */
  get active(): boolean {
    return this.targets.size > 0 && !this.muted;
  }

  /** The running unit has something to tell. */
  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  add(target: PropagationTarget): void {
    this.targets.add(target);
  }

  remove(target: PropagationTarget): void {
    this.targets.delete(target);
    if (this.targets.size === 0) this.pending = [];
  }

  propagateAs(commands: readonly (readonly Bytes[])[], only: Receiver | undefined = this.only): void {
    if (this.active) this.instead = { commands, only };
  }

  alsoPropagate(db: number, argv: readonly Bytes[]): void {
    if (this.active) this.pending.push({ db, argv, only: this.only });
  }

  /** Something for the subscribers at replicas: no file is to keep it. */
  sendMessage(db: number, argv: readonly Bytes[]): void {
    if (this.countsBytes && this.active && this.only !== 'file') this.pending.push({ db, argv, only: 'replicas' });
  }

  /** A command has run: what it was replaced with goes out, or, when it changed the dataset, the command itself. */
  commandOver(db: number, argv: readonly Bytes[], changed: boolean): void {
    const { instead } = this;
    this.instead = undefined;
    if (instead !== undefined) for (const each of instead.commands) this.pending.push({ db, argv: each, only: instead.only });
    else if (changed) this.pending.push({ db, argv, only: this.only });
  }

  /** A unit is over: a command with all it led to, or one removal of the expiry cycle. `isLoose`: each part of it is a unit by itself. */
  unitOver(isLoose = false): void {
    if (this.pending.length === 0) return;
    const unit = this.pending;
    this.pending = [];
    if (isLoose) {
      for (const each of unit) this.feed([each]);
    } else this.feed(unit);
  }

  private feed(unit: readonly PropagatedCommand[]): void {
    // MULTI and EXEC around several commands count as well.
    if (!this.countsBytes) this.offset += unit.length > 1 ? unit.length + 2 : 1;
    for (const target of this.targets) {
      const its = unit.filter(({ only }) => only === undefined || target.receiver === undefined || only === target.receiver);
      if (its.length > 0) target.feed(its);
    }
  }
}
