/* A server answers at a port, or none does. */
import type { PortCheck } from '../model.ts';
import type { CheckKind } from './kind.ts';

export const portKind: CheckKind<PortCheck> = {
  kind: 'port',
  dependsOnState: false,
  judge(check, state, probe) {
    const answers = state.run(['PING'], check) !== undefined;
    return {
      passed: answers === check.open,
      expected: check.open ? `a server answers at port ${check.port}` : `nothing answers at port ${check.port}`,
      found: answers ? 'a server answers' : 'nothing answers',
      untried: answers === (probe.initial.run(['PING'], check) !== undefined),
    };
  },
};
