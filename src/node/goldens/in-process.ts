/*
 * A scenario on our engine, without sockets
 * -----------------------------------------
 * The same turns as conformance/side.ts sees on a real connection, from a server of the test kit whose
 * clock moves only where the scenario waits.
 */
import type { Server } from '../../engine/index.ts';
import { TestServer, type TestClient } from '../../engine/testing.ts';
import { stepBytes, type Scenario } from '../conformance/scenario.ts';
import { NAMES_ID, type Turn } from '../conformance/side.ts';

/** `look` is shown the server after every step. */
export function runInProcess(scenario: Scenario, nowMs: number, seed = 1, look?: (server: Server) => void): Turn[] {
  const world = new TestServer({ nowMs, seed, config: { 'enable-debug-command': 'yes', save: '' } });
  const open = new Map<string, { wire: TestClient; name: string }>();
  let connections = 0;
  return scenario.steps.map((step, index): Turn => {
    if (step.kind === 'wait') world.advance(step.ms);
    else if (step.kind === 'leave') {
      open.get(step.client)?.wire.disconnect();
      open.delete(step.client);
    } else {
      let client = open.get(step.client);
      if (client === undefined || client.wire.closed) {
        const name = `connection ${++connections}`;
        client = { wire: world.client(name), name };
        open.set(step.client, client);
      }
      const idOf = (word: string): string => String(open.get(word.slice(-1))?.wire.serverSide.id ?? 0);
      const bytes = stepBytes(step.kind === 'command' ? { ...step, argv: step.argv.map((word) => (NAMES_ID.test(word) ? idOf(word) : word)) } : step);
      const cuts = step.kind === 'raw' ? step.pieces : [];
      let at = 0;
      let received = '';
      for (const cut of [...cuts, bytes.length]) {
        received += client.wire.raw(bytes.slice(at, cut));
        at = cut;
      }
      client.wire.received = received + client.wire.received;
    }
    look?.(world.server);
    const received = new Map<string, string>();
    const closed: string[] = [];
    for (const [name, { wire }] of open) {
      const bytes = wire.take();
      if (bytes !== '') received.set(name, bytes);
      if (wire.closed) {
        closed.push(name);
        open.delete(name);
      }
    }
    return { from: index, to: index + 1, received, closed };
  });
}
