/*
 * REPLICAOF, SYNC, PSYNC, REPLCONF, FAILOVER, ROLE: who follows whom
 * ------------------------------------------------------------------
 * REPLICAOF is what people say; SYNC, PSYNC and REPLCONF are what servers say to each other.
 */
import { equalsFolded, fold, own, parseInteger, type Bytes } from '../../bytes.ts';
import { block, command, integer, oneOf, string, token, type Ctx } from '../../command.ts';
import { isAt } from '../../replication/failover.ts';
import { splitArguments } from '../../protocol/split-arguments.ts';
import { isReplica, newReplicaState, type RdbFilter } from '../../replication/replica-state.ts';
import { CommandError, NO_REPLY, OK, status, SYNTAX_ERROR, type Reply } from '../../reply.ts';
import { clientLine } from '../connection/client-list.ts';
import { integerArgument, integerInRange } from '../expiry-arguments.ts';

/** Longest address that a replica may announce (NI_MAXHOST). */
const LONGEST_ADDRESS = 1025;

const followArguments = [
  oneOf('args', [block('host-port', [string('host'), integer('port')]), block('no-one', [token('no', 'NO'), token('one', 'ONE')])]),
];

function follow({ server, client, argv }: Ctx): Reply {
  const { replication } = server;
  // Who follows whom is the cluster's business there.
  if (server.cluster !== undefined) throw new CommandError('ERR REPLICAOF not allowed in cluster mode.');
  const [, host, port] = argv as readonly [Bytes, Bytes, Bytes];
  if (equalsFolded(host, 'no') && equalsFolded(port, 'one')) {
    if (replication.isReplica) {
      replication.becomeMaster();
      server.log('notice', `MASTER MODE enabled (user request from '${clientLine(server, client, client)}')`);
    }
    return OK;
  }
  if (isReplica(client)) throw new CommandError('ERR Command is not valid when client is a replica.');
  const number = integerArgument(port);
  if (number < 0 || number > 65535) throw new CommandError('ERR Invalid master port');
  if (replication.link?.host === host && replication.link.port === Number(number)) {
    server.log('notice', 'REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.');
    return status('OK Already connected to specified master');
  }
  replication.follow(own(host), Number(number));
  server.log('notice', `REPLICAOF ${host}:${port} enabled (user request from '${clientLine(server, client, client)}')`);
  return OK;
}

export const replicaof = command(
  {
    name: 'REPLICAOF', group: 'server', since: '5.0.0', arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
    summary: 'Follow a master and take over its data; NO ONE makes this server a master again.', complexity: 'O(1)',
    args: followArguments, replies: ['OK; the copying itself goes on in the background'], examples: ['REPLICAOF NO ONE'],
    differs: 'While a snapshot is loaded clients are served between two keys of it, not inside a large one; with repl-diskless-load they are served as well while the replica waits for more of it, where the real server hears nobody. The old dataset is given up at once: the real server frees it key by key first and answers -LOADING for as long.',
  },
  follow,
);

export const slaveof = command(
  {
    name: 'SLAVEOF', group: 'server', since: '1.0.0', arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
    summary: 'The old name of REPLICAOF.', complexity: 'O(1)', deprecated: { since: '5.0.0', replacedBy: '`REPLICAOF`' }, docFlags: ['deprecated'],
    args: followArguments, replies: ['OK; the copying itself goes on in the background'], examples: ['SLAVEOF NO ONE'],
  },
  follow,
);

/** What stands in the way of a client that wants to become a replica; true when it is one already. */
function refuseSync({ server, client }: Ctx): boolean {
  if (isReplica(client)) return true;
  if (server.replication.link?.isUp === false) throw new CommandError("NOMASTERLINK Can't SYNC while not connected with my master");
  if (client.out !== '') throw new CommandError('ERR SYNC and PSYNC are invalid with pending output');
  return false;
}

export const sync = command(
  {
    name: 'SYNC', group: 'server', since: '1.0.0', arity: 1, flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
    summary: 'Become a replica the old way: a snapshot, then every write. Used between servers.', replies: ['a snapshot and the stream of commands'],
  },
  function sync(ctx): Reply {
    if (!refuseSync(ctx)) ctx.server.replication.attach(ctx.client, undefined);
    return NO_REPLY;
  },
);

