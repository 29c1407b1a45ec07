/*
 * io_uring: many reads and writes in one call of the system
 * ---------------------------------------------------------
 * At one request a round trip a server does little else than read and write, and each of the two is a call of the system.
 * Linux can be asked for any number of them in one: requests stand in one ring of memory, what came of them in another, and
 * io_uring_enter() tells it to look. This class keeps such a pair of rings. Each connection has one read under way, into one of
 * the buffers that all share; what is sent in a turn leaves together with the next reads.
 *
 * Node has no way to such a ring. So the functions of the C library are called by koffi, an optional dependency, and libuv,
 * which is in the Node program and keeps its names, is asked to tell when something has come. Where any of this is
 * missing (another system, a container that forbids it, an older kernel) there is no ring, and sockets.ts reads and writes as Node does.
 * What it is worth: docs/decisions/sockets.md. Layouts and numbers: io_uring(7), io_uring_setup(2), io_uring_enter(2), include/uapi/linux/io_uring.h.
 */
import { createRequire } from 'node:module';
import { constants, endianness } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** What of koffi is used. */
interface Koffi {
  load(path: null): { func(declaration: string): (...words: never[]) => unknown };
  view(address: bigint, length: number): ArrayBuffer;
  proto(declaration: string): unknown;
  pointer(type: unknown): unknown;
  register(callback: () => void, type: unknown): unknown;
}

type Call = (...words: (number | bigint | Uint8Array | unknown)[]) => number;

/** Numbers of system calls, the same on every architecture. */
const SYS_SETUP = 425;
const SYS_ENTER = 426;
const SYS_REGISTER = 427;

const SETUP_CQSIZE = 1 << 3;
/** What has come is put in the ring when the process is in the kernel anyway, not by interrupting it. */
const SETUP_COOP_TASKRUN = 1 << 8;
const ENTER_GETEVENTS = 1;
/** The kernel keeps results that the ring has no room for until it is called. */
const REQUESTS_CQ_OVERFLOW = 2;
const REGISTER_PBUF_RING = 22;
const OFFSET_SQES = 0x1000_0000;

const OP_ASYNC_CANCEL = 14;
const OP_SEND = 26;
const OP_RECV = 27;
/** In the second byte of a request: a buffer is chosen when there is something to put in. */
const BUFFER_SELECT = 32 << 8;
/** In its upper half: the system waits for something to come before it tries to read. */
const RECV_POLL_FIRST = 1 << 16;
/** What the system does not take at once it does not take; a peer that is gone is told by the result, not by a signal. */
const SEND_FLAGS = 0x40 | 0x4000;
const CQE_BUFFER = 1;
const { ENOBUFS, ECANCELED } = constants.errno;

/** What a result is of: the upper half of what a request is marked with. */
const READ = 0;
const SEND = 1;
const CANCEL = 2;

/** libuv's number of the kind of handle, and of the event. */
const UV_POLL = 8;
const UV_READABLE = 1;

const PROTECTION_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_PRIVATE_ANONYMOUS = 0x22;

const REQUESTS = 1024;
const RESULTS = 16 * REQUESTS;
/** Buffers to read into: so many of so many bytes. */
const BUFFERS = 256;
const BUFFER_BYTES = 16 * 1024;
const BUFFER_GROUP = 1;
/** What is sent in one turn has so much room. */
const OUTPUT_BYTES = 1024 * 1024;
/** One turn hears so much and little more: commands of that size take some milliseconds, and others wait. */
const MOST_HEARD_BYTES = 64 * 1024;
/** How many bytes may be sent at once. */
export const MOST_SENT_BYTES = OUTPUT_BYTES / 16;
/** How often the system may refuse to take requests before that is an error. */
const MOST_TRIES = 1000;

/** Handles that libuv has the addresses of: memory that must stay. */
const WATCHED: Buffer[] = [];

/** Who hears what is read. `ended`: 0 at the end, or the negative number of what went wrong, ECANCELED when it was stopped; nothing comes after it. */
export interface Reader {
  read(text: string): void;
  ended(status: number): void;
}

/** A reading that goes on until it has ended. */
export interface Reading {
  /** Has it end soon; what has come by then is read before. */
  stop(): void;
}

interface Slot extends Reading {
  readonly fd: number;
  readonly reader: Reader;
  isStopped: boolean;
}

/** One result: what it is of (READ, SEND or CANCEL), which of them, a count or the negative number of what went wrong, and flags. */
type Result = readonly [what: number, who: number, status: number, flags: number];

