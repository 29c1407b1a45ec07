/*
 * Our server on TCP against the real one
 * --------------------------------------
 * redis-benchmark asks both by turns, in several rounds through all loads. Whoever else is at work on the machine, or on
 * the other half of a processor, makes a run slower and never faster, and may do so for many seconds. So the runs of one
 * load lie far apart, and what counts is the rate that one run in four reaches: its ratio to the real server's, because
 * absolute numbers say little about another machine. The note tells the median of the rounds' ratios as well, and the
 * processor time of a request.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { commandTable } from '../../engine/index.ts';
import { freePort, NoReferenceRedis, pauseMs, referenceProgram, startOurServer, startRealServer, type RunningServer } from '../reference-redis.ts';
import { median, upperQuartile, type Figure, type Section } from './figures.ts';

interface Load {
  readonly name: string;
  /** What it needs: a load whose command our server does not have yet is left out. */
  readonly command: string;
  /** Words for redis-benchmark; several lists run at the same time, and what counts is how long all of them take. */
  readonly runs: readonly (readonly string[])[];
  /** Runs once before: what the load reads must be there. */
  readonly before?: readonly string[];
  /** Requests relative to the others', because one of them is much work. */
  readonly share?: number;
}

const named = (name: string, command = name): Load => ({ name: name.toUpperCase(), command, runs: [['-t', name]] });

const LOADS: readonly Load[] = [
  named('set'),
  named('get'),
  named('incr'),
  { ...named('mset'), name: 'MSET of ten', share: 0.5 },
  named('lpush'),
  named('rpop'),
  named('sadd'),
  named('hset'),
  named('zadd'),
  { name: 'ZRANGE of ten', command: 'zrange', before: ['ZADD', 'bench:zset', '__rand_int__', 'member:__rand_int__'], runs: [['ZRANGE', 'bench:zset', '100', '109']] },
  { name: 'LRANGE of a hundred', command: 'lrange', before: ['LPUSH', 'bench:list', 'xxx'], runs: [['LRANGE', 'bench:list', '0', '99']], share: 0.25 },
  named('xadd'),
  { name: 'EVAL', command: 'eval', runs: [['EVAL', "return redis.call('INCR', KEYS[1])", '1', 'bench:script:__rand_int__']] },
  { name: 'mixed: GET, SET, HSET, ZADD, LPUSH', command: 'get', runs: [['-t', 'get'], ['-t', 'set'], ['-t', 'hset'], ['-t', 'zadd'], ['-t', 'lpush']] },
];

/** Least ratio to the real server that is wanted, by depth of the pipeline. */
const GOALS = new Map([[1, 0.9], [16, 0.5]]);
const CLIENTS = 50;

function benchmark(port: number, pipeline: number, requests: number, clients: number, words: readonly string[]): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(referenceProgram('redis-benchmark'), ['-p', String(port), '-n', String(requests), '-P', String(pipeline), '-c', String(clients), '-r', '10000', '--csv', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', failed);
    // Not `exit`: what it has written may still be on its way then.
    child.once('close', () => {
      const rate = /^"(?:[^"]|"")*","([\d.]+)"/m.exec(text.slice(text.indexOf('\n') + 1))?.[1];
      if (rate === undefined) failed(new Error(`redis-benchmark ${words.join(' ')} brought no rate, but ${JSON.stringify(text)}`));
      else done(Number(rate));
    });
  });
}

/** Processor time of a process so far in microseconds; undefined where the system does not tell. */
function cpuUs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return undefined;
  }
}

interface Measured {
  readonly rate: number;
  readonly usEach: number;
}

async function measure(server: RunningServer, load: Load, pipeline: number, requests: number): Promise<Measured> {
  const before = cpuUs(server.pid);
  const clients = Math.floor(CLIENTS / load.runs.length);
  const rates = await Promise.all(load.runs.map((words) => benchmark(server.port, pipeline, requests, clients, words)));
  const after = cpuUs(server.pid);
  // Not the sum of the rates: those that run on when others are done would have had the server to themselves.
  return { rate: load.runs.length * Math.min(...rates), usEach: ((after ?? NaN) - (before ?? NaN)) / (requests * load.runs.length) };
}

/** `requests` are those of one run at depth 1; deeper pipelines get eight times as many. */
export async function tcpSection(repeats: number, requests: number): Promise<Section> {
  const title = 'Our server on TCP, requests a second relative to the real one';
  const running: RunningServer[] = [];
  try {
    const real = await startRealServer(await freePort());
    running.push(real);
    const ours = await startOurServer(await freePort());
    running.push(ours);
    const figures: Figure[] = [];
    // Node compiles what it sees often, and compiles again once it sees something else: without this round the loads that
    // come first are measured on code that the later ones never meet.
    for (const load of LOADS) for (const server of running) await measure(server, load, 1, Math.ceil(requests * (load.share ?? 1)));
    for (const [pipeline, goal] of GOALS) {
      const loads = LOADS.filter((load) => commandTable.lookup(load.command) !== undefined).map((load) => ({
        load, rounds: [] as Record<'real' | 'ours', Measured>[],
        requests: Math.ceil(requests * (load.share ?? 1) * (pipeline === 1 ? 1 : 8)),
      }));
      for (const { load, requests: amount } of loads) {
        for (const server of running) {
          if (load.before !== undefined) await benchmark(server.port, 16, 10_000, CLIENTS, load.before);
          await measure(server, load, pipeline, amount);
        }
      }
      for (let repeat = 0; repeat < repeats; repeat++) {
        for (const { load, rounds, requests: amount } of loads) {
          const first = repeat % 2 === 0 ? real : ours;
          const one = await measure(first, load, pipeline, amount);
          const two = await measure(first === real ? ours : real, load, pipeline, amount);
          rounds.push(first === real ? { real: one, ours: two } : { real: two, ours: one });
        }
      }
      for (const { load, rounds } of loads) {
        const reached = (server: 'real' | 'ours'): number => upperQuartile(rounds.map((round) => round[server].rate));
        const usEach = (server: 'real' | 'ours'): string => median(rounds.map((round) => round[server].usEach)).toFixed(1);
        figures.push({
          name: `${load.name}, -P ${pipeline}`,
          value: reached('ours') / reached('real'),
          unit: '',
          goal: { from: goal },
          note: `${Math.round(reached('ours')).toLocaleString('en')} of ${Math.round(reached('real')).toLocaleString('en')} a second, one run in four of ${repeats}; median ratio ${median(rounds.map((round) => round.ours.rate / round.real.rate)).toFixed(2)}; processor ${usEach('ours')} and ${usEach('real')} µs`,
        });
      }
    }
    return { title, figures };
  } catch (error) {
    if (error instanceof NoReferenceRedis) return { title, figures: [], missing: error.message };
    await pauseMs(500); // a server that vanished may not have been seen to end yet
    const gone = running.find((server) => server.ended());
    throw gone === undefined ? error : new Error(`the ${gone.name} server has ended:\n${gone.output()}`, { cause: error });
  } finally {
    for (const server of running) await server.stop();
  }
}
