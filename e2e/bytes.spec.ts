/*
 * Bytes stay bytes in the browser: in at the prompt, out on the screen, through pipes and files, and in the key
 * browser. And the browser is no other world than Node: a session recorded here, or a data centre with all its faults,
 * replays to the same run hash in Node, on the page's own thread and in a worker.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { Session } from '../src/lab/session.ts';
import { encodeRecording, type Scenario } from '../src/simulation/index.ts';
import { programs } from '../src/terminal/index.ts';
import { SandboxPage } from './pages/sandbox.ts';
import { SHELL } from './pages/terminal.ts';
import { bundled } from './support/bundle.ts';
import { replay, type Replayed } from './support/replay.ts';
import { expect, test } from './support/test.ts';
import { printed, watchWorker } from './support/worker-watch.ts';

const ALL = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** As redis-cli prints a string: letters of C for the few it knows, \xHH for what cannot be seen. */
function asPrinted(bytes: string): string {
  const named: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };
  return `"${[...bytes].map((byte) => named[byte] ?? (byte >= ' ' && byte <= '~' ? byte : `\\x${hex(byte.charCodeAt(0))}`)).join('')}"`;
}

test('all 256 values go in as escapes, come out quoted, raw, through a pipe and a file, and in the key browser', async ({ page, faults }) => {
  // Raw bytes hold control sequences that are none; xterm says so and goes on, as a terminal should.
  faults.expected(/xterm\.js: Parsing error/);
  await watchWorker(page);
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const terminal = sandbox.terminal();
  const line = `SET all "${[...ALL].map((byte) => `\\x${hex(byte.charCodeAt(0))}`).join('')}"`;
  await terminal.paste(`${line}\n`);
  await terminal.shows(/\nOK\n/);
  await terminal.run('STRLEN all');
  expect(await terminal.replyTo('STRLEN all')).toBe('(integer) 256');
  await terminal.run('GET all');
  expect(await printed(page)).toContain(`${asPrinted(ALL)}\r\n`);

  // Raw, the very bytes come to the terminal; its line discipline makes CR LF of each LF.
  await terminal.run('exit', SHELL);
  await terminal.run('redis-cli --raw GET all', /./);
  await expect.poll(async () => (await printed(page)).includes(`${ALL.replaceAll('\n', '\r\n')}\r\n`), { message: 'the raw bytes' }).toBe(true);
  await terminal.press('Control+L');
  await terminal.run('redis-cli --raw GET all > all.bin', SHELL);
  await terminal.run('redis-cli -x SET copy < all.bin', SHELL);
  await terminal.run('redis-cli STRLEN copy', SHELL);
  // One more: the line end that redis-cli prints after a raw reply.
  expect(await terminal.replyTo('redis-cli STRLEN copy')).toBe('(integer) 257');
  await terminal.run('redis-cli LCS all copy LEN', SHELL);
  expect(await terminal.replyTo('redis-cli LCS all copy LEN')).toBe('(integer) 256');

  await sandbox.key(/^all/).click();
  await expect(sandbox.details).toContainText('256 bytes');
  const shown = await sandbox.details.getByRole('tabpanel', { name: 'Value' }).innerText();
  const bytes = shown.split('\n').map((row) => row.slice(8, 55).trim()).join(' ');
  expect(bytes).toBe([...ALL].map((byte) => hex(byte.charCodeAt(0))).join(' '));
});

test('typed text is UTF-8 on the way in and text again on the way out, in both forms of the terminal', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const terminal = sandbox.terminal();
  await terminal.paste('SET größe "Ü 日本 🙂 Ж"\n');
  await terminal.shows('OK');
  await terminal.paste('STRLEN größe\n');
  await terminal.shows('(integer) 17');
  await terminal.run('exit', SHELL);
  await terminal.paste('redis-cli --raw GET größe\n');
  await terminal.shows(/\nÜ 日 ?本 ?🙂 ?\s*Ж/);
  await expect(sandbox.key(/^größe/)).toBeVisible();
  await page.getByRole('button', { name: 'Plain' }).click();
  await terminal.send('redis-cli --raw GET größe | cat');
  await expect(terminal.log.getByText('Ü 日本 🙂 Ж', { exact: true }).last()).toBeVisible();
});

