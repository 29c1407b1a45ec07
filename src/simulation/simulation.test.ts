import { describe, expect, it } from 'vitest';
import type { Bytes, Socket } from '../engine/index.ts';
import type { Process, Program } from './process.ts';
import { createSimulation, type Simulation, type Terminal } from './simulation.ts';

const program = (name: string, run: (process: Process) => void): Program => ({ name, summary: name, run });

/** Runs words as programs; understands `a | b`, `a > f` and `a &`. Enough of a shell to test what shells need. */
const sh = program('sh', (p) => {
  const prompt = (): void => {
    p.tty?.setMode('raw', false);
    p.tty?.prompting('$ ');
    p.stdout.write('$ ');
  };
  let line = '';
  let jobs: number[] = [];
  const execute = (text: Bytes): void => {
    p.tty?.setMode('cooked');
    p.tty?.prompting(undefined);
    if (text === '') return prompt();
    if (text === 'exit') return p.exit(7);
    if (text === 'fg') {
      p.continueInForeground(jobs);
      return;
    }
    const background = text.endsWith(' &');
    const parts = text.replace(/ &$/, '').split(' | ').map((part) => part.split(' '));
    let left = parts.length;
    let input = background ? p.pipe().input : undefined;
    jobs = [];
    for (const [index, argv] of parts.entries()) {
      const redirect = argv.indexOf('>');
      const file = redirect < 0 ? undefined : p.openOutput(argv[redirect + 1] ?? '', 'truncate');
      const pipe = index < parts.length - 1 ? p.pipe() : undefined;
      const output = pipe?.output ?? (file !== undefined && 'write' in file ? file : undefined);
      const child = p.spawn({
        argv: redirect < 0 ? argv : argv.slice(0, redirect),
        ...(input === undefined ? {} : { stdin: input }),
        ...(output === undefined ? {} : { stdout: output }),
        foreground: !background,
        exited: (code, signal) => {
          if (code !== 0) p.stdout.write(`[${argv[0]} ${signal ?? code}]\n`);
          if (--left === 0 && !background) prompt();
        },
        stopped: () => {
          p.stdout.write(`[${argv[0]} stopped]\n`);
          prompt();
        },
      });
      if (child === undefined) {
        p.stdout.write(`${argv[0]}: not found\n`);
        left--;
      } else jobs.push(child.pid);
      input = pipe?.input;
    }
    if (left === 0 || background) prompt();
  };
  p.stdin.onData((bytes) => {
    for (const key of bytes) {
      if (key === '\r') {
        p.stdout.write('\n');
        const entered = line;
        line = '';
        execute(entered);
      } else {
        line += key;
        p.stdout.write(key);
      }
    }
  });
  prompt();
});

const cat = program('cat', (p) => {
  p.stdin.onData((bytes) => p.stdout.write(bytes));
  p.stdin.onEnd(() => p.exit(0));
});
const echo = program('echo', (p) => {
  p.stdout.write(`${p.argv.slice(1).join(' ')}\n`);
  p.exit(0);
});
const sleep = program('sleep', (p) => {
  p.env.clock.after(Number(p.argv[1]) * 1e6, 'sleep', () => p.exit(0));
});
/** Writes without end, a kilobyte at a time. */
const yes = program('yes', (p) => {
  const more = (): void => {
    p.stdout.write('y\n'.repeat(512));
    p.env.clock.after(50, 'yes', more);
  };
  more();
});
const broken = program('broken', () => {
  throw new Error('what must hold did not');
});
/** Answers each chunk with itself in upper case, and takes a second for it. */
const server = program('server', (p) => {
  p.listen(7000, (socket) => ({
    data: (chunk) => {
      p.env.clock.spend(1e6);
      socket.send(chunk.replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 32)));
    },
    closed: () => {},
  }));
});
const client = program('client', (p) => {
  let socket: Socket | undefined;
  p.env.network.connect(p.argv[1] ?? '127.0.0.1:7000', {
    open: (opened) => {
      socket = opened;
      p.stdout.write(`open ${opened.local} ${opened.peer}\n`);
      opened.send(p.argv[2] ?? 'hi');
      opened.send('!');
    },
    data: (chunk) => {
      p.stdout.write(`${chunk} at ${p.env.clock.monotonic()}\n`);
      if (chunk === '!') {
        socket?.close();
        p.exit(0);
      }
    },
    closed: (reason) => {
      p.stdout.write(`closed: ${reason}\n`);
      p.exit(1);
    },
  });
});
const programs = [sh, cat, echo, sleep, yes, broken, server, client];

