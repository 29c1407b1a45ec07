import { describe, expect, test } from 'vitest';
import { plain, testWorld } from '../testing.ts';
import { programs } from '../index.ts';

const FILES = {
  'a.txt': 'one\ntwo\nthree\n', 'n.txt': '10\n9\n2\n9\n', 'people': 'ann:30:oslo\nbob:25:rome\ncid:41:oslo\n', 'bin': '\x00\x01AB\xff\n',
  'dir/in': 'inside\n', 'dir/sub/deep': 'deep\n', 'nonl': 'a\nb',
};

/** What a line prints, standard error included, into a file: no terminal. */
function outputOf(line: string): string {
  const world = testWorld({ files: FILES });
  world.open(undefined, { columns: 200, rows: 40 }).type(`{ ${line}; } > /tmp/out 2>&1\r`, 3_000_000);
  return world.file('/tmp/out') ?? '';
}

describe('programs print and fail as one expects', () => {
  test.each<[string, string]>([
    ['cat a.txt nonl', 'one\ntwo\nthree\na\nb'],
    ['cat -n nonl', '     1\ta\n     2\tb'],
    ['cat a.txt | cat - nonl | wc -c', '17\n'],
    ['cat x; echo $?', 'cat: x: No such file or directory\n1\n'],
    ['cat dir', 'cat: dir: Is a directory\n'],
    ['cat -z', "cat: invalid option -- 'z'\nTry 'cat --help' for more information.\n"],
    ['ls', 'a.txt\nbin\ndir\nn.txt\nnonl\npeople\n'],
    ['ls -a dir', '.\n..\nin\nsub\n'],
    ['ls -l dir', 'total 8\n-rw-r--r-- 1 learner learner    7 Jan  1 00:00 in\ndrwxr-xr-x 2 learner learner 4096 Jan  1 00:00 sub\n'],
    ['ls dir a.txt none', "ls: cannot access 'none': No such file or directory\na.txt\n\ndir:\nin\nsub\n"],
    ['cp a.txt b; cp a.txt nonl dir; cat b dir/nonl', 'one\ntwo\nthree\na\nb'],
    ['cp dir d2', "cp: -r not specified; omitting directory 'dir'\n"],
    ['cp -r dir d2; cat d2/sub/deep', 'deep\n'],
    ['cp none x; cp a.txt; cp', "cp: cannot stat 'none': No such file or directory\ncp: missing destination file operand after 'a.txt'\nTry 'cp --help' for more information.\ncp: missing file operand\nTry 'cp --help' for more information.\n"],
    ['cp -r dir dir/sub', "cp: cannot copy a directory, 'dir', into itself, '/home/learner/dir/sub/dir'\n"],
    ['mv a.txt z; cat z; mv z dir; ls dir; mv none x', "one\ntwo\nthree\nin\nsub\nz\nmv: cannot stat 'none': No such file or directory\n"],
    ['rm a.txt none dir; ls -1 a.txt', "rm: cannot remove 'none': No such file or directory\nrm: cannot remove 'dir': Is a directory\nls: cannot access 'a.txt': No such file or directory\n"],
    ['rm -rf none dir; ls; rm -rf /', "a.txt\nbin\nn.txt\nnonl\npeople\nrm: cannot remove '/': it holds your home directory\n"],
    ['mkdir d1 dir d1/x/y; mkdir -p d1/x/y dir; ls d1', "mkdir: cannot create directory 'dir': File exists\nmkdir: cannot create directory 'd1/x/y': No such file or directory\nx\n"],
    ['rmdir dir a.txt; mkdir e; rmdir e; ls -d e', "rmdir: failed to remove 'dir': Directory not empty\nrmdir: failed to remove 'a.txt': Not a directory\nls: cannot access 'e': No such file or directory\n"],
    ['touch new a.txt; wc -c new a.txt', ' 0 new\n14 a.txt\n14 total\n'],
    ['echo -n a; echo b; echo -e "x\\ty\\x41\\n\\\\"; echo -e "a\\cb"', 'ab\nx\tyA\n\\\na'],
    ['printf "%5d|%-5s|%05.1f|%x|%o|%c|%%\\n" 42 ab 3.14159 255 8 zed', '   42|ab   |003.1|ff|10|z|%\n'],
    ['printf "%s-%s\\n" a b c', 'a-b\nc-\n'],
    ['printf "\\x41\\101\\n"; printf %d abc; echo; printf "%b" "a\\nb"', 'AA\nprintf: abc: invalid number\n0\na\nb'],
    ['head -2 a.txt; head -n1 a.txt nonl; head -c 5 a.txt', 'one\ntwo\n==> a.txt <==\none\n\n==> nonl <==\na\none\nt'],
    ['tail -1 a.txt; tail -n 1 nonl; echo; tail -n +2 a.txt; tail -c 3 a.txt', 'three\nb\ntwo\nthree\nee\n'],
    ['wc a.txt; wc < a.txt; wc -l a.txt nonl', ' 3  3 14 a.txt\n      3       3      14\n 3 a.txt\n 1 nonl\n 4 total\n'],
    ['grep t a.txt; grep -n T a.txt; echo $?; grep -in T a.txt; grep -vc t a.txt', 'two\nthree\n1\n2:two\n3:three\n1\n'],
    ['grep -o "[a-z]*e" a.txt; grep -E "o(n|w)" a.txt; grep "^t.*e$" a.txt; grep -w on a.txt', 'one\nthree\none\nthree\n'],
    ['grep oslo people nonl; grep -l oslo people nonl; grep -F . people; grep "[[:digit:]]\\{2\\}:r" people', 'people:ann:30:oslo\npeople:cid:41:oslo\npeople\nbob:25:rome\n'],
    ['grep "(" a.txt; grep -E "(" a.txt; grep "[" a.txt', "grep: '(' is not a pattern: a bracket or a parenthesis has no partner, or a repetition has nothing to repeat\ngrep: '[' is not a pattern: a bracket or a parenthesis has no partner, or a repetition has nothing to repeat\n"],
    ['sort n.txt; sort -n n.txt | tail -1; sort -nru n.txt; sort -t: -k2 people | head -1', '10\n2\n9\n9\n10\n10\n9\n2\nbob:25:rome\n'],
    ['sort n.txt | uniq -c; sort n.txt | uniq -d', '      1 10\n      1 2\n      2 9\n9\n'],
    ['cut -d: -f1,3 people | head -1; cut -c 1-2 a.txt; cut -f', "ann:oslo\non\ntw\nth\ncut: option requires an argument -- 'f'\nTry 'cut --help' for more information.\n"],
    ['tr a-z A-Z < nonl; echo; echo aabbc | tr -s ab; echo abc | tr -d b; echo "a b" | tr " " "\\n"', 'A\nB\nabc\nac\na\nb\n'],
    ['seq 3; seq 2 4; seq 6 -2 1; seq 0 0.5 1; seq x', "1\n2\n3\n2\n3\n4\n6\n4\n2\n0.0\n0.5\n1.0\nseq: invalid floating point argument: 'x'\nTry 'seq --help' for more information.\n"],
    ['seq 5000 | tail -1; yes no | head -2', '5000\nno\nno\n'],
    ['echo hi | tee t1 t2; cat t1 t2; echo more | tee -a t1 > /dev/null; wc -l t1', 'hi\nhi\nhi\n2 t1\n'],
    ['printf "a b\\n\'c d\'\\n" | xargs -n 2 echo x; echo 1 2 3 | xargs -n2 echo', 'x a b\nx c d\n1 2\n3\n'],
    ['xxd bin; hexdump -C bin', '00000000: 0001 4142 ff0a                           ..AB..\n00000000  00 01 41 42 ff 0a                                 |..AB..|\n00000006\n'],
    ['date; date +%F_%T; date +%s', 'Thu Jan  1 00:00:00 UTC 2026\n2026-01-01_00:00:00\n1767225600\n'],
    ['sleep 0.5; sleep x; echo $?', "sleep: invalid time interval 'x'\n1\n"],
    ['hostname; whoami; uptime', 'local\nlearner\n 00:00:00 up 0 min,  1 user\n'],
    ['env A=1 sh -c "echo \\$A"; env nosuch; echo $?', "1\nenv: 'nosuch': No such file or directory\n127\n"],
    ['kill; kill x; kill 99999; kill -FOO 1; kill -0 99999; echo $?', 'Usage: kill [-SIGNAL] pid ...\nsh: kill: x: a process id is a number\nsh: kill: (99999) - No such process\nsh: kill: FOO: no such signal\n1\n'],
    ['sleep 100 & pgrep sleep > /tmp/p; wc -l < /tmp/p; pkill sleep; pgrep -l sleep; echo $?', '1\n1\n'],
    ['nc localhost 6379; nc local', 'nc: localhost: port 6379: Connection refused\nnc: missing port number\nTry \'nc --help\' for more information.\n'],
    ['man nosuch; echo $?; help nosuch', 'No manual entry for nosuch\n16\nhelp: there is no program called nosuch; "help" lists them\n'],
    ['du -s dir; du x', "16\tdir\ndu: cannot access 'x': No such file or directory\n"],
  ])('%s', (line, output) => {
    expect(outputOf(line)).toBe(output);
  });
});

