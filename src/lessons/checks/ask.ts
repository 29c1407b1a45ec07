/* A question about what happened; the learner chooses an answer on the page. */
import type { AskCheck } from '../model.ts';
import type { CheckKind } from './kind.ts';

export const askKind: CheckKind<AskCheck> = {
  kind: 'ask',
  dependsOnState: false,
  judge(check, _state, probe) {
    const index = probe.answers[check.id];
    const chosen = index === undefined ? undefined : check.choices[index];
    if (chosen === undefined) return { passed: false, expected: 'an answer', found: 'no answer yet', untried: true };
    return { passed: chosen.right, expected: 'the right answer', found: `you chose “${chosen.text}”`, untried: false };
  },
};
