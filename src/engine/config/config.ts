/*
 * The configuration of one server
 * -------------------------------
 * Directives are declared once each in directives.ts; a Config holds their values for one server,
 * typed, and tells whoever listens when one changes. Text enters through the directive's parse, so a
 * value that is here is a value that is valid.
 */
import type { User } from '../acl/user.ts';
import type { Bytes } from '../bytes.ts';
import type { SentinelLine } from '../sentinel/settings.ts';
import { directives, directiveList } from './directives.ts';
import { isBadValue, type Directive, type DirectiveValue } from './values.ts';

/** A command the configuration gave another name, or none (`''`). */
export interface Renaming {
  readonly from: Bytes;
  readonly to: Bytes;
}

export class Config {
  private readonly values = new Map<Bytes, DirectiveValue>();
  private readonly listeners = new Map<Bytes, (() => void)[]>();
  /** Absolute path of the configuration file, empty without one. */
  file = '';
  readonly renamings: Renaming[] = [];
  /** Elements of lists made from now on are kept plain from this length on; 0: as long as list-max-listpack-size says (DEBUG QUICKLIST-PACKED-THRESHOLD). */
  packedThreshold = 0;
  /** What a Sentinel is told to watch; undefined for a server that is none. */
  sentinel: SentinelLine[] | undefined = undefined;
  /** The users that redis.conf or the ACL file declares, with rules that are right. */
  readonly users: User[] = [];

  constructor() {
    for (const directive of directiveList) this.values.set(directive.name, directive.default);
  }

  /** A copy with the same values, without listeners. */
  clone(): Config {
    const copy = new Config();
    for (const [name, value] of this.values) copy.values.set(name, value);
    copy.file = this.file;
    copy.sentinel = this.sentinel === undefined ? undefined : [...this.sentinel];
    copy.renamings.push(...this.renamings);
    copy.users.push(...this.users);
    return copy;
  }

  value(name: Bytes): DirectiveValue {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`no directive is called ${name}`);
    return value;
  }

  /** A numeric directive, in its own unit (bytes for memory). Beyond 2^53 the nearest double. */
  number(name: Bytes): number {
    const value = this.value(name);
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error(`${name} is not a number`);
    return Number(value);
  }

  /** A yes/no directive. */
  flag(name: Bytes): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw new Error(`${name} is not yes or no`);
    return value;
  }

  /** A text or enum directive. */
  text(name: Bytes): Bytes {
    const value = this.value(name);
    if (typeof value !== 'string') throw new Error(`${name} is not a text`);
    return value;
  }

  /** The value as CONFIG GET shows it. */
  shown(directive: Directive): Bytes {
    return directive.show(this.value(directive.name));
  }

  /** Reads a value and keeps it; the real server's words when it is wrong. Does not ask whether it may be set now. */
  set(directive: Directive, text: Bytes): Bytes | undefined {
    const value = directive.parse(text, this.value(directive.name));
    if (isBadValue(value)) return value.problem;
    this.put(directive.name, value);
    return undefined;
  }

  /** Keeps a checked value and tells the listeners. */
  put(name: Bytes, value: DirectiveValue): void {
    if (!directives.has(name)) throw new Error(`no directive is called ${name}`);
    this.values.set(name, value);
    for (const listener of this.listeners.get(name) ?? []) listener();
  }

  /** Calls `changed` now and after each change of the directive. */
  follow(name: Bytes, changed: () => void): void {
    const known = this.listeners.get(name);
    if (known === undefined) this.listeners.set(name, [changed]);
    else known.push(changed);
    changed();
  }
}
