/*
 * What all commands of a cluster share: the cluster itself, or the answer of a server that is in none.
 */
import { parseInteger, type Bytes } from '../../bytes.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterNode } from '../../cluster/node.ts';
import { CLUSTER_SLOTS } from '../../cluster/slots.ts';
import type { Ctx, Handler } from '../../command.ts';
import { CommandError, NOT_AN_INTEGER, type Reply } from '../../reply.ts';

/** A handler for nodes of a cluster. */
export function member(work: (cluster: Cluster, argv: readonly Bytes[], ctx: Ctx) => Reply): Handler {
  return (ctx) => {
    if (ctx.server.cluster === undefined) throw new CommandError('ERR This instance has cluster support disabled');
    return work(ctx.server.cluster, ctx.argv, ctx);
  };
}

export function slotArgument(word: Bytes | undefined): number {
  const slot = parseInteger(word ?? '');
  if (slot === undefined || slot < 0 || slot >= CLUSTER_SLOTS) throw new CommandError('ERR Invalid or out of range slot');
  return Number(slot);
}

export function numberArgument(word: Bytes | undefined): number {
  const number = parseInteger(word ?? '');
  if (number === undefined) throw new CommandError(NOT_AN_INTEGER);
  return Number(number);
}

export function nodeArgument(cluster: Cluster, name: Bytes | undefined, otherwise = `ERR Unknown node ${name}`): ClusterNode {
  const node = cluster.nodes.get(name ?? '');
  if (node === undefined) throw new CommandError(otherwise);
  return node;
}
