/*
 * The configuration of one server
 * -------------------------------
 * Directives are declared once each in directives.ts; a Config holds their values for one server,
 * typed, and tells whoever listens when one changes. Text enters through parse functions of the
 * directive, so a value that is here is a value that is valid.
 */
import type { Bytes } from '../bytes.ts';
import { directives, type Directive, type DirectiveValue } from './directives.ts';

export class Config {
  private readonly values = new Map<string, DirectiveValue>();
  private readonly listeners = new Map<string, (() => void)[]>();
  /** Absolute path of the configuration file, empty without one. */
  file = '';

  constructor() {
    for (const directive of directives.values()) this.values.set(directive.name, directive.default);
  }

  /** The directive that `name` (or one of its aliases, any case folded by the caller) means. */
  directive(name: Bytes): Directive | undefined {
    return directives.get(name);
  }

  value(name: string): DirectiveValue {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`no directive is called ${name}`);
    return value;
  }

  /** A numeric directive, in its own unit (bytes for memory). */
  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number') throw new Error(`${name} is not a number`);
    return value;
  }

  /** A yes/no directive. */
  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw new Error(`${name} is not yes or no`);
    return value;
  }

  /** A text or enum directive. */
  text(name: string): Bytes {
    const value = this.value(name);
    if (typeof value !== 'string') throw new Error(`${name} is not a text`);
    return value;
  }

  /** Sets a checked value and tells the listeners. */
  put(name: string, value: DirectiveValue): void {
    this.values.set(name, value);
    for (const listener of this.listeners.get(name) ?? []) listener();
  }

  /** Calls `changed` now and after each change of the directive. */
  follow(name: string, changed: () => void): void {
    const known = this.listeners.get(name);
    if (known === undefined) this.listeners.set(name, [changed]);
    else known.push(changed);
    changed();
  }
}
