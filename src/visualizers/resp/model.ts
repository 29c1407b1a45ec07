/*
 * What crosses the wire, as a view
 * --------------------------------
 * The last packets of one client in both directions, cut into tokens; how far the server's parser is with
 * what has come; the last reply as both versions of RESP would write it; and a bench on which bytes of one's
 * own are given to the same parser, whole or broken in two, without sending them.
 *
 *   S  packets up to 600 bytes       all tokens, at most 120
 *   M  up to 4,096                   the first 24 tokens
 *   L  more, and all but the last 6  sizes alone
 */
import type { Bytes } from '../../engine/index.ts';
import { bytesSize, count, counted, listed, quoted, shown } from '../words.ts';
import type { Token } from './tokens.ts';

export interface PacketView {
  /** Rises through the run. */
  readonly id: number;
  readonly direction: 'in' | 'out';
  readonly length: number;
  readonly tokens: readonly Token[];
  /** Tokens that are left out, or −1 when nobody counted. */
  readonly left: number;
  /** Requests or replies that end in this packet; −1 when it was too long to be kept whole. */
  readonly messages: number;
  /** It begins inside a request that an earlier packet began. */
  readonly continues: boolean;
}

export interface ParserView {
  /** Bytes that have come and are not used up. */
  readonly waitingBytes: number;
  /** Words of the request that are still to come; 0 between requests. */
  readonly wordsLeft: number;
  /** Length of the word being read; −1 when it has not come yet. */
  readonly bulkLength: number;
  /** Words read so far, each at most 200 bytes. */
  readonly words: readonly Bytes[];
  readonly problem: Bytes | undefined;
}

export interface ReplyView {
  readonly id: number;
  /** The command it answers. */
  readonly command: string;
  readonly name: string;
  readonly resp2: readonly Token[];
  readonly resp3: readonly Token[];
  readonly bytes2: number;
  readonly bytes3: number;
  readonly isSame: boolean;
}

/** Bytes tried on a parser. */
export interface BenchView {
  /** What was typed, with its escapes. */
  readonly typed: string;
  readonly length: number;
  /** Bytes delivered so far: where the packet is broken. */
  readonly delivered: number;
  readonly tokens: readonly Token[];
  readonly rest: readonly Token[];
  /** Requests that are complete, as words; at most 10. */
  readonly requests: readonly (readonly Bytes[])[];
  readonly parser: ParserView;
}

export interface WireClient {
  readonly id: number;
  readonly name: string;
  readonly resp: 2 | 3;
}

