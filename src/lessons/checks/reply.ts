/* A reading command, run on a copy of the state, replies as it should. */
import type { ReplyCheck } from '../model.ts';
import { ask } from './facts.ts';
import type { CheckKind } from './kind.ts';
import { matcherText, matchesReply } from './reply-matcher.ts';
import { code, replyText } from './reply-text.ts';

export const replyKind: CheckKind<ReplyCheck> = {
  kind: 'reply',
  dependsOnState: true,
  judge(check, state) {
    const reply = ask(state, check, check.argv);
    return {
      passed: matchesReply(reply, check.reply),
      expected: `${code(check.run)} replies ${matcherText(check.reply)}`,
      found: `it replies ${code(replyText(reply))}`,
    };
  },
};
