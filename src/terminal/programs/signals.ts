/*
 * Sending signals: what `kill`, the program and the builtin, have in common
 */
import type { Bytes } from '../../engine/index.ts';
import { upper } from '../../engine/index.ts';
import type { HostForPrograms, Output, Signal } from '../../simulation/index.ts';

const NUMBERS: readonly (readonly [number, Signal])[] = [
  [1, 'SIGHUP'], [2, 'SIGINT'], [3, 'SIGQUIT'], [9, 'SIGKILL'], [13, 'SIGPIPE'], [15, 'SIGTERM'], [18, 'SIGCONT'], [19, 'SIGTSTP'], [20, 'SIGTSTP'],
];

/** What the system calls it. */
export function numberOf(signal: Signal): number {
  return NUMBERS.find(([, name]) => name === signal)?.[0] ?? 0;
}

/** The signal that `9`, `KILL`, `SIGKILL` or `kill` names. */
export function signalNamed(name: Bytes): Signal | undefined {
  const wanted = upper(name);
  if (wanted === 'STOP' || wanted === 'SIGSTOP') return 'SIGTSTP';
  return NUMBERS.find(([number, signal]) => wanted === String(number) || wanted === signal || `SIG${wanted}` === signal)?.[1];
}

/** `kill [-SIGNAL] pid…`; returns the exit code. */
export function sendSignals(argv: readonly Bytes[], host: HostForPrograms, { stdout, stderr }: { stdout: Output; stderr: Output }, self: string): number {
  let words = argv.slice(1);
  let signal: Signal = 'SIGTERM';
  const [first = ''] = words;
  if (first === '-l') {
    stdout.write(`${[...new Set(NUMBERS.map(([, name]) => name.slice(3)))].join(' ')}\n`);
    return 0;
  }
  if (first === '-s' || (first.startsWith('-') && first !== '--')) {
    const name = first === '-s' ? (words[1] ?? '') : first.slice(1);
    const named = signalNamed(name);
    if (named === undefined && name !== '0') {
      stderr.write(`${self}: ${name}: no such signal\n`);
      return 1;
    }
    words = words.slice(first === '-s' ? 2 : 1);
    // Signal 0 sends nothing and tells whether the process is there.
    if (named === undefined) return words.every((pid) => host.processes().some((process) => String(process.pid) === pid)) ? 0 : 1;
    signal = named;
  }
  if (words.length === 0) {
    stderr.write(`Usage: kill [-SIGNAL] pid ...\n`);
    return 2;
  }
  let status = 0;
  for (const word of words) {
    if (!/^\d+$/.test(word)) stderr.write(`${self}: ${word}: a process id is a number\n`);
    else if (!host.kill(Number(word), signal)) stderr.write(`${self}: (${word}) - No such process\n`);
    else continue;
    status = 1;
  }
  return status;
}
