/*
 * Builtins
 * --------
 * Commands that are the shell's own, because they change it or tell what only it knows.
 */
import { type Bytes, isDiskError } from '../../engine/index.ts';
import type { Output } from '../../simulation/index.ts';
import { sendSignals } from '../programs/signals.ts';
import type { Done, Interpreter } from './interpreter.ts';
import type { Job } from './jobs.ts';

export interface Builtin {
  readonly summary: string;
  /** Changes nothing: may run inside the shell although it stands in a pipeline. */
  readonly onlyPrints?: boolean;
  run(shell: Interpreter, argv: readonly Bytes[], outputs: { stdout: Output; stderr: Output }, done: Done): void;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const table: Readonly<Record<string, Builtin>> = {
  ':': { summary: 'do nothing', run: (_shell, _argv, _outputs, done) => done(0) },

  cd: {
    summary: 'change the working directory',
    run(shell, argv, { stdout, stderr }, done) {
      const wanted = argv[1] ?? shell.home;
      const target = wanted === '-' ? shell.previousDirectory : shell.resolve(wanted);
      if (target === undefined) return fail(stderr, done, 'cd: there is no earlier directory to go back to');
      const found = shell.process.host.disk.stat(target);
      if (isDiskError(found)) return fail(stderr, done, `cd: ${wanted}: ${found.message}`);
      if (found.kind !== 'directory') return fail(stderr, done, `cd: ${wanted}: Not a directory`);
      if (wanted === '-') stdout.write(`${target}\n`);
      shell.previousDirectory = shell.directory;
      shell.directory = target;
      shell.assign('OLDPWD', shell.previousDirectory);
      shell.assign('PWD', target);
      done(0);
    },
  },

  pwd: {
    summary: 'print the working directory', onlyPrints: true,
    run(shell, _argv, { stdout }, done) {
      stdout.write(`${shell.directory}\n`);
      done(0);
    },
  },

  exit: {
    summary: 'leave the shell',
    run(shell, argv, { stderr }, done) {
      const code = argv[1] ?? String(shell.status);
      if (!/^\d+$/.test(code)) stderr.write(`sh: exit: ${code}: numeric argument required\n`);
      shell.exiting = /^\d+$/.test(code) ? Number(code) & 255 : 2;
      done(shell.exiting);
    },
  },

  export: {
    summary: 'give variables to the programs that are started',
    run(shell, argv, { stdout, stderr }, done) {
      if (argv.length === 1) for (const name of [...shell.exported].sort()) stdout.write(`export ${name}="${shell.variables.get(name) ?? ''}"\n`);
      for (const word of argv.slice(1)) {
        const equals = word.indexOf('=');
        const name = equals < 0 ? word : word.slice(0, equals);
        if (!NAME.test(name)) return fail(stderr, done, `export: \`${word}': not a valid identifier`);
        if (equals >= 0) shell.assign(name, word.slice(equals + 1));
        shell.exported.add(name);
      }
      done(0);
    },
  },

  unset: {
    summary: 'forget variables',
    run(shell, argv, _outputs, done) {
      for (const name of argv.slice(1)) {
        shell.variables.delete(name);
        shell.exported.delete(name);
      }
      done(0);
    },
  },

  set: {
    summary: 'print all variables', onlyPrints: true,
    run(shell, argv, { stdout, stderr }, done) {
      if (argv.length > 1) return fail(stderr, done, `set: ${argv[1]}: this shell has no options to set`);
      for (const [name, value] of [...shell.variables].sort(([a], [b]) => (a < b ? -1 : 1))) stdout.write(`${name}=${value}\n`);
      done(0);
    },
  },

  alias: {
    summary: 'give a command another name',
    run(shell, argv, { stdout, stderr }, done) {
      const print = (name: Bytes): void => stdout.write(`alias ${name}='${shell.aliases.get(name) ?? ''}'\n`);
      if (argv.length === 1) for (const name of [...shell.aliases.keys()].sort()) print(name);
      let status = 0;
      for (const word of argv.slice(1)) {
        const equals = word.indexOf('=');
        if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1));
        else if (shell.aliases.has(word)) print(word);
        else {
          stderr.write(`sh: alias: ${word}: not found\n`);
          status = 1;
        }
      }
      done(status);
    },
  },

  unalias: {
    summary: 'forget an alias',
    run(shell, argv, _outputs, done) {
      for (const name of argv.slice(1)) shell.aliases.delete(name);
      done(0);
    },
  },

  history: {
    summary: 'list the lines that were entered', onlyPrints: true,
    run(shell, argv, { stdout }, done) {
      const from = argv[1] === undefined ? 0 : Math.max(0, shell.history.length - (Number(argv[1]) || 0));
      shell.history.forEach((line, i) => {
        if (i >= from) stdout.write(`${String(i + 1).padStart(5)}  ${line}\n`);
      });
      done(0);
    },
  },

  type: { summary: 'tell what a name stands for', onlyPrints: true, run: (shell, argv, outputs, done) => tell(shell, argv, outputs, done, false) },
  which: { summary: 'tell where a program is', onlyPrints: true, run: (shell, argv, outputs, done) => tell(shell, argv, outputs, done, true) },

  jobs: {
    summary: 'list the jobs of this shell', onlyPrints: true,
    run(shell, _argv, { stdout }, done) {
      for (const job of shell.jobs.all) {
        stdout.write(shell.jobs.describe(job));
        if (job.state === 'ended') job.told = true;
      }
      done(0);
    },
  },

  fg: {
    summary: 'bring a job to the front',
    run(shell, argv, { stdout, stderr }, done) {
      const job = findJob(shell, argv[1], 'fg', stderr, done);
      if (job === undefined) return;
      stdout.write(`${job.source}\n`);
      shell.continueInFront(job, done);
    },
  },

  bg: {
    summary: 'let a stopped job go on behind',
    run(shell, argv, { stdout, stderr }, done) {
      const job = findJob(shell, argv[1], 'bg', stderr, done);
      if (job === undefined) return;
      shell.continueBehind(job);
      stdout.write(`[${job.id}]+ ${job.source} &\n`);
      done(0);
    },
  },

  wait: {
    summary: 'wait for jobs to end',
    run(shell, argv, { stderr }, done) {
      if (argv.length === 1) return shell.waitFor(shell.jobs.all, () => done(0));
      const jobs: Job[] = [];
      for (const word of argv.slice(1)) {
        const job = word.startsWith('%') ? shell.jobs.find(word) : shell.jobs.all.find((each) => each.processes.some(({ pid }) => String(pid) === word));
        if (job === undefined) {
          stderr.write(`sh: wait: ${word} is not a job of this shell\n`);
          return done(127);
        }
        jobs.push(job);
      }
      shell.waitFor(jobs, done);
    },
  },

  kill: {
    summary: 'send a signal to a process or job',
    run(shell, argv, outputs, done) {
      const words: Bytes[] = [];
      for (const word of argv) {
        const job = word.startsWith('%') ? shell.jobs.find(word) : undefined;
        if (word.startsWith('%') && job === undefined) return fail(outputs.stderr, done, `kill: ${word}: no such job`);
        if (job === undefined) words.push(word);
        else words.push(...job.livePids.map(String));
      }
      done(sendSignals(words, shell.process.host, outputs, 'sh: kill'));
    },
  },

  test: { summary: 'compare words, look for files', run: (shell, argv, { stderr }, done) => done(answer(shell, argv.slice(1), stderr)) },
  '[': {
    summary: 'the same as test, with a ] at the end',
    run(shell, argv, { stderr }, done) {
      if (argv.at(-1) === ']') return done(answer(shell, argv.slice(1, -1), stderr));
      stderr.write("sh: [: missing `]'\n");
      done(2);
    },
  },

  break: { summary: 'leave a loop', run: (shell, argv, { stderr }, done) => jump(shell, 'break', argv, stderr, done) },
  continue: { summary: 'go on with the next turn of a loop', run: (shell, argv, { stderr }, done) => jump(shell, 'continue', argv, stderr, done) },

  '.': { summary: 'run the lines of a file in this shell', run: source },
  source: { summary: 'run the lines of a file in this shell', run: source },
};

