import { describe, expect, test } from 'vitest';
import { plain, testWorld, type TestTerminal } from './testing.ts';

/** Plays a script: `a> keys` are typed at terminal a, `a<` lines are what it shows then, blanks at line ends aside. */
function transcript(script: string, hosts: Parameters<typeof testWorld>[0] = {}): void {
  const world = testWorld(hosts);
  const terminals = new Map<string, TestTerminal>();
  const terminalOf = (name: string): TestTerminal => {
    const known = terminals.get(name);
    if (known !== undefined) return known;
    const opened = world.open(undefined, { columns: 120, rows: 40 });
    opened.look();
    terminals.set(name, opened);
    return opened;
  };
  const lines = script.trim().split('\n').map((line) => line.trim());
  for (let i = 0; i < lines.length; ) {
    const [, name = '', kind = '', rest = ''] = /^(\w+)([>^])? ?(.*)$/.exec(lines[i] ?? '') ?? [];
    if (name === 'wait') {
      world.advance(Number(lines[i]?.split(' ')[1]) * 1000);
      i++;
      continue;
    }
    const mark = `${name}< `;
    const terminal = terminalOf(name);
    let shown: string;
    if (kind === '>') {
      shown = plain(terminal.type(`${rest}\r`, 200_000)).replace(/^[^\n]*\n/, '');
      i++;
    } else if (kind === '^') {
      shown = plain(terminal.type(String.fromCharCode(rest.charCodeAt(0) - 64), 200_000));
      i++;
    } else shown = plain(terminal.look());
    const expected: string[] = [];
    while (lines[i]?.startsWith(mark) === true || lines[i] === `${name}<`) expected.push((lines[i++] ?? '').slice(mark.length));
    // A look without an expectation only empties the screen.
    if (kind === '' && expected.length === 0) i++;
    const seen = shown.split('\n').map((line) => line.trimEnd()).filter((line) => !/^(learner@local:\S*\$|127\.0\.0\.1:6379[^>]*>)$/.test(line) && line !== '');
    expect(seen, `line ${i}: ${name}${kind} ${rest}`).toEqual(expected);
  }
}

describe('several terminals on one host', () => {
  test('are several clients of one server', () => transcript(`
    a> redis-cli
    a> :set nohints
    b> redis-cli
    b> :set nohints
    a> SET color blue
    a< OK
    b> GET color
    b< "blue"
    a> MULTI
    a< OK
    a> INCR n
    a< QUEUED
    b> GET n
    b< (nil)
    a> EXEC
    a< 1) (integer) 1
    b> GET n
    b< "1"
    a> WATCH n
    a< OK
    b> INCR n
    b< (integer) 2
    a> MULTI
    a< OK
    a> SET n 100
    a< QUEUED
    a> EXEC
    a< (nil)
  `, { run: ['redis-server'] }));

  test('one publishes, the other is subscribed', () => transcript(`
    a> redis-cli
    a> SUBSCRIBE news
    a< 1) "subscribe"
    a< 2) "news"
    a< 3) (integer) 1
    a< Reading messages... (press Ctrl-C to quit or any key to type command)
    b> redis-cli PUBLISH news hello
    b< (integer) 1
    a< 1) "message"
    a< 2) "news"
    a< 3) "hello"
    a< Reading messages... (press Ctrl-C to quit or any key to type command)
    a^ C
    b> redis-cli PUBLISH news again
    b< (integer) 0
    a> PING
    a< PONG
  `, { run: ['redis-server'] }));

  test('one watches what the other does', () => transcript(`
    a> redis-cli MONITOR | grep --line-buffered -io '"set" "k"'
    b> redis-cli SET k 1
    b< OK
    a< "SET" "k"
    b> redis-cli GET k
    b< "1"
    b> redis-cli set k 2
    b< OK
    a< "set" "k"
    a^ C
    a< ^C
  `, { run: ['redis-server'] }));

  test('one runs the server in front, the other is cut off when it stops', () => transcript(`
    a> redis-server --loglevel warning > log
    b> redis-cli
    b> SET k v
    b< OK
    a^ C
    a< ^Clearner@local:~$
    b> GET k
    b< Error: Server closed the connection
    b< not connected>
    b> GET k
    b< Could not connect to Redis at 127.0.0.1:6379: Connection refused
    b< not connected>
    a> redis-server --daemonize yes
    b> PING
    b< PONG
  `));

  test('a server in the background is stopped from another terminal, and its shell is told', () => transcript(`
    a> redis-server --loglevel nothing > log 2>&1 &
    a< [1] 102
    b> redis-cli SHUTDOWN NOSAVE
    a> echo next
    a< next
    a< [1]+  Done                    redis-server --loglevel nothing > log 2>&1
  `));
});

describe('a server from its command line', () => {
  test('refuses what is wrong with the real words and code', () => transcript(`
    a> redis-server nofile.conf | cut -d ' ' -f 6-; redis-server nofile.conf > /dev/null; echo $?
    a< # Fatal error, can't open config file '/home/learner/nofile.conf': No such file or directory
    a< 1
    a> redis-server --port 70000 2>&1 | tail -3
    a< Reading the configuration file, at line 2
    a< >>> 'port "70000"'
    a< argument must be between 0 and 65535 inclusive
  `));

  test('takes a file, options over it, and standard input', () => transcript(`
    a> printf 'port 7001\\nmaxmemory 10mb\\n' > my.conf
    a> redis-server my.conf --maxmemory 20mb --daemonize yes
    a> redis-cli -p 7001 CONFIG GET maxmemory
    a< 1) "maxmemory"
    a< 2) "20971520"
    a> echo port 7002 | redis-server --daemonize yes -
    a> redis-cli -p 7002 CONFIG GET port
    a< 1) "port"
    a< 2) "7002"
    a> redis-server --port 7002 | tail -1 | cut -d ' ' -f 6-
    a< # Failed listening on port 7002 (tcp), aborting.
  `));

  test('lives on when its terminal is closed', () => {
    const world = testWorld();
    const first = world.open();
    first.type('redis-server &\r');
    first.terminal.close();
    world.advance(100_000);
    const second = world.open();
    second.look();
    expect(second.type('redis-cli PING\r')).toContain('PONG');
  });
});