describe('every program', () => {
  test('has a page of its own that man, help and --help show', () => {
    for (const program of programs) {
      expect(program.summary, program.name).not.toBe('');
      expect(program.manual ?? '', program.name).toMatch(/^Usage: /);
      expect(outputOf(`man ${program.name}`), program.name).toBe(`${program.name} - ${program.summary}\n\n${program.manual}`);
    }
  });

  test('stands once in the list of help', () => {
    const list = outputOf('help');
    for (const program of programs) expect(list).toContain(`\n  ${program.name.padEnd(14)}${program.summary}\n`);
    expect(new Set(programs.map((program) => program.name)).size).toBe(programs.length);
  });

  test('its page fits 80 columns', () => {
    for (const program of programs) for (const line of (program.manual ?? '').split('\n')) expect(line.length, `${program.name}: ${line}`).toBeLessThanOrEqual(80);
  });
});

describe('streams', () => {
  test('tail -f shows what another terminal adds', () => {
    const world = testWorld({ files: { log: 'first\n' } });
    const [reader, writer] = [world.open(), world.open()];
    expect(plain(reader.type('tail -f log\r')).endsWith('first\n')).toBe(true);
    writer.type('echo second >> log\r', 500_000);
    expect(reader.look()).toContain('second\n');
    expect(reader.type('\x03')).toBe('^C\nlearner@local:~$ ');
  });

  test('ls fills the terminal with columns', () => {
    const world = testWorld({ files: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`file-number-${i}`, ''])) });
    const terminal = world.open(undefined, { columns: 60, rows: 20 });
    terminal.look();
    expect(terminal.type('ls\r')).toBe(
      'ls\nfile-number-0   file-number-11  file-number-4  file-number-7\nfile-number-1   file-number-2   file-number-5  file-number-8\nfile-number-10  file-number-3   file-number-6  file-number-9\nlearner@local:~$ ',
    );
  });
});
