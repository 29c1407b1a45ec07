import { describe, expect, test } from 'vitest';
import { commandTable } from '../commands/index.ts';
import { Config } from './config.ts';
import { fatalConfigError, loadConfig, parseCommandLine } from './load.ts';
import { rewriteConfig } from './rewrite.ts';

function load(text: string, files: Record<string, string> = {}) {
  const config = new Config();
  const loaded = loadConfig(
    config, text,
    {
      read: (path) => files[path] ?? { code: 'ENOENT', message: 'No such file or directory' },
      resolve: (path) => path,
      checkDirectory: (path) => (path === '/nonexist' ? 'No such file or directory' : undefined),
    },
    commandTable,
  );
  return { config, ...loaded };
}

// Every text and line number below was printed by redis-server 8.0.2 for the same file.
describe('a wrong line is told as the real server tells it', () => {
  test.each([
    ['port abc', 1, 'port abc', "argument couldn't be parsed into an integer"],
    ['port 1\n\nport x', 3, 'port x', "argument couldn't be parsed into an integer"],
    ['port 7899 # comment', 1, 'port 7899 # comment', 'wrong number of arguments'],
    ['maxmemory 1x', 1, 'maxmemory 1x', 'argument must be a memory value'],
    ['user', 1, 'user', 'Bad directive or wrong number of arguments'],
    ['user a +get\nuser a +set', 2, 'user a +set', "Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files"],
    ['user a (~x', 1, 'user a (~x', "Error in user declaration 'user': Wrong format"],
    ['user a on #x', 1, 'user a on #x', "Error in user declaration 'a': The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"],
    ['user a on ~* ~b', 1, 'user a on ~* ~b', "Error in user declaration 'on': Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"],
    ['save 900', 1, 'save 900', 'Invalid save parameters'],
    ['save 900 1 # x', 1, 'save 900 1 # x', 'Invalid save parameters'],
    ['port "7899', 1, 'port "7899', 'Unbalanced quotes in configuration line'],
    ['requirepass', 1, 'requirepass', 'wrong number of arguments'],
    ['appendfsync never', 1, 'appendfsync never', 'argument(s) must be one of the following: everysec, always, no'],
    ['foo', 1, 'foo', 'Bad directive or wrong number of arguments'],
    ['databases 0', 1, 'databases 0', 'argument must be between 1 and 2147483647 inclusive'],
    ['PORT 7899x', 1, 'PORT 7899x', "argument couldn't be parsed into an integer"],
    ['client-output-buffer-limit normal 0 0', 1, 'client-output-buffer-limit normal 0 0', 'Wrong number of arguments in buffer limit configuration.'],
    ['replicaof', 1, 'replicaof', 'wrong number of arguments'],
    ['shutdown-on-sigint', 1, 'shutdown-on-sigint', 'argument(s) must be one of the following: default, save, nosave, now, force'],
    ['dir /nonexist', 1, 'dir /nonexist', 'No such file or directory'],
    ['rename-command GETX foo', 1, 'rename-command GETX foo', 'No such command in rename-command'],
    ['rename-command GET SET', 1, 'rename-command GET SET', 'Target command name already exists'],
  ])('%j', (text, line, shown, message) => {
    expect(load(text).problem).toEqual({ kind: 'line', line, text: shown, message });
  });

  test('the block on standard error', () => {
    expect(fatalConfigError('8.0.2', { line: 1, text: 'port abc', message: 'm' })).toBe("\n*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***\nReading the configuration file, at line 1\n>>> 'port abc'\nm\n");
  });

  test('an unknown directive with a value is left for modules', () => {
    expect(load('foo a b')).toMatchObject({ problem: undefined, unresolved: ['foo a b'] });
  });
});

