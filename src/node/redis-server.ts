/*
 * redis-server on real TCP
 * ------------------------
 * One OS process, one engine: the command line, configuration file, start-up lines, signals and exit
 * codes are those of the real server. Called redis-sentinel, it is a Sentinel.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { basename, resolve } from 'node:path';
import { commandTable, launch, logBindFailure, Server, type Config } from '../engine/index.ts';
import { nodeEnvironment } from './environment.ts';
import { acceptSocket, LISTENER_OPTIONS } from './sockets.ts';

const BIND_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: Address already in use',
  EACCES: 'bind: Permission denied',
  EADDRNOTAVAIL: 'bind: Cannot assign requested address',
};

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

function listen(server: Server, config: Config): void {
  const addresses = config.text('bind').split(' ').filter((each) => each !== '');
  // `*` with `-::*` is what Node calls the unspecified address: both families in one socket.
  const hosts = addresses.length === 0 || addresses.includes('*') ? ['*'] : addresses;
  const { listeners } = server;
  let waiting = hosts.length * listeners.length;
  const ready = () => {
    if (--waiting > 0) return;
    server.start();
  };
  for (const each of hosts) {
    // A dash before an address: go on without it when it cannot be had.
    const host = each.replace(/^-/, '');
    for (const { port, accept, what } of listeners) {
      const listener = net.createServer(LISTENER_OPTIONS, (socket) => acceptSocket(socket, (ours) => accept(ours)));
      listener.once('error', (error: NodeJS.ErrnoException) => {
        if (each.startsWith('-') && error.code !== 'EADDRINUSE') return ready();
        logBindFailure(env, config, host, BIND_ERRORS[error.code ?? ''] ?? 'Name or service not known', port, what);
        process.exit(1);
      });
      listener.listen({ port, backlog: config.number('tcp-backlog'), ...(host === '*' ? {} : { host }) }, ready);
    }
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
  listen(server, config);
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => server.signal(name));
  process.on('uncaughtException', (error) => {
    // An assertion of ours: the node crashes with a report rather than go on in an unknown state.
    server.log('warning', `=== KEYSPACE BUG REPORT === ${error.stack ?? String(error)}`);
    process.exit(134);
  });
}

main(process.argv.slice(2));
