/*
 * What is recorded
 * ----------------
 * Tables by family, written out where a reader should see them and multiplied where every combination
 * counts; and a few random scenarios of each family of conformance.
 */
import { cluster, tracking } from './sessions-clients.ts';
import { scripts } from './sessions-scripts.ts';
import { commandTable, type Bytes } from '../../engine/index.ts';
import { inlineWord } from '../conformance/scenario.ts';
import { streams } from './stream-sessions.ts';

export interface Session {
  readonly title: string;
  readonly lines: readonly string[];
}

const session = (title: string, text: string): Session => ({ title, lines: text.split('\n').map((line) => line.trim()).filter((line) => line !== '') });
const quoted = (bytes: Bytes): string => (bytes === '' ? '""' : inlineWord(bytes));

const NUMBERS = ['0', '1', '-1', '10', '9223372036854775807', '-9223372036854775808', '9223372036854775808', '9223372036854775806', ' 1', '1 ', '+1', '01', '-0', '1.5', 'abc', '""'];
const FLOATS = [
  '0', '1', '-1', '0.1', '0.2', '3.0', '10.50', '5.0e3', '1e17', '1e-7', '3.141592653589793238', '1e308', '-1e308', '1e4931', '1e4932', '1e-4950', '17.000000000000000001', '99999999999999999',
  '1234567890123456789', '.5', '5.', '0x1p3', 'inf', '-inf', 'nan', '" 1"', '"1 "', '1.2.3', '""', '"0.1\\x00"', '1e1000000', '000012', '-0', '0.00000000000000001', '123456789.123456789',
];
const ODD_STRINGS: readonly Bytes[] = ['', 'a', '\x00', '\xff\xfe', 'a\r\nb', '"', 'caf\xc3\xa9', '0', '-1', '12345', '01', '+1', '-0', '9223372036854775807', '9223372036854775808', '1.5', ' ', 'x'.repeat(43), 'x'.repeat(44), 'x'.repeat(45), '1'.repeat(20), '1'.repeat(21)];

function crossed(title: string, before: (a: string) => string, line: (b: string) => string, as: readonly string[], bs: readonly string[], after?: string): Session {
  return { title, lines: as.flatMap((a) => bs.flatMap((b) => [before(a), line(b), ...(after === undefined ? [] : [after])])) };
}

/** Every subset of the words, in their order and in reverse. */
function arrangements(words: readonly string[]): string[] {
  const all: string[] = [];
  for (let mask = 0; mask < 2 ** words.length; mask++) {
    const chosen = words.filter((_, index) => (mask >> index) & 1);
    all.push(chosen.join(' '));
    if (chosen.length > 1) all.push(chosen.toReversed().join(' '));
  }
  return all;
}

const RANGES = ['0 -1', '0 0', '1 3', '-3 -1', '-100 2', '3 1', '0 100', '-1 -3', '100 200', '-1 100', '0 -100', '9223372036854775807 -1', '-9223372036854775808 9223372036854775807', '0 x', 'x 0', '1.5 2'];

