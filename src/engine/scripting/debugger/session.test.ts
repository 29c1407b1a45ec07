/* The debugger of scripts: what it answers (as recorded from Redis 8.0.2), and what others see meanwhile. */
import { describe, expect, it } from 'vitest';
import { TestServer } from '../../testing.ts';

const SCRIPT = [
  'local a = 1',
  "redis.call('set', KEYS[1], ARGV[1])",
  'local function double(x)',
  '  local y = x * 2',
  '  return y',
  'end',
  'for i = 1, 2 do a = a + i end',
  "redis.debug('a is', a, {1, k = 'v'})",
  'pcall(function()',
  '  a = double(a)',
  'end)',
  "return redis.call('get', KEYS[1])",
].join('\n');

/** A client in a session: what it says, and the lines of the answer. */
class Debugging {
  readonly world = new TestServer({ config: { 'busy-reply-threshold': 500 } });
  readonly first: string[];

  constructor(mode: 'YES' | 'SYNC', script = SCRIPT) {
    this.world.send('SET k before');
    this.world.send(`SCRIPT DEBUG ${mode}`, 'd');
    this.first = linesOf(this.world.client('d').sendArgv(['EVAL', script, '1', 'k', 'after']));
  }

  say(command: string): string[] {
    const earlier = this.world.client('d').take();
    const now = this.world.client('d').sendArgv(command.split(' '));
    this.world.advance(1);
    return linesOf(earlier + now + this.world.client('d').take());
  }
}

/** The answer without the counts of lines. */
function linesOf(answer: string): string[] {
  return answer.split('\r\n').filter((line) => !line.startsWith('*')).slice(0, -1);
}

