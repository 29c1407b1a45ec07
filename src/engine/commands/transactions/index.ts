import type { Command } from '../../command.ts';
import { discard, exec, multi, unwatch, watch } from './transactions.ts';

export const transactionCommands: readonly Command[] = [multi, exec, discard, watch, unwatch];