function start(run: string[] = [], installed: readonly Program[] = programs): { simulation: Simulation; screen: () => string; type: (keys: string, waitUs?: number) => void; terminal: Terminal; code: () => number | undefined } {
  const simulation = createSimulation({ scenario: { seed: 1, hosts: [{ name: 'local', run }, { name: 'far', run: ['server'] }] }, programs: installed });
  let screen = '';
  let code: number | undefined;
  const terminal = simulation.openTerminal({ id: 'a', host: 'local', columns: 80, rows: 24, output: (bytes) => (screen += bytes), closed: (c) => (code = c) });
  if (terminal === undefined) throw new Error('no terminal');
  simulation.advance(1000);
  return {
    simulation, terminal,
    screen: () => screen,
    code: () => code,
    type: (keys, waitUs = 10_000) => {
      terminal.type(keys);
      simulation.advance(waitUs);
    },
  };
}

describe('a terminal', () => {
  it('runs programs in front of the shell and shows their lines', () => {
    const s = start();
    s.type('echo one two\rnothing\r');
    expect(s.screen()).toBe('$ echo one two\r\none two\r\n$ nothing\r\nnothing: not found\r\n$ ');
    expect(s.terminal.front()).toMatchObject({ program: 'sh', prompt: '$ ' });
  });

  it('hands typed-ahead lines to the program that the first line starts', () => {
    const s = start();
    s.type('cat\rab\x7fc\rx\x04\x04echo done\r');
    expect(s.screen()).toBe('$ cat\r\nab\b \bc\r\nac\r\nxx$ echo done\r\ndone\r\n$ ');
  });

  it('keeps keys for the shell while a program runs that never reads', () => {
    const s = start();
    s.type('sleep 1\recho later\r', 500_000);
    expect(s.screen()).toBe('$ sleep 1\r\n');
    expect(s.terminal.front()).toMatchObject({ program: 'sleep', prompt: undefined });
    s.type('', 600_000);
    expect(s.screen()).toBe('$ sleep 1\r\n$ echo later\r\nlater\r\n$ ');
  });

  it('turns Ctrl-C into SIGINT for everything in front and leaves the shell alone', () => {
    const s = start();
    s.type('yes | cat | sleep 100\r');
    s.type('\x03');
    expect(s.screen()).toBe('$ yes | cat | sleep 100\r\n^C[yes SIGINT]\r\n[cat SIGINT]\r\n[sleep SIGINT]\r\n$ ');
    expect(s.simulation.host('local')?.processList().map((each) => each.argv.join(' '))).toEqual(['sh']);
  });

  it('stops on Ctrl-Z and continues in the foreground', () => {
    const s = start();
    s.type('cat\r');
    s.type('\x1a');
    expect(s.screen()).toBe('$ cat\r\n^Z[cat stopped]\r\n$ ');
    expect(s.simulation.host('local')?.processList().map((each) => each.state)).toEqual(['running', 'stopped']);
    s.type('fg\rhello\r');
    expect(s.screen()).toBe('$ cat\r\n^Z[cat stopped]\r\n$ fg\r\nhello\r\nhello\r\n');
  });

  it('reports the exit code of its shell', () => {
    const s = start();
    s.type('exit\r');
    expect(s.code()).toBe(7);
    expect(s.terminal.isOpen).toBe(false);
  });

  it('hangs up on every process of its session', () => {
    const s = start();
    s.type('sleep 100 &\rcat\r');
    s.terminal.close();
    s.simulation.advance(1000);
    expect(s.simulation.host('local')?.processList()).toEqual([]);
    expect(s.code()).toBe(129);
  });

  it('hangs up on what stands in front when its shell is killed', () => {
    const s = start();
    s.type('sleep 100 &\rcat\r');
    const shell = s.simulation.host('local')?.processList().find((each) => each.argv[0] === 'sh')?.pid ?? 0;
    s.simulation.host('local')?.kill(shell, 'SIGKILL');
    s.simulation.advance(1000);
    expect(s.code()).toBe(137);
    expect(s.simulation.host('local')?.processList().map((each) => each.argv[0])).toEqual(['sleep']);
  });

  it('tells programs of a new size', () => {
    const sizes: number[] = [];
    const watcher = program('sh', (p) => {
      p.tty?.onResize(({ columns, rows }) => sizes.push(columns, rows, p.tty?.size().columns ?? 0));
    });
    const simulation = createSimulation({ scenario: { seed: 1, hosts: [{ name: 'local' }] }, programs: [watcher] });
    const terminal = simulation.openTerminal({ id: 'a', host: 'local', columns: 80, rows: 24, output() {}, closed() {} });
    simulation.advance(1);
    terminal?.resize(100, 30);
    simulation.advance(1);
    expect(sizes).toEqual([100, 30, 100]);
  });
});

