/* The terminals that stand open at the end of a recording; at least one, on its first machine. */
import type { Recording } from '../../simulation/index.ts';
import type { TerminalPlan } from '../lab/terminals.tsx';

export function plansOf({ inputs, scenario }: Recording): TerminalPlan[] {
  const plans = new Map<string, TerminalPlan>();
  for (const input of inputs) {
    if (input.kind === 'open') plans.set(input.tty, { tty: input.tty, host: input.host, ...(input.run === undefined ? {} : { run: input.run }) });
    if (input.kind === 'close') plans.delete(input.tty);
  }
  return plans.size === 0 ? [{ tty: 'a', host: scenario.hosts[0]?.name ?? '', run: 'redis-cli' }] : [...plans.values()];
}