const strings: readonly Session[] = [
  { title: 'SET with every set of options', lines: arrangements(['NX', 'GET', 'EX 1000000', 'KEEPTTL']).flatMap((options) => ['DEL k', `SET k v ${options}`, 'GET k', `SET k w ${options}`, 'GET k', 'TTL k']) },
  session('SET refuses', `
    SET k v NX XX
    SET k v XX NX
    SET k v EX
    SET k v EX 0
    SET k v EX -1
    SET k v PX 0
    SET k v EX x
    SET k v EX 9223372036854775807
    SET k v PX 9223372036854775807
    SET k v EXAT 0
    SET k v PXAT -5
    SET k v EXAT 1
    EXISTS k
    SET k v EX 10 PX 10
    SET k v EX 10 KEEPTTL
    SET k v GET GET
    SET k v NX NX
    SET k v nonsense
    SET k
    SET
    SET k v ""
    set k v ex 100000 xx
    sEt k v gEt
    GETSET k w
    GETSET k
    GETEX k EX 1000000 PERSIST
    GETEX k PERSIST
    GETEX k EXAT 1
    EXISTS k
    GETEX k EX 10
    GETEX
    SETNX k v
    SETNX k v
    SETEX k 0 v
    SETEX k x v
    SETEX k 1000000 v
    PSETEX k -1 v
    PSETEX k 9223372036854775807 v
    GETDEL k
    GETDEL k
    GETDEL
  `),
  { title: 'counters on every kind of number', lines: NUMBERS.flatMap((value) => ['INCR', 'DECR'].flatMap((command) => [`SET n ${value.includes(' ') ? `"${value}"` : value}`, `${command} n`, 'GET n', 'OBJECT ENCODING n'])) },
  { title: 'INCRBY and DECRBY by every kind of number', lines: NUMBERS.flatMap((by) => ['-5', '9223372036854775807'].flatMap((value) => ['INCRBY', 'DECRBY'].flatMap((command) => [`SET n ${value}`, `${command} n ${by.includes(' ') ? `"${by}"` : by}`]))) },
  crossed('INCRBYFLOAT', (a) => `SET f ${a}`, (b) => `INCRBYFLOAT f ${b}`, FLOATS, ['1', '0.1', '-0.3', '1e15', '3.0e-5'], 'GET f'),
  { title: 'INCRBYFLOAT by odd numbers', lines: FLOATS.flatMap((by) => ['SET f 3', `INCRBYFLOAT f ${by}`]) },
  { title: 'GETRANGE and SUBSTR', lines: ['SET s "Hello World"', 'SET i 12345', 'SET e ""', ...['s', 'i', 'e', 'none'].flatMap((name) => RANGES.map((range) => `GETRANGE ${name} ${range}`)), ...RANGES.map((range) => `SUBSTR s ${range}`)] },
  { title: 'SETRANGE and APPEND', lines: ['0 x', '5 abc', '11 z', '20 q', '3 ""', '-1 x', 'x y', '536870912 a', '536870913 ""', '536870911 ab'].flatMap((args) => ['SET s "Hello World"', `SETRANGE s ${args}`, 'GET s', 'OBJECT ENCODING s', 'DEL t', `SETRANGE t ${args}`, 'STRLEN t', 'EXISTS t', 'SET i 42', `SETRANGE i ${args}`, 'GET i', 'OBJECT ENCODING i']) },
  { title: 'lengths and encodings', lines: ODD_STRINGS.flatMap((value) => [`SET k ${quoted(value)}`, 'STRLEN k', 'OBJECT ENCODING k', 'GET k', `APPEND k ${quoted(value)}`, 'OBJECT ENCODING k', 'STRLEN k', 'DEL k', `APPEND k ${quoted(value)}`, 'OBJECT ENCODING k', 'TYPE k']) },
  session('encodings after commands', `
    SET a 10
    OBJECT ENCODING a
    APPEND a 1
    OBJECT ENCODING a
    SET a 10
    INCRBYFLOAT a 1
    OBJECT ENCODING a
    GETRANGE a 0 -1
    INCR a
    OBJECT ENCODING a
    SET a short
    OBJECT ENCODING a
    SETRANGE a 0 S
    OBJECT ENCODING a
    COPY a b
    OBJECT ENCODING b
    RENAME b c
    OBJECT ENCODING c
    MSET d 10000 e text f 3.5
    OBJECT ENCODING d
    OBJECT ENCODING e
    OBJECT ENCODING f
    GETSET d 9999
    OBJECT ENCODING d
    SETEX d 1000000 123
    OBJECT ENCODING d
    DECR d
    OBJECT ENCODING d
    OBJECT ENCODING none
    OBJECT REFCOUNT e
    OBJECT FREQ e
    OBJECT IDLETIME e
    OBJECT IDLETIME none
    OBJECT NOTHING e
    OBJECT ENCODING
    OBJECT
  `),
  session('many keys at once', `
    MSET a 1 b 2 c 3
    MGET a b none c a
    MSET a
    MSET a 1 b
    MSETNX a 9 z 9
    EXISTS z
    MSETNX y 1 z 2
    MSETNX
    MGET
    MSET a 1 a 2
    GET a
    MSETNX q 1 q 2
    GET q
  `),
  {
    title: 'LCS',
    lines: ['MSET a ohmytext b mynewtext c "" d 12345 e ohmytext', ...[
      'a b', 'a b LEN', 'a b IDX', 'a b IDX LEN', 'a b IDX MINMATCHLEN 4', 'a b IDX MINMATCHLEN 4 WITHMATCHLEN', 'a b IDX WITHMATCHLEN', 'a b LEN MINMATCHLEN 2', 'a b WITHMATCHLEN', 'a b MINMATCHLEN', 'a b MINMATCHLEN x', 'a b MINMATCHLEN -1 IDX', 'a c', 'a none', 'a none LEN',
      'a none IDX', 'a d', 'a e', 'a e IDX', 'a e IDX WITHMATCHLEN', 'none none IDX LEN', 'a b nonsense', 'a', 'a b idx minmatchlen 2 withmatchlen',
    ].map((args) => `LCS ${args}`), 'HELLO 3', 'LCS a b IDX WITHMATCHLEN', 'LCS a none IDX', 'LCS a b LEN'],
  },
];

