import { describe, expect, it } from 'vitest';
import type { HostView, LoggedEvent } from '../../simulation/index.ts';
import { classesHiddenAtFirst, classOf, listed } from './event-classes.ts';
import { activity, pastOf, rowsOf, spansOf } from './rows.ts';

const host = (name: string, address: string): HostView => ({ name, address, state: 'up', clockAheadUs: 0, diskUsedBytes: 0, diskFault: '', memoryLeftBytes: null, isFiltered: false, processes: [], servers: [] });
const hosts = [host('p1', '10.0.0.11'), host('r1', '10.0.0.12')];
let executed = 0;
const event = (seq: number, kind: string, at: string, what: string, cause = 0, more: Partial<LoggedEvent> = {}): LoggedEvent => ({ seq, executed: executed++, atUs: seq * 1000, host: at, kind, what, cause, isBackground: false, isTalk: false, ...more });
const message = (seq: number, from: string, to: string, at: string, label: string, cause = 0, more: Partial<LoggedEvent> = {}): LoggedEvent => event(seq, 'data', at, `${label}: ${from}:50000 → ${to}:6379`, cause, more);

describe('what is folded', () => {
  const events = [
    message(1, '10.0.0.11', '10.0.0.12', 'r1', 'SET'), message(2, '10.0.0.11', '10.0.0.12', 'r1', 'PSYNC', 0, { isTalk: true, folded: 7 }),
    event(3, 'timer', 'r1', 'replication timeout'), event(-1, 'told', 'r1', 'the link to its master p1 is down', 3), event(-2, 'fault', '', 'crash p1'), message(4, '10.0.0.11', '10.0.0.12', 'r1', 'SET'),
  ];

  it('is counted, and turns and faults never are', () => {
    const { rows, after } = listed(events, new Set(['data', 'processes']));
    expect(rows.map(({ what, folded }) => [what.split(':')[0], folded])).toEqual([['PSYNC', 8], ['the link to its master p1 is down', 1], ['crash p1', 0]]);
    expect(after).toBe(1);
    expect(classOf(events[3] as LoggedEvent)).toBeUndefined();
    expect(classOf(events[4] as LoggedEvent)).toBeUndefined();
  });

  it('is found by a word all the same', () => {
    expect(listed(events, new Set(['data', 'processes']), 'timeout').rows.map(({ seq }) => seq)).toEqual([3]);
    expect(listed(events, new Set(), 'nothing of the kind')).toMatchObject({ rows: [], after: 13 });
  });

  it('is at first the data of a client that writes all the time, and what goes on beneath', () => {
    expect([...classesHiddenAtFirst({ seed: 1, hosts: [{ name: 'shop', run: ['sleep 1; workload -e 100 orders p1:6379 > ledger'] }] })]).toEqual(['data', 'connections', 'processes']);
    expect([...classesHiddenAtFirst({ seed: 1, hosts: [{ name: 'p1', run: ['redis-server'] }] })]).toEqual(['processes']);
  });
});

describe('the space-time diagram', () => {
  it('slants a message from the row that sent it, and leaves out machines that are not drawn', () => {
    const events = [event(1, 'data', 'p1', 'SET: 10.0.0.99:1 → 10.0.0.11:6379'), message(2, '10.0.0.11', '10.0.0.12', 'r1', 'SET', 1), event(3, 'data', 'p1', 'PING: 127.0.0.1:5 → 127.0.0.1:6379'), event(-1, 'told', 'r1', 'is ready on port 6379', 2)];
    expect(rowsOf({ events, hosts }, 60)).toMatchObject([
      { host: 'p1', from: undefined, text: 'SET', folded: 0 }, { host: 'r1', from: 'p1', causeRow: 0, kind: 'message', text: 'SET' }, { host: 'r1', from: undefined, kind: 'told', causeRow: 1, folded: 1 },
    ]);
    expect(rowsOf({ events, hosts: hosts.slice(1) }, 60).map(({ host: at, folded }) => [at, folded])).toEqual([['r1', 1], ['r1', 1]]);
    expect(rowsOf({ events, hosts }, 2, 1).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('says along the line what a machine was, before its first change too', () => {
    const rows = rowsOf({ events: [event(1, 'start', 'p1', 'x'), event(-1, 'told', 'r1', 'the link to its master p1 is down'), event(-2, 'told', 'p1', 'has stopped'), event(-3, 'told', 'r1', 'the link to its master p1 stands')], hosts }, 60);
    expect(spansOf('p1', rows, 'down')).toEqual([{ from: -1, to: 2, state: 'runs' }, { from: 2, to: 4, state: 'down' }]);
    expect(spansOf('r1', rows, 'runs')).toEqual([{ from: -1, to: 1, state: 'runs' }, { from: 1, to: 3, state: 'apart' }, { from: 3, to: 4, state: 'runs' }]);
    const promoted = rowsOf({ events: [event(-4, 'told', 'r1', 'the link to its master p1 is down'), event(-5, 'told', 'r1', 'a replica is in step from byte 9 on')], hosts }, 60);
    expect(spansOf('r1', promoted, 'runs').map(({ state }) => state)).toEqual(['runs', 'apart', 'runs']);
    expect(spansOf('r1', promoted, 'apart').map(({ state }) => state)).toEqual(['runs', 'apart']);
    expect(spansOf('s1', rows, 'down')).toEqual([{ from: -1, to: 4, state: 'down' }]);
  });

  it('counts events by time', () => {
    expect(activity([event(0, 'data', 'p1', 'a'), event(1, 'data', 'p1', 'b'), event(10, 'data', 'p1', 'c', 0, { folded: 4 })], 5)).toEqual([2, 0, 0, 0, 5]);
    expect(activity([], 3)).toEqual([0, 0, 0]);
  });

  it('tells a chain of causes from its begin, with what always goes on counted', () => {
    const chain = [event(9, 'told', 'r1', 'last'), event(8, 'timer', 'r1', 'serverCron', 7, { isBackground: true }), event(7, 'timer', 'r1', 'serverCron', 6, { isBackground: true }), event(6, 'start', 'r1', 'first')];
    expect(pastOf(chain).map(({ what, folded }) => [what, folded])).toEqual([['first', 0], ['last', 2]]);
  });
});
