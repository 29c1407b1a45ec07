/*
 * Modes that use the connection as a stream
 * -----------------------------------------
 * --pipe sends what standard input holds as it is and counts the replies; --replica poses as a replica and shows
 * what a primary sends; --rdb and --functions-rdb keep the snapshot; --lru-test fills a cache and tells how often it hits.
 */
import type { Bytes } from '../../../../engine/index.ts';
import { ReplyParser, type ReceivedReply } from '../../../../engine/protocol/index.ts';
import { pause, type Task, until } from '../../task.ts';
import { UNDERSTOOD_TYPES } from '../connection.ts';
import { formatReply } from '../format-reply.ts';
import { announce, ByteStream, fetchRdb } from '../rdb.ts';
import { connect, fail, type Mode, ModeFails } from './asking.ts';

const MARK_BYTES = 20;

export function* pipe(mode: Mode): Task<void> {
  const { process, options } = mode;
  const stream = yield* openStream(mode);
  const parser = new ReplyParser(UNDERSTOOD_TYPES);
  const mark = Array.from({ length: MARK_BYTES }, () => String.fromCharCode(process.env.random.below(256))).join('');
  let [errors, replies] = [0, 0];
  let isOver = false;
  let isSent = false;
  process.stdin.onData((bytes) => stream.sendBytes(bytes));
  process.stdin.onEnd(() => {
    isSent = true;
    // An empty line first: the input may lack its last line end.
    stream.sendBytes(`\r\n*2\r\n$4\r\nECHO\r\n$${MARK_BYTES}\r\n${mark}\r\n`);
    process.stdout.write('All data transferred. Waiting for the last reply...\n');
    stream.nudge();
  });
  while (!isOver) {
    const chunk = yield* isSent && options.pipeTimeoutSeconds > 0 ? stream.chunkWithin(process, options.pipeTimeoutSeconds * 1e6) : stream.chunkOrNudge();
    if (chunk === undefined) fail(mode, 'Error: Server closed the connection\n');
    if (chunk === 'late') {
      process.stderr.write(`No replies for ${options.pipeTimeoutSeconds} seconds: exiting.\n`);
      errors++;
      break;
    }
    for (const reply of chunk === 'nudged' ? [] : parser.feed(chunk.bytes)) {
      if (reply.type === 'bulk' && reply.text === mark) {
        process.stdout.write('Last reply received from server.\n');
        isOver = true;
        break;
      }
      replies++;
      if (reply.type !== 'error') continue;
      process.stderr.write(`${reply.text}\n`);
      errors++;
    }
  }
  process.stdout.write(`errors: ${errors}, replies: ${replies}\n`);
  if (errors > 0) throw new ModeFails();
}

/** A connection that is identified, as bytes. */
function* openStream(mode: Mode): Task<ByteStream> {
  const { host, port, user, password, db } = mode.options;
  const stream = new ByteStream();
  const problem = yield* stream.open(mode.process, `${host}:${port}`);
  if (problem !== undefined) fail(mode, `Could not connect to Redis at ${host}:${port}: ${problem === 'refused' ? 'Connection refused' : problem}\n`);
  const preparations: [Bytes, Bytes[]][] = [];
  if (password !== undefined) preparations.push(['AUTH', user === undefined ? ['AUTH', password] : ['AUTH', user, password]]);
  if (db !== 0) preparations.push([`SELECT ${db}`, ['SELECT', String(db)]]);
  for (const [what, argv] of preparations) {
    stream.send(argv);
    const answer = yield* stream.line();
    if (answer?.startsWith('-') === true) fail(mode, `${what} failed: ${answer.slice(1)}\n`);
  }
  return stream;
}

const EOF_BYTES = 40;

