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
import { mastersOf, type ClusterNode } from './cluster-nodes.ts';
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
 -u <uri>           All of it at once: redis://user:password@host:port/db
 --cluster          Ask all masters of a cluster, clients dealt out among them;
                    in a command, {tag} stands where a key says its slot.
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
    if ('say' in wanted) process.stderr.write(`${wanted.say}\n`);
    else if ('wrong' in wanted) process.stdout.write(`Invalid option "${wanted.wrong}" or option argument missing\n\n${manualOf(redisBenchmark)}`);
    else process.stdout.write(wanted.show === 'version' ? `redis-benchmark ${REDIS_VERSION}\n` : manualOf(redisBenchmark));
    process.exit('show' in wanted ? 0 : 1);
  },
};

/** What the server is configured to keep, as the report tells it. */
interface Kept {
  readonly save: Bytes;
  readonly appendonly: Bytes;
}

function* benchmark(process: Process, options: Options): Task<number> {
  const nodes = options.cluster ? yield* askNodes(process, options) : undefined;
  if (nodes === 'unreachable') return 1;
  const kept = nodes === undefined ? yield* askConfiguration(process, options) : undefined;
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
      if (!(yield* runOne(process, sized, workload, kept, nodes))) return 1;
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

/** The masters of the cluster, each with its configuration; they are told, as the real program tells them. */
function* askNodes(process: Process, options: Options): Task<ClusterNode[] | 'unreachable'> {
  const { host, port } = options;
  const answers = yield* ask(process, options, [['CLUSTER', 'NODES']]);
  if (answers === undefined) return 'unreachable';
  const [told] = answers;
  if (told?.type === 'error' || told === undefined) {
    process.stderr.write(`Cluster node ${host}:${port} replied with error:\n${told?.text ?? 'the connection was closed'}\nFailed to fetch cluster configuration from ${host}:${port}\n`);
    return 'unreachable';
  }
  const nodes = mastersOf(told.type === 'bulk' || told.type === 'verbatim' ? told.text : '', host, port);
  if (nodes.length === 0) {
    process.stderr.write('Invalid cluster: 0 node(s).\n');
    return 'unreachable';
  }
  const isTold = !options.csv;
  if (isTold) process.stdout.write(`Cluster has ${nodes.length} master nodes:\n\n`);
  for (const [index, node] of nodes.entries()) {
    if (isTold) process.stdout.write(`Master ${index}: ${node.id} ${node.host}:${node.port}\n`);
    const kept = yield* askConfiguration(process, { ...options, host: node.host, port: node.port });
    if (kept === 'unreachable') return 'unreachable';
    node.save = kept?.save ?? '';
    node.appendonly = kept?.appendonly ?? '';
  }
  if (isTold) process.stdout.write('\n');
  return nodes;
}

/** Asks one server some questions; undefined, and said, when it is not to be reached or does not let one in. */
function* ask(process: Process, { host, port, user, password }: Options, questions: readonly (readonly Bytes[])[]): Task<ReceivedReply[] | undefined> {
  let waiting: (reply: ReceivedReply | undefined) => void = () => {};
  let connection: Connection | undefined;
  const problem = yield* until<string | undefined>((done) => {
    connection = new Connection(process.env.network, `${host}:${port}`, {
      opened: () => done(undefined), refused: done, replied: (reply) => waiting(reply), lost: () => waiting(undefined),
    });
  });
  if (problem !== undefined) {
    process.stderr.write(`Could not connect to Redis at ${host}:${port}: ${problem}\n`);
    return undefined;
  }
  const replies: ReceivedReply[] = [];
  for (const argv of [...(password === undefined ? [] : [user === undefined ? ['AUTH', password] : ['AUTH', user, password]]), ...questions]) {
    const reply = yield* until<ReceivedReply | undefined>((done) => {
      waiting = done;
      connection?.send(argv);
    });
    if (argv[0] === 'AUTH' && reply?.type === 'error') {
      process.stderr.write(`Node ${host}:${port} replied with error:\n${reply.text}\n`);
      connection?.close();
      return undefined;
    }
    if (argv[0] !== 'AUTH' && reply !== undefined) replies.push(reply);
  }
  connection?.close();
  return replies;
}

function* askConfiguration(process: Process, options: Options): Task<Kept | undefined | 'unreachable'> {
  const replies = yield* ask(process, options, [['CONFIG', 'GET', 'save'], ['CONFIG', 'GET', 'appendonly']]);
  if (replies === undefined) return 'unreachable';
  const texts: Bytes[] = [];
  for (const reply of replies) {
    if (reply.type === 'error') {
      process.stderr.write(`Node ${options.host}:${options.port} replied with error:\n${reply.text}\n`);
      if (/^(NOAUTH|NOPERM)/.test(reply.text)) return 'unreachable';
      process.stderr.write('WARNING: Could not fetch server CONFIG\n');
      return undefined;
    }
    const value = reply.type === 'array' ? reply.items[1] : undefined;
    texts.push(value?.type === 'bulk' ? value.text : '');
  }
  return { save: texts[0] ?? '', appendonly: texts[1] ?? '' };
}

/** Runs one test and reports; false when it could not be finished, which was said. */
function* runOne(process: Process, options: Options, { title, request }: Workload, kept: Kept | undefined, nodes: readonly ClusterNode[] | undefined): Task<boolean> {
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
    const run: Run = { process, options, latencies, recent, nodes, finished: 0, issued: 0, failed: end, over: () => end(undefined) };
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
  report(process, options, title, kept, nodes, latencies, clock.monotonic() - startUs, clear);
  return true;
}

function report({ stdout }: Process, options: Options, title: Bytes, kept: Kept | undefined, nodes: readonly ClusterNode[] | undefined, latencies: Histogram, tookUs: number, clear: () => void): void {
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
  if (nodes !== undefined) {
    out(`  cluster mode: yes (${nodes.length} masters)\n`);
    for (const [index, { save, appendonly }] of nodes.entries()) out(`  node [${index}] configuration:\n    save: ${save === '' ? 'NONE' : save}\n    appendonly: ${appendonly}\n`);
  }
  // The real program takes a thread for each node; here it is one program at work on one core all the same.
  out(`  multi-thread: ${nodes === undefined ? 'no' : `yes\n  threads: ${nodes.length}`}\n\nLatency by percentile distribution:\n`);
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
