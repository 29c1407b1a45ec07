/*
 * CRC-64
 * ------
 * The checksum behind RDB files and DUMP payloads: the polynomial of Jones (0xad93d23594c935a9),
 * bits taken from the lowest on, start and end value 0. JavaScript's bit operations have 32 bits, so
 * the register is kept as two halves.
 */
import type { Bytes } from '../bytes.ts';

/** The polynomial with its bits in reverse order, as the table needs it. */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const tableHigh = new Int32Array(256);
const tableLow = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd !== 0) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  tableHigh[byte] = high;
  tableLow[byte] = low;
}

/** A running checksum: a file is written and read in pieces. */
export class Crc64 {
  private high = 0;
  private low = 0;

  /** Takes in `bytes` from `start` up to and not including `end`. */
  update(bytes: Bytes, start = 0, end = bytes.length): this {
    let { high, low } = this;
    for (let i = start; i < end; i++) {
      const at = (low ^ bytes.charCodeAt(i)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (tableLow[at] ?? 0);
      high = (high >>> 8) ^ (tableHigh[at] ?? 0);
    }
    this.high = high;
    this.low = low;
    return this;
  }

  /** The checksum so far as an unsigned 64-bit integer. */
  get value(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  /** The checksum so far as eight bytes, lowest first, as it stands in files. */
  get bytes(): Bytes {
    const { high, low } = this;
    return String.fromCharCode(
      low & 255, (low >>> 8) & 255, (low >>> 16) & 255, low >>> 24,
      high & 255, (high >>> 8) & 255, (high >>> 16) & 255, high >>> 24,
    );
  }
}

/** The checksum of `bytes`. */
export function crc64(bytes: Bytes): bigint {
  return new Crc64().update(bytes).value;
}
