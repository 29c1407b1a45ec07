import type { Command } from '../../command.ts';
import { del, exists, touch, type, unlink } from './existence.ts';
import { expire, expireat, expiretime, persist, pexpire, pexpireat, pexpiretime, pttl, ttl } from './expiry.ts';
import { migrate } from './migrate.ts';
import { copy, move, rename, renamenx } from './moving.ts';
import { object } from './object.ts';
import { dump, restore, restoreAsking } from './serialized.ts';
import { sort, sortRo } from './sort.ts';
import { wait, waitaof } from './wait.ts';
import { keys, randomkey, scan } from './walking.ts';

export const genericCommands: readonly Command[] = [
  del, unlink, exists, touch, type,
  keys, scan, randomkey,
  rename, renamenx, move, copy,
  expire, pexpire, expireat, pexpireat, persist, ttl, pttl, expiretime, pexpiretime,
  dump, restore, restoreAsking, migrate, object, sort, sortRo, wait, waitaof,
];
