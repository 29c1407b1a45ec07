/* What can go wrong with a machine and with a link, as menus: each item is a line that one could type. */
import type { MenuItem } from '../../ui/index.ts';
import type { LabSession } from '../lab/session.ts';
import type { Machine, Pair } from './facts.ts';

export function hostFaults(session: LabSession, { name, state }: Machine): MenuItem[] {
  const does = (id: string, label: string, line: string, disabled = false): MenuItem => ({ id, label, disabled, onSelect: () => session.fault(line) });
  const isUp = state === 'up';
  return [
    does('isolate', 'Cut it off from all others', `isolate ${name}`),
    state === 'paused' ? does('resume', 'Let it go on', `resume ${name}`) : does('pause', 'Freeze it', `pause ${name}`, !isUp),
    does('crash', 'Crash its programs (kill -9)', `crash ${name}`, !isUp),
    does('stop', 'Stop its programs (SIGTERM)', `stop ${name}`, !isUp),
    does('power', 'Cut its power', `power-loss ${name}`, state === 'off'),
    does('restart', 'Start it again', `restart ${name}`),
    does('restart-empty', 'Start it again on an empty disk', `restart ${name} empty`),
    does('busy', 'Keep it busy for 3 s', `busy ${name} 3s`, !isUp),
    does('clock', 'Set its clock 1 min forward', `clock ${name} +60s`, state === 'off'),
    does('memory', 'Leave its programs 8 MB of memory', `memory ${name} 8mb`, !isUp),
    does('memory-ok', 'Give them all of it again', `memory ${name} ok`),
    does('disk-full', 'Fill its disk', `disk ${name} full`),
    does('disk-ok', 'Make its disk well again', `disk ${name} ok`),
  ];
}

export function linkFaults(session: LabSession, { a, b }: Pair): MenuItem[] {
  const does = (id: string, label: string, line: string): MenuItem => ({ id, label, onSelect: () => session.fault(line) });
  return [
    does('cut', 'Cut it', `cut ${a} - ${b}`),
    does('cut-while', 'Cut it for 5 s', `cut ${a} - ${b} for 5s`),
    does('cut-there', `Cut it from ${a} to ${b}`, `cut ${a} -> ${b}`),
    does('cut-back', `Cut it from ${b} to ${a}`, `cut ${b} -> ${a}`),
    does('delay', 'Make it slow: 200 ms', `delay ${a} - ${b} 200ms`),
    does('loss', 'Lose 10 % of its packets', `loss ${a} - ${b} 10%`),
    does('send-buffer', 'Small send buffers: 16 KB', `send-buffer ${a} - ${b} 16kb`),
    does('hold', 'Hold messages on their way', `hold ${a} - ${b}`),
    does('refuse', 'Refuse connections', `refuse ${a} - ${b}`),
    does('reset', 'Break its connections', `reset ${a} - ${b}`),
    does('plain', 'Its plain speed again', `delay ${a} - ${b} off`),
    does('heal', 'Take away all cuts', 'heal'),
  ];
}
