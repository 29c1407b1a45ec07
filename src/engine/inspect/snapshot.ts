/*
 * A copy to ask questions of
 * --------------------------
 * A check may want to run a command, and the learner's server must not notice: a GET would count as a
 * use, move MONITOR along and maybe remove an expired key. So the data is copied into a new Server that
 * stands still at the moment of the copy. Its clock does not run, its timers never fire, its disk keeps
 * writes to itself, and it has no network.
 */
import { openUser } from '../acl/user.ts';
import type { Bytes } from '../bytes.ts';
import type { Env } from '../env.ts';
import type { ServerForCommands } from '../command.ts';
import { encodeReply } from '../protocol/writer.ts';
import type { Reply } from '../reply.ts';
import { Server } from '../server.ts';
import { copyData, overlay } from './copy.ts';

export interface Snapshot {
  readonly server: Server;
  /**
   * The reply to a command, run on the copy by a client with all rights that has selected `db`;
   * undefined when the command sends none. Commands see what earlier ones have done to the copy.
   */
  run(argv: readonly Bytes[], db?: number): Reply | undefined;
}

/** A new server with the same configuration and data. `env` replaces parts of the still world it gets. */
export function snapshot(original: ServerForCommands, env: Partial<Env> = {}): Snapshot {
  const server = new Server({ ...stillEnv(original), ...env }, original.config.clone());
  copyData(original, server);
  return { server, run: (argv, db = 0) => run(server, argv, db) };
}

function run(server: Server, argv: readonly Bytes[], db: number): Reply | undefined {
  const socket = server.accept({ peer: '127.0.0.1:0', local: `127.0.0.1:${server.port}`, send: () => {}, close: () => {} });
  const client = [...server.clients.values()].at(-1);
  const database = server.databases[db];
  if (client === undefined || database === undefined) throw new Error(`a snapshot has no database ${db}`);
  client.user = openUser('default');
  client.authenticated = true;
  client.db = database;
  let reply: Reply | undefined;
  const stop = server.events.listen((event) => {
    if (event.type === 'commandExecuted' && event.clientId === client.id && !event.inTransaction) reply = event.reply;
    if (event.type === 'commandRejected' && event.clientId === client.id) reply = { kind: 'error', text: event.error };
  });
  socket.data(encodeReply(argv, 2));
  stop();
  socket.closed('asked');
  return reply;
}

/** The world of the original as it is now, stopped. */
function stillEnv(original: ServerForCommands): Env {
  const { clock, random, disk, lua, surroundings } = original.env;
  const now = clock.now();
  const monotonic = clock.monotonic();
  return {
    clock: { now: () => now, monotonic: () => monotonic, after: () => () => {}, spend: () => {} },
    random: random.fork('snapshot'),
    disk: overlay(disk),
    network: { connect: (_address, on) => on.closed('refused') },
    lua: { open: () => lua.open(), sliceCostUs: 0 },
    surroundings,
    stdout: () => {},
    stderr: () => {},
    exit: () => {},
  };
}
