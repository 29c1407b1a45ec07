import type { Command } from '../../command.ts';
import { evalBody, evalBodyReadonly, evalSha, evalShaReadonly, fcall, fcallReadonly } from './eval.ts';
import { functionCommand } from './function.ts';
import { script } from './script.ts';

export const scriptingCommands: readonly Command[] = [evalBody, evalBodyReadonly, evalSha, evalShaReadonly, fcall, fcallReadonly, functionCommand, script];
