/*
 * Reading strings: GET, and the two that read and change in one step
 */
import type { Bytes } from '../../bytes.ts';
import { command, integer, key, keyRange, oneOf, token, unixTime } from '../../command.ts';
import { asString, stringBytes } from '../../keyspace/string-value.ts';
import { deletionOf } from '../../propagation.ts';
import { expiryMoment, parseStringOptions } from './options.ts';

export const get = command(
  {
    name: 'GET', group: 'string', since: '1.0.0', arity: 2,
    summary: 'Read the string of a key.',
    complexity: 'O(1)',
    flags: ['readonly', 'fast'],
    keys: [keyRange(['RO', 'access'])],
    args: [key('key')],
    replies: ['the value', 'nil when the key does not exist'],
    examples: ['GET nothing', 'SET city Lisbon', 'GET city'],
  },
  function get({ db, argv }) {
    const object = asString(db.lookupKeyRead(argv[1] as Bytes));
    return object === undefined ? null : stringBytes(object);
  },
);

export const getex = command(
  {
    name: 'GETEX', group: 'string', since: '6.2.0', arity: -2,
    summary: 'Read a string and, in the same step, change when its key expires.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [{ ...keyRange(['RW', 'access', 'update']), notes: 'Writes only when it is given an option, but then it must count as a write.' }],
    args: [
      key('key'),
      oneOf('expiration', [
        integer('seconds', { token: 'EX' }),
        integer('milliseconds', { token: 'PX' }),
        unixTime('unix-time-seconds', { token: 'EXAT' }),
        unixTime('unix-time-milliseconds', { token: 'PXAT' }),
        token('persist', 'PERSIST'),
      ], { optional: true }),
    ],
    replies: ['the value', 'nil when the key does not exist'],
    examples: ['SET session alice', 'GETEX session EX 60', 'TTL session', 'GETEX session PERSIST', 'TTL session'],
  },
  function getex({ db, argv, now, server }) {
    const name = argv[1] as Bytes;
    const options = parseStringOptions('getex', argv, 2);
    const object = asString(db.lookupKeyRead(name));
    if (object === undefined) return null;
    const moment = expiryMoment(options, now, 'getex');
    const value = stringBytes(object);
    const isAbsolute = options.expiry === 'exat' || options.expiry === 'pxat';
    if (moment !== undefined && isAbsolute && moment <= now && server.mayExpire) {
      db.remove(name);
      db.signalModified(name);
      server.notify('g', 'del', name, db.id);
      server.dirty++;
      server.propagateAs(deletionOf(name, server.config.flag('lazyfree-lazy-expire')));
    } else if (moment !== undefined) {
      db.setExpire(name, moment);
      db.signalModified(name);
      server.notify('g', 'expire', name, db.id);
      server.dirty++;
      server.propagateAs(['PEXPIREAT', name, String(moment)]);
    } else if (options.expiry === 'persist' && db.removeExpire(name)) {
      db.signalModified(name);
      server.notify('g', 'persist', name, db.id);
      server.dirty++;
      server.propagateAs(['PERSIST', name]);
    }
    return value;
  },
);

export const getdel = command(
  {
    name: 'GETDEL', group: 'string', since: '6.2.0', arity: 2,
    summary: 'Read a string and delete its key in one step.',
    complexity: 'O(1)',
    flags: ['write', 'fast'],
    keys: [keyRange(['RW', 'access', 'delete'])],
    args: [key('key')],
    replies: ['the value', 'nil when the key does not exist'],
    examples: ['SET token abc', 'GETDEL token', 'GETDEL token'],
  },
  function getdel({ db, argv, server }) {
    const name = argv[1] as Bytes;
    const object = asString(db.lookupKeyRead(name));
    if (object === undefined) return null;
    const value = stringBytes(object);
    if (db.remove(name)) {
      db.signalModified(name);
      server.notify('g', 'del', name, db.id);
      server.dirty++;
      server.propagateAs(deletionOf(name, false));
    }
    return value;
  },
);