const generic: readonly Session[] = [
  session('existence', `
    MSET a 1 b 2 c 3
    EXISTS a
    EXISTS a a b none
    TYPE a
    TYPE none
    TOUCH a none b
    DEL a none
    UNLINK b b
    DEL
    EXISTS
    RANDOMKEY
    DEL c
    RANDOMKEY
    DBSIZE
  `),
  session('rename, move, copy', `
    SET a 1 EX 1000000
    RENAME a b
    TTL b
    RENAME a b
    RENAME b b
    RENAMENX b b
    SET c 3
    RENAMENX b c
    RENAMENX b d
    RENAMENX none d
    RENAME none none
    COPY d e
    TTL e
    COPY d e
    COPY d e REPLACE
    COPY d d
    COPY d d DB 1
    COPY d d DB 1
    COPY d d DB 1 REPLACE
    COPY d x DB 99
    COPY d x DB -1
    COPY d x DB x
    COPY d x DB
    COPY d x nonsense
    COPY none x
    MOVE d 1
    MOVE d 2
    MOVE d 0
    MOVE none 1
    MOVE d 99
    MOVE d x
    MOVE d -1
    SELECT 2
    EXISTS d
    KEYS *
    SELECT 16
    SELECT -1
    SELECT x
    SELECT 99999999999999999999
    SELECT
    SWAPDB 0 2
    SWAPDB 0 16
    SWAPDB x 0
    SWAPDB 0 x
    DBSIZE
    FLUSHDB
    FLUSHDB nonsense
    FLUSHDB ASYNC
    FLUSHALL SYNC
    FLUSHALL SYNC ASYNC
  `),
  session('KEYS and SCAN', `
    MSET foo 1 foobar 2 f?o 3 f*o 4 bar 5 "" 6 [x] 7 f\\\\o 8
    KEYS *
    KEYS f?o
    KEYS "f\\\\?o"
    KEYS f[a-z]*
    KEYS f[^a-z]*
    KEYS [b-f]*
    KEYS f[
    KEYS ""
    KEYS \\\\
    KEYS "\\\\[x\\\\]"
    KEYS
    SCAN 0 COUNT 1000
    SCAN 0 MATCH f* COUNT 1000
    SCAN 0 MATCH f* COUNT 1000 TYPE string
    SCAN 0 COUNT 1000 TYPE list
    SCAN 0 TYPE nothing
    SCAN 0 COUNT 0
    SCAN 0 COUNT -1
    SCAN 0 COUNT x
    SCAN 0 COUNT
    SCAN 0 nonsense
    SCAN x
    SCAN -1
    SCAN "1 "
    SCAN " 1"
    SCAN 18446744073709551616
    SCAN
  `),
  { title: 'DUMP of every encoding', lines: [...ODD_STRINGS, 'ab'.repeat(100), 'abcd'.repeat(1000), '-129', '32767', '-32769', '2147483647', '2147483648', '127', '128'].flatMap((value) => [`SET k ${quoted(value)}`, 'DUMP k']).concat(['DUMP none', 'DUMP']) },
  session('RESTORE', `
    RESTORE k 0 "\\x00\\xc0\\n\\x0c\\x00\\xa5\\xe9c\\x85\\xf4\\x84\\xfd\\xf2"
    GET k
    RESTORE k 0 "\\x00\\xc0\\n\\x0c\\x00\\xa5\\xe9c\\x85\\xf4\\x84\\xfd\\xf2"
    RESTORE k 1000000000 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" REPLACE
    GET k
    TTL k
    RESTORE k -1 x REPLACE
    RESTORE k x x
    RESTORE q 0 x
    RESTORE q 0 ""
    RESTORE q 0 "\\x00\\x05hellO\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC"
    RESTORE q 1 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" ABSTTL
    EXISTS q
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" IDLETIME 100 FREQ 1
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" FREQ 1 IDLETIME 100
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" IDLETIME -1
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" FREQ 256
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" nonsense
    RESTORE q 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC" FREQ 10
    RESTORE q 0
  `),
];

const STATES = ['DEL k', 'SET k v', 'SET k v EX 1000000', 'SET k v EX 3000000'];
const CONDITIONS = ['', 'NX', 'XX', 'GT', 'LT', 'XX GT', 'LT XX', 'NX GT', 'GT LT', 'NX XX', 'nonsense', 'GT nonsense', 'nx'];

const expire: readonly Session[] = [
  { title: 'EXPIRE with every condition in every state', lines: STATES.flatMap((state) => CONDITIONS.flatMap((condition) => [state, `EXPIRE k 2000000 ${condition}`, 'TTL k'])) },
  {
    title: 'moments that do not fit', lines: ['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT'].flatMap((command) =>
      ['9223372036854775807', '-9223372036854775808', '9223372036854775', '9223372036854776', '92233720368547758', '9223372036854775808', '0', '-1', 'x', '1.5', '""'].flatMap((amount) => ['SET k v', `${command} k ${amount}`, 'EXISTS k', 'TTL k', 'PEXPIRETIME k', `${command} none ${amount}`])),
  },
  session('TTL and its relatives', `
    TTL none
    PTTL none
    EXPIRETIME none
    PEXPIRETIME none
    SET k v
    TTL k
    PTTL k
    EXPIRETIME k
    PEXPIRETIME k
    EXPIREAT k 4102444800
    EXPIRETIME k
    PEXPIRETIME k
    PEXPIREAT k 4102444800499
    EXPIRETIME k
    PEXPIREAT k 4102444800500
    EXPIRETIME k
    PERSIST k
    PERSIST k
    PERSIST none
    TTL
    EXPIRE k
    PERSIST
  `),
  session('keys end', `
    DEBUG SET-ACTIVE-EXPIRE 0
    SET a 1 PX 5
    SET b 2 PX 5
    SET c 3 PX 5
    SET d 4 PX 5
    + 60 ms
    DBSIZE
    GET a
    TTL b
    EXISTS c
    DBSIZE
    INCR d
    TTL d
    SET e 5 PX 5
    DEBUG SET-ACTIVE-EXPIRE 1
    + 300 ms
    DBSIZE
  `),
  session('expiry and notifications', `
    CONFIG SET notify-keyspace-events KEA
    s> PSUBSCRIBE __key*
    SET a 1
    EXPIRE a 1000
    PERSIST a
    EXPIRE a -1
    SET b 1 PX 5
    + 300 ms
    GETEX none
    SET c 1
    GETEX c EX 1000
    GETDEL c
    RENAME none x
    SET d 1 EX 100
    SET d 2 KEEPTTL
    COPY d e
    MOVE d 1
    INCRBY e 1
    INCRBYFLOAT e 1
    APPEND e x
    SETRANGE e 0 y
    MSET f 1 g 2
    RENAME f g
    RESTORE h 0 "\\x00\\x05hello\\x0c\\x00\\xa8\\x04\\xeb\\xb6\\x9f\\x1e\\xbeC"
    DEL h g
    FLUSHALL
  `),
];

