/*
 * redis-cli without a conversation
 * --------------------------------
 * One command from the command line, commands from standard input line by line, --scan and --stat.
 */
import { type Bytes, REDIS_VERSION } from '../../../engine/index.ts';
import { type ReceivedReply } from '../../../engine/protocol/index.ts';
import type { Process } from '../../../simulation/index.ts';
import { type CommandDoc, docsBuiltIn, docsFromReply } from './command-docs.ts';
import type { Debugger } from './debugger/debugger.ts';
import { formatReply } from './format-reply.ts';
import { helpIntroduction, helpOn } from './help.ts';
import type { Options } from './options.ts';
import { runLine, wentOn } from './repl.ts';
import type { Session } from './session.ts';

/** Runs a command as often as asked; the exit code says whether it could be sent, and with -e also whether it worked. */
export function runCommand(process: Process, session: Session, options: Options, argv: readonly Bytes[]): void {
  if (argv[0] !== undefined && (argv[0] === 'help' || argv[0] === '?')) {
    loadDocs(session, (docs) => {
      process.stdout.write(argv.length === 1 ? helpIntroduction(REDIS_VERSION) : helpOn(argv.slice(1), docs));
      process.exit(0);
    });
    return;
  }
  let left = options.repeat;
  const next = (): void => {
    if (left === 0) {
      process.exit(0);
      return;
    }
    if (left > 0) left--;
    session.run(argv, (outcome) => {
      // A subscriber has what was asked for only when somebody publishes: it stays until it is stopped.
      if (session.subscribed && outcome === 'ok') keepReading(process, session);
      else if (!wentOn(outcome) || (outcome === 'error' && options.exitCodeOnError)) process.exit(1);
      else if (left !== 0 && options.intervalUs > 0) process.env.clock.after(options.intervalUs, 'redis-cli -i', next);
      // An event of its own, or an endless repetition would never let the server's replies in.
      else if (left !== 0) process.env.clock.after(0, 'redis-cli -r', next);
      else process.exit(0);
    });
  };
  session.connect((connected) => (connected ? next() : process.exit(1)));
}

/** Prints what is published until the connection ends. */
function keepReading(process: Process, session: Session): void {
  const told = (): void => {
    session.printUnread();
    if (session.loss === undefined) return;
    process.stderr.write(`Error: ${session.loss}\n`);
    process.exit(1);
  };
  session.onMessage = told;
  told();
}

function loadDocs(session: Session, done: (docs: readonly CommandDoc[]) => void): void {
  session.connect((connected) => {
    if (!connected) done(docsBuiltIn());
    else session.ask(['COMMAND', 'DOCS'], (reply) => done(docsFromReply(reply) ?? docsBuiltIn()), () => done(docsBuiltIn()));
  });
}

/** Runs each line of standard input as if it had been typed, without prompts. With `scripts` they are for the debugger. */
export function runLines(process: Process, session: Session, options: Options, scripts?: Debugger): void {
  const lines: Bytes[] = [];
  let rest = '';
  let ended = false;
  let busy = true;
  const next = (): void => {
    const line = lines.shift();
    if (line === undefined) {
      busy = false;
      if (ended) process.exit(0);
      return;
    }
    busy = true;
    const again = (): void => void process.env.clock.after(0, 'next line of input', next);
    runLine(line, {
      options,
      ...(scripts === undefined ? {} : { scripts, restart: () => scripts.begin(true, again) }),
      print: (text) => process.stdout.write(text),
      remember: () => {},
      leave: () => process.exit(0),
      help: (topic) => (topic.length === 0 ? helpIntroduction(REDIS_VERSION) : helpOn(topic, scripts === undefined ? docsBuiltIn() : [])),
      setHints: () => {},
      connect: (host, port) => {
        session.host = host;
        session.port = port;
        session.connect(again);
      },
      repeat: (argv, times) => {
        const turn = (left: number): void => session.run(argv, (outcome) => {
          if (outcome === 'fatal') process.exit(1);
          else if (left > 1 && wentOn(outcome)) turn(left - 1);
          else again();
        });
        turn(times);
      },
      nothing: again,
    });
  };
  process.stdin.onData((bytes) => {
    const parts = (rest + bytes).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    if (!busy) next();
  });
  process.stdin.onEnd(() => {
    if (rest !== '') lines.push(rest);
    rest = '';
    ended = true;
    if (!busy) next();
  });
  if (scripts === undefined) session.connect(() => next());
  else scripts.begin(false, next);
}

