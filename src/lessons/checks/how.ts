/*
 * How it was done
 * ---------------
 * Looks at the commands, not at the state: which were executed, how many, and whether the changes came in one
 * piece. What redis-cli sends on its own account counts for nothing.
 */
import { upper } from '../../engine/index.ts';
import type { HowCheck } from '../model.ts';
import type { HistoryEntry, Probe } from '../probe.ts';
import type { CheckKind, Judgement } from './kind.ts';
import { code, readable } from './reply-text.ts';

export const howKind: CheckKind<HowCheck> = {
  kind: 'how',
  dependsOnState: false,
  judge(check, _state, probe) {
    const done = learnersCommands(probe);
    const untried = done.length === 0;
    for (const name of check.notUsed ?? []) {
      const entry = done.find((each) => isCommand(each, name));
      if (entry !== undefined) return { passed: false, expected: `${code(name)} is not used`, found: `${code(lineOf(entry))} was executed`, decidedBy: entry };
    }
    for (const name of check.used ?? []) {
      if (!done.some((each) => isCommand(each, name))) return { passed: false, expected: `${code(name)} is used`, found: `it was not executed`, untried };
    }
    if (check.maxCommands !== undefined && done.length > check.maxCommands) {
      const entry = done[check.maxCommands];
      return { passed: false, expected: `at most ${check.maxCommands} ${check.maxCommands === 1 ? 'command' : 'commands'}`, found: `${done.length} were executed`, ...(entry === undefined ? {} : { decidedBy: entry }) };
    }
    if (check.atomic === true) {
      const verdict = judgeAtomic(done, untried);
      if (verdict !== undefined) return verdict;
    }
    // Without a positive condition there is nothing to have tried; it holds until it is broken.
    return { passed: true, expected: expectedText(check), found: `${done.length} ${done.length === 1 ? 'command was' : 'commands were'} executed` };
  },
};

/** All changes in one command or one transaction. */
function judgeAtomic(done: readonly HistoryEntry[], untried: boolean): Judgement | undefined {
  const changes = new Map<string, HistoryEntry>();
  for (const entry of done) {
    // EXEC tells the sum of what its commands changed; they have been counted one by one.
    if (entry.dirty > 0 && !isCommand(entry, 'EXEC')) changes.set(entry.transaction === undefined ? `c${entry.step}/${entry.atUs}` : `t${entry.transaction}`, entry);
  }
  const expected = 'all changes in one command or one transaction';
  if (changes.size === 0) return { passed: false, expected, found: 'nothing was changed', untried };
  if (changes.size === 1) return undefined;
  const second = [...changes.values()][1];
  return { passed: false, expected, found: `${changes.size} separate changes`, ...(second === undefined ? {} : { decidedBy: second }) };
}

function expectedText(check: HowCheck): string {
  const parts = [
    ...(check.used ?? []).map((name) => `${code(name)} is used`),
    ...(check.notUsed ?? []).map((name) => `${code(name)} is not used`),
    ...(check.maxCommands === undefined ? [] : [`at most ${check.maxCommands} commands`]),
    ...(check.atomic === true ? ['all changes in one command or one transaction'] : []),
  ];
  return parts.join(', ');
}

/** What the learner executed, without what programs send by themselves. */
export function learnersCommands(probe: Probe): HistoryEntry[] {
  return probe.history.filter((entry) => !entry.automatic);
}

/** 'SET' fits SET …; 'CONFIG SET' fits CONFIG SET …. */
export function isCommand(entry: HistoryEntry, name: string): boolean {
  return name.split(' ').every((word, index) => upper(entry.argv[index] ?? '') === word);
}

/** The command as typed, cut to a readable length. */
export function lineOf(entry: HistoryEntry): string {
  const text = entry.argv.map((word) => (word === '' || /[\s"']/.test(word) ? `"${readable(word)}"` : readable(word))).join(' ');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