const connection: readonly Session[] = [
  session('HELLO', `
    HELLO
    HELLO 3
    HELLO
    HELLO 2
    HELLO 1
    HELLO 4
    HELLO x
    HELLO 3 AUTH default x
    HELLO 3 AUTH nobody x
    HELLO 3 AUTH default
    HELLO 3 SETNAME worker
    CLIENT GETNAME
    HELLO 3 SETNAME "with blank"
    HELLO 3 SETNAME
    HELLO 3 nonsense
    HELLO 2 SETNAME "" AUTH default x
    CLIENT GETNAME
  `),
  session('AUTH', `
    AUTH x
    AUTH default x
    AUTH nobody x
    AUTH
    AUTH a b c
    CONFIG SET requirepass secret
    PING
    b> PING
    b> GET k
    b> HELLO 3
    b> HELLO 3 AUTH default wrong
    b> AUTH wrong
    b> AUTH default wrong
    b> AUTH nobody secret
    b> MULTI
    b> EXEC
    b> QUIT
    c> AUTH secret
    c> PING
    c> RESET
    c> PING
    c> AUTH default secret
    c> PING
    CONFIG GET requirepass
    CONFIG SET requirepass ""
    d> PING
  `),
  session('PING, ECHO, SELECT, RESET, QUIT', `
    PING
    PING hello
    PING a b
    ECHO hello
    ECHO
    ECHO a b
    SELECT 1
    SET k 1
    RESET
    GET k
    RESET x
    QUIT
    PING
    QUIT x
  `),
  session('CLIENT', `
    CLIENT
    CLIENT nonsense
    CLIENT SETNAME worker-1
    CLIENT GETNAME
    CLIENT SETNAME ""
    CLIENT GETNAME
    CLIENT SETNAME "a b"
    CLIENT SETNAME
    CLIENT SETINFO LIB-NAME lib
    CLIENT SETINFO LIB-VER 1.0
    CLIENT SETINFO LIB-NAME "a b"
    CLIENT SETINFO nonsense x
    CLIENT INFO
    CLIENT LIST TYPE pubsub
    CLIENT LIST TYPE nonsense
    CLIENT LIST ID 99999
    CLIENT LIST ID x
    CLIENT LIST nonsense
    CLIENT ID
    CLIENT GETREDIR
    CLIENT TRACKINGINFO
    CLIENT NO-EVICT ON
    CLIENT NO-EVICT x
    CLIENT NO-TOUCH ON
    CLIENT NO-TOUCH OFF
    CLIENT UNBLOCK 99999
    CLIENT UNBLOCK x
    CLIENT UNBLOCK 99999 TIMEOUT
    CLIENT UNBLOCK 99999 nonsense
    CLIENT PAUSE x
    CLIENT PAUSE -1
    CLIENT PAUSE 0 nonsense
    CLIENT PAUSE 1 WRITE
    CLIENT PAUSE 1
    + 30 ms
    CLIENT UNPAUSE
    CLIENT KILL 1.2.3.4:5
    CLIENT KILL ID 99999
    CLIENT KILL ID x
    CLIENT KILL ID 0
    CLIENT KILL TYPE nonsense
    CLIENT KILL TYPE pubsub
    CLIENT KILL USER nobody
    CLIENT KILL ADDR 1.2.3.4:5 SKIPME nonsense
    CLIENT KILL ADDR
    CLIENT KILL MAXAGE x
    CLIENT KILL MAXAGE 0
    CLIENT KILL MAXAGE 100000
    CLIENT KILL
    CLIENT REPLY nonsense
    CLIENT REPLY ON
    CLIENT REPLY SKIP
    PING
    PING
    CLIENT REPLY OFF
    PING
    CLIENT REPLY ON
    s> SUBSCRIBE ch
    CLIENT KILL TYPE pubsub
  `),
];

