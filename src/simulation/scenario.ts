/*
 * A simulation as data
 * --------------------
 * A scenario is what an author writes and what a recording starts from: the hosts, the files on their
 * disks and the programs that run when the learner arrives. A step is one thing done to a running
 * scenario; starts, solutions and wrong attempts of exercises are lists of steps.
 */
export interface HostSpec {
  name: string;
  /** Path → content (text; becomes UTF-8 bytes). */
  files?: Readonly<Record<string, string>>;
  /** Command lines given to the shell at boot, each in the background, in order. */
  run?: readonly string[];
  memoryBytes?: number;
  cpus?: number;
}

export interface Scenario {
  seed: number;
  hosts: readonly HostSpec[];
  /** Wall clock at virtual time 0, milliseconds since 1970. */
  epochMs?: number;
}

export type Step =
  /** A command line as typed at redis-cli's prompt, by the named client (default: the first). */
  | { kind: 'redis'; text: string; client?: string }
  /** A line typed at the shell of the first host. */
  | { kind: 'shell'; text: string; client?: string }
  /** Virtual time passes. */
  | { kind: 'wait'; us: number }
  /** The server on 6379 is shut down gracefully and started again. */
  | { kind: 'restart' };
