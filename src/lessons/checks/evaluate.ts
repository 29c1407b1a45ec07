/*
 * Evaluating checks
 * -----------------
 * For each check: judge the condition, tell "wrong" from "not tried yet" and from "the check is broken", choose
 * the author's message that fits, and, for the first that fails, find the command that caused it. Everything
 * runs on copies (probe.ts), so it may be done after every change.
 */
import type { Cause, Check, CheckResult } from '../model.ts';
import type { Probe, StateProbe } from '../probe.ts';
import { absentKind } from './absent.ts';
import { askKind } from './ask.ts';
import { causeOf, lastChangeOf, lastMomentOf } from './cause.ts';
import { keyOf, NoServer } from './facts.ts';
import { fileKind } from './file.ts';
import { fill, fit } from './found.ts';
import { howKind, learnersCommands } from './how.ts';
import { keyKind } from './key.ts';
import type { CheckKind, Judgement } from './kind.ts';
import { portKind } from './port.ts';
import { replyKind } from './reply.ts';
import { unchangedKind } from './unchanged.ts';

const KINDS: { readonly [K in Check['kind']]: CheckKind<Extract<Check, { kind: K }>> } = {
  reply: replyKind,
  key: keyKind,
  unchanged: unchangedKind,
  absent: absentKind,
  how: howKind,
  file: fileKind,
  port: portKind,
  ask: askKind,
};

/** All results, in the order of the checks. A cause is told of the first that fails, and of what held at the start and was broken. */
export function evaluateChecks(checks: readonly Check[], probe: Probe): CheckResult[] {
  let failedBefore = false;
  return checks.map((check) => {
    const result = evaluateCheck(check, probe, !failedBefore || heldAtStart(check, probe));
    if (!result.passed) failedBefore = true;
    return result;
  });
}

function heldAtStart(check: Check, probe: Probe): boolean {
  const kind = KINDS[check.kind] as CheckKind<Check>;
  try {
    return kind.dependsOnState && judge(kind, check, probe.initial, probe).passed;
  } catch {
    return false; // evaluateCheck tells of a check that cannot be made
  }
}

/** True when there is something to pass and all of it has passed. */
export function isSolved(results: readonly CheckResult[]): boolean {
  return results.length > 0 && results.every((result) => result.passed);
}

/** `withCause`: look for the cause, which costs a walk through the history. */
export function evaluateCheck(check: Check, probe: Probe, withCause: boolean): CheckResult {
  const base = { id: check.id, ...(check.task === undefined ? {} : { task: check.task }), say: check.say, ...(check.quiet === undefined ? {} : { quiet: check.quiet }) };
  try {
    const kind = KINDS[check.kind] as CheckKind<Check>;
    const judgement = judge(kind, check, probe.now, probe);
    if (judgement.passed) {
      return { ...base, passed: true, expected: judgement.expected, found: judgement.found, because: reasonOfChoice(check, probe) ?? '', specific: false, state: 'passed' };
    }
    const message = chooseMessage(check, probe, judgement);
    const cause = withCause ? (message.cause ?? findCause(kind, check, probe, judgement)) : message.cause;
    const untried = message.specific ? false : isUntried(kind, check, probe, judgement);
    return {
      ...base, passed: false, expected: judgement.expected, found: judgement.found,
      because: message.text, specific: message.specific, ...(message.index === undefined ? {} : { message: message.index }),
      ...(cause === undefined || untried ? {} : { cause }),
      state: untried || learnersDidNothing(check, probe) ? 'untried' : 'failed',
    };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return {
      ...base, passed: false, expected: check.say, found: 'the check itself failed',
      because: `This check could not be evaluated, which is no fault of yours: ${what}`,
      specific: false, state: 'broken',
    };
  }
}

/** A server that does not answer is something that was found, not a broken check. */
function judge(kind: CheckKind<Check>, check: Check, state: StateProbe, probe: Probe): Judgement {
  try {
    return kind.judge(check, state, probe);
  } catch (error) {
    if (!(error instanceof NoServer)) throw error;
    return { passed: false, expected: `a server answers at port ${error.port}`, found: `no server answers at port ${error.port}` };
  }
}

interface Message {
  text: string;
  specific: boolean;
  index?: number;
  cause?: Cause;
}

function chooseMessage(check: Check, probe: Probe, judgement: Judgement): Message {
  const reason = reasonOfChoice(check, probe);
  if (reason !== undefined) return { text: reason, specific: true };
  for (const [index, when] of check.when.entries()) {
    let found;
    try {
      found = fit(when.found, check, probe);
    } catch (error) {
      if (!(error instanceof NoServer)) throw error;
      continue;
    }
    if (found === undefined) continue;
    const values = new Map([...found.values, ['expected', judgement.expected]]);
    return { text: fill(when.say, values), specific: true, index, ...(found.cause === undefined ? {} : { cause: found.cause }) };
  }
  return { text: `Expected: ${judgement.expected}. Found: ${judgement.found}.`, specific: false };
}

/** What the author says of the chosen answer. */
function reasonOfChoice(check: Check, probe: Probe): string | undefined {
  if (check.kind !== 'ask') return undefined;
  const chosen = probe.answers[check.id];
  const say = chosen === undefined ? undefined : check.choices[chosen]?.say;
  return say === '' ? undefined : say;
}

/** The command that took the condition away; if it never held, the one that made things what they are. */
function findCause(kind: CheckKind<Check>, check: Check, probe: Probe, judgement: Judgement): Cause | undefined {
  if (judgement.decidedBy !== undefined) return causeOf(judgement.decidedBy);
  if (!kind.dependsOnState || probe.history.length === 0) return undefined;
  const lost = lastMomentOf(probe, (state) => kind.judge(check, state, probe).passed);
  if (lost?.cause !== undefined) return lost.cause;
  return lastChangeOf(probe, (state) => kind.judge(check, state, probe).found);
}

function learnersDidNothing(check: Check, probe: Probe): boolean {
  return check.kind !== 'ask' && check.kind !== 'file' && check.kind !== 'port' && learnersCommands(probe).length === 0;
}

/** As it was at the start, and nothing of the learner's has named the key. */
function isUntried(kind: CheckKind<Check>, check: Check, probe: Probe, judgement: Judgement): boolean {
  if (judgement.untried !== undefined) return judgement.untried;
  if (judgement.decidedBy !== undefined) return false;
  if (!kind.dependsOnState) return false;
  const atStart = judge(kind, check, probe.initial, probe);
  if (atStart.passed || atStart.found !== judgement.found) return false;
  const key = keyOf(check, probe.now);
  return key === undefined || !learnersCommands(probe).some((entry) => entry.argv.slice(1).includes(key));
}
