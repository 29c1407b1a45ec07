/*
 * Programs of the simulated hosts as programs of this machine
 * -----------------------------------------------------------
 * redis-cli and its like know their surroundings only as a Process. This is one of real sockets, files, standard
 * streams and signals, so the very program that runs in the page can be run against a real server, and compared
 * with the real one. What belongs to a simulated host alone, other programs and the list of processes, is empty here.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Bytes, DiskError } from '../engine/index.ts';
import type { Input, Output, Process, Program, Signal, Tty } from '../simulation/index.ts';
import { disk, nodeEnvironment } from './environment.ts';
import { acceptSocket, LISTENER_OPTIONS } from './sockets.ts';

const toBytes = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** Writes all of it, however slow the reader: a pipe that is full is tried again. */
function writeAll(file: number, bytes: Bytes): void {
  const buffer = Buffer.from(bytes, 'latin1');
  for (let at = 0; at < buffer.length; ) {
    try {
      at += fs.writeSync(file, buffer, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(141);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

function output(file: number, isTty: boolean): Output {
  return { isTty, write: (bytes) => writeAll(file, bytes), close: () => {} };
}

/** Bytes that come before a handler is there are kept for the first. */
class RealInput implements Input {
  readonly isTty = process.stdin.isTTY;
  /** Ctrl-C and its like reach the program as bytes. */
  rawKeys = false;
  private handler: ((bytes: Bytes) => void) | undefined;
  private ended: (() => void) | undefined;
  private isOver = false;
  private readonly raise: (signal: Signal) => void;
  private started = false;

  constructor(raise: (signal: Signal) => void) {
    this.raise = raise;
  }

  onData(handler: (bytes: Bytes) => void): void {
    this.handler = handler;
    this.start();
  }

  onEnd(handler: () => void): void {
    this.ended = handler;
    if (this.isOver) setImmediate(handler);
    this.start();
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    process.stdin.on('data', (chunk: Buffer) => {
      const bytes = chunk.toString('latin1');
      if (this.isTty && !this.rawKeys && bytes === '\x03') this.raise('SIGINT');
      else this.handler?.(bytes);
    });
    process.stdin.on('end', () => {
      this.isOver = true;
      this.ended?.();
    });
  }
}

function terminal(input: RealInput): Tty {
  return {
    size: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
    onResize: (handler) => void process.stdout.on('resize', () => handler({ columns: process.stdout.columns, rows: process.stdout.rows })),
    setMode(mode, keepSignals = true) {
      process.stdin.setRawMode(mode === 'raw');
      input.rawKeys = !keepSignals;
    },
    prompting: () => {},
  };
}

/** The words byte for byte, where the system tells: Node reads a command line as UTF-8, and has put something else in the place of what is none. */
function asTyped(words: readonly Bytes[]): readonly Bytes[] {
  if (!words.some((word) => word.includes(REPLACED))) return words;
  try {
    return fs.readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(-words.length - 1, -1);
  } catch {
    return words;
  }
}

/** U+FFFD in UTF-8. */
const REPLACED = '\xef\xbf\xbd';

/** Runs the program as this process, with the words of its command line. */
export function runProgram(program: Program, words: readonly string[]): void {
  // Who reads through a pipe what a terminal would show says so, as to the real redis-cli.
  const stdout = output(1, process.stdout.isTTY || process.env['FAKETTY'] !== undefined);
  const stderr = output(2, process.stderr.isTTY);
  const handlers = new Map<Signal, () => void>();
  const listeners = new Map<number, net.Server>();
  const exit = (code: number): void => {
    // After the running callback, as on a simulated host.
    queueMicrotask(() => {
      if (process.stdin.isTTY) process.stdin.setRawMode(false);
      process.exit(code);
    });
  };
  const raise = (signal: Signal): void => (handlers.get(signal) ?? (() => exit(130)))();
  const stdin = new RealInput(raise);
  const environment = new Map(Object.entries(process.env).map(([name, value]) => [name, toBytes(value ?? '')]));
  const self: Process = {
    pid: process.pid,
    argv: [program.name, ...asTyped(words.map(toBytes))],
    environment,
    workingDirectory: process.cwd(),
    stdin, stdout, stderr,
    tty: stdin.isTty && stdout.isTty ? terminal(stdin) : undefined,
    env: { ...nodeEnvironment((text) => stdout.write(text)), exit },
    host: { name: hostname(), disk, programs: () => [], processes: () => [], kill: () => false, fault: () => ({ problem: 'Faults are for the hosts of a simulation; this one is real.' }), machine: undefined },
    listen(port, accept) {
      const listener = net.createServer(LISTENER_OPTIONS, (socket) => acceptSocket(socket, accept));
      listener.listen(port, '127.0.0.1');
      listeners.set(port, listener);
      return true;
    },
    stopListening: (port) => void listeners.get(port)?.close(),
    onSignal(signal, handler) {
      if (!handlers.has(signal)) process.on(signal, () => handlers.get(signal)?.());
      handlers.set(signal, handler);
    },
    spawn: () => undefined,
    signal: raise,
    pipe: () => ({ input: { isTty: false, onData: () => {}, onEnd: (handler) => void setImmediate(handler) }, output: { isTty: false, write: () => {}, close: () => {} } }),
    openInput: (path) => fileInput(disk.read(path)),
    openOutput(path, how) {
      const file = disk.open(path, how);
      return 'code' in file ? file : { isTty: false, write: (bytes) => void file.append(bytes), close: () => file.close() };
    },
    continueInForeground: () => {},
    serves: () => {},
    detach: () => {},
    resolve: (path) => resolve(path),
    exit,
  };
  program.run(self);
}

function fileInput(content: Bytes | DiskError): Input | DiskError {
  if (typeof content !== 'string') return content;
  return { isTty: false, onData: (handler) => void setImmediate(() => handler(content)), onEnd: (handler) => void setImmediate(handler) };
}
