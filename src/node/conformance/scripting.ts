/*
 * Scenarios of scripts
 * --------------------
 * Scripts made of random expressions: values of every kind nested in one another, Lua's own libraries, cjson, cmsgpack,
 * struct and bit with good and bad arguments, commands called and failing, errors raised and caught, RESP3. Left out is
 * what differs from run to run (addresses, the CPU clock), and `error({})`, which ends the real server.
 */
import type { Bytes } from '../../engine/index.ts';
import type { Chance } from './chance.ts';
import { named, send, type Family } from './family.ts';
import { request } from './grammar.ts';
import type { Step } from './scenario.ts';
import type { Words } from './values.ts';

const NUMBERS = ['0', '1', '-1', '2', '3.5', '-2.7', '0.1', '1/3', '1e15', '1e16', '2^31', '2^32', '2^53', '-2^53', '2^63', '-2^63', '1e100', '1/0', '-1/0', '255', '65536', '123456789012', '1.5e-7'];
const STRINGS = ["''", "'a'", "'abc'", "'10'", "'0x10'", "' 7 '", "'1e3'", "'a b'", "'\\0x'", "'\\255\\128'", "'\\1\\2\\3\\4\\5\\6\\7\\8'", "'\\\"q\\\\'", "'key'", "'ERR no'", "'-x y'", "('x'):rep(40)"];
const JSON_TEXTS = ['[1,2,{"a":[true,false,null]}]', '{"a":1,"b":{"c":[]}}', '"\\\\u00e9\\\\ud83d\\\\ude00"', '"\\\\ud83d"', '[1,]', '{"a":}', '{"a" 1}', '[1 2]', 'nul', '1e5', '-0', '01', '0x1F', 'inf', '-nan', '.5', '+1', '', ' ', '[[[[1]]]]', '"abc', '"\\\\q"', '{}', '[]]', 'true', '1.5.5'];
const FORMATS = ['%d', '%5d|%-5d', '%05.1f', '%x', '%X', '%o', '%s', '%q', '%c', '%e', '%g', '%10.3s|', '%u', '%i', '%%', '%', '%z', '%+d', '%#x', '%.14g', '%s %s %s'];
const STRUCTS = ['b', 'B', '>h', '<H', '>I3', 'i', 'l', '>L', 'f', 'd', 's', 'c3', 'c0', 'bc0', '!4bi', 'x', 'i33', 'z', 'I2I2', '>d', '! 8 b', '!3i', 'i9'];
const PATTERNS = ['.', '%w+', '(%w)(%w)', '()', '', '^a', '^', 'a*', '[%d%s]', '%f[%w]%w', '%b()', '(', '%', '[a', '%1', 'b-', '(a*(.)%w(%s*))', '$', 'x?', '[^%w]', '.-$'];
const SUBJECTS = ["'abc'", "'a1 b2 (c3)'", "''", "'aaa'", "'hello world'", "'x=1, y=2'", 'KEYS[1]', '10', "'\\0a\\0'"];
const CALLS = ['get', 'set', 'incr', 'incrby', 'del', 'lpush', 'lrange', 'hset', 'hgetall', 'sadd', 'smembers', 'zadd', 'zrange', 'zscore', 'exists', 'type', 'expire', 'ttl', 'append', 'getrange', 'mget', 'ping', 'echo', 'multi', 'subscribe', 'nosuch', 'config', 'object', 'sismember', 'hget', 'llen', 'zincrby', 'incrbyfloat', 'lpop', 'publish'];
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  get: ['K'], set: ['K', 'V'], incr: ['K'], incrby: ['K', 'N'], del: ['K'], lpush: ['K', 'V', 'V'], lrange: ['K', '0', '-1'], hset: ['K', 'V', 'V'], hgetall: ['K'], sadd: ['K', 'V'], smembers: ['K'], zadd: ['K', 'N', 'V'],
  zrange: ['K', '0', '-1', "'withscores'"], zscore: ['K', 'V'], exists: ['K'], type: ['K'], expire: ['K', '1000'], ttl: ["'none'"], append: ['K', 'V'], getrange: ['K', '0', '2'], mget: ['K', 'K'], echo: ['V'], sismember: ['K', 'V'], hget: ['K', 'V'], llen: ['K'], zincrby: ['K', 'N', 'V'], incrbyfloat: ['K', 'N'], lpop: ['K'], publish: ['K', 'V'],
};

/** Lua in pieces. */
class Script {
  private readonly chance: Chance;
  constructor(chance: Chance) {
    this.chance = chance;
  }

  private key(): string {
    return this.chance.pick(["'k1'", "'k2'", "'k3'", "'k4'", 'KEYS[1]']);
  }

