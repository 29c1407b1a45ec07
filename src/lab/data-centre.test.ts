/* Several machines: what stands between them, what goes wrong, and moving about in time. */
import { describe, expect, it } from 'vitest';
import { recordingProblem, type Scenario } from '../simulation/index.ts';
import { furniture } from './furniture.ts';
import { createInlineLab } from './inline.ts';
import type { Answers, Notice, Question, Request } from './protocol.ts';
import { testContext } from './testing.ts';

const plain = 'protected-mode no\nrepl-diskless-sync-delay 0\nsave ""\n';
const run = ['redis-server redis.conf'];
const replica = { 'redis.conf': `${plain}replicaof r1 6379\nrepl-timeout 5\n` };
const scenario: Scenario = {
  seed: 7, epochMs: 1_800_000_000_000,
  hosts: [
    { name: 'r1', run, files: { 'redis.conf': plain } },
    { name: 'r2', run, files: replica },
    { name: 'r3', run, files: replica },
  ],
};

class DataCentre {
  readonly lab: ReturnType<typeof createInlineLab>;
  readonly notices: Notice[] = [];

  constructor(of: Scenario = scenario, context = testContext) {
    this.lab = createInlineLab(context);
    this.lab.listen('d', (notice) => this.notices.push(notice));
    this.send({ type: 'open', scenario: of, nowMs: 0 });
    this.send({ type: 'openTerminal', tty: 'a', host: of.hosts[0]?.name ?? '', columns: 120, rows: 40, run: 'redis-cli' });
    this.pass(3000);
  }

  send(request: { type: Request['type'] } & Record<string, unknown>): void {
    this.lab.send({ lab: 'd', ...request } as Request);
  }

  pass(ms: number): void {
    this.lab.advance(ms * 1000);
  }

  type(line: string): void {
    this.send({ type: 'input', tty: 'a', bytes: `${line}\r` });
    this.pass(50);
  }

  /** What a fault says, or its problem. */
  fault(text: string): string {
    this.send({ type: 'fault', text });
    const told = this.of('fault').at(-1);
    return told?.problem ?? told?.said ?? '';
  }

  of<T extends Notice['type']>(type: T): Extract<Notice, { type: T }>[] {
    return this.notices.filter((notice) => notice.type === type) as never;
  }

  ask<Q extends Question>(question: Q): Answers[Q['about']] {
    let value: unknown;
    this.lab.ask('d', question, (given) => (value = 'value' in given ? given.value : given));
    return value as Answers[Q['about']];
  }

  value(host: string, key: string): string | undefined {
    const view = this.ask({ about: 'key', host, port: 6379, db: 0, key, limit: 100 });
    return view !== null && 'value' in view.value ? view.value.value : undefined;
  }

  get screen(): string {
    return this.lab.transcript('d', 'a');
  }

  get hash(): string {
    return this.lab.runHash('d');
  }

  get nowUs(): number {
    return this.of('clock').at(-1)?.atUs ?? 0;
  }
}

