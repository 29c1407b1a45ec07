/*
 * Where instances are
 * -------------------
 * An instance is at an IP address and a port. Where `resolve-hostnames` allows it, it may be given by name: then both
 * are kept, the name because it outlives the address, and the address because that is what links lead to. Names are
 * looked up when they are heard, and again each time that a link is made anew.
 */
import { fold, type Bytes } from '../bytes.ts';
import { isIpAddress } from '../ip-address.ts';
import type { Sentinel } from './sentinel.ts';

export interface Address {
  /** As it was configured or announced: a name, or the same as `ip`. */
  readonly host: Bytes;
  /** Empty for a name that nobody knows yet. */
  readonly ip: Bytes;
  readonly port: number;
}

function ipOf({ server, resolvesHostnames }: Sentinel, host: Bytes): Bytes | undefined {
  if (isIpAddress(host)) return host;
  return resolvesHostnames && host !== '' ? server.env.network.resolve?.(host) : undefined;
}

/** The address of a host; undefined when it is neither an IP nor a name that is known. `early`: names may become known later. */
export function addressOf(sentinel: Sentinel, host: Bytes, port: number, early = false): Address | undefined {
  const ip = ipOf(sentinel, host);
  if (ip !== undefined) return { host, ip, port };
  sentinel.server.log('warning', `Failed to resolve hostname '${host}'`);
  return early && sentinel.resolvesHostnames ? { host, ip: '', port } : undefined;
}

/** The same place, by its address or by its name. */
export function isSamePlace(a: Address, b: Address): boolean {
  return a.port === b.port && (a.ip === b.ip || fold(a.host) === fold(b.host));
}

/** Whether the host of an address is meant, by whatever name. */
export function isHost(sentinel: Sentinel, address: Address, host: Bytes): boolean {
  const ip = ipOf(sentinel, host);
  return ip === undefined ? fold(address.host) === fold(host) : fold(address.ip) === fold(ip);
}
