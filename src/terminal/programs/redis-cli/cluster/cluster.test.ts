/*
 * redis-cli --cluster on simulated hosts says what the real tool said to real servers (scenes.json, recorded by
 * src/node/record-cluster-tool.ts). The order in which nodes are listed is chance in the real server, so what is
 * said of each node is put in order on both sides before it is compared.
 */
import { expect, test } from 'vitest';
import { testWorld } from '../../../testing.ts';
import goldens from './scenes.goldens.json' with { type: 'json' };
import scenes from './scenes.json' with { type: 'json' };

const NODES = 8;
const ALONE = 6;
const FIRST_PORT = 7810;

interface Told {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Ids and ports get the names that scenes call them by; chance is taken out. */
function tidy(text: string, ids: readonly string[], base: number): string {
  let plain = text;
  for (const [node, id] of ids.entries()) if (id !== '') plain = plain.replaceAll(id, `#${node}`).replaceAll(id.slice(0, 8), `#${node}`);
  plain = plain.replace(new RegExp(`\\b${Math.floor(base / 10)}(\\d)\\b`, 'g'), (_, node: string) => `@${node}`);
  plain = plain.replace(/(Covering slot 100 with) .*/, '$1 somebody').replace(/^\.*\n/gm, '');
  return inOrder(plain.split('\n')).join('\n');
}

/** Neighbours that each speak of one node are sorted, with the lines that hang under them. */
function inOrder(lines: readonly string[]): string[] {
  const blocks: { text: string; node: boolean }[] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    if (last !== undefined && /^( {3}|#)/.test(line) && last.node) last.text += `\n${line}`;
    else blocks.push({ text: line, node: /^(\x1b\[0m)?(\x1b\[31;1m\[WARNING\] Node |\s*[MS]: #|127\.0\.0\.1:@\d(:| \(| balance)|Migrating |Moving \d+ slots )/.test(line) });
  }
  const sorted: string[] = [];
  for (let i = 0; i < blocks.length; ) {
    let end = i;
    while (blocks[end]?.node === true) end++;
    if (end > i) sorted.push(...blocks.slice(i, end).map(({ text }) => text.replaceAll('\x1b[0m', '')).sort());
    else sorted.push(blocks[end++]?.text.replaceAll('\x1b[0m', '') ?? '');
    i = end;
  }
  return sorted;
}

const quoted = (word: string): string => `'${word}'`;

test('the cluster tool makes, checks, changes, repairs and takes apart a cluster as the real one does', () => {
  const world = testWorld({
    run: Array.from({ length: NODES }, (_, node) => `redis-server --port ${FIRST_PORT + node} ${node === ALONE ? '' : `--cluster-enabled yes --cluster-node-timeout 5000 --cluster-config-file nodes-${node}.conf`}`),
  });
  const shell = world.open();
  const run = (line: string): Told => {
    shell.type('rm -f code\r');
    shell.type(`${line} > out 2> err; echo $? > code\r`, 100_000);
    for (let tries = 0; tries < 100 && (world.file('/home/learner/code') ?? '') === ''; tries++) world.advance(1_000_000);
    return { stdout: world.file('/home/learner/out') ?? '', stderr: world.file('/home/learner/err') ?? '', code: Number(world.file('/home/learner/code')) };
  };
  run("export TERM=xterm");
  const ids = Array.from({ length: NODES }, (_, node) => (node === ALONE ? '' : run(`redis-cli -p ${FIRST_PORT + node} CLUSTER MYID`).stdout.trim()));
  const filled = (text: string): string =>
    text.replace(/@@(\d)/g, (_, node) => String(FIRST_PORT + Number(node))).replace(/@(\d)/g, (_, node) => `127.0.0.1:${FIRST_PORT + Number(node)}`).replace(/#(\d)/g, (_, node) => ids[Number(node)] ?? '');
  let next = 0;
  for (const scene of scenes) {
    if (scene.settle === true) world.advance(8_000_000);
    if (scene.tell !== undefined) run(['redis-cli', ...scene.tell.map((word) => quoted(filled(word)))].join(' '));
    if (scene.run === undefined) continue;
    const golden = goldens.told[next++] as Told;
    const line = ['redis-cli', ...filled(scene.run).split(' ').map(quoted)].join(' ');
    const ours = run(`printf ${quoted((scene.input ?? '').replaceAll('\n', '\\n'))} | ${line}`);
    const shown = (told: Told, names: readonly string[], base: number): Told => ({ stdout: tidy(told.stdout, names, base), stderr: tidy(told.stderr, names, base), code: told.code });
    expect(shown(ours, ids, FIRST_PORT), scene.run).toEqual(shown(golden, goldens.ids, goldens.base));
  }
}, 60_000);
