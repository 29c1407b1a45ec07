/*
 * What our engine writes to its AOF, line by line, against recordings of the real server
 * --------------------------------------------------------------------------------------
 * Each session of propagation/recorded.json runs on an engine in process with an append-only file, and
 * the growth of its file after every line must be the recorded one.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REDIS_VERSION } from '../engine/index.ts';
import { TestServer } from '../engine/testing.ts';
import { stepBytes } from './conformance/scenario.ts';
import { stepOf } from './goldens/golden.ts';
import { propagationSessions } from './propagation/sessions.ts';
import { written } from './propagation/written.ts';
import type { RecordedSession } from './propagation/record.ts';

const recorded = JSON.parse(readFileSync(new URL('./propagation/recorded.json', import.meta.url), 'utf8')) as { redisVersion: string; sessions: readonly RecordedSession[] };
const FILE = '/data/appendonlydir/appendonly.aof.1.incr.aof';

test('the recording comes from the version that this engine follows', () => expect(recorded.redisVersion).toBe(REDIS_VERSION));

describe.each(recorded.sessions.map((session) => [session.title, session] as const))('%s', (title, { steps }) => {
  const session = propagationSessions.find((each) => each.title === title);
  const config = Object.fromEntries(Object.entries(session?.config ?? {}).map(([name, value]) => [name, value === 'yes' ? true : value]));

  test('is written as the real server writes it', () => {
    const world = new TestServer({ config: { 'enable-debug-command': 'yes', save: '', appendonly: true, 'aof-use-rdb-preamble': false, appendfsync: 'no', ...config } });
    let seen = 0;
    const ours = steps.map(([line]) => {
      const step = stepOf(line);
      const nowMs = world.clock.us / 1000;
      if (step.kind === 'wait') world.advance(step.ms);
      else if (step.kind !== 'leave') world.client(step.client).raw(stepBytes(step));
      const bytes = world.disk.files.get(FILE) ?? '';
      const grown = written(bytes.slice(seen), nowMs);
      seen = bytes.length;
      return [line, ...grown];
    });
    if (session?.asAWhole === true) expect(ours.flatMap(([, ...grown]) => grown)).toEqual(steps.flatMap(([, ...grown]) => grown));
    else expect(ours).toEqual(steps);
  });
});
