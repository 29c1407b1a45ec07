/*
 * Waiting for keys, as the blocking commands do it
 * ------------------------------------------------
 * A blocking command first tries; when there is nothing, it calls blockForKeys and returns what that
 * returns. The client's next requests stay unread until a key is made (then the same command runs
 * again), the time is up (nil), CLIENT UNBLOCK ends it, or the client leaves. Inside a transaction
 * nothing waits: the answer is the one of a time that is up.
 */
import type { Bytes } from '../bytes.ts';
import { INT64_MAX, own } from '../bytes.ts';
import type { Release } from '../client.ts';
import type { Ctx } from '../command.ts';
import type { Waiter } from '../keyspace/blocking.ts';
import type { ObjectType } from '../keyspace/object.ts';
import { parseLongDouble } from '../numbers.ts';
import { CommandError, errorReply, NIL_ARRAY, NO_REPLY, type Reply } from '../reply.ts';

/** Longest timer that is worth setting, in milliseconds: nobody waits 285,000 years. */
const LONGEST_TIMER_MS = Number.MAX_SAFE_INTEGER / 1000;

/** The timeout in seconds that a blocking command is given, as milliseconds rounded up; 0 is for ever. */
export function timeoutArgument(text: Bytes, now: number): number {
  const parsed = parseLongDouble(text);
  if (parsed === undefined) throw new CommandError('ERR timeout is not a float or out of range');
  const size = parsed.infinite ? Infinity : Number(parsed.significand) * 2 ** parsed.exponent * 1000;
  if (!parsed.negative && size > Number(INT64_MAX)) throw new CommandError('ERR timeout is out of range');
  const ms = Math.ceil(parsed.negative ? -size : size);
  if (ms < 0) throw new CommandError('ERR timeout is negative');
  if (ms > Number(INT64_MAX) - now) throw new CommandError('ERR timeout is out of range');
  return ms;
}

interface Waiting {
  /** What is run when a key is there, if not the command as it was sent. */
  readonly words?: readonly Bytes[];
  /** The command runs again, too, when a key is gone or gets another type. */
  readonly evenWhenGone?: boolean;
}

/** What a command that waited is answered when its waiting was ended from outside. */
const UNBLOCKED = {
  error: 'UNBLOCKED client unblocked via CLIENT UNBLOCK',
  demoted: 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
} as const;

export const unblockedError = (how: Exclude<Release, 'timeout'>): Reply => errorReply(typeof how === 'object' ? how.error : UNBLOCKED[how]);

/** Holds the client until one of `keys` has a value of `type`. `timeoutMs` 0 is for ever. */
export function blockForKeys({ server, client, db, argv, now }: Ctx, type: ObjectType, keys: readonly Bytes[], timeoutMs: number, waiting: Waiting = {}): Reply {
  if (client.executing) return NIL_ARRAY;
  const words = (waiting.words ?? argv).map(own);
  const names = [...new Set(keys.map(own))];
  // A client that is served and finds nothing left waits on, to its first deadline.
  const deadlineMs = client.resumedDeadlineMs ?? (timeoutMs === 0 ? Infinity : now + timeoutMs);
  let cancel = (): void => {};
  const end = (): void => {
    cancel();
    for (const name of names) db.blocked.forget(name, waiter);
    client.blocked = undefined;
  };
  const waiter: Waiter = {
    type,
    evenWhenGone: waiting.evenWhenGone ?? false,
    serve() {
      end();
      server.events.emit(() => ({ type: 'clientUnblocked', atUs: server.nowUs, clientId: client.id, why: 'served' }));
      server.runAgain(client, words, deadlineMs);
    },
  };
  const release = (how: Release = 'timeout'): void => {
    end();
    server.events.emit(() => ({ type: 'clientUnblocked', atUs: server.nowUs, clientId: client.id, why: client.closed ? 'left' : how === 'timeout' ? 'timeout' : 'unblocked' }));
    if (!client.closed) server.answerBlocked(client, words, how === 'timeout' ? NIL_ARRAY : unblockedError(how));
  };
  for (const name of names) db.blocked.wait(name, waiter);
  server.block(client, 'keys', release, names);
  const leftMs = Math.max(0, deadlineMs - now);
  if (leftMs < LONGEST_TIMER_MS) cancel = server.later(leftMs * 1000, `${words[0] ?? ''} times out`, () => release());
  server.events.emit(() => ({ type: 'clientBlocked', atUs: server.nowUs, clientId: client.id, db: db.id, keys: names }));
  return NO_REPLY;
}
