/*
 * What all subcommands of SENTINEL share.
 */
import { parseInteger, type Bytes } from '../../bytes.ts';
import { asEpoch, type Epoch } from '../../epoch.ts';
import type { Ctx, Handler } from '../../command.ts';
import { CommandError, NOT_AN_INTEGER, type Reply } from '../../reply.ts';
import type { Master } from '../../sentinel/instance.ts';
import type { Sentinel } from '../../sentinel/sentinel.ts';

/** A handler of the table that only a Sentinel has. */
export function asSentinel(work: (sentinel: Sentinel, argv: readonly Bytes[], ctx: Ctx) => Reply): Handler {
  return (ctx) => {
    if (ctx.server.sentinel === undefined) throw new Error('only a Sentinel has these commands');
    return work(ctx.server.sentinel, ctx.argv, ctx);
  };
}

/** The master that is named behind the subcommand. */
export function masterArgument(sentinel: Sentinel, argv: readonly Bytes[]): Master {
  const master = sentinel.masters.get(argv[2] as Bytes);
  if (master === undefined) throw new CommandError('ERR No such master with that name');
  return master;
}

export function epochArgument(word: Bytes): Epoch {
  const number = parseInteger(word);
  if (number === undefined) throw new CommandError(NOT_AN_INTEGER);
  return asEpoch(number);
}

export function numberArgument(word: Bytes, otherwise: Bytes = NOT_AN_INTEGER): number {
  const number = parseInteger(word);
  if (number === undefined) throw new CommandError(otherwise.startsWith('ERR ') ? otherwise : `ERR ${otherwise}`);
  return Number(number);
}
