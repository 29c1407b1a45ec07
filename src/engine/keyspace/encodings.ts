/*
 * What values of all types share
 * ------------------------------
 * A value chooses its encoding by the limits in the configuration and makes tables that resize by the
 * server's policy, each with a seed of its own. That is all a value needs to know of its server.
 */
import type { Bytes } from '../bytes.ts';
import type { Random } from '../env.ts';
import { Dict, type ResizePolicy } from '../structures/dict.ts';

export interface EncodingHost {
  /** `packedThreshold`: see Config. */
  readonly config: { number(name: Bytes): number; readonly packedThreshold?: number };
  readonly resizePolicy: ResizePolicy;
  readonly random: Random;
}

/** An empty table as values use them. */
export function newTable<V>(host: EncodingHost): Dict<V> {
  return new Dict<V>({ seed: host.random.below(0x100000000), policy: host.resizePolicy });
}

/** A table with the same entries. Looks only: the original pays no step. */
export function duplicateTable<V>(table: Dict<V>): Dict<V> {
  const copy = new Dict<V>({ seed: table.seed, policy: table.policy });
  if (table.size > 0) copy.expand(table.size);
  for (const { key, value } of table.entries()) copy.add(key, value);
  return copy;
}
