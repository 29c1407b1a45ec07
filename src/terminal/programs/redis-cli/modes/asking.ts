/* How the modes of redis-cli talk to their server: in order, and connecting anew when the connection breaks. */
import type { Bytes } from '../../../../engine/index.ts';
import type { ReceivedReply } from '../../../../engine/protocol/index.ts';
import type { Process } from '../../../../simulation/index.ts';
import { pause, type Task, until } from '../../task.ts';
import type { Options } from '../options.ts';
import type { Session } from '../session.ts';

export interface Mode {
  readonly process: Process;
  readonly session: Session;
  readonly options: Options;
}

/** Thrown by a mode that cannot go on; what there is to say was said. */
export class ModeFails extends Error {}

const LEFT_AND_CLEAR = '\r\x1b[0K';

export function* connect({ session }: Mode): Task<void> {
  if (!(yield* until<boolean>((done) => session.connect(done))) || session.isUnprepared) throw new ModeFails();
}

/** The reply to a command. While the server is away it is asked every second whether it is back. */
export function* ask({ process, session }: Mode, argv: readonly Bytes[]): Task<ReceivedReply> {
  for (let tries = 0; ; ) {
    const reply = yield* until<ReceivedReply | undefined>((done) => session.ask(argv, done, () => done(undefined)));
    if (reply !== undefined) {
      if (tries > 0) process.stdout.write(LEFT_AND_CLEAR);
      return reply;
    }
    do {
      process.stdout.write(`${LEFT_AND_CLEAR}Reconnecting... ${++tries}\r`);
      yield* pause(process, 1e6, 'redis-cli connects anew');
    } while (!(yield* until<boolean>((done) => session.reconnect(done))));
  }
}

/** The same where an error ends the program. */
export function* askFor(mode: Mode, argv: readonly Bytes[], what = 'Error'): Task<ReceivedReply> {
  const reply = yield* ask(mode, argv);
  if (reply.type === 'error') fail(mode, `${what}: ${reply.text}\n`);
  return reply;
}

export function fail({ process }: Pick<Mode, 'process'>, message: Bytes): never {
  process.stderr.write(message);
  throw new ModeFails();
}

/**
 * Visits every key that SCAN brings, with the rests of -i between, to the end or until Ctrl-C. `begun` is called
 * before each step: what is printed while a step is worked through tells how far the scan was at its beginning. Returns
 * the cursor at which it ended, '0' after the last key.
 */
export function* eachKey(mode: Mode, stop: { readonly wanted: boolean }, visit: (key: Bytes) => Task<void>, begun: () => void = () => {}, from: Bytes = '0'): Task<Bytes> {
  let cursor = from;
  let steps = 0;
  do {
    begun();
    const step = yield* scanStep(mode, cursor);
    cursor = step.cursor;
    for (const key of step.keys) yield* visit(key);
    yield* restBetween(mode, ++steps);
  } while (!stop.wanted && cursor !== '0');
  return cursor;
}

/** One step of a SCAN: the next cursor and the keys. */
function* scanStep(mode: Mode, cursor: Bytes): Task<{ readonly cursor: Bytes; readonly keys: readonly Bytes[] }> {
  const { pattern, count } = mode.options;
  const argv = ['SCAN', cursor, ...(pattern === undefined ? [] : ['MATCH', pattern]), ...(pattern === undefined && count === undefined ? [] : ['COUNT', String(count ?? 10)])];
  const reply = yield* askFor(mode, argv, 'SCAN error');
  const [next, keys] = reply.type === 'array' ? reply.items : [];
  if (next === undefined || keys?.type !== 'array') return fail(mode, 'Non ARRAY response from SCAN!\n');
  return { cursor: textOf(next), keys: keys.items.map(textOf) };
}

/** Whether Ctrl-C has asked a long scan to end with what it has. */
export function stopOnInterrupt({ process }: Mode): { wanted: boolean } {
  const stop = { wanted: false };
  process.onSignal('SIGINT', () => (stop.wanted = true));
  return stop;
}

/** -i: a rest after every hundred steps. */
function* restBetween({ process, options }: Mode, steps: number): Task<void> {
  if (options.intervalUs > 0 && steps % 100 === 0) yield* pause(process, options.intervalUs, 'redis-cli rests');
}

export const textOf = (reply: ReceivedReply | undefined): Bytes => (reply !== undefined && 'text' in reply ? reply.text : '');
export const numberOf = (reply: ReceivedReply | undefined): number => (reply?.type === 'integer' ? Number(reply.value) : 0);
