/*
 * A probe over a real server, for tests of checks
 * -----------------------------------------------
 * Commands go to a TestServer as a learner's would; each one leaves a copy behind, as the lab's probe keeps
 * them. Nothing of checks or engine is faked.
 */
import type { Bytes, Reply } from '../../engine/index.ts';
import { snapshot, type Snapshot } from '../../engine/inspect/index.ts';
import { TestServer } from '../../engine/testing.ts';
import type { HistoryEntry, Probe, StateProbe } from '../probe.ts';

/** Runs `start`, then `done`, and lets checks look at the result. `@wait 5s`-like lines pass time. */
export function probeAfter(start: readonly string[], done: readonly string[], more: { answers?: Record<string, number>; files?: Record<string, Bytes> } = {}): Probe {
  const test = new TestServer();
  const history: HistoryEntry[] = [];
  const states: StateProbe[] = [];
  let transactions = 1;
  let learner = false;
  test.server.events.listen((event) => {
    if (!learner || (event.type !== 'commandExecuted' && event.type !== 'commandRejected')) return;
    const inTransaction = event.type === 'commandExecuted' && event.inTransaction;
    const reply: Reply = event.type === 'commandExecuted' ? event.reply : { kind: 'error', text: event.error };
    history.push({
      step: history.length + 1, atUs: event.atUs, host: 'local', port: 6379, client: 'a', db: event.db, argv: event.argv, reply,
      dirty: event.type === 'commandExecuted' ? event.dirty : 0,
      ...(inTransaction ? { transaction: transactions } : {}),
      automatic: false,
    });
    states.push(stateOf(snapshot(test.server), more.files));
    if (!inTransaction && event.argv[0]?.toLowerCase() === 'exec') transactions++;
  });
  const run = (line: string): void => {
    const wait = /^@wait (\d+)s$/.exec(line);
    const client = /^@([a-z]) (.*)$/.exec(line);
    if (wait !== null) test.advance(Number(wait[1]) * 1000);
    else if (client !== null) test.send(client[2] ?? '', client[1]);
    else test.send(line);
  };
  for (const line of start) run(line);
  const initial = stateOf(snapshot(test.server), {});
  learner = true;
  for (const line of done) run(line);
  return { now: stateOf(snapshot(test.server), more.files), initial, history, after: (index) => states[index], answers: more.answers ?? {} };
}

function stateOf(copy: Snapshot, files: Record<string, Bytes> = {}): StateProbe {
  return {
    run: (argv, where) => (where.port === 6379 ? copy.run(argv, where.db) : undefined),
    file: (path) => files[path],
  };
}