/** A master asks this replica to take its place. */
function promote({ server, client }: Ctx, id: Bytes): void {
  const { replication } = server;
  server.log('warning', `Failover request received for replid ${id}.`);
  if (!replication.isReplica) throw new CommandError("ERR PSYNC FAILOVER can't be sent to a master.");
  if (id !== server.replicationId) throw new CommandError('ERR PSYNC FAILOVER replid must match my replid.');
  replication.becomeMaster();
  server.log('notice', `MASTER MODE enabled (failover request from '${clientLine(server, client, client)}')`);
}

export const psync = command(
  {
    name: 'PSYNC', group: 'server', since: '2.8.0', arity: -3, flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
    summary: 'Become a replica and go on from an offset of a history, if its master still has what follows. Used between servers.',
    args: [string('replicationid'), integer('offset')], replies: ['+CONTINUE and the missing commands', '+FULLRESYNC, a snapshot and the stream of commands'],
  },
  function psync(ctx): Reply {
    const [, id, offset, how] = ctx.argv as readonly [Bytes, Bytes, Bytes, Bytes?];
    // Before the question whether this replica's own master is there: it has just left, to ask for this.
    if (how !== undefined && equalsFolded(how, 'failover') && !isReplica(ctx.client)) promote(ctx, id);
    if (refuseSync(ctx)) return NO_REPLY;
    ctx.server.replication.attach(ctx.client, { id, offset: parseInteger(offset) });
    return NO_REPLY;
  },
);

export const failover = command(
  {
    name: 'FAILOVER', group: 'server', since: '6.2.0', arity: -1, flags: ['admin', 'noscript', 'stale'],
    summary: 'Let a replica that has everything take the place of this master, without losing a write.', complexity: 'O(1)',
    args: [
      block('target', [string('host'), integer('port'), token('force', 'FORCE', { optional: true })], { token: 'TO', optional: true }),
      token('abort', 'ABORT', { optional: true }), integer('milliseconds', { token: 'TIMEOUT', optional: true }),
    ],
    replies: ['OK: it has begun; INFO tells how far it is'],
  },
  function failover({ server: { cluster, replication }, argv }): Reply {
    if (cluster !== undefined) throw new CommandError('ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.');
    let target: { host: Bytes; port: number } | undefined;
    let timeoutMs = 0;
    let force = false;
    let abort = false;
    for (let at = 1; at < argv.length; at++) {
      const word = fold(argv[at] as Bytes);
      const left = argv.length - at - 1;
      if (word === 'timeout' && left >= 1 && timeoutMs === 0) {
        timeoutMs = Number(integerArgument(argv[++at] as Bytes));
        if (timeoutMs <= 0) throw new CommandError('ERR FAILOVER timeout must be greater than 0');
      } else if (word === 'abort' && argv.length === 2) abort = true;
      else if (word === 'to' && left >= 2 && target === undefined) {
        target = { host: own(argv[at + 1] as Bytes), port: Number(integerArgument(argv[at + 2] as Bytes)) };
        at += 2;
      } else if (word === 'force' && !force) force = true;
      else throw new CommandError(SYNTAX_ERROR);
    }
    if (abort) {
      if (replication.failover.state === 'no-failover') throw new CommandError('ERR No failover in progress.');
      replication.failover.abort('Failover manually aborted');
      return OK;
    }
    if (replication.isReplica) throw new CommandError('ERR FAILOVER is not valid when server is a replica.');
    if (replication.replicas.size === 0) throw new CommandError('ERR FAILOVER requires connected replicas.');
    if (replication.failover.state !== 'no-failover') throw new CommandError('ERR FAILOVER already in progress.');
    if (force && (timeoutMs === 0 || target === undefined)) throw new CommandError('ERR FAILOVER with force option requires both a timeout and target HOST and IP.');
    if (target !== undefined) {
      const named = target;
      const found = [...replication.replicas].find((client) => isAt(client, named));
      if (found === undefined) throw new CommandError('ERR FAILOVER target HOST and PORT is not a replica.');
      if (found.replica.state !== 'online') throw new CommandError('ERR FAILOVER target replica is not online.');
    }
    replication.failover.start({ target, timeoutMs, force });
    return OK;
  },
);

