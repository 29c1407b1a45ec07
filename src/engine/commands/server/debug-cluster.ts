/*
 * DEBUG's forms about a cluster: what all its nodes know, links that are cut, messages that are not heard.
 */
import { fold, parseInteger, type Bytes } from '../../bytes.ts';
import { crc16 } from '../../cluster/slots.ts';
import { CommandError, NOT_AN_INTEGER, OK } from '../../reply.ts';
import type { DebugForm } from './debug-internals.ts';

export const clusterForms: Readonly<Record<string, DebugForm>> = {
  internal_secret: {
    words: [2],
    run({ server: { cluster } }) {
      if (cluster === undefined) throw new CommandError('ERR Internal secret is missing');
      // Whether two nodes have the same one shows in the sum as well.
      return crc16(cluster.secret, 0, cluster.secret.length);
    },
  },
  clusterlink: {
    words: [5],
    run({ server: { cluster }, argv }) {
      if (cluster === undefined) throw new CommandError('ERR Debug option only available for cluster mode enabled setup!');
      const [, , , direction, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes];
      const node = cluster.nodes.get(name);
      if (node === undefined) throw new CommandError(`ERR Unknown node ${name}`);
      const which = fold(direction);
      if (which !== 'from' && node.link !== undefined) cluster.bus.free(node.link);
      if (which !== 'to' && node.inboundLink !== undefined) cluster.bus.free(node.inboundLink);
      return OK;
    },
  },
  'drop-cluster-packet-filter': {
    words: [3],
    run({ server: { cluster }, argv }) {
      const type = parseInteger(argv[2] as Bytes);
      if (type === undefined) throw new CommandError(NOT_AN_INTEGER);
      if (cluster !== undefined) cluster.bus.dropped = Number(type);
      return OK;
    },
  },
};