  call(): string {
    const { chance } = this;
    const name = chance.pick(CALLS);
    const given = (ARGUMENTS[name] ?? []).map((what) => (what === 'K' ? this.key() : what === 'V' ? chance.pick([...STRINGS, ...NUMBERS]) : what === 'N' ? chance.pick(NUMBERS) : what));
    if (chance.happens(0.08)) given.pop();
    if (chance.happens(0.05)) given.push(this.value(1));
    return `redis.${chance.happens(0.7) ? 'call' : 'pcall'}(${[`'${chance.happens(0.1) ? name.toUpperCase() : name}'`, ...given].join(',')})`;
  }

  value(depth: number): string {
    const { chance } = this;
    if (depth <= 0) return chance.pick([chance.pick(NUMBERS), chance.pick(STRINGS), 'true', 'false', 'nil', 'cjson.null']);
    const sub = (): string => this.value(depth - 1);
    const list = (most: number): string => Array.from({ length: chance.below(most + 1) }, sub).join(',');
    return chance.weighted<() => string>([
      [8, () => chance.pick(NUMBERS)],
      [8, () => chance.pick(STRINGS)],
      [3, () => chance.pick(['true', 'false', 'nil', 'cjson.null', 'KEYS', 'ARGV', 'ARGV[1]', 'math.pi', 'redis.LOG_WARNING', 'redis.nosuch', 'nosuch', '_VERSION'])],
      [8, () => `{${list(4)}}`],
      [5, () => `{${Array.from({ length: chance.below(4) }, () => `${chance.pick(['a', 'b', '[1]', '[2]', '[3]', '[10]', '[1.5]', "['1']", '[true]', 'ok', 'err', 'double', 'map', 'set', 'big_number'])}=${sub()}`).join(',')}}`],
      [3, () => `{verbatim_string={format=${chance.pick(["'txt'", "'t'", '1'])},string=${sub()}}}`],
      [6, () => `(${sub()})${chance.pick(['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', ' and ', ' or '])}(${sub()})`],
      [2, () => `${chance.pick(['-', 'not ', '#'])}(${sub()})`],
      [8, () => `cjson.encode(${sub()})`],
      [6, () => `cjson.decode('${chance.pick(JSON_TEXTS)}')`],
      [3, () => `cjson.decode(cjson.encode(${sub()}))`],
      [5, () => `cmsgpack.pack(${list(3)})`],
      [4, () => `{cmsgpack.unpack(cmsgpack.pack(${list(3)}))}`],
      [2, () => `{cmsgpack.${chance.pick(['unpack', 'unpack_one', 'unpack_limit'])}(${chance.pick([...STRINGS, "'\\147\\1\\2\\3'", "'\\129\\161a\\1'"])}${chance.happens(0.5) ? `,${chance.pick(['0', '1', '2', '-1', '9'])}` : ''})}`],
      [5, () => `struct.pack('${chance.pick(STRUCTS)}'${chance.happens(0.9) ? `,${chance.pick([...NUMBERS, ...STRINGS])}` : ''}${chance.happens(0.4) ? `,${chance.pick(NUMBERS)}` : ''})`],
      [4, () => `{struct.unpack('${chance.pick(STRUCTS)}',${chance.pick(STRINGS)}${chance.happens(0.3) ? `,${chance.pick(['1', '2', '0', '9', '-1'])}` : ''})}`],
      [1, () => `struct.size('${chance.pick(STRUCTS)}')`],
      [5, () => `bit.${chance.pick(['tobit', 'bnot', 'band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror', 'bswap', 'tohex'])}(${chance.pick(NUMBERS)}${chance.happens(0.8) ? `,${chance.pick(NUMBERS)}` : ''})`],
      [6, () => `string.format('${chance.pick(FORMATS)}',${chance.pick([...NUMBERS, ...STRINGS])},${chance.pick([...NUMBERS, ...STRINGS])})`],
      [4, () => `(${chance.pick(STRINGS)}):${chance.pick(['len()', 'upper()', 'lower()', 'reverse()', 'sub(2,3)', 'sub(-2)', 'byte(1)', 'rep(3)', "find('b')", "gsub('a','%%%0')", "gsub('.',{a=1})", "match('%d+')", "format(1)", 'nosuch()'])}`],
      [3, () => `tostring(${chance.pick([...NUMBERS, ...STRINGS, 'nil', 'true'])})`],
      [2, () => `tonumber(${sub()})`],
      [2, () => `type(${sub()})`],
      [2, () => `math.${chance.pick(['floor', 'ceil', 'abs', 'sqrt', 'fmod', 'max', 'min', 'random'])}(${chance.pick(NUMBERS)},${chance.pick(NUMBERS)})`],
      [2, () => `{unpack({${list(3)}})}`],
      [2, () => `table.concat({${Array.from({ length: 3 }, () => chance.pick([...NUMBERS, ...STRINGS])).join(',')}},',')`],
      [2, () => `{pcall(function() return ${sub()} end)}`],
      [2, () => `select(2,pcall(error,${chance.pick(["'x'", "{err='E x'}", 'nil', "{1,2}", '5'])}))`],
      [6, () => this.withCallback(sub)],
      [3, () => this.coroutine(sub)],
      [4, () => this.withMetatable(sub)],
      [2, () => `(function(...) return select(${chance.pick(["'#'", '1', '2', '-1', '0', '-9', "'x'"])},...) end)(${list(3)})`],
      [2, () => `{table.${chance.pick(['insert', 'remove', 'maxn', 'getn', 'concat', 'setn'])}({${list(3)}}${chance.happens(0.7) ? `,${chance.pick(['0', '1', '2', '3.5', '-1', '9', '255', ...STRINGS])}` : ''}${chance.happens(0.3) ? `,${sub()}` : ''})}`],
      [2, () => `(${chance.pick(SUBJECTS)}):${chance.pick(['find', 'match', 'gmatch', 'gsub'])}('${chance.pick(PATTERNS)}'${chance.happens(0.4) ? `,${chance.pick([...NUMBERS, "'%1'", "'%%'", "'%9'", "'-'"])}` : ''}${chance.happens(0.2) ? `,${chance.pick(['true', '1', '0', '-1', 'nil'])}` : ''})`],
      [2, () => `(function() local r={} for ${chance.pick([`k,v in pairs({${list(3)}})`, `k,v in ipairs({${list(3)}})`, `k,v in (${chance.pick(SUBJECTS)}):gmatch('${chance.pick(PATTERNS)}')`, `k,v in next,{${list(2)}}`, 'k in function(_,n) n=(n or 0)+1 if n<4 then return n end end'])} do r[#r+1]=k r[#r+1]=v ${chance.happens(0.2) ? 'break ' : ''}end return r end)()`],
      [1, () => `loadstring('${chance.pick(['return ...', 'x =', 'return 1,2', 'error(1)', "error(\\'a\\',2)", 'for', '\\27x', 'return nosuch', 'local x <'])}'${chance.happens(0.5) ? `,${chance.pick(["'@n'", "'=n'", "'n'", "'a\\nb'", '5'])}` : ''})`],
      [14, () => this.call()],
      [2, () => `redis.${chance.pick(['sha1hex', 'error_reply', 'status_reply', 'setresp', 'acl_check_cmd', 'log', 'set_repl', 'breakpoint', 'replicate_commands'])}(${list(2)})`],
      [1, () => `loadstring('return ${chance.pick(['1', 'x', '{1,2}', '1 +', 'redis.call("get","k1")'])}')()`],
      [1, () => `coroutine.wrap(function() coroutine.yield(${sub()}) end)()`],
      [1, () => `setmetatable({1,2},{__index=function() return 9 end})`],
    ])();
  }

