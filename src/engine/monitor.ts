/*
 * What MONITOR shows: time, database, address and the words of each command, quoted.
 */
import type { Bytes } from './bytes.ts';
import type { Client } from './client.ts';

/** One line of the monitor feed, without the RESP around it: `1700000000.123456 [0 127.0.0.1:50000] "get" "k"`. */
export function monitorLine(nowUs: number, client: Client, argv: readonly Bytes[]): Bytes {
  const seconds = Math.floor(nowUs / 1e6);
  const micros = String(Math.floor(nowUs % 1e6)).padStart(6, '0');
  return `${seconds}.${micros} [${client.db.id} ${client.isScript ? 'lua' : (client.socket?.peer ?? '?:0')}] ${argv.map(quote).join(' ')}`;
}

const NAMED: Readonly<Record<string, Bytes>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };

/** The bytes in double quotes with everything unprintable escaped, as Redis shows strings to people. */
export function quote(bytes: Bytes): Bytes {
  let out = '"';
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes.charAt(i);
    const code = bytes.charCodeAt(i);
    out += NAMED[c] ?? (code >= 32 && code < 127 ? c : `\\x${code.toString(16).padStart(2, '0')}`);
  }
  return `${out}"`;
}
