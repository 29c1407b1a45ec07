/*
 * What is run to see how writes are propagated
 * --------------------------------------------
 * Every way in which a command reaches the AOF otherwise than it was sent, and enough plain ones beside
 * them to show where it does not. Lines are as in goldens: `b> SET k v`, `+ 60 ms`; without a name it is
 * client a. Times to live are whole seconds of ten or more, so that the moment a line ran on the real
 * server can be taken out of what it wrote.
 */
export interface PropagationSession {
  readonly title: string;
  /** Directives that differ from their defaults. */
  readonly config?: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** What was written counts, not after which line: the server acts by itself. */
  readonly asAWhole?: boolean;
}

const session = (title: string, text: string, config: Readonly<Record<string, string>> = {}): PropagationSession => ({
  title, config, lines: text.split('\n').map((line) => line.trim()).filter((line) => line !== ''),
});

const asAWhole = (...parts: Parameters<typeof session>): PropagationSession => ({ ...session(...parts), asAWhole: true });

export const propagationSessions: readonly PropagationSession[] = [
  session('strings', `
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v
    set K "a b"
    SET k v NX
    SET n v NX
    SET k v XX
    SET k v GET
    SET k v NX GET
    SET k v KEEPTTL GET
    SET fresh v get nx
    SET k v GET XX KEEPTTL
    SET k v EX 100
    SET k v PX 100000
    SET k v EXAT 9999999999
    SET k v PXAT 9999999999000
    SET k v pxat 9999999999000 GET
    SET k v EX 100 GET
    SET k v NX EX 100
    SET m v NX EX 100
    SET k w XX GET EX 20
    SET k v EXAT 1
    SET m v PXAT 1
    SETEX k 100 v
    PSETEX k 100000 v
    SETNX k v
    SETNX k2 v
    GETSET k w
    getset new w
    GETDEL k
    GETDEL nothing
    GETEX k2
    GETEX k2 EX 100
    GETEX k2 PX 100000
    GETEX k2 EXAT 9999999999
    GETEX k2 PXAT 9999999999000
    GETEX k2 PERSIST
    GETEX k2 PERSIST
    GETEX k2 EXAT 1
    EXISTS k2
    SET k2 v
    GETEX k2 PXAT 1
    MSET a 1 b 2
    MSETNX a 1 c 2
    MSETNX c 1 d 2
    INCR a
    DECR a
    INCRBY a 5
    DECRBY a 5
    INCRBYFLOAT a 1.5
    INCRBYFLOAT a 0
    INCRBYFLOAT float 3.0
    EXPIRE a 100
    INCRBYFLOAT a 1e2
    APPEND b x
    APPEND made ""
    STRLEN made
    SETRANGE b 3 x
    SETRANGE b 3 ""
    SETRANGE made2 0 ""
    SUBSTR b 0 1
    SETBIT bits 7 1
    SETBIT bits 7 1
    BITOP AND dest bits b
    BITOP AND dest none1 none2
    BITOP AND dest none1 none2
    BITFIELD bits GET u8 0
    BITFIELD bits SET u8 0 3
    BITFIELD bits INCRBY u2 100 1 OVERFLOW FAIL INCRBY u2 100 9
    BITFIELD bits OVERFLOW FAIL INCRBY u2 100 9
    BITFIELD_RO bits GET u8 0
    LCS a b
  `),
  session('lifetimes', `
    MSET k v j v
    EXPIRE k 100
    PEXPIRE k 100000
    EXPIREAT k 9999999999
    PEXPIREAT k 9999999999000
    pexpireat k 9999999999000
    EXPIRE k 100 XX
    EXPIRE k 200 GT
    EXPIRE k 100 GT
    expire k 100 lt
    EXPIRE k 100 NX
    EXPIRE nothing 100
    PERSIST k
    PERSIST k
    EXPIRE k 100 NX
    EXPIRE k -1
    EXPIRE j 0
    EXISTS k j
    SET k v
    PEXPIREAT k 1
    SET k v
    EXPIREAT k 1 NX
    SET k v EX 100
    EXPIRE k -5 XX
    TTL k
    TOUCH k
  `),
  session('lazy deletion of what has expired', `
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 20
    + 60 ms
    GET k
    SET k v PX 20
    + 60 ms
    SET k w
    SET k v PX 20
    + 60 ms
    EXISTS k
    MSET a 1 b 2 c 3
    PEXPIRE a 20
    PEXPIRE b 20
    + 60 ms
    MGET a b c
    SET a 1 PX 20
    SET b 1 PX 20
    + 60 ms
    DEL a b c
    SET a 1 PX 20
    + 60 ms
    INCR a
    SET a 1 PX 20
    + 60 ms
    KEYS *
    SET a 1 PX 20
    + 60 ms
    SCAN 0 COUNT 100
    SET a 1 PX 20
    + 60 ms
    RENAME a b
    SET a 1 PX 20
    + 60 ms
    EXPIRE a 100
    SET a 1 PX 20
    + 60 ms
    TTL a
    SET a 1 PX 20
    + 60 ms
    MULTI
    GET a
    SET b 1
    EXEC
    SET a 1 PX 20
    + 60 ms
    MULTI
    GET a
    EXEC
    SET a 1 PX 20
    + 60 ms
    DBSIZE
    UNLINK a
    RPUSH l 1 2
    PEXPIRE l 20
    + 60 ms
    LPOP l
    SADD s 1
    PEXPIRE s 20
    + 60 ms
    SPOP s 5
    SET a 1 PX 20
    + 60 ms
    COPY a b
    SET a 1 PX 20
    + 60 ms
    OBJECT ENCODING a
  `),
  session('lazy deletion, freed by another thread', `
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 20
    + 60 ms
    GET k
    SET k v
    EXPIRE k -1
    SET k v
    GETEX k EXAT 1
    SET k v
    SET k v PXAT 1
    DEL k
    SADD s 1
    SPOP s
    SADD s 1
    SPOP s 1
    SADD s 1 2
    SPOP s 5
    RPUSH l 1
    LPOP l
    SET a 1
    SET b 1
    RENAME a b
    SET k v
    GETDEL k
  `, { 'lazyfree-lazy-expire': 'yes', 'lazyfree-lazy-server-del': 'yes', 'lazyfree-lazy-user-del': 'yes' }),
  session('active deletion of what has expired', `
    SET k v PX 20
    + 400 ms
    SET a 1 PX 20
    SELECT 3
    SET b 1 PX 50
    + 400 ms
    SET c 1
  `),
  session('active deletion, freed by another thread', `
    SET k v PX 20
    + 400 ms
    PING
  `, { 'lazyfree-lazy-expire': 'yes' }),
  session('databases', `
    SET a 1
    SELECT 5
    SET a 1
    GET a
    SELECT 0
    GET a
    SELECT 7
    SELECT 5
    SET a 2
    MOVE a 6
    MOVE a 6
    b> SET from:b 1
    SET from:a 1
    SWAPDB 0 5
    SWAPDB 3 3
    COPY from:b copied DB 2
    FLUSHDB
    FLUSHDB ASYNC
    FLUSHALL
    flushall sync
    FLUSHALL
    SELECT 1
    SET x 1
    DBSIZE
  `),
  session('keys of any type', `
    SET a 1
    DEL a b
    DEL a
    MSET a 1 b 2
    UNLINK a b
    UNLINK a
    MSET a 1 b 2
    RENAME a c
    RENAMENX c b
    RENAMENX c d
    COPY d e
    COPY d e
    COPY d e REPLACE
    TOUCH e
    RPUSH l 3 1 2
    SORT l
    SORT l STORE sorted
    SORT none STORE sorted
    SORT none STORE sorted
    SORT_RO l
    OBJECT FREQ l
    RESTORE r 0 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19"
    RESTORE r 100000 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" REPLACE
    RESTORE r 9999999999000 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" REPLACE ABSTTL
    RESTORE r 1 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" REPLACE ABSTTL
    RESTORE r 1 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" ABSTTL
    RESTORE r2 100000 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" IDLETIME 50
    RESTORE r2 0 "\\x00\\xc0\\x2a\\x0c\\x00\\x4a\\x8d\\x68\\x3a\\x7c\\x49\\xd1\\x19" REPLACE FREQ 5
    PUBLISH channel message
    WAIT 0 0
  `),
  session('lists', `
    RPUSH l 1 2 3 4 5 6
    LPUSHX l 0
    LPUSHX none 0
    RPUSHX l 7
    LPOP l
    RPOP l 2
    LPOP l 0
    LPOP none
    RPOPLPUSH l m
    LMOVE l m LEFT RIGHT
    LMOVE l l LEFT RIGHT
    lmove l m right left
    RPOPLPUSH none m
    LINSERT l BEFORE 3 x
    LINSERT l BEFORE nothing x
    LSET l 0 y
    LREM l 0 y
    LREM l 0 y
    LTRIM l 0 100
    LTRIM l 5 1
    RPUSH l 1 2 3 4 5
    LMPOP 2 none l LEFT
    LMPOP 2 none l RIGHT COUNT 2
    LMPOP 1 l LEFT COUNT 100
    LMPOP 1 l LEFT
    RPUSH l 1 2 3 4 5 6 7 8
    BLPOP none l 1
    BRPOP l none 1
    BRPOPLPUSH l m 1
    BLMOVE l m LEFT RIGHT 1
    BLMPOP 1 2 none l LEFT
    BLMPOP 1 2 none l RIGHT COUNT 2
    BLPOP l 1
    EXISTS l
  `),
  session('clients that waited', `
    b> BLPOP jobs 0
    RPUSH jobs one
    b> BRPOP jobs 0
    RPUSH jobs one two
    b> BLMOVE jobs done LEFT RIGHT 0
    c> BLMPOP 0 2 done other LEFT COUNT 5
    LPUSH jobs three
    EXISTS jobs done
    b> BRPOPLPUSH src dst 0
    MULTI
    RPUSH src 1
    RPUSH src 2
    EXEC
    b> BZPOPMIN z 0
    ZADD z 1 a 2 b
    b> BZPOPMAX z2 0
    ZADD z2 1 a 2 b
    b> BZMPOP 0 1 z3 MIN COUNT 10
    ZADD z3 1 a 2 b
    b> BLPOP x 0
    c> BLPOP x 0
    RPUSH x 1 2 3
    b> BLPOP y 0
    SELECT 4
    RPUSH y 1
    b> SELECT 4
    c> SELECT 4
    RPUSH there 1
    RENAME there y
    c> BLPOP w 0
    SELECT 0
    RPUSH v 1
    COPY v w DB 4
  `),
  session('hashes', `
    HSET h a 1 b 2
    HSET h a 1
    HMSET h a 1
    HSETNX h a 1
    HSETNX h c 1
    HINCRBY h a 5
    HINCRBYFLOAT h a 1.5
    HINCRBYFLOAT h new 3.0
    HDEL h nothing
    HDEL h a nothing b
    HDEL h c new
    EXISTS h
    HGETALL h
  `),
  session('sets', `
    SADD s 1 2 3
    SADD s 1
    SREM s 9
    SREM s 1
    SMOVE s t 2
    SMOVE s t 9
    SMOVE t t 2
    SADD one 1
    SPOP one
    SADD one 1
    SPOP one 1
    SADD one 1 2 3
    SPOP one 10
    SPOP one
    SPOP one 3
    SPOP one 0
    SADD a 1 2 3
    SADD b 2 3 4
    SINTERSTORE d a b
    SUNIONSTORE d a b
    SDIFFSTORE d a b
    SINTERSTORE d a none
    SINTERSTORE d a none
    SUNIONSTORE d none none
    SINTER a b
    SRANDMEMBER a
  `),
  session('sorted sets', `
    ZADD z 1 a 2 b 3 c
    ZADD z 1 a
    ZADD z CH 1 a
    ZADD z XX CH 5 a 9 new
    ZADD z INCR 1 a
    ZADD z NX INCR 1 a
    ZADD z GT 1 a
    ZINCRBY z 1.5 a
    ZINCRBY z 0 a
    ZREM z nothing
    ZREM z c
    ZPOPMIN z
    ZPOPMAX z 2
    ZPOPMIN z 0
    ZPOPMIN z
    ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h 9 i
    BZPOPMIN none z 1
    BZPOPMAX z 1
    ZMPOP 2 none z MIN
    ZMPOP 1 z MAX COUNT 2
    BZMPOP 1 1 z MIN COUNT 2
    ZREMRANGEBYRANK z 0 0
    ZREMRANGEBYRANK z 50 60
    ZREMRANGEBYSCORE z (100 200
    ZREMRANGEBYSCORE z -inf inf
    ZADD z 0 a 0 b 0 c
    ZREMRANGEBYLEX z [a [b
    ZADD y 1 c 2 d
    ZUNIONSTORE d 2 z y
    ZINTERSTORE d 2 z y WEIGHTS 2 3
    ZDIFFSTORE d 2 z y
    ZDIFFSTORE d 1 none
    ZRANGESTORE d y 0 -1
    ZRANGESTORE d y 5 9
    ZRANGESTORE d y 5 9
    ZRANGE y 0 -1
  `),
  session('transactions', `
    MULTI
    SET a 1
    EXEC
    MULTI
    SET a 1
    INCR a
    EXEC
    MULTI
    GET a
    EXEC
    MULTI
    GET a
    SET a 2
    GET a
    EXEC
    MULTI
    SET a x
    INCR a
    LPUSH a 1
    EXEC
    MULTI
    SELECT 3
    SET a 1
    SELECT 4
    SET a 1
    SELECT 0
    EXEC
    MULTI
    SELECT 2
    SET a 1
    EXEC
    SET a 1
    MULTI
    SET a 1 EX 100
    EXPIRE a 50
    INCRBYFLOAT a 1
    EXEC
    MULTI
    EXEC
    MULTI
    SET a 1
    DISCARD
    WATCH a
    b> SELECT 2
    b> SET a 5
    MULTI
    SET a 1
    EXEC
    MULTI
    PUBLISH c m
    SET a 1
    EXEC
    MULTI
    FLUSHALL
    EXEC
    MULTI
    SADD s 1 2 3
    SPOP s 3
    RPUSH l 1
    BLPOP l 0
    BLPOP l 0
    EXEC
  `),
  session('many members taken at once', `
    DEBUG SET-ACTIVE-EXPIRE 0
    SADD s 1
    SPOP s 1
    SET a 1 PX 20
    SET b 1 PX 20
    + 60 ms
    MSET a 1 b 2
    SET a 1 PX 20
    SET b 1 PX 20
    + 60 ms
    SUNIONSTORE d a b
    SET a 1 PX 20
    + 60 ms
    GETDEL a
    SET a 1 PX 20
    + 60 ms
    GETEX a EX 100
    SET a 1 PX 20
    + 60 ms
    SET a 2 GET
    SET a 1 PX 20
    + 60 ms
    SET a 2 NX EX 100
  `),
  asAWhole('eviction', `
    SET k v
    CONFIG SET maxmemory 1
    GET k
    SET other v
    CONFIG SET maxmemory 0
    SET other v
  `, { 'maxmemory-policy': 'allkeys-lru' }),
  asAWhole('eviction, freed by another thread', `
    MSET a 1
    CONFIG SET maxmemory 1
    GET a
  `, { 'maxmemory-policy': 'allkeys-random', 'lazyfree-lazy-eviction': 'yes' }),
  session('timestamps', `
    + 1100 ms
    SET a 1
    SET a 2
    + 1100 ms
    SET a 3
    MULTI
    SET a 4
    SET a 5
    EXEC
    + 1100 ms
    MULTI
    SET a 4
    SET a 5
    EXEC
    SELECT 2
    SET a 1
  `, { 'aof-timestamp-enabled': 'yes' }),
];
