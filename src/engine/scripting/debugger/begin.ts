/*
 * EVAL of a client that debugs
 * ----------------------------
 * The real server forks: the child debugs with its copy of the dataset, the connection is the child's from then on, and
 * the parent goes on as if the client had left. Here a second Server gets the connection, the data and EVAL, in a
 * world of its own: it shares the clock, and its writes reach no file, no replica and no other client. When the
 * script is over the connection is closed, and the copy is forgotten with all that was done to it.
 *
 * In sync mode there is no copy: the server itself stands still for everybody else until the session is over.
 */
import type { Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import type { Ctx, Twin } from '../../command.ts';
import type { Env } from '../../env.ts';
import { copyData, overlay } from '../../inspect/copy.ts';
import { CommandError, errorReply, OK, SUSPENDED, type Reply } from '../../reply.ts';
import { DebugSession } from './session.ts';

/** Runs EVAL under the debugger; `evaluate` does what EVAL does without one. */
export function evalUnderDebugger(ctx: Ctx, evaluate: () => Reply): Reply {
  if (ctx.client.debugs === 'copy') return debugInCopy(ctx);
  return debugHere(ctx, evaluate);
}

function debugInCopy({ server, client, argv }: Ctx): Reply {
  const { socket } = client;
  if (socket === undefined) throw new Error('who debugs has a connection');
  const copy = server.twin(worldOfCopy(server.env));
  copyData(server, copy);
  let exited = false;
  const exit = (): void => {
    if (!exited) server.log('notice', 'Lua debugging session child exiting');
    exited = true;
  };
  const close = (): void => {
    exit();
    socket.close();
  };
  const events = copy.accept({ peer: socket.peer, local: socket.local, send: (chunk) => socket.send(chunk), close });
  const [child] = copy.clients.values();
  if (child === undefined) throw new Error('the copy has taken the connection');
  become(child, client, copy);
  child.debugs = 'sync';
  server.log('notice', 'Redis forked for debugging eval');
  server.handOver(client, {
    data: (chunk) => events.data(chunk),
    closed: (reason) => {
      events.closed(reason);
      exit();
    },
  });
  copy.asEvent(() => copy.processCommand(child, argv));
  return OK; // nobody hears it: here the client has gone
}

/** The child's client goes on where the parent's was. */
function become(child: Client, parent: Client, copy: Twin): void {
  child.db = copy.databases[parent.db.id] ?? child.db;
  child.resp = parent.resp;
  child.user = copy.acl.user(parent.user.name) ?? child.user;
  child.authenticated = parent.authenticated;
  child.name = parent.name;
}

function worldOfCopy(env: Env): Env {
  return {
    ...env,
    random: env.random.fork('debugger'),
    disk: overlay(env.disk),
    network: { connect: (_address, on) => on.closed('refused') },
    stdout: () => {},
    exit: () => {},
  };
}

function debugHere({ server, client, argv }: Ctx, evaluate: () => Reply): Reply {
  const { scripting } = server;
  server.log('notice', 'Redis synchronous debugging eval session started');
  const ended = (): void => server.log('notice', 'Redis synchronous debugging eval session ended');
  const session = new DebugSession(server, client, argv[1] as Bytes, { goOn: (run) => scripting.goOnDebugged(run), ended });
  scripting.debugging = session;
  client.taker = session;
  const reply = answerOf(evaluate);
  if (reply === SUSPENDED) server.standStill();
  else {
    scripting.debugging = undefined;
    session.end();
  }
  return reply;
}

function answerOf(evaluate: () => Reply): Reply {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return errorReply(error.text);
  }
}
