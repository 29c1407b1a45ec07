/*
 * What the real redis-cli --cluster says
 * --------------------------------------
 * Runs the scenes of src/terminal/programs/redis-cli/cluster/scenes.json with the real tool against real servers and
 * writes down what it printed. The test plays the same scenes on simulated hosts.
 *
 *   npm run goldens:cluster -- 23500        ports 23500 and on; their bus uses those ten thousand above
 *
 * In a scene @0 is node 0's address, @@0 its port and #0 its id. Nodes 0 to 5 and 7 are cluster nodes, 6 is none.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pauseMs, referenceProgram, startRealServer, type RunningServer } from './reference-redis.ts';

interface Scene {
  run?: string;
  input?: string;
  tell?: string[];
  settle?: true;
}

const FOLDER = 'src/terminal/programs/redis-cli/cluster';
const NODES = 8;
const ALONE = 6;
const base = Number(process.argv[2] ?? 7800);
const cli = referenceProgram('redis-cli');

const ask = (node: number, ...words: string[]): string => spawnSync(cli, ['-p', String(base + node), ...words], { encoding: 'latin1' }).stdout.trim();

const ids: string[] = [];

function filled(text: string): string {
  return text.replace(/@@(\d)/g, (_, node) => String(base + Number(node))).replace(/@(\d)/g, (_, node) => `127.0.0.1:${base + Number(node)}`).replace(/#(\d)/g, (_, node) => ids[Number(node)] ?? '');
}

/** What a node says of slots and masters, in an order of its own. */
const view = (node: number): string => ask(node, 'CLUSTER', 'NODES').split('\n').map((line) => line.replace('myself,', '').split(' ').filter((_, i) => i < 1 || i === 2 || i === 3 || i > 7).join(' ')).sort().join('\n');

async function settle(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const views = new Map<string, number>();
    for (const node of [0, 1, 2, 3, 4]) views.set(view(node), (views.get(view(node)) ?? 0) + 1);
    const [first] = [...views.values()].sort((a, b) => b - a);
    const members = ask(0, 'CLUSTER', 'NODES').split('\n').length;
    if (first !== undefined && first >= members && ask(0, 'CLUSTER', 'INFO').includes('cluster_state:ok')) break;
    await pauseMs(100);
  }
  await pauseMs(1500);
}

async function main(): Promise<void> {
  const scenes = JSON.parse(readFileSync(join(FOLDER, 'scenes.json'), 'utf8')) as Scene[];
  const servers: RunningServer[] = [];
  for (let node = 0; node < NODES; node++) {
    servers.push(await startRealServer(base + node, node === ALONE ? [] : ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000']));
    ids.push(node === ALONE ? '' : ask(node, 'CLUSTER', 'MYID'));
  }
  const told: { stdout: string; stderr: string; code: number | null }[] = [];
  for (const scene of scenes) {
    if (scene.settle === true) await settle();
    if (scene.tell !== undefined) ask(0, ...scene.tell.map(filled));
    if (scene.run === undefined) continue;
    const child = spawn(cli, filled(scene.run).split(' '), { env: { ...process.env, TERM: 'xterm' } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
    child.stdin.end(scene.input ?? '');
    const code = await new Promise<number | null>((done) => void child.on('close', done));
    told.push({ stdout, stderr, code });
  }
  for (const server of servers) await server.stop();
  writeFileSync(join(FOLDER, 'scenes.goldens.json'), `${JSON.stringify({ base, ids, told }, null, 1)}\n`);
}

await main();
