/* What can go wrong with a machine and with a link, as menus: each item is a line that one could type. What mends comes first. */
import type { MenuItem } from '../../ui/index.ts';
import type { LabSession } from '../lab/session.ts';
import { barrierWord, type Machine, type Pair } from './facts.ts';
import { STARTS, type InForce } from './in-force.ts';

export function hostFaults(session: LabSession, { name, state, part }: Machine, wrong: readonly InForce[]): MenuItem[] {
  const does = (id: string, label: string, line: string, disabled = false): MenuItem => ({ id, label, disabled, onSelect: () => session.fault(line) });
  const isUp = state === 'up';
  const runs = isUp && part !== 'none';
  const mends = wrong.flatMap(({ on, how, undo }) => (on === name && how !== undefined && undo !== undefined ? [{ ...does(undo, how, undo), icon: 'undo' as const }] : []));
  return [
    ...mends,
    does('isolate', 'Cut it off from all others', `isolate ${name}`),
    does('pause', 'Freeze it', `pause ${name}`, !isUp),
    does('crash', 'Crash its programs (kill -9)', `crash ${name}`, !runs),
    does('stop', 'Stop its programs (SIGTERM)', `stop ${name}`, !runs),
    does('power', 'Cut its power', `power-loss ${name}`, state === 'off'),
    ...(mends.some(({ label }) => label === STARTS) ? [] : [does('restart', STARTS, `restart ${name}`)]),
    does('restart-empty', 'Start it again on an empty disk', `restart ${name} empty`),
    does('busy', 'Keep it busy for 3 s', `busy ${name} 3s`, !runs),
    does('clock', 'Set its clock 1 min forward', `clock ${name} +60s`, state === 'off'),
    does('memory', 'Leave its programs 8 MB of memory', `memory ${name} 8mb`, !isUp),
    does('disk-full', 'Fill its disk', `disk ${name} full`),
  ];
}

export function linkFaults(session: LabSession, pair: Pair): MenuItem[] {
  const { a, b, settings } = pair;
  const does = (id: string, label: string, line: string): MenuItem => ({ id, label, onSelect: () => session.fault(line) });
  return [
    ...(barrierWord(pair) === '' ? [] : [{ ...does('heal', 'Take away all cuts', 'heal'), icon: 'undo' as const }]),
    ...(settings === '' ? [] : [{ ...does('plain', 'Its plain speed again', `delay ${a} - ${b} off`), icon: 'undo' as const }]),
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
  ];
}
