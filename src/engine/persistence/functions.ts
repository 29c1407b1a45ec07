/*
 * Functions in RDB files and in FUNCTION DUMP
 * -------------------------------------------
 * A library is an opcode of its own and the library's code, before the databases. FUNCTION DUMP's payload
 * is a row of these with the footer of DUMP: version and checksum.
 */
import { own, type Bytes } from '../bytes.ts';
import { CommandError } from '../reply.ts';
import { Crc64 } from './crc64.ts';
import { BAD_PAYLOAD, RDB_VERSION, verifyDumpPayload } from './dump.ts';
import { encodeString, RdbFormatError, RdbReader, type RdbWriteOptions } from './rdb-string.ts';

export const RDB_OPCODE_FUNCTION2 = 0xf5;
/** The same in release candidates of 7.0, with the parts of a library apart: nobody reads it any more. */
const RDB_OPCODE_FUNCTION_PRE_GA = 0xf6;
const FOOTER_BYTES = 10;

/** The libraries as they stand in a file. */
export function encodeFunctions(codes: readonly Bytes[], options: RdbWriteOptions): Bytes {
  return codes.map((code) => String.fromCharCode(RDB_OPCODE_FUNCTION2) + encodeString(code, options)).join('');
}

/** FUNCTION DUMP's payload. */
export function dumpFunctions(codes: readonly Bytes[], options: RdbWriteOptions): Bytes {
  const content = encodeFunctions(codes, options) + String.fromCharCode(RDB_VERSION & 255, RDB_VERSION >> 8);
  return content + new Crc64().update(content).bytes;
}

/** The codes in a payload of FUNCTION DUMP; throws what FUNCTION RESTORE replies to a wrong one. */
export function restoredFunctions(payload: Bytes, skipChecksum = false): Bytes[] {
  if (!verifyDumpPayload(payload, skipChecksum)) throw new CommandError(BAD_PAYLOAD);
  const end = payload.length - FOOTER_BYTES;
  const reader = new RdbReader(payload);
  const codes: Bytes[] = [];
  try {
    while (reader.position < end) {
      const opcode = reader.byte();
      if (opcode === RDB_OPCODE_FUNCTION_PRE_GA) throw new CommandError('ERR Pre-GA function format not supported');
      if (opcode !== RDB_OPCODE_FUNCTION2) throw new CommandError('ERR given type is not a function');
      codes.push(own(reader.string()));
    }
  } catch (problem) {
    if (problem instanceof RdbFormatError) throw new CommandError('ERR failed loading payload');
    throw problem;
  }
  return codes;
}