describe('values', () => {
  test('a list without words', () => {
    const { config, problem } = load('save \nclient-output-buffer-limit\nshutdown-on-sigterm nosave now');
    expect(problem).toBeUndefined();
    expect(config.text('save')).toBe('');
    expect(config.text('client-output-buffer-limit')).toContain('normal 0 0 0');
    expect(config.text('shutdown-on-sigterm')).toBe('nosave now');
  });

  test('comments, quotes, aliases, units and several save lines', () => {
    const { config } = load('# a comment\nmaxmemory 100mb\nsave 900 1\nsave 300 10\nhash-max-ziplist-entries 99\nrequirepass "a b"\nbind 127.0.0.1 -::1');
    expect(config.number('maxmemory')).toBe(104857600);
    expect(config.text('save')).toBe('900 1 300 10');
    expect(config.number('hash-max-listpack-entries')).toBe(99);
    expect(config.text('requirepass')).toBe('a b');
    expect(config.text('bind')).toBe('127.0.0.1 -::1');
  });

  test.each([["''", ''], ["'", ''], ["'900' 1", '900 1']])('the words of a list may come as one, with quotes of their own: %s', (given, value) => {
    const { config, problem } = load(`save "${given}"`);
    expect([problem, config.text('save')]).toEqual([undefined, value]);
  });

  test('an include is read where it stands', () => {
    expect(load('include /more.conf\nport 2', { '/more.conf': 'port 1\ntimeout 5' }).config.number('port')).toBe(2);
    expect(load('include /nonexist').problem).toEqual({ kind: 'file', path: '/nonexist', message: 'No such file or directory' });
  });
});

describe('the command line', () => {
  test.each([
    [['--port', '7777', '--replicaof', '127.0.0.1', '8888'], undefined, 'port "7777"\nreplicaof "127.0.0.1" "8888"'],
    [['a.conf', '--loglevel', 'verbose'], 'a.conf', 'loglevel "verbose"'],
    [['--port', '--bind', 'x'], undefined, 'port "--bind" "x"'],
    [['--replicaof', '--127.0.0.1', 'abc'], undefined, 'replicaof "--127.0.0.1" "abc"'],
    [['--maxmemory 700mb', '--maxmemory-policy volatile-lru'], undefined, 'maxmemory 700mb\nmaxmemory-policy volatile-lru'],
    [['--save', '--loglevel', 'verbose'], undefined, 'save ""\nloglevel "verbose"'],
    [['--save', '', '--port', 'x'], undefined, 'save ""\nport "x"'],
    [['--port', 'a\'b"c'], undefined, 'port "a\'b\\"c"'],
    [['--appendonly'], undefined, 'appendonly'],
  ])('%j', (words, file, options) => {
    expect(parseCommandLine(words)).toEqual({ action: 'run', file, stdin: false, options });
  });

  test('the forms that do not start a server', () => {
    expect(parseCommandLine(['--version'])).toEqual({ action: 'version' });
    expect(parseCommandLine(['-h'])).toEqual({ action: 'help' });
    expect(parseCommandLine(['-'])).toMatchObject({ action: 'run', stdin: true });
    expect(parseCommandLine(['-', '--port', '7850'])).toMatchObject({ action: 'run', stdin: true, options: 'port "7850"' });
    expect(parseCommandLine(['a.conf', '--port', '1', '-'])).toMatchObject({ file: 'a.conf', stdin: true });
  });
});

test('CONFIG REWRITE keeps comments, changes lines where they stand and adds the rest below', () => {
  const old = '# my server\nport 7820\n\n# memory comes here\nmaxmemory 100mb\nsave 900 1\nsave 300 10\nhash-max-ziplist-entries 99\n# end\ntimeout 0\n';
  const { config } = load(old);
  config.put('maxmemory', 209715200);
  config.put('hz', 20);
  config.put('save', '60 5');
  config.put('requirepass', 'a b');
  expect(rewriteConfig(old, config, new Map())).toBe(
    '# my server\nport 7820\n\n# memory comes here\nmaxmemory 200mb\nsave 60 5\n\nhash-max-listpack-entries 99\n# end\ntimeout 0\n\n# Generated by CONFIG REWRITE\nhz 20\nlatency-tracking-info-percentiles 50 99 99.9\nrequirepass "a b"\n',
  );
});
