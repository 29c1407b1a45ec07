/* The terminal: a shell with Redis's programs on it, redis-cli with its keys, and both forms of the screen. */
import { HomePage } from '../pages/home.ts';
import { SandboxPage } from '../pages/sandbox.ts';
import { CLI, SHELL, TerminalPane } from '../pages/terminal.ts';
import { expect, test } from '../support/test.ts';

test('redis-cli at the prompt: databases, transactions, repeats, types of replies, help', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SELECT 2', /^127\.0\.0\.1:6379\[2\]>$/);
  await terminal.run('MULTI', /^127\.0\.0\.1:6379\[2\]\(TX\)>$/);
  await terminal.run('SET n 1', /\(TX\)>$/);
  await terminal.shows('QUEUED');
  await terminal.run('EXEC', /\[2\]>$/);
  await terminal.shows('1) OK');
  await terminal.run('3 INCR n');
  expect(await terminal.replyTo('3 INCR n')).toBe('(integer) 2\n(integer) 3\n(integer) 4');
  await terminal.run('SELECT 0', /6379>$/);
  await terminal.run('GET nothing');
  expect(await terminal.replyTo('GET nothing')).toBe('(nil)');
  await terminal.run('NOSUCH');
  expect(await terminal.replyTo('NOSUCH')).toContain("(error) ERR unknown command 'NOSUCH'");
  await terminal.run('HELLO 3');
  await terminal.shows(/1# "server" => "redis"/);
  await terminal.run('clear');
  expect((await terminal.rows()).length).toBe(1);
  await terminal.run('help GETRANGE');
  await terminal.shows('GETRANGE key start end');
});

test('redis-cli hints arguments, completes commands and searches its history', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SET stock:lamp 3');
  for (const key of 'get') await terminal.press(key);
  await terminal.press('Tab');
  await terminal.lastRow(/> GET\b/i);
  await terminal.press('Control+U');
  await terminal.waits();
  await page.keyboard.type('GETRANGE ');
  // The hint stands behind the cursor and is not part of the line.
  await terminal.lastRow(/> GETRANGE\s+key start end$/);
  await terminal.press('Control+U');
  await terminal.waits();
  await terminal.press('Control+R');
  await page.keyboard.type('lamp');
  await terminal.lastRow(/\(reverse-i-search\).*SET stock:lamp 3/);
  await terminal.press('Enter');
  await terminal.waits();
  expect(await terminal.replyTo('SET stock:lamp 3')).toBe('OK');
});

test('history is kept across visits, redis-cli’s and the shell’s', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SET remembered yes');
  await terminal.run('AUTH a-secret');
  await terminal.run('exit', SHELL);
  await terminal.run('echo in the shell', SHELL);
  await expect.poll(() => page.evaluate(() => localStorage.getItem('keyspace.lines.sh_history'))).toContain('echo in the shell');
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('a-secret');

  await page.goto('/lesson/meet-redis');
  await terminal.waits(CLI);
  await terminal.press('Control+R');
  await page.keyboard.type('remem');
  await terminal.lastRow(/SET remembered yes/);
  await terminal.press('Control+C');
  await terminal.waits(CLI);
  await terminal.run('exit', SHELL);
  await terminal.press('ArrowUp');
  await terminal.press('ArrowUp');
  await terminal.lastRow(/echo in the shell/);
});

test('the shell: files, pipes, redirects, a server with a configuration file, a wrong line', async ({ page }) => {
  const terminal = new TerminalPane(page);
  await page.goto('/exercise/set-up-server');
  await terminal.run('echo "port 6380" > redis.conf', SHELL);
  await terminal.run('echo "maxmemory lots" >> redis.conf', SHELL);
  await terminal.run('cat redis.conf | grep max', SHELL);
  expect(await terminal.replyTo('cat redis.conf | grep max')).toBe('maxmemory lots');

  // The real server's message for a line it cannot read, and it does not start.
  await terminal.run('redis-server redis.conf', SHELL);
  await terminal.shows('*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***');
  await terminal.shows('Reading the configuration file, at line 2');
  await terminal.shows(">>> 'maxmemory lots'");
  await terminal.run('clear', SHELL);
  await terminal.run('redis-cli -p 6380 PING', SHELL);
  await terminal.shows('Could not connect to Redis at 127.0.0.1:6380: Connection refused');

  await terminal.run('echo "port 6380" > redis.conf', SHELL);
  await terminal.enter('redis-server redis.conf &');
  await terminal.shows('Ready to accept connections tcp');
  await terminal.press('Enter');
  await terminal.run('clear', SHELL);
  await terminal.run('redis-cli -p 6380 SET from shell', SHELL);
  expect(await terminal.replyTo('redis-cli -p 6380 SET from shell')).toBe('OK');
  await terminal.run('echo "GET from" | redis-cli -p 6380', SHELL);
  await terminal.shows(/redis-cli -p 6380\s*\n"shell"\n/);
  await terminal.run('redis-cli -p 6380 --raw GET from > out.txt; cat out.txt', SHELL);
  await terminal.shows(/cat out\.txt\s*\nshell\n/);
  await terminal.run('ls', SHELL);
  await terminal.shows(/out\.txt\s+redis\.conf/);
});

