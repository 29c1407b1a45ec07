/*
 * redis-benchmark
 * ---------------
 * Many clients ask the same thing over and over; how many requests a second were served, and how long each waited. Its
 * output is the real program's. On a simulated host the times are virtual (clients.ts), which is said first.
 */
import { type Bytes, REDIS_VERSION } from '../../../engine/index.ts';
import type { ReceivedReply } from '../../../engine/protocol/index.ts';
import type { Process, Program } from '../../../simulation/index.ts';
import { Connection } from '../redis-cli/connection.ts';
import { drive, type Task, until } from '../task.ts';
import { manualOf } from '../tool.ts';
import { startClients, type Run } from './clients.ts';
import { Histogram } from './histogram.ts';
import { type Options, parseOptions } from './options.ts';
import { encode, type Workload, workloads } from './workloads.ts';

const VIRTUAL = 'Times are virtual: those of the simulated host, see "man redis-benchmark".\n';
const PROGRESS_US = 250_000;
const CSV_HEADER = '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"\n';

export const redisBenchmark: Program = {
  name: 'redis-benchmark',
  summary: 'measure how many requests a server answers',
  manual: `Usage: redis-benchmark [OPTIONS] [COMMAND ARGS...]

 -h <hostname>      The server's host. Without it: 127.0.0.1.
 -p <port>          The server's port. Without it: 6379.
 -a <password>      Identify with this password, --user <name> as this user.
 -c <clients>       So many connections at once (50).
 -n <requests>      So many requests in all (100000).
 -d <bytes>         Size of the values (3).
 --dbnum <db>       Select this database.
 -3                 Speak RESP3.
 --enable-tracking  Switch CLIENT TRACKING on first.
 -k <boolean>       1: keep connections; 0: a new one for each request.
 -r <keyspacelen>   Put a random number below this wherever a command says
                    __rand_int__; the usual tests have it in their keys.
 -P <numreq>        Send so many requests at once (1).
 -q                 Only the requests per second.
 --csv              Comma-separated values.
 -l                 Run for ever.
 -t <tests>         Only these tests, parted by commas: set,get
 -I                 Only open the connections and wait.
 -x                 Take the last word of the command from standard input.
 --help, --version  Print this text, or the version.

A host of this simulation says what a round trip takes on an ordinary machine,
and counts in its virtual time: the figures tell proportions (what a pipeline
gains, what a large reply costs), not how fast your browser is.

  redis-benchmark -q -t set,get -n 10000
  redis-benchmark -q -n 10000 -P 16 -t get
  redis-benchmark -n 10000 -r 1000 lpush list:__rand_int__ x
`,
  run(process) {
    const wanted = parseOptions(process.argv);
    if ('options' in wanted) {
      drive(benchmark(process, wanted.options), (code) => process.exit(code));
      return;
    }
    if ('wrong' in wanted) process.stdout.write(`Invalid option "${wanted.wrong}" or option argument missing\n\n${manualOf(redisBenchmark)}`);
    else process.stdout.write(wanted.show === 'version' ? `redis-benchmark ${REDIS_VERSION}\n` : manualOf(redisBenchmark));
    process.exit('wrong' in wanted ? 1 : 0);
  },
};

/** What the server is configured to keep, as the report tells it. */
interface Kept {
  readonly save: Bytes;
  readonly appendonly: Bytes;
}

function* benchmark(process: Process, options: Options): Task<number> {
  const kept = yield* askConfiguration(process, options);
  if (kept === 'unreachable') return 1;
  if (process.env.clock.charge !== undefined && !options.csv) process.stderr.write(VIRTUAL);
  if (!options.keepsAlive) {
    process.stderr.write("WARNING: Keepalive disabled. You probably need 'echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse' for Linux and 'sudo sysctl -w net.inet.tcp.msl=1000' for Mac OS X in order to use a lot of clients/requests\n");
  }
  if (options.idle) {
    process.stdout.write(`Creating ${options.clients} idle connections and waiting forever (Ctrl+C when done)\n`);
    for (let i = 0; i < options.clients; i++) process.env.network.connect(`${options.host}:${options.port}`, { open: () => {}, data: () => {}, closed: () => {} });
    yield* until<void>(() => {});
  }
  if (options.csv) process.stdout.write(CSV_HEADER);
  const command = options.lastFromStdin ? [...options.command, yield* readAll(process)] : options.command;
  const isCustom = command.length > 0;
  const title = options.command.join(' ');
  const list: Workload[] = isCustom ? [{ title, request: encode(command) }] : workloads(options);
  do {
    for (const workload of list) {
      const sized = isCustom ? { ...options, dataBytes: workload.request.length } : options;
      if (!(yield* runOne(process, sized, workload, kept))) return 1;
    }
    if (!isCustom && !options.csv) process.stdout.write('\n');
  } while (options.loops);
  return 0;
}

function* readAll(process: Process): Task<Bytes> {
  let input = '';
  process.stdin.onData((bytes) => (input += bytes));
  yield* until<void>((done) => process.stdin.onEnd(() => done()));
  return input;
}

