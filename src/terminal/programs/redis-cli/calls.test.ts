import { expect, test } from 'vitest';
import { testWorld } from '../../testing.ts';
import goldens from './calls.goldens.json' with { type: 'json' };

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

test('redis-cli without a terminal answers, fails and exits as the real one', () => {
  const world = testWorld({ run: ['redis-server --port 7816 --enable-debug-command yes'] });
  const shell = world.open();
  for (const golden of goldens) {
    const line = ['redis-cli', ...golden.args.map(quoted)].join(' ');
    shell.type(`printf %s ${quoted(golden.stdin ?? '')} | ${line} > out 2> err; echo $? > code\r`, 1_000_000);
    const ours = { stdout: world.file('/home/learner/out'), stderr: world.file('/home/learner/err'), code: Number(world.file('/home/learner/code')) };
    expect(ours, line).toEqual({ stdout: golden.stdout, stderr: golden.stderr, code: golden.code });
  }
});
