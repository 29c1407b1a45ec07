/*
 * Loading, in slices
 * ------------------
 * A large dataset takes long to load, and a server that is silent for so long would be taken for dead. So whatever
 * loads, a file at the start, DEBUG RELOAD, a replica its master's snapshot, is a generator: it yields whenever
 * loading-process-events-interval-bytes more are in memory. What has come meanwhile is heard then, before the next
 * slice. Only few commands are served (flag `loading`), all others are answered -LOADING. Timers wait for the end:
 * nothing expires, no cron runs.
 *
 * A load that needs one slice only is over when `run` returns, and nobody has noticed.
 *
 * With a dataset that takes the old one's place at the end (`isAsync`), the old one answers reads up to then.
 */
import type { Bytes } from '../bytes.ts';

/** What a yield means: so many bytes are loaded. 'starved': it must not go on before more has come. */
export type Loaded = number | 'starved';

export interface LoadingServer {
  readonly nowMs: number;
  /** Elements touched, turned into virtual time. */
  work(elements: number): void;
  later(us: number, what: string, fn: () => void, when: 'always'): () => void;
  /** Nothing that is changed from now on is told to others. */
  readonly propagation: { muted: boolean };
  readonly scripting: { readonly isBusy: boolean; defer(work: () => void): void };
  /** Between two slices. */
  betweenSlices(): void;
}

/** How far it is, for INFO. */
export interface LoadingProgress {
  readonly startedSeconds: number;
  /** 0 when it is not known. */
  readonly totalBytes: number;
  /** What the writer says that the dataset took in its memory, 0 when it does not. */
  usedMemoryBytes: number;
  loadedBytes: number;
  readonly isAsync: boolean;
}

/** The real server loads about so many bytes in the time that an element costs (docs/decisions/virtual-work.md). */
const BYTES_PER_ELEMENT = 4;

export class Loading {
  /** Undefined while nothing is loaded. */
  progress: LoadingProgress | undefined;
  /** Something is being loaded, perhaps in its first slice. */
  inProgress = false;
  private goOn: (() => void) | undefined;
  private readonly deferred: (() => void)[] = [];
  private readonly server: LoadingServer;

  constructor(server: LoadingServer) {
    this.server = server;
  }

  /** Most commands are refused. */
  get isBlocking(): boolean {
    return this.inProgress && this.progress?.isAsync !== true;
  }

  get isAsync(): boolean {
    return this.inProgress && this.progress?.isAsync === true;
  }

  /** Says how much there is to load. */
  begin(totalBytes: number, isAsync = false): void {
    this.progress = { startedSeconds: Math.floor(this.server.nowMs / 1000), totalBytes, usedMemoryBytes: 0, loadedBytes: 0, isAsync };
  }

  /** Loads; `done` hears of the end, at once if there is but one slice. */
  run<T>(work: Generator<Loaded, T>, done: (result: T) => void): void {
    const { server } = this;
    // DEBUG RELOAD at a replica whose snapshot comes just then: one after the other.
    if (this.inProgress) return this.defer(() => this.run(work, done));
    this.inProgress = true;
    server.propagation.muted = true;
    let chargedBytes = 0;
    const charge = (bytes: number): void => {
      if (bytes > chargedBytes) server.work(Math.floor((bytes - chargedBytes) / BYTES_PER_ELEMENT));
      chargedBytes = Math.max(bytes, chargedBytes);
    };
    const slice = (): void => {
      this.goOn = undefined;
      // A script may run in the dataset that still answers; all else waits for it.
      if (server.scripting.isBusy) return server.scripting.defer(slice);
      const step = work.next();
      if (step.done === true) {
        this.end();
        return done(step.value);
      }
      if (step.value === 'starved') {
        this.goOn = slice;
        return undefined;
      }
      if (this.progress !== undefined) this.progress.loadedBytes = step.value;
      charge(step.value);
      server.betweenSlices();
      server.later(0, 'loading goes on', slice, 'always');
      return undefined;
    };
    return slice();
  }

  /** What a starved load waited for has come. */
  feed(): void {
    this.goOn?.();
  }

  private end(): void {
    this.inProgress = false;
    this.progress = undefined;
    this.server.propagation.muted = false;
    // Each an event of its own, as it would have been.
    for (const work of this.deferred.splice(0)) this.server.later(0, 'waited for the dataset', work, 'always');
  }

  /** A timer that came due meanwhile waits. */
  defer(work: () => void): void {
    this.deferred.push(work);
  }

  /** A fact that the writer has left. */
  fact(name: Bytes, value: Bytes): void {
    if (name === 'used-mem' && this.progress !== undefined) this.progress.usedMemoryBytes = Number(value);
  }
}