test('a session recorded in Chromium is the same run in Node, on the page’s thread and in a worker', async ({ page }) => {
  await watchWorker(page);
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const terminal = sandbox.terminal();
  for (const line of ['MSET a 1 b 2 c 3 d 4', 'RANDOMKEY', 'EXPIRE a 100', 'APPEND b "\\xff\\x00\\x80"', 'SCAN 0 COUNT 2', 'TIME', 'INFO server', 'OBJECT ENCODING b', 'INCRBYFLOAT c 0.1', 'ACL GENPASS']) await terminal.run(line);
  await page.getByRole('button', { name: 'Open another terminal' }).click();
  await sandbox.terminal('b').run('CLIENT ID');
  await page.getByRole('button', { name: 'More' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Save as a file' }).click()]);
  const recording = await readFile(await download.path(), 'utf8');
  const live = await printed(page);

  const inNode = replay(recording);
  expect(inNode.runHash).toMatch(/^[0-9a-f]{16}$/);
  // What the learner saw is what the replay prints; bytes of the two terminals may be interleaved otherwise.
  expect([...inNode.printed].sort().join('')).toBe([...live].sort().join(''));

  expect(await replaysIn(page, recording)).toEqual([inNode, inNode]);
});

test('a data centre with slow lines, faults, two failovers and somebody at a prompt is the same run in Node, on the page’s thread and in a worker', async ({ page }) => {
  test.slow();
  const session = new Session(dataCentre(), programs);
  const pass = (seconds: number): void => session.simulation.advance(seconds * 1e6);
  pass(12);
  session.take({ kind: 'open', tty: 'a', host: 'n2', columns: 80, rows: 24, run: 'redis-cli -c' });
  // No script among them: a page fetches Lua when one comes, and the replay here waits for nothing.
  for (const line of ['SET shoe 42\r', 'SPOP nothing\r', 'ZADD z 0.1 a 2.5e-7 b\r', 'GEOADD g 13.361389 38.115556 p 15.087269 37.502669 c\r', 'GEODIST g p c\r', 'PFADD h a b c d\r', 'PFCOUNT h\r', 'CLUSTER NODES\r']) {
    session.take({ kind: 'type', tty: 'a', bytes: line });
    pass(0.4);
  }
  session.take({ kind: 'fault', text: 'power-loss n1' });
  pass(10.000001);
  session.take({ kind: 'fault', text: 'restart n1' });
  session.take({ kind: 'fault', text: 'crash p1' });
  pass(12);
  const recording = encodeRecording(session.recording());
  const inNode = replay(recording);
  expect(inNode.runHash).toBe(session.simulation.runHash);
  expect(session.simulation.eventLog?.latest(5000, false).map(({ what }) => what).join('\n')).toMatch(/has won epoch[\s\S]*\+switch-master/);
  await page.goto('/');
  expect(await replaysIn(page, recording)).toEqual([inNode, inNode]);
});

/** A cluster of six and a master with a replica under three Sentinels, on lines whose delays are drawn, with a client that writes. */
function dataCentre(): Scenario {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
  const sentinel = 'protected-mode no\nsentinel resolve-hostnames yes\nsentinel monitor main p1 6379 2\nsentinel down-after-milliseconds main 2000\n';
  return {
    seed: 77, epochMs: 1_800_000_000_000,
    hosts: [
      ...nodes.map((name) => ({ name, run: ['redis-server --protected-mode no --cluster-enabled yes --cluster-node-timeout 3000'] })),
      { name: 'p1', run: ['redis-server --protected-mode no --repl-diskless-sync-delay 0'] },
      { name: 'r1', run: ['redis-server --protected-mode no --repl-diskless-sync-delay 0 --replicaof p1 6379'] },
      ...['s1', 's2', 's3'].map((name) => ({ name, files: { 'sentinel.conf': sentinel }, run: ['redis-sentinel sentinel.conf'] })),
      { name: 'admin', run: [`sleep 1; redis-cli --cluster create ${nodes.map((name) => `${name}:6379`).join(' ')} --cluster-replicas 1 --cluster-yes > made.txt`, 'sleep 9; workload -e 200 orders n1:6379 n2:6379 n3:6379 > ledger'] },
    ],
    timeline: [{ atUs: 0, fault: 'delay * - * ~2ms' }, { atUs: 0, fault: 'loss n2 - n5 2%' }],
  };
}

/** What the recording replays to on the page's own thread, and in a worker. */
async function replaysIn(page: Page, recording: string): Promise<readonly Replayed[]> {
  const [script, worker] = [await bundled('replay-page.ts'), await bundled('replay-worker.ts')];
  await page.route('**/replay-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: route.request().url().endsWith('page.js') ? script : worker }));
  const onPage = await page.evaluate(async (text) => {
    const module = await import(`${location.origin}/replay-page.js`) as { replay: (recording: string) => unknown };
    return module.replay(text);
  }, recording) as Replayed;
  const inWorker = await page.evaluate((text) => new Promise((done, fail) => {
    const made = new Worker('/replay-worker.js', { type: 'module' });
    made.onmessage = (event) => done(event.data);
    made.onerror = (event) => fail(new Error(event.message));
    made.postMessage(text);
  }), recording) as Replayed;
  return [onPage, inWorker];
}
