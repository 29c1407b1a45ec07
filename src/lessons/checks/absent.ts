/* No key has such a name. */
import type { AbsentCheck } from '../model.ts';
import { keysMatching } from './facts.ts';
import type { CheckKind } from './kind.ts';
import { code, readable } from './reply-text.ts';

export const absentKind: CheckKind<AbsentCheck> = {
  kind: 'absent',
  dependsOnState: true,
  judge(check, state) {
    const names = keysMatching(state, check, check.pattern);
    const shown = names.slice(0, 4).map((name) => code(readable(name))).join(', ');
    const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
    return {
      passed: names.length === 0,
      expected: `no key matches ${code(readable(check.pattern))}`,
      found: names.length === 0 ? 'none does' : `there is ${shown}${more}`,
    };
  },
};
