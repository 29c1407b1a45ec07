/*
 * redis-cli --ldb
 * ---------------
 * A conversation with the debugger of scripts. The server (engine/scripting/debugger) answers what is typed with arrays
 * of lines; here they get their colours, and the last of them, `<endsession>`, is a sign rather than a line: the
 * reply of the script itself follows, then the server closes the connection. From there on it is a usual
 * conversation, except that `restart` begins a session anew, with the file as it is by then.
 *
 * Nothing is known of the commands of the debugger but `restart` and `quit`. What is typed is sent as it is; so a server
 * that has refused SCRIPT DEBUG answers as it answers anybody, and the prompt stays the debugger's.
 */
import { type Bytes, isDiskError } from '../../../../engine/index.ts';
import { type ReceivedReply, splitArguments } from '../../../../engine/protocol/index.ts';
import type { Process } from '../../../../simulation/index.ts';
import { formatReply } from '../format-reply.ts';
import type { Session } from '../session.ts';

export type DebugMode = 'copy' | 'sync';

const START = `Lua debugging session started, please use:
quit    -- End the session.
restart -- Restart the script in debug mode again.
help    -- Show Lua script debugging commands.

`;

export interface DebuggedScript {
  readonly file: Bytes;
  readonly keys: readonly Bytes[];
  readonly values: readonly Bytes[];
  readonly mode: DebugMode;
}

export class Debugger {
  private readonly process: Process;
  private readonly session: Session;
  private readonly script: DebuggedScript;
  private readonly isColoured: boolean;
  /** `beginning`: EVAL has not been answered yet. */
  private state: 'beginning' | 'talking' | 'over' = 'over';
  /** All lines have come, the script's reply has not. */
  private isEnding = false;

  constructor(process: Process, session: Session, script: DebuggedScript) {
    this.process = process;
    this.session = session;
    this.script = script;
    this.isColoured = process.environment.get('TERM')?.includes('xterm') ?? false;
    session.debugger = this;
  }

  /** Whether lines go to the debugger, rather than to a server as always. */
  get isOn(): boolean {
    return this.state !== 'over';
  }

  /** Begins a session, the first or one more, and goes on when the first lines have been printed. */
  begin(isAgain: boolean, done: () => void): void {
    const { process, session, script } = this;
    session.connect((connected) => {
      if (!connected || session.isUnprepared) return process.exit(1);
      process.stdout.write(`${isAgain ? '\n' : ''}${START}`);
      const body = process.env.disk.read(process.resolve(script.file));
      if (isDiskError(body)) {
        process.stderr.write(`Can't open file '${script.file}': ${body.message}\n`);
        return process.exit(1);
      }
      this.state = 'beginning';
      this.isEnding = false;
      const evaluate = (): void => session.run(['EVAL', body, String(script.keys.length), ...script.keys, ...script.values], done);
      session.ask(['SCRIPT', 'DEBUG', script.mode === 'sync' ? 'sync' : 'yes'], evaluate, (problem) => {
        process.stderr.write(`Error: ${problem}\n`);
        process.exit(1);
      });
      return undefined;
    });
  }

  /** The words of a line: the code behind `e` and `eval` is one word, whatever quotes there are in it. */
  words(line: Bytes): Bytes[] | undefined {
    const [, name, code] = (this.isOn ? /^(e|eval) (.*)$/s.exec(line) : null) ?? [];
    return name === undefined || code === undefined ? splitArguments(line) : [name, code];
  }

  /** Takes the reply to a command while a session lasts, and calls `done` when the command is over. False: it is none of its. */
  take(reply: ReceivedReply, done: () => void): boolean {
    if (this.state === 'over') return false;
    if (this.isEnding) {
      this.end(reply, done);
      return true;
    }
    const last = reply.type === 'array' ? reply.items.at(-1) : undefined;
    this.isEnding = last?.type === 'status' && last.text === '<endsession>';
    if (this.isEnding && reply.type === 'array') {
      const lines = reply.items.slice(0, -1);
      if (lines.length > 0) this.process.stdout.write(this.painted({ ...reply, items: lines }));
      this.process.stdout.write(this.state === 'beginning' ? "\nEval debugging session can't start:\n" : '\n');
      return true;
    }
    this.process.stdout.write(this.painted(reply));
    this.state = 'talking';
    done();
    return true;
  }

  /** What the script has come to. */
  private end(reply: ReceivedReply, done: () => void): void {
    const { process, session, script, state } = this;
    this.state = 'over';
    this.isEnding = false;
    process.stdout.write(formatReply(reply, 'standard'));
    if (state === 'beginning') return process.exit(0);
    process.stdout.write(`\n(Lua debugging session ended${script.mode === 'sync' ? '' : ' -- dataset changes rolled back'})\n\n`);
    session.connect(() => done());
    return undefined;
  }

  private painted(reply: ReceivedReply): Bytes {
    const lines = reply.type === 'array' ? reply.items : [reply];
    if (!this.isColoured || lines.some((line) => line.type !== 'status')) return formatReply(reply, 'raw');
    return lines.map((line) => (line.type === 'status' ? `\x1b[${colourOf(line.text)}m${line.text}\x1b[0m\n` : '')).join('');
  }
}

/** By what occurs anywhere in the line: of several marks the last one here counts. */
const COLOURS: readonly (readonly [mark: Bytes, colour: string])[] = [
  ['<debug>', '1;37;49'], ['<redis>', '0;32;49'], ['<reply>', '0;36;49'], ['<error>', '0;31;49'], ['<hint>', '1;37;49'], ['<value>', '0;35;49'], ['<retval>', '0;35;49'],
];

function colourOf(line: Bytes): string {
  if (line.startsWith('->')) return '0;33;49';
  if (line.startsWith('  #')) return '1;37;49';
  return COLOURS.findLast(([mark]) => line.includes(mark))?.[1] ?? '0;37;49';
}