const transactions: readonly Session[] = [
  session('queues', `
    MULTI
    SET a 1
    INCR a
    GET a
    EXEC
    MULTI
    MULTI
    WATCH a
    DISCARD
    DISCARD
    EXEC
    MULTI
    INCR a
    NOTHING
    EXEC
    GET a
    MULTI
    GET
    EXEC
    MULTI
    SET a x
    INCR a
    SET b 1
    EXEC
    MULTI
    EXEC
    MULTI
    SELECT 1
    SET c 1
    EXEC
    GET c
    MULTI x
    EXEC x
    MULTI
    EXEC x
    EXEC
    MULTI
    SHUTDOWN
    EXEC
    MULTI
    RESET
    EXEC
    MULTI
    HELLO 3
    EXEC
  `),
  session('WATCH', `
    SET k 1
    WATCH k
    MULTI
    INCR k
    EXEC
    WATCH k
    b> SET k 5
    MULTI
    INCR k
    EXEC
    WATCH k
    b> SET k 6
    UNWATCH
    MULTI
    INCR k
    EXEC
    WATCH none
    b> SET none 1
    MULTI
    EXEC
    WATCH k
    b> FLUSHALL
    MULTI
    EXEC
    WATCH k
    b> FLUSHALL
    MULTI
    EXEC
    WATCH k
    b> SELECT 1
    b> SET k 1
    MULTI
    EXEC
    WATCH k
    b> SWAPDB 0 1
    MULTI
    EXEC
    HELLO 3
    WATCH k
    SET k x
    MULTI
    EXEC
    WATCH
  `),
];

const pubsub: readonly Session[] = [
  session('channels and patterns', `
    s> SUBSCRIBE a b a
    s> PSUBSCRIBE a*
    s> SSUBSCRIBE a
    PUBLISH a hello
    PUBLISH ab hello
    PUBLISH c hello
    SPUBLISH a hello
    PUBSUB NUMSUB a b c
    PUBSUB NUMPAT
    PUBSUB SHARDNUMSUB a c
    PUBSUB SHARDCHANNELS
    PUBSUB CHANNELS a
    PUBSUB CHANNELS a b
    PUBSUB nonsense
    PUBSUB
    s> GET k
    s> PING
    s> PING hello
    s> SUBSCRIBE
    s> UNSUBSCRIBE a
    s> UNSUBSCRIBE a
    s> UNSUBSCRIBE none
    s> PUNSUBSCRIBE a*
    s> UNSUBSCRIBE b
    s> SUNSUBSCRIBE a
    s> GET k
    s> UNSUBSCRIBE
    s> PUNSUBSCRIBE
    s> SUNSUBSCRIBE
    s> HELLO 3
    s> SUBSCRIBE a
    s> GET k
    s> PUBLISH a self
    s> PING
    s> RESET
    s> PING
    PUBLISH a
    MULTI
    SUBSCRIBE a
    EXEC
  `),
];

const errors: readonly Session[] = [
  session('words that are no commands', `
    NOTHING
    NOTHING a b c
    "" a
    NOTHING "${'x'.repeat(200)}" y
    "${'n'.repeat(200)}" y
    CONFIG
    CONFIG nonsense
    CONFIG GET
    GET
    GET a b
    GET "a\\r\\nb" c
    NOTHING "a\\r\\nb"
    INFO errorstats
    INFO commandstats
    CONFIG RESETSTAT
    INFO errorstats
  `),
  {
    title: 'wrong arity of every command',
    lines: [...commandTable.all()].filter((each) => each.fullName !== 'shutdown').flatMap((each) => [each, ...(each.subcommands?.values() ?? [])])
      .filter((each) => Math.abs(each.spec.arity) > (each.parent === undefined ? 1 : 2))
      .flatMap((each) => [each.fullName.split('|').join(' '), ...(each.spec.arity > 0 ? [`${each.fullName.split('|').join(' ')} ${'x '.repeat(each.spec.arity)}`.trim()] : [])]),
  },
  session('in pieces and wrong', `
    a| "*1\\r\\n$4\\r\\nPI"
    a| "NG\\r\\n"
    a| "PING\\r\\n"
    a| "PING"
    a| "\\r\\n"
    a| "\\r\\n\\r\\n"
    a| "*0\\r\\n"
    a| "*-1\\r\\n"
    a| "ECHO \\"a b\\" \\r\\n"
    a| "ECHO 'it\\\\'s'\\n"
    a| "ECHO \\"\\\\x41\\\\n\\"\\n"
    a| "ECHO \\"unbalanced\\n"
    b| "*x\\r\\n"
    c| "*2147483648\\r\\n"
    d| "*1\\r\\n+PING\\r\\n"
    e| "*1\\r\\n$-1\\r\\n"
    f| "*1\\r\\n$x\\r\\n"
    g| "*1\\r\\n$536870913\\r\\n"
    h| "GET / HTTP/1.1\\r\\n"
    h| "Host: x\\r\\n"
    i| "POST / HTTP/1.1\\r\\n"
    j| "ECHO \\"a\\"b\\r\\n"
    k| "*1\\r\\n$4\\r\\nPINGxx*1\\r\\n$4\\r\\nPING\\r\\n"
  `),
];