export function* replica(mode: Mode): Task<void> {
  const { process } = mode;
  const tell = (text: Bytes): void => process.stderr.write(text);
  const stream = yield* openStream(mode);
  for (const [name, value] of [['capa', 'eof'], ['rdb-filter-only', '']] as const) {
    tell(`sending REPLCONF ${name} ${value}\n`);
    stream.send(['REPLCONF', name, value]);
    const answer = yield* stream.line();
    if (answer === undefined) fail(mode, '\nI/O error\n');
    if (answer.startsWith('-')) tell(`REPLCONF ${name} error: ${answer.slice(1)}\n`);
  }
  const announced = yield* announce(stream);
  if (announced === undefined) fail(mode, 'Error reading bulk length while SYNCing\n');
  if (announced.startsWith('-')) fail(mode, `SYNC with master failed: ${announced}\n`);
  const mark = announced.startsWith('$EOF:') ? announced.slice(5, 5 + EOF_BYTES) : undefined;
  const bytes = Number(announced.slice(1));
  tell(mark === undefined ? `Full resync with master, discarding ${bytes} bytes of bulk transfer...\n` : 'Full resync with master, discarding bytes of bulk transfer until EOF marker...\n');
  let seen = '';
  let received = 0;
  let rest: Bytes | undefined;
  while (rest === undefined) {
    const chunk = yield* stream.chunk();
    if (chunk === undefined) fail(mode, 'I/O Error reading RDB payload from socket\n');
    seen += chunk;
    received += chunk.length;
    const end = mark === undefined ? (seen.length >= bytes ? bytes : -1) : seen.indexOf(mark);
    if (end >= 0) {
      rest = seen.slice(end + (mark?.length ?? 0));
      received = end;
    }
  }
  tell(mark === undefined ? 'Full resync done. Logging commands from master.\n' : `Full resync done after ${received} bytes. Logging commands from master.\n`);
  if (mark !== undefined) {
    tell('sending REPLCONF ACK 0\n');
    stream.send(['REPLCONF', 'ACK', '0']);
  }
  const parser = new ReplyParser(UNDERSTOOD_TYPES);
  for (let chunk: Bytes | undefined = rest; chunk !== undefined; chunk = yield* stream.chunk()) {
    for (const reply of parser.feed(chunk)) process.stdout.write(formatReply(reply, 'csv'));
  }
  fail(mode, 'Error: Server closed the connection\n');
}

export function* rdb(mode: Mode): Task<void> {
  const { options, process } = mode;
  const functions = options.mode === 'functionsRdb' ? [['rdb-filter-only', 'functions'] as const] : [];
  const file = options.rdbFile ?? '';
  if (!(yield* fetchRdb({ process, options }, `${options.host}:${options.port}`, file, [['capa', 'eof'], ['rdb-only', '1'], ...functions]))) throw new ModeFails();
}

const PIPELINE = 250;
const CYCLE_US = 1_000_000;
/** What two such pipelines take on a simulated host, where the commands themselves take no time. */
const SIMULATED_TURN_US = 10_000;
/** Few keys are asked for most of the time: four fifths of the requests go to a fifth of them. */
const ALPHA = 6.2;

export function* lruTest(mode: Mode): Task<void> {
  const { process, options } = mode;
  const { clock, random } = process.env;
  yield* connect(mode);
  const chance = (): number => random.below(2 ** 31) / (2 ** 31 - 1);
  const key = (): Bytes => {
    const most = (options.lruTestKeys + 1) ** (ALPHA + 1);
    return `lru:${options.lruTestKeys - Math.trunc(((most - 1) * chance() + 1) ** (1 / (ALPHA + 1))) + 1}`;
  };
  const value = (): Bytes => Array.from({ length: 5 }, () => String.fromCharCode(65 + random.below(57))).join('');
  for (;;) {
    const startUs = clock.now();
    let [hits, misses] = [0, 0];
    while (clock.now() - startUs < CYCLE_US) {
      for (const makes of [() => ['SET', key(), value()], () => ['GET', key()]]) {
        const replies = yield* until<readonly ReceivedReply[]>((done) => mode.session.askMany(Array.from({ length: PIPELINE }, makes), done));
        for (const reply of replies) {
          if (reply.type === 'error') process.stdout.write(`${reply.text}\n`);
          else if (reply.type === 'nil') misses++;
          else if (reply.type === 'bulk') hits++;
        }
      }
      yield* pause(process, clock.charge === undefined ? 0 : SIMULATED_TURN_US, 'redis-cli --lru-test');
    }
    const gets = hits + misses;
    const share = (part: number): Bytes => ((100 * part) / gets).toFixed(2);
    process.stdout.write(`${gets} Gets/sec | Hits: ${hits} (${share(hits)}%) | Misses: ${misses} (${share(misses)}%)\n`);
  }
}
