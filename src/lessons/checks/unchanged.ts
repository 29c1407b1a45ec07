/*
 * Keys that must be as they were
 * ------------------------------
 * Compares each key of the start that matches with what it is now: the value (as DUMP serialises it, which
 * leaves nothing out) and the moment at which it expires. A key whose time has passed by itself is as it
 * should be.
 */
import type { Bytes } from '../../engine/index.ts';
import type { UnchangedCheck } from '../model.ts';
import type { StateProbe } from '../probe.ts';
import { ask, KeyFacts, keysMatching } from './facts.ts';
import type { CheckKind } from './kind.ts';
import { asBytes, asList } from './reply-matcher.ts';
import { code, readable, replyText } from './reply-text.ts';

export const unchangedKind: CheckKind<UnchangedCheck> = {
  kind: 'unchanged',
  dependsOnState: true,
  judge(check, state, probe) {
    const names = keysMatching(probe.initial, check, check.pattern);
    const shown = names.slice(0, 4).map((name) => code(readable(name))).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '');
    const expected = names.length === 0 ? 'nothing to keep' : `${shown} as at the start`;
    for (const name of names) {
      const difference = compareKey(check, name, probe.initial, state);
      if (difference !== undefined) return { passed: false, expected, found: difference };
    }
    return { passed: true, expected, found: 'all as at the start' };
  },
};

function compareKey(check: UnchangedCheck, key: Bytes, before: StateProbe, after: StateProbe): string | undefined {
  const name = code(readable(key));
  const deadline = (state: StateProbe): number => Number(asBytes(ask(state, check, ['PEXPIRETIME', key])) ?? '-2');
  const was = new KeyFacts(before, check, key);
  const is = new KeyFacts(after, check, key);
  const wasDeadline = deadline(before);
  if (!is.exists) {
    return wasDeadline > 0 && wasDeadline <= wallMs(after, check) ? undefined : `${name} is gone`;
  }
  if (is.type !== was.type) return `${name} was a ${was.type} and is a ${is.type}`;
  const dump = (state: StateProbe): string | undefined => asBytes(ask(state, check, ['DUMP', key]));
  if (dump(before) !== dump(after) && replyText(was.value) !== replyText(is.value)) return `${name} was ${code(replyText(was.value))} and is ${code(replyText(is.value))}`;
  if (dump(before) !== dump(after) && asBytes(was.value) !== asBytes(is.value)) return `${name} holds another value`;
  if (deadline(after) !== wasDeadline) {
    if (wasDeadline < 0) return `${name} has got a lifetime`;
    return deadline(after) < 0 ? `${name} has lost its lifetime` : `${name} has got another lifetime`;
  }
  return undefined;
}

function wallMs(state: StateProbe, check: UnchangedCheck): number {
  const [seconds, micros] = (asList(ask(state, check, ['TIME'])) ?? []).map((part) => Number(asBytes(part) ?? '0'));
  return (seconds ?? 0) * 1000 + Math.floor((micros ?? 0) / 1000);
}