const server: readonly Session[] = [
  { title: 'COMMAND GETKEYSANDFLAGS', lines: [
    'GET k', 'SET k v', 'SET k v GET', 'MSET a 1 b 2', 'MSETNX a 1', 'MGET a b c', 'COPY a b', 'RENAME a b', 'RENAMENX a b', 'DEL a b', 'EXISTS a', 'LCS a b LEN', 'WATCH a b', 'OBJECT ENCODING k', 'MEMORY USAGE k', 'SUBSTR k 0 1', 'MOVE k 1', 'DUMP k', 'RESTORE k 0 x',
    'SUBSCRIBE a', 'SSUBSCRIBE a', 'SPUBLISH a b', 'PING', 'KEYS *', 'SCAN 0', 'EXEC', 'CONFIG GET x', 'GET', 'GET a b', 'NOTHING', 'OBJECT', 'OBJECT nothing', 'CLIENT', 'CLIENT nothing', 'MSET a', 'GETEX k', 'GETDEL k', 'TOUCH a b', 'UNLINK a b', 'EXPIRE k 1', 'INCRBYFLOAT k 1',
  ].flatMap((words) => [`COMMAND GETKEYS ${words}`, `COMMAND GETKEYSANDFLAGS ${words}`]) },
  { title: 'COMMAND LIST', lines: [
    ...['keyspace', 'read', 'write', 'set', 'string', 'fast', 'slow', 'dangerous', 'connection', 'admin', 'transaction', 'pubsub', 'blocking', 'nonsense', 'STRING'].map((category) => `COMMAND LIST FILTERBY ACLCAT ${category}`),
    'COMMAND LIST FILTERBY PATTERN *ex*', 'COMMAND LIST FILTERBY PATTERN config*', 'COMMAND LIST FILTERBY MODULE nothing', 'COMMAND LIST FILTERBY nonsense x', 'COMMAND LIST FILTERBY', 'COMMAND LIST x', 'COMMAND INFO nothing get', 'COMMAND INFO config|get', 'COMMAND INFO config|nothing', 'COMMAND DOCS nothing', 'COMMAND nonsense', 'COMMAND COUNT x',
  ] },
  { title: 'INFO fields', lines: ['', ...['server', 'clients', 'memory', 'persistence', 'threads', 'stats', 'replication', 'cpu', 'cluster', 'keyspace', 'keysizes', 'default', 'all', 'everything', 'nothing', 'SERVER', 'errorstats', 'commandstats', 'latencystats', 'server clients', 'server nothing']].map((section) => `INFO ${section}`.trim()) },
  session('SLOWLOG, MEMORY, DEBUG, ROLE and the rest', `
    SLOWLOG LEN
    SLOWLOG GET x
    SLOWLOG GET -2
    SLOWLOG GET -1
    SLOWLOG GET 1 2
    SLOWLOG RESET
    SLOWLOG nonsense
    MEMORY USAGE none
    SET k v
    MEMORY USAGE k
    MEMORY USAGE k SAMPLES 0
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k SAMPLES x
    MEMORY USAGE k nonsense
    MEMORY USAGE
    MEMORY PURGE
    MEMORY nonsense
    DEBUG
    DEBUG nonsense
    DEBUG OBJECT none
    DEBUG OBJECT k
    DEBUG DIGEST
    DEBUG DIGEST-VALUE k none
    DEBUG SDSLEN k
    DEBUG STRUCTSIZE
    DEBUG ERROR "CODE text"
    ROLE
    LASTSAVE
    TIME
    LASTSAVE x
    SHUTDOWN nonsense
    SHUTDOWN ABORT
    SHUTDOWN ABORT NOW
    DEBUG PROTOCOL nonsense
    ${['string', 'integer', 'double', 'null', 'array', 'set', 'map', 'attrib', 'push', 'verbatim', 'true', 'false', 'bignum'].map((type) => `DEBUG PROTOCOL ${type}`).join('\n')}
    HELLO 3
    ${['string', 'integer', 'double', 'null', 'array', 'set', 'map', 'attrib', 'push', 'verbatim', 'true', 'false', 'bignum'].map((type) => `DEBUG PROTOCOL ${type}`).join('\n')}
  `),
  session('CONFIG', `
    CONFIG GET maxmemory
    CONFIG GET MAXMEMORY
    CONFIG GET max* maxmemory
    CONFIG GET h[z]
    CONFIG GET nothing
    CONFIG SET hz 20 hz 30
    CONFIG SET hz 20 nothing 1
    CONFIG GET hz
    CONFIG SET hz x maxmemory 100mb
    CONFIG GET maxmemory
    CONFIG SET hz 20 maxmemory 100mb
    CONFIG GET hz maxmemory
    CONFIG SET hz
    CONFIG SET
    CONFIG SET port
    CONFIG RESETSTAT x
    CONFIG REWRITE
  `),
];