describe('machines that cannot reach each other', () => {
  it('keep bytes for one another, and go on as if nothing had been', () => {
    const d = new DataCentre();
    d.type('SET k 1');
    expect([d.value('r2', 'k'), d.value('r3', 'k')]).toEqual(['1', '1']);
    expect(d.fault('partition r1 r3 | r2')).toBe('Cut apart: r1 r3 | r2 (rules 1, 2).');
    d.type('SET k 2');
    expect([d.value('r2', 'k'), d.value('r3', 'k')]).toEqual(['1', '2']);
    expect(d.ask({ about: 'inFlight', limit: 10 }).filter(({ stopped }) => stopped === 'cut').map(({ from, to, label }) => `${from} ${to} ${label}`)).toContain('r1 r2 SET');
    expect(d.ask({ about: 'links' }).rules.map(({ id, text }) => `${id} ${text}`)).toEqual(['1 partition r1 r3 | r2', '2 partition r1 r3 | r2']);
    d.fault('heal');
    d.pass(10);
    expect(d.value('r2', 'k')).toBe('2');
    expect(d.ask({ about: 'links' }).rules).toEqual([]);
  });

  it('give up after their own time, and meet again', () => {
    const d = new DataCentre();
    d.fault('isolate r2');
    d.pass(8000);
    d.type('SET k 3');
    d.type('INFO replication');
    expect(d.screen).toContain('connected_slaves:2');
    d.fault('heal');
    d.pass(70_000);
    expect(d.value('r2', 'k')).toBe('3');
  });

  it('one way is enough to lose answers', () => {
    const d = new DataCentre();
    d.fault('cut r2 -> r1');
    d.type('SET k 4');
    d.pass(10);
    expect(d.value('r2', 'k')).toBe('4');
    d.type('WAIT 2 500');
    d.pass(600);
    expect(d.screen).toMatch(/WAIT 2 500\n\(integer\) 1/);
  });

  it('messages that are held pass one by one, in order within a connection', () => {
    const d = new DataCentre();
    d.fault('hold r1 -> r2');
    d.type('SET a 1');
    d.type('SET a 2');
    const held = d.ask({ about: 'inFlight', limit: 20 }).filter(({ stopped }) => stopped === 'held');
    expect(held.length).toBeGreaterThanOrEqual(2);
    const [first, second] = held;
    expect(d.fault(`release ${second?.id}`)).toContain(`stands behind message ${first?.id}`);
    d.fault(`release ${first?.id}`);
    d.pass(5);
    expect(d.value('r2', 'a')).toBe('1');
    d.fault(`release ${second?.id}`);
    d.pass(5);
    expect(d.value('r2', 'a')).toBe('2');
    expect(d.fault('release 999999')).toContain('no message 999999 is held');
  });

  it('slow, narrow and lossy links only take longer', () => {
    const d = new DataCentre();
    d.fault('delay r1 -> r2 200ms');
    d.type('SET s 1');
    expect(d.value('r2', 's')).toBeUndefined();
    d.pass(200);
    expect(d.value('r2', 's')).toBe('1');
    d.fault('delay r1 - r2 off');
    d.fault('loss r1 - r2 50%');
    for (let i = 0; i < 20; i++) d.type(`INCR lossy`);
    d.pass(60_000);
    expect(d.value('r2', 'lossy')).toBe('20');
  });
});

