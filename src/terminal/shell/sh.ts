/*
 * sh: the shell
 * -------------
 * The first program of every terminal: prompt, line, what it asks for, prompt. The language is read by
 * parse.ts and carried out by interpreter.ts; here is the conversation, and `sh -c` and scripts.
 */
import { type Bytes, isDiskError } from '../../engine/index.ts';
import type { Process, Program } from '../../simulation/index.ts';
import { builtins } from './builtins.ts';
import { completionsAt } from './completion.ts';
import { HistoryFile } from './history-file.ts';
import { Interpreter } from './interpreter.ts';
import { LineEditor } from './line-editor.ts';
import { parse } from './parse.ts';

const HISTORY_FILE = '.sh_history';
const CONTINUATION = '> ';

export const sh: Program = {
  name: 'sh',
  summary: 'the shell: starts programs, joins them with pipes',
  manual: `Usage: sh [-c 'commands' | file [argument ...]]

What you type at the prompt is read by the shell.

  command argument ...     start a program; quote arguments that have blanks:
                           "a b" or 'a b'
  a | b                    what a prints is what b reads
  a > file   a >> file     write the output to a file, or add it to one
  a < file   2> file       read from a file; send errors to a file
  2>&1                     errors go where the output goes
  a ; b   a && b   a || b  one after the other; b if a worked; b if a failed
  a &                      run in the background: jobs, fg, bg, wait, kill %1
  x=5   "$x"   \${x:-none}  variables; $? is the last exit code
  $(command)               what a command prints, as an argument
  *.conf  ?  [a-z]         names of files that match
  <<EOF                    text up to a line EOF is what the program reads
  if, for, while           if a; then b; fi   for x in 1 2 3; do a; done
  # text                   a comment

Keys: arrows and Ctrl-A, Ctrl-E, Ctrl-K, Ctrl-W edit; Up and Ctrl-R find
earlier lines; Tab completes; Ctrl-C stops a program, Ctrl-Z suspends it,
Ctrl-D ends input.
`,
  run(process) {
    const [, first, ...rest] = process.argv;
    if (first === '-c') runScript(process, rest[0] ?? '', [rest[1] ?? 'sh', ...rest.slice(2)]);
    else if (first !== undefined && !first.startsWith('-')) {
      const content = process.host.disk.read(process.resolve(first));
      if (isDiskError(content)) {
        process.stderr.write(`sh: ${first}: ${content.message}\n`);
        process.exit(127);
      } else runScript(process, content, [first, ...rest]);
    } else if (process.stdin.isTty && process.tty !== undefined) new Conversation(process).start();
    else {
      let script = '';
      process.stdin.onData((bytes) => (script += bytes));
      process.stdin.onEnd(() => runScript(process, script, ['sh']));
    }
  },
};

function runScript(process: Process, text: Bytes, parameters: readonly Bytes[]): void {
  const interpreter = new Interpreter(process, false, parameters);
  interpreter.runText(text, (status) => process.exit(interpreter.exiting ?? status));
}

class Conversation {
  private readonly process: Process;
  private readonly interpreter: Interpreter;
  private readonly editor: LineEditor;
  private readonly history: HistoryFile;
  /** Lines of a command that is not complete yet. */
  private unfinished = '';
  private running = false;

  constructor(process: Process) {
    this.process = process;
    this.interpreter = new Interpreter(process, true, ['sh']);
    this.history = new HistoryFile(process.host.disk, `${this.interpreter.home}/${HISTORY_FILE}`);
    this.interpreter.history = this.history.lines;
    this.editor = new LineEditor(process.tty?.size().columns ?? 80, {
      write: (bytes) => process.stdout.write(bytes),
      entered: (line) => this.entered(line),
      interrupted: () => {
        this.unfinished = '';
        this.interpreter.status = 130;
        this.prompt();
      },
      ended: () => this.ended(),
    });
    this.editor.setCompleter((before) => completionsAt(before, {
      commands: [...process.host.programs(), ...builtins.keys(), ...this.interpreter.aliases.keys()],
      disk: process.host.disk, directory: this.interpreter.directory, home: this.interpreter.home,
      wordsAfter: (argv) => process.host.machine?.wordsAfter(argv) ?? [],
    }), true);
    process.tty?.onResize(({ columns }) => this.editor.resize(columns));
    process.stdin.onData((bytes) => this.editor.input(bytes));
    process.stdin.onEnd(() => this.ended());
    process.onSignal('SIGINT', () => {
      if (this.running) this.interpreter.interrupt();
    });
    process.onSignal('SIGTSTP', () => {});
    process.onSignal('SIGQUIT', () => {});
    process.onSignal('SIGTERM', () => {});
  }

  start(): void {
    this.prompt();
  }

  private prompt(): void {
    this.running = false;
    this.interpreter.takeInterrupt();
    const news = this.interpreter.jobs.takeNews();
    if (news !== '') this.process.stderr.write(news);
    const prompt = this.unfinished === '' ? this.promptText() : CONTINUATION;
    this.process.tty?.setMode('raw', false);
    this.process.tty?.prompting(prompt);
    this.editor.start(prompt, this.interpreter.history);
  }

  private promptText(): Bytes {
    const { directory, home } = this.interpreter;
    const shown = directory === home ? '~' : directory.startsWith(`${home}/`) ? `~${directory.slice(home.length)}` : directory;
    return `${this.interpreter.variable('USER') ?? 'learner'}@${this.process.host.name}:${shown}$ `;
  }

  private entered(line: Bytes): void {
    this.process.tty?.prompting(undefined);
    this.remember(line);
    const source = this.unfinished === '' ? line : `${this.unfinished}\n${line}`;
    const parsed = parse(source);
    if (parsed.kind === 'incomplete') {
      this.unfinished = source;
      this.prompt();
      return;
    }
    this.unfinished = '';
    if (parsed.kind === 'error') {
      this.interpreter.complain(parsed.message);
      this.interpreter.status = 2;
      this.prompt();
      return;
    }
    this.running = true;
    this.process.tty?.setMode('raw', true);
    this.interpreter.runList(parsed.list, () => {
      if (this.interpreter.exiting === undefined) this.prompt();
      else this.process.exit(this.interpreter.exiting);
    });
  }

  /** Ctrl-D: out of a command that is not complete, or out of the shell. */
  private ended(): void {
    if (this.unfinished !== '') {
      this.unfinished = '';
      this.interpreter.complain('syntax error: unexpected end of file');
      this.interpreter.status = 2;
      this.prompt();
      return;
    }
    this.process.tty?.prompting(undefined);
    this.process.exit(this.interpreter.status);
  }

  private remember(line: Bytes): void {
    // A blank in front keeps a line out of the history: the usual way to type a password.
    if (!/^[ \t]*$/.test(line) && !line.startsWith(' ')) this.history.add(line);
  }
}
