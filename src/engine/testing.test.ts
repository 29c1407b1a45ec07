import { describe, expect, test } from 'vitest';
import { checkCase, error, nil, OK, runTranscript, SeededRandom, showWire, TestServer } from './testing.ts';

describe('a case', () => {
  test('passes when reply, changes, notifications and what follows are as told', () => {
    checkCase('SET k v EX 60', OK, { dirty: 1, notifies: ['set k', 'expire k'], after: [['TTL k', 60]] });
  });

  test('fails for another reply, and shows both', () => {
    expect(() => checkCase('GET k', 'v', {})).toThrow('GET k\n  expected "v"\n  received (nil)');
  });

  test('fails for other changes, notifications, or a wrong sequel', () => {
    expect(() => checkCase('SET k v', OK, { dirty: 2 })).toThrow('expected 2 changes, counted 1');
    expect(() => checkCase('SET k v', OK, { notifies: [] })).toThrow('expected notifications [], sent [set k]');
    expect(() => checkCase('SET k v', OK, { after: [['GET k', nil]] })).toThrow('SET k v, then GET k');
  });

  test('fails when what it takes as given is an error', () => {
    expect(() => checkCase('GET k', nil, { given: ['INCRBY k x'] })).toThrow('given INCRBY k x: (error)');
  });
});

describe('a transcript', () => {
  const run = (text: string): void => runTranscript(text, new TestServer());

  test('reads like a session', () => {
    run(`
      # two clients, one deadline
      a> SET k v PX 150
      a< OK
      + 100 ms
      b> GET k
      b< "v"
      + 100 ms
      b> MGET k other
      b< 1) (nil)  2) (nil)
    `);
  });

  test('fails for a reply that differs, is missing, or should not have come', () => {
    expect(() => run('a> GET k\na< "v"')).toThrow('received (nil)');
    expect(() => run('a< OK')).toThrow('a has received nothing');
    expect(() => run('a> GET k\na  is waiting')).toThrow('but it received (nil)');
  });

  test('fails for an error that no line expects, also the last one', () => {
    expect(() => run('a> INCRBY k x\na> PING')).toThrow('which no line expects');
    expect(() => run('a> INCRBY k x')).toThrow('which no line expects');
    run('a> INCRBY k x\na< (error) ERR value is not an integer or out of range');
  });

  test('fails for a line it does not understand', () => {
    expect(() => run('a: GET k')).toThrow('a transcript cannot say');
  });
});

test('two servers of one seed do the same, byte for byte', () => {
  const run = (seed: number): string => {
    const world = new TestServer({ seed });
    let out = '';
    for (let i = 0; i < 50; i++) world.send(`SET key:${i} v`);
    for (let i = 0; i < 20; i++) out += world.send('RANDOMKEY') + world.send('SCAN 0 COUNT 5');
    return out;
  };
  expect(run(1)).toBe(run(1));
  expect(run(1)).not.toBe(run(2));
});

test('chance from a seed depends on the name of a fork and nothing else', () => {
  const draw = (name: string): number[] => {
    const fork = new SeededRandom(5).fork(name);
    return Array.from({ length: 5 }, () => fork.below(1000));
  };
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
});

test('replies show on one line', () => {
  expect(showWire('*3\r\n:1\r\n$-1\r\n*1\r\n$1\r\na\r\n')).toBe('1) (integer) 1  2) (nil)  3) 1) "a"');
  expect(showWire('%1\r\n+k\r\n,1.5\r\n')).toBe('1# k => (double) 1.5');
  expect(showWire(`-${'ERR no'}\r\n+OK\r\n`)).toBe('(error) ERR no | OK');
  expect(error('ERR no')).toEqual({ kind: 'error', text: 'ERR no' });
});
