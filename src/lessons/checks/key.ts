/*
 * A key is as it should be
 * ------------------------
 * Existence, type, lifetime, length, encoding, value, in this order: the first that does not hold is told,
 * because it explains the others.
 */
import type { KeyCheck } from '../model.ts';
import { KeyFacts, keysMatching } from './facts.ts';
import type { CheckKind, Judgement } from './kind.ts';
import { matcherText, matchesReply } from './reply-matcher.ts';
import { code, readable, replyText } from './reply-text.ts';

export const keyKind: CheckKind<KeyCheck> = {
  kind: 'key',
  dependsOnState: true,
  judge(check, state) {
    const facts = new KeyFacts(state, check, check.key);
    const name = code(readable(check.key));
    const verdict = (passed: boolean, expected: string, found: string): Judgement => ({ passed, expected, found });
    if (!check.exists) return verdict(!facts.exists, `there is no key ${name}`, facts.exists ? `${name} exists, a ${facts.type}` : `${name} does not exist`);
    if (!facts.exists) {
      const others = keysMatching(state, check, '*').slice(0, 5);
      const there = others.length === 0 ? 'the database is empty' : `there is ${others.map((key) => code(readable(key))).join(', ')}`;
      return verdict(false, `there is a key ${name}`, `${name} does not exist; ${there}`);
    }
    const conditions: (() => Judgement | undefined)[] = [
      () => (check.type === undefined ? undefined : verdict(facts.type === check.type, `${name} is a ${check.type}`, `it is a ${facts.type}`)),
      () => (check.ttl === undefined ? undefined : judgeTtl(name, facts.ttl, check.ttl)),
      () => (check.length === undefined ? undefined : verdict(within(facts.length, check.length), `${name} has the length ${rangeText(check.length)}`, `its length is ${facts.length}`)),
      () => (check.encoding === undefined ? undefined : verdict(facts.encoding === check.encoding, `${name} has the encoding ${code(check.encoding)}`, `its encoding is ${code(facts.encoding ?? 'none')}`)),
      () => (check.value === undefined ? undefined : verdict(matchesReply(facts.value, check.value), `${name} holds ${matcherText(check.value)}`, `it holds ${code(replyText(facts.value))}`)),
    ];
    let last = verdict(true, `there is a key ${name}`, `${name} exists`);
    for (const condition of conditions) {
      last = condition() ?? last;
      if (!last.passed) return last;
    }
    return last;
  },
};

export function within(value: number, range: { min: number; max: number }): boolean {
  return value >= range.min && value <= range.max;
}

function rangeText(range: { min: number; max: number }): string {
  return range.min === range.max ? String(range.min) : `${range.min} to ${range.max}`;
}

function judgeTtl(name: string, ttl: number | 'none', wanted: NonNullable<KeyCheck['ttl']>): Judgement {
  const found = ttl === 'none' ? 'it has no lifetime' : `it expires in ${ttl} seconds`;
  if (wanted === 'none') return { passed: ttl === 'none', expected: `${name} has no lifetime`, found };
  if (wanted === 'some') return { passed: ttl !== 'none', expected: `${name} has a lifetime`, found };
  return { passed: ttl !== 'none' && within(ttl, wanted), expected: `${name} expires in ${rangeText(wanted)} seconds`, found };
}
