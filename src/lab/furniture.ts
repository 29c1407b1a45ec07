/* Everything a real lab has: all programs, all visualizers, the judge of checks. */
import { evaluateChecks } from '../lessons/checks/index.ts';
import { programs } from '../terminal/index.ts';
import { visualizers } from '../visualizers/index.ts';
import type { LabContext } from './context.ts';

export const furniture: LabContext = { programs, visualizers, evaluateChecks };
