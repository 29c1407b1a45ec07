/* A file on the host's disk is there and says what it should. */
import { fromUtf8 } from '../../engine/index.ts';
import type { FileCheck } from '../model.ts';
import type { CheckKind } from './kind.ts';
import { code } from './reply-text.ts';

export const fileKind: CheckKind<FileCheck> = {
  kind: 'file',
  dependsOnState: false,
  judge(check, state, probe) {
    const content = state.file(check.path, check.host);
    const name = code(check.path);
    const untried = content === probe.initial.file(check.path, check.host);
    if (!check.exists) return { passed: content === undefined, expected: `there is no file ${name}`, found: content === undefined ? 'there is none' : `${name} exists`, untried };
    if (content === undefined) return { passed: false, expected: `there is a file ${name}`, found: `there is no file ${name}`, untried };
    const text = fromUtf8(content);
    const missing = (check.contains ?? []).find((part) => !text.includes(part));
    if (missing !== undefined) return { passed: false, expected: `${name} contains ${code(missing)}`, found: 'it does not', untried };
    if (check.matches !== undefined && !new RegExp(check.matches, 'm').test(text)) {
      return { passed: false, expected: `${name} has a line like ${code(check.matches)}`, found: firstLines(text), untried };
    }
    return { passed: true, expected: `there is a file ${name}`, found: 'it is there' };
  },
};

function firstLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length === 0) return 'it is empty';
  return `it has ${lines.slice(0, 4).map((line) => code(line.slice(0, 60))).join(', ')}${lines.length > 4 ? ` and ${lines.length - 4} more lines` : ''}`;
}
