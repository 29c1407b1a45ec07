/*
 * HSCAN, SSCAN, ZSCAN
 * -------------------
 * One body for the three. A table is walked as SCAN walks the keyspace, some buckets a call. What is in
 * one piece of memory is small, so it comes whole, with the cursor 0, whatever COUNT said.
 */
import type { Bytes } from '../bytes.ts';
import { fold } from '../bytes.ts';
import type { Ctx } from '../command.ts';
import { globMatch } from '../glob.ts';
import { CommandError, syntaxError, type Reply } from '../reply.ts';
import type { Dict } from '../structures/dict.ts';
import { integerArgument } from './expiry-arguments.ts';

export interface ElementScanOptions {
  /** Undefined when everything matches. */
  pattern: Bytes | undefined;
  count: number;
  /** HSCAN's NOVALUES: names alone. */
  noValues: boolean;
}

/** Reads the options from argv[3] on. */
export function parseElementScan(argv: readonly Bytes[], isHash: boolean): ElementScanOptions {
  const options: ElementScanOptions = { pattern: undefined, count: 10, noValues: false };
  for (let i = 3; i < argv.length; ) {
    const word = fold(argv[i] as Bytes);
    const next = argv[i + 1];
    if (word === 'count' && next !== undefined) {
      options.count = Number(integerArgument(next));
      if (options.count < 1) syntaxError();
      i += 2;
    } else if (word === 'match' && next !== undefined) {
      options.pattern = next === '*' ? undefined : next;
      i += 2;
    } else if (word === 'novalues') {
      if (!isHash) throw new CommandError('ERR NOVALUES option can only be used in HSCAN');
      options.noValues = true;
      i++;
    } else syntaxError();
  }
  return options;
}

/** What is answered for a key that is not there; options are not looked at then. */
export const EMPTY_SCAN: Reply = ['0', []];

/** Buckets that one call passes at most, for each element it was asked for. */
const BUCKETS_PER_COUNT = 10;

/**
 * The reply: the next cursor and, in turns, what `shown` makes of each element found. `source` is the
 * table, or all elements as pairs of name and value where there is none.
 */
export function scanElements<V>(
  { server }: Ctx, cursor: number, options: ElementScanOptions, source: Dict<V> | Iterable<readonly [Bytes, Bytes]>, shown: (value: V) => Bytes,
  isHidden: (name: Bytes) => boolean = () => false,
): Reply {
  const found: Bytes[] = [];
  const take = (name: Bytes, value: () => Bytes): void => {
    if ((options.pattern !== undefined && !globMatch(options.pattern, name)) || isHidden(name)) return;
    found.push(name);
    if (!options.noValues) found.push(value());
  };
  let next = 0;
  let passed = 0;
  if ('scan' in source) {
    next = cursor;
    let bucketsLeft = options.count * BUCKETS_PER_COUNT;
    do {
      next = source.scan(next, ({ key, value }) => {
        passed++;
        take(key, () => shown(value));
      });
    } while (next !== 0 && bucketsLeft-- > 0 && passed < options.count);
  } else {
    for (const [name, value] of source) {
      passed++;
      take(name, () => value);
    }
  }
  server.work(passed);
  return [String(next), found];
}
