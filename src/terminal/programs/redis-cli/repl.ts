/*
 * redis-cli as a conversation
 * ---------------------------
 * Prompt, line, command, reply, prompt. Between a line and its reply the terminal still hands over keys;
 * the editor keeps them for the next prompt, so a pasted block runs line by line. Ctrl-C at the prompt
 * leaves, in MONITOR or subscribed mode it goes back to the prompt, and in a command that waits (BLPOP)
 * it ends the program, since only that ends the wait.
 */
import { type Bytes, equalsFolded, fold, isDiskError, parseInteger, REDIS_VERSION } from '../../../engine/index.ts';
import { splitArguments } from '../../../engine/protocol/index.ts';
import type { Process } from '../../../simulation/index.ts';
import { HistoryFile } from '../../shell/history-file.ts';
import { LineEditor } from '../../shell/line-editor.ts';
import { type CommandDoc, docsBuiltIn, docsFromReply } from './command-docs.ts';
import type { Debugger } from './debugger/debugger.ts';
import { completionsOf, helpIntroduction, helpOn } from './help.ts';
import { hintFor } from './hints.ts';
import { leadingInteger, type Options } from './options.ts';
import type { Outcome, Session } from './session.ts';

const READING = 'Reading messages... (press Ctrl-C to quit or any key to type command)\r';
const CLEAR_LINE = '\x1b[K';
/** 128 and the number of SIGINT. */
const ENDED_BY_CTRL_C = 130;
/** A command that took this long gets its time printed. */
const SLOW_US = 500_000;

export class Repl {
  private readonly process: Process;
  private readonly session: Session;
  private readonly options: Options;
  private readonly editor: LineEditor;
  private state: 'starting' | 'editing' | 'running' | 'reading' | 'over' = 'starting';
  private docs: readonly CommandDoc[] = [];
  private readonly history: HistoryFile;
  private hints = true;
  private startedAt = 0;
  private scripts: Debugger | undefined;

  constructor(process: Process, session: Session, options: Options) {
    this.process = process;
    this.session = session;
    this.options = options;
    this.history = new HistoryFile(process.host.disk, historyPathOf(process));
    this.loadPreferences();
    this.editor = new LineEditor(process.tty?.size().columns ?? 80, {
      write: (bytes) => process.stdout.write(bytes),
      entered: (line) => this.entered(line),
      interrupted: () => this.leave(0),
      ended: () => this.leave(0),
    });
    this.editor.setCompleter((before) => completionsOf(before, this.docs));
    this.editor.setHinter((line) => (this.hints ? hintFor(line, this.docs) : undefined));
    process.tty?.onResize(({ columns }) => this.editor.resize(columns));
    process.stdin.onData((bytes) => this.typed(bytes));
    process.stdin.onEnd(() => this.leave(0));
    process.onSignal('SIGINT', () => this.interrupted());
    session.onMessage = () => this.messageArrived();
  }

  /** Begins the conversation; with `scripts` it is one with the debugger, which has no help for the line. */
  start(scripts?: Debugger): void {
    this.process.tty?.setMode('raw', true);
    if (scripts !== undefined) {
      this.scripts = scripts;
      scripts.begin(false, () => this.prompt());
      return;
    }
    this.session.connect((connected) => {
      this.docs = docsBuiltIn();
      if (!connected) {
        this.prompt();
        return;
      }
      this.session.ask(['COMMAND', 'DOCS'], (reply) => {
        this.docs = docsFromReply(reply) ?? this.docs;
        this.prompt();
      }, () => this.prompt());
    });
  }

