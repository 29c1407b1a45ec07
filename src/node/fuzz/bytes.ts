/*
 * Bytes that are no requests, by the million
 * ------------------------------------------
 * Whatever comes, cut however it comes: the server answers or closes, keeps serving others, and keeps
 * nothing of those who left.
 */
import { ReplyParser } from '../../engine/protocol/index.ts';
import { TestServer } from '../../engine/testing.ts';
import type { Chance } from '../conformance/chance.ts';
import { rawBytes } from '../conformance/raw-bytes.ts';
import { shown } from '../conformance/scenario.ts';
import { Words } from '../conformance/values.ts';

/** Inputs that one server sees before a new one takes its place: its keys are few, so its memory must be, too. */
const INPUTS_PER_SERVER = 20_000;

export interface Storm {
  inputs: number;
  closed: number;
}

function storm(world: TestServer, chance: Chance, inputs: number): Storm {
  const words = new Words(chance, 0.3);
  const tally: Storm = { inputs: 0, closed: 0 };
  for (let number = 0; tally.inputs < inputs; number++) {
    const wire = world.client(`client ${number}`);
    const parser = new ReplyParser();
    for (let more = chance.below(6); more >= 0 && !wire.closed; more--) {
      tally.inputs++;
      const bytes = chance.happens(0.8) ? rawBytes(chance, words) : anyBytes(chance);
      try {
        for (let at = 0; at < bytes.length && !wire.closed; ) {
          const length = chance.happens(0.8) ? bytes.length : chance.pick([1, 2, 7, 100, 16384]);
          parser.feed(wire.raw(bytes.slice(at, at + length))); // throws for what is no reply
          at += length;
        }
      } catch (error) {
        throw new Error(`client ${number}, after ${shown(bytes, 4000)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { cause: error });
      }
    }
    if (wire.closed) tally.closed++;
    else wire.disconnect();
    world.forget(`client ${number}`);
  }
  return tally;
}

function anyBytes(chance: Chance): string {
  let bytes = '';
  for (let left = chance.pick([1, 3, 20, 200]); left > 0; left--) bytes += chance.happens(0.3) ? chance.pick(['*', '$', '\r\n', '1', '-', '\0', '"']) : String.fromCharCode(chance.below(256));
  return bytes;
}

/** `inputs` random inputs. Throws, with the bytes, when a server dies, answers what is no reply, or keeps a client that left. */
export function stormOfBytes(chance: Chance, inputs: number, progress: (done: number) => void = () => {}): Storm {
  const total: Storm = { inputs: 0, closed: 0 };
  while (total.inputs < inputs) {
    const world = new TestServer({ seed: total.inputs + 1 });
    const { inputs: done, closed } = storm(world, chance, Math.min(INPUTS_PER_SERVER, inputs - total.inputs));
    total.inputs += done;
    total.closed += closed;
    if (world.client('newcomer').raw('PING\r\n') !== '+PONG\r\n' || world.exitCode !== undefined) throw new Error('the server does not answer a newcomer');
    if (world.server.clients.size !== 1) throw new Error(`${world.server.clients.size - 1} clients that left are still there`);
    progress(total.inputs);
  }
  return total;
}
