/*
 * What nodes say to each other
 * ----------------------------
 * Binary messages, numbers with the most significant byte first. All begin alike, with everything a node says
 * about itself each time it opens its mouth:
 *
 *      0  "RCmb"                    80  slots it serves, one bit each       2214  number of extensions
 *      4  length of all           2128  its master, or zeros                2246  port for TLS
 *      8  version (1)             2168  its address, zeros: see the socket  2248  port of the bus
 *     10  port for clients                                                  2250  flags
 *     12  type                                                              2252  0: the cluster is ok
 *     14  number of gossip entries                                          2253  flags of the message, 3 bytes
 *     16  current epoch           A replica sends the configuration epoch   2256  what belongs to the type
 *     24  configuration epoch     and the slots of its master.
 *     32  replication offset
 *     40  its id, 40 hex digits
 *
 * PING, PONG and MEET go on with what it has heard of others (104 bytes each) and with extensions, each of which
 * says its own length and type, so that older nodes can skip what they do not know.
 */
import type { Bytes } from '../bytes.ts';
import type { Epoch } from '../epoch.ts';
import { SLOT_BYTES } from './slots.ts';

/** In the order of their numbers; CLUSTER INFO counts them under these names. */
export const MESSAGE_TYPES = ['ping', 'pong', 'meet', 'fail', 'publish', 'auth-req', 'auth-ack', 'update', 'mfstart', 'module', 'publishshard'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Flags of a message: its master stands still for a failover; vote even though the master is up; the sender understands extensions. */
export const PAUSED = 1;
export const FORCEACK = 2;
export const EXT_DATA = 4;

export const NAME_BYTES = 40;
const IP_BYTES = 46;
const HEADER_BYTES = 2256;
const GOSSIP_BYTES = 104;
const NO_NAME = '\0'.repeat(NAME_BYTES);
const EXTENSIONS = ['hostname', 'human-nodename', 'forgotten-node', 'shard-id', 'internal-secret'] as const;

/** What a node has heard of another. Times in whole seconds, as they travel. */
export interface GossipEntry {
  readonly name: Bytes;
  readonly pingSent: number;
  readonly pongReceived: number;
  readonly ip: Bytes;
  readonly port: number;
  readonly busPort: number;
  readonly flags: number;
  readonly tlsPort: number;
}

export type Extension =
  | { readonly kind: 'hostname' | 'human-nodename' | 'shard-id' | 'internal-secret'; readonly value: Bytes }
  | { readonly kind: 'forgotten-node'; readonly value: Bytes; readonly ttlSeconds: number };

export interface MessageHeader {
  readonly port: number;
  readonly currentEpoch: Epoch;
  readonly configEpoch: Epoch;
  readonly offset: number;
  readonly sender: Bytes;
  readonly slots: Bytes;
  /** Id of its master; empty for none. */
  readonly slaveof: Bytes;
  /** Empty: the address that its connection comes from. */
  readonly ip: Bytes;
  readonly tlsPort: number;
  readonly busPort: number;
  readonly flags: number;
  readonly isOk: boolean;
  readonly mflags: number;
}

export type MessageBody =
  | { readonly type: 'ping' | 'pong' | 'meet'; readonly gossip: readonly GossipEntry[]; readonly extensions: readonly Extension[] }
  | { readonly type: 'fail'; readonly name: Bytes }
  | { readonly type: 'publish' | 'publishshard'; readonly channel: Bytes; readonly message: Bytes }
  | { readonly type: 'auth-req' | 'auth-ack' | 'mfstart' | 'module' }
  | { readonly type: 'update'; readonly name: Bytes; readonly configEpoch: Epoch; readonly slots: Bytes };

export type BusMessage = MessageHeader & { readonly body: MessageBody };

// --- writing --------------------------------------------------------------------------------------

const u16 = (value: number): Bytes => String.fromCharCode((value >> 8) & 255, value & 255);
const u32 = (value: number): Bytes => String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const u64 = (value: number): Bytes => u32(Math.floor(value / 0x100000000)) + u32(value % 0x100000000);
// Nearly every epoch is small, and arithmetic with big integers is dear: a hundred nodes send thousands of messages a second.
function encodeEpoch(epoch: Epoch): Bytes {
  const rounded = Number(epoch);
  return rounded <= Number.MAX_SAFE_INTEGER ? u64(rounded) : u32(Number(epoch >> 32n)) + u32(Number(epoch & 0xffff_ffffn));
}
const padded = (text: Bytes, bytes: number): Bytes => (text.length === bytes ? text : text === '' ? zeros(bytes) : text.slice(0, bytes).padEnd(bytes, '\0'));
const zeros = (bytes: number): Bytes => ZEROS.slice(0, bytes);
const ZEROS = '\0'.repeat(Math.max(NAME_BYTES, IP_BYTES));

export function encodeMessage(message: BusMessage): Bytes {
  const { body } = message;
  const [gossip, extensions] = 'gossip' in body ? [body.gossip, body.extensions] : [[], []];
  const rest = encodeBody(body);
  return (
    'RCmb' + u32(HEADER_BYTES + rest.length) + u16(1) + u16(message.port) + u16(MESSAGE_TYPES.indexOf(body.type)) + u16(gossip.length) +
    encodeEpoch(message.currentEpoch) + encodeEpoch(message.configEpoch) + u64(message.offset) + padded(message.sender, NAME_BYTES) + message.slots +
    padded(message.slaveof, NAME_BYTES) + padded(message.ip, IP_BYTES) + u16(extensions.length) + zeros(30) + u16(message.tlsPort) +
    u16(message.busPort) + u16(message.flags) + String.fromCharCode(message.isOk ? 0 : 1, message.mflags, 0, 0) + rest
  );
}

function encodeBody(body: MessageBody): Bytes {
  switch (body.type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return joined(body.gossip, encodeGossip) + joined(body.extensions, encodeExtension);
    case 'fail':
      return padded(body.name, NAME_BYTES);
    case 'publish':
    case 'publishshard':
      return u32(body.channel.length) + u32(body.message.length) + body.channel + body.message;
    case 'update':
      return encodeEpoch(body.configEpoch) + padded(body.name, NAME_BYTES) + body.slots;
    default:
      return '';
  }
}

function joined<T>(parts: readonly T[], encode: (part: T) => Bytes): Bytes {
  let all = '';
  for (const part of parts) all += encode(part);
  return all;
}

function encodeGossip(entry: GossipEntry): Bytes {
  return (
    padded(entry.name, NAME_BYTES) + u32(entry.pingSent) + u32(entry.pongReceived) + padded(entry.ip, IP_BYTES) + u16(entry.port) + u16(entry.busPort) + u16(entry.flags) +
    u16(entry.tlsPort) + '\0\0'
  );
}

function encodeExtension(extension: Extension): Bytes {
  const data =
    extension.kind === 'forgotten-node' ? padded(extension.value, NAME_BYTES) + u64(extension.ttlSeconds)
    : extension.kind === 'shard-id' || extension.kind === 'internal-secret' ? padded(extension.value, NAME_BYTES)
    // A text ends with a zero byte, and fills whole words of eight.
    : padded(extension.value, Math.ceil((extension.value.length + 1) / 8) * 8);
  return u32(8 + data.length) + u16(EXTENSIONS.indexOf(extension.kind)) + '\0\0' + data;
}

// --- reading --------------------------------------------------------------------------------------

const readU16 = (bytes: Bytes, at: number): number => bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1);
const readU32 = (bytes: Bytes, at: number): number => readU16(bytes, at) * 0x10000 + readU16(bytes, at + 2);
const readU64 = (bytes: Bytes, at: number): number => readU32(bytes, at) * 0x100000000 + readU32(bytes, at + 4);
function readBusEpoch(bytes: Bytes, at: number): Epoch {
  const [high, low] = [readU32(bytes, at), readU32(bytes, at + 4)];
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}

