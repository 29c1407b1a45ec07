import { describe, expect, it } from 'vitest';
import { HostDisk, resolvePath } from './disk.ts';
import { SeededRandom } from './random.ts';

const code = (answer: unknown): unknown => (typeof answer === 'object' && answer !== null && 'code' in answer ? answer.code : answer);

function disk(): HostDisk {
  const made = new HostDisk(1000);
  made.makeDirectories('/home/a', 0);
  return made;
}

describe('the disk of a host', () => {
  it('keeps files and directories and answers as a kernel does', () => {
    const d = disk();
    const table: [string, unknown, unknown][] = [
      ['write', d.write('/home/f', 'one', 0), undefined],
      ['append', d.append('/home/f', ' two', 0), undefined],
      ['read', d.read('/home/f'), 'one two'],
      ['missing', code(d.read('/home/x')), 'ENOENT'],
      ['no such directory', code(d.write('/nowhere/f', '', 0)), 'ENOENT'],
      ['a file is no directory', code(d.write('/home/f/g', '', 0)), 'ENOTDIR'],
      ['read a directory', code(d.read('/home')), 'EISDIR'],
      ['write a directory', code(d.write('/home', '', 0)), 'EISDIR'],
      ['list', d.list('/home'), ['a', 'f']],
      ['list a file', code(d.list('/home/f')), 'ENOTDIR'],
      ['make again', code(d.makeDirectory('/home/a', 0)), 'EEXIST'],
      ['remove a full directory', code(d.remove('/home', 0)), 'ENOTEMPTY'],
      ['rename onto a directory', code(d.rename('/home/f', '/home/a', 0)), 'EISDIR'],
      ['rename a directory onto a file', code(d.rename('/home/a', '/home/f', 0)), 'ENOTDIR'],
      ['rename into itself', code(d.rename('/home/a', '/home/a/b', 0)), 'EINVAL'],
      ['rename', d.rename('/home/f', '/home/a/g', 5_000_000), undefined],
      ['moved', d.read('/home/a/g'), 'one two'],
      ['gone', code(d.stat('/home/f')), 'ENOENT'],
      ['stat', d.stat('/home/a/g'), { kind: 'file', sizeBytes: 7, modifiedMs: 1000 }],
      ['null swallows', d.append('/dev/null', 'x', 0), undefined],
      ['null is empty', d.read('/dev/null'), ''],
    ];
    for (const [name, found, expected] of table) expect(found, name).toEqual(expected);
  });

  it('refuses what does not fit and changes nothing then', () => {
    const d = disk();
    d.capacityBytes = 10;
    expect(d.write('/home/f', '12345678', 0)).toBeUndefined();
    expect(code(d.append('/home/f', '9ab', 0))).toBe('ENOSPC');
    expect(code(d.write('/home/g', '9ab', 0))).toBe('ENOSPC');
    expect(d.list('/home')).toEqual(['a', 'f']);
    expect(d.read('/home/f')).toBe('12345678');
    expect(d.remove('/home/f', 0)).toBeUndefined();
    expect(d.usedBytes).toBe(0);
  });

  it('loses what was not synced when the power fails, and only that', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const d = disk();
      d.write('/home/log', 'safe', 0);
      expect(d.beginSync('/home/log').finish()).toBeUndefined();
      d.append('/home/log', ' unsafe', 100);
      d.write('/home/fresh', 'abc', 100);
      d.powerFails(new SeededRandom(seed, 'power'), 200);
      const left = String(d.read('/home/log'));
      expect('safe unsafe'.startsWith(left) && left.startsWith('safe'), left).toBe(true);
      lengths.add(left.length);
    }
    expect(lengths.size).toBeGreaterThan(3);
  });

  it('makes durable what a sync found, not what came after it began', () => {
    const d = disk();
    d.write('/home/f', 'one', 0);
    const sync = d.beginSync('/home/f');
    d.write('/home/f', 'ONE two', 1);
    sync.finish();
    d.powerFails(new SeededRandom(1, 'power'), 2);
    expect(d.read('/home/f')).toBe('one');
  });

  it('writes dirty pages back after half a minute', () => {
    const d = disk();
    d.write('/home/f', 'one', 0);
    d.powerFails(new SeededRandom(1, 'power'), 31_000_000);
    expect(d.read('/home/f')).toBe('one');
  });

  it('reports the faults it is given', () => {
    const d = disk();
    d.write('/home/f', 'one', 0);
    d.faults.failWrites = true;
    expect(code(d.append('/home/f', 'x', 0))).toBe('EIO');
    expect(code(d.beginSync('/home/f').finish())).toBe('EIO');
    d.faults.failReads = true;
    expect(code(d.read('/home/f'))).toBe('EIO');
  });

  it('keeps an open file when its name changes', () => {
    const d = disk();
    const append = d.openForAppend('/home/log', false, 0);
    if (typeof append !== 'function') throw new Error('not opened');
    append('a', 1);
    d.rename('/home/log', '/home/log.1', 2);
    append('b', 3);
    expect(d.read('/home/log.1')).toBe('ab');
  });

  it('resolves paths', () => {
    const table: [string, string, string][] = [
      ['/home', 'a', '/home/a'], ['/home', '/etc', '/etc'], ['/home', '../x/./y/', '/x/y'], ['/', '../../..', '/'], ['/a', '', '/a'],
    ];
    for (const [directory, path, expected] of table) expect(resolvePath(directory, path)).toBe(expected);
  });
});
