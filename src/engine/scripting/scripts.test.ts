/* Scripts and functions: what they answer, what they may do, and how long ones share the server. */
import { describe, expect, it, test } from 'vitest';
import { error, nil, status, testKit, TestServer } from '../testing.ts';
import { LuaMissing } from './lua-vm.ts';

const { cases, transcript } = testKit(test);
const failing = (text: string, line: string, sha: string) => error(`${text} script: ${sha}, on @user_script:${line}.`);

cases('EVAL converts', [
  ['EVAL "return 1.9" 0', 1],
  ['EVAL "return -1.9" 0', -1],
  ['EVAL "return {1,2,nil,4}" 0', [1, 2]],
  ['EVAL "return {true,false,\'x\'}" 0', [1, null, 'x']],
  ['EVAL "return {ok=\'fine\'}" 0', status('fine')],
  ['EVAL "return {err=\'NO way\'}" 0', error('NO way')],
  ['EVAL "return {double=1.5}" 0', '1.5'],
  ['EVAL "return {double=1.5}" 0', { kind: 'double', value: 1.5 }, { resp: 3 }],
  ['EVAL "return {map={a=1}}" 0', { kind: 'map', pairs: [['a', 1]] }, { resp: 3 }],
  ['EVAL "return redis.call(\'GET\',\'none\')" 0', nil],
  ['EVAL "return tostring(redis.call(\'GET\',\'none\'))" 0', 'false'],
  ['EVAL "redis.setresp(3) return tostring(redis.call(\'GET\',\'none\'))" 0', 'nil'],
  ['EVAL "return redis.call(\'ZSCORE\',\'z\',\'m\')" 0', '1.5', { given: ['ZADD z 1.5 m'] }],
  ['EVAL "return {#KEYS,#ARGV,KEYS[1],ARGV[2]}" 1 k a b', [1, 2, 'k', 'b']],
  ['EVAL "return redis.sha1hex(\'a\')" 0', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
]);

// Real answers: the server's handler makes a table of an error, and a coroutine has no handler.
cases('what load tells of an error of its reader depends on who would hear it', [
  ['EVAL "local _,e=load(function() return n end) return type(e)" 0', 'table'],
  ['EVAL "local _,e=load(function() return {} end) return type(e)" 0', 'table'],
  ['EVAL "local _,e=pcall(function() local _,e=load(function() return n end) return type(e) end) return e" 0', 'string'],
  ['EVAL "return coroutine.wrap(function() local _,e=load(function() return n end) return type(e) end)()" 0', 'string'],
  ['EVAL "local f=coroutine.wrap(function() coroutine.yield() local _,e=load(function() return {} end) return e end) f() return f()" 0', 'user_script:1: reader function must return a string'],
]);

cases('EVAL refuses', [
  ['EVAL "return 1" a', error('ERR value is not an integer or out of range')],
  ['EVAL "return 1" 1', error("ERR Number of keys can't be greater than number of args")],
  ['EVAL "return 1" -1', error("ERR Number of keys can't be negative")],
  ['EVAL "x x" 0', error("ERR Error compiling script (new function): user_script:1: '=' expected near 'x'")],
  ['EVAL "x=10" 0', failing('ERR user_script:1: Attempt to modify a readonly table', '1', '8896f70effb70cdfac76c15823fe9547caac0980')],
  ['EVAL "return x" 0', failing("ERR user_script:1: Script attempted to access nonexistent global variable 'x'", '1', '03c387736bb5cc009ff35151572cee04677aa374')],
  ['EVALSHA ffffffffffffffffffffffffffffffffffffffff 0', error('NOSCRIPT No matching script. Please use EVAL.')],
]);

transcript('a script that was loaded is known by its digest, in either case', `
  a> SCRIPT LOAD "return 1"
  a< "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
  a> SCRIPT EXISTS E0E1F9FABFC9D4800C877A703B823AC0578FF8DB x
  a< 1) (integer) 1  2) (integer) 0
  a> EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0
  a< (integer) 1
  a> SCRIPT FLUSH
  a> EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
  a< (error) NOSCRIPT No matching script. Please use EVAL.
`);

test('a table that holds itself is answered as deep as the stack of Lua goes, and the client lives on', () => {
  const world = new TestServer();
  const client = world.client('a');
  const levels = client.sendArgv(['EVAL', 'local a = {} local b = {a} a[1] = b return a', '0']).split('\r\n');
  expect(levels.slice(-2)).toEqual(['-ERR reached lua stack limit', '']);
  expect(new Set(levels.slice(0, -2))).toEqual(new Set(['*1']));
  expect(levels.length).toBe(7995 + 2);
  expect(client.sendArgv(['EVAL', 'local a = {} a.map = {x=a} return a', '0'])).toContain('reached lua stack limit');
  expect(world.ask('PING', 'a')).toBe('PONG');
});

test('errors that scripts make up are told apart up to a limit', () => {
  const world = new TestServer();
  for (let i = 0; i <= 130; i++) world.sendArgv(['EVAL', 'return redis.error_reply(ARGV[1])', '0', `E${i} text`]);
  expect(world.ask('INFO errorstats')).toContain('errorstat_ERRORSTATS_DISABLED:count=1');
  expect(world.ask('INFO errorstats')).not.toContain('errorstat_E1:');
  expect(world.stdout).toContain('Current errors code list: E0, E1, E10, E100, ');
  world.send('CONFIG RESETSTAT');
  world.sendArgv(['EVAL', 'return redis.error_reply(ARGV[1])', '0', 'E1 text']);
  expect(world.ask('INFO errorstats')).toContain('errorstat_E1:count=1');
});

test('an error that a script makes up is counted by the first word of the line that is sent', () => {
  const world = new TestServer();
  for (const text of ['one\r\ntwo three', 'four\n', 'five:#six seven', `${'x'.repeat(31)} long`]) world.sendArgv(['EVAL', 'return {err=ARGV[1]}', '0', text]);
  const counts = world.ask('INFO errorstats').match(/errorstat_[^,]*?count=\d/g);
  expect(counts).toEqual(['errorstat_ERR:count=2', 'errorstat_five__six:count=1', 'errorstat_one:count=1']);
});

test('what a script has changed stays when it fails', () => {
  const world = new TestServer();
  expect(world.ask("EVAL \"redis.call('SET','k','1') error('enough')\" 0")).toMatch(/^\(error\) ERR user_script:1: enough script: [0-9a-f]{40}, on @user_script:1\.$/);
  expect(world.ask('GET k')).toBe('"1"');
});

describe('a script that does not end', () => {
  it('keeps the server silent, then busy, until it is killed', () => {
    const world = new TestServer({ config: { 'busy-reply-threshold': 100 } });
    world.client('a').sendArgv(['EVAL', 'while true do end', '0']);
    expect(world.ask('PING', 'b')).toBe('(no reply)');
    world.advance(200);
    expect(world.client('b').take()).toBe('-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n');
    expect(world.ask('SHUTDOWN', 'b')).toMatch(/BUSY/);
    expect(world.ask('FUNCTION STATS', 'b')).toMatch(/BUSY/);
    expect(world.ask('SCRIPT KILL', 'b')).toBe('OK');
    world.advance(10);
    expect(world.client('a').take()).toMatch(/^-ERR Script killed by user with SCRIPT KILL\.\.\. script: 694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7, on @user_script:1\./);
    expect(world.ask('PING', 'b')).toBe('PONG');
    expect(world.ask('SCRIPT KILL', 'b')).toBe('(error) NOTBUSY No scripts in execution right now.');
  });

  it('cannot save itself with pcall', () => {
    const world = new TestServer({ config: { 'busy-reply-threshold': 100 } });
    world.client('a').sendArgv(['EVAL', 'while true do pcall(function() while true do end end) end', '0']);
    world.advance(300);
    expect(world.ask('SCRIPT KILL', 'b')).toBe('OK');
    world.advance(10);
    expect(world.client('a').take()).toMatch(/^-ERR Script killed/);
  });

  it('cannot be killed once it has written', () => {
    const world = new TestServer({ config: { 'busy-reply-threshold': 100 } });
    world.client('a').sendArgv(['EVAL', "redis.call('SET','k','v') while true do end", '0']);
    world.advance(300);
    expect(world.ask('SCRIPT KILL', 'b')).toMatch(/^\(error\) UNKILLABLE/);
  });

  it('holds the rest of its transaction until its end', () => {
    const world = new TestServer();
    for (const line of ['MULTI', 'INCR n', 'EVAL "for i=1,2e6 do end return redis.call(\'INCR\',\'n\')" 0', 'INCR n']) world.ask(line);
    expect(world.ask('EXEC')).toBe('(no reply)');
    world.advance(1000);
    expect(world.client('a').take()).toBe('*3\r\n:1\r\n:2\r\n:3\r\n');
    expect(world.ask('GET n')).toBe('"3"');
  });

  it('goes on through protected calls in the right order', () => {
    const world = new TestServer();
    const script = "local out={} local ok,e=pcall(function() for i=1,2e6 do end local ok,e=pcall(function() for i=1,2e6 do end error('inner') end) out[1]=e error('outer',0) end) out[2]=e return out";
    world.client('a').sendArgv(['EVAL', script, '0']);
    world.advance(5000);
    expect(world.client('a').take()).toBe('*2\r\n$20\r\nuser_script:1: inner\r\n$5\r\nouter\r\n');
  });
});

describe('functions', () => {
  const LIBRARY = "#!lua name=shop\nlocal count=0 redis.register_function('hit', function(keys,args) count=count+1 return {count,keys,args} end) redis.register_function{function_name='look', callback=function() return redis.call('GET','k') end, flags={'no-writes'}, description='reads'}";

  it('are loaded, called in any case, listed and deleted', () => {
    const world = new TestServer();
    expect(world.sendArgv(['FUNCTION', 'LOAD', LIBRARY])).toBe('$4\r\nshop\r\n');
    expect(world.sendArgv(['FUNCTION', 'LOAD', LIBRARY])).toBe("-ERR Library 'shop' already exists\r\n");
    expect(world.ask('FCALL HIT 1 k a')).toBe('1) (integer) 1  2) 1) "k"  3) 1) "a"');
    expect(world.ask('FCALL hit 0')).toBe('1) (integer) 2  2) (empty array)  3) (empty array)');
    expect(world.ask('FCALL_RO look 0')).toBe('(nil)');
    expect(world.ask('FCALL_RO hit 0')).toBe('(error) ERR Can not execute a script with write flag using *_ro command.');
    expect(world.ask('FUNCTION DELETE shop')).toBe('OK');
    expect(world.ask('FCALL hit 0')).toBe('(error) ERR Function not found');
  });

  it('survive DUMP and RESTORE, and a restart', () => {
    const world = new TestServer();
    world.sendArgv(['FUNCTION', 'LOAD', LIBRARY]);
    const dump = world.sendArgv(['FUNCTION', 'DUMP']);
    const payload = dump.slice(dump.indexOf('\r\n') + 2, -2);
    const other = new TestServer();
    expect(other.sendArgv(['FUNCTION', 'RESTORE', payload])).toBe('+OK\r\n');
    expect(other.ask('FCALL hit 0')).toMatch(/^1\) \(integer\) 1/);
    expect(other.sendArgv(['FUNCTION', 'RESTORE', payload])).toBe('-ERR Library shop already exists\r\n');
    expect(other.ask('SAVE')).toBe('OK');
    const again = new TestServer({ files: Object.fromEntries(other.disk.files) });
    expect(again.ask('FCALL hit 0')).toMatch(/^1\) \(integer\) 1/);
  });
});

