/*
 * npm run goldens:bus: records what real nodes say to each other
 * --------------------------------------------------------------
 * Four real servers form a cluster; each announces the port of a proxy as that of its bus, so that everything
 * passes through this program. They meet, publish, change places, fail and come back; of each kind of message
 * the first is kept, byte for byte.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { REDIS_VERSION } from '../../engine/index.ts';
import { freePort, NoReferenceRedis, pauseMs, referenceProgram, startRealServer, type RunningServer } from '../reference-redis.ts';
import { shown } from './runs.ts';

const FILE = 'src/node/cluster-bus/recorded.json';
const HEADER_BYTES = 2256;
const NAMES = ['ping', 'pong', 'meet', 'fail', 'publish', 'auth-req', 'auth-ack', 'update', 'mfstart', 'module', 'publishshard'];

const kept = new Map<string, string>();

/** Kinds differ in type, in what follows the header, and in the flags of the message. */
function keep(message: Buffer): void {
  const type = NAMES[message.readUInt16BE(12)] ?? 'unknown';
  const gossip = message.readUInt16BE(14);
  const extensions: number[] = [];
  if (message.readUInt16BE(12) < 3) {
    for (let at = HEADER_BYTES + gossip * 104; at < message.length; at += message.readUInt32BE(at)) extensions.push(message.readUInt16BE(at + 4));
  }
  const kind = [type, ...(gossip > 0 ? ['gossip'] : []), ...extensions.map((each) => `extension ${each}`), `flags ${message.readUInt8(2253)}`].join(', ');
  if (!kept.has(kind)) kept.set(kind, shown(message.toString('latin1')));
}

function listenTo(socket: net.Socket): void {
  let waiting: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 8 && waiting.length >= waiting.readUInt32BE(4)) {
      const length = waiting.readUInt32BE(4);
      keep(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  });
}

/** Listens in front of a node's bus. */
async function proxy(target: number): Promise<{ readonly port: number; close(): void }> {
  const port = await freePort();
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      listenTo(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done));
  return { port, close: () => { server.close(); for (const socket of sockets) socket.destroy(); } };
}

const ask = ({ port }: RunningServer, ...words: string[]): string => spawnSync(referenceProgram('redis-cli'), ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim();

async function record(): Promise<void> {
  const nodes: RunningServer[] = [];
  const proxies: { readonly port: number; close(): void }[] = [];
  for (let i = 0; i < 4; i++) {
    const [port, busPort] = [await freePort(), await freePort()];
    const front = await proxy(busPort);
    proxies.push(front);
    nodes.push(await startRealServer(port, [
      '--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-bus-port', String(front.port), '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '1500',
      '--repl-diskless-sync-delay', '0', '--enable-debug-command', 'yes', ...(i === 1 ? ['--cluster-announce-hostname', 'host-b', '--cluster-announce-human-nodename', 'bee'] : []),
    ]));
  }
  const [a, b, c, d] = nodes as [RunningServer, RunningServer, RunningServer, RunningServer];
  try {
    for (const [i, node] of [a, b, c].entries()) ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(i * 5461), i === 2 ? '16383' : String(i * 5461 + 5460));
    for (const [i, node] of [b, c, d].entries()) ask(a, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(proxies[i + 1]?.port));
    await pauseMs(4000);
    ask(d, 'CLUSTER', 'REPLICATE', ask(a, 'CLUSTER', 'MYID'));
    await pauseMs(3000);
    ask(a, 'PUBLISH', 'channel', 'a message to all');
    ask(a, 'SPUBLISH', '{b}channel', 'a message to the shard');
    ask(d, 'CLUSTER', 'FAILOVER');
    await pauseMs(3000);
    // The new master stops for a while: it fails, is replaced, and hears of that when it comes back.
    process.kill(d.pid, 'SIGSTOP');
    await pauseMs(7000);
    process.kill(d.pid, 'SIGCONT');
    await pauseMs(3000);
    ask(b, 'CLUSTER', 'FORGET', ask(d, 'CLUSTER', 'MYID'));
    await pauseMs(1500);
  } finally {
    for (const each of proxies) each.close();
    for (const node of nodes) await node.stop();
  }
  const lines = [...kept].sort(([one], [other]) => (one < other ? -1 : 1)).map(([kind, bytes]) => `    ${JSON.stringify(kind)}: ${JSON.stringify(bytes)}`);
  writeFileSync(FILE, `{\n  "redisVersion": ${JSON.stringify(REDIS_VERSION)},\n  "messages": {\n${lines.join(',\n')}\n  }\n}\n`);
  process.stdout.write(`${kept.size} kinds of messages: ${[...new Set([...kept.keys()].map((kind) => kind.split(',')[0]))].join(', ')}\n`);
}

try {
  await record();
} catch (error) {
  if (!(error instanceof NoReferenceRedis)) throw error;
  process.stderr.write(`goldens: ${error.message}\n`);
  process.exitCode = 2;
}