  private leave(code: number): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.process.tty?.prompting(undefined);
    this.session.drop();
    this.process.exit(code);
  }

  // --- keys ----------------------------------------------------------------------------------

  private typed(bytes: Bytes): void {
    if (this.state !== 'reading') {
      this.editor.input(bytes);
      return;
    }
    this.process.stdout.write(CLEAR_LINE);
    if (bytes.startsWith('\x03')) {
      this.backToPrompt();
      return;
    }
    this.edit();
    this.editor.input(bytes);
  }

  private interrupted(): void {
    this.editor.takePending();
    if (this.state !== 'running') {
      this.leave(1);
      return;
    }
    this.process.stdout.write('^C');
    if (this.scripts?.isOn === true) {
      this.leave(ENDED_BY_CTRL_C);
      return;
    }
    if (!this.session.monitoring && !this.session.subscribed) {
      this.process.stdout.write('\n');
      this.leave(1);
      return;
    }
    if (this.session.monitoring && this.session.tellsMonitorTime) this.tellTime();
    this.backToPrompt();
  }

  /** Out of MONITOR or subscribed mode: only a new connection is out of them for sure. */
  private backToPrompt(): void {
    this.state = 'running';
    this.session.connect(() => {
      // The prompt is written over the ^C, as the real one's first key does: a line begins in the first column.
      this.process.stdout.write('\r');
      this.prompt();
    });
  }

  // --- the prompt ----------------------------------------------------------------------------

  private prompt(): void {
    if (this.state === 'over') return;
    if (this.session.subscribed && this.session.shape === 'standard') this.read();
    else this.edit();
  }

  private edit(): void {
    this.state = 'editing';
    const prompt = this.session.prompt();
    this.process.tty?.setMode('raw', false);
    this.process.tty?.prompting(prompt);
    this.editor.start(prompt, this.history.lines);
  }

  private read(): void {
    this.state = 'reading';
    this.session.printUnread();
    this.process.tty?.setMode('raw', false);
    this.process.tty?.prompting(this.session.prompt());
    this.process.stdout.write(READING);
    const pending = this.editor.takePending();
    if (pending !== '') this.typed(pending);
  }

  private messageArrived(): void {
    if (this.state !== 'reading') return;
    this.process.stdout.write(CLEAR_LINE);
    this.session.printUnread();
    const loss = this.session.loss;
    if (loss === undefined) {
      this.process.stdout.write(READING);
      return;
    }
    this.process.stderr.write(`Error: ${loss}\n`);
    this.leave(1);
  }

  // --- lines ---------------------------------------------------------------------------------

  private entered(line: Bytes): void {
    this.state = 'running';
    this.process.tty?.prompting(undefined);
    this.process.tty?.setMode('raw', true);
    const { scripts } = this;
    runLine(line, {
      options: this.options,
      ...(scripts === undefined ? {} : { scripts, restart: () => scripts.begin(true, () => this.prompt()) }),
      print: (text) => this.process.stdout.write(text),
      remember: () => this.history.add(line),
      leave: () => this.leave(0),
      help: (topic) => (topic.length === 0 ? helpIntroduction(REDIS_VERSION) : helpOn(topic, this.docs)),
      setHints: (on) => (this.hints = on),
      connect: (host, port) => {
        this.session.host = host;
        this.session.port = port;
        this.session.connect(() => this.prompt());
      },
      repeat: (argv, times) => this.repeat(argv, times),
      nothing: () => this.prompt(),
    });
  }

  private repeat(argv: readonly Bytes[], times: number): void {
    this.startedAt = this.process.env.clock.monotonic();
    this.session.run(argv, (outcome) => {
      if (this.state === 'over') return;
      if (outcome === 'fatal') {
        this.leave(1);
        return;
      }
      if (times > 1 && wentOn(outcome)) {
        if (this.options.intervalUs > 0) this.process.env.clock.after(this.options.intervalUs, 'redis-cli -i', () => this.repeat(argv, times - 1));
        else this.repeat(argv, times - 1);
        return;
      }
      this.tellTime();
      this.prompt();
    });
  }

  private tellTime(): void {
    const us = this.process.env.clock.monotonic() - this.startedAt;
    if (us >= SLOW_US && this.session.shape === 'standard') this.process.stdout.write(`(${(us / 1e6).toFixed(2)}s)\n`);
  }

  // --- what is kept on the host's disk -------------------------------------------------------

  private loadPreferences(): void {
    const path = this.process.environment.get('REDISCLI_RCFILE') ?? homeFile(this.process, '.redisclirc');
    const content = path === undefined ? '' : this.process.host.disk.read(path);
    if (isDiskError(content)) return;
    for (const line of content.split('\n')) {
      const words = splitArguments(line) ?? [];
      if (equalsFolded(words[0] ?? '', ':set')) this.hints = wantsHints(words) ?? this.hints;
    }
  }
}

