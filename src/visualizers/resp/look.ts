/* From a server to the view of a client's wire: see model.ts. */
import { errorText, type Bytes, type Reply, utf8 } from '../../engine/index.ts';
import { inspect } from '../../engine/inspect/index.ts';
import { encodeReply, RequestParser } from '../../engine/protocol/index.ts';
import type { RecordedEvent } from '../../simulation/index.ts';
import { readParams, serverOf, type Params, type Visualizer } from '../visualizer.ts';
import { commandLine } from '../words.ts';
import { BENCH_EXAMPLE, describeResp, unescaped, type BenchView, type PacketView, type ParserView, type ReplyView, type RespView } from './model.ts';
import { TokenScanner, type Token } from './tokens.ts';

const PACKETS = 12;
/** Packets whose tokens are shown. */
const CUT_PACKETS = 6;
const SMALL_BYTES = 600;
const SMALL_TOKENS = 120;
const MEDIUM_TOKENS = 24;
const CLIENTS = 20;
const BENCH_BYTES = 600;
const BENCH_REQUESTS = 10;
const WORD_BYTES = 200;
/** What the bench's parser allows: an authenticated client of a server with default limits. */
const LIMITS = { authenticated: true, maxBulkBytes: 512 * 1024 * 1024 };

export const resp: Visualizer<RespView> = {
  id: 'resp',
  title: 'RESP on the wire',
  wakes: ['bytesReceived', 'bytesSent', 'clientConnected', 'clientDisconnected', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const bench = benchOf(params);
    const found = serverOf(world, params);
    if (found === undefined) return { place: undefined, clients: [], client: 0, hasLeft: false, resp: 2, packets: [], parser: undefined, reply: undefined, bench, bytesIn: 0, bytesOut: 0 };
    const { server, recent } = found;
    const inspector = inspect(server);
    const clients = inspector.clients().slice(0, CLIENTS).map(({ id, name, address, resp: version }) => ({ id, name: name === '' ? address : name, resp: version }));
    const client = params.whole('client', 0, 0, Number.MAX_SAFE_INTEGER) || lastSpeaker(recent);
    const wire = inspector.wire(client);
    return {
      place: `${found.host}:${found.port}`,
      clients, client, bench,
      hasLeft: client !== 0 && wire === undefined,
      resp: wire?.resp ?? 2,
      packets: packetsOf(recent, client),
      parser: wire && { waitingBytes: wire.waitingBytes, wordsLeft: wire.wordsLeft, bulkLength: wire.bulkLength, words: wire.words, problem: wire.problem },
      reply: replyOf(recent, client),
      bytesIn: wire?.bytesIn ?? 0,
      bytesOut: wire?.bytesOut ?? 0,
    };
  },

  describe: describeResp,
};

function lastSpeaker(recent: readonly RecordedEvent[]): number {
  for (let i = recent.length - 1; i >= 0; i--) {
    const event = recent[i]?.event;
    if (event?.type === 'bytesReceived') return event.clientId;
  }
  return 0;
}

function packetsOf(recent: readonly RecordedEvent[], client: number): PacketView[] {
  const scanners = { in: new TokenScanner('request'), out: new TokenScanner('reply') };
  const packets: PacketView[] = [];
  for (const { id, event, cutBytes = 0 } of recent) {
    if ((event.type !== 'bytesReceived' && event.type !== 'bytesSent') || event.clientId !== client) continue;
    const direction = event.type === 'bytesReceived' ? 'in' : 'out';
    const scanner = scanners[direction];
    const continues = !scanner.isIdle;
    const finished = scanner.finished;
    const tokens = scanner.scan(event.bytes, cutBytes);
    const length = event.bytes.length + cutBytes;
    const limit = length <= SMALL_BYTES ? SMALL_TOKENS : cutBytes === 0 ? MEDIUM_TOKENS : 0;
    packets.push({ id, direction, length, tokens: tokens.slice(0, limit), left: cutBytes > 0 ? -1 : Math.max(0, tokens.length - limit), messages: cutBytes > 0 ? -1 : scanner.finished - finished, continues });
  }
  const kept = packets.slice(-PACKETS);
  return kept.map((packet, i) => (i < kept.length - CUT_PACKETS && packet.tokens.length > 0 ? { ...packet, tokens: [], left: packet.tokens.length + packet.left } : packet));
}

/** The reply to the client's last command in both versions, unless it was a very long one. */
function replyOf(recent: readonly RecordedEvent[], client: number): ReplyView | undefined {
  for (let i = recent.length - 1, sentBytes = 0; i >= 0; i--) {
    const each = recent[i];
    if (each === undefined) continue;
    const { event } = each;
    if (event.type === 'bytesSent' && event.clientId === client) sentBytes = event.bytes.length + (each.cutBytes ?? 0);
    if ((event.type !== 'commandExecuted' && event.type !== 'commandRejected') || event.clientId !== client || (event.type === 'commandExecuted' && event.inTransaction)) continue;
    if (sentBytes > 4096) return undefined;
    const reply: Reply = event.type === 'commandExecuted' ? event.reply : { kind: 'error', text: event.error };
    const two = encodeReply(reply, 2);
    const three = encodeReply(reply, 3);
    if (two === '' && three === '') return undefined;
    return {
      id: each.id,
      command: commandLine(event.argv),
      name: (event.argv[0] ?? '').toLowerCase(),
      resp2: tokensOf(two), resp3: tokensOf(three),
      bytes2: two.length, bytes3: three.length,
      isSame: two === three || errorText(reply) !== undefined,
    };
  }
  return undefined;
}

const tokensOf = (bytes: Bytes): Token[] => new TokenScanner('reply').scan(bytes).slice(0, SMALL_TOKENS);

/** Gives the bytes to a parser of the engine, as a server would. */
function benchOf(params: Params): BenchView | undefined {
  if (params.text('bench', '') !== 'yes') return undefined;
  const typed = params.text('raw', BENCH_EXAMPLE).slice(0, 2 * BENCH_BYTES);
  const text = unescaped(typed);
  let isBytes = true;
  for (let i = 0; i < text.length; i++) isBytes &&= text.charCodeAt(i) < 256;
  const bytes = (isBytes ? text : utf8(text)).slice(0, BENCH_BYTES);
  const delivered = params.whole('cut', bytes.length, 0, bytes.length);
  const parser = new RequestParser();
  const scanner = new TokenScanner('request');
  const tokens = scanner.scan(bytes.slice(0, delivered));
  parser.feed(bytes.slice(0, delivered));
  const requests: Bytes[][] = [];
  for (let words = parser.next(LIMITS); words !== undefined; words = parser.next(LIMITS)) if (requests.length < BENCH_REQUESTS) requests.push(words.map((word) => word.slice(0, WORD_BYTES)));
  const { wordsLeft, bulkLength, words } = parser.expects;
  const state: ParserView = {
    waitingBytes: parser.waitingBytes,
    wordsLeft, bulkLength,
    words: wordsLeft === 0 ? [] : words.map((word) => word.slice(0, WORD_BYTES)),
    problem: parser.problem,
  };
  return { typed, length: bytes.length, delivered, tokens, rest: scanner.scan(bytes.slice(delivered)), requests, parser: state };
}
