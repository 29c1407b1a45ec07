import { expect, test } from 'vitest';
import { testWorld } from '../../testing.ts';
import debugged from './debugger/calls.goldens.json' with { type: 'json' };
import { writeScripts } from './debugger/scripts.ts';
import goldens from './calls.goldens.json' with { type: 'json' };

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

test.each([['redis-cli', goldens], ['redis-cli --ldb', debugged]])('%s without a terminal answers, fails and exits as the real one', (_name, calls) => {
  const world = testWorld({ run: ['redis-server --port 7816 --enable-debug-command yes'] });
  writeScripts(world);
  const shell = world.open();
  for (const golden of calls) {
    const line = ['redis-cli', ...golden.args.map(quoted)].join(' ');
    shell.type(`printf %s ${quoted(golden.stdin ?? '')} | ${line} > out 2> err; echo $? > code\r`, 1_000_000);
    const ours = { stdout: world.file('/home/learner/out'), stderr: world.file('/home/learner/err'), code: Number(world.file('/home/learner/code')) };
    expect(ours, `${line} < ${JSON.stringify(golden.stdin)}`).toEqual({ stdout: golden.stdout, stderr: golden.stderr, code: golden.code });
  }
});

test('--eval runs the script of a file; keys and arguments are parted by a comma of its own', () => {
  const world = testWorld({ run: ['redis-server --port 7816'] });
  const shell = world.open();
  const run = (line: string): string => {
    shell.type(`${line} > out 2>&1; echo $? >> out\r`, 1_000_000);
    return world.file('/home/learner/out') ?? '';
  };
  shell.type("printf %s 'return {#KEYS, KEYS[1], ARGV[1]}' > show.lua\r", 1_000_000);
  expect(run('redis-cli -p 7816 --eval show.lua k1 k2 , a1 a2')).toBe('2\nk1\na1\n0\n');
  expect(run('redis-cli -p 7816 --eval show.lua k1 k2, a1')).toBe('3\nk1\n0\n');
  expect(run('redis-cli -p 7816 --eval nothing.lua k1')).toBe("Can't open file 'nothing.lua': No such file or directory\n1\n");
  expect(run('redis-cli -p 7816 --eval')).toBe("Unrecognized option or bad number of args for: '--eval'\n1\n");
});
