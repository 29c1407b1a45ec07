/*
 * Programs that are told
 * ----------------------
 * A master may name a program that hears of every warning, and one that hears when its address changes. They are
 * queued and run a few at a time. Exit code 1, or an end by a signal, asks to be run again later, each time after
 * twice as long; any other code but 0 says that it is of no use to try again.
 */
import type { Bytes } from '../bytes.ts';
import type { Address } from './addresses.ts';
import type { Master } from './instance.ts';
import type { Sentinel } from './sentinel.ts';

const MAX_QUEUE = 256;
const MAX_RUNNING = 16;
const MAX_TRIES = 10;
/** What a child exits with that could not become the program. */
const CANNOT_RUN = 2;

export interface ScriptJob {
  readonly argv: readonly Bytes[];
  tries: number;
  /** When it began, or shall be tried again; 0: as soon as there is room. */
  atMs: number;
  running: { readonly pid: number; kill(): void } | undefined;
  /** How it has ended, until the timer takes notice. */
  ended: { readonly code: number; readonly signal: number } | undefined;
}

export class Scripts {
  readonly jobs: ScriptJob[] = [];
  private readonly sentinel: Sentinel;

  constructor(sentinel: Sentinel) {
    this.sentinel = sentinel;
  }

  get running(): number {
    return this.jobs.filter(({ running }) => running !== undefined).length;
  }

  schedule(argv: readonly Bytes[]): void {
    this.jobs.push({ argv, tries: 0, atMs: 0, running: undefined, ended: undefined });
    if (this.jobs.length <= MAX_QUEUE) return;
    const oldest = this.jobs.findIndex(({ running }) => running === undefined);
    if (oldest >= 0) this.jobs.splice(oldest, 1);
  }

  /** At every turn of the timer: starts what is due, takes notice of what has ended, ends what takes too long. */
  run(): void {
    const { nowMs } = this.sentinel;
    for (const job of this.jobs) {
      if (this.running >= MAX_RUNNING) break;
      if (job.running === undefined && job.atMs <= nowMs) this.begin(job);
    }
    for (const job of [...this.jobs]) if (job.ended !== undefined) this.over(job, job.ended);
    for (const { running, atMs, argv } of this.jobs) {
      if (running === undefined || nowMs - atMs <= this.sentinel.times.scriptMaxRuntime) continue;
      this.sentinel.announce('warning', '-script-timeout', `${argv[0]} ${running.pid}`);
      running.kill();
    }
  }

  private begin(job: ScriptJob): void {
    const { sentinel } = this;
    job.atMs = sentinel.nowMs;
    job.tries++;
    const { env } = sentinel.server;
    const child = env.run?.(job.argv, (code, signal) => (job.ended = { code, signal }));
    job.running = child ?? { pid: 0, kill: () => {} };
    if (child === undefined) job.ended = { code: CANNOT_RUN, signal: 0 };
    sentinel.announce('debug', '+script-child', String(job.running.pid));
  }

  private over(job: ScriptJob, { code, signal }: NonNullable<ScriptJob['ended']>): void {
    const { sentinel } = this;
    sentinel.announce('debug', '-script-child', `${job.running?.pid ?? 0} ${code} ${signal}`);
    job.running = undefined;
    job.ended = undefined;
    if ((signal !== 0 || code === 1) && job.tries !== MAX_TRIES) {
      job.atMs = sentinel.nowMs + sentinel.times.scriptRetryDelay * 2 ** (job.tries - 1);
      return;
    }
    this.jobs.splice(this.jobs.indexOf(job), 1);
    if (signal !== 0 || code !== 0) sentinel.announce('warning', '-script-error', `${job.argv[0]} ${signal} ${code}`);
  }

  stop(): void {
    for (const { running } of this.jobs) running?.kill();
    this.jobs.length = 0;
  }
}

/** Tells the master's program that its address changes, and in what role this Sentinel knows. */
export function callReconfigScript(sentinel: Sentinel, master: Master, role: 'leader' | 'observer', from: Address, to: Address): void {
  if (master.clientReconfigScript === undefined) return;
  sentinel.scripts.schedule([master.clientReconfigScript, master.name, role, 'start', sentinel.shownHost(from), String(from.port), sentinel.shownHost(to), String(to.port)]);
}