export const builtins: ReadonlyMap<Bytes, Builtin> = new Map(Object.entries(table));

/** What `test` answers: 0 for yes, 1 for no, 2 for a question that makes no sense. */
function answer(shell: Interpreter, words: readonly Bytes[], stderr: Output): number {
  const [first = '', second = '', third = ''] = words;
  const yes = (is: boolean): number => (is ? 0 : 1);
  const senseless = (message: string): number => {
    stderr.write(`sh: test: ${message}\n`);
    return 2;
  };
  if (words.length === 0) return 1;
  if (first === '!' && words.length > 1) {
    const opposite = answer(shell, words.slice(1), stderr);
    return opposite === 2 ? 2 : 1 - opposite;
  }
  if (words.length === 1) return yes(first !== '');
  if (words.length === 2) {
    if (first === '-n' || first === '-z') return yes((second !== '') === (first === '-n'));
    const found = shell.process.host.disk.stat(shell.resolve(second));
    if (isDiskError(found)) return /^-[efdsrwx]$/.test(first) ? 1 : senseless(`${first}: unary operator expected`);
    switch (first) {
      case '-e': case '-r': case '-w': case '-x': return 0;
      case '-f': return yes(found.kind === 'file');
      case '-d': return yes(found.kind === 'directory');
      case '-s': return yes(found.sizeBytes > 0);
      default: return senseless(`${first}: unary operator expected`);
    }
  }
  if (words.length > 3) return senseless('too many arguments');
  if (second === '=' || second === '==') return yes(first === third);
  if (second === '!=') return yes(first !== third);
  const order = ['-eq', '-ne', '-lt', '-le', '-gt', '-ge'].indexOf(second);
  if (order < 0) return senseless(`${second}: binary operator expected`);
  for (const word of [first, third]) if (!/^[+-]?[0-9]+$/.test(word)) return senseless(`${word}: integer expression expected`);
  const difference = Number(first) - Number(third);
  return yes([difference === 0, difference !== 0, difference < 0, difference <= 0, difference > 0, difference >= 0][order] === true);
}