/** All of standard input, then `done`. */
export function readAll(process: Process, done: (input: Bytes) => void): void {
  let input = '';
  process.stdin.onData((bytes) => (input += bytes));
  process.stdin.onEnd(() => done(input));
}

/** --scan: every key, found with SCAN as an application would. */
export function scanKeys(process: Process, session: Session, options: Options): void {
  const fail = (problem: string): void => {
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  };
  const turn = (cursor: Bytes): void => {
    const argv = ['SCAN', cursor];
    if (options.pattern !== undefined) argv.push('MATCH', options.pattern);
    if (options.count !== undefined) argv.push('COUNT', String(options.count));
    session.ask(argv, (reply) => {
      if (reply.type === 'error') return fail(`SCAN error: ${reply.text}`);
      const [next, keys] = reply.type === 'array' ? reply.items : [];
      if (next?.type !== 'bulk' || keys?.type !== 'array') return fail('Non ARRAY response from SCAN!');
      for (const key of keys.items) process.stdout.write(session.shape === 'standard' ? formatReply(key, 'standard') : `${textOf(key)}\n`);
      if (next.text === '0') process.exit(0);
      else process.env.clock.after(options.intervalUs, 'redis-cli --scan', () => turn(next.text));
    }, (problem) => fail(`Error: ${problem}`));
  };
  session.connect((connected) => (connected ? turn('0') : process.exit(1)));
}

function textOf(reply: ReceivedReply): Bytes {
  return reply.type === 'bulk' || reply.type === 'status' ? reply.text : '';
}

const STAT_HEADER =
  '------- data ------ --------------------- load -------------------- - child -\n' +
  'keys       mem      clients blocked requests            connections          \n';
const STAT_LINES_PER_HEADER = 20;

/** --stat: one line of INFO a second. */
export function rollingStats(process: Process, session: Session, options: Options): void {
  let line = 0;
  let requestsBefore: number | undefined;
  const turn = (): void => session.ask(['INFO'], (reply) => {
    if (reply.type === 'error') {
      process.stderr.write(`ERROR: ${reply.text}\n`);
      process.exit(1);
      return;
    }
    const info = infoFields(reply.type === 'verbatim' || reply.type === 'bulk' ? reply.text : '');
    const number = (name: string): number => Number(info.get(name) ?? 0);
    let keys = 0;
    for (const [name, value] of info) if (/^db\d+$/.test(name)) keys += Number(/keys=(\d+)/.exec(value)?.[1] ?? 0);
    const requests = number('total_commands_processed');
    const child = number('rdb_bgsave_in_progress') !== 0 ? 'SAVE' : number('aof_rewrite_in_progress') !== 0 ? 'AOF' : '';
    const fields: readonly [string, number][] = [
      [String(keys), 11], [humanBytes(number('used_memory')), 9], [String(number('connected_clients')), 8], [String(number('blocked_clients')), 8],
      [`${requests} (+${requestsBefore === undefined ? 0 : requests - requestsBefore})`, 20], [String(number('total_connections_received')), 12],
    ];
    if (line++ % STAT_LINES_PER_HEADER === 0) process.stdout.write(STAT_HEADER);
    process.stdout.write(`${fields.map(([text, width]) => text.padEnd(width)).join('')}${child}\n`);
    requestsBefore = requests;
    process.env.clock.after(options.intervalUs > 0 ? options.intervalUs : 1e6, 'redis-cli --stat', turn);
  }, (problem) => {
    process.stderr.write(`Error: ${problem}\n`);
    process.exit(1);
  });
  session.connect((connected) => (connected ? turn() : process.exit(1)));
}

function infoFields(info: Bytes): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of info.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  for (const [unit, size] of [['K', 1024], ['M', 1024 ** 2], ['G', 1024 ** 3]] as const) {
    if (bytes < size * 1024) return `${(bytes / size).toFixed(2)}${unit}`;
  }
  return `${(bytes / 1024 ** 4).toFixed(2)}T`;
}
