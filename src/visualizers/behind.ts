/*
 * The command behind a change
 * ---------------------------
 * A server announces what became true, then the command that did it; both within one event of the
 * simulation. What the server does by itself (its cron) is followed by no command.
 */
import type { RecordedEvent } from '../simulation/index.ts';
import { commandLine } from './words.ts';

export interface Behind {
  /** Number of the announcement in the whole run: rises, so that a view can tell new from old. */
  readonly id: number;
  readonly text: string;
  readonly clientId: number;
}

/** The command in whose execution the event at `index` fell; undefined when the server acted by itself. */
export function commandBehind(recent: readonly RecordedEvent[], index: number): Behind | undefined {
  const moment = recent[index]?.executed;
  for (let i = index; i < recent.length; i++) {
    const each = recent[i];
    if (each === undefined || each.executed !== moment) return undefined;
    if (each.event.type === 'commandExecuted') return asBehind(each);
  }
  return undefined;
}

/** Commands that a client sends on its own account, or in which no key takes part. */
const WITHOUT_KEYS = new Set(['command', 'hello', 'client', 'auth', 'select', 'ping', 'echo', 'info', 'config', 'quit', 'reset', 'time', 'latency', 'slowlog']);

/** Whether a command may have to do with keys: what a picture of keys names as the last one. */
export function concernsKeys(argv: readonly string[]): boolean {
  return !WITHOUT_KEYS.has((argv[0] ?? '').toLowerCase());
}

/** The last command for which `fits` holds. */
export function lastCommand(recent: readonly RecordedEvent[], fits: (event: RecordedEvent & { event: { type: 'commandExecuted' } }) => boolean): Behind | undefined {
  for (let i = recent.length - 1; i >= 0; i--) {
    const each = recent[i];
    if (each !== undefined && isCommand(each) && fits(each)) return asBehind(each);
  }
  return undefined;
}

function isCommand(recorded: RecordedEvent): recorded is RecordedEvent & { event: { type: 'commandExecuted' } } {
  return recorded.event.type === 'commandExecuted';
}

function asBehind(recorded: RecordedEvent): Behind {
  const { event } = recorded;
  return event.type === 'commandExecuted' ? { id: recorded.id, text: commandLine(event.argv), clientId: event.clientId } : { id: recorded.id, text: '', clientId: 0 };
}
