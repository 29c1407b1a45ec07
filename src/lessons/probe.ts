/*
 * What a check may ask
 * --------------------
 * A check never looks at the learner's server itself: a GET by the checker would show up in MONITOR and in
 * the statistics, and could expire a key. It asks a probe. The lab implements it (src/lab): `now` answers
 * from a copy of the state, `initial` from a copy of the state right after the item's start, `after(i)`
 * from a copy as it was right after command i of the history.
 *
 * A probe may throw; the check then reads as broken, never as failed.
 */
import type { Bytes, Reply } from '../engine/index.ts';

/** The world at one moment. Answers are computed on copies, so asking changes nothing. */
export interface StateProbe {
  /**
   * The reply of the server that listens at `port` of `host`, or undefined when none does. Runs as a
   * client with all rights and no statistics; `now` of the server is the moment's virtual time.
   */
  run(argv: readonly Bytes[], where: { host: string; port: number; db: number }): Reply | undefined;
  /** A file's content, or undefined when there is none. Relative paths are taken from the learner's home. */
  file(path: string, host: string): Bytes | undefined;
}

/** One command that a learner's client had executed or refused, in order of execution. */
export interface HistoryEntry {
  /** Number of the learner's command, from 1. */
  step: number;
  atUs: number;
  host: string;
  port: number;
  /** Name of the terminal or client that sent it. */
  client: string;
  db: number;
  argv: readonly Bytes[];
  reply: Reply;
  /** Changes it made to the data set. */
  dirty: number;
  /** Executed by EXEC; entries with the same number belong to one transaction. */
  transaction?: number;
  /**
   * Sent by a program on its own account, not asked for by the learner: what redis-cli sends when it connects
   * (HELLO, AUTH, SELECT, COMMAND DOCS). Such an entry counts for nothing.
   */
  automatic: boolean;
}

export interface Probe {
  readonly now: StateProbe;
  readonly initial: StateProbe;
  /** What was executed since the start, oldest first; the start's own steps are not in it. */
  readonly history: readonly HistoryEntry[];
  /** The state right after `history[index]`; undefined when it can no longer be made (history cut off). */
  after(index: number): StateProbe | undefined;
  /** Chosen answers of `ask` checks: check id → index of the choice. */
  readonly answers: Readonly<Record<string, number>>;
}
