import { describe, expect, it } from 'vitest';
import { decodeRecording, encodeRecording, ENGINE_VERSION, recordingProblem, type Recording } from './recording.ts';

const recording: Recording = {
  format: 1,
  engineVersion: ENGINE_VERSION,
  scenario: { seed: 7, epochMs: 1_700_000_000_000, hosts: [{ name: 'local', run: ['redis-server'], files: { 'redis.conf': 'port 6379\n' }, memoryBytes: 1024 }] },
  untilUs: 9_000_000,
  executed: 12,
  inputs: [
    { atUs: 0, executed: 3, kind: 'prepare', steps: [{ kind: 'redis', text: 'SET a 1', client: 'b' }, { kind: 'wait', us: 5 }, { kind: 'shell', text: 'ls' }, { kind: 'restart' }] },
    { atUs: 10, executed: 5, kind: 'open', tty: 'a', host: 'local', columns: 80, rows: 24, run: 'redis-cli' },
    { atUs: 20, executed: 5, kind: 'type', tty: 'a', bytes: 'SET k \xff\x00\x7f\r' },
    { atUs: 20, executed: 9, kind: 'resize', tty: 'a', columns: 100, rows: 30 },
    { atUs: 30, executed: 9, kind: 'writeFile', host: 'local', path: 'x', content: 'y\n' },
    { atUs: 30, executed: 9, kind: 'restart', port: 6379 },
    { atUs: 40, executed: 10, kind: 'close', tty: 'a' },
  ],
};

const problemOf = (text: string): string => {
  const read = decodeRecording(text);
  return 'problem' in read ? read.problem.what : 'none';
};

describe('a recording', () => {
  it('comes back from its text as it was, and the text is plain ASCII', () => {
    const text = encodeRecording(recording);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(decodeRecording(text)).toEqual({ recording });
    expect(decodeRecording(text.replaceAll('\n', '\r\n'))).toEqual({ recording });
    expect(recordingProblem(recording)).toBeUndefined();
  });

  it('is refused with a sentence when it is old, foreign or damaged', () => {
    const text = encodeRecording(recording);
    const table: [string, string, RegExp][] = [
      ['foreign', 'hello', /not a Keyspace recording/],
      ['empty', '', /not a Keyspace recording/],
      ['newer', text.replace(' 1 ', ' 2 '), /newer Keyspace/],
      ['older', text.replace(' 1 ', ' 0 '), /old Keyspace/],
      ['head', text.replace(' 1 ', ' x '), /first line/],
      ['cut off', text.slice(0, -20), /damaged/],
      ['changed', text.replace('SET k', 'SET l'), /damaged/],
    ];
    for (const [name, bad, expected] of table) expect(problemOf(bad), name).toMatch(expected);
  });

  it('is refused when it is whole but makes no sense', () => {
    const bad = (change: object): string => problemOf(encodeRecording({ ...recording, ...change } as Recording));
    expect(bad({ scenario: { seed: 1, hosts: [] } })).toMatch(/at least one host/);
    expect(bad({ scenario: { seed: 1, hosts: [{ name: 'Bad Name' }] } })).toMatch(/host name/);
    expect(bad({ untilUs: 5 })).toMatch(/after its end/);
    expect(bad({ inputs: [{ atUs: 5, executed: 1, kind: 'type', tty: '', bytes: 'x' }] })).toMatch(/input 1 makes no sense/);
    expect(bad({ inputs: [{ atUs: -5, executed: 1, kind: 'close', tty: 'a' }] })).toMatch(/input 1 has no time/);
    expect(bad({ inputs: [{ atUs: 1, executed: 1, kind: 'prepare', steps: [{ kind: 'dance' }] }] })).toMatch(/input 1 makes no sense/);
  });
});
