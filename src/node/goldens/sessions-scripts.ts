/*
 * Scripts that people write
 * -------------------------
 * The mistakes of popular Lua tutorials, in our own words, and what comes of them: no rollback, values cut to integers, lists
 * that end at the first nil, undeclared globals, helpers that are not there.
 */
import type { Session } from './sessions.ts';

const session = (title: string, text: string): Session => ({ title, lines: text.split('\n').map((line) => line.trim()).filter((line) => line !== '') });

export const scripts: readonly Session[] = [
  session('what a value becomes', `
    EVAL "return 3.99" 0
    EVAL "return -3.99" 0
    EVAL "return {1,2,nil,4}" 0
    EVAL "return true" 0
    EVAL "return false" 0
    EVAL "return {a=1}" 0
    EVAL "return redis.call('GET','none') == false" 0
    EVAL "redis.setresp(3) return redis.call('GET','none') == nil" 0
    EVAL "return tostring(3.99)" 0
    EVAL "return {err='broken'}" 0
    EVAL "return {ok='fine'}" 0
  `),
  session('an error takes nothing back', `
    EVAL "redis.call('SET',KEYS[1],'x') return redis.call('INCR',KEYS[1])" 1 w
    GET w
    EVAL "redis.call('SET',KEYS[1],'y') return {redis.pcall('INCR',KEYS[1])}" 1 w
    GET w
    SET a 1
    RPUSH list 1
    EVAL "local found={} for i,key in ipairs(KEYS) do found[i]=redis.call('GET',key) redis.call('DEL',key) end return found" 2 a list
    EXISTS a list
  `),
  session('counters and money', `
    EVAL "local now=tonumber(redis.call('GET',KEYS[1]) or 0) local by=tonumber(ARGV[1]) if now+by<=tonumber(ARGV[2]) then return redis.call('INCRBY',KEYS[1],by) end" 1 n 4 10
    EVAL "local now=tonumber(redis.call('GET',KEYS[1]) or 0) local by=tonumber(ARGV[1]) if now+by<=tonumber(ARGV[2]) then return redis.call('INCRBY',KEYS[1],by) end" 1 n 7 10
    EVAL "local now=tonumber(redis.call('GET',KEYS[1]) or 0) local by=tonumber(ARGV[1]) if now+by<=tonumber(ARGV[2]) then return redis.call('INCRBY',KEYS[1],by) end" 1 n 1.5 10
    EVAL "local now=tonumber(redis.call('GET',KEYS[1]) or 0) local by=tonumber(ARGV[1]) return now+by" 1 n many
    SET purse 70
    EVAL "local want=tonumber(ARGV[1]) if tonumber(redis.call('GET',KEYS[1]))>=want then return redis.call('DECRBY',KEYS[1],want) end return -1" 1 purse -50
    EVAL "if redis.call('SET',KEYS[1],ARGV[1],'NX','EX',ARGV[2]) then return 1 end return 0" 1 lock me 30
    EVAL "if redis.call('SET',KEYS[1],ARGV[1],'NX','EX',ARGV[2]) then return 1 end return 0" 1 lock you 30
    EVAL "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0" 1 lock you
    EVAL "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) end return 0" 1 lock me
  `),
  session('what is not there', `
    EVAL "return os.time()" 0
    EVAL "return os.date()" 0
    EVAL "return type(os.clock())" 0
    EVAL "local json=require('cjson') return json" 0
    EVAL "return io.open('/etc/passwd')" 0
    EVAL "print('hello')" 0
    EVAL "count=1" 0
    EVAL "function helper() end" 0
    EVAL "assert(helper(5)==7,'helper failed')" 0
    EVAL "assert(1==2,'not equal')" 0
    EVAL "return redis.call('PROCESS',KEYS[1])" 1 k
    EVAL "return redis.call('SUBSCRIBE','c')" 0
    EVAL "return redis.call('MULTI')" 0
    EVAL "return redis.call('EVAL','return 1',0)" 0
    EVAL "return redis.call('CONFIG','GET','port')" 0
    EVAL "return redis.call()" 0
    EVAL "return redis.call('SET','k',{})" 0
  `),
  session('lists of arguments', `
    EVAL "return redis.call('MSET',unpack(ARGV))" 2 k1 k2 v1 v2
    MGET k1 k2 v1
    EVAL "return redis.call('MSET',unpack(ARGV))" 1 k1 v1
    EVAL "local t={} for i=1,7999 do t[i]=i end return select('#',unpack(t))" 0
    EVAL "local t={} for i=1,8000 do t[i]=i end return select('#',unpack(t))" 0
    EVAL "return {#KEYS,#ARGV,KEYS[3],ARGV[1]}" 2 a b c
  `),
  session('JSON there and back', `
    EVAL "return cjson.encode(cjson.decode(ARGV[1]))" 0 '{"e":[]}'
    EVAL "return cjson.encode(cjson.decode(ARGV[1]))" 0 '[12345678901234567,1.0,0.1]'
    EVAL "return cjson.encode({ARGV[1],tonumber(ARGV[1])})" 0 5
    EVAL "return cjson.decode(ARGV[1]).a.b" 0 '{"a":null}'
    EVAL "return cjson.decode('{')" 0
  `),
  session('long pauses and blocking commands', `
    EVAL "return redis.call('BLPOP','nothing',0)" 0
    EVAL "return redis.call('WAIT',1,1000)" 0
    EVAL "return redis.call('XREAD','BLOCK','0','STREAMS','s','$')" 0
  `),
];
