/* The tests that redis-benchmark knows: what they are called, what selects them, what they send. */
import type { Bytes } from '../../../engine/index.ts';
import type { Options } from './options.ts';

/** Where a random number stands in a command. */
export const PLACEHOLDER = '__rand_int__';
/** Where in a cluster the tag stands that sends a key to a slot of the node asked. */
export const TAG = '{tag}';

export interface Workload {
  readonly title: Bytes;
  /** One request as it is sent. */
  readonly request: Bytes;
}

export function encode(argv: readonly Bytes[]): Bytes {
  return `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

export function workloads(options: Options): Workload[] {
  const data = 'x'.repeat(options.dataBytes);
  const tag = options.cluster ? `:${TAG}` : '';
  const key = `key${tag}:${PLACEHOLDER}`;
  const element = `element:${PLACEHOLDER}`;
  const chosen = (...names: Bytes[]): boolean => options.tests === undefined || names.some((name) => options.tests?.includes(`,${name},`) === true);
  const lists = ['lrange', 'lrange_100', 'lrange_300', 'lrange_500', 'lrange_600'];
  const all: (readonly [selected: boolean, title: Bytes, argv: readonly Bytes[] | Bytes])[] = [
    [chosen('ping_inline', 'ping'), 'PING_INLINE', 'PING\r\n'],
    [chosen('ping_mbulk', 'ping'), 'PING_MBULK', ['PING']],
    [chosen('set'), 'SET', ['SET', key, data]],
    [chosen('get'), 'GET', ['GET', key]],
    [chosen('incr'), 'INCR', ['INCR', `counter${tag}:${PLACEHOLDER}`]],
    [chosen('lpush'), 'LPUSH', ['LPUSH', `mylist${tag}`, data]],
    [chosen('rpush'), 'RPUSH', ['RPUSH', `mylist${tag}`, data]],
    [chosen('lpop'), 'LPOP', ['LPOP', `mylist${tag}`]],
    [chosen('rpop'), 'RPOP', ['RPOP', `mylist${tag}`]],
    [chosen('sadd'), 'SADD', ['SADD', `myset${tag}`, element]],
    [chosen('hset'), 'HSET', ['HSET', `myhash${tag}`, element, data]],
    [chosen('spop'), 'SPOP', ['SPOP', `myset${tag}`]],
    [chosen('zadd'), 'ZADD', ['ZADD', `myzset${tag}`, options.keyspace > 0 ? PLACEHOLDER : '0', element]],
    [chosen('zpopmin'), 'ZPOPMIN', ['ZPOPMIN', `myzset${tag}`]],
    [chosen(...lists), 'LPUSH (needed to benchmark LRANGE)', ['LPUSH', `mylist${tag}`, data]],
    ...[100, 300, 500, 600].map((count) => [chosen('lrange', `lrange_${count}`), `LRANGE_${count} (first ${count} elements)`, ['LRANGE', `mylist${tag}`, '0', String(count - 1)]] as const),
    [chosen('mset'), 'MSET (10 keys)', ['MSET', ...Array.from({ length: 10 }, () => [key, data]).flat()]],
    [chosen('xadd'), 'XADD', ['XADD', `mystream${tag}`, '*', 'myfield', data]],
  ];
  return all.filter(([selected]) => selected).map(([, title, argv]) => ({ title, request: typeof argv === 'string' ? argv : encode(argv) }));
}