describe('streams', () => {
  it('make a writer wait while the pipe is full and end it when nobody reads', () => {
    const s = start();
    s.type('yes | sleep 1\r', 900_000);
    const waiting = s.simulation.executed;
    s.simulation.advance(50_000);
    expect(s.simulation.executed).toBe(waiting);
    s.simulation.advance(100_000);
    expect(s.screen()).toBe('$ yes | sleep 1\r\n[yes SIGPIPE]\r\n$ ');
  });

  it('reach the end of the pipe after the last byte', () => {
    const s = start();
    s.type('echo through three | cat | cat\r');
    expect(s.screen()).toBe('$ echo through three | cat | cat\r\nthrough three\r\n$ ');
  });

  it('write files, and say when the disk is full', () => {
    const s = start();
    s.type('echo into a file > f\r');
    expect(s.simulation.host('local')?.disk.read('/home/learner/f')).toBe('into a file\n');
    const disk = s.simulation.host('local')?.disk;
    if (disk !== undefined) disk.capacityBytes = disk.usedBytes;
    s.type('echo too much > g\r');
    expect(s.screen()).toContain('echo: write error: No space left on device\r\n[echo 1]\r\n');
  });
});

describe('the network', () => {
  it('carries bytes within a host at once, and to another after its latency', () => {
    const s = start(['server']);
    s.type('client\r', 3_000_000);
    expect(s.screen()).toContain('open 127.0.0.1:32768 127.0.0.1:7000\r\nHI at 1001000\r\n! at 2001000\r\n');
    s.type('client far:7000\r', 3_000_000);
    expect(s.screen()).toContain('open 10.0.0.11:32769 10.0.0.12:7000\r\nHI at 4002000\r\n! at 5002000\r\n');
  });

  it('refuses where nobody listens and knows no foreign names', () => {
    const s = start();
    s.type('client\rclient nowhere:1\r');
    expect(s.screen()).toContain('closed: refused\r\n');
    expect(s.screen()).toContain('closed: unknown host\r\n');
  });

  it('closes the connections of a process that is killed', () => {
    const s = start(['server']);
    s.type('client\r', 500_000);
    const pid = s.simulation.host('local')?.processList().find((each) => each.argv[0] === 'server')?.pid ?? 0;
    expect(s.simulation.host('local')?.kill(pid, 'SIGKILL')).toBe(true);
    s.simulation.advance(1_000_000);
    expect(s.screen()).toContain('closed: closed\r\n[client 1]\r\n');
    s.type('client\r');
    expect(s.screen()).toContain('closed: refused\r\n');
  });

  it('lets a listener take an address once', () => {
    const results: boolean[] = [];
    const twice = program('twice', (p) => results.push(p.listen(7000, () => ({ data() {}, closed() {} }))));
    const simulation = createSimulation({ scenario: { seed: 1, hosts: [{ name: 'local', run: ['server', 'twice'] }] }, programs: [server, twice] });
    simulation.advance(1);
    expect(results).toEqual([false]);
  });
});