  /** A function that Lua's own library calls. */
  private withCallback(sub: () => string): string {
    const { chance } = this;
    const body = chance.weighted<() => string>([
      [4, () => `return ${sub()}`], [3, () => 'return a'], [1, () => `error(${chance.pick(["'in callback'", "'c',2", "'c',3", '{err=\'E t\'}', 'nil'])})`], [1, () => 'return nosuch'], [1, () => this.call()], [1, () => 'local x=a.b.c'],
    ])();
    return chance.weighted<() => string>([
      [6, () => `{string.gsub(${chance.pick(SUBJECTS)},'${chance.pick(PATTERNS)}',function(a,b) ${body} end${chance.happens(0.3) ? `,${chance.pick(['0', '1', '2', '-1', "'x'"])}` : ''})}`],
      [5, () => `(function() local t={${Array.from({ length: chance.below(8) }, () => (chance.happens(0.8) ? chance.pick(NUMBERS) : sub())).join(',')}} table.sort(t,function(a,b) ${chance.pick(['return a<b', 'return a>b', 'return a<b', 'return true', 'return a<=b', body])} end) return t end)()`],
      [2, () => `{xpcall(function() ${body} end,function(e) ${chance.pick(['return e', "return 'h:'..type(e)", 'error(e)', 'return {e}', 'return type(e)'])} end)}`],
      [2, () => `{pcall(function(a) ${body} end,${sub()})}`],
      [1, () => `table.${chance.pick(['foreach', 'foreachi'])}({${sub()},${sub()}},function(a,b) ${body} end)`],
      [1, () => `{load(function() ${chance.pick(['return nil', "error('l')", 'return true', "if not n then return 'return 1' end", 'return {}'])} end${chance.happens(0.3) ? ",'=c'" : ''})}`],
      [1, () => `{pcall(pcall${chance.happens(0.5) ? ',pcall' : ''}${chance.happens(0.5) ? `,error,${sub()}` : ''})}`],
    ])();
  }

