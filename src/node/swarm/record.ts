/*
 * The record of a long run
 * ------------------------
 * One line for each seed, written when it is over: seed, kind, the commit it ran on, its hash, milliseconds, and what
 * was broken when something was. A run that was ended goes on behind the last of them, and the file says for ever how
 * many seeds of which commit have held.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Kind } from './plan.ts';
import type { Outcome } from './run.ts';

const WELL = 'well';

/** The commit that runs, with a `+` behind it when files differ from it. */
function commit(): string {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

export class SeedRecord {
  private readonly path: string;
  private readonly commit = commit();
  /** The seeds that it has. */
  readonly seeds: ReadonlySet<number>;

  constructor(path: string) {
    this.path = path;
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter((line) => line !== '') : [];
    this.seeds = new Set(lines.map((line) => Number(line.split(' ')[0])));
  }

  add(seed: number, kind: Kind, { hash, problem }: Outcome, ms: number): void {
    appendFileSync(this.path, `${seed} ${kind} ${this.commit} ${hash} ${Math.round(ms)} ${problem === undefined ? WELL : problem.rule.replaceAll(' ', '-')}\n`);
  }
}

/** `75 s`, `12 min`, `3 h 5 min`. */
export function inWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return seconds < 120 ? `${Math.round(seconds)} s` : minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
