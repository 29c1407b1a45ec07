import { describe, expect, test } from 'vitest';
import { plain, testWorld, type TestTerminal } from '../testing.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.conf': 'port 7001\n', 'dir/x y': 'hello\n' };
const PROMPT = /learner@local:\S*\$ $/;

/** Runs lines at a prompt; what the last of them printed, without its echo and the next prompt. */
function session(): { terminal: TestTerminal; run(line: string, us?: number): string; file(path: string): string | undefined } {
  const world = testWorld({ files: FILES });
  const terminal = world.open(undefined, { columns: 200, rows: 40 });
  terminal.look();
  return {
    terminal,
    file: world.file,
    run(line, us) {
      const screen = plain(terminal.type(`${line}\r`, us));
      return screen.slice(screen.indexOf('\n') + 1).replace(PROMPT, '');
    },
  };
}

describe('one line at the shell', () => {
  test.each<[string, string]>([
    // words
    ['echo $HOME "$HOME" \'$HOME\' a"b c"d', '/home/learner /home/learner $HOME ab cd\n'],
    ['x="a  b"; echo $x; echo "$x"', 'a b\na  b\n'],
    ['x=; echo [$x] "[${x:-none}]" ${y:-empty}', '[] [none] empty\n'],
    ['echo *.txt *.conf *.none "*.txt"', 'a.txt b.conf *.none *.txt\n'],
    ['echo d*/x* ~/a.t?t', 'dir/x y /home/learner/a.txt\n'],
    ['echo ~ a~', '/home/learner a~\n'],
    ['echo $(cat a.txt) "$(head -2 a.txt)"', 'one two three one\ntwo\n'],
    ['echo a $(echo b $(echo c))', 'a b c\n'],
    ['echo "" | wc -c', '1\n'],
    // lists and exit codes
    ['false || echo no; true && echo yes', 'no\nyes\n'],
    ['false; echo $?; true; echo $?', '1\n0\n'],
    ['! true; echo $?', '1\n'],
    ['true | false; echo $?', '1\n'],
    ['nosuch 2>/dev/null; echo $?', '127\n'],
    ['echo one; # echo two', 'one\n'],
    // pipes and files
    ['cat a.txt | head -2 | wc -l', '2\n'],
    ['echo hi > f; cat f; echo more >> f; cat < f', 'hi\nhi\nmore\n'],
    ['cat nofile > out 2>&1; cat out', 'cat: nofile: No such file or directory\n'],
    ['cat nofile 2>&1 > out; wc -c < out', 'cat: nofile: No such file or directory\n0\n'],
    ['cat a.txt nofile &> both; wc -l < both', '4\n'],
    ['cat < nofile', 'sh: nofile: No such file or directory\n'],
    ['echo x > dir', 'sh: dir: Is a directory\n'],
    ['echo x > no/file; echo $?', 'sh: no/file: No such file or directory\n1\n'],
    ['yes | head -2', 'y\ny\n'],
    ['nosuch | wc -l', 'sh: nosuch: command not found\nType "help" for the programs of this host.\n0\n'],
    ['history | tail -1 | wc -l', '1\n'],
    // the language
    ['for i in 1 2 3; do echo n$i; done', 'n1\nn2\nn3\n'],
    ['for f in *.txt *.conf; do wc -l < $f; done', '3\n1\n'],
    ['for i in $(seq 5); do [ $i = 3 ] && break; echo $i; done', '1\n2\n'],
    ['for i in 1 2 3; do if [ $i -eq 2 ]; then continue; fi; echo $i; done | tail -1', '3\n'],
    ['i=0; while [ $i != xxx ]; do i=x$i; i=${i:-}; [ $i = x0 ] && i=xxx; done; echo $i', 'xxx\n'],
    ['if test -f a.txt; then echo file; elif true; then echo no; else echo never; fi', 'file\n'],
    ['(cd /tmp; pwd); pwd', '/tmp\n/home/learner\n'],
    ['{ echo a; echo b; } | wc -l', '2\n'],
    ['if [ 1 -lt 2 ]; then echo lt; fi > o; cat o', 'lt\n'],
    ['sh -c \'echo $0 $1 $#; exit 4\' name one two; echo $?', 'name one 2\n4\n'],
    ['echo \'echo in $1\' > s.sh; sh s.sh file; ./s.sh again', 'in file\nin again\n'],
    ['echo \'echo $(echo $1 $#); (echo $2); echo x | (cat; echo $1)\' > s.sh; sh s.sh one two', 'one 2\ntwo\nx\none\n'],
    ['echo x=7 > v; . ./v; echo $x', '7\n'],
    // builtins
    ['cd dir; pwd; cd -; cd nowhere', '/home/learner/dir\n/home/learner\nsh: cd: nowhere: No such file or directory\n'],
    ['A=5; env | grep ^A; export A; env | grep ^A; B=2 env | grep ^B', 'A=5\nB=2\n'],
    ['alias ll="ls -1"; ll *.txt; alias ll', "a.txt\nalias ll='ls -1'\n"],
    ['type cd ls nosuch; which ls', 'cd is a shell builtin\nls is /usr/bin/ls\nsh: type: nosuch: not found\n/usr/bin/ls\n'],
    ['[ a = a -o', "sh: [: missing `]'\n"],
    ['test x -eq 1; echo $?', 'sh: test: x: integer expression expected\n2\n'],
    // what is wrong
    ['nosuch', 'sh: nosuch: command not found\nType "help" for the programs of this host.\n'],
    ['GET k', 'sh: GET: command not found\nGET is a Redis command: start redis-cli and type it there, or write "redis-cli GET ...".\n'],
    ['./nosuch', 'sh: ./nosuch: No such file or directory\n'],
    ['./dir', 'sh: ./dir: Is a directory\n'],
    ['| wc', "sh: syntax error near unexpected token `|'\n"],
  ])('%s', (line, output) => {
    expect(session().run(line, 2_000_000)).toBe(output);
  });
});