const hyperloglog: readonly Session[] = [
  { title: 'a HyperLogLog as it fills', lines: [1, 2, 3, 5, 8, 50, 200].flatMap((count) => [`PFADD h ${Array.from({ length: count }, (_, at) => `${count}:${at}`).join(' ')}`, 'PFCOUNT h', 'GET h', 'MEMORY USAGE h', 'PFDEBUG DECODE h']) },
  session('HyperLogLogs together', `
    CONFIG SET hll-sparse-max-bytes 40
    PFADD a 1 2 3
    PFADD b 3 4 5 6 7 8 9 10 11 12 13 14 15
    PFDEBUG ENCODING a
    PFDEBUG ENCODING b
    PFCOUNT a b none
    PFMERGE c a none
    PFDEBUG ENCODING c
    PFMERGE c b
    PFDEBUG ENCODING c
    PFCOUNT c
    PFDEBUG TODENSE a
    PFDEBUG TODENSE a
    PFDEBUG DECODE a
    PFDEBUG nothing a
    PFDEBUG GETREG none
    PFADD a
    PFADD d
    PFADD d
    PFMERGE e
    GET e
    SET s text
    PFADD s a
    PFCOUNT s
    PFCOUNT a s
    PFMERGE s a
    PFMERGE a s
    RPUSH l a
    PFADD l a
    PFCOUNT l
    PFMERGE l
    PFDEBUG ENCODING l
  `),
  { title: 'strings that look like one', lines: ['\\x7f\\xfe', '\\x7f\\xff\\x00', '\\x7f\\xff\\x80', '\\x7f\\xff', '\\x3f\\x7f\\xbf', '', '\\x80'].flatMap((body) => [`SET h "HYLL\\x01abc\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f${body}"`, 'PFCOUNT h', 'OBJECT ENCODING h', 'PFDEBUG DECODE h', 'PFADD h a', 'PFCOUNT h', 'PFMERGE g h', 'GET h', 'PFDEBUG TODENSE h']) },
];

const TOWNS = 'GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.496366 41.902782 Rome 2.3522 48.8566 Paris -74.006 40.7128 York 180 85.05112878 end -180 -85.05112878 begin';

const geo: readonly Session[] = [
  { title: 'places', lines: [TOWNS, 'GEOPOS s Palermo end begin none', 'GEOHASH s Palermo end begin none', 'ZRANGE s 0 -1 WITHSCORES', ...['m', 'KM', 'ft', 'mi', 'x'].flatMap((unit) => [`GEODIST s Palermo York ${unit}`, `GEODIST s end begin ${unit}`, `GEODIST s Rome none ${unit}`]), 'HELLO 3', 'GEOPOS s Paris none', 'GEOHASH none a', 'GEODIST s Rome Paris'] },
  { title: 'every option of a search', lines: [TOWNS, ...['FROMMEMBER Rome', 'FROMLONLAT 14 40'].flatMap((from) => ['BYRADIUS 500 km', 'BYBOX 3000 1500 km', 'BYRADIUS 10000 mi'].flatMap((by) => arrangements(['ASC', 'COUNT 2 ANY', 'WITHDIST']).map((options) => `GEOSEARCH s ${from} ${by} ${options}`))), 'HELLO 3', 'GEOSEARCH s FROMMEMBER Rome BYRADIUS 500 km WITHCOORD WITHDIST WITHHASH DESC'] },
  { title: 'results that are stored', lines: [TOWNS, ...['GEORADIUS s 14 40 500 km STORE d', 'GEORADIUS s 14 40 500 km STOREDIST d', 'GEORADIUSBYMEMBER s Rome 500 mi STOREDIST d', 'GEOSEARCHSTORE d s FROMMEMBER Rome BYBOX 3000 3000 km', 'GEOSEARCHSTORE d s FROMMEMBER Rome BYBOX 3000 3000 km STOREDIST', 'GEOSEARCHSTORE d s FROMLONLAT 0 0 BYRADIUS 1 m', 'GEORADIUSBYMEMBER none x 1 km STORE d'].flatMap((line) => [line, 'ZRANGE d 0 -1 WITHSCORES', 'OBJECT ENCODING d'])] },
  { title: 'places that are refused', lines: ['GEOADD s 181 1 a', 'GEOADD s 1 86 a', 'GEOADD s x 1 a', 'GEOADD s 1e300 -1 a', 'GEOADD s nx xx 1 2 a', 'GEOADD s ch 1 2', 'GEOSEARCH s FROMLONLAT 1 2 BYRADIUS x km', 'GEOSEARCH s FROMLONLAT 1 2 BYRADIUS -1 km', 'GEOSEARCH s FROMLONLAT 1 2 BYRADIUS 1 x', 'GEOSEARCH s FROMLONLAT 1 2 BYBOX 1 -1 km', 'GEOSEARCH s FROMLONLAT 1 2 ASC ASC', 'GEOSEARCH s BYRADIUS 1 km ASC ASC', 'GEOSEARCH s FROMLONLAT 1 2 BYRADIUS 1 km COUNT 0', 'GEOSEARCH s FROMLONLAT 1 2 BYRADIUS 1 km ANY', 'GEOSEARCHSTORE d s FROMLONLAT 1 2 BYRADIUS 1 km WITHDIST', 'GEORADIUS s 1 2 3 km STORE d WITHHASH', 'GEORADIUS_RO s 1 2 3 km STORE d', 'RPUSH l a', 'GEOADD l 1 2 a', 'GEOPOS l a', 'GEOSEARCH l FROMLONLAT 1 2 BYRADIUS 1 km'] },
];

