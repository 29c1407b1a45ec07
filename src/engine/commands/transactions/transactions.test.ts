import { test } from 'vitest';
import { testKit } from '../../testing.ts';

const { transcript } = testKit(test);

transcript('queued commands run together and answer together', `
  a> MULTI
  a< OK
  a> SET k 1
  a< QUEUED
  a> INCR k
  a< QUEUED
  b> GET k
  b< (nil)
  a> EXEC
  a< 1) OK  2) (integer) 2
`);

transcript('a command that fails inside EXEC leaves the others done', `
  a> MULTI
  a> SET k x
  a> INCR k
  a> SET other 1
  a> EXEC
  a< 1) OK  2) (error) ERR value is not an integer or out of range  3) OK
  a> GET other
  a< "1"
`);

transcript('a command refused while queuing aborts the whole', `
  a> MULTI
  a> SET k
  a< (error) ERR wrong number of arguments for 'set' command
  a> EXEC
  a< (error) EXECABORT Transaction discarded because of previous errors.
  a> EXEC
  a< (error) ERR EXEC without MULTI
`);

transcript('MULTI and WATCH inside a transaction are errors that do not abort it', `
  a> MULTI
  a> MULTI
  a< (error) ERR MULTI calls can not be nested
  a> WATCH k
  a< (error) ERR WATCH inside MULTI is not allowed
  a> PING
  a> EXEC
  a< 1) PONG
`);

transcript('EXEC answers nil when a watched key was changed by another', `
  a> SET stock 1
  a> WATCH stock
  b> SET stock 0
  a> MULTI
  a> DECR stock
  a> EXEC
  a< (nil)
  a> GET stock
  a< "0"
`);

transcript('a watched key that expires is a change', `
  a> SET k v PX 100
  a> WATCH k
  + 150 ms
  a> MULTI
  a> PING
  a> EXEC
  a< (nil)
`);

transcript('UNWATCH and DISCARD forget what was watched', `
  a> WATCH k
  b> SET k 1
  a> UNWATCH
  a> MULTI
  a> PING
  a> EXEC
  a< 1) PONG
  a> DISCARD
  a< (error) ERR DISCARD without MULTI
`);
