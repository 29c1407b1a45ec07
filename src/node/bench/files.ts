/*
 * Saving and loading against the real server
 * ------------------------------------------
 * Both have the same dataset, made by DEBUG POPULATE or by the same commands. SAVE writes it, DEBUG RELOAD NOSAVE
 * empties the server and loads the file again. Both by turns, a few times; the median of the ratios counts, and below 1
 * ours is the slower one. The digests must agree in the end: what was loaded fast but wrong would be worth nothing.
 */
import { performance } from 'node:perf_hooks';
import { askServer, freePort, NoReferenceRedis, startOurServer, startRealServer, type RunningServer } from '../reference-redis.ts';
import { median, type Figure, type Section } from './figures.ts';

interface Dataset {
  readonly name: string;
  /** Fills an empty server with so many keys. */
  readonly fill: (server: RunningServer, keys: number) => void;
}

const DATASETS: readonly Dataset[] = [
  { name: 'small strings', fill: (server, keys) => expectOk(askServer(server, 'DEBUG', 'POPULATE', String(keys), 'key', '16')) },
  {
    // A tenth as many keys of ten elements each.
    name: 'elements of hashes, lists, sets and sorted sets',
    fill(server, keys) {
      const script = "for i = 1, ARGV[1] / 10 do local h, l, s, z = {}, {}, {}, {} for j = 1, 10 do h[2*j-1], h[2*j], l[j], s[j], z[2*j-1], z[2*j] = 'f'..j, 'v'..i, 'e'..j, 'm'..j, i + j, 'm'..j end " +
        "local kind = i % 4 if kind == 0 then redis.call('HSET', 'h'..i, unpack(h)) elseif kind == 1 then redis.call('RPUSH', 'l'..i, unpack(l)) elseif kind == 2 then redis.call('SADD', 's'..i, unpack(s)) else redis.call('ZADD', 'z'..i, unpack(z)) end end return 'OK'";
      expectOk(askServer(server, 'EVAL', script, '0', String(keys)));
    },
  },
];

function expectOk(reply: string): void {
  if (reply !== 'OK') throw new Error(`the bench wanted OK, and got ${JSON.stringify(reply)}`);
}

/** Milliseconds until the command has answered OK. */
function timed(server: RunningServer, ...words: string[]): number {
  const began = performance.now();
  expectOk(askServer(server, ...words));
  return performance.now() - began;
}

const STEPS = [['SAVE', ['SAVE']], ['load', ['DEBUG', 'RELOAD', 'NOSAVE']]] as const;

/** `keys` in each dataset, every step `repeats` times. */
export async function filesSection(keys: number, repeats: number): Promise<Section> {
  const title = 'Files, speed relative to the real server';
  const running: RunningServer[] = [];
  const figures: Figure[] = [];
  try {
    for (const { name, fill } of DATASETS) {
      const words = ['--enable-debug-command', 'yes'];
      const real = await startRealServer(await freePort(), words);
      running.push(real);
      const ours = await startOurServer(await freePort(), words);
      running.push(ours);
      for (const server of running) fill(server, keys);
      for (const [step, command] of STEPS) {
        const rounds = Array.from({ length: repeats }, (_, repeat) => {
          const [first, second] = repeat % 2 === 0 ? [real, ours] : [ours, real];
          const times = [timed(first, ...command), timed(second, ...command)] as const;
          return first === real ? { real: times[0], ours: times[1] } : { real: times[1], ours: times[0] };
        });
        const of = (server: 'real' | 'ours'): string => `${Math.round(median(rounds.map((round) => round[server]))).toLocaleString('en')} ms`;
        figures.push({ name: `${step}, ${keys.toLocaleString('en')} ${name}`, value: median(rounds.map((round) => round.real / round.ours)), unit: '', note: `${of('ours')}, the real one ${of('real')}; medians of ${repeats}` });
      }
      const [theirs, mine] = running.map((server) => askServer(server, 'DEBUG', 'DIGEST'));
      if (theirs !== mine) throw new Error(`after loading ${name} the digests differ: ${theirs} and ${mine}`);
      for (const server of running.splice(0)) await server.stop();
    }
    return { title, figures };
  } catch (error) {
    if (error instanceof NoReferenceRedis) return { title, figures: [], missing: error.message };
    throw error;
  } finally {
    for (const server of running) await server.stop();
  }
}