describe('machines', () => {
  it('crash, lose power, boot and stand still', () => {
    const d = new DataCentre();
    const state = (name: string) => d.ask({ about: 'hosts' }).find((host) => host.name === name);
    d.type('SET k 1');
    expect(d.fault('crash r2')).toBe('r2: 1 process killed.');
    expect(state('r2')?.processes).toEqual([]);
    d.fault('restart r2');
    d.pass(3000);
    expect(d.value('r2', 'k')).toBe('1');
    d.fault('power-loss r3');
    expect(state('r3')).toMatchObject({ state: 'off', processes: [] });
    expect(d.fault('crash r3')).toBe('r3 is without power: restart r3. Write: crash HOST…');
    d.fault('restart r3 empty');
    d.pass(8000);
    expect(d.value('r3', 'k')).toBe('1');
    d.fault('pause r2');
    d.type('SET k 2');
    expect([state('r2')?.state, d.value('r2', 'k')]).toEqual(['paused', '1']);
    d.fault('resume r2');
    d.pass(10);
    expect(d.value('r2', 'k')).toBe('2');
  });

  it('one that is alone comes back by itself after a power loss, with what was durable', () => {
    const d = new DataCentre({ seed: 1, epochMs: 0, hosts: [{ name: 'local', run: ['redis-server --appendonly yes --appendfsync always'] }] });
    d.type('SET kept 1');
    d.type('exit');
    d.type('power-loss');
    expect(d.of('terminalClosed').at(-1)).toMatchObject({ tty: 'a' });
    d.pass(4000);
    expect(d.value('local', 'kept')).toBe('1');
  });

  it('have clocks that can be wrong', () => {
    const d = new DataCentre();
    d.fault('clock r2 +10s');
    expect(d.ask({ about: 'hosts' }).map(({ clockAheadUs }) => clockAheadUs)).toEqual([0, 10_000_000, 0]);
    d.fault('clock r2 drift 1000');
    d.pass(1000);
    expect(d.ask({ about: 'hosts' })[1]?.clockAheadUs).toBe(10_001_000);
  });

  it('are well again by themselves when a line says for how long', () => {
    const d = new DataCentre();
    expect(d.fault('isolate r2 for 2s')).toBe('r2 is alone (rules 1, 2), for 2s.');
    d.type('SET k 1');
    d.pass(1000);
    expect(d.value('r2', 'k')).toBeUndefined();
    d.pass(1500);
    expect(d.value('r2', 'k')).toBe('1');
    expect(d.fault('heal 1')).toContain('There is no rule 1. There are: none.');
    // What a link was before, it is again.
    d.fault('delay r1 -> r2 30ms');
    d.fault('delay r1 -> r2 800ms for 1s');
    d.type('SET k 2');
    expect(d.value('r2', 'k')).toBe('1');
    d.pass(2000);
    d.type('SET k 3');
    expect(d.value('r2', 'k')).toBe('3');
    expect(d.fault('crash r3 for 1s')).toBe('r3: 1 process killed, for 1s.');
    d.pass(2000);
    expect(d.value('r3', 'k')).toBe('3');
    expect(d.fault('reset r1 - r2 for 1s')).toContain('This has no end that "for" could tell.');
    expect(d.fault('disk r1 ok for 1s')).toContain('This has no end');
    expect(d.fault('pause r2 for ever')).toContain('How long it lasts is a number');
  });

  it('run out of memory: the kernel kills who has the most', () => {
    const d = new DataCentre();
    expect(d.fault('memory r3 1gb')).toBe('The services of r3 have 1gb left.');
    d.pass(2000);
    expect(d.value('r3', 'nothing')).toBeUndefined();
    expect(d.fault('crash r3')).toBe('r3: 1 process killed.');
    d.fault('restart r3');
    d.pass(1000);
    d.fault('memory r3 4mb');
    d.pass(1000);
    expect(d.fault('crash r3')).toBe('r3: 0 processes killed.');
    d.fault('memory r3 ok');
    d.fault('restart r3');
    d.pass(1000);
    expect(d.fault('crash r3')).toBe('r3: 1 process killed.');
    expect(d.fault('memory r3 much')).toContain('What is left is a number with b, kb, mb or gb, such as 64kb, not "much".');
  });

  it.each([['0kb', true], ['1mb', false]])('leave a sender with what does not fit into %s of buffers of the kernels', (size, isLeft) => {
    const d = new DataCentre();
    d.fault(`send-buffer r1 - r2 ${size}`);
    d.fault('pause r2');
    for (let i = 0; i < 5; i++) d.type(`SET k${i} ${'x'.repeat(8000)}`);
    d.type('CLIENT LIST TYPE replica');
    // Each replica holds the block of the stream that it has come to, and all after it.
    const blocks = [...d.screen.matchAll(/ oll=(\d+) /g)].map(([, count]) => Number(count));
    expect(blocks.length).toBe(2);
    expect(Math.min(...blocks)).toBe(1);
    expect(Math.max(...blocks) > 1).toBe(isLeft);
  });

  it('end a replica that does not read: it has what the kernels took, and needs all the data anew', () => {
    const d = new DataCentre();
    const told = (section: string, field: string): string | undefined => {
      d.type(`INFO ${section}`);
      return [...d.screen.matchAll(new RegExp(`^${field}:(\\S+)`, 'gm'))].at(-1)?.[1];
    };
    const before = Number(told('stats', 'sync_full'));
    d.type('CONFIG SET repl-backlog-size 16kb client-output-buffer-limit "replica 64kb 0 0"');
    d.fault('send-buffer r1 - r2 5kb');
    d.fault('pause r2');
    d.send({ type: 'openTerminal', tty: 'b', host: 'r3', columns: 80, rows: 24, run: 'redis-benchmark -h r1 -q -c 1 -n 30 -t set -d 4000' });
    d.pass(1000);
    expect(told('replication', 'connected_slaves')).toBe('1');
    d.fault('resume r2');
    d.pass(3000);
    expect(told('replication', 'connected_slaves')).toBe('2');
    expect(Number(told('stats', 'sync_full'))).toBe(before + 1);
    expect(d.value('r2', 'key:__rand_int__')?.length).toBe(100);
  });

  it('may do late and in pieces what nobody promises at once, by a seed', () => {
    const run = (line: string): DataCentre => {
      const d = new DataCentre();
      if (line !== '') d.fault(line);
      for (let i = 0; i < 10; i++) d.type(`SET k${i} ${'v'.repeat(50)}`);
      d.pass(1000);
      expect(d.value('r2', 'k9')).toBe('v'.repeat(50));
      return d;
    };
    const plainly = run('');
    const whimsically = run('buggify 5');
    expect(whimsically.hash).toBe(run('buggify 5').hash);
    expect(new Set([plainly.hash, whimsically.hash, run('buggify 6').hash]).size).toBe(3);
    expect(whimsically.fault('buggify off')).toBe('Messages and timers are as they were.');
  });

  it('have disks that fill up and break', () => {
    const d = new DataCentre();
    d.fault('disk r1 full');
    d.type('SAVE');
    expect(d.screen).toContain('(error) ERR');
    expect(d.ask({ about: 'hosts' })[0]?.diskFault).toBe('full');
    d.fault('disk r1 ok');
    d.type('SAVE');
    expect(d.screen).toMatch(/SAVE\nOK/);
    expect(d.fault('flip r1 /home/learner/dump.rdb 20')).toBe('Byte 20 of /home/learner/dump.rdb on r1 is damaged.');
    expect(d.fault('flip r1 /nowhere 1')).toContain('/nowhere: No such file or directory.');
  });

  it.each(['full', 'failing', 'slow 300ms'])('get another disk when they boot with an empty one, and that has nothing wrong: %s', (how) => {
    const d = new DataCentre();
    d.fault(`disk r1 ${how}`);
    expect(d.ask({ about: 'hosts' })[0]?.diskFault).not.toBe('');
    d.fault('restart r1 empty');
    d.pass(1000);
    const [r1] = d.ask({ about: 'hosts' });
    expect(r1?.diskFault).toBe('');
    expect(r1?.processes.map(({ argv }) => argv[0])).toContain('redis-server');
  });
});

