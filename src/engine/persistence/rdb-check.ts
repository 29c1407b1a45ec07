/*
 * Is this an RDB file?
 * --------------------
 * Reads a file as redis-check-rdb does, without making anything of it: what it tells about itself, how many keys
 * there are, and, where it is damaged, how far it could be read and what was being read.
 */
import type { Bytes } from '../bytes.ts';
import { parseInteger } from '../bytes.ts';
import { Crc64 } from './crc64.ts';
import { decodeObject, RDB_VERSION } from './dump.ts';
import { RdbDamageError, RdbEndError, RdbFormatError, RdbReader } from './rdb-string.ts';

/** What the checker was doing when it stopped. */
type Doing = 'start' | 'read-type' | 'read-expire' | 'read-key' | 'read-object-value' | 'check-sum' | 'read-len' | 'read-aux' | 'read-module-aux' | 'read-functions';

export interface RdbCheck {
  /** Where it stopped: an append-only file may go on there. */
  readonly end: number;
  readonly problem: Bytes | undefined;
  readonly doing: Doing;
  readonly key: Bytes | undefined;
  readonly type: { readonly number: number; readonly name: Bytes } | undefined;
  readonly keys: number;
  readonly expires: number;
  readonly expired: number;
  /** Hashes that have fields with deadlines. */
  readonly subexpires: number;
}

const TYPE_NAMES = [
  'string', 'list-linked', 'set-hashtable', 'zset-v1', 'hash-hashtable', 'zset-v2', 'module-pre-release', 'module-value', '', 'hash-zipmap', 'list-ziplist', 'set-intset', 'zset-ziplist',
  'hash-ziplist', 'quicklist', 'stream', 'hash-listpack', 'zset-listpack', 'quicklist-v2', 'stream-v2', 'set-listpack', 'stream-v3', 'hash-hashtable-md-pre-release',
  'hash-listpack-md-pre-release', 'hash-hashtable-md', 'hash-listpack-md',
];
/** Hashes of these types have fields that end. */
const FIELDS_END = new Set([22, 23, 24, 25]);

/** `tell` hears what the file says of itself, and how far it had been read by then. */
export function checkRdb(bytes: Bytes, nowMs: number, tell: (offset: number, text: Bytes) => void): RdbCheck {
  const checker = new RdbChecker(bytes, nowMs, tell);
  try {
    checker.run();
  } catch (problem) {
    if (!(problem instanceof RdbFormatError)) throw problem;
    checker.problem = problem instanceof RdbEndError ? 'Unexpected EOF reading RDB file' : problem.message;
  }
  return checker;
}

class RdbChecker implements RdbCheck {
  problem: Bytes | undefined;
  doing: Doing = 'start';
  key: Bytes | undefined;
  // The real program begins like this, and says so when the very beginning is damaged.
  typeNumber = 0;
  keys = 0;
  expires = 0;
  expired = 0;
  subexpires = 0;
  private readonly reader: RdbReader;
  private readonly bytes: Bytes;
  private readonly nowMs: number;
  private readonly tell: (offset: number, text: Bytes) => void;

  constructor(bytes: Bytes, nowMs: number, tell: (offset: number, text: Bytes) => void) {
    this.bytes = bytes;
    this.reader = new RdbReader(bytes);
    this.nowMs = nowMs;
    this.tell = tell;
  }

  get end(): number {
    return this.reader.position;
  }

  get type(): RdbCheck['type'] {
    return this.typeNumber < 0 ? undefined : { number: this.typeNumber, name: TYPE_NAMES[this.typeNumber] ?? 'unknown' };
  }

  run(): void {
    const { reader } = this;
    const signature = reader.raw(9);
    if (!signature.startsWith('REDIS')) throw new RdbFormatError('Wrong signature trying to load DB from file');
    const version = Number(parseInteger(signature.slice(5).replace(/^0+(?=.)/, '')) ?? 0);
    if (version < 1 || version > RDB_VERSION) throw new RdbFormatError(`Can't handle RDB format version ${version}`);
    let expiresMs: bigint | undefined;
    for (;;) {
      this.doing = 'read-type';
      const opcode = reader.byte();
      if (opcode === 0xff) break;
      if (opcode === 0xfc || opcode === 0xfd) {
        this.doing = 'read-expire';
        expiresMs = opcode === 0xfc ? littleEndian(reader.raw(8)) : littleEndian(reader.raw(4)) * 1000n;
      } else if (opcode >= 0xf4) this.special(opcode);
      else {
        this.value(opcode, expiresMs);
        expiresMs = undefined;
      }
    }
    if (version >= 5) this.checkSum();
  }

  /** What is no key: facts, databases, libraries. */
  private special(opcode: number): void {
    const { reader } = this;
    switch (opcode) {
      case 0xf9:
        reader.byte();
        return;
      case 0xf8:
        reader.length();
        return;
      case 0xfe: {
        this.doing = 'read-len';
        const db = reader.length();
        this.tell(reader.position, `Selecting DB ID ${db}`);
        return;
      }
      case 0xfb: case 0xf4:
        this.doing = 'read-len';
        for (let i = opcode === 0xfb ? 2 : 3; i > 0; i--) reader.length();
        return;
      case 0xfa: {
        this.doing = 'read-aux';
        const name = reader.string();
        const value = reader.string();
        this.tell(reader.position, `AUX FIELD ${name} = '${value}'`);
        return;
      }
      case 0xf5:
        this.doing = 'read-functions';
        try {
          reader.string();
        } catch (problem) {
          if (problem instanceof RdbEndError) throw new RdbFormatError('Failed loading library, Failed loading library payload');
          throw problem;
        }
        return;
      case 0xf6:
        throw new RdbFormatError('Pre-release function format not supported.');
      default:
        this.doing = 'read-module-aux';
        throw new RdbFormatError("The RDB file contains module data I can't check");
    }
  }

  private value(type: number, expiresMs: bigint | undefined): void {
    const { reader } = this;
    if (type === 6 || type === 7 || type === 8 || type >= TYPE_NAMES.length) throw new RdbFormatError(`Invalid object type: ${type}`);
    this.typeNumber = type;
    this.doing = 'read-key';
    this.key = reader.string();
    this.keys++;
    this.doing = 'read-object-value';
    try {
      decodeObject(type, reader);
    } catch (problem) {
      throw problem instanceof RdbFormatError && !(problem instanceof RdbEndError) ? new RdbDamageError(problem, 0) : problem;
    }
    if (expiresMs !== undefined) {
      this.expires++;
      if (expiresMs < BigInt(this.nowMs)) this.expired++;
    }
    if (FIELDS_END.has(type)) this.subexpires++;
    this.key = undefined;
    this.typeNumber = -1;
  }

  private checkSum(): void {
    const { reader } = this;
    this.doing = 'check-sum';
    const end = reader.position;
    const stored = reader.raw(8);
    if (stored === '\0'.repeat(8)) this.tell(reader.position, 'RDB file was saved with checksum disabled: no check performed.');
    else if (stored !== new Crc64().update(this.bytes, 0, end).bytes) throw new RdbFormatError('RDB CRC error');
    else this.tell(reader.position, 'Checksum OK');
  }
}

function littleEndian(bytes: Bytes): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return BigInt.asIntN(8 * bytes.length, value);
}
