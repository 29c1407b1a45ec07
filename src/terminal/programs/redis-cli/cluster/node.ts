/*
 * A node as the cluster tool knows it
 * -----------------------------------
 * A connection, and what CLUSTER NODES told about the node when it was asked: its id, slots, open slots, master.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { ReceivedReply } from '../../../../engine/protocol/index.ts';
import type { Process } from '../../../../simulation/index.ts';
import { Connection } from '../connection.ts';
import type { Options } from '../options.ts';
import { type Task, until } from '../../task.ts';
import { integer } from './options.ts';
import type { Report } from './report.ts';

export const SLOTS = 16384;

/** A slot on its way, and the other node's id. */
export interface OpenSlot {
  readonly slot: number;
  readonly node: Bytes;
}

export interface Surroundings {
  readonly process: Process;
  readonly options: Options;
  readonly report: Report;
}

export class ClusterNode {
  readonly host: Bytes;
  readonly port: number;
  busPort: number;
  name: Bytes = '';
  flags: readonly Bytes[] = [];
  epoch = 0;
  /** The id of its master, when it is a replica or is to become one. */
  replicate: Bytes | undefined;
  readonly slots = new Set<number>();
  /** How many slots it had when it was asked. Moving slots does not change this, and the plans of the real tool count with it. */
  slotsCount = 0;
  migrating: OpenSlot[] = [];
  importing: OpenSlot[] = [];
  replicasCount = 0;
  /** What stands here has not been told to the node yet. */
  dirty = false;
  weight = 1;
  /** Slots that it has too many, or too few when negative. */
  balance = 0;
  private connection: Connection | undefined;
  private waiting: ((reply: ReceivedReply | undefined) => void) | undefined;
  private readonly around: Surroundings;

  constructor(around: Surroundings, host: Bytes, port: number, busPort = 0) {
    this.around = around;
    this.host = host;
    this.port = port;
    this.busPort = busPort;
  }

  get address(): Bytes {
    return `${this.host}:${this.port}`;
  }

