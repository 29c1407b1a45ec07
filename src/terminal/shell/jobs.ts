/*
 * Jobs
 * ----
 * A job is a pipeline that was started: its processes and what became of them. The shell waits for the one
 * in front; the others get a number and are told of before the next prompt.
 */
import type { Bytes } from '../../engine/index.ts';

export interface JobProcess {
  readonly pid: number;
  state: 'running' | 'stopped' | 'ended';
}

export class Job {
  /** 0 while it runs in front and has no number. */
  id = 0;
  readonly source: Bytes;
  readonly processes: JobProcess[] = [];
  /** Exit code of the last command, which is the pipeline's. */
  status = 0;
  /** The signal that ended it, if one did. */
  signal: string | undefined;
  /** Told once: the job has ended, or all that is left of it has stopped. */
  waiting: (() => void) | undefined;
  /** The last word on its state was said to the person at the terminal. */
  told = false;

  constructor(source: Bytes) {
    this.source = source;
  }

  get state(): 'running' | 'stopped' | 'ended' {
    const left = this.processes.filter((process) => process.state !== 'ended');
    if (left.length === 0) return 'ended';
    return left.every((process) => process.state === 'stopped') ? 'stopped' : 'running';
  }

  /** The state of a process has changed. */
  changed(): void {
    if (this.state === 'running') return;
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.();
  }

  get livePids(): number[] {
    return this.processes.filter((process) => process.state !== 'ended').map((process) => process.pid);
  }
}

const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGTERM: 'Terminated', SIGKILL: 'Killed', SIGHUP: 'Hangup', SIGQUIT: 'Quit', SIGINT: 'Interrupt', SIGPIPE: 'Broken pipe',
};

export class JobTable {
  private readonly jobs: Job[] = [];

  /** Gives the job a number: it is not, or no longer, in front. */
  add(job: Job): void {
    if (job.id === 0) {
      job.id = Math.max(0, ...this.jobs.map((each) => each.id)) + 1;
      this.jobs.push(job);
    }
    job.told = false;
  }

  get all(): readonly Job[] {
    return this.jobs;
  }

  /** The job that `%1`, `%+`, `%name` or nothing at all means. */
  find(name: Bytes | undefined): Job | undefined {
    const live = this.jobs.filter((job) => job.state !== 'ended');
    if (name === undefined || name === '%' || name === '%%' || name === '%+') return live.findLast((job) => job.state === 'stopped') ?? live.at(-1);
    const wanted = name.startsWith('%') ? name.slice(1) : name;
    if (/^\d+$/.test(wanted)) return live.find((job) => job.id === Number(wanted));
    return live.findLast((job) => job.source.startsWith(wanted));
  }

  remove(job: Job): void {
    const at = this.jobs.indexOf(job);
    if (at >= 0) this.jobs.splice(at, 1);
    job.id = 0;
  }

  /** One line as `jobs` prints it. */
  describe(job: Job): Bytes {
    const current = this.find(undefined) ?? this.jobs.at(-1);
    const mark = job === current ? '+' : ' ';
    const ended = job.signal === undefined ? (job.status === 0 ? 'Done' : `Exit ${job.status}`) : (SIGNAL_WORDS[job.signal] ?? job.signal);
    const word = job.state === 'running' ? 'Running' : job.state === 'stopped' ? 'Stopped' : ended;
    return `[${job.id}]${mark}  ${word.padEnd(24)}${job.source}${job.state === 'running' ? ' &' : ''}\n`;
  }

  /** What became of jobs since the last prompt; the ended ones are forgotten. */
  takeNews(): Bytes {
    let news = '';
    for (const job of [...this.jobs]) {
      if (job.state !== 'ended') continue;
      if (!job.told) news += this.describe(job);
      this.remove(job);
    }
    return news;
  }
}

/** What a shell says when a signal has ended the job in front; nothing for the usual ones. */
export function obituary(signal: string): Bytes {
  if (signal === 'SIGINT') return '\n';
  return signal === 'SIGPIPE' ? '' : `${SIGNAL_WORDS[signal] ?? signal}\n`;
}
