/*
 * Problems
 * --------
 * An author's mistake is told with its place and its remedy. The compiler never throws for what an author
 * wrote and never leaves anything out silently: it notes a problem and goes on, so that one run shows all.
 */
export interface Problem {
  /** Path from the root of the repository: content/01-fundamentals/… */
  file: string;
  /** From 1. */
  line: number;
  column?: number;
  what: string;
  /** What to do about it. */
  fix: string;
  /** A warning does not fail the build. */
  level: 'error' | 'warning';
}

/** Collects problems of one file; `at` moves lines of a part to lines of the file. */
export class Reporter {
  readonly file: string;
  private readonly into: Problem[];

  constructor(file: string, into: Problem[]) {
    this.file = file;
    this.into = into;
  }

  error(line: number, what: string, fix: string, column?: number): void {
    this.into.push({ file: this.file, line, what, fix, level: 'error', ...(column === undefined ? {} : { column }) });
  }

  warning(line: number, what: string, fix: string): void {
    this.into.push({ file: this.file, line, what, fix, level: 'warning' });
  }
}

/** `file:line: what — fix`, as content:check prints it. */
export function formatProblem(problem: Problem): string {
  const column = problem.column === undefined ? '' : `:${problem.column}`;
  const level = problem.level === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}${column}: ${level}${problem.what} — ${problem.fix}`;
}

/** By file and line, so that two runs print the same. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...problems].sort((a, b) => compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || compare(a.what, b.what));
}