const RULES = [
  'on', 'off', 'nopass', '>p', '<p', '~a', '%R~a', '%W~a', '%RW~a', '%R', '%', '%X~a', '~*', '%RW~*', 'allkeys', 'resetkeys', '&a', '&*', 'resetchannels', '+get', '-get', '+GET|x', '+@read', '-@Read', '+@all', '-@all', '+@nothing', '+nothing',
  '+config|get', '-config', '+config|nothing', '+config|get|x', '+config|', '+select|0', '-select|0', '(~a +get)', '(', ')', '()', '(on)', 'clearselectors', 'reset', 'resetpass', 'sanitize-payload', 'skip-sanitize-payload', 'nonsense', '""', '"~a b"',
];

const acl: readonly Session[] = [
  crossed('every rule behind some others', (a) => `ACL SETUSER u reset ${a}`, (b) => `ACL SETUSER u ${b}`, ['>p', '~a', '%R~a', 'allkeys', '&*', '-get', '+@all', '+@read', '+config|get', '+select|0', '(~a +get)'], RULES, 'ACL LIST'),
  { title: 'every rule alone', lines: ['HELLO 3', ...RULES.flatMap((rule) => ['ACL DELUSER u', `ACL SETUSER u ${rule}`, 'ACL GETUSER u'])] },
  session('what a user may do', `
    ACL SETUSER u on >p ~a* %R~r* %W~w* &c* +@all -@dangerous (%W~z +set) (~s +sort)
    ACL DRYRUN u GET a
    ACL DRYRUN u GET r
    ACL DRYRUN u GET w
    ACL DRYRUN u SET w 1
    ACL DRYRUN u SET w 1 GET
    ACL DRYRUN u SET z 1
    ACL DRYRUN u SET z 1 GET
    ACL DRYRUN u COPY r w
    ACL DRYRUN u COPY w r
    ACL DRYRUN u RENAME a w
    ACL DRYRUN u BITFIELD r GET u8 0
    ACL DRYRUN u BITFIELD r SET u8 0 1
    ACL DRYRUN u EXISTS w
    ACL DRYRUN u MSET a 1 w 2 r 3
    ACL DRYRUN u ZUNIONSTORE w 2 r a
    ACL DRYRUN u ZUNIONSTORE w 0 r
    ACL DRYRUN u SORT s STORE a
    ACL DRYRUN u SORT s BY w*
    ACL DRYRUN u KEYS *
    ACL DRYRUN u CONFIG
    ACL DRYRUN u CONFIG NOTHING
    ACL DRYRUN u CONFIG GET x
    ACL DRYRUN u SUBSCRIBE c d
    ACL DRYRUN u PSUBSCRIBE c* c
    ACL DRYRUN u SPUBLISH d 1
    ACL DRYRUN nobody GET a
    ACL DRYRUN u NOTHING
    ACL DRYRUN u GET
    AUTH u wrong
    AUTH nobody p
    AUTH u p
    ACL WHOAMI
    GET q
    KEYS *
    PUBLISH q 1
    SORT s BY w* GET x
    SORT s BY nosort
    MULTI
    GET q
    EXEC
    HELLO 3 AUTH u wrong
    RESET
    ACL WHOAMI
    ACL LOG
    ACL LOG 1
    ACL LOG RESET
    ACL LOG x
    ACL USERS
    ACL DELUSER u default
    ACL DELUSER u u
    ACL GETUSER u
    ACL GENPASS 0
    ACL GENPASS x
    ACL CAT
    ACL CAT nothing
    ACL SAVE
    ACL LOAD
    ACL NOTHING
    CLIENT KILL USER nobody
  `),
];

/** Directives whose change would end the recording: only looked at. */
const ONLY_SHOWN = /^(port|bind|bind-source-addr|unixsocket|unixsocketperm|dir|dbfilename|logfile|appendonly|appenddirname|tls-.*|replicaof|slaveof|masterauth|masteruser|requirepass|maxclients|maxmemory-clients|oom-score-adj|oom-score-adj-values|pidfile|aclfile|syslog-.*|proc-title-template|set-proc-title|timeout|server-cpulist|bio-cpulist|aof-rewrite-cpulist|bgsave-cpulist|locale-collate|disable-thp|activedefrag|loadmodule|enable-.*|cluster-config-file|maxmemory)$/;
const PROBES = ['-1', '0', '1', '100', '""', 'x', 'yes', 'no', 'YES', '1mb', '10%', '1.5', '99999999999999999999', '2147483648', '" 1"', 'a b'];

/** What is asked of every directive; the names come from the real server. */
export function directiveSession(names: readonly string[]): Session[] {
  return [
    { title: 'the directives', lines: names.map((name) => `CONFIG GET ${name}`) },
    ...names.filter((name) => !ONLY_SHOWN.test(name)).map((name) => ({ title: `CONFIG SET ${name}`, lines: PROBES.flatMap((probe) => [`CONFIG SET ${name} ${probe}`, `CONFIG GET ${name}`]) })),
  ];
}

export const sessionsByFile: Readonly<Record<string, readonly Session[]>> = { strings, generic, expire, connection, transactions, pubsub, errors, server, hyperloglog, geo, streams, acl, tracking, cluster, scripts };
