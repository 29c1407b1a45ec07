/*
 * Messages on their way
 * ---------------------
 * The engine sends bytes, people want to see messages: each chunk gets a name from its first bytes. What servers
 * tell each other all the time (heartbeats) is told apart, so that it can be folded away.
 */
import type { Bytes, Micros } from '../engine/index.ts';
import { upper } from '../engine/index.ts';

/** One message between two machines, as it is shown. */
export interface MessageView {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  /** Ends of the connection: `10.0.0.11:6379`. */
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly kind: 'data' | 'close';
  readonly label: string;
  readonly isBackground: boolean;
  readonly bytes: number;
  readonly sentAtUs: Micros;
  /** When it arrives; null while something stands in its way. */
  readonly arrivesAtUs: Micros | null;
  /** What stops it, when something does. */
  readonly stopped: 'held' | 'cut' | null;
}

/** What servers say only to tell each other that they live and how far they are, and the names of what is answered to it. */
const BACKGROUND: ReadonlySet<string> = new Set(['PING', 'PONG', 'REPLCONF ACK', 'REPLCONF GETACK', 'INFO', '# Server', 'PUBLISH __sentinel__:hello', 'MESSAGE __sentinel__:hello', 'heartbeat', 'bus PING', 'bus PONG']);
/**
 * What servers say to one another to agree, hand slots over and follow each other, and the orders that make them do it:
 * beginnings of names. Everything else is a client's traffic or carries data. So are the answers that send a client
 * elsewhere or away (MOVED, ASK, CLUSTERDOWN, …) and the questions by which it finds its way (CLUSTER SLOTS,
 * SENTINEL GET-MASTER-ADDR-BY-NAME): no server says them to another in order to agree.
 */
const TALK = new RegExp(`^(${[
  'bus ', 'PSYNC', 'SYNC$', 'REPLCONF', 'RDBCHANNELSYNC', 'FULLRESYNC', 'CONTINUE', 'snapshot', 'REPLICAOF', 'SLAVEOF', 'FAILOVER', 'close$',
  'SENTINEL (IS-MASTER-DOWN|opinion|vote|FAILOVER|MONITOR|REMOVE|RESET|SET$)', '(SUBSCRIBE|PUBLISH) __sentinel__', 'CONFIG REWRITE', 'CLIENT KILL',
  'CLUSTER (MEET|FORGET|RESET|REPLICATE|FAILOVER|ADDSLOTS|DELSLOTS|FLUSHSLOTS|SETSLOT|SET-CONFIG-EPOCH|BUMPEPOCH)', 'MIGRATE', 'RESTORE-ASKING',
].join('|')})`);

/** Commands whose first argument says what they are. */
const CONTAINERS: ReadonlySet<string> = new Set(['REPLCONF', 'CLUSTER', 'SENTINEL', 'CONFIG', 'CLIENT', 'SCRIPT', 'COMMAND', 'PUBLISH', 'SUBSCRIBE', 'MESSAGE']);
/** Those whose first argument is a channel, which has no other spelling. */
const CHANNELLED: ReadonlySet<string> = new Set(['PUBLISH', 'SUBSCRIBE', 'MESSAGE']);
/** A Sentinel's answer to SENTINEL IS-MASTER-DOWN-BY-ADDR: down or not, for whom it votes (* for nobody), in which epoch. */
const OPINION = /^\*3\r\n:[01]\r\n\$(1\r\n\*|40\r\n[0-9a-f]{40})\r\n:\d+\r\n/;
/** Types of a packet of the cluster's bus, by number. */
const BUS_TYPES = ['PING', 'PONG', 'MEET', 'FAIL', 'PUBLISH', 'vote request', 'vote', 'UPDATE', 'manual failover', 'MODULE', 'SPUBLISH'];
const BUS_TYPE_AT = 12;
const BUS_LABELS = BUS_TYPES.map((type) => `bus ${type}`);
const LONGEST_WORD = 24;
/** A request's first bytes say what it is. */
const LOOKED_AT = 200;
const NOWHERE = Number.MAX_SAFE_INTEGER;
const DOLLAR = 36;

/** What a chunk is called: a command, the first line of a reply, a packet of the bus. */
export function labelOf(chunk: Bytes): string {
  if (chunk.startsWith('RCmb')) {
    const type = (chunk.charCodeAt(BUS_TYPE_AT) << 8) | chunk.charCodeAt(BUS_TYPE_AT + 1);
    return BUS_LABELS[type] ?? `bus ${type}`;
  }
  if (chunk === '\n') return 'heartbeat';
  const opinion = chunk.startsWith('*3\r\n:') ? OPINION.exec(chunk) : null;
  if (opinion !== null) return opinion[1] === '1\r\n*' ? 'SENTINEL opinion' : 'SENTINEL vote';
  if (chunk.startsWith('*')) return requestLabel(chunk);
  const end = chunk.indexOf('\r\n');
  const line = chunk.slice(0, end === -1 ? 60 : Math.min(end, 60));
  if (/^[+-]/.test(line)) return cut(line.slice(1));
  if (line.startsWith(':')) return line.slice(1);
  if (line.startsWith('$EOF:') || chunk.startsWith('REDIS')) return 'snapshot';
  return line.startsWith('$') ? (line === '$-1' ? 'nil' : cut(chunk.slice(end + 2, end + 2 + LONGEST_WORD).replace(/\r\n[\s\S]*$/, ''))) : 'bytes';
}

/** The command of a request, which has its name in the third line and the first argument in the fifth. */
function requestLabel(chunk: Bytes): string {
  const sizeAt = lineAfter(chunk, 0);
  const nameAt = lineAfter(chunk, sizeAt);
  const name = chunk.charCodeAt(sizeAt) === DOLLAR ? upper(lineAt(chunk, nameAt)) : '';
  if (name === '') return 'array';
  if (!CONTAINERS.has(name)) return cut(name);
  const wordAt = lineAfter(chunk, lineAfter(chunk, nameAt));
  if (wordAt === NOWHERE) return cut(name);
  const word = lineAt(chunk, wordAt);
  return cut(`${name} ${CHANNELLED.has(name) ? word : upper(word)}`);
}

/** Where the line after the one at `from` begins; NOWHERE past what is looked at. */
function lineAfter(chunk: Bytes, from: number): number {
  const end = from === NOWHERE ? -1 : chunk.indexOf('\r\n', from);
  return end === -1 || end > LOOKED_AT - 2 ? NOWHERE : end + 2;
}

function lineAt(chunk: Bytes, from: number): string {
  if (from === NOWHERE) return '';
  const end = chunk.indexOf('\r\n', from);
  return chunk.slice(from, end === -1 ? LOOKED_AT : Math.min(end, LOOKED_AT));
}

export function isBackgroundLabel(label: string): boolean {
  return BACKGROUND.has(label);
}

/** Servers agree on something with it, rather than hand on data. */
export function isTalkLabel(label: string): boolean {
  return !isBackgroundLabel(label) && TALK.test(label);
}

/** It answers a request: a command of a stream is one word, but for those that hold others. */
export function isReplyLabel(label: string): boolean {
  const [word = '', ...more] = label.split(' ');
  return label === 'OK' || (more.length > 0 && !CONTAINERS.has(word));
}

function cut(text: string): string {
  const plain = text.replace(/[^ -~]/g, '·');
  return plain.length > LONGEST_WORD + 4 ? `${plain.slice(0, LONGEST_WORD + 3)}…` : plain;
}
