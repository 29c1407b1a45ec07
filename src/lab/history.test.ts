import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../lessons/index.ts';
import { createInlineLab } from './inline.ts';
import { testContext } from './testing.ts';

/** What the checks are told of a session in which these lines were entered. */
function historyOf(...lines: string[]): readonly HistoryEntry[] {
  let history: readonly HistoryEntry[] = [];
  const lab = createInlineLab({
    ...testContext,
    evaluateChecks: (_checks, probe) => {
      history = [...probe.history];
      return [];
    },
  });
  lab.send({ type: 'open', lab: 'a', scenario: { seed: 1, hosts: [{ name: 'local', run: ['redis-server'] }] }, nowMs: 0 });
  lab.send({ type: 'prepare', lab: 'a', steps: [{ kind: 'redis', text: 'SET before 1' }] });
  lab.send({ type: 'openTerminal', lab: 'a', tty: 't', host: 'local', columns: 80, rows: 24 });
  for (const step of lines) lab.send({ type: 'runStep', lab: 'a', tty: 't', step });
  lab.send({ type: 'checks', lab: 'a', checks: [{ kind: 'ask', id: 'x' } as never], answers: {} });
  return history;
}

const told = (entries: readonly HistoryEntry[]): string[] => entries.map((entry) => `${entry.automatic ? 'auto' : entry.step} ${entry.argv.join(' ')}`);

describe('the history of a session', () => {
  it('numbers what the learner entered and marks what redis-cli sends by itself', () => {
    expect(told(historyOf('SET a 1', 'SELECT 2', 'nonsense', 'GET a', '$ redis-cli -n 3 GET a', '$ redis-cli SELECT 4'))).toEqual([
      'auto COMMAND DOCS', '1 SET a 1', '2 SELECT 2', '3 nonsense', '4 GET a', 'auto SELECT 3', '5 GET a', '6 SELECT 4',
    ]);
  });

  it('knows who sent a command, where, and what it changed', () => {
    const entries = historyOf('SELECT 2', 'SET a 1', 'LPUSH', 'GET a');
    expect(entries.slice(2)).toMatchObject([
      { argv: ['SET', 'a', '1'], client: 't', host: 'local', port: 6379, db: 2, dirty: 1 },
      { argv: ['LPUSH'], dirty: 0, reply: { kind: 'error' } },
      { argv: ['GET', 'a'], dirty: 0, reply: '1' },
    ]);
  });

  it('groups the commands of a transaction', () => {
    const entries = historyOf('MULTI', 'SET a 1', 'INCR a', 'EXEC', 'MULTI', 'DEL a', 'EXEC');
    expect(entries.slice(1).map((entry) => [entry.argv[0], entry.transaction])).toEqual([
      ['MULTI', undefined], ['SET', 1], ['INCR', 1], ['EXEC', undefined], ['MULTI', undefined], ['DEL', 2], ['EXEC', undefined],
    ]);
  });

  it('holds nothing of the start', () => {
    expect(historyOf()).toEqual([]);
  });
});
