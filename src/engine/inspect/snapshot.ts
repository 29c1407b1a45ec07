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
import type { Disk, DiskError, Env } from '../env.ts';
import type { ServerForCommands } from '../command.ts';
import { duplicateObject } from '../keyspace/types.ts';
import { encodeReply } from '../protocol/writer.ts';
import type { Reply } from '../reply.ts';
import { Server } from '../server.ts';

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
  for (const { id, keys, expires } of original.databases) {
    const copy = server.databases[id];
    if (copy === undefined || keys.size === 0) continue;
    copy.keys.expand(keys.size);
    for (let table: 0 | 1 = 0; table < 2; table++) {
      const from = table === 0 ? 0 : 1;
      for (let bucket = 0; bucket < keys.buckets(from); bucket++) {
        for (let entry = keys.chainAt(from, bucket); entry !== undefined; entry = entry.next) copy.keys.add(entry.key, duplicateObject(entry.value));
      }
      for (let bucket = 0; bucket < expires.buckets(from); bucket++) {
        for (let entry = expires.chainAt(from, bucket); entry !== undefined; entry = entry.next) copy.expires.add(entry.key, entry.value);
      }
    }
  }
  server.acl.replaceAll(original.acl.all());
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

/** Reads go through to `below` until a path is written; writes stay here. */
function overlay(below: Disk): Disk {
  const written = new Map<string, Bytes | undefined>();
  const missing: DiskError = { code: 'ENOENT', message: 'No such file or directory' };
  const read = (path: string): Bytes | DiskError => (written.has(path) ? (written.get(path) ?? missing) : below.read(path));
  return {
    read,
    write: (path, content) => void written.set(path, content),
    append: (path, content) => {
      const before = read(path);
      written.set(path, (typeof before === 'string' ? before : '') + content);
      return undefined;
    },
    rename: (from, to) => {
      const content = read(from);
      if (typeof content !== 'string') return content;
      written.set(to, content);
      written.set(from, undefined);
      return undefined;
    },
    remove: (path) => {
      if (typeof read(path) !== 'string') return missing;
      written.set(path, undefined);
      return undefined;
    },
    makeDirectory: () => undefined,
    list: (path) => below.list(path),
    stat: (path) => {
      const content = written.has(path) ? read(path) : undefined;
      if (content === undefined) return below.stat(path);
      return typeof content === 'string' ? { kind: 'file', sizeBytes: content.length, modifiedMs: 0 } : content;
    },
    sync: () => {},
    open: () => missing,
  };
}