it('tells what is wrong with a line, and changes nothing', () => {
  const d = new DataCentre();
  const table: readonly (readonly [string, string])[] = [
    ['', 'Say what is to go wrong.'],
    ['explode r1', 'There is no fault named "explode".'],
    ['partition r1', 'At least two groups of hosts are wanted'],
    ['partition r1 | r9', 'There is no host "r9". There are: r1, r2, r3.'],
    ['partition r1 r2 | r2', 'r2 stands in two groups.'],
    ['cut r1', 'Two groups of hosts are wanted'],
    ['cut r1 -> r2 now', '"now" is one word too many.'],
    ['delay r1 - r2 fast', 'such as 200ms, not "fast"'],
    ['delay r1 - r2 20ms..1ms', 'A range goes from the shorter to the longer delay'],
    ['bandwidth r1 - r2 5', 'A bandwidth is a number with'],
    ['loss r1 - r2 200%', 'A loss is a percentage'],
    ['heal 9', 'There is no rule 9. There are: none.'],
    ['clock r1 later', 'The step is a number with'],
    ['disk r1 broken', 'A disk can be full, failing, slow or ok, not "broken".'],
    ['busy r1 0s', 'The time is longer than nothing.'],
    ['kill-child r1', 'No server of r1 is saving.'],
    ['ring r1 r2 r3', 'A ring needs four hosts at least'],
    ['bridge r1 | r2', 'One host and two groups are wanted'],
  ];
  for (const [line, told] of table) expect(d.fault(line), line).toContain(told);
  expect(d.fault(`isolate ${'r1 '.repeat(700)}`)).toBe('A line has at most 2000 characters.');
  expect(d.ask({ about: 'links' })).toMatchObject({ rules: [], settings: [] });
  // What was refused is no obstacle for the recording either.
  expect(recordingProblem(d.ask({ about: 'recording' }))).toBeUndefined();
});

