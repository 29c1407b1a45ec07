/*
 * redis-server
 * ------------
 * The engine as a program of a host: command line and configuration are the engine's own business
 * (launch), this file gives it what a process has: a port, signals, a terminal to show its mark on.
 */
import { type Bytes, commandTable, type Config, type Env, isDiskError, launch, logBindFailure, parseCommandLine, Server } from '../../engine/index.ts';
import { type Process, type Program, resolvePath } from '../../simulation/index.ts';
import { numberOf } from './signals.ts';

export const redisSentinel: Program = {
  name: 'redis-sentinel',
  summary: 'watch Redis servers and replace masters that fail',
  manual: `Usage: redis-sentinel <configuration file> [--directive value ...]

Starts a Sentinel on this host: it watches masters, finds their replicas and
the other Sentinels, and when enough of them agree that a master is down it
puts a replica in its place. The default port is 26379.

  redis-sentinel /etc/redis/sentinel.conf
  redis-server /etc/redis/sentinel.conf --sentinel     the same

The configuration file must exist and be writable, for the Sentinel keeps
there what it must not forget. It needs one line for each master:

  sentinel monitor mymaster 10.0.0.1 6379 2

The last number is how many Sentinels must agree. Stop it with Ctrl-C.
`,
  run: (process) => begin(process, process.argv.slice(1), '', true),
};

export const redisServer: Program = {
  name: 'redis-server',
  summary: 'start a Redis server',
  manual: `Usage: redis-server [configuration file] [--directive value ...] [-]

Starts a Redis server on this host. Without arguments it uses its defaults:
port 6379, no password, data in memory.

  redis-server /etc/redis/redis.conf     settings from a file
  redis-server --port 7000               settings on the command line; they
                                         win over the file
  echo 'port 7000' | redis-server -      settings from standard input
  redis-server --daemonize yes           go to the background at once
  redis-server --version, --help

The server writes its log to the terminal and keeps it busy. Stop it with
Ctrl-C, or start it with & (or --daemonize yes) and stop it with
"redis-cli shutdown".
`,
  run(process) {
    const words = process.argv.slice(1);
    const line = parseCommandLine(words);
    if (line.action !== 'run' || !line.stdin) {
      begin(process, words, '');
      return;
    }
    let input = '';
    process.stdin.onData((bytes) => (input += bytes));
    process.stdin.onEnd(() => begin(process, words, input));
  },
};

function begin(process: Process, words: readonly Bytes[], stdin: Bytes, isSentinel = false): void {
  let directory = process.workingDirectory;
  // A daemon's first lines go nowhere, so they wait until it is known whether this becomes one.
  let firstLines = '';
  const env: Env = { ...process.env, stdout: (text) => (firstLines += text) };
  const started = launch(env, words, {
    resolve: (path) => resolvePath(directory, path),
    changeDirectory: (path) => {
      const target = resolvePath(directory, path);
      const found = process.env.disk.stat(target);
      if (isDiskError(found)) return found.message;
      if (found.kind !== 'directory') return 'Not a directory';
      directory = target;
      return undefined;
    },
    readStdin: () => stdin,
    isTerminal: process.stdout.isTty,
    isSentinel,
    commands: commandTable,
  });
  if (started.kind === 'exit') {
    process.stdout.write(firstLines);
    process.exit(started.code);
    return;
  }
  const { config } = started;
  const isDaemon = config.flag('daemonize');
  if (isDaemon) process.detach();
  else process.stdout.write(firstLines);
  listen(process, config);
}

/** A Sentinel's scripts are programs of the host, or files for its shell. */
function runsOn(process: Process): NonNullable<Env['run']> {
  return (argv, ended) => {
    const spawn = (words: readonly Bytes[]): Process | undefined => process.spawn({ argv: words, exited: (code, signal) => ended(signal === undefined ? code : 0, signal === undefined ? 0 : numberOf(signal)) });
    const child = spawn(argv) ?? spawn(['sh', ...argv]);
    return child === undefined ? undefined : { pid: child.pid, kill: () => child.signal('SIGKILL') };
  };
}

function listen(process: Process, config: Config): void {
  const server = new Server({ ...process.env, run: runsOn(process) }, config);
  for (const { port, what, accept } of server.listeners) {
    if (process.listen(port, (socket) => accept(socket))) continue;
    logBindFailure(process.env, config, '*', 'bind: Address already in use', port, what);
    process.exit(1);
    return;
  }
  process.serves(server, server.port);
  process.onSignal('SIGINT', () => server.signal('SIGINT'));
  process.onSignal('SIGTERM', () => server.signal('SIGTERM'));
  // A server outlives the terminal it was started from, and a reader of its log that goes away.
  process.onSignal('SIGHUP', () => {});
  process.onSignal('SIGPIPE', () => {});
  server.start();
}
