import { describe, expect, it } from 'vitest';
import { TestWorld } from '../test-world.ts';
import { replication } from './look.ts';
import { onlyTimePassed, replicationChanges, spanOf, verdictOf, verdictWords, type ReplicationView } from './model.ts';

const SETTINGS = { 'repl-diskless-sync-delay': 0, 'protected-mode': false, 'repl-timeout': 5, 'enable-debug-command': 'yes' };
const look = (world: TestWorld, params: object = {}): ReplicationView => replication.look(world.world, params);

/** A master on `local` and replicas on `one` and `two`, in step. */
function three(settings: object = {}): TestWorld {
  const world = new TestWorld({ ...SETTINGS, ...settings }, ['one', 'two']);
  world.run('SET first 1');
  for (const name of ['one', 'two']) world.runAs(`x@${name}`, 'REPLICAOF local 6379');
  world.wait(3000);
  return world;
}

describe('a stream and its followers', () => {
  it('says what is to be seen (golden)', () => {
    const world = three();
    world.run('SET a 1', 'INCRBY n 5');
    world.wait(1100);
    const view = look(world);
    const name = view.id.slice(0, 8);
    expect(replication.describe(view).replaceAll(name, 'NAME')).toMatchInlineSnapshot(`
      "local:6379 is a master. Its history NAME has 94 bytes.
      Its backlog holds 94 bytes from 1 on, room for 1 MB.
      The stream ends with SELECT 0 (15–37), SET a 1 (38–64) and INCRBY n 5 (65–94).
      one:6379 has a link and stands at 94, in step; acknowledged 94.
      two:6379 has a link and stands at 94, in step; acknowledged 94.
      So far 2 full synchronizations, 0 partial ones, 2 partial ones refused."
    `);
  });

  it('knows a lone server', () => {
    const view = look(new TestWorld());
    expect(view).toMatchObject({ place: 'local:6379', role: 'master', backlog: null, followers: [] });
    expect(replication.describe(view)).toContain('No backlog is kept');
  });

  it('shows the commands of the stream, end to end', () => {
    const world = three();
    world.run('SET a 1', 'GET a', 'APPEND a 2');
    const { pieces, offset } = look(world);
    expect(pieces.slice(-2).map((piece) => piece.text)).toEqual(['SET a 1', 'APPEND a 2']);
    expect(pieces.at(-1)?.to).toBe(offset);
    expect((pieces.at(-2)?.to ?? 0) + 1).toBe(pieces.at(-1)?.from);
  });

  it('sees a follower fall behind and what it would be answered', () => {
    const world = three();
    world.runAs('x@two', 'CLIENT KILL TYPE master');
    const before = look(world);
    world.runAs('x@two', 'REPLICAOF 10.9.9.9 6379');
    world.run('SET a 1');
    world.wait(50);
    const away = look(world);
    expect(away.followers.map((each) => each.place)).toEqual(['one:6379']);
    expect(replicationChanges(before, away)).toContain('two:6379 follows 10.9.9.9:6379 now.');
    // Back again, named by address: it continues.
    world.runAs('x@two', `REPLICAOF ${world.world.addressOf('local') ?? ''} 6379`);
    world.wait(2500);
    const back = look(world);
    expect(back.followers.map((each) => [each.place, each.link, each.offset === back.offset])).toEqual([['one:6379', 'connected', true], ['two:6379', 'connected', true]]);
    expect(back.counts.partialOk).toBeGreaterThan(before.counts.partialOk);
    expect(replicationChanges(away, back)).toContain('A replica was answered CONTINUE: it goes on from the backlog.');
  });

  it('can be asked for another server, and for a server that is not there', () => {
    const world = three();
    expect(look(world, { host: 'one' })).toMatchObject({ place: 'one:6379', role: 'replica', follows: 'local:6379', followers: [] });
    expect(look(world, { host: 'nowhere' }).place).toBeUndefined();
  });

  it('remembers two histories after a promotion', () => {
    const world = three();
    const before = look(world);
    world.runAs('x@one', 'REPLICAOF NO ONE');
    world.runAs('x@two', 'REPLICAOF one 6379');
    world.wait(2000);
    const after = look(world, { host: 'one' });
    expect(after.previous).toEqual({ id: before.id, secondOffset: before.offset + 1 });
    expect(after.counts).toMatchObject({ full: 0, partialOk: 1 });
    expect(after.servers.find((each) => each.place === 'one:6379')).toMatchObject({ role: 'master', previousId: before.id });
  });

  it('stays the same while only time passes', () => {
    const world = three();
    world.wait(1000);
    const first = look(world);
    world.wait(1000);
    expect(onlyTimePassed(look(world), first)).toBe(true);
  });
});