it('breaks each connection once', () => {
  const d = new DataCentre();
  expect(d.fault('reset r1 - r2')).toBe('1 connection is broken.');
  expect(d.fault('reset * - *')).toMatch(/^\d+ connections? (is|are) broken\.$/);
});

describe('time', () => {
  it('goes back to before a fault, and keeps what came before it at the same moment', () => {
    const d = new DataCentre();
    d.send({ type: 'pace', speed: 0 });
    d.fault('cut p1 - r1');
    d.fault('cut p1 - r2');
    const pairsCut = (): number => d.ask({ about: 'links' }).rules.length;
    const both = pairsCut();
    const second = d.ask({ about: 'events', limit: 10, background: false }).findLast(({ kind }) => kind === 'fault');
    d.send({ type: 'seek', to: { executed: second?.executed ?? 0, fault: second?.what ?? '' } });
    expect(pairsCut()).toBe(both / 2);
    expect(d.of('branches').at(-1)?.branches).toHaveLength(1);
  });

  it('goes back and on, and what was left is kept as a branch', () => {
    const d = new DataCentre();
    d.type('SET k 1');
    d.send({ type: 'pace', speed: 0 });
    const before = d.nowUs;
    d.type('SET k 2');
    d.pass(500);
    d.send({ type: 'seek', to: { atUs: before } });
    expect(d.value('r1', 'k')).toBe('1');
    const [left] = d.of('branches').at(-1)?.branches ?? [];
    expect(left).toMatchObject({ name: 'Branch 1', leftAtUs: before });
    d.type('SET k other');
    expect(d.value('r1', 'k')).toBe('other');
    d.send({ type: 'branch', branch: left?.id ?? 0 });
    expect(d.value('r1', 'k')).toBe('2');
    expect(d.of('branches').at(-1)?.branches.map(({ name }) => name)).toEqual(['Branch 2']);
    d.send({ type: 'branch', branch: 77 });
    expect(d.of('problem').at(-1)?.what).toBe('There is no branch 77.');
  });

  it('steps by event, by message, and to what is looked for', () => {
    const d = new DataCentre();
    d.send({ type: 'pace', speed: 0 });
    const executed = () => d.of('clock').at(-1)?.executed ?? 0;
    d.send({ type: 'step', until: 'event' });
    const one = executed();
    d.send({ type: 'step', until: 'event' });
    expect(executed()).toBe(one + 1);
    // Slow enough to be still on its way when the prompt is back.
    d.fault('delay r1 -> r2 50ms');
    d.send({ type: 'input', tty: 'a', bytes: 'SET k 9\r' });
    d.send({ type: 'step', until: { text: 'SELECT: ' } });
    expect(d.ask({ about: 'events', limit: 1, background: true }).at(-1)?.what).toMatch(/^SELECT: 10\.0\.0\.11:6379 → /);
    d.send({ type: 'step', until: { text: 'never at all' } });
    expect(d.of('problem').at(-1)?.what).toBe('Nothing with "never at all" happened within a minute.');
  });

  it('tells why something happened', () => {
    const d = new DataCentre();
    d.type('SET k 1');
    const events = d.ask({ about: 'events', limit: 500, background: false });
    const arrival = events.findLast(({ host, what }) => host === 'r2' && /^(SELECT|SET): /.test(what));
    const chain = d.ask({ about: 'why', seq: arrival?.seq ?? 0 });
    expect(chain.length).toBeGreaterThan(1);
    expect(chain.map(({ host }) => host)).toContain('r1');
    expect(chain.at(-1)?.cause === 0 || chain.length > 3).toBe(true);
  });

  it('tells turns and faults beside the events, with a chain of causes through both', () => {
    const world = new DataCentre();
    world.fault('crash r1');
    world.pass(2000);
    const events = world.ask({ about: 'events', limit: 400, background: false });
    const fault = events.find(({ kind }) => kind === 'fault');
    expect(fault).toMatchObject({ what: 'crash r1', host: '', cause: 0 });
    const down = events.find(({ kind, host, what }) => kind === 'told' && host === 'r2' && what.includes('is down'));
    expect(down?.what).toMatch(/^the link to its master r1/);
    const why = world.ask({ about: 'why', seq: down?.seq ?? 0 });
    expect(why[0]).toEqual(down);
    expect(why.at(-1)?.seq).toBe(fault?.seq);
    // However much comes after them, turns stay in sight.
    expect(world.ask({ about: 'events', limit: 3, background: false }).map(({ seq }) => seq)).toEqual(expect.arrayContaining([fault?.seq, down?.seq]));
    // Looked at again with heartbeats, nothing is folded; without, they are counted.
    const all = world.ask({ about: 'events', limit: 1000, background: true });
    expect(all.every(({ folded }) => folded === undefined)).toBe(true);
    expect(all.filter(({ isBackground }) => isBackground).length).toBeGreaterThan(0);
    expect(events.reduce((sum, { folded }) => sum + (folded ?? 0), 0)).toBeGreaterThan(0);
  });

  it('is judged: goals that may still be reached, and what is lost for good', () => {
    const client = { name: 'shop', run: ['sleep 0.5; workload -e 100 orders r1:6379 > ledger'] };
    const world = new DataCentre({ ...scenario, hosts: [...scenario.hosts, client], goals: ['one-master', 'acknowledged-writes-survive'] }, furniture);
    const verdicts = () => Object.fromEntries(world.ask({ about: 'goals' }).judgements.map(({ about, verdict }) => [about, verdict]));
    expect(verdicts()).toEqual({ 'must hold': 'met', 'one-master': 'met', 'acknowledged-writes-survive': 'met' });
    world.fault('crash r1');
    world.pass(100);
    expect(verdicts()).toMatchObject({ 'one-master': 'not yet', 'acknowledged-writes-survive': 'not yet' });
    const [ledger] = world.ask({ about: 'goals' }).ledgers;
    expect(ledger?.awayCount).toBe(ledger?.acked);
    // It had saved nothing, so what it acknowledged is lost when it is a master again.
    world.fault('restart r1');
    world.pass(200);
    expect(verdicts()).toMatchObject({ 'one-master': 'met', 'acknowledged-writes-survive': 'violated' });
    expect(world.ask({ about: 'goals' }).ledgers[0]?.lost[0]).toMatchObject({ key: 'orders:1' });
  });

  it('is the same run when it is run again, faults included', () => {
    const lines = ['SET k 1', 'INCR n', 'SET k 2'];
    const run = (): DataCentre => {
      const d = new DataCentre();
      for (const [i, line] of lines.entries()) {
        d.type(line);
        d.fault(['loss r1 - r2 20%', 'partition r1 | r3', 'heal'][i] ?? 'heal');
        d.pass(700);
      }
      return d;
    };
    const one = run();
    const other = run();
    expect(one.hash).toBe(other.hash);
    const recording = one.ask({ about: 'recording' });
    const again = createInlineLab(testContext);
    again.send({ type: 'open', lab: 'd', scenario, recording, nowMs: 5 });
    expect(again.runHash('d')).toBe(one.hash);
  });
});
