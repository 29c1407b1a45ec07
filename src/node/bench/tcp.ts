/*
 * Our server on TCP against the real one
 * --------------------------------------
 * redis-benchmark asks both by turns, several times, so that a busy moment of the machine meets both; the
 * medians are compared. Absolute numbers say little about another machine, the ratio does.
 */
import { spawn } from 'node:child_process';
import { freePort, NoReferenceRedis, referenceProgram, startOurServer, startRealServer, type RunningServer } from '../reference-redis.ts';
import { median, type Figure, type Section } from './figures.ts';

const TESTS = ['SET', 'GET', 'INCR', 'MSET (10 keys)'] as const;
/** Least ratio to the real server that is wanted, by depth of the pipeline. */
const GOALS = new Map([[1, 0.9], [16, 0.45]]);

function benchmark(port: number, pipeline: number, requests: number): Promise<Map<string, number>> {
  return new Promise((done, failed) => {
    const child = spawn(referenceProgram('redis-benchmark'), ['-p', String(port), '-t', 'set,get,incr,mset', '-n', String(requests), '-P', String(pipeline), '-r', '10000', '--csv'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', failed);
    child.once('exit', () => done(new Map([...text.matchAll(/^"([^"]+)","([\d.]+)"/gm)].map(([, name, rate]) => [name as string, Number(rate)]))));
  });
}

export async function tcpSection(repeats: number, requests: number): Promise<Section> {
  const title = 'Our server on TCP, requests a second relative to the real one';
  const running: RunningServer[] = [];
  try {
    const real = await startRealServer(await freePort());
    running.push(real);
    const ours = await startOurServer(await freePort());
    running.push(ours);
    const figures: Figure[] = [];
    for (const [pipeline, goal] of GOALS) {
      const amount = pipeline === 1 ? requests : requests * 4;
      await benchmark(ours.port, pipeline, Math.ceil(amount / 4)); // Node compiles what it sees often
      const rates = { real: new Map<string, number[]>(), ours: new Map<string, number[]>() };
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const server of repeat % 2 === 0 ? [real, ours] : [ours, real]) {
          for (const [name, rate] of await benchmark(server.port, pipeline, amount)) {
            const known = rates[server.name].get(name);
            if (known === undefined) rates[server.name].set(name, [rate]);
            else known.push(rate);
          }
        }
      }
      for (const name of TESTS) {
        const [theirs, mine] = [median(rates.real.get(name) ?? []), median(rates.ours.get(name) ?? [])];
        figures.push({ name: `${name}, -P ${pipeline}`, value: mine / theirs, unit: '', goal: { from: goal }, note: `${Math.round(mine).toLocaleString('en')} of ${Math.round(theirs).toLocaleString('en')} a second, medians of ${repeats}` });
      }
    }
    return { title, figures };
  } catch (error) {
    if (error instanceof NoReferenceRedis) return { title, figures: [], missing: error.message };
    throw error;
  } finally {
    for (const server of running) await server.stop();
  }
}