test('redis-cli from the shell: raw, json, csv, stdin as the last argument, scan, another database', async ({ page }) => {
  const terminal = new TerminalPane(page);
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  await terminal.run('exit', SHELL);
  for (const [line, reply] of [
    ['redis-cli MSET a 1 b 2', 'OK'],
    ['redis-cli --no-raw MGET a b c', '1) "1"\n2) "2"\n3) (nil)'],
    ['redis-cli --json MGET a b', '["1","2"]'],
    ['redis-cli --csv MGET a b', '"1","2"'],
    ['echo -n file | redis-cli -x SET c', 'OK'],
    ['redis-cli --scan --pattern c', '"c"'],
    ['redis-cli -n 3 DBSIZE', '(integer) 0'],
    ['redis-cli -r 2 INCR a', '(integer) 2\n(integer) 3'],
  ] as const) {
    await terminal.run(line, SHELL);
    expect(await terminal.replyTo(line), line).toBe(reply);
  }
});

test('many pasted lines run one after the other, each under its prompt', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.waits();
  await terminal.paste('SET a 1\nINCR a\nINCR a\nGET a\n');
  await terminal.shows(/> SET a 1\s*\nOK\n\S+> INCR a\s*\n\(integer\) 2\n\S+> INCR a\s*\n\(integer\) 3\n\S+> GET a\s*\n"3"\n/);
});

test('two terminals are two clients: one watches with MONITOR, one listens with SUBSCRIBE', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const [a, b] = [sandbox.terminal('a'), sandbox.terminal('b')];
  await page.getByRole('button', { name: 'Open another terminal' }).click();
  await b.waits();
  await page.getByRole('button', { name: 'Show two side by side' }).click();
  await a.waits();
  await b.enter('MONITOR');
  await b.shows('OK');
  await a.run('SET seen "by b"');
  // The line is longer than half the window, so it wraps.
  await expect.poll(async () => (await b.rows()).join('')).toMatch(/\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "seen" "by b"/);
  await b.press('Control+C');
  await b.waits();
  await b.enter('SUBSCRIBE news');
  await b.shows('1) "subscribe"');
  await a.run('PUBLISH news hello');
  expect(await a.replyTo('PUBLISH news hello')).toBe('(integer) 1');
  await b.shows(/1\) "message"\s*\n2\) "news"\s*\n3\) "hello"/);
  await a.run('INFO clients');
  await a.shows('connected_clients:2');
});

test('the connection is lost and comes back', async ({ page }) => {
  const sandbox = new SandboxPage(page);
  await sandbox.open();
  const terminal = sandbox.terminal();
  await terminal.run('SET kept yes');
  await terminal.run('SHUTDOWN SAVE', /^not connected>$/);
  await terminal.run('GET kept', /^not connected>$/);
  await terminal.shows('Could not connect to Redis at 127.0.0.1:6379: Connection refused');
  await page.getByRole('button', { name: 'Shell', exact: true }).click();
  const shell = sandbox.terminal('b');
  await shell.run('redis-server > /dev/null &', SHELL);
  await page.getByRole('tab', { name: / a$/ }).click();
  await terminal.run('GET kept', CLI);
  await terminal.run('GET kept', /^127\.0\.0\.1:6379>$/);
  await terminal.shows('"yes"');
});

test('the plain form: one input line, announced lines, history, and the same server behind it', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SET colour green');
  await page.getByRole('button', { name: 'Plain' }).click();
  await expect(terminal.log).toHaveRole('log');
  await expect(terminal.input).toHaveAccessibleName(/127\.0\.0\.1:6379>/);
  await terminal.send('GET colour');
  await expect(terminal.log).toContainText('"green"');
  await expect(terminal.input).toBeFocused();
  await terminal.input.press('ArrowUp');
  await expect(terminal.input).toHaveValue('GET colour');
  // The form is remembered.
  await page.reload();
  await expect(terminal.input).toBeVisible();
  await terminal.send('PING');
  await expect(terminal.log).toContainText('PONG');
  await page.getByRole('button', { name: 'Plain' }).click();
  await terminal.waits();
});

test('text in the output is found with Ctrl-Shift-F', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.run('SET needle haystack');
  await terminal.press('Control+Shift+F');
  const find = terminal.region.getByRole('search');
  await find.getByRole('textbox').fill('no such words');
  await expect(find.getByRole('status')).toHaveText('Not found');
  await find.getByRole('textbox').fill('haystack');
  await expect(find.getByRole('status')).toHaveCount(0);
  await find.getByRole('textbox').press('Escape');
  await expect(find).toHaveCount(0);
  await terminal.run('PING');
});

test('Ctrl-C leaves a command that waits, Ctrl-D leaves redis-cli, exit and a key begin a new session', async ({ page }) => {
  const { terminal } = new HomePage(page);
  await page.goto('/');
  await terminal.enter('SUBSCRIBE news');
  await terminal.shows('1) "subscribe"');
  await terminal.press('Control+C');
  await terminal.waits();
  await terminal.press('Control+D');
  await terminal.waits(SHELL);
  await terminal.enter('exit');
  await terminal.shows('The session has ended.');
  await terminal.press('Enter');
  await terminal.waits();
});