function readText(bytes: Bytes, at: number, length: number): Bytes {
  const field = bytes.slice(at, at + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}

function readName(bytes: Bytes, at: number): Bytes {
  const name = bytes.slice(at, at + NAME_BYTES);
  return name === NO_NAME ? '' : name;
}

/** How long the message is that `input` begins with: undefined before that can be said, 'broken' when it is none. */
export function messageLength(input: Bytes): number | 'broken' | undefined {
  if (input.length < 8) return undefined;
  const length = readU32(input, 4);
  return input.startsWith('RCmb') && length >= HEADER_BYTES ? length : 'broken';
}

/** Type and text of what is wrong; only a whole message is given. */
export interface BadMessage {
  readonly type: MessageType | undefined;
  readonly problem: Bytes;
}

/** Reads one whole message. Version and length must be right; `problem` is empty for another version, of which nothing is said. */
export function decodeMessage(bytes: Bytes): BusMessage | BadMessage {
  const type = MESSAGE_TYPES[readU16(bytes, 12)];
  if (readU16(bytes, 8) !== 1 || type === undefined) return { type, problem: '' };
  const body = decodeBody(type, bytes);
  if (typeof body === 'string') return { type, problem: body };
  return {
    port: readU16(bytes, 10), currentEpoch: readBusEpoch(bytes, 16), configEpoch: readBusEpoch(bytes, 24), offset: readU64(bytes, 32), sender: bytes.slice(40, 40 + NAME_BYTES),
    slots: bytes.slice(80, 80 + SLOT_BYTES), slaveof: readName(bytes, 2128), ip: readText(bytes, 2168, IP_BYTES), tlsPort: readU16(bytes, 2246), busPort: readU16(bytes, 2248),
    flags: readU16(bytes, 2250), isOk: bytes.charCodeAt(2252) === 0, mflags: bytes.charCodeAt(2253), body,
  };
}

/** The part behind the header, or what is wrong with it. */
function decodeBody(type: MessageType, bytes: Bytes): MessageBody | Bytes {
  const length = bytes.length;
  const wrong = (expected: number): Bytes => `Received invalid ${type} packet of length ${length} but expected length ${expected}`;
  switch (type) {
    case 'ping':
    case 'pong':
    case 'meet': {
      const count = readU16(bytes, 14);
      let at = HEADER_BYTES;
      const gossip: GossipEntry[] = [];
      if (at + count * GOSSIP_BYTES > length) return wrong(at + count * GOSSIP_BYTES);
      for (let i = 0; i < count; i++, at += GOSSIP_BYTES) gossip.push(decodeGossip(bytes, at));
      const extensions: Extension[] = [];
      for (let left = readU16(bytes, 2214); left > 0; left--) {
        const bytesOfIt = at + 8 <= length ? readU32(bytes, at) : 0;
        if (bytesOfIt < 8 || bytesOfIt % 8 !== 0) return `Received a ${type} packet without proper padding (${bytesOfIt} bytes)`;
        if (at + bytesOfIt > length) return `Received invalid ${type} packet with extension data that exceeds total packet length (${length})`;
        const extension = decodeExtension(bytes, at, bytesOfIt);
        if (extension !== undefined) extensions.push(extension);
        at += bytesOfIt;
      }
      return at === length ? { type, gossip, extensions } : wrong(at);
    }
    case 'fail':
      return length === HEADER_BYTES + NAME_BYTES ? { type, name: bytes.slice(HEADER_BYTES) } : wrong(HEADER_BYTES + NAME_BYTES);
    case 'publish':
    case 'publishshard': {
      const start = HEADER_BYTES + 8;
      if (length < start) return wrong(start);
      const [channel, message] = [readU32(bytes, HEADER_BYTES), readU32(bytes, HEADER_BYTES + 4)];
      if (length !== start + channel + message) return wrong(start + channel + message);
      return { type, channel: bytes.slice(start, start + channel), message: bytes.slice(start + channel) };
    }
    case 'update': {
      const expected = HEADER_BYTES + 8 + NAME_BYTES + SLOT_BYTES;
      if (length !== expected) return wrong(expected);
      return { type, configEpoch: readBusEpoch(bytes, HEADER_BYTES), name: bytes.slice(HEADER_BYTES + 8, HEADER_BYTES + 48), slots: bytes.slice(HEADER_BYTES + 48) };
    }
    case 'module':
      return { type };
    default:
      return length === HEADER_BYTES ? { type } : wrong(HEADER_BYTES);
  }
}

function decodeGossip(bytes: Bytes, at: number): GossipEntry {
  return {
    name: bytes.slice(at, at + NAME_BYTES), pingSent: readU32(bytes, at + 40), pongReceived: readU32(bytes, at + 44), ip: readText(bytes, at + 48, IP_BYTES), port: readU16(bytes, at + 94),
    busPort: readU16(bytes, at + 96), flags: readU16(bytes, at + 98), tlsPort: readU16(bytes, at + 100),
  };
}

/** Undefined for a kind that nobody knows here. */
function decodeExtension(bytes: Bytes, at: number, length: number): Extension | undefined {
  const kind = EXTENSIONS[readU16(bytes, at + 4)];
  if (kind === undefined) return undefined;
  if (kind === 'forgotten-node') return { kind, value: bytes.slice(at + 8, at + 8 + NAME_BYTES), ttlSeconds: readU64(bytes, at + 48) };
  return { kind, value: readText(bytes, at + 8, length - 8) };
}
