/*
 * Where a server listens
 * ----------------------
 * On each address of `bind`, at `port` (and at the port of the cluster's bus), and on the Unix socket. CONFIG SET
 * port and bind listen anew for clients, while the bus stays where it was: first the new places, all of them or none, then
 * the old ones are given up. The command
 * must know at once whether that goes, but Node says so later for an address with a host. So then the handle below a
 * listener is made first, by a function that is no documented part of Node; without it the name is looked up and the
 * answer comes too late to be refused.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { logBindFailure, type Config, type DirectiveValue, type Env, type Listener, type Server } from '../engine/index.ts';
import { acceptSocket, LISTENER_OPTIONS } from './sockets.ts';

const BIND_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: Address already in use',
  EACCES: 'bind: Permission denied',
  EADDRNOTAVAIL: 'bind: Cannot assign requested address',
  ENOENT: 'bind: No such file or directory',
};

/** The addresses of `bind`. `*` with `-::*` is what Node calls the unspecified address: both families in one socket. */
function hostsOf(bind: string): readonly string[] {
  const addresses = bind === '' ? [] : bind.split(' ');
  return addresses.includes('*') ? ['*'] : addresses;
}

export class Listening {
  private readonly env: Env;
  private readonly server: Server;
  private readonly config: Config;
  /** The listeners for clients. */
  private open: net.Server[] = [];

  constructor(env: Env, server: Server) {
    this.env = env;
    this.server = server;
    this.config = server.config;
  }

  /** Listens everywhere, then calls `ready`. A place that cannot be had ends the process, as in the real server. */
  start(ready: () => void): void {
    const hosts = hostsOf(this.config.text('bind'));
    const path = this.config.text('unixsocket');
    const { listeners } = this.server;
    let waiting = hosts.length * listeners.length + (path === '' ? 0 : 1);
    const done = (): void => {
      if (--waiting <= 0) ready();
    };
    if (waiting === 0) {
      this.server.log('warning', 'Configured to not listen anywhere, exiting.');
      process.exit(1);
    }
    for (const each of hosts) {
      // A dash before an address: go on without it when it cannot be had.
      const host = each.replace(/^-/, '');
      for (const { port, accept, what } of listeners) {
        const listener = this.listener(accept);
        listener.once('error', (error: NodeJS.ErrnoException) => {
          if (each.startsWith('-') && error.code !== 'EADDRINUSE') return done();
          logBindFailure(this.env, this.config, host, BIND_ERRORS[error.code ?? ''] ?? 'Name or service not known', port, what);
          process.exit(1);
        });
        listener.listen({ port, backlog: this.backlog, ...(host === '*' ? {} : { host }) }, done);
        if (what === 'tcp') this.open.push(listener);
      }
    }
    if (path !== '') this.listenOnPath(path, done);
  }

  private get backlog(): number {
    return this.config.number('tcp-backlog');
  }

  private listener(accept: Listener['accept']): net.Server {
    return net.createServer(LISTENER_OPTIONS, (socket) => acceptSocket(socket, (ours) => accept(ours)));
  }

  /** The Unix socket is not among those that CONFIG SET moves. */
  private listenOnPath(path: string, done: () => void): void {
    fs.rmSync(path, { force: true });
    const listener = net.createServer(LISTENER_OPTIONS, (socket) => acceptSocket(socket, (ours) => this.server.accept(ours), path));
    listener.once('error', (error: NodeJS.ErrnoException) => {
      this.server.log('warning', `Failed opening Unix socket: ${BIND_ERRORS[error.code ?? ''] ?? error.message}`);
      process.exit(1);
    });
    listener.listen(path, () => {
      const mode = this.config.number('unixsocketperm');
      if (mode !== 0) fs.chmodSync(path, mode);
      done();
    });
  }

  /** No more connections at the ports. */
  stop(): void {
    for (const listener of this.open) listener.close();
    this.open = [];
  }

  /** CONFIG SET: why the server cannot listen as the new value says; undefined when it does already. */
  refuses(name: string, value: DirectiveValue): string | undefined {
    if (name !== 'port' && name !== 'bind') return undefined;
    const port = name === 'port' ? Number(value) : this.server.port;
    const hosts = hostsOf(name === 'bind' ? String(value) : this.config.text('bind'));
    const before = this.open;
    // The same address and port can be had only once it is given up.
    if (name === 'bind') for (const listener of before) listener.close();
    const fresh = this.listenNow(hosts, port);
    if (fresh !== undefined) {
      if (name === 'port') for (const listener of before) listener.close();
      this.open = fresh;
      return undefined;
    }
    if (name === 'bind') this.open = this.listenNow(hostsOf(this.config.text('bind')), port) ?? [];
    return name === 'port' ? 'Unable to listen on this port. Check server logs.' : 'Failed to bind to specified addresses.';
  }

  private listenNow(hosts: readonly string[], port: number): net.Server[] | undefined {
    const opened: net.Server[] = [];
    // To Node 0 means any port that is free, to Redis none.
    if (port === 0) return opened;
    for (const each of hosts) {
      const host = each.replace(/^-/, '');
      const listener = this.listener((socket) => this.server.accept(socket));
      const problem = listenAtOnce(listener, host, port, this.backlog);
      if (problem === undefined) opened.push(listener);
      else if (!each.startsWith('-')) {
        this.server.log('warning', `Warning: Could not create server TCP listening socket ${host}:${port}: ${problem}`);
        for (const other of opened) other.close();
        return undefined;
      }
    }
    return opened;
  }
}

/** Listens before it returns; what went wrong, or undefined. */
function listenAtOnce(listener: net.Server, host: string, port: number, backlog: number): string | undefined {
  // What is wrong is told by the answer; the event that says it again has nobody to tell.
  listener.on('error', () => {});
  if (host === '*') {
    listener.listen({ port, backlog });
    return listener.listening ? undefined : 'bind: Address already in use';
  }
  const family = net.isIP(host);
  if (family === 0) return 'Name or service not known';
  const { _createServerHandle: create } = net as unknown as { _createServerHandle?: (address: string, port: number, family: number, fd: number, flags: number) => unknown };
  if (typeof create !== 'function') {
    listener.listen({ port, host, backlog });
    return undefined;
  }
  const handle = create(host, port, family, -1, 0);
  if (typeof handle === 'number') return 'bind: Address already in use';
  // An address in use may show only now.
  listener.listen(handle, backlog);
  return listener.listening ? undefined : 'bind: Address already in use';
}