function fail(stderr: Output, done: Done, message: string): void {
  stderr.write(`sh: ${message}\n`);
  done(1);
}

function findJob(shell: Interpreter, name: Bytes | undefined, command: string, stderr: Output, done: Done): Job | undefined {
  const job = shell.jobs.find(name);
  if (job === undefined) fail(stderr, done, `${command}: ${name === undefined ? 'current' : name}: no such job`);
  return job;
}

function tell(shell: Interpreter, argv: readonly Bytes[], { stdout, stderr }: { stdout: Output; stderr: Output }, done: Done, pathsOnly: boolean): void {
  let status = 0;
  for (const name of argv.slice(1)) {
    const alias = shell.aliases.get(name);
    const isBuiltin = builtins.has(name);
    const isProgram = shell.process.host.programs().includes(name);
    if (!pathsOnly && alias !== undefined) stdout.write(`${name} is an alias for ${alias}\n`);
    else if (!pathsOnly && isBuiltin) stdout.write(`${name} is a shell builtin\n`);
    else if (isProgram) stdout.write(pathsOnly ? `/usr/bin/${name}\n` : `${name} is /usr/bin/${name}\n`);
    else {
      if (!pathsOnly) stderr.write(`sh: type: ${name}: not found\n`);
      status = 1;
    }
  }
  done(status);
}

function jump(shell: Interpreter, kind: 'break' | 'continue', argv: readonly Bytes[], stderr: Output, done: Done): void {
  const levels = argv[1] === undefined ? 1 : Number(argv[1]);
  if (!Number.isInteger(levels) || levels < 1) return fail(stderr, done, `${kind}: ${argv[1]}: a number of loops, from 1, is wanted`);
  if (!shell.leaveLoops(kind, levels)) return fail(stderr, done, `${kind}: only meaningful in a loop`);
  done(0);
}

function source(shell: Interpreter, argv: readonly Bytes[], { stderr }: { stdout: Output; stderr: Output }, done: Done): void {
  const path = argv[1];
  if (path === undefined) return fail(stderr, done, `${argv[0]}: a file name is wanted`);
  const content = shell.process.host.disk.read(shell.resolve(path));
  if (isDiskError(content)) return fail(stderr, done, `${path}: ${content.message}`);
  shell.runText(content, done);
}