function* askConfiguration(process: Process, options: Options): Task<Kept | undefined | 'unreachable'> {
  const { host, port, user, password } = options;
  let waiting: (reply: ReceivedReply | undefined) => void = () => {};
  let connection: Connection | undefined;
  const problem = yield* until<string | undefined>((done) => {
    connection = new Connection(process.env.network, `${host}:${port}`, {
      opened: () => done(undefined), refused: done, replied: (reply) => waiting(reply), lost: () => waiting(undefined),
    });
  });
  if (problem !== undefined) {
    process.stderr.write(`Could not connect to Redis at ${host}:${port}: ${problem}\n`);
    return 'unreachable';
  }
  const texts: Bytes[] = [];
  const questions = [...(password === undefined ? [] : [user === undefined ? ['AUTH', password] : ['AUTH', user, password]]), ['CONFIG', 'GET', 'save'], ['CONFIG', 'GET', 'appendonly']];
  for (const argv of questions) {
    const reply = yield* until<ReceivedReply | undefined>((done) => {
      waiting = done;
      connection?.send(argv);
    });
    if (reply?.type === 'error') {
      process.stderr.write(`Node ${host}:${port} replied with error:\n${reply.text}\n`);
      connection?.close();
      if (argv[0] === 'AUTH' || /^(NOAUTH|NOPERM)/.test(reply.text)) return 'unreachable';
      process.stderr.write('WARNING: Could not fetch server CONFIG\n');
      return undefined;
    }
    const value = reply?.type === 'array' ? reply.items[1] : undefined;
    if (argv[0] === 'CONFIG') texts.push(value?.type === 'bulk' ? value.text : '');
  }
  connection?.close();
  return { save: texts[0] ?? '', appendonly: texts[1] ?? '' };
}

/** Runs one test and reports; false when it could not be finished, which was said. */
function* runOne(process: Process, options: Options, { title, request }: Workload, kept: Kept | undefined): Task<boolean> {
  const { clock } = process.env;
  const [latencies, recent] = [new Histogram(), new Histogram()];
  const startUs = clock.monotonic();
  let width = 0;
  let [before, beforeUs] = [0, startUs];
  const out = (text: Bytes): void => process.stdout.write(text);
  const clear = (): void => out(`${' '.padStart(width)}\r`);
  const tell = (run: Run): void => {
    const nowUs = clock.monotonic();
    clear();
    const line = `${title}: rps=${rate(run.finished - before, nowUs - beforeUs, 1)} (overall: ${rate(run.finished, nowUs - startUs, 1)}) avg_msec=${inMs(recent.mean)} (overall: ${inMs(latencies.mean)})\r`;
    out(line);
    width = line.length;
    [before, beforeUs] = [run.finished, nowUs];
    recent.clear();
  };
  const problem = yield* until<Bytes | undefined>((done) => {
    let cancel = (): void => {};
    let isOver = false;
    const end = (outcome: Bytes | undefined): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      clients.stop();
      done(outcome);
    };
    const run: Run = { process, options, latencies, recent, finished: 0, issued: 0, failed: end, over: () => end(undefined) };
    const progress = (): void => {
      if (isOver) return;
      tell(run);
      cancel = clock.after(PROGRESS_US, 'redis-benchmark tells how far it is', progress);
    };
    const clients = startClients(run, { title, request });
    if (!options.csv) progress();
  });
  if (problem !== undefined) {
    process.stderr.write(problem);
    return false;
  }
  report(process, options, title, kept, latencies, clock.monotonic() - startUs, clear);
  return true;
}

function report({ stdout }: Process, options: Options, title: Bytes, kept: Kept | undefined, latencies: Histogram, tookUs: number, clear: () => void): void {
  const out = (text: Bytes): void => stdout.write(text);
  const figures = [latencies.mean, latencies.least, latencies.at(50), latencies.at(95), latencies.at(99), latencies.most].map(inMs);
  const perSecond = rate(latencies.count, tookUs, 2);
  if (options.csv) {
    out(`"${title}",${[perSecond, ...figures].map((figure) => `"${figure}"`).join(',')}\n`);
    return;
  }
  clear();
  if (options.quiet) {
    out(`${title}: ${perSecond} requests per second, p50=${figures[2]} msec\n`);
    return;
  }
  out(`====== ${title} ======\n  ${latencies.count} requests completed in ${(Math.floor(tookUs / 1000) / 1000).toFixed(2)} seconds\n  ${options.clients} parallel clients\n`);
  out(`  ${options.dataBytes} bytes payload\n  keep alive: ${options.keepsAlive ? 1 : 0}\n`);
  if (kept !== undefined) out(`  host configuration "save": ${kept.save}\n  host configuration "appendonly": ${kept.appendonly}\n`);
  out('  multi-thread: no\n\nLatency by percentile distribution:\n');
  const row = ({ percent, us, count }: { percent: number; us: number; count: number }): void => out(`${percent.toFixed(3)}% <= ${inMs(us)} milliseconds (cumulative count ${count})\n`);
  latencies.percentiles().forEach(row);
  out('\nCumulative distribution of latencies:\n');
  latencies.steps().forEach(row);
  out(`\nSummary:\n  throughput summary: ${perSecond} requests per second\n  latency summary (msec):\n          avg       min       p50       p95       p99       max\n    ${figures.map((figure) => figure.padStart(9)).join(' ')}\n`);
}

/** So many a second, over a time that is counted in whole milliseconds; in single precision, as in the real program. */
function rate(count: number, us: number, digits: number): Bytes {
  return figure(Math.fround(count / Math.fround(Math.floor(us / 1000) / 1000)), digits);
}

const inMs = (us: number): Bytes => figure(us / 1000, 3);

function figure(value: number, digits: number): Bytes {
  return Number.isNaN(value) ? '-nan' : value === Infinity ? 'inf' : value.toFixed(digits);
}