describe('a session', () => {
  it('stops at the first line, steps, and shows what a script does meanwhile', () => {
    const session = new Debugging('YES');
    expect(session.first).toEqual(['+* Stopped at 1, stop reason = step over', '+-> 1   local a = 1']);
    expect(session.say('p')).toEqual(['+No local variables in the current context.']);
    expect(session.say('s')).toEqual(['+* Stopped at 2, stop reason = step over', "+-> 2   redis.call('set', KEYS[1], ARGV[1])"]);
    expect(session.say('p a')).toEqual(['+<value> 1']);
    expect(session.say('next')).toEqual(['+<redis> set k after', '+<reply> "+OK"', '+* Stopped at 6, stop reason = step over', '+-> 6   end']);
    expect(session.say('list 1 0')).toEqual(['+   1   local a = 1']);
    expect(session.say('nonsense')).toEqual(['+<error> Unknown Redis Lua debugger command or wrong number of arguments.']);
  });

  it('stops at breakpoints, inside protected calls too, and shows the way there', () => {
    const session = new Debugging('YES');
    expect(session.say('b 5')).toEqual(['+   4     local y = x * 2', '+  #5     return y', '+   6   end']);
    expect(session.say('b 5 77 x -8')).toEqual(['+Wrong line number.', '+Wrong line number.', "+Invalid argument:'x'", '+No breakpoint in the specified line.']);
    expect(session.say('c')).toEqual(['+<debug> line 8: "a is", 4, {[1]=1; ["k"]="v"}', '+* Stopped at 5, stop reason = break point', '+->#5     return y']);
    expect(session.say('t')).toEqual(['+In double:', '+->#5     return y', '+From top level:', '+   10    a = double(a)', '+From top level:', '+   9   pcall(function()']);
    expect(session.say('p')).toEqual(['+<value> x = 4', '+<value> y = 8']);
    expect(session.say('p a')).toEqual(['+<value> 4']);
    expect(session.say('p KEYS')).toEqual(['+<value> {"k"}']);
    expect(session.say('b 0')).toEqual(['+All breakpoints removed.']);
    expect(session.say('c')).toEqual(['+<endsession>', '$5', 'after']);
  });

  it('stops at each turn of a loop that is one line', () => {
    const session = new Debugging('YES', 'local n = 0\nwhile n < 2 do n = n + 1 end\nreturn n');
    expect(session.say('s')[0]).toBe('+* Stopped at 2, stop reason = step over');
    expect(session.say('s')[0]).toBe('+* Stopped at 2, stop reason = step over');
    expect(session.say('p n')).toEqual(['+<value> 1']);
    expect(session.say('s')[0]).toBe('+* Stopped at 2, stop reason = step over');
    expect(session.say('s')[0]).toBe('+* Stopped at 3, stop reason = step over');
    expect(session.say('s')).toEqual(['+<endsession>', ':2']);
  });

  it('runs Lua and commands beside the script', () => {
    const session = new Debugging('YES');
    expect(session.say('e 1+1')).toEqual(['+<retval> 2']);
    expect(session.say('e return a')).toEqual(["+<error> ldb_eval:1: Script attempted to access nonexistent global variable 'a'"]);
    expect(session.say('r incr k')).toEqual(['+<redis> incr k', '+<error> -ERR value is not an integer or out of range', '+<reply> "-ERR value is not an integer or out of range"']);
    expect(session.say('m 5')).toEqual(['+<value> replies are truncated at 60 bytes.']);
    expect(session.say("e string.rep('y',100)")).toEqual([`+<retval> "${'y'.repeat(50)} ...`]);
    expect(session.say('e while true do end')).toEqual(['+<error> ldb_eval: it runs for too long']);
  });

  it('runs a command of many words', () => {
    const session = new Debugging('YES');
    expect(session.say(`r del${' k'.repeat(1000)}`)).toEqual(['+<redis> del k k k k k k k k k ... (990 more)', '+<reply> 1']);
    expect(session.say('r dbsize')).toEqual(['+<redis> dbsize', '+<reply> 0']);
  });

  it('stops at redis.breakpoint, and in a loop without end', () => {
    const session = new Debugging('YES', 'redis.breakpoint()\nlocal x = 1\nwhile true do end');
    expect(session.say('c')).toEqual(['+* Stopped at 2, stop reason = redis.breakpoint() called', '+-> 2   local x = 1']);
    expect(session.say('c')).toEqual([]);
    session.world.advance(600);
    expect(session.say('p x')).toEqual(['+* Stopped at 3, stop reason = timeout reached, infinite loop?', '+-> 3   while true do end', '+<value> 1']);
    expect(session.say('a')[1]).toMatch(/^-ERR script aborted for user request script: [0-9a-f]{40}, on @user_script:3\.$/);
  });

  it('ends with an error of the protocol', () => {
    const session = new Debugging('YES');
    expect(session.world.client('d').raw('PING\r\n')).toMatch(/^\*1\r\n\+<endsession>\r\n-ERR protocol error script: [0-9a-f]{40}, on @user_script:1\.\r\n$/);
  });

  it('tells at its beginning that a script cannot be compiled', () => {
    const world = new TestServer();
    world.send('SCRIPT DEBUG YES', 'd');
    expect(world.client('d').sendArgv(['EVAL', 'x x', '0'])).toMatch(/^\*1\r\n\+<endsession>\r\n-ERR Error compiling script/);
    expect(world.send('SCRIPT DEBUG NO', 'e')).toBe('+OK\r\n');
    expect(world.send('SCRIPT DEBUG MAYBE', 'e')).toBe('-ERR Use SCRIPT DEBUG YES/SYNC/NO\r\n');
  });
});

describe('others', () => {
  it('are served while a copy is debugged, and see nothing of it', () => {
    const session = new Debugging('YES');
    session.say('b 7');
    expect(session.say('c')).toContain('+* Stopped at 7, stop reason = break point');
    expect(session.say('r get k')).toEqual(['+<redis> get k', '+<reply> "after"']);
    expect(session.world.ask('GET k')).toBe('"before"');
    expect(session.world.ask('SET k meanwhile')).toBe('OK');
    expect(session.say('r get k')).toEqual(['+<redis> get k', '+<reply> "after"']);
    session.say('c');
    expect(session.world.ask('GET k')).toBe('"meanwhile"');
    expect(session.world.server.clients.size).toBe(1);
  });

  it('wait while the dataset itself is debugged, and see what became of it', () => {
    const session = new Debugging('SYNC');
    expect(session.world.ask('GET k')).toBe('(no reply)');
    session.world.advance(10_000);
    expect(session.world.client().take()).toBe('');
    session.say('c');
    expect(session.world.client().take()).toBe('$5\r\nafter\r\n');
    expect(session.world.ask('GET k')).toBe('"after"');
  });

  it('go on when the one who debugs has left: the script runs to its end', () => {
    const session = new Debugging('SYNC');
    expect(session.world.ask('GET k')).toBe('(no reply)');
    session.world.client('d').disconnect();
    session.world.advance(1);
    expect(session.world.client().take()).toBe('$5\r\nafter\r\n');
    expect(session.world.server.clients.size).toBe(1);
  });
});
