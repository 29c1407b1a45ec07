/*
 * npm run goldens:propagation: records what the real server writes to its AOF
 * ---------------------------------------------------------------------------
 * Each session runs on a server of its own; after every line the growth of the incremental file is kept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REDIS_VERSION } from '../../engine/index.ts';
import { lineOf, stepOf } from '../goldens/golden.ts';
import { stepBytes } from '../conformance/scenario.ts';
import { textOf, Side } from '../conformance/side.ts';
import { Wire } from '../conformance/wire.ts';
import { freePort, NoReferenceRedis, pauseMs, startRealServer } from '../reference-redis.ts';
import { propagationSessions, type PropagationSession } from './sessions.ts';
import { written } from './written.ts';

export type RecordedSession = { readonly title: string; readonly steps: readonly (readonly [line: string, ...written: string[]])[] };

const FILE = 'src/node/propagation/recorded.json';

async function record(session: PropagationSession): Promise<RecordedSession> {
  const words = Object.entries(session.config ?? {}).flatMap(([name, value]) => [`--${name}`, value]);
  const server = await startRealServer(await freePort(), ['--enable-debug-command', 'yes', '--appendonly', 'yes', '--aof-use-rdb-preamble', 'no', ...words]);
  const side = new Side(server);
  const wires = new Map<string, Wire>();
  try {
    const [dir] = await side.ask([['CONFIG', 'GET', 'dir']]);
    const folder = dir?.type === 'array' ? textOf(dir.items[1]) : '';
    const file = join(folder, 'appendonlydir', 'appendonly.aof.1.incr.aof');
    let seen = 0;
    const steps: [string, ...string[]][] = [];
    for (const line of session.lines) {
      const step = stepOf(line);
      const nowMs = Date.now();
      if (step.kind === 'wait') await pauseMs(step.ms);
      else if (step.kind !== 'leave') {
        let wire = wires.get(step.client);
        if (wire === undefined) wires.set(step.client, (wire = await Wire.connect(server.port)));
        wire.send(stepBytes(step));
        let answer = '';
        for (let patience = 0; patience < 10 && answer === ''; patience++) {
          await pauseMs(5);
          answer = wire.take();
        }
        if (answer.startsWith('-')) process.stderr.write(`${session.title}: an error: ${line}\n`);
        await side.ask([['PING']]);
      }
      const bytes = readFileSync(file, 'latin1');
      steps.push([line === lineOf(step).replace(/^a> /, '') ? line : lineOf(step), ...written(bytes.slice(seen), nowMs)]);
      seen = bytes.length;
    }
    return { title: session.title, steps };
  } finally {
    for (const wire of wires.values()) wire.destroy();
    side.close();
    await server.stop();
  }
}

try {
  const recorded: RecordedSession[] = [];
  for (const session of propagationSessions) recorded.push(await record(session));
  const body = recorded.map(({ title, steps }) => `    { "title": ${JSON.stringify(title)}, "steps": [\n${steps.map((step) => `      ${JSON.stringify(step)}`).join(',\n')}\n    ] }`).join(',\n');
  writeFileSync(FILE, `{\n  "redisVersion": ${JSON.stringify(REDIS_VERSION)},\n  "sessions": [\n${body}\n  ]\n}\n`);
  process.stdout.write(`${recorded.length} sessions, ${recorded.reduce((sum, each) => sum + each.steps.length, 0)} lines\n`);
} catch (error) {
  if (!(error instanceof NoReferenceRedis)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
