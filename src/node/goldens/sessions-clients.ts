/*
 * Sessions about clients: who caches what, and what a server tells of its work.
 */
import type { Session } from './sessions.ts';

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

export const tracking: readonly Session[] = [
  {
    title: 'reads are remembered once',
    lines: lines(`
      a> HELLO 3
      a> CLIENT TRACKING ON
      a> MGET x y
      a> SET x 1
      a> SET x 1
      b> SET y 1
      a> MULTI
      a> GET x
      a> SET x 2
      a> GET x
      a> SET x 3
      a> EXEC
      b> DEL x
      b> DEL x
      a> OBJECT ENCODING nokey
      b> SET nokey 1
      a> GET k
      b> MULTI
      b> SET k 1
      b> DEL k
      b> EXEC
      a> CLIENT TRACKING OFF
      a> CLIENT TRACKINGINFO
    `),
  },
  {
    title: 'options that do not fit',
    lines: lines(`
      CLIENT TRACKING ON REDIRECT 999999
      CLIENT TRACKING ON REDIRECT
      CLIENT TRACKING ON PREFIX a
      CLIENT TRACKING OFF PREFIX a
      CLIENT TRACKING ON OPTIN OPTOUT
      CLIENT TRACKING ON BCAST OPTIN
      CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
      CLIENT TRACKING ON BCAST PREFIX a PREFIX b
      CLIENT TRACKING ON BCAST PREFIX ab
      CLIENT TRACKING ON
      CLIENT TRACKING ON BCAST NOLOOP
      CLIENT TRACKINGINFO
      CLIENT TRACKING OFF
      CLIENT CACHING YES
      CLIENT TRACKING ON OPTIN
      CLIENT TRACKING ON OPTOUT
      CLIENT CACHING NO
      CLIENT CACHING YES
      CLIENT TRACKINGINFO
      CLIENT TRACKINGINFO
      GET k
      CLIENT TRACKINGINFO
    `),
  },
  {
    title: 'redirected to a subscriber',
    lines: lines(`
      s> SUBSCRIBE __redis__:invalidate
      a> CLIENT TRACKING ON REDIRECT #id:s
      a> GET k
      b> SET k 1
      b> SET k 1
      a> GET k
      b> FLUSHALL
      a> HELLO 3
      a> GET k
      s  leaves
      b> SET k 2
      a> CLIENT TRACKINGINFO
    `),
  },
  {
    title: 'prefixes, and who wrote',
    lines: lines(`
      a> HELLO 3
      a> CLIENT TRACKING ON BCAST PREFIX user: PREFIX job:
      b> HELLO 3
      b> CLIENT TRACKING ON BCAST NOLOOP
      c> MSET user:2 x other x user:1 x job:1 x
      b> SET user:1 y
      b> MULTI
      b> DEL user:1
      b> SET other 1
      b> EXEC
      c> FLUSHALL ASYNC
      b> FLUSHALL
    `),
  },
];

export const cluster: readonly Session[] = [
  {
    title: 'no cluster here',
    lines: lines(`
      CLUSTER INFO
      CLUSTER KEYSLOT foo
      CLUSTER HELP
      CLUSTER FOO
      CLUSTER
      CLUSTER NODES x
      CLUSTER SETSLOT 1 STABLE
      CLUSTER ADDSLOTS 1
      READONLY
      READWRITE
      ASKING
      RESTORE-ASKING foo 0 x
      MODULE LOAD /x
      MODULE UNLOAD foo
      MODULE FOO
      LATENCY LATEST
      LATENCY HISTORY x
      LATENCY GRAPH x
      LATENCY RESET a
      LATENCY FOO
      LATENCY HISTOGRAM foo
    `),
  },
];