  private coroutine(sub: () => string): string {
    const { chance } = this;
    const body = chance.pick([`local x=coroutine.yield(${sub()}) return x,${sub()}`, `error(${chance.pick(["'in co'", "'c',2", "{err='E t'}", 'nil', '7'])})`, `return pcall(coroutine.yield,1)`, 'return coroutine.running()==nil', `${this.call()} coroutine.yield(1) return 2`, 'return nosuch', 'for i=1,3 do coroutine.yield(i) end']);
    const use = chance.pick([
      'return {coroutine.resume(c,1)}', 'return {coroutine.resume(c,1)},{coroutine.resume(c,2)}', 'coroutine.resume(c) coroutine.resume(c) coroutine.resume(c) return {coroutine.resume(c)}', 'coroutine.resume(c) return coroutine.status(c)', 'return coroutine.status(c)',
      'local r={coroutine.resume(c)} r[#r+1]=coroutine.status(c) r[#r+1]=coroutine.resume(c) return r', 'return coroutine.resume(coroutine.create(function() return coroutine.resume(c) end))',
    ]);
    return chance.weighted([
      [5, `(function() local c=coroutine.create(function(a,b) ${body} end) ${use} end)()`],
      [3, `(function() local f=coroutine.wrap(function(a,b) ${body} end) return {f(1)${chance.happens(0.6) ? ',f(2)' : ''}${chance.happens(0.3) ? ',f(3)' : ''}} end)()`],
      [1, chance.pick(['coroutine.running()', 'coroutine.resume()', 'coroutine.status(1)', 'coroutine.create(1)', 'coroutine.wrap()', 'coroutine.yield(1)', "coroutine.resume(coroutine.create(print or error),'e')"])],
    ]);
  }

  private withMetatable(sub: () => string): string {
    const { chance } = this;
    const event = chance.pick(['__index', '__newindex', '__add', '__concat', '__eq', '__lt', '__le', '__call', '__unm', '__tostring', '__len', '__metatable', '__mul', '__mode']);
    const handler = chance.weighted([[5, `function(a,b) return ${sub()} end`], [1, `function() error(${chance.pick(["'in meta'", "'m',2"])}) end`], [1, sub()], [1, 'function(...) return select(\'#\',...) end']]);
    const use = chance.pick(['t.x', 't[1]', 't+1', '1+t', "t..'x'", 't==t', 't==u', 't<u', 't<=u', 't(1,2)', '-t', ...(event === '__tostring' ? ['tostring(t)', 'tostring(t)', 'tostring(t)', "'x'..tostring(t)"] : []), '#t', 'getmetatable(t)', 't*t', 'rawget(t,1)', 'rawequal(t,u)', 'cjson.encode(t)', 't', '{t,u}', 'cmsgpack.pack(t)', '{pairs(t)}', 'setmetatable(t,nil)', 't.x.y', "redis.call('echo',t)"]);
    return `(function() local m={${event}=${handler}} local t,u=setmetatable({${sub()}},m),setmetatable({},m) ${chance.happens(0.2) ? 't.y=1 ' : ''}return ${use} end)()`;
  }

  private statement(): string {
    const { chance } = this;
    return chance.weighted<() => string>([
      [6, () => `local v${chance.below(3)}=${this.value(2)}`],
      [6, () => this.call()],
      [2, () => 'redis.setresp(3)'],
      [1, () => `for i=1,${chance.below(5)} do ${this.call()} end`],
      [1, () => `if ${this.value(1)} then ${this.call()} end`],
      [1, () => `error(${chance.pick(["'boo'", "'boo',0", "'boo',2", "{err='MY error'}", "{err='x',a=1}", 'nil', '12', "redis.error_reply('a b')"])})`],
      [1, () => chance.pick(['x=1', 'redis.call=1', 'string.x=1', "rawset(_G,'x',1)", 'setmetatable(_G,{})', 'KEYS=1', "KEYS[1]='k1'"])],
      [1, () => `cjson.${chance.pick(['encode_max_depth(3)', 'encode_max_depth(1000)', 'encode_sparse_array(true)', 'encode_sparse_array(false)', 'encode_number_precision(5)', 'encode_number_precision(14)', "encode_invalid_numbers('null')", 'encode_invalid_numbers(false)', 'decode_invalid_numbers(false)', 'decode_invalid_numbers(true)'])}`],
    ])();
  }