export interface RespView {
  readonly place: string | undefined;
  /** The clients that are connected, at most 20, and which is shown; 0 when none has spoken yet. */
  readonly clients: readonly WireClient[];
  readonly client: number;
  /** The one that is shown has gone. */
  readonly hasLeft: boolean;
  readonly resp: 2 | 3;
  /** Oldest first, at most 12. */
  readonly packets: readonly PacketView[];
  readonly parser: ParserView | undefined;
  readonly reply: ReplyView | undefined;
  readonly bench: BenchView | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

// --- words --------------------------------------------------------------------------------------

export function describeResp(view: RespView): string {
  if (view.place === undefined) return 'No server is running here.';
  const lines: string[] = [];
  if (view.client === 0) lines.push(`No client has sent anything to ${view.place} yet.`);
  else {
    lines.push(`Client ${view.client} of ${view.place}${view.hasLeft ? ', which has left,' : ''} speaks RESP${view.resp}. It has sent ${bytesSize(view.bytesIn)} and received ${bytesSize(view.bytesOut)}.`);
    for (const packet of view.packets.slice(-6)) lines.push(packetWords(packet));
    if (view.parser !== undefined) lines.push(parserWords(view.parser));
    if (view.reply !== undefined) lines.push(replyWords(view.reply));
  }
  if (view.bench !== undefined) lines.push(benchWords(view.bench));
  return lines.join('\n');
}

export function packetWords(packet: PacketView): string {
  const noun = packet.direction === 'in' ? 'request' : 'reply';
  const whole = packet.messages < 0 ? 'too long to be kept' : packet.messages === 0 ? `no ${noun} ends in it` : counted(packet.messages, noun, noun === 'reply' ? 'replies' : 'requests');
  const head = `${packet.direction === 'in' ? 'Received' : 'Sent'} ${counted(packet.length, 'byte')}, ${whole}${packet.continues ? ', begun in an earlier packet' : ''}`;
  if (packet.tokens.length === 0) return `${head}.`;
  return `${head}: ${packet.tokens.map((token) => quoted(token.bytes, token.length > token.bytes.length).slice(1, -1)).join(' ')}${packet.left === 0 ? '' : ' and more'}`;
}

/** What the parser knows and what it waits for. */
export function parserWords(parser: ParserView): string {
  if (parser.problem !== undefined) return `The parser refuses: ${parser.problem}. The server answers this and closes the connection.`;
  if (parser.wordsLeft === 0 && parser.waitingBytes === 0) return 'The parser is between requests: everything that came is used up.';
  if (parser.wordsLeft === 0) return `The parser has ${counted(parser.waitingBytes, 'byte')} of a request whose first line is not finished.`;
  const known = parser.words.length === 0 ? '' : ` It has ${listed(parser.words.map((word) => shown(word, 20)))}.`;
  const waits = parser.bulkLength < 0 ? 'the length of the next one' : `one of ${counted(parser.bulkLength, 'byte')}, of which ${count(Math.min(parser.waitingBytes, parser.bulkLength))} ${parser.waitingBytes === 1 ? 'is' : 'are'} there`;
  return `The parser waits for ${counted(parser.wordsLeft, 'more word', 'more words')}: ${waits}.${known}`;
}

export function replyWords(reply: ReplyView): string {
  const two = tokensText(reply.resp2);
  if (reply.isSame) return `The reply to ${reply.command} is the same in RESP2 and RESP3: ${two}`;
  return `The reply to ${reply.command} is ${two} in RESP2 and ${tokensText(reply.resp3)} in RESP3.`;
}

export function benchWords(bench: BenchView): string {
  const how = bench.delivered < bench.length ? `the first ${counted(bench.delivered, 'byte')} of ${count(bench.length)}` : counted(bench.length, 'byte');
  const got = bench.requests.length === 0 ? 'no request is complete' : `${counted(bench.requests.length, 'request')}: ${bench.requests.map((words) => words.map((word) => shown(word, 20)).join(' ')).join('; ')}`;
  return `On the bench, ${how}: ${got}. ${parserWords(bench.parser)}`;
}

/** Tokens in a row, at most about 200 characters. */
export function tokensText(tokens: readonly Token[]): string {
  let out = '';
  for (const token of tokens) {
    if (out.length > 200) return `${out} …`;
    out += (out === '' ? '' : ' ') + quoted(token.bytes, token.length > token.bytes.length).slice(1, -1);
  }
  return out;
}

export function respChanges(before: RespView, after: RespView): string[] {
  if (before.place !== after.place) return [];
  const changes: string[] = [];
  if (before.client !== after.client && after.client !== 0) changes.push(`Client ${after.client} is shown.`);
  const known = before.packets.at(-1)?.id ?? 0;
  if (before.client === after.client) for (const packet of after.packets) if (packet.id > known) changes.push(packetWords(packet));
  if (before.client === after.client && before.resp !== after.resp) changes.push(`The client speaks RESP${after.resp} from now on.`);
  if (after.parser !== undefined && after.parser.wordsLeft > 0) changes.push(parserWords(after.parser));
  return changes.slice(-6);
}

/** Bytes that were typed with escapes: `\r`, `\n`, `\t`, `\0`, `\\`, `\xff`. Text beyond ASCII stays text, to be encoded by whoever asks. */
export function unescaped(typed: string): string {
  return typed.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (whole, code: string | undefined, letter: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return ({ r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' } as Readonly<Record<string, string>>)[letter ?? ''] ?? whole;
  });
}

/** What stands on the bench at first. */
export const BENCH_EXAMPLE = '*2\\r\\n$3\\r\\nGET\\r\\n$5\\r\\nhello\\r\\n';
