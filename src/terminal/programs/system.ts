/*
 * The host and its processes: ps, pgrep, pkill, kill, env, date, sleep, uptime, hostname, whoami, clear, nc
 */
import { type Bytes, isDiskError, type Socket } from '../../engine/index.ts';
import type { Process, Program } from '../../simulation/index.ts';
import { calendar, DAYS, MONTHS, two } from './calendar.ts';
import { patternOf } from './pattern.ts';
import { sendSignals, signalNamed } from './signals.ts';
import { tool, type ToolCall } from './tool.ts';

type ProcessRow = ReturnType<Process['host']['processes']>[number];

function elapsed(process: Process, row: ProcessRow): string {
  const seconds = Math.max(0, Math.floor((process.env.clock.monotonic() - row.startedAtUs) / 1e6));
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${two(minutes)}:${two(seconds % 60)}` : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

const ps = tool({
  name: 'ps', summary: 'list processes', takesAnything: true,
  manual: `Usage: ps

Lists what runs on this host: process id, its parent's id, whether it runs or
is stopped, for how long it has been there, and its command line. Letters as
in "ps aux" or "ps -ef" are allowed and change nothing.
`,
  run(call) {
    call.out('    PID    PPID STAT  ELAPSED COMMAND\n');
    for (const row of call.process.host.processes()) {
      const port = row.listening.length === 0 ? '' : ` *:${row.listening.join(',')}`;
      call.out(`${String(row.pid).padStart(7)} ${String(row.parent).padStart(7)} ${row.state === 'stopped' ? 'T   ' : 'S   '} ${elapsed(call.process, row).padStart(8)} ${row.argv.join(' ')}${port}\n`);
    }
    call.end();
  },
});

/** Processes that a pattern means: by name, or with -f by their whole command line. Never the asking process. */
function matching(call: ToolCall): ProcessRow[] | undefined {
  const source = call.operands[0];
  if (source === undefined) {
    call.refuse('no matching criteria specified');
    return undefined;
  }
  const find = patternOf(source, { extended: true, fixed: false, ignoreCase: call.has('i'), words: false, lines: call.has('x') });
  if (typeof find === 'string') {
    call.fail(find, 2);
    call.end();
    return undefined;
  }
  return call.process.host.processes().filter((row) => row.pid !== call.process.pid && find(call.has('f') ? row.argv.join(' ') : (row.argv[0] ?? '')).length > 0);
}

const pgrep = tool({
  name: 'pgrep', summary: 'find processes by name', flags: 'flaxi',
  manual: `Usage: pgrep [-flx] pattern

Prints the ids of processes whose name matches.
  -f   match the whole command line
  -l   print names as well; -a: whole command lines
  -x   the whole name must match
`,
  run(call) {
    const rows = matching(call);
    if (rows === undefined) return;
    for (const row of rows) call.out(`${row.pid}${call.has('a') ? ` ${row.argv.join(' ')}` : call.has('l') ? ` ${row.argv[0]}` : ''}\n`);
    call.end(rows.length === 0 ? 1 : 0);
  },
});

const pkill = tool({
  name: 'pkill', summary: 'send a signal to processes by name', takesAnything: true,
  manual: `Usage: pkill [-SIGNAL] [-f] pattern

Sends SIGTERM, or the signal named, to the processes whose name matches.
  -f   match the whole command line
`,
  run(call) {
    const words = [...call.operands];
    call.operands.length = 0;
    let signal = signalNamed('TERM');
    let whole = false;
    for (const word of words) {
      if (word === '-f') whole = true;
      else if (word.startsWith('-')) {
        signal = signalNamed(word.slice(1));
        if (signal === undefined) {
          call.refuse(`invalid option -- '${word.slice(1)}'`);
          return;
        }
      } else call.operands.push(word);
    }
    const source = call.operands[0];
    if (source === undefined) {
      call.refuse('no matching criteria specified');
      return;
    }
    const find = patternOf(source, { extended: true, fixed: false, ignoreCase: false, words: false, lines: false });
    if (typeof find === 'string') {
      call.fail(find, 2);
      call.end();
      return;
    }
    let count = 0;
    for (const row of call.process.host.processes()) {
      if (row.pid === call.process.pid || find(whole ? row.argv.join(' ') : (row.argv[0] ?? '')).length === 0) continue;
      if (signal !== undefined && call.process.host.kill(row.pid, signal)) count++;
    }
    call.end(count === 0 ? 1 : 0);
  },
});

const kill = tool({
  name: 'kill', summary: 'send a signal to a process', takesAnything: true,
  manual: `Usage: kill [-SIGNAL] pid ...

Asks processes to end (SIGTERM), or sends the signal named: -9 or -KILL ends a
process without asking it, -INT is what Ctrl-C sends. kill -l lists the names.
`,
  run: (call) => call.end(sendSignals(call.process.argv, call.process.host, call.process, 'kill')),
});

const env = tool({
  name: 'env', summary: 'print the environment, or start a program in another', takesAnything: true,
  manual: `Usage: env [name=value ...] [command [argument ...]]

Prints the variables that programs are given. With a command: starts it with
those and the ones named here.
`,
  run(call) {
    const environment = new Map(call.process.environment);
    const words = [...call.operands];
    for (let word = words[0]; word !== undefined && /^[A-Za-z_][A-Za-z0-9_]*=/.test(word); word = words[0]) {
      environment.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
      words.shift();
    }
    if (words.length === 0) {
      for (const [name, value] of environment) call.out(`${name}=${value}\n`);
      call.end();
      return;
    }
    const child = call.process.spawn({ argv: words, environment, foreground: true, exited: (code) => call.end(code) });
    if (child !== undefined) return;
    call.fail(`'${words[0]}': No such file or directory`, 127);
    call.end();
  },
});

const date = tool({
  name: 'date', summary: 'print the date and time', takesAnything: true,
  manual: `Usage: date [+format]

Prints the time of this host, which is virtual: it follows the scenario. In a
format, %Y %m %d %H %M %S stand for the parts, %s for the seconds since 1970,
%F for the date, %T for the time, %N for nanoseconds.
`,
  run(call) {
    const us = call.process.env.clock.now();
    const words = call.operands.filter((word) => word !== '-u');
    const format = words[0] ?? '+%a %b %e %H:%M:%S UTC %Y';
    if (!format.startsWith('+')) {
      call.fail(`the time of this host cannot be set: '${format}'`);
      call.end();
      return;
    }
    const at = calendar(us);
    const parts: Readonly<Record<string, string>> = {
      Y: String(at.year), m: two(at.month + 1), d: two(at.day), e: String(at.day).padStart(2), H: two(at.hour), M: two(at.minute), S: two(at.second),
      j: String(at.dayOfYear).padStart(3, '0'), a: DAYS[at.weekday] ?? '', b: MONTHS[at.month] ?? '', y: two(at.year % 100), Z: 'UTC', z: '+0000',
      F: `${at.year}-${two(at.month + 1)}-${two(at.day)}`, T: `${two(at.hour)}:${two(at.minute)}:${two(at.second)}`, R: `${two(at.hour)}:${two(at.minute)}`,
      s: String(Math.floor(us / 1e6)), N: String(at.micros * 1000).padStart(9, '0'), n: '\n', t: '\t', '%': '%',
    };
    call.out(`${format.slice(1).replace(/%([a-zA-Z%])/g, (all, letter: string) => parts[letter] ?? all)}\n`);
    call.end();
  },
});

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };

const sleep = tool({
  name: 'sleep', summary: 'wait', takesAnything: true,
  manual: `Usage: sleep duration ...

Waits: seconds, fractions allowed, or with a letter: 2m, 1h.
`,
  run(call) {
    let seconds = 0;
    for (const word of call.operands) {
      const [, number, unit = ''] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(word) ?? [];
      if (number === undefined) {
        call.process.stderr.write(`sleep: invalid time interval '${word}'\n`);
        call.end(1);
        return;
      }
      seconds += Number(number) * (UNITS[unit] ?? 1);
    }
    if (call.operands.length === 0) {
      call.refuse('missing operand');
      return;
    }
    call.process.env.clock.after(Math.round(seconds * 1e6), 'sleep', () => call.end());
  },
});

const uptime = tool({
  name: 'uptime', summary: 'tell how long the host has been running',
  manual: `Usage: uptime

Prints the time of day and for how long the host has been running.
`,
  run(call) {
    const at = calendar(call.process.env.clock.now());
    const minutes = Math.floor(call.process.env.clock.monotonic() / 60e6);
    const days = Math.floor(minutes / 1440);
    const time = minutes < 60 ? `${minutes} min` : `${String(Math.floor(minutes / 60) % 24).padStart(2)}:${two(minutes % 60)}`;
    call.out(` ${two(at.hour)}:${two(at.minute)}:${two(at.second)} up ${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${time},  1 user\n`);
    call.end();
  },
});

const printer = (name: string, summary: string, text: (process: Process) => Bytes): Program => tool({
  name, summary, manual: `Usage: ${name}\n\nPrints ${summary.replace(/^print /, '')}.\n`,
  run(call) {
    call.out(`${text(call.process)}\n`);
    call.end();
  },
});

const clear = tool({
  name: 'clear', summary: 'empty the screen',
  manual: 'Usage: clear\n\nEmpties the screen. Ctrl-L does the same while you type.\n',
  run(call) {
    call.out('\x1b[H\x1b[2J\x1b[3J');
    call.end();
  },
});

const nc = tool({
  name: 'nc', summary: 'talk to a port byte by byte', flags: 'vNz', valued: 'w',
  manual: `Usage: nc [-z] host port

Connects to a port, sends what it reads and prints what comes back: the way to
see the Redis protocol as it is.
  printf 'PING\\r\\n' | nc localhost 6379
  -z   only tell by the exit code whether somebody listens
`,
  run(call) {
    const [host, port] = call.operands;
    if (host === undefined || port === undefined || !/^\d+$/.test(port)) {
      call.refuse(host === undefined ? 'missing host and port' : port === undefined ? 'missing port number' : `port number invalid: ${port}`);
      return;
    }
    let socket: Socket | undefined;
    let ended = false;
    /** After the last input: how long the other side may take to answer. */
    const patienceUs = Math.round(Number(call.value('w') ?? 1) * 1e6);
    let cancel: (() => void) | undefined;
    const waitForRest = (): void => {
      cancel?.();
      if (ended) cancel = call.process.env.clock.after(patienceUs, 'nc: nothing more', () => call.end());
    };
    call.process.env.network.connect(`${host}:${port}`, {
      open(opened) {
        socket = opened;
        if (call.has('z')) {
          opened.close();
          call.end();
          return;
        }
        call.process.stdin.onData((chunk) => socket?.send(chunk));
        call.process.stdin.onEnd(() => {
          ended = true;
          waitForRest();
        });
      },
      data(chunk) {
        call.out(chunk);
        waitForRest();
      },
      closed(reason) {
        if (socket === undefined) call.fail(`${host}: port ${port}: ${reason === 'refused' ? 'Connection refused' : reason}`);
        call.end();
      },
    });
  },
});

const hexadecimal = (name: string, summary: string, line: (offset: number, bytes: Bytes) => Bytes, tail: (size: number) => Bytes): Program => tool({
  name, summary, flags: 'C',
  manual: `Usage: ${name} [file]\n\nPrints bytes in hexadecimal, sixteen a line, and as characters beside them.\n`,
  run(call) {
    let rest = '';
    let offset = 0;
    const print = (bytes: Bytes): void => {
      call.out(line(offset, bytes));
      offset += bytes.length;
    };
    call.readInputs(call.operands.slice(0, 1), (chunk) => {
      rest += chunk;
      while (rest.length >= 16) {
        print(rest.slice(0, 16));
        rest = rest.slice(16);
      }
    }, () => {
      if (rest !== '') print(rest);
      call.out(tail(offset));
      call.end();
    });
  },
});

const hexOf = (bytes: Bytes): string[] => [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'));
const visible = (bytes: Bytes): Bytes => bytes.replace(/[^\x20-\x7e]/g, '.');

const xxd = hexadecimal('xxd', 'print bytes in hexadecimal', (offset, bytes) => {
  const pairs = hexOf(bytes).map((hex, i) => (i % 2 === 1 ? `${hex} ` : hex)).join('');
  return `${offset.toString(16).padStart(8, '0')}: ${pairs.padEnd(40)} ${visible(bytes)}\n`;
}, () => '');

const hexdump = hexadecimal('hexdump', 'print bytes in hexadecimal, in columns', (offset, bytes) => {
  const hex = hexOf(bytes);
  const columns = `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}`;
  return `${offset.toString(16).padStart(8, '0')}  ${columns}  |${visible(bytes)}|\n`;
}, (size) => (size === 0 ? '' : `${size.toString(16).padStart(8, '0')}\n`));

const du = tool({
  name: 'du', summary: 'tell how big files are', flags: 'sh',
  manual: `Usage: du [-sh] [file ...]

Prints the sizes of files, and of directories with all they hold, in KiB.
  -h   in K and M
  -s   only the sum for each name
`,
  run(call) {
    const { disk } = call.process.env;
    const size = (path: string): number => {
      const found = disk.stat(path);
      if (isDiskError(found)) return 0;
      if (found.kind === 'file') return Math.ceil(found.sizeBytes / 4096) * 4;
      const names = disk.list(path);
      return 4 + (isDiskError(names) ? 0 : names.reduce((sum, name) => sum + size(`${path === '/' ? '' : path}/${name}`), 0));
    };
    for (const name of call.operands.length === 0 ? ['.'] : call.operands) {
      const path = call.process.resolve(name);
      const found = disk.stat(path);
      if (isDiskError(found)) call.fail(`cannot access '${name}': ${found.message}`);
      else {
        const kib = size(path);
        call.out(`${call.has('h') ? (kib < 1024 ? `${kib}K` : `${(kib / 1024).toFixed(1)}M`) : kib}\t${name}\n`);
      }
    }
    call.end();
  },
});

export const systemPrograms: readonly Program[] = [
  ps, pgrep, pkill, kill, env, date, sleep, uptime, clear, nc, xxd, hexdump, du,
  printer('hostname', 'print the name of this host', (process) => process.host.name),
  printer('whoami', 'print who you are', (process) => process.environment.get('USER') ?? 'learner'),
];
