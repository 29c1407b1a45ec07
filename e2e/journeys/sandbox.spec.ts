/* The sandbox: what is in the server, live; files and an editor; sharing; and everything back after a reload. */
import { readFileSync } from 'node:fs';
import { SandboxPage } from '../pages/sandbox.ts';
import { SHELL } from '../pages/terminal.ts';
import { expect, test } from '../support/test.ts';

test('the key browser follows the server and shows a value in each form', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const terminal = sandbox.terminal();
  await expect(sandbox.keys).toContainText('Database 0 is empty');
  await terminal.run('MSET user:1:name Ada user:2:name Bob stock:lamp 3');
  await expect(sandbox.key(/^user:/)).toContainText('2');
  await expect(sandbox.key(/^stock:lamp/)).toBeVisible();
  await terminal.run('SET cart:7 \'{"lamp":1}\' EX 500');
  await expect(sandbox.key(/^cart:7/)).toContainText(/8 m \d+ s/);

  await sandbox.key(/^cart:7/).click();
  await expect(sandbox.fact('Type')).toContainText('string');
  await expect(sandbox.fact('Encoding')).toContainText('embstr');
  await expect(sandbox.fact('Lifetime')).toContainText('TTL cart:7');
  await expect(sandbox.fact('Memory')).toContainText('MEMORY USAGE cart:7');
  await expect(sandbox.details.getByRole('tabpanel', { name: 'Value' })).toHaveText(/\{\s*"lamp": 1\s*\}/);
  await sandbox.details.getByRole('tab', { name: 'Bytes' }).click();
  await expect(sandbox.details.getByRole('tabpanel', { name: 'Value' })).toContainText('000000  7b 22 6c 61 6d 70 22 3a 31 7d');

  // Looking is not touching: the server saw only what was typed.
  await sandbox.tab('Log');
  await expect(sandbox.details.getByRole('row')).toHaveCount(3);
  await expect(sandbox.details.getByRole('row').last()).toContainText('SET cart:7');

  await sandbox.tab('Key');
  await terminal.run('DEL cart:7');
  await expect(sandbox.details).toContainText('This key is not there any more');
  await sandbox.keys.getByRole('textbox', { name: 'Pattern of keys' }).fill('user:*');
  await expect(sandbox.key(/^stock:lamp/)).toHaveCount(0);
  await expect(sandbox.keys).toContainText('SCAN 0 MATCH user:* COUNT 1000');
  await terminal.run('SELECT 5');
  await terminal.run('SET user:other db');
  await sandbox.keys.getByRole('combobox', { name: 'Database' }).selectOption('5');
  await expect(sandbox.key(/^user:other/)).toBeVisible();
});

test('the last row and the last column of a terminal can be read', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const outer = await page.locator('.terminal-screen').boundingBox();
  const inner = await page.locator('.xterm-screen').boundingBox();
  if (outer === null || inner === null) throw new Error('there is no terminal');
  expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width);
  expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height);
});

test('panels are closed, stay closed, and dividers move by keyboard', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await page.getByRole('button', { name: 'Close keys' }).click();
  await expect(sandbox.keys).toHaveCount(0);
  const divider = page.getByRole('separator', { name: 'Between the middle and the details' });
  const before = Number(await divider.getAttribute('aria-valuenow'));
  await divider.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(divider).toHaveAttribute('aria-valuenow', String(before - 4));
  await page.reload();
  await sandbox.terminal().waits();
  await expect(sandbox.keys).toHaveCount(0);
  await expect(divider).toHaveAttribute('aria-valuenow', String(before - 4));
  await page.getByRole('button', { name: 'Keys', exact: true }).click();
  await expect(sandbox.keys).toBeVisible();
});

test('a share link gives another browser the same server', async ({ page, browser }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET shared "across browsers"');
  await sandbox.terminal().run('INCRBY visits 41');
  const link = await sandbox.share();
  expect(link.length).toBeLessThan(8000);

  const elsewhere = await browser.newContext({ serviceWorkers: 'block' });
  const guest = new SandboxPage(await elsewhere.newPage());
  await guest.page.goto(link);
  await guest.terminal().waits();
  await expect(guest.key(/^shared/)).toBeVisible();
  await guest.terminal().run('INCR visits');
  expect(await guest.terminal().replyTo('INCR visits')).toBe('(integer) 42');
  await guest.terminal().run('GET shared');
  expect(await guest.terminal().replyTo('GET shared')).toBe('"across browsers"');
  await elsewhere.close();
});

