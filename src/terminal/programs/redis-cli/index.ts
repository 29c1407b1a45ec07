/*
 * redis-cli
 * ---------
 * The client that comes with Redis: a conversation at the terminal, one command for scripts, a few
 * tools. This file reads the options and chooses; the work is in session.ts, repl.ts and one-shot.ts.
 */
import { type Bytes, isDiskError, REDIS_VERSION } from '../../../engine/index.ts';
import { splitArguments } from '../../../engine/protocol/index.ts';
import type { Process, Program } from '../../../simulation/index.ts';
import { LineEditor } from '../../shell/line-editor.ts';
import { clusterComplaint, runCluster } from './cluster/index.ts';
import { Debugger, type DebuggedScript } from './debugger/debugger.ts';
import { runMode } from './modes/index.ts';
import { readAll, rollingStats, runCommand, runLines, scanKeys } from './one-shot.ts';
import { type Options, parseOptions } from './options.ts';
import { Repl } from './repl.ts';
import { Session } from './session.ts';
import { USAGE } from './usage.ts';

const PASSWORD_WARNING = "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";

export const redisCli: Program = {
  name: 'redis-cli',
  summary: 'talk to a Redis server',
  manual: USAGE,
  run(process) {
    const wanted = parseOptions(process.argv, process.environment);
    if ('show' in wanted) show(process, wanted.show, wanted.isError === true);
    else if ('output' in wanted) {
      (wanted.isError ? process.stderr : process.stdout).write(wanted.output);
      process.exit(wanted.code);
    } else begin(process, wanted.options);
  },
};

function show(process: Process, what: 'version' | 'usage', isError: boolean): void {
  (isError ? process.stderr : process.stdout).write(`redis-cli ${REDIS_VERSION}\n${what === 'version' ? '' : `\n${USAGE}`}`);
  process.exit(isError ? 1 : 0);
}

function begin(process: Process, options: Options): void {
  const complaint = options.cluster.command === undefined ? undefined : clusterComplaint(options.cluster.command);
  if (complaint !== undefined) {
    process.stderr.write(complaint);
    process.exit(1);
    return;
  }
  if (options.passwordOnCommandLine && options.warnAboutPassword) process.stderr.write(PASSWORD_WARNING);
  askFor(process, options.askPassword, 'Please input password: ', (password) => {
    askFor(process, options.cluster.asksFromPassword, 'Please input import source node password: ', (fromPassword) => {
      choose(process, { ...options, password: password ?? options.password, cluster: { ...options.cluster, fromPassword: fromPassword ?? options.cluster.fromPassword } });
    });
  });
}

/** Asks for a password where that is wanted and somebody sits at the terminal. */
function askFor(process: Process, isWanted: boolean, question: Bytes, done: (password: Bytes | undefined) => void): void {
  if (isWanted && process.stdin.isTty) askPassword(process, question, done);
  else done(undefined);
}

function choose(process: Process, options: Options): void {
  if (options.cluster.command !== undefined) {
    runCluster(process, options);
    return;
  }
  const command = options.quotedInput ? unquoted(options.command) : options.command;
  if (command === undefined) {
    process.stdout.write('Invalid quoted string\n');
    process.exit(1);
    return;
  }
  if (options.scriptFile !== undefined) {
    if (options.debugs === undefined) runScript(process, options, options.scriptFile, command);
    else debugScript(process, options, { file: options.scriptFile, mode: options.debugs, ...keysAndValues(command) });
    return;
  }
  // Without a command lines are read, from a person or from a file; errors end neither.
  const readsLines = options.mode === 'command' && command.length === 0;
  const isConversation = readsLines && process.stdin.isTty;
  const session = new Session(process, options, readsLines);
  if (options.mode === 'scan') scanKeys(process, session, options);
  else if (options.mode === 'stat') rollingStats(process, session, options);
  else if (options.mode !== 'command') runMode(options.mode, { process, session, options });
  else if (isConversation) new Repl(process, session, options).start();
  else if (readsLines) runLines(process, session, options);
  else if (options.lastArgumentFromStdin) readAll(process, (input) => runCommand(process, session, options, [...command, input]));
  else if (options.stdinTag !== undefined) {
    const at = command.indexOf(options.stdinTag);
    if (at < 0) {
      process.stderr.write('Using -X option but stdin tag not match.\n');
      process.exit(1);
    } else readAll(process, (input) => runCommand(process, session, options, command.toSpliced(at, 1, input)));
  } else runCommand(process, session, options, command);
}

/** key … , argument …: the comma stands alone. */
function keysAndValues(words: readonly Bytes[]): { readonly keys: readonly Bytes[]; readonly values: readonly Bytes[] } {
  const comma = words.indexOf(',');
  return comma < 0 ? { keys: words, values: [] } : { keys: words.slice(0, comma), values: words.slice(comma + 1) };
}

/** --ldb: the session is a conversation, with a person or with lines of a file. */
function debugScript(process: Process, options: Options, script: DebuggedScript): void {
  const session = new Session(process, options, true);
  const scripts = new Debugger(process, session, script);
  if (process.stdin.isTty) new Repl(process, session, options).start(scripts);
  else runLines(process, session, options, scripts);
}

/** --eval FILE … */
function runScript(process: Process, options: Options, file: Bytes, words: readonly Bytes[]): void {
  const script = process.env.disk.read(process.resolve(file));
  if (isDiskError(script)) {
    process.stderr.write(`Can't open file '${file}': ${script.message}\n`);
    process.exit(1);
    return;
  }
  const { keys, values } = keysAndValues(words);
  runCommand(process, new Session(process, options, false), options, ['EVAL', script, String(keys.length), ...keys, ...values]);
}

/** Each word read as a quoted string, or undefined when one of them is none. */
function unquoted(command: readonly Bytes[]): Bytes[] | undefined {
  const words: Bytes[] = [];
  for (const word of command) {
    const parts = splitArguments(word);
    if (parts?.length !== 1) return undefined;
    words.push(...parts);
  }
  return words;
}

function askPassword(process: Process, question: Bytes, done: (password: Bytes) => void): void {
  const editor = new LineEditor(process.tty?.size().columns ?? 80, {
    write: (bytes) => process.stdout.write(bytes),
    entered: (line) => {
      process.tty?.prompting(undefined);
      done(line);
    },
    interrupted: () => process.exit(1),
    ended: () => process.exit(1),
  });
  process.tty?.setMode('raw', false);
  process.tty?.prompting(question);
  process.stdin.onData((bytes) => editor.input(bytes));
  editor.start(question, [], { mask: true });
}
