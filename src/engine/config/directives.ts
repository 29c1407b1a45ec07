/*
 * The directives
 * --------------
 * One declaration each: name, type, default, limits, flags. CONFIG GET/SET/REWRITE, redis.conf and
 * command-line options all read this table.
 */
import type { Bytes } from '../bytes.ts';

export type DirectiveValue = Bytes | number | boolean;

export interface Directive {
  readonly name: string;
  readonly type: 'bool' | 'integer' | 'memory' | 'enum' | 'string';
  readonly default: DirectiveValue;
}

const integer = (name: string, value: number): Directive => ({ name, type: 'integer', default: value });
const memory = (name: string, value: number): Directive => ({ name, type: 'memory', default: value });
const bool = (name: string, value: boolean): Directive => ({ name, type: 'bool', default: value });
const text = (name: string, value: Bytes): Directive => ({ name, type: 'string', default: value });

const all: readonly Directive[] = [
  integer('port', 6379),
  integer('databases', 16),
  integer('hz', 10),
  integer('maxclients', 10000),
  integer('timeout', 0),
  integer('slowlog-log-slower-than', 10000),
  integer('slowlog-max-len', 128),
  memory('proto-max-bulk-len', 512 * 1024 * 1024),
  memory('maxmemory', 0),
  text('maxmemory-policy', 'noeviction'),
  text('requirepass', ''),
  text('notify-keyspace-events', ''),
  bool('protected-mode', true),
  bool('activerehashing', true),
  bool('lazyfree-lazy-expire', false),
];

export const directives: ReadonlyMap<string, Directive> = new Map(all.map((each) => [each.name, each]));