test('a damaged link, a foreign file and a recording of a newer format get a sentence each, and nothing is lost', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET mine yes');
  const link = await sandbox.share();
  await sandbox.kept('SET mine yes');

  const alert = page.getByRole('alert');
  const broken = `${link.slice(0, -12)}AAAAAAAAAAAA`;
  await page.goto('/about');
  await page.goto(broken);
  await expect(alert).toContainText('This link is damaged');
  await expect(alert).toContainText('Your own sandbox is untouched.');
  // One's own sandbox stands below the refusal.
  await sandbox.terminal().waits();
  await sandbox.terminal().run('GET mine');
  expect(await sandbox.terminal().replyTo('GET mine')).toBe('"yes"');

  const file = page.getByLabel('Sandbox file');
  await file.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('a shopping list') });
  await expect(alert).toContainText('This is not a Keyspace recording.');
  await file.setInputFiles({ name: 'later.keyspace', mimeType: 'text/plain', buffer: Buffer.from('keyspace-recording 99 0000000000000000\n{}') });
  await expect(alert).toContainText(/newer version|version/i);
  await sandbox.terminal().run('EXISTS mine');
  expect(await sandbox.terminal().replyTo('EXISTS mine')).toBe('(integer) 1');
});

test('a file of the host is written in the editor, and the editor is fetched only then', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.tab('Files');
  await sandbox.details.getByRole('button', { name: 'New file' }).waitFor();
  expect(asked.filter((url) => /monaco|code-editor/.test(url))).toEqual([]);
  await sandbox.details.getByRole('button', { name: /New file/ }).click();
  const editor = sandbox.details.getByRole('textbox', { name: /^Text of .*redis\.conf/ });
  await expect(editor).toBeFocused({ timeout: 20_000 });
  expect(asked.filter((url) => /monaco|code-editor/.test(url)).length).toBeGreaterThan(0);
  await page.keyboard.type('port 7000');
  await sandbox.details.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('.notices')).toContainText('redis.conf is saved on local.');

  await page.getByRole('button', { name: 'Shell', exact: true }).click();
  const shell = sandbox.terminal('b');
  await shell.run('cat redis.conf; echo', SHELL);
  await shell.shows('port 7000');
  await shell.run('redis-server redis.conf > log.txt &', SHELL);
  await shell.run('redis-cli -p 7000 PING', SHELL);
  await shell.shows('PONG');
  await sandbox.details.getByRole('button', { name: 'Files' }).first().click();
  await expect(sandbox.details).toContainText('log.txt');
});

test('a reload brings back keys, terminals and what was typed', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET kept "over a reload"');
  await page.getByRole('button', { name: 'Open another terminal' }).click();
  await sandbox.terminal('b').waits();
  await sandbox.terminal('b').run('SELECT 4');
  await sandbox.terminal('b').run('SET also here');
  await sandbox.kept('SET also here');
  await page.reload();
  await expect(page.getByRole('tab', { name: / b$/ })).toBeVisible();
  await sandbox.terminal().waits();
  await sandbox.terminal().shows('SET kept "over a reload"');
  await sandbox.terminal().run('GET kept');
  expect(await sandbox.terminal().replyTo('GET kept')).toBe('"over a reload"');
  await page.getByRole('tab', { name: / b$/ }).click();
  await sandbox.terminal('b').run('GET also', /\[4\]>$/);
  expect(await sandbox.terminal('b').replyTo('GET also')).toBe('"here"');
});

test('two tabs keep a sandbox each, and have it again after a reload', async ({ page, context }) => {
  const first = new SandboxPage(page);
  await first.open();
  await first.terminal().run('SET mine one');
  await first.kept('SET mine one');
  const second = new SandboxPage(await context.newPage());
  await second.open();
  await expect(second.page.getByText('Another tab has this open')).toBeVisible();
  await second.terminal().run('SET mine two');
  await second.kept('SET mine two', 'sandbox~2');
  for (const [sandbox, value] of [[first, 'one'], [second, 'two']] as const) {
    await sandbox.page.reload();
    await sandbox.terminal().waits();
    await sandbox.terminal().shows(`SET mine ${value}`);
    await sandbox.terminal().run('GET mine');
    expect(await sandbox.terminal().replyTo('GET mine')).toBe(`"${value}"`);
  }
  // With the first gone, the second is still the second.
  await page.close();
  await second.page.reload();
  await second.terminal().shows('SET mine two');
});

