/*
 * Facts: what is there, at one moment
 * -----------------------------------
 * What a check and its messages may be about, read through a probe on demand. Reads only what is asked, so a
 * check on a reply costs one command.
 */
import { isTagged, type Bytes, type Reply } from '../../engine/index.ts';
import type { Check } from '../model.ts';
import type { StateProbe } from '../probe.ts';
import { asBytes, asList } from './reply-matcher.ts';

/** Thrown when no server answers: the state says so, it is no fault of the check. */
export class NoServer extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`no server answers at port ${port}`);
    this.port = port;
  }
}

type Place = Pick<Check, 'host' | 'port' | 'db'>;

/** A command's reply; throws NoServer. */
export function ask(state: StateProbe, place: Place, argv: readonly Bytes[]): Reply {
  const reply = state.run(argv, place);
  if (reply === undefined) throw new NoServer(place.port);
  return reply;
}

/** How each type's whole value and its length are read. */
const READERS: Readonly<Record<string, { value: (key: Bytes) => Bytes[]; length: (key: Bytes) => Bytes[] }>> = {
  string: { value: (key) => ['GET', key], length: (key) => ['STRLEN', key] },
  list: { value: (key) => ['LRANGE', key, '0', '-1'], length: (key) => ['LLEN', key] },
  hash: { value: (key) => ['HGETALL', key], length: (key) => ['HLEN', key] },
  set: { value: (key) => ['SMEMBERS', key], length: (key) => ['SCARD', key] },
  zset: { value: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'], length: (key) => ['ZCARD', key] },
  stream: { value: (key) => ['XRANGE', key, '-', '+'], length: (key) => ['XLEN', key] },
};

/** One key at one moment. */
export class KeyFacts {
  readonly key: Bytes;
  private readonly state: StateProbe;
  private readonly place: Place;
  private readType: string | undefined;

  constructor(state: StateProbe, place: Place, key: Bytes) {
    this.state = state;
    this.place = place;
    this.key = key;
  }

  private run(...argv: Bytes[]): Reply {
    return ask(this.state, this.place, argv);
  }

  /** 'string' …, or 'none'. */
  get type(): string {
    this.readType ??= asBytes(this.run('TYPE', this.key)) ?? 'none';
    return this.readType;
  }

  get exists(): boolean {
    return this.type !== 'none';
  }

  /** Seconds as TTL tells them, rounded as it does; 'none' without a lifetime or without a key. */
  get ttl(): number | 'none' {
    const seconds = Number(asBytes(this.run('TTL', this.key)) ?? '-2');
    return seconds < 0 ? 'none' : seconds;
  }

  get encoding(): string | undefined {
    return this.exists ? asBytes(this.run('OBJECT', 'ENCODING', this.key)) : undefined;
  }

  get value(): Reply {
    const reader = READERS[this.type];
    return reader === undefined ? null : this.run(...reader.value(this.key));
  }

  get length(): number {
    const reader = READERS[this.type];
    return reader === undefined ? 0 : Number(asBytes(this.run(...reader.length(this.key))) ?? '0');
  }
}

/** Names of the keys that match, in an order that does not depend on the table: by bytes. */
export function keysMatching(state: StateProbe, place: Place, pattern: Bytes): Bytes[] {
  const names = (asList(ask(state, place, ['KEYS', pattern])) ?? []).map(asBytes).filter((name) => name !== undefined);
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The key that a check is about, if it is about one. */
export function keyOf(check: Check, state: StateProbe): Bytes | undefined {
  if (check.kind === 'key') return check.key;
  if (check.kind !== 'reply') return undefined;
  const keys = state.run(['COMMAND', 'GETKEYS', ...check.argv], check);
  if (keys === undefined || (keys !== null && isTagged(keys) && keys.kind === 'error')) return undefined;
  const first = asList(keys)?.[0];
  return first === undefined ? undefined : asBytes(first);
}
