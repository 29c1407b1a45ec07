/*
 * Names for numbers: protocols and the ports that /etc/services of a plain system names and a data centre of Redis meets.
 */
import type { Bytes } from '../../../engine/index.ts';

const PROTOCOLS: readonly (readonly [Bytes, number])[] = [['all', 0], ['icmp', 1], ['tcp', 6], ['udp', 17]];
const SERVICES: readonly (readonly [Bytes, number])[] = [
  ['ssh', 22], ['telnet', 23], ['smtp', 25], ['domain', 53], ['http', 80], ['ntp', 123], ['https', 443], ['mysql', 3306], ['postgresql', 5432], ['redis', 6379], ['http-alt', 8080],
];

export const protocolNumber = (word: Bytes): number | undefined => PROTOCOLS.find(([name, number]) => name === word.toLowerCase() || String(number) === word)?.[1];
export const protocolName = (number: number): Bytes => PROTOCOLS.find(([, each]) => each === number)?.[0] ?? String(number);
export const portName = (port: number): Bytes => SERVICES.find(([, each]) => each === port)?.[0] ?? String(port);

export function portNumber(word: Bytes): number | undefined {
  if (/^\d{1,5}$/.test(word)) return Number(word) <= 65535 ? Number(word) : undefined;
  return SERVICES.find(([name]) => name === word)?.[1];
}
