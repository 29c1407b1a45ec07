/*
 * A small shell for the lab's own tests
 * -------------------------------------
 * The lab's behaviour must not hang on the real shell's abilities, so its tests bring a shell of twenty
 * lines; redis-server and redis-cli are the real ones.
 */
import type { CheckResult } from '../lessons/index.ts';
import type { Process, Program } from '../simulation/index.ts';
import { programs } from '../terminal/index.ts';
import type { LabContext } from './context.ts';

/** Takes `sh -c "words"` and, at a terminal, one line after the other. */
export const smallShell: Program = {
  name: 'sh',
  summary: 'a shell for tests',
  run(p: Process) {
    const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
    if (p.argv[1] === '-c') {
      const started = p.spawn({ argv: words(p.argv[2] ?? ''), foreground: true, exited: (code) => p.exit(code) });
      if (started === undefined) p.exit(127);
      return;
    }
    const prompt = (): void => {
      p.tty?.setMode('cooked');
      p.stdout.write('$ ');
      p.tty?.prompting('$ ');
    };
    p.stdin.onData((bytes) => {
      p.tty?.prompting(undefined);
      const argv = words(bytes.trimEnd());
      if (argv.length === 0) return prompt();
      if (argv[0] === 'exit') return p.exit(0);
      const started = p.spawn({ argv, foreground: true, exited: prompt });
      if (started === undefined) {
        p.stderr.write(`${argv[0]}: not found\n`);
        prompt();
      }
    });
    p.stdin.onEnd(() => p.exit(0));
    p.onSignal('SIGINT', () => {
      p.stdout.write('\n');
      prompt();
    });
    prompt();
  },
};

/** A program that fails in its first event. */
export const broken: Program = {
  name: 'broken',
  summary: 'fails',
  run() {
    throw new Error('what must hold did not');
  },
};

export const testContext: LabContext = {
  programs: [...programs.filter((program) => program.name !== 'sh'), smallShell, broken],
  visualizers: [
    {
      id: 'count',
      title: 'How many keys there are',
      wakes: ['keyChanged', 'keyRemoved', 'databaseFlushed', 'serverReady'],
      look: (world) => ({ keys: world.server()?.server.databases[0]?.keys.size ?? -1 }),
      describe: (view) => `${(view as { keys: number }).keys} keys`,
    },
    {
      id: 'failing',
      title: 'A picture that fails',
      wakes: [],
      look: () => {
        throw new Error('nothing to see');
      },
      describe: () => '',
    },
  ],
  // A judge that is small and real: `key` checks by EXISTS on a copy, with the step that removed the key.
  evaluateChecks: (checks, probe) =>
    checks.map((check): CheckResult => {
      const key = check.kind === 'key' ? check.key : '';
      const where = { host: check.host, port: check.port, db: check.db };
      const passed = probe.now.run(['EXISTS', key], where) === 1;
      const lost = probe.history.findLastIndex((_, index) => probe.after(index)?.run(['EXISTS', key], where) === 1);
      const after = probe.history[lost + 1];
      return {
        id: check.id, say: check.say, passed, expected: `${key} exists`, specific: false,
        found: passed ? 'it does' : `missing; at the start: ${String(probe.initial.run(['EXISTS', key], where))}`,
        because: '', state: passed ? 'passed' : 'failed',
        ...(passed || lost < 0 || after === undefined ? {} : { cause: { command: after.argv.join(' '), step: after.step, atUs: after.atUs } }),
      };
    }),
};