test('begin anew asks first, and a sandbox goes through a file', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET here 1');
  await page.getByRole('button', { name: 'More' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Save as a file' }).click()]);
  const path = await download.path();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Begin a new sandbox' }).click();
  await page.getByRole('button', { name: 'Begin anew' }).click();
  await expect(sandbox.keys).toContainText('Database 0 is empty');
  await page.getByLabel('Sandbox file').setInputFiles(path);
  await expect(sandbox.key(/^here/)).toBeVisible();
});

test('a shared sandbox is looked at without giving up one’s own, and one’s own comes back after trying it', async ({ page, browser }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET whose mine');
  await sandbox.kept('SET whose mine');
  const elsewhere = await browser.newContext({ serviceWorkers: 'block' });
  const friend = new SandboxPage(await elsewhere.newPage());
  await friend.open();
  await friend.terminal().run('SET whose theirs');
  const link = await friend.share();
  await elsewhere.close();

  await page.goto('/about');
  await page.goto(link);
  await sandbox.terminal().shows('SET whose theirs');
  await page.goto('/about');
  await sandbox.open();
  await sandbox.terminal().run('GET whose');
  expect(await sandbox.terminal().replyTo('GET whose')).toBe('"mine"');
  await sandbox.kept('GET whose');

  await page.goto('/about');
  await page.goto(link);
  await sandbox.terminal().shows('SET whose theirs');
  await sandbox.terminal().run('APPEND whose ", and tried"');
  await page.locator('.notices').getByRole('button', { name: 'Go back to mine' }).click();
  await sandbox.terminal().shows('SET whose mine');
  await sandbox.terminal().run('GET whose');
  expect(await sandbox.terminal().replyTo('GET whose')).toBe('"mine"');
});

/** Saved by a real Redis 8.0.2: user:1, user:2 (strings), queue (a list), scores (a sorted set), cart (a hash). */
const SNAPSHOT = Buffer.from(
  'UkVESVMwMDEy+glyZWRpcy12ZXIFOC4wLjL6CnJlZGlzLWJpdHPAQPoFY3RpbWXC/rMIa/oIdXNlZC1tZW3CGF8MAPoIYW9mLWJhc2XAAP4A+wUAAAZ1c2VyOjEDQWRhEgVxdWV1ZQECEBAAAAADAIFhAoFiAoFjAv8ABnVzZXI6MgNCb2IRBnNjb3JlcxUVAAAABACD'
  + 'Ym9iBAEBg2FubgQDAf8QBGNhcnQYGAAAAAQAhGxhbXAFAQGFY2hhaXIGAgH//1VwHU/WF/Xm', 'base64');

test('a snapshot of a real server is dropped on the page, explored, and the disk goes both ways', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await sandbox.terminal().run('SET mine 1');
  await sandbox.kept('SET mine 1');
  const bytes = SNAPSHOT.toString('latin1');
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(content, (character) => character.charCodeAt(0))], 'dump.rdb'));
    return data;
  }, bytes);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(sandbox.key(/^cart/)).toBeVisible();
  await expect(sandbox.key(/^user:/)).toContainText('2');
  await sandbox.key(/^scores/).click();
  await expect(sandbox.fact('Type')).toContainText('zset');
  const terminal = sandbox.terminal();
  await terminal.waits();
  await terminal.run('LRANGE queue 0 -1');
  await terminal.shows('3) "c"');
  await expect(page.getByText('Your own from before was put aside')).toBeVisible();

  // What the server saves comes out as a file that a real server reads.
  await terminal.run('SAVE');
  await sandbox.tab('Files');
  const download = page.waitForEvent('download');
  await sandbox.details.getByRole('button', { name: 'Download dump.rdb' }).click();
  const saved = readFileSync(await (await download).path());
  expect(saved.subarray(0, 9).toString()).toBe('REDIS0012');
  expect(saved.length).toBeGreaterThan(150);

  // And files come in; what is not text is shown, not edited.
  await sandbox.details.getByLabel('Files for this folder').setInputFiles([
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('lamp') },
    { name: 'odd.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 255, 10, 7]) },
  ]);
  await sandbox.details.getByRole('button', { name: /^odd\.bin/ }).click();
  await expect(sandbox.details.getByLabel(/Bytes of/)).toHaveText(/000000 {2}00 ff 0a 07/);
  await expect(sandbox.details.getByRole('button', { name: 'Save', exact: true })).toHaveCount(0);
});

test('a snapshot that is damaged is refused with what the server said', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const broken = Buffer.from(SNAPSHOT);
  broken[60] = (broken[60] ?? 0) ^ 0xff;
  await page.getByLabel('Sandbox file').setInputFiles({ name: 'dump.rdb', mimeType: 'application/octet-stream', buffer: broken });
  await expect(page.getByRole('alert').first()).toContainText(/The server would not load this file: .+/);
});