/** What of the dataset a client wants: words, of which there is but one. */
function filterArgument(value: Bytes): RdbFilter {
  const words = splitArguments(value);
  if (words === undefined) throw new CommandError('ERR Missing rdb-filter-only values');
  const unknown = words.find((word) => !equalsFolded(word, 'functions'));
  if (unknown !== undefined) throw new CommandError(`ERR Unsupported rdb-filter-only option: ${unknown}`);
  return words.length > 0 ? 'functions' : 'nothing';
}

export const replconf = command(
  {
    name: 'REPLCONF', group: 'server', since: '3.0.0', arity: -1, flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'], docFlags: ['syscmd'],
    summary: 'What servers tell each other while they replicate: ports, abilities, offsets.', complexity: 'O(1)', replies: ['OK', 'nothing to an acknowledgement'],
  },
  function replconf({ server, client, argv }): Reply {
    if (argv.length % 2 === 0) throw new CommandError(SYNTAX_ERROR);
    const replica = (client.replica ??= newReplicaState());
    for (let at = 1; at < argv.length; at += 2) {
      const [name, value] = [fold(argv[at] as Bytes), argv[at + 1] as Bytes];
      switch (name) {
        case 'listening-port':
          replica.listeningPort = Number(integerArgument(value));
          break;
        case 'ip-address':
          if (value.length >= LONGEST_ADDRESS) throw new CommandError(`ERR REPLCONF ip-address provided by replica instance is too long: ${value.length} bytes`);
          replica.announcedIp = own(value);
          break;
        case 'capa':
          // Abilities that nobody knows are no error: newer servers have more.
          if (equalsFolded(value, 'eof')) replica.capaEof = true;
          else if (equalsFolded(value, 'psync2')) replica.capaPsync2 = true;
          else if (equalsFolded(value, 'rdb-channel-repl') && server.config.flag('repl-rdb-channel') && server.config.flag('repl-diskless-sync')) replica.capaRdbChannel = true;
          break;
        case 'ack': {
          if (!isReplica(client)) return NO_REPLY;
          const offset = parseInteger(value);
          const aofOffset = at + 3 < argv.length && equalsFolded(argv[at + 2] as Bytes, 'fack') ? parseInteger(argv[at + 3] as Bytes) : undefined;
          if (offset !== undefined) server.replication.acknowledged(client, Number(offset), aofOffset === undefined ? undefined : Number(aofOffset));
          return NO_REPLY;
        }
        case 'getack':
          server.replication.link?.acknowledge();
          return NO_REPLY;
        case 'rdb-only':
          replica.rdbOnly = integerInRange(value, 0, 1) === 1;
          break;
        case 'rdb-channel':
          replica.isRdbChannel = integerInRange(value, 0, 1) === 1;
          break;
        case 'main-ch-client-id': {
          const id = integerArgument(value);
          if (server.clients.get(Number(id))?.replica?.state !== 'wait_rdb_channel') throw new CommandError(`ERR Unrecognized RDB client id: ${id}`);
          replica.mainChannelId = Number(id);
          break;
        }
        case 'rdb-filter-only':
          replica.rdbFilter = filterArgument(value);
          break;
        default:
          throw new CommandError(`ERR Unrecognized REPLCONF option: ${argv[at]}`);
      }
    }
    return OK;
  },
);

export const role = command(
  {
    name: 'ROLE', group: 'server', since: '2.8.12', arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], acl: ['admin', 'dangerous'],
    summary: 'Whether this is a primary or a replica, and of whom.', complexity: 'O(1)',
    replies: ['master, the replication offset, and address and offset of each replica that is online', "slave, the master's address, the state of the link, the offset"], examples: ['ROLE'],
  },
  function role({ server: { replication, sentinel } }): Reply {
    if (sentinel !== undefined) return ['sentinel', [...sentinel.masters.keys()]];
    const { link } = replication;
    if (link !== undefined) return ['slave', link.host, link.port, link.state, link.isUp ? replication.offset : -1];
    const online = replication.describeReplicas().filter(({ state }) => state === 'online');
    return ['master', replication.offset, online.map(({ ip, port, offset }) => [ip, String(port), String(offset)])];
  },
);