describe('the verdict', () => {
  const id = 'a'.repeat(40);
  const older = 'b'.repeat(40);
  const master = { id, offset: 1000, previous: { id: older, secondOffset: 601 }, backlog: { firstByte: 401, length: 600, sizeBytes: 600 } };

  it.each([
    ['just past the end', { id, offset: 1000, mayContinue: true }, 'CONTINUE, nothing is missing'],
    ['the first byte that is kept', { id, offset: 400, mayContinue: true }, 'CONTINUE with 600 bytes from the backlog'],
    ['a byte too early', { id, offset: 399, mayContinue: true }, 'FULLRESYNC: the backlog begins at 401 only'],
    ['ahead', { id, offset: 1001, mayContinue: true }, 'FULLRESYNC: it is ahead of this stream'],
    ['the history before, as far as it holds', { id: older, offset: 600, mayContinue: true }, 'CONTINUE with 400 bytes from the backlog'],
    ['the history before, a byte too far', { id: older, offset: 601, mayContinue: true }, 'FULLRESYNC: the old history holds only up to 600'],
    ['another history', { id: 'c'.repeat(40), offset: 500, mayContinue: true }, 'FULLRESYNC: it names another history'],
    ['nothing to go on with', { id, offset: 500, mayContinue: false }, 'FULLRESYNC: it has nothing to go on with'],
  ])('%s', (_, asks, words) => {
    expect(verdictWords(verdictOf(master, asks), master)).toBe(words);
  });

  it('is what the real master answers, wherever the replica stands', () => {
    const world = three({ 'repl-backlog-size': 16384 });
    for (let i = 0; i < 40; i++) world.run(`SET filler:${i} ${'x'.repeat(600)}`);
    world.wait(1500);
    const view = look(world);
    const { backlog } = view;
    if (backlog === null) throw new Error('no backlog');
    for (const offset of [backlog.firstByte - 2, backlog.firstByte - 1, view.offset - 1, view.offset, view.offset + 1]) {
      const verdict = verdictOf(view, { id: view.id, offset, mayContinue: true });
      const answer = world.raw(`*3\r\n$5\r\nPSYNC\r\n$40\r\n${view.id}\r\n$${String(offset + 1).length}\r\n${offset + 1}\r\n`, `psync${offset}`);
      expect(answer.startsWith('+CONTINUE') ? 'continue' : answer.startsWith('+FULLRESYNC') ? 'full' : answer, String(offset)).toBe(verdict.kind);
    }
  });
});

describe('the line', () => {
  it('has room for everybody who stands on it, and for the whole backlog on request', () => {
    const world = three();
    for (let i = 0; i < 60; i++) world.run(`SET k${i} x`);
    world.wait(1500);
    const view = look(world);
    const near = spanOf(view);
    expect(near.to).toBeGreaterThanOrEqual(view.offset);
    expect(near.from).toBeGreaterThan(view.backlog?.firstByte ?? 0);
    expect(spanOf(look(world, { span: 'all' })).from).toBeLessThanOrEqual(view.backlog?.firstByte ?? 0);
  });
});