function homeFile(process: Process, name: string): string | undefined {
  const home = process.environment.get('HOME');
  return home === undefined ? undefined : `${home}/${name}`;
}

function historyPathOf(process: Process): string | undefined {
  const chosen = process.environment.get('REDISCLI_HISTFILE');
  if (chosen === '' || chosen === '/dev/null') return undefined;
  return chosen ?? homeFile(process, '.rediscli_history');
}

/** Whether repeating a command makes sense after this outcome. */
export function wentOn(outcome: Outcome): boolean {
  return outcome === 'ok' || outcome === 'error';
}

// --- the meaning of a line ---------------------------------------------------------------------

/** What a line may ask for. Exactly one of leave, connect, repeat, restart and nothing is called, last. */
export interface LineActions {
  readonly options: Options;
  /** Scripts are debugged, or were. */
  readonly scripts?: Debugger;
  restart?(): void;
  print(text: Bytes): void;
  /** The line may go into the history. */
  remember(): void;
  leave(): void;
  help(topic: readonly Bytes[]): Bytes;
  setHints(on: boolean): void;
  connect(host: Bytes, port: number): void;
  repeat(argv: readonly Bytes[], times: number): void;
  nothing(): void;
}

export function runLine(line: Bytes, actions: LineActions): void {
  if (line === '') return actions.nothing();
  const words = actions.scripts === undefined ? splitArguments(line) : actions.scripts.words(line);
  if (words === undefined) {
    actions.remember();
    actions.print('Invalid argument(s)\n');
    return actions.nothing();
  }
  let times = actions.options.repeat;
  let argv = words;
  const count = parseInteger(words[0] ?? '');
  if (count !== undefined && words.length > 1) {
    if (count <= 0) {
      actions.print('Invalid redis-cli repeat command option value.\n');
      return actions.nothing();
    }
    times = Number(count);
    argv = words.slice(1);
  }
  if (argv.length === 0) return actions.nothing();
  if (!isSensitive(argv)) actions.remember();
  const [first = ''] = argv;
  const name = fold(first);
  if (name === 'quit' || name === 'exit') return actions.leave();
  if (first.startsWith(':')) {
    const hints = equalsFolded(first, ':set') ? wantsHints(argv) : undefined;
    if (hints !== undefined) actions.setHints(hints);
    else if (equalsFolded(first, ':set')) actions.print(`unknown redis-cli preference '${argv.slice(1).join(' ')}'\n`);
    else actions.print(`unknown redis-cli internal command '${first}'\n`);
    return actions.nothing();
  }
  if (name === 'connect' && argv.length === 3) return actions.connect(argv[1] ?? '', leadingInteger(argv[2] ?? ''));
  if (name === 'clear' && argv.length === 1) {
    actions.print('\x1b[H\x1b[2J');
    return actions.nothing();
  }
  if (name === 'restart' && actions.restart !== undefined) return actions.restart();
  if ((name === 'help' || name === '?') && actions.scripts?.isOn !== true) {
    actions.print(actions.help(argv.slice(1)));
    return actions.nothing();
  }
  actions.repeat(argv, times);
}

function wantsHints(words: readonly Bytes[]): boolean | undefined {
  if (words.length !== 2) return undefined;
  if (equalsFolded(words[1] ?? '', 'hints')) return true;
  return equalsFolded(words[1] ?? '', 'nohints') ? false : undefined;
}

/** Lines that carry a password stay out of the history. */
function isSensitive(argv: readonly Bytes[]): boolean {
  const words = argv.map(fold);
  switch (words[0]) {
    case 'auth':
      return true;
    case 'acl':
      return words[1] === 'setuser';
    case 'config':
      return words[1] === 'set' && words.slice(2).some((word) => word === 'masterauth' || word === 'masteruser' || word === 'requirepass');
    case 'hello':
      return words.slice(2).includes('auth');
    case 'migrate':
      return words.slice(6).some((word) => word === 'auth' || word === 'auth2');
    default:
      return false;
  }
}
