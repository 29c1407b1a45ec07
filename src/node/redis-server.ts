/*
 * redis-server on real TCP
 * ------------------------
 * One OS process, one engine: the command line, configuration file, start-up lines, signals and exit
 * codes are those of the real server. Called redis-sentinel, it is a Sentinel.
 *
 * Node cannot fork, so `daemonize yes` starts the same command line again in a session of its own. Who called is
 * told that all is well once that process listens, not a moment before: a script may connect at once.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, resolve } from 'node:path';
import { commandTable, launch, processTitle, Server } from '../engine/index.ts';
import { nodeEnvironment } from './environment.ts';
import { Listening } from './listening.ts';
import { OomScore } from './oom-score.ts';
import { setSourceAddress } from './sockets.ts';

const env = nodeEnvironment((text) => void fs.writeSync(1, Buffer.from(text, 'latin1')));

/** Set for a process that was started to be the daemon. */
const IS_DAEMON = 'REDIS_SERVER_IS_DAEMON';
const isDaemon = process.env[IS_DAEMON] !== undefined;
delete process.env[IS_DAEMON];

const startedIn = process.cwd();

/** The word that this was started by, when who starts it says so (bin/redis-server). */
const calledAs = (process.execArgv.find((word) => word.startsWith('--title=')) ?? '').slice('--title='.length).trim() || basename(process.argv[1] ?? '', '.mjs');

function startDaemon(stdin: string): void {
  const daemon = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: startedIn,
    detached: true,
    env: { ...process.env, [IS_DAEMON]: 'yes' },
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  daemon.stdin?.end(stdin, 'latin1');
  const leave = (): void => process.exit(0);
  daemon.once('message', leave);
  // Its log says why. The real server's caller does not hear of it either.
  daemon.once('exit', leave);
}

/** The daemon listens: who waits for that goes on, and nothing holds the two together any longer. */
function tellParent(): void {
  if (isDaemon) process.send?.('listens', () => process.disconnect());
}

function changeDirectory(path: string): string | undefined {
  try {
    process.chdir(path);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'No such file or directory' : code === 'ENOTDIR' ? 'Not a directory' : 'Permission denied';
  }
}

function main(words: readonly string[]): void {
  const started = launch(env, words.map((word) => Buffer.from(word, 'utf8').toString('latin1')), {
    resolve: (path) => resolve(path),
    changeDirectory,
    readStdin: () => fs.readFileSync(0, 'latin1'),
    ...(isDaemon ? {} : { startDaemon }),
    isTerminal: process.stdout.isTTY,
    isSentinel: basename(process.argv[1] ?? '').startsWith('redis-sentinel'),
    commands: commandTable,
  });
  if (started.kind === 'exit') {
    process.exitCode = started.code;
    return;
  }
  const { config } = started;
  const title = (name: string): string => Buffer.from(processTitle(config, name), 'latin1').toString('utf8');
  const showTitle = (): void => {
    process.title = title(calledAs);
  };
  if (config.flag('set-proc-title')) showTitle();
  config.follow('proc-title-template', showTitle);
  const oomScore = new OomScore(config);
  const server = new Server({
    ...env,
    standIn(name, ended) {
      const child = env.standIn?.(title(name), ended);
      if (child !== undefined) oomScore.begun(child.pid);
      return child;
    },
  }, config);
  config.follow('bind-source-addr', () => setSourceAddress(config.text('bind-source-addr')));
  const listening = new Listening(env, server);
  server.stopListening = () => listening.stop();
  server.refuseDirective = (name, value) => listening.refuses(name, value) ?? oomScore.refuses(name, value);
  listening.start(() => {
    tellParent();
    server.start();
  });
  // A server outlives the terminal it was started from.
  process.on('SIGHUP', () => {});
  for (const name of ['SIGTERM', 'SIGINT', 'SIGALRM'] as const) process.on(name, () => server.signal(name));
  process.on('uncaughtException', (error) => {
    // An assertion of ours: the node crashes with a report rather than go on in an unknown state.
    // Where the log is a file, whoever started the process sees it, too.
    const report = `\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n${error.stack ?? String(error)}\n\n=== REDIS BUG REPORT END. Make sure to include from START to END. ===\n`;
    server.log('warning', report);
    fs.writeSync(2, report);
    process.exit(134);
  });
}

main(process.argv.slice(2));