describe('a simulation', () => {
  const story = (chunks: number[]): { hash: string; screen: string; executed: number } => {
    const s = start(['server']);
    s.terminal.type('client\recho x | cat > f\ryes | cat > g\r');
    for (const us of chunks) s.simulation.advance(us);
    s.terminal.type('\x03');
    s.simulation.advance(1000);
    return { hash: s.simulation.runHash, screen: s.screen(), executed: s.simulation.executed };
  };

  it('runs the same whether time passes at once or in odd pieces', () => {
    const whole = story([2_400_000]);
    const pieces = Array.from({ length: 2_400_000 / 7_500 }, (_, i) => (i % 2 === 0 ? 7_501 : 7_499));
    expect(story(pieces)).toEqual(whole);
    expect(whole.screen).toContain('[yes SIGINT]');
  });

  it('lives on when a program fails, with a report', () => {
    const s = start();
    s.type('broken\recho alive\r');
    expect(s.screen()).toContain('*** broken has crashed: what must hold did not');
    expect(s.screen()).toContain('[broken 134]\r\n$ echo alive\r\nalive\r\n');
    expect(s.simulation.findings).toMatchObject([{ kind: 'crash', host: 'local', argv: ['broken'], message: 'what must hold did not' }]);
  });

  it('puts what services print into /var/log', () => {
    const s = start(['echo ready']);
    expect(s.simulation.host('local')?.disk.read('/var/log/echo.log')).toBe('ready\n');
  });

  it('keeps a daemon when its terminal goes', () => {
    const daemon = program('daemon', (p) => {
      p.detach();
      p.stdout.write('never seen');
      p.env.clock.after(5_000_000, 'work', () => {
        p.host.disk.write('/tmp/proof', 'alive');
        p.exit(0);
      });
    });
    const s = start([], [...programs, daemon]);
    s.type('daemon\r');
    expect(s.terminal.front()).toMatchObject({ program: 'sh', prompt: '$ ' });
    s.terminal.close();
    s.simulation.advance(6_000_000);
    expect(s.simulation.host('local')?.disk.read('/tmp/proof')).toBe('alive');
  });

  it('stops at the event that makes a condition true', () => {
    const s = start();
    s.terminal.type('sleep 3\r');
    expect(s.simulation.runUntil(() => s.terminal.front()?.program === 'sleep', 1e6)).toBe(true);
    expect(s.simulation.runUntil(() => s.terminal.front()?.prompt === '$ ', 60e6)).toBe(true);
    expect(s.simulation.nowUs).toBe(3_001_000);
    expect(s.simulation.runUntil(() => false, 60e6)).toBe(false);
  });

  it('loses processes and what was not on the plate when the power of a host fails', () => {
    const s = start(['server']);
    s.type('echo safe > f\r', 31_000_000);
    s.type('echo gone > g\r');
    s.simulation.fault('power-loss local');
    s.simulation.advance(1000);
    expect(s.simulation.host('local')?.processList()).toEqual([]);
    expect(s.code()).toBe(137);
    expect(s.simulation.host('local')?.disk.read('/home/learner/f')).toBe('safe\n');
    expect('gone\n'.startsWith(String(s.simulation.host('local')?.disk.read('/home/learner/g')))).toBe(true);
  });

  it('refuses a scenario that makes no sense', () => {
    expect(() => createSimulation({ scenario: { seed: 1, hosts: [{ name: 'a' }, { name: 'a' }] }, programs })).toThrow('two hosts are named "a"');
    expect(() => createSimulation({ scenario: { seed: 0.5, hosts: [{ name: 'a' }] }, programs })).toThrow('whole number');
  });
});
