/*
 * redis-server on real TCP
 * ------------------------
 * One OS process, one engine: the command line, configuration file, start-up lines, signals and exit
 * codes are those of the real server. Called redis-sentinel, it is a Sentinel.
 */
import * as fs from 'node:fs';
import { basename, resolve } from 'node:path';
import { commandTable, launch, Server } from '../engine/index.ts';
import { nodeEnvironment } from './environment.ts';
import { Listening } from './listening.ts';
import { setSourceAddress } from './sockets.ts';

const env = nodeEnvironment((text) => void fs.writeSync(1, Buffer.from(text, 'latin1')));

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
    isTerminal: process.stdout.isTTY,
    isSentinel: basename(process.argv[1] ?? '').startsWith('redis-sentinel'),
    commands: commandTable,
  });
  if (started.kind === 'exit') {
    process.exitCode = started.code;
    return;
  }
  const { config } = started;
  const server = new Server(env, config);
  if (config.flag('daemonize')) server.log('warning', 'daemonize: this process stays in the foreground; start it with & to leave the terminal to others.');
  config.follow('bind-source-addr', () => setSourceAddress(config.text('bind-source-addr')));
  const listening = new Listening(env, server);
  server.refuseDirective = (name, value) => listening.refuses(name, value);
  listening.start(() => server.start());
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => server.signal(name));
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