describe('a conversation', () => {
  test('a command goes on over several lines', () => {
    const { terminal } = session();
    expect(plain(terminal.type('cat <<EOF\ra $HOME\rEOF\r'))).toBe('cat <<EOF\n> a $HOME\n> EOF\na /home/learner\nlearner@local:~$ ');
    expect(plain(terminal.type('echo "a\rb" |\rwc -l\r'))).toBe('echo "a\n> b" |\n> wc -l\n2\nlearner@local:~$ ');
    expect(plain(terminal.type('echo "a\r\x04'))).toBe('echo "a\n> \nsh: syntax error: unexpected end of file\nlearner@local:~$ ');
  });

  test('Ctrl-C ends the program in front, Ctrl-D its input', () => {
    const { terminal, run } = session();
    terminal.type('cat\r');
    expect(terminal.type('hello\r')).toBe('hello\nhello\n');
    expect(terminal.type('\x03')).toBe('^C\nlearner@local:~$ ');
    expect(run('echo $?')).toBe('130\n');
    terminal.type('cat > f\r');
    terminal.type('from the keyboard\r\x04');
    expect(run('cat f')).toBe('from the keyboard\n');
  });

  test('Ctrl-C ends a loop, with programs in it or without', () => {
    const { terminal, run } = session();
    terminal.type('while true; do echo x; sleep 1; done; echo never\r', 2_500_000);
    expect(terminal.type('\x03')).toBe('^C\nlearner@local:~$ ');
    terminal.type('while :; do :; done; echo never\r', 100_000);
    terminal.type('\x03');
    expect(run('echo ok')).toBe('ok\n');
  });

  test('jobs: stopped, in the background, in front, ended', () => {
    const { terminal, run } = session();
    terminal.type('sleep 100\r');
    expect(terminal.type('\x1a')).toBe('^Z\n[1]+  Stopped                 sleep 100\nlearner@local:~$ ');
    expect(run('bg')).toBe('[1]+ sleep 100 &\n');
    expect(run('jobs')).toBe('[1]+  Running                 sleep 100 &\n');
    terminal.type('fg\r');
    terminal.type('\x03');
    expect(run('jobs')).toBe('');
    run('sleep 1 &');
    expect(run('wait; echo done', 2_000_000)).toBe('done\n[1]+  Done                    sleep 1\n');
    run('sleep 50 &');
    run('kill %1');
    expect(run('fg')).toBe('sh: fg: current: no such job\n[1]+  Terminated              sleep 50\n');
  });

  test('the history is on the disk, and the next shell has it', () => {
    const world = testWorld();
    const first = world.open();
    first.type('echo one\r');
    first.type(' echo secret\r');
    expect(world.file('/home/learner/.sh_history')).toBe('echo one\n');
    const second = world.open();
    second.look();
    expect(plain(second.type('\x1b[A'))).toBe('echo one');
  });

  test('Tab completes programs, builtins and paths', () => {
    const { terminal } = session();
    expect(plain(terminal.type('ec\tdone\r'))).toBe('echo done\ndone\nlearner@local:~$ ');
    expect(plain(terminal.type('true; hist\t1\r'))).toContain('history 1');
    expect(plain(terminal.type('cat a\t\r'))).toContain('one\ntwo');
    expect(plain(terminal.type('cat d\tx\t\r'))).toContain('hello');
    expect(plain(terminal.type('ls /et\tre\t\r'))).toContain('ls /etc/redis/');
  });

  test('a pasted block runs line by line, and what a program reads is its own', () => {
    const world = testWorld({ run: ['redis-server'] });
    const terminal = world.open();
    terminal.look();
    expect(plain(terminal.type('redis-cli --no-raw\r:set nohints\rSET a 1\rGET a\rexit\recho back\r', 200_000))).toBe(
      'redis-cli --no-raw\n127.0.0.1:6379> :set nohints\n127.0.0.1:6379> SET a 1\nOK\n127.0.0.1:6379> GET a\n"1"\n127.0.0.1:6379> exit\nlearner@local:~$ echo back\nback\nlearner@local:~$ ',
    );
  });

  test('exit gives the session its code', () => {
    const { terminal } = session();
    terminal.type('exit 3\r');
    expect(terminal.code).toBe(3);
    const other = session().terminal;
    other.type('\x04');
    expect(other.code).toBe(0);
  });
});
