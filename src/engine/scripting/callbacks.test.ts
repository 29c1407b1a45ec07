/* Calls from Lua's library into the script: left in the middle they come to the same, and never hold the server. */
import { describe, expect, test } from 'vitest';
import { TestServer } from '../testing.ts';

/** Long enough to be left several times. */
const LONG = 'for i=1,3e6 do end';

function reply(script: string): string {
  const world = new TestServer();
  const atOnce = world.client('a').sendArgv(['EVAL', script, '1', 'k', 'v']);
  world.advance(20_000);
  return atOnce + world.client('a').take();
}

describe.each([
  ['string.gsub', 'return {string.gsub("a1b2","(%a)(%d)",function(a,b) WORK if a=="b" then return b..a end end)}'],
  ['string.gsub, empty matches', 'return {string.gsub("abc","",function() WORK return "-" end)}'],
  ['string.gsub, anchored', 'return {string.gsub("aab","^a",function(a) WORK return 7 end)}'],
  ['string.gsub, a limit', 'return {string.gsub("aaa","a",function(a) WORK return a.."!" end,2)}'],
  ['string.gsub, a wrong value', 'return string.gsub("abc","b",function() WORK return {} end)'],
  ['string.gsub, a wrong pattern', 'return string.gsub("abc","b%",function() WORK end)'],
  ['string.gsub, an error', 'local x=1\nreturn string.gsub("abc","b",\nfunction() WORK error("inside") end)'],
  ['string.gsub, an error that is caught', 'return {pcall(string.gsub,"abc","b",function() WORK error("inside") end)}'],
  ['table.sort', 'local t={3,1,2,5,4} table.sort(t,function(a,b) WORK return a<b end) return t'],
  ['table.sort, an error', 'local t={3,1,"x"} table.sort(t,function(a,b) WORK return a<b end) return t'],
  ['table.foreach', 'local s="" local r=table.foreach({a=1,b=2},function(k,v) WORK s=s..k..v end) return {s,tostring(r)}'],
  ['table.foreachi', 'return table.foreachi({5,6,7},function(i,v) WORK if v==6 then return i end end)'],
  ['coroutine.resume', 'local c=coroutine.create(function(a) WORK local b=coroutine.yield(a+1) WORK return b*2 end) return {select(2,coroutine.resume(c,1)),select(2,coroutine.resume(c,5)),coroutine.status(c),tostring(coroutine.resume(c))}'],
  ['coroutine.wrap', 'local f=coroutine.wrap(function() for i=1,3 do WORK coroutine.yield(i) end error("end") end)\nreturn {f(),f(),f(),f()}'],
  ['coroutines in one another', 'local c c=coroutine.create(function() local d=coroutine.wrap(function() WORK coroutine.yield(coroutine.status(c)) end) local r=d() return r,coroutine.status(c),select(2,pcall(function() WORK return coroutine.status(c)..tostring(coroutine.running()==c) end)) end) return {coroutine.resume(c)}'],
  ['yield inside pcall', 'return {coroutine.resume(coroutine.create(function() return pcall(function() WORK coroutine.yield(1) end) end))}'],
  ['pcall in gsub in sort', 'local t={2,1} table.sort(t,function(a,b) local s=("x"):gsub("x",function() WORK return select(2,pcall(function() WORK error("e",0) end)) end) return a<b end) return t'],
])('%s', (_name, script) => {
  test('is the same whether the script is left inside or not', () => {
    const plain = reply(script.replaceAll('WORK', `for i=1,3 do end${' '.repeat(LONG.length - 'for i=1,3 do end'.length)}`));
    // The digest of the script stands in errors.
    const digest = /[0-9a-f]{40}/g;
    expect(reply(script.replaceAll('WORK', LONG)).replace(digest, '')).toBe(plain.replace(digest, ''));
    expect(plain).not.toBe('');
  });
});

test.each([
  ['string.gsub', 'string.gsub("a","a",function() LOOP end)'],
  ['table.sort', 'table.sort({2,1},function() LOOP end)'],
  ['table.foreach', 'table.foreach({1},function() LOOP end)'],
  ['a coroutine', 'coroutine.wrap(function() LOOP end)()'],
  ['pcall in a coroutine', 'coroutine.resume(coroutine.create(function() while true do pcall(function() LOOP end) end end))'],
  ['a coroutine in gsub in pcall', 'pcall(string.gsub,"a","a",function() coroutine.wrap(function() LOOP end)() end)'],
])('a loop without end in %s makes the server busy, and can be killed', (_name, script) => {
  const world = new TestServer({ config: { 'busy-reply-threshold': 100 } });
  world.client('a').sendArgv(['EVAL', script.replace('LOOP', 'while true do end'), '0']);
  world.advance(200);
  expect(world.ask('PING', 'b')).toMatch(/^\(error\) BUSY/);
  expect(world.ask('SCRIPT KILL', 'b')).toBe('OK');
  world.advance(10);
  expect(world.client('a').take()).toMatch(/^-ERR Script killed by user with SCRIPT KILL/);
  expect(world.ask('EVAL "return {pcall(error,1)}" 0', 'b')).toBe('1) (nil)  2) "1"');
});

test('table.sort makes the same comparisons as Lua does', () => {
  const world = new TestServer();
  // In a comparison without a function nobody is asked: a metamethod notes what Lua itself compares.
  const script = `
    local function run(n, seed, ordered)
      math.randomseed(seed)
      local values, log = {}, {}
      for i = 1, n do values[i] = math.random(9) end
      local function less(a, b) log[#log+1] = a.v..':'..b.v if ordered then return a.v < b.v end return (a.v * 7 + b.v * 3) % 2 == 0 end
      local meta = {__lt = less}
      local function boxed() local t = {} for i = 1, n do t[i] = setmetatable({v = values[i]}, meta) end return t end
      local one, two = boxed(), boxed()
      local ok1, e1 = pcall(function() table.sort(one) end)
      local first = table.concat(log, ' ') log = {}
      local ok2, e2 = pcall(function() table.sort(two, function(a, b) return less(a, b) end) end)
      local function shown(t) local s = {} for i = 1, n do s[i] = t[i].v end return table.concat(s, ',') end
      if first ~= table.concat(log, ' ') or ok1 ~= ok2 or (ok1 and shown(one) ~= shown(two)) then return 'differs: '..n..' '..seed..' '..tostring(e1)..' '..tostring(e2) end
    end
    for n = 0, 24 do for seed = 1, 12 do local d = run(n, seed, true) or run(n, seed, false) if d then return d end end end
    return 'same'`;
  const atOnce = world.client('a').sendArgv(['EVAL', script, '0']);
  world.advance(60_000);
  expect(atOnce + world.client('a').take()).toBe('$4\r\nsame\r\n');
});
