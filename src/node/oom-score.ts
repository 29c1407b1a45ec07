/*
 * oom-score-adj
 * -------------
 * Tells Linux whom to end first when memory is gone: a child rather than a replica, a replica rather than a master.
 * What the process had before is the base of `yes` and `relative`, and is given back by `no`.
 */
import * as fs from 'node:fs';
import type { Config, DirectiveValue } from '../engine/index.ts';

const MOST = 1000;
const REFUSED = 'Failed to set current oom_score_adj. Check server logs.';
/** Places in oom-score-adj-values. */
const MASTER = 0;
const REPLICA = 1;
const CHILD = 2;

const fileOf = (pid: number | 'self'): string => `/proc/${pid}/oom_score_adj`;

export class OomScore {
  private readonly config: Config;
  /** The score before it was touched; undefined while it is not. */
  private base: number | undefined;

  constructor(config: Config) {
    this.config = config;
    // At first, when this server becomes a replica or a master, and when CONFIG SET takes a value back.
    for (const name of ['replicaof', 'oom-score-adj', 'oom-score-adj-values']) config.follow(name, () => void this.apply());
  }

  /** CONFIG SET: why the value cannot be had; undefined when it is in force already. */
  refuses(name: string, value: DirectiveValue): string | undefined {
    if (name === 'oom-score-adj') return this.apply(String(value)) ? undefined : REFUSED;
    if (name === 'oom-score-adj-values') return this.apply(undefined, String(value)) ? undefined : REFUSED;
    return undefined;
  }

  /** A child has been started. */
  begun(pid: number): void {
    const score = this.score(CHILD);
    if (score !== undefined) write(pid, score);
  }

  private score(place: number, mode = this.config.text('oom-score-adj'), values = this.config.text('oom-score-adj-values')): number | undefined {
    if (mode === 'no' || this.base === undefined) return undefined;
    const wanted = Number(values.split(' ')[place]) + (mode === 'absolute' ? 0 : this.base);
    return Math.max(-MOST, Math.min(MOST, wanted));
  }

  private apply(mode = this.config.text('oom-score-adj'), values?: string): boolean {
    const before = this.base;
    if (mode === 'no') {
      this.base = undefined;
      return before === undefined || write('self', before);
    }
    this.base ??= read();
    const score = this.score(this.config.text('replicaof') === '' ? MASTER : REPLICA, mode, values);
    if (score !== undefined && write('self', score)) return true;
    this.base = before;
    return false;
  }
}

function read(): number | undefined {
  try {
    return Number(fs.readFileSync(fileOf('self'), 'utf8'));
  } catch {
    return undefined;
  }
}

function write(pid: number | 'self', score: number): boolean {
  try {
    fs.writeFileSync(fileOf(pid), String(score));
    return true;
  } catch {
    return false;
  }
}