export class Ring {
  private readonly fd: number;
  private readonly enterCall: Call;
  /** The memory of both rings as words, and as signed ones. */
  private readonly words: Uint32Array;
  private readonly signed: Int32Array;
  private readonly requests: Uint32Array;
  private readonly at: { readonly requestTail: number; readonly requestMask: number; readonly requestFlags: number; readonly resultHead: number; readonly resultTail: number; readonly resultMask: number; readonly results: number };
  private readonly buffers: { readonly ring: Uint32Array; readonly halves: Uint16Array; readonly address: number; readonly bytes: Buffer };
  private bufferTail = 0;
  private readonly output: { readonly address: number; readonly bytes: Buffer };
  private outputUsed = 0;
  private tail: number;
  private unsubmitted = 0;
  private readonly slots: (Slot | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  /** Who hears of the sends, by number. */
  private readonly sends: (((status: number) => void) | undefined)[] = [];
  private readonly freeSends: number[] = [];
  /** Results that had to make room before they could be told. */
  private readonly aside: Result[] = [];
  private isDue = false;
  private readonly endOfTurn: () => void;
  /** What comes now is followed by the end of the turn. */
  isInTurn = false;

  /** A ring, or undefined where there can be none. `endOfTurn` is called when all that had come was heard, before what it sends leaves. */
  static open(endOfTurn: () => void): Ring | undefined {
    // libuv's own loop is that of the main thread, and addresses are written here in two halves, the lower one first.
    if (process.platform !== 'linux' || endianness() !== 'LE' || !isMainThread || process.env.KEYSPACE_IO_URING === 'no') return undefined;
    let close = (): void => {};
    try {
      const koffi = createRequire(import.meta.url)('koffi') as Koffi;
      const lib = koffi.load(null);
      const func = (declaration: string): Call => lib.func(declaration) as Call;
      const parameters = Buffer.alloc(120);
      parameters.writeUInt32LE(RESULTS, 4);
      parameters.writeUInt32LE(SETUP_CQSIZE | SETUP_COOP_TASKRUN, 8);
      const fd = Number(func('long syscall(long, unsigned int, uint8*)')(SYS_SETUP, REQUESTS, parameters));
      if (fd < 0) return undefined;
      close = () => void func('int close(int)')(fd);
      return new Ring(koffi, func, fd, parameters, endOfTurn);
    } catch {
      close();
      return undefined;
    }
  }

  /** `parameters` are those of io_uring_setup(), as it has filled them in. Throws where the system lacks something else that is needed. */
  private constructor(koffi: Koffi, func: (declaration: string) => Call, fd: number, parameters: Buffer, endOfTurn: () => void) {
    this.fd = fd;
    this.endOfTurn = endOfTurn;
    const register = func('long syscall(long, int, unsigned int, uint8*, unsigned int)');
    this.enterCall = func('long syscall(long, int, unsigned int, unsigned int, unsigned int, size_t, size_t)');
    const mapMemory = func('size_t mmap(size_t, size_t, int, int, int, long)');
    const map = (bytes: number, flags: number, fd: number, offset: number): number => {
      const address = Number(mapMemory(0, bytes, PROTECTION_READ_WRITE, flags, fd, offset));
      if (!(address > 0) || address > 2 ** 53) throw new Error('no memory could be mapped');
      return address;
    };
    const view = (address: number, bytes: number): ArrayBuffer => koffi.view(BigInt(address), bytes);

    const word = (offset: number): number => parameters.readUInt32LE(offset);
    const [requests, results, requestArray, resultArray] = [word(0), word(4), word(64), word(100)];
    const ringBytes = Math.max(requestArray + requests * 4, resultArray + results * 16);
    this.words = new Uint32Array(view(map(ringBytes, MAP_SHARED_POPULATE, this.fd, 0), ringBytes & ~3));
    this.signed = new Int32Array(this.words.buffer);
    this.requests = new Uint32Array(view(map(requests * 64, MAP_SHARED_POPULATE, this.fd, OFFSET_SQES), requests * 64));
    this.at = {
      requestTail: word(44) / 4, requestMask: this.words[word(48) / 4] as number, requestFlags: word(56) / 4,
      resultHead: word(80) / 4, resultTail: word(84) / 4, resultMask: this.words[word(88) / 4] as number, results: resultArray / 4,
    };
    this.tail = this.words[this.at.requestTail] as number;
    // Requests are submitted in the order in which they stand.
    for (let i = 0; i < requests; i++) this.words[requestArray / 4 + i] = i;

    const bufferRing = map(BUFFERS * 16, MAP_PRIVATE_ANONYMOUS, -1, 0);
    const ring = new Uint32Array(view(bufferRing, BUFFERS * 16));
    const address = map(BUFFERS * BUFFER_BYTES, MAP_PRIVATE_ANONYMOUS, -1, 0);
    this.buffers = { ring, halves: new Uint16Array(ring.buffer), address, bytes: Buffer.from(view(address, BUFFERS * BUFFER_BYTES)) };
    const registration = Buffer.alloc(40);
    registration.writeBigUInt64LE(BigInt(bufferRing), 0);
    registration.writeUInt32LE(BUFFERS, 8);
    registration.writeUInt16LE(BUFFER_GROUP, 12);
    if (Number(register(SYS_REGISTER, this.fd, REGISTER_PBUF_RING, registration, 1)) !== 0) throw new Error('the kernel is older than 5.19');
    for (let i = 0; i < BUFFERS; i++) this.giveBuffer(i);
    const outputAddress = map(OUTPUT_BYTES, MAP_PRIVATE_ANONYMOUS, -1, 0);
    this.output = { address: outputAddress, bytes: Buffer.from(view(outputAddress, OUTPUT_BYTES)) };

    const handle = Buffer.alloc(Number(func('size_t uv_handle_size(int)')(UV_POLL)));
    const wake = koffi.register(() => this.wake(), koffi.pointer(koffi.proto('void uv_poll_cb(void *handle, int status, int events)')));
    const loop = func('void* uv_default_loop()')();
    WATCHED.push(handle);
    if (func('int uv_poll_init(void*, uint8*, int)')(loop, handle, this.fd) !== 0 || func('int uv_poll_start(uint8*, int, void*)')(handle, UV_READABLE, wake) !== 0) throw new Error('libuv cannot watch it');
    // Whoever waits for connections keeps the process, not this.
    (func('void uv_unref(uint8*)') as (handle: Buffer) => void)(handle);
  }

  /** Reads from the socket's descriptor until it ends or is stopped. */
  read(fd: number, reader: Reader): Reading {
    const slot = this.freeSlots.pop() ?? this.slots.length;
    const reading: Slot = { fd, reader, isStopped: false, stop: () => this.stop(slot, reading) };
    this.slots[slot] = reading;
    this.askToRead(slot, fd, RECV_POLL_FIRST);
    if (!this.isInTurn) this.submit();
    return reading;
  }

  /** Sends at the end of the turn. `done` hears how many bytes the system has taken, or the negative number of what went wrong. */
  send(fd: number, text: string, done: (status: number) => void): void {
    // Before the bytes have a place: what is submitted gives up all places.
    if (this.unsubmitted === REQUESTS || this.outputUsed + text.length > OUTPUT_BYTES) this.submit();
    const { address, bytes } = this.output;
    bytes.write(text, this.outputUsed, 'latin1');
    const number = this.freeSends.pop() ?? this.sends.length;
    this.sends[number] = done;
    this.request(OP_SEND, fd, address + this.outputUsed, text.length, SEND_FLAGS, SEND, number);
    this.outputUsed += text.length;
  }

  /** Has the system look at what was asked for, and put down what has come of it. All sends are over then, though nobody has heard of it. */
  submit(): void {
    for (let tries = 0; this.unsubmitted > 0; tries++) {
      if (this.enter()) continue;
      // Interrupted, or out of memory for a moment, or it has more to tell than there is room for.
      if (tries === MOST_TRIES) throw new Error('io_uring takes no requests any more');
      this.makeRoom();
    }
    this.outputUsed = 0;
    // What ends inside of the call wakes nobody.
    if (!this.isInTurn && this.hasResults) this.wake();
  }

  /** Calls the system; true when it has taken requests. */
  private enter(): boolean {
    this.words[this.at.requestTail] = this.tail;
    const taken = this.enterCall(SYS_ENTER, this.fd, this.unsubmitted, 0, ENTER_GETEVENTS, 0, 0);
    if (taken > 0) this.unsubmitted -= taken;
    return taken > 0;
  }

  private get hasResults(): boolean {
    return this.aside.length > 0 || this.words[this.at.resultHead] !== this.words[this.at.resultTail] || this.isOverflown;
  }

  private get isOverflown(): boolean {
    return ((this.words[this.at.requestFlags] as number) & REQUESTS_CQ_OVERFLOW) !== 0;
  }

  private wake(): void {
    if (this.isDue) return;
    this.isDue = true;
    // Not at once: libuv calls here, and what Node owes to ticks and promises follows its own calls alone.
    setImmediate(() => this.turn());
  }

  /**
   * One look at what has come, and what is sent for it. Not more of them in a row, although it would save calls: Node has to have
   * its turn in between, for new connections and timers, or one client's many requests are served before another is let in.
   */
  private turn(): void {
    this.isDue = false;
    this.isInTurn = true;
    try {
      this.hear();
    } finally {
      this.isInTurn = false;
      this.endOfTurn();
      // Also what an error has left wakes somebody.
      this.submit();
    }
  }

  /** Tells everybody what has come so far, up to some measure: any call of the system may bring more, and the end of the turn must not wait for that. */
  private hear(): void {
    const { words, at, aside } = this;
    const count = aside.length + (((words[at.resultTail] as number) - (words[at.resultHead] as number)) >>> 0);
    let bytes = 0;
    for (let told = 0; told < count && bytes < MOST_HEARD_BYTES; told++) {
      const result = aside.shift() ?? this.takeResult();
      if (result === undefined) break;
      const [what, who, status, flags] = result;
      if (what === READ) {
        bytes += Math.max(status, 0);
        this.hasRead(who, status, flags);
      } else if (what === SEND) this.hasSent(who, status);
    }
    if (this.isOverflown) this.enter();
  }

  /**
   * Takes the result that came first. It counts as told from then on: an error of who hears it must not have it told twice.
   * The words are plain ones: with COOP_TASKRUN the kernel writes results in calls of this very thread alone.
   */
  private takeResult(): Result | undefined {
    const { words, at } = this;
    const head = words[at.resultHead] as number;
    if (head === words[at.resultTail]) return undefined;
    const result = at.results + (head & at.resultMask) * 4;
    words[at.resultHead] = head + 1;
    return [words[result + 1] as number, words[result] as number, this.signed[result + 2] as number, words[result + 3] as number];
  }

  /** Puts what has come aside, to be told in its turn. */
  private makeRoom(): void {
    for (let result = this.takeResult(); result !== undefined; result = this.takeResult()) this.aside.push(result);
  }

  private hasSent(number: number, status: number): void {
    const done = this.sends[number];
    this.sends[number] = undefined;
    this.freeSends.push(number);
    done?.(status);
  }

  private hasRead(slot: number, status: number, flags: number): void {
    const reading = this.slots[slot] as Slot;
    let text = '';
    if ((flags & CQE_BUFFER) !== 0) {
      const buffer = flags >>> 16;
      if (status > 0) text = this.buffers.bytes.toString('latin1', buffer * BUFFER_BYTES, buffer * BUFFER_BYTES + status);
      this.giveBuffer(buffer);
    }
    if (!reading.isStopped && status > 0) {
      // Behind all others, however much there is: everybody gets one buffer in turn.
      this.askToRead(slot, reading.fd, RECV_POLL_FIRST);
      reading.reader.read(text);
    } else if (!reading.isStopped && status === -ENOBUFS) {
      // Before all others, who wait first.
      this.askToRead(slot, reading.fd, 0);
    } else {
      this.slots[slot] = undefined;
      this.freeSlots.push(slot);
      if (status > 0) reading.reader.read(text);
      reading.reader.ended(status > 0 || status === -ENOBUFS ? -ECANCELED : status);
    }
  }

  private stop(slot: number, reading: Slot): void {
    if (reading.isStopped || this.slots[slot] !== reading) return;
    reading.isStopped = true;
    this.request(OP_ASYNC_CANCEL, -1, slot, 0, 0, CANCEL, 0);
    // The connection stays open as long as somebody reads from it.
    this.submit();
  }

  private askToRead(slot: number, fd: number, how: number): void {
    const at = this.request(OP_RECV | BUFFER_SELECT | how, fd, 0, BUFFER_BYTES, 0, READ, slot);
    this.requests[at + 10] = BUFFER_GROUP;
  }

  /** Puts a request down; returns where its words begin. A cancel has what it cancels where others have an address. */
  private request(operation: number, fd: number, address: number, length: number, flags: number, what: number, who: number): number {
    if (this.unsubmitted === REQUESTS) this.submit();
    const { requests } = this;
    const at = (this.tail & this.at.requestMask) * 16;
    requests.fill(0, at, at + 16);
    requests[at] = operation;
    requests[at + 1] = fd;
    requests[at + 4] = address % 2 ** 32;
    requests[at + 5] = Math.floor(address / 2 ** 32);
    requests[at + 6] = length;
    requests[at + 7] = flags;
    requests[at + 8] = who;
    requests[at + 9] = what;
    this.tail = (this.tail + 1) >>> 0;
    this.unsubmitted++;
    return at;
  }

  private giveBuffer(buffer: number): void {
    const { ring, halves, address } = this.buffers;
    const at = this.bufferTail & (BUFFERS - 1);
    const begin = address + buffer * BUFFER_BYTES;
    ring[at * 4] = begin % 2 ** 32;
    ring[at * 4 + 1] = Math.floor(begin / 2 ** 32);
    ring[at * 4 + 2] = BUFFER_BYTES;
    halves[at * 8 + 6] = buffer;
    this.bufferTail = (this.bufferTail + 1) & 0xffff;
    // The tail of this ring lies in a field of its first entry that is otherwise unused.
    halves[7] = this.bufferTail;
  }
}
