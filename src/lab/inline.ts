/*
 * The lab without a worker
 * ------------------------
 * The same door, synchronously: after each request the lab runs until what was asked for is done (virtual
 * time passes only as far as that needs), and every notice has been heard when `send` returns. Tests, the
 * content verifier and authoring tools use it.
 *
 *     const lab = createInlineLab();
 *     lab.send({ type: 'open', lab: 'a', scenario, nowMs: 0 });
 *     lab.send({ type: 'openTerminal', lab: 'a', tty: 't', host: 'local', columns: 80, rows: 24, run: 'redis-cli' });
 *     lab.send({ type: 'runStep', lab: 'a', tty: 't', step: 'SET greeting hello' });
 *     lab.transcript('a', 't');
 */
import type { CheckResult } from '../lessons/index.ts';
import type { LabContext } from './context.ts';
import { furniture } from './furniture.ts';
import { LabHub } from './hub.ts';
import type { Lab } from './lab.ts';
import type { LabClient, Notice, Question, Request } from './protocol.ts';

export interface InlineLab extends LabClient {
  /** Lets virtual time pass in every open lab. */
  advance(us: number): void;
  /** Runs until what was asked for is done; false when a virtual minute did not suffice. */
  settle(lab: string): boolean;
  /** What stands in a terminal, as plain text. */
  transcript(lab: string, tty: string): string;
  /** The latest results of the lab's checks. */
  results(lab: string): readonly CheckResult[];
  /** Sixteen digits that two runs share only when they were the same run. */
  runHash(lab: string): string;
}

/** Time stands exactly where these leave it. */
const MOVES_TIME: ReadonlySet<Request['type']> = new Set(['step', 'seek', 'branch']);

export function createInlineLab(context: LabContext = furniture): InlineLab {
  const listeners = new Map<string, Set<(notice: Notice) => void>>();
  const waiting = new Map<number, (answer: { value: unknown } | { problem: string }) => void>();
  const results = new Map<string, readonly CheckResult[]>();
  let asks = 0;

  const hub = new LabHub(context, (notice) => {
    if (notice.type === 'checked') results.set(notice.lab, notice.results);
    if (notice.type === 'answer') {
      const done = waiting.get(notice.ask);
      waiting.delete(notice.ask);
      done?.(notice.problem === undefined ? { value: notice.value } : { problem: notice.problem });
    }
    for (const heard of listeners.get(notice.lab) ?? []) heard(notice);
  });

  const finish = (lab: Lab): boolean => {
    const done = hub.guard(lab, () => lab.settle()) === true;
    hub.guard(lab, () => lab.flush());
    return done;
  };

  const client: InlineLab = {
    send(request: Request) {
      hub.handle(request);
      const lab = hub.labs.get(request.lab);
      if (lab === undefined || request.type === 'ask') return;
      if (MOVES_TIME.has(request.type)) hub.guard(lab, () => lab.flush());
      else finish(lab);
    },
    listen(lab, heard) {
      const set = listeners.get(lab) ?? new Set();
      listeners.set(lab, set);
      set.add(heard);
      return () => set.delete(heard);
    },
    ask(lab: string, question: Question, done) {
      const ask = ++asks;
      waiting.set(ask, done);
      client.send({ type: 'ask', lab, ask, question });
    },
    dispose() {
      hub.labs.clear();
      listeners.clear();
      waiting.clear();
    },
    advance(us) {
      for (const lab of [...hub.labs.values()]) {
        hub.guard(lab, () => lab.advanceTo(lab.nowUs + us));
        hub.guard(lab, () => lab.flush());
      }
    },
    settle(id) {
      const lab = hub.labs.get(id);
      return lab !== undefined && finish(lab);
    },
    transcript(lab, tty) {
      let text = '';
      client.ask(lab, { about: 'transcript', tty }, (answer) => {
        if ('value' in answer && typeof answer.value === 'string') text = answer.value;
      });
      return text;
    },
    results: (lab) => results.get(lab) ?? [],
    runHash: (lab) => hub.labs.get(lab)?.runHash ?? '',
  };
  return client;
}
