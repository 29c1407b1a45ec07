import type { Command } from '../../command.ts';
import { decr, decrby, incr, incrby, incrbyfloat } from './counters.ts';
import { get, getdel, getex } from './get.ts';
import { lcs } from './lcs.ts';
import { mget, mset, msetnx } from './multiple.ts';
import { append, getrange, setrange, strlen, substr } from './parts.ts';
import { getset, psetex, set, setex, setnx } from './set.ts';

export const stringCommands: readonly Command[] = [
  get, set, getset, setnx, setex, psetex, getex, getdel,
  mget, mset, msetnx,
  incr, decr, incrby, decrby, incrbyfloat,
  append, strlen, getrange, substr, setrange, lcs,
];