  text(): Bytes {
    const { chance } = this;
    const shebang = chance.happens(0.1) ? `${chance.pick(['#!lua', '#!lua flags=no-writes', '#!lua flags=allow-oom,allow-stale', '#!lua flags=x', '#!lua name=y', '#!luax'])}\n` : '';
    const statements = Array.from({ length: chance.below(4) }, () => this.statement());
    const separator = chance.pick([' ', '\n']);
    return `${shebang}math.randomseed(${chance.below(99)})${separator}${statements.join(separator)}${separator}return ${chance.happens(0.9) ? this.value(3) : `{${this.value(2)},${this.value(2)}}`}`;
  }
}

/** A library with functions of random content. */
function library({ chance }: Words): Bytes {
  const script = new Script(chance);
  const body = `function(KEYS,ARGV) return ${script.value(2)} end`;
  // Of several names that are taken the real server tells one by chance, so a library has one that may be.
  const names = [chance.pick(['f1', 'f2', 'f-3']), ...(chance.happens(0.3) ? [`g${chance.below(1_000_000)}`] : [])];
  const register = names.map((name) => (chance.happens(0.7) ? `redis.register_function('${name}',${body})` : `redis.register_function{function_name='${name}',callback=${body},flags={${chance.pick(["'no-writes'", '', "'x'", "'allow-oom'"])}}}`));
  return `#!${chance.pick(['lua', 'LUA', 'lua', 'lua', 'js'])} name=${chance.pick(['l1', 'l2', 'l3', 'l-4'])}\n${register.join('\n')}`;
}

const scriptArguments = (words: Words): Bytes[] => {
  const { chance } = words;
  return chance.happens(0.04) ? [words.integer(), words.key()] : [String(1), chance.pick(['k1', 'k2', 'k3']), ...Array.from({ length: chance.below(3) }, () => words.value())];
};

export const scripting: Family = {
  length: 60,
  steps(chance, words, length) {
    const steps: Step[] = [send('a', ['FUNCTION', 'FLUSH']), send('a', ['SCRIPT', 'FLUSH'])];
    if (chance.happens(0.3)) steps.push(send('a', ['HELLO', '3']));
    while (steps.length < length) {
      steps.push(send('a', chance.weighted<() => Bytes[]>([
        [60, () => [chance.pick(['EVAL', 'EVAL', 'EVAL', 'EVAL', 'eval', 'EVAL_RO']), new Script(chance).text(), ...scriptArguments(words)]],
        [3, () => ['SCRIPT', 'LOAD', chance.pick(['return 1', 'x x', `return ${new Script(chance).value(2)}`])]],
        [3, () => [chance.pick(['EVALSHA', 'EVALSHA_RO']), chance.pick(['e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 'E0E1F9FABFC9D4800C877A703B823AC0578FF8DB', 'x']), ...scriptArguments(words)]],
        [6, () => ['FUNCTION', 'LOAD', ...(chance.happens(0.4) ? ['REPLACE'] : []), library(words)]],
        [8, () => [chance.pick(['FCALL', 'FCALL_RO']), chance.pick(['f1', 'f2', 'F1', 'none']), ...scriptArguments(words)]],
        [2, () => ['FUNCTION', chance.pick(['DELETE', 'STATS', 'KILL']), ...(chance.happens(0.6) ? [chance.pick(['l1', 'l2'])] : [])]],
        [2, () => request(chance.pick(named('script|exists', 'script|flush', 'script|kill', 'get', 'del', 'type')), words)],
        [2, () => ['COMMAND', chance.pick(['GETKEYS', 'GETKEYSANDFLAGS']), chance.pick(['EVAL', 'EVALSHA', 'EVAL_RO', 'EVALSHA_RO', 'FCALL', 'FCALL_RO']), ...Array.from({ length: chance.below(2) }, () => 'x'), ...(chance.happens(0.8) ? [chance.pick(['0', '1', '2', '3', '-1', 'x', '99999999999'])] : []), ...Array.from({ length: chance.below(4) }, (_, at) => `k${at}`)]],
        [2, () => ['DEL', 'k1', 'k2', 'k3', 'k4']],
      ])()));
    }
    // The settings of cjson are those of the state: the next scenario begins with a new one.
    return [...steps, send('a', ['SCRIPT', 'FLUSH'])];
  },
};
