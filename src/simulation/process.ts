/*
 * Programs and processes
 * ----------------------
 * A host runs programs: the shell, redis-server, redis-cli, cat. A program is a name and a `run`
 * that is called once per start; everything after that happens in callbacks, one event at a time.
 * No promises: a `then` would run outside the event queue and could not be paused or replayed.
 *
 * A terminal is only a TTY: bytes in, bytes out. Pipes and redirects are streams of the same shape,
 * so a program never knows whether it talks to a person, a file or another program, save by `isTty`.
 */
import type { Bytes, Disk, DiskError, Env, Micros, Server, Socket, SocketEvents } from '../engine/index.ts';
import type { FaultOutcome } from './faults.ts';
import type { PacketFilter } from './packet-filter.ts';
import type { Units } from './units.ts';

/** Where a program writes: a terminal, a pipe or a file. */
export interface Output {
  readonly isTty: boolean;
  /**
   * A terminal turns each lone `\n` into `\r\n`, in both modes; programs write plain lines. Writing to a
   * full pipe lets this event end, and the process then gets no further event until the reader has taken
   * some: as a blocking write would. Writing to a pipe that nobody reads any more brings SIGPIPE.
   */
  write(bytes: Bytes): void;
  /** No more will come: the reader of a pipe sees the end. */
  close(): void;
}

/**
 * Where a program reads. Handlers replace the earlier ones; bytes that came before are kept for the first.
 * A terminal gives its bytes to the process in front, and only once that one has asked with `onData`:
 * what is typed ahead of a program that never reads (sleep) waits for the shell. Chunks end after each
 * Enter, so that a pasted second line reaches the program which the first line has started.
 */
export interface Input {
  readonly isTty: boolean;
  onData(handler: (bytes: Bytes) => void): void;
  onEnd(handler: () => void): void;
}

/** The terminal a process belongs to, if any. */
export interface Tty {
  size(): { columns: number; rows: number };
  onResize(handler: (size: { columns: number; rows: number }) => void): void;
  /**
   * `raw`: bytes reach the program as typed (line editors). `cooked`: the terminal echoes, edits the
   * line with backspace and hands over whole lines; Ctrl-D ends the input (cat).
   * In both modes Ctrl-C becomes SIGINT unless `keepSignals` is false.
   */
  setMode(mode: 'raw' | 'cooked', keepSignals?: boolean): void;
  /**
   * A line editor says that it waits for a line under this prompt (`127.0.0.1:6379> `), and with
   * undefined that the line was entered or given up. Run buttons type when a prompt stands; it
   * prints nothing.
   */
  prompting(prompt: string | undefined): void;
}

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP' | 'SIGQUIT' | 'SIGPIPE' | 'SIGTSTP' | 'SIGCONT';

/** One running program on one host. */
export interface Process {
  readonly pid: number;
  readonly argv: readonly Bytes[];
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly tty: Tty | undefined;
  /** The world as a server needs it: clock, random, disk, network of this host. */
  readonly env: Env;
  readonly host: HostForPrograms;
  /** Listens on a port of this host; false when the address is in use. Closed by exit. */
  listen(port: number, accept: (socket: Socket) => SocketEvents): boolean;
  stopListening(port: number): void;
  /** Handler for a signal; without one, SIGINT/SIGTERM/SIGHUP/SIGPIPE/SIGQUIT end the process (128 + number). */
  onSignal(signal: Signal, handler: () => void): void;
  /** Starts another program; its `exited` is called with the exit code. */
  spawn(options: SpawnOptions): Process | undefined;
  signal(signal: Signal): void;
  /** A new pipe. What is written to `output` by the processes started with it is read from `input`; it ends when the last of them has. */
  pipe(): { input: Input; output: Output };
  /** A file as standard input (`<`), read at once. */
  openInput(path: string): Input | DiskError;
  /** A file as standard output (`>`, `>>`); emptied or made at once. */
  openOutput(path: string, how: 'truncate' | 'append'): Output | DiskError;
  /** Continues stopped children (SIGCONT) as the foreground of this process's terminal: the shell's `fg`. */
  continueInForeground(pids: readonly number[]): void;
  /** Tells the host that this process is a Redis server, so that pictures and checks can look at it. Ends with the process. */
  serves(server: Server, port: number): void;
  /** Detaches from terminal and parent (daemonize): the parent sees exit 0, the process lives on. */
  detach(): void;
  /** Path made absolute against the working directory, `.` and `..` resolved. */
  resolve(path: string): string;
  exit(code: number): void;
}