test('a server without Lua says so, and serves everything else', () => {
  const world = new TestServer();
  Object.assign(world.server.env.lua, { open: () => { throw new LuaMissing('it is not there'); } });
  expect(world.ask('EVAL "return 1" 0')).toBe('(error) ERR Scripts and functions cannot run: it is not there');
  expect(world.sendArgv(['FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() end)"])).toBe('-ERR Scripts and functions cannot run: it is not there\r\n');
  expect(world.ask('PING')).toBe('PONG');
});

test('MONITOR shows the script and what it calls', () => {
  const world = new TestServer();
  world.send('MONITOR', 'm');
  world.client('m').take();
  world.send('EVAL "return redis.call(\'GET\',\'k\')" 0');
  expect(world.client('m').take()).toMatch(/\[0 127\.0\.0\.1:\d+\] "EVAL" .*\r\n.*\[0 lua\] "GET" "k"/);
  // And one that is not known: client libraries that fall back to EVAL are watched so.
  for (const line of ['EVALSHA 0000000000000000000000000000000000000000 0', 'FCALL nothing 0']) {
    world.send(line);
    expect(world.client('m').take()).toContain(line.split(' ').map((word) => `"${word}"`).join(' '));
  }
});

test('a script that has begun to write is not refused in the middle', () => {
  const world = new TestServer({ config: { 'enable-debug-command': 'yes' } });
  world.send('DEBUG SET-DISABLE-DENY-SCRIPTS 1');
  const set = (key: string): string => `redis.call('set', '${key}', 1)`;
  const short = "redis.call('config', 'set', 'min-replicas-to-write', '1')";
  world.sendArgv(['EVAL', `${set('a')} ${short} ${set('b')}`, '0']);
  expect(world.ask('MGET a b')).toBe('1) "1"  2) "1"');
  expect(world.sendArgv(['EVAL', set('c'), '0'])).toContain('NOREPLICAS');
});