  get isReplica(): boolean {
    return this.flags.includes('slave');
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  /** The address that this node is reached at, as other nodes can use it: never a name. */
  get ip(): Bytes {
    const peer = this.connection?.peer ?? this.address;
    return peer.slice(0, peer.lastIndexOf(':'));
  }

  /** Connects and identifies; a failure is printed, with `stop` behind it. */
  *connect(stop = ''): Task<boolean> {
    const { process, report, options } = this.around;
    const problem = yield* until<string | undefined>((done) => {
      this.connection = new Connection(process.env.network, this.address, {
        opened: () => done(undefined),
        refused: done,
        replied: (reply) => this.answered(reply),
        lost: () => this.answered(undefined),
      });
    });
    if (problem !== undefined) {
      this.connection = undefined;
      report.complain(`Could not connect to Redis at ${this.address}: ${problem}${stop}\n`);
      return false;
    }
    const { user, password } = options;
    return password === undefined || (yield* this.tell(user === undefined ? ['AUTH', password] : ['AUTH', user, password]));
  }

  /** The reply, or undefined when the connection is gone. */
  *ask(argv: readonly Bytes[]): Task<ReceivedReply | undefined> {
    const { connection } = this;
    if (connection === undefined || connection.isOver) return undefined;
    return yield* until<ReceivedReply | undefined>((done) => {
      this.waiting = done;
      connection.send(argv);
    });
  }

  /** Asks for something to be done: true when it was. An error is printed. */
  *tell(argv: readonly Bytes[]): Task<boolean> {
    return this.isFine(yield* this.ask(argv));
  }

  /** Whether there is a reply that is no error; an error is printed. */
  isFine(reply: ReceivedReply | undefined): reply is ReceivedReply {
    if (reply?.type === 'error') this.printError(reply.text);
    return reply !== undefined && reply.type !== 'error';
  }

  printError(text: Bytes): void {
    this.around.report.error(`Node ${this.address} replied with error:\n${text}\n`);
  }

  close(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private answered(reply: ReceivedReply | undefined): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(reply);
  }

  /** A field of INFO or CLUSTER INFO; undefined when the node does not answer, which is printed. */
  *field(argv: readonly Bytes[], name: Bytes): Task<{ readonly value: number; readonly text: Bytes } | { readonly error: Bytes | undefined }> {
    const reply = yield* this.ask(argv);
    if (reply === undefined || reply.type === 'error') return { error: reply?.text };
    const text = textOf(reply);
    return { value: integer(new RegExp(`(?:^|\\n)${name}:([^\\r\\n]*)`).exec(text)?.[1] ?? ''), text };
  }

  /** Asks for CLUSTER NODES and notes what it says of this node; the others it names are returned. */
  *loadInfo(): Task<{ readonly others: ClusterNode[] } | { readonly error: Bytes | undefined }> {
    const reply = yield* this.ask(['CLUSTER', 'NODES']);
    if (reply === undefined || reply.type === 'error') return { error: reply?.text };
    const others: ClusterNode[] = [];
    for (const line of textOf(reply).split('\n')) {
      const [name = '', address = '', flags = '', master = '', , , epoch = '', , ...slots] = line.split(' ');
      if (name === '') continue;
      const isMyself = flags.split(',').includes('myself');
      const node = isMyself ? this : nodeAt(this.around, address);
      if (node === undefined) continue;
      node.name = name;
      node.flags = flags.split(',');
      node.epoch = integer(epoch);
      if (node.flags.includes('slave')) node.replicate = master;
      if (isMyself) this.takeSlots(slots);
      else others.push(node);
    }
    return { others };
  }

  private takeSlots(words: readonly Bytes[]): void {
    this.slots.clear();
    this.migrating = [];
    this.importing = [];
    for (const word of words) {
      const [, slot = '', direction, node = ''] = /^\[(\d+)-([<>])-(.*)\]$/.exec(word) ?? [];
      if (direction === '>') this.migrating.push({ slot: Number(slot), node });
      else if (direction === '<') this.importing.push({ slot: Number(slot), node });
      else {
        const [first = '', last = first] = word.split('-');
        for (let each = integer(first); each <= integer(last); each++) this.slots.add(each);
      }
    }
    this.slotsCount = this.slots.size;
    this.dirty = false;
  }

  /** `[0-5460],[5470]` */
  slotsText(): Bytes {
    return rangesOf(this.slots).map(([first, last]) => (first === last ? `[${first}]` : `[${first}-${last}]`)).join(',');
  }

  flagsText(): Bytes {
    return this.flags.filter((flag) => flag !== 'myself').join(',');
  }

  /** The lines about it in the listing of nodes. */
  describe(indent = 0): Bytes {
    const spaces = ' '.repeat(indent);
    let text = `${spaces}${this.isReplica ? 'S' : 'M'}: ${this.name} ${this.address}`;
    if (this.dirty && this.replicate !== undefined) text = `${spaces}S: ${this.name} ${this.address}`;
    else text += `\n${spaces}   slots:${this.slotsText()} (${this.slotsCount} slots) ${this.flagsText()}`;
    if (this.replicate !== undefined) text += `\n${spaces}   replicates ${this.replicate}`;
    else if (this.replicasCount > 0) text += `\n${spaces}   ${this.replicasCount} additional replica(s)`;
    return text;
  }

  /** How many keys it has in a slot; undefined after an error, which is printed. */
  *countKeys(slot: number): Task<number | undefined> {
    const reply = yield* this.ask(['CLUSTER', 'COUNTKEYSINSLOT', String(slot)]);
    return this.isFine(reply) && reply.type === 'integer' ? Number(reply.value) : undefined;
  }

  /** Names of keys that it has in a slot; undefined after an error, which is printed. */
  *keysIn(slot: number, most: number): Task<readonly Bytes[] | undefined> {
    const reply = yield* this.ask(['CLUSTER', 'GETKEYSINSLOT', String(slot), String(most)]);
    return this.isFine(reply) ? itemsOf(reply).map(textOf) : undefined;
  }
}

/** The node at `host:port@bus-port[,name]` of CLUSTER NODES; undefined where it has no address. */
function nodeAt(around: Surroundings, text: Bytes): ClusterNode | undefined {
  const [, host = '', port = '', bus = ''] = /^(.*):(\d+)(?:@(\d+))?/.exec(text.split(',')[0] ?? '') ?? [];
  return port === '' ? undefined : new ClusterNode(around, host, Number(port), integer(bus));
}

/** `host:port`, perhaps with the port of the bus behind an @. */
export function parseAddress(text: Bytes): { readonly host: Bytes; readonly port: number } | undefined {
  const plain = text.includes('@') ? text.slice(0, text.lastIndexOf('@')) : text;
  const colon = plain.lastIndexOf(':');
  return colon < 0 ? undefined : { host: plain.slice(0, colon), port: integer(plain.slice(colon + 1)) };
}

/** Runs of consecutive numbers: first and last of each. */
export function rangesOf(slots: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const slot of [...slots].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
}

export function textOf(reply: ReceivedReply | undefined): Bytes {
  return reply !== undefined && 'text' in reply ? reply.text : '';
}

export function itemsOf(reply: ReceivedReply | undefined): readonly ReceivedReply[] {
  return reply?.type === 'array' || reply?.type === 'set' ? reply.items : [];
}