export interface SpawnOptions {
  argv: readonly Bytes[];
  stdin?: Input;
  stdout?: Output;
  stderr?: Output;
  /**
   * Becomes the foreground process of the parent's terminal: gets its keys and its Ctrl-C. Several started
   * by one parent while the first still lives (a pipeline) form one foreground group.
   */
  foreground?: boolean;
  workingDirectory?: string;
  environment?: ReadonlyMap<string, string>;
  exited?: (code: number, signal?: Signal) => void;
  /** Ctrl-Z or SIGTSTP has stopped it; the terminal is the parent's again. */
  stopped?: () => void;
}

/** What programs may see of their host. */
export interface HostForPrograms {
  readonly name: string;
  readonly disk: Disk;
  /** Names of the programs that can be started here. */
  programs(): string[];
  processes(): ProcessRow[];
  kill(pid: number, signal: Signal): boolean;
  /** What only a simulated machine has; undefined where the program runs on a real one. */
  readonly machine: MachineForPrograms | undefined;
  /** Lets something go wrong anywhere in the simulation: see faults.ts. */
  fault(text: string): FaultOutcome;
}

/** A simulated machine, as its programs reach it. */
export interface MachineForPrograms {
  /** Memory that a process holds. */
  residentBytes(pid: number): number;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** The machines of the network, by name, this one among them. */
  readonly neighbours: readonly { readonly name: string; readonly address: string }[];
  /** The packet filter of this machine; after a change `filterChanged` lets pass what now may. */
  readonly packetFilter: PacketFilter;
  filterChanged(): void;
  /** The services of this machine. */
  readonly units: Units;
  /** Words that may follow those of a command line, as the program that it names tells them. */
  wordsAfter(argv: readonly Bytes[]): Bytes[];
  /** A new terminal with a session on it, which ends with the process that asks; undefined when there is no such program. */
  openSession(options: SessionOptions): Session | undefined;
}

/** A process as `ps` and `top` see it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly Bytes[];
  readonly state: 'running' | 'stopped';
  readonly startedAtUs: Micros;
  readonly listening: number[];
  /** CPU time it has used. */
  readonly cpuUs: Micros;
  /** It is at work at this moment, or has work that waits. */
  readonly busy: boolean;
}

/** A terminal that a program holds the other end of, with the session on it. */
export interface Session {
  type(bytes: Bytes): void;
  resize(columns: number, rows: number): void;
  /** Hangs up: SIGHUP to every process of the session. */
  close(): void;
}

export interface SessionOptions {
  readonly argv: readonly Bytes[];
  readonly columns: number;
  readonly rows: number;
  /** Bytes for the screen. */
  output(bytes: Bytes): void;
  /** The prompt that the program in front waits at; undefined while it works. */
  prompting(prompt: string | undefined): void;
  ended(code: number): void;
}

/** A program: what `argv[0]` names. `run` is called in an event of its own. */
export interface Program {
  readonly name: string;
  /** One line for `help`. */
  readonly summary: string;
  /** The help page, in our own words, as plain text lines; read by `man` and `--help` where it has none of its own. */
  readonly manual?: string;
  /** What Tab offers behind the words typed so far (the program's name the first of them); files when it has nothing to say. */
  completions?(argv: readonly Bytes[], host: HostForPrograms): readonly Bytes[];
  run(process: Process): void;
}
