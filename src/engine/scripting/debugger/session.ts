/*
 * A debugging session
 * -------------------
 * One script, one client, and between them commands like `step` and `print`. While the session lasts, what the client
 * sends comes here, and answers go straight to its socket, each as an array of lines.
 *
 * The script runs with a hook before every line. Where it shall stop the thread is left in the middle, as a long script
 * is; the next event that has a command for the session decides how it goes on. Nothing waits. Lua cannot be
 * left inside a metamethod, an iterator or xpcall, so there the script runs on to the next line
 * that can be left.
 *
 * Lua, taken up again before the first instruction of a line, often calls the hook for this line once more. It does so
 * if the instruction before belongs to another line; `goOn` finds that out and has this call ignored.
 */
import { atoi, fold, parseInteger, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import type { ServerForCommands } from '../../command.ts';
import type { SocketEvents } from '../../env.ts';
import type { Reply } from '../../reply.ts';
import { LUA_OK, type LuaState } from '../lua-vm.ts';
import type { ScriptRun } from '../run.ts';
import { errorMessage, SLICE, type Sandbox } from '../sandbox.ts';
import { helpLines } from './help.ts';
import { parseRequest } from './request.ts';
import { showReply, showValue } from './show.ts';

const MOST_BREAKPOINTS = 64;
/** Replies and values are cut to this length at first, and to no less than the second. */
const FIRST_MAXLEN = 256;
const LEAST_MAXLEN = 60;
/** Lines that `list` shows before and after, and `break`. */
const LIST_CONTEXT = 5;
const BREAK_CONTEXT = 1;
/** Words of a command that are shown. */
const SHOWN_WORDS = 10;
/** So many calls of the hook cost as much time as a slice does. */
const LINES_PER_CHARGE = 10_000;
const MOST_BUFFERED_BYTES = 1024 * 1024;
/** `eval` may take so many slices. */
const MOST_SLICES_OF_EVAL = 500;

const UNKNOWN = '<error> Unknown Redis Lua debugger command or wrong number of arguments.';
const SCRIPT = '@user_script';

/** Where the script stands. `by`: at the beginning of a line, or somewhere after a long time without a stop. */
interface Stop {
  readonly state: LuaState;
  readonly line: number;
  readonly by: 'line' | 'timeout';
}

/** Whoever has begun the session. */
export interface SessionOwner {
  /** The script goes on from where the session has stopped it. */
  goOn(run: ScriptRun): void;
  /** The session is over; its last lines have been sent. */
  ended(): void;
}

export class DebugSession implements SocketEvents {
  /** What the script is stopped with when it goes on. */
  failure: Bytes | undefined;
  private readonly server: ServerForCommands;
  private readonly client: Client;
  private readonly owner: SessionOwner;
  private readonly source: readonly Bytes[];
  private run: ScriptRun | undefined;
  private box: Sandbox | undefined;
  private stop: Stop | undefined;
  /** The next line stops the script; commands of the script are shown meanwhile. */
  private steps = true;
  /** redis.breakpoint() was called. */
  private breaks = false;
  /** The hook's next call for a line of this state is a repetition. */
  private repeats: LuaState | undefined;
  private breakpoints: number[] = [];
  private currentLine = 0;
  private linesRun = 0;
  private lines: Bytes[] = [];
  private maxLength = FIRST_MAXLEN;
  private hinted = false;
  private buffer: Bytes = '';
  private isGone = false;
  private startedUs: number;
  /** Slices that the running `eval` has taken. */
  private evalSlices: number | undefined;

  constructor(server: ServerForCommands, client: Client, body: Bytes, owner: SessionOwner) {
    this.server = server;
    this.client = client;
    this.owner = owner;
    this.source = body === '' ? [] : body.replace(/\n$/, '').split('\n');
    this.startedUs = server.env.clock.monotonic();
  }

  /** The script that the session is about begins. */
  begin(run: ScriptRun, box: Sandbox): void {
    this.run = run;
    this.box = box;
  }

  get isStopped(): boolean {
    return this.stop !== undefined;
  }

  // --- the hook ----------------------------------------------------------------------------------------

  /** The script has come to a line, maybe where it cannot stop. Whether it has a reason to stop there. */
  wouldStopAt(state: LuaState, line: number): boolean {
    const isRepeated = this.repeats === state;
    this.repeats = undefined;
    if (isRepeated) return false;
    if (++this.linesRun % LINES_PER_CHARGE === 0) {
      const { clock, lua } = this.server.env;
      if (lua.sliceCostUs > 0) clock.spend(lua.sliceCostUs);
    }
    return this.steps || this.breaks || this.breakpoints.includes(line);
  }

  /** Whether the script stops here: at the beginning of `line`, or after a slice in the middle of it. */
  stopsAt(state: LuaState, line: number, isBeginning: boolean): boolean {
    const thresholdUs = this.server.config.number('busy-reply-threshold') * 1000;
    const timedOut = !isBeginning && !this.steps && !this.breaks && this.server.env.clock.monotonic() - this.startedUs >= thresholdUs;
    const atBreakpoint = this.breaks || this.breakpoints.includes(line);
    if (!timedOut && !(isBeginning && (this.steps || atBreakpoint))) return false;
    const reason = timedOut ? 'timeout reached, infinite loop?' : this.breaks ? 'redis.breakpoint() called' : atBreakpoint ? 'break point' : 'step over';
    this.currentLine = line;
    this.stop = { state, line, by: timedOut ? 'timeout' : 'line' };
    this.steps = false;
    this.breaks = false;
    this.tell(`* Stopped at ${line}, stop reason = ${reason}`, this.sourceLine(line));
    this.send();
    return true;
  }

  /** A slice of `eval` is over; whether it is to end. */
  evalRanLong(): boolean | undefined {
    return this.evalSlices === undefined ? undefined : ++this.evalSlices > MOST_SLICES_OF_EVAL;
  }

  /** The script has given the server back: it has stopped, and then the next command may be here already; or a slice is over. */
  left(): void {
    const { clock } = this.server.env;
    if (this.stop === undefined) clock.after(0, 'the debugged script goes on', () => this.run !== undefined && this.owner.goOn(this.run));
    else if (this.isGone) clock.after(0, 'the debugged script goes on', () => this.goOnAlone());
    else if (this.buffer !== '') clock.after(0, 'the debugger reads on', () => this.data(''));
  }

  private goOn(): void {
    const { stop, run } = this;
    if (stop === undefined || run === undefined) return;
    this.stop = undefined;
    this.startedUs = this.server.env.clock.monotonic();
    if (stop.by === 'line' && run.vm.place(stop.state, 0)?.line !== stop.line) this.repeats = stop.state;
    // A call for every line takes a hundred times as long as a line does: where nothing asks for it there is none.
    const followsLines = this.steps || this.breakpoints.length > 0;
    if (!followsLines) this.repeats = undefined;
    run.followLines(followsLines);
    if (this.failure !== undefined) run.vm.setHook(stop.state, 1, true);
    this.owner.goOn(run);
  }

  private fail(text: Bytes): void {
    this.failure = `ERR ${text}`;
    this.goOn();
  }

  /** The script has come to its end. */
  end(): void {
    this.run = undefined;
    this.tell('<endsession>');
    this.send();
    this.client.taker = undefined;
    this.client.debugs = undefined;
    if (!this.isGone) this.server.closeClient(this.client, 'the debugging session is over', true);
    this.owner.ended();
  }

  // --- what the script tells -----------------------------------------------------------------------------

  /** redis.breakpoint() */
  breakpoint(): void {
    this.breaks = true;
    this.run?.followLines(true);
  }

  /** redis.debug() with its arguments on the stack. */
  print(state: LuaState): void {
    const { run } = this;
    if (run === undefined) return;
    const { api } = run.vm;
    const values: Bytes[] = [];
    const count = api.lua_gettop(state);
    for (let i = 1; i <= count; i++) {
      api.lua_pushvalue(state, i);
      values.push(showValue(run.vm, state));
      api.lua_settop(state, -2);
    }
    this.tell(`<debug> line ${run.vm.place(state, 1)?.line ?? this.currentLine}: ${values.join(', ')}`);
  }

  calls(argv: readonly Bytes[]): void {
    if (!this.steps) return;
    // The real one, too, tells of one word less than it leaves out.
    const rest = argv.length > SHOWN_WORDS ? ` ... (${argv.length - SHOWN_WORDS - 1} more)` : '';
    this.tell(`<redis> ${argv.slice(0, SHOWN_WORDS).join(' ')}${rest}`);
  }

  replied(reply: Reply, resp: 2 | 3): void {
    if (this.steps) this.tellCut(`<reply> ${showReply(reply, resp)}`);
  }

  /** An error was made for the script, by the library of scripts or by a command. */
  failed(text: Bytes): void {
    if (this.steps) this.tell(`<error> ${text}`);
  }

  // --- lines for the client --------------------------------------------------------------------------------

  private tell(...lines: readonly Bytes[]): void {
    this.lines.push(...lines);
  }

  /** Values and replies may be long. */
  private tellCut(line: Bytes): void {
    const isLong = this.maxLength > 0 && line.length > this.maxLength;
    this.tell(isLong ? `${line.slice(0, this.maxLength)} ...` : line);
    if (!isLong || this.hinted) return;
    this.hinted = true;
    this.tell("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
  }

  private send(): void {
    const bytes = `*${this.lines.length}\r\n${this.lines.map((line) => `+${line.replace(/[\r\n]/g, ' ')}\r\n`).join('')}`;
    this.lines = [];
    if (!this.isGone) this.client.socket?.send(bytes);
  }

  private sourceLine(line: number): Bytes {
    const mark = `${line === this.currentLine ? '->' : '  '}${this.breakpoints.includes(line) ? '#' : ' '}`;
    return `${mark}${String(line).padEnd(3)} ${this.source[line - 1] ?? '<out of range source code line>'}`;
  }

  private list(around: number, context: number): void {
    for (let line = 1; line <= this.source.length; line++) if (Math.abs(around - line) <= context) this.tell(this.sourceLine(line));
  }

  // --- what the client says ----------------------------------------------------------------------------------

  data(chunk: Bytes): void {
    this.buffer += chunk;
    if (this.stop === undefined) return;
    this.server.beginEvent();
    const request = parseRequest(this.buffer);
    if (request === 'incomplete') {
      if (this.buffer.length > MOST_BUFFERED_BYTES) this.fail('max client buffer reached');
      return;
    }
    // Whatever came with a command and behind it is lost, in the real one too.
    this.buffer = '';
    if (request === 'wrong') this.fail('protocol error');
    else this.obey(request);
  }

  /** Nobody debugs any more: the script runs to its end. */
  closed(): void {
    this.isGone = true;
    this.steps = false;
    this.breakpoints = [];
    this.goOnAlone();
  }

  private goOnAlone(): void {
    if (this.stop?.by === 'timeout') this.fail('timeout during Lua debugging with client closing connection');
    else this.goOn();
  }

  private obey(argv: readonly Bytes[]): void {
    const [name = '', ...words] = argv;
    switch (commandNamed(name)) {
      case 'step':
        this.steps = true;
        return this.goOn();
      case 'continue':
        return this.goOn();
      case 'abort':
        return this.fail('script aborted for user request');
      case 'help':
        this.tell(...helpLines());
        break;
      case 'trace':
        this.trace();
        break;
      case 'maxlen':
        this.limit(words[0]);
        break;
      case 'break':
        this.changeBreakpoints(words);
        break;
      case 'list': {
        const line = atoi(words[0] ?? '');
        this.list(line > 0 ? line : this.currentLine, words[1] === undefined ? LIST_CONTEXT : atoi(words[1]));
        break;
      }
      case 'whole':
        this.list(1, 1_000_000);
        break;
      case 'print':
        if (words.length === 1) this.printVariable(words[0] as Bytes);
        else this.printLocals();
        break;
      case 'eval':
        this.evaluate(words.join(' '));
        break;
      case 'redis':
        if (words.length > 0) this.runCommand(words);
        else this.tell(UNKNOWN);
        break;
      case undefined:
        this.tell(UNKNOWN);
    }
    this.send();
  }

  private limit(length: Bytes | undefined): void {
    if (length !== undefined) {
      const wanted = atoi(length);
      this.hinted = true;
      this.maxLength = wanted > 0 ? Math.max(wanted, LEAST_MAXLEN) : 0;
    }
    this.tell(this.maxLength > 0 ? `<value> replies are truncated at ${this.maxLength} bytes.` : '<value> replies are unlimited.');
  }

  private changeBreakpoints(words: readonly Bytes[]): void {
    if (words.length === 0) {
      if (this.breakpoints.length === 0) this.tell("No breakpoints set. Use 'b <line>' to add one.");
      else this.tell(`${this.breakpoints.length} breakpoints set:`, ...this.breakpoints.map((line) => this.sourceLine(line)));
    }
    for (const word of words) {
      const parsed = parseInteger(word);
      const line = Number(parsed);
      if (parsed === undefined) this.tell(`Invalid argument:'${word}'`);
      else if (line === 0) {
        this.breakpoints = [];
        this.tell('All breakpoints removed.');
      } else if (line < 0) {
        const isSet = this.breakpoints.includes(-line);
        this.breakpoints = this.breakpoints.filter((each) => each !== -line);
        this.tell(isSet ? 'Breakpoint removed.' : 'No breakpoint in the specified line.');
      } else if (this.breakpoints.length === MOST_BREAKPOINTS) this.tell('Too many breakpoints set.');
      else if (line > this.source.length || this.breakpoints.includes(line)) this.tell('Wrong line number.');
      else {
        this.breakpoints.push(line);
        this.list(line, BREAK_CONTEXT);
      }
    }
  }

  // --- looking into the script -----------------------------------------------------------------------------

  /** Calls `look` for every function that is running, the innermost first, until it returns true. */
  private everyLevel(look: (state: LuaState, level: number) => boolean | void): void {
    const { run, stop } = this;
    if (run === undefined || stop === undefined) return;
    run.vm.asInHook(stop.state, () => {
      for (const state of run.callers()) {
        for (let level = 0; run.vm.place(state, level) !== undefined; level++) if (look(state, level) === true) return;
      }
    });
  }

  private trace(): void {
    let isFirst = true;
    this.everyLevel((state, level) => {
      const place = this.run?.vm.place(state, level);
      if (place?.source !== SCRIPT) return;
      this.tell(`${isFirst ? 'In' : 'From'} ${place.name ?? 'top level'}:`, this.sourceLine(place.line));
      isFirst = false;
    });
  }

  /** Calls `take` with the name of each variable of a function and a way to show it, until it returns true. */
  private eachLocal(state: LuaState, level: number, take: (name: Bytes, show: () => Bytes) => boolean | void): boolean {
    const { run, box } = this;
    if (run === undefined || box === undefined) return false;
    for (let n = 1; ; n++) {
      const name = run.vm.local(state, level, n);
      if (name === undefined) return false;
      // The script's own stack is left alone.
      run.vm.api.lua_xmove(state, box.state, 1);
      const found = take(name, () => showValue(box.vm, box.state));
      box.vm.api.lua_settop(box.state, -2);
      if (found === true) return true;
    }
  }

  private printLocals(): void {
    let isEmpty = true;
    this.everyLevel((state, level) => {
      this.eachLocal(state, level, (name, show) => {
        if (name.includes('(*temporary)')) return;
        isEmpty = false;
        this.tellCut(`<value> ${name} = ${show()}`);
      });
      return true;
    });
    if (isEmpty) this.tell('No local variables in the current context.');
  }

  private printVariable(wanted: Bytes): void {
    let shown: Bytes | undefined;
    this.everyLevel((state, level) => this.eachLocal(state, level, (name, show) => {
      if (name !== wanted) return false;
      shown = show();
      return true;
    }));
    if (shown === undefined && (wanted === 'KEYS' || wanted === 'ARGV')) this.inThread(`return ${wanted}`, [], (text) => (shown = text));
    if (shown === undefined) this.tell('No such variable.');
    else this.tellCut(`<value> ${shown}`);
  }

  private evaluate(code: Bytes): void {
    this.inThread(code, [], (shown, isError) => {
      if (isError) this.tell(`<error> ${shown}`);
      else this.tellCut(`<retval> ${shown}`);
    });
  }

  private runCommand(words: readonly Bytes[]): void {
    this.steps = true;
    this.inThread('return redis.call(...)', words, () => {});
    this.steps = false;
  }

  /** Runs code beside the script, as an expression if it is one; `done` hears what its first value looks like, or its error. */
  private inThread(code: Bytes, args: readonly Bytes[], done: (shown: Bytes, isError: boolean) => void): void {
    const { box } = this;
    if (box === undefined) return;
    const { vm } = box;
    const { api } = vm;
    const thread = box.takeThread();
    vm.setHook(thread, SLICE);
    this.evalSlices = 0;
    let isError = vm.load(thread, `return ${code}`, '@ldb_eval') !== LUA_OK;
    if (isError) {
      api.lua_settop(thread, 0);
      isError = vm.load(thread, code, '@ldb_eval') !== LUA_OK;
    }
    // A thread has room for twenty values unless it is asked for more; a request has a thousand words at most.
    api.lua_checkstack(thread, args.length + 1);
    if (!isError) {
      for (const word of args) vm.pushBytes(thread, word);
      isError = api.lua_pcall(thread, args.length, 1, 0) !== LUA_OK;
    }
    this.evalSlices = undefined;
    // The real server reads an error that is a table as text, and ends.
    done(isError ? (vm.bytes(thread, -1) ?? errorMessage(vm, thread).text) : showValue(vm, thread), isError);
    box.giveThread(thread, false);
  }
}

const COMMANDS = ['step', 'continue', 'trace', 'maxlen', 'break', 'eval', 'abort', 'redis', 'print', 'list', 'whole', 'help'] as const;

/** The command of a name in full, or of its first letter, in any case. */
function commandNamed(given: Bytes): (typeof COMMANDS)[number] | undefined {
  const name = fold(given);
  if (name === 'n' || name === 'next') return 'step';
  return COMMANDS.find((each) => name === each || name === each.charAt(0));
}
