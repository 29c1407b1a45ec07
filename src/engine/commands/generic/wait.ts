/*
 * WAIT and WAITAOF
 * ----------------
 * They hold a client back until enough replicas, or the append-only files, have what it wrote. They promise
 * nothing: when the time is up they answer how many have it by then, and nothing is undone.
 */
import type { Bytes } from '../../bytes.ts';
import { INT64_MAX } from '../../bytes.ts';
import type { Release } from '../../client.ts';
import { command, integer, type Ctx } from '../../command.ts';
import { CommandError, errorReply, NO_REPLY, type Reply } from '../../reply.ts';
import { unblockedError } from '../blocking.ts';
import { integerArgument, integerInRange } from '../expiry-arguments.ts';

/** Longest timer that is worth setting, in milliseconds: nobody waits 285,000 years. */
const LONGEST_TIMER_MS = Number.MAX_SAFE_INTEGER / 1000;

function timeoutArgument(text: Bytes, now: number): number {
  const timeout = integerArgument(text, 'ERR timeout is not an integer or out of range');
  if (timeout < 0) throw new CommandError('ERR timeout is negative');
  if (BigInt(timeout) > INT64_MAX - BigInt(now)) throw new CommandError('ERR timeout is out of range');
  return Number(timeout);
}

/**
 * Holds the client back until `enough` says so or `timeoutMs` is over (0: for ever), then answers with what is
 * known by then. `watch` is told what to call whenever something may have changed; it returns its own end.
 */
function waitUntil({ server, client }: Ctx, timeoutMs: number, enough: () => boolean, answer: () => Reply, watch: (check: () => void) => () => void): Reply {
  // A transaction is not interrupted: what is known now is the answer.
  if (client.executing || enough()) return answer();
  let cancel = (): void => {};
  const release = (how: Release = 'timeout'): void => {
    cancel();
    unwatch();
    client.reply(how === 'timeout' ? answer() : unblockedError(how));
    server.flushLater(client);
    server.resume(client);
  };
  const unwatch = watch(() => {
    if (client.blocked?.release === release && enough()) release();
  });
  server.block(client, 'wait', release);
  if (timeoutMs > 0 && timeoutMs < LONGEST_TIMER_MS) cancel = server.later(timeoutMs * 1000, 'WAIT times out', () => release());
  return NO_REPLY;
}

export const wait = command(
  {
    name: 'WAIT', group: 'generic', since: '3.0.0', arity: 3,
    summary: 'Wait until so many replicas have what this connection wrote, or the time is up.',
    complexity: 'O(1)',
    flags: ['blocking'],
    args: [integer('numreplicas'), integer('timeout')],
    acl: ['connection'],
    tips: ['request_policy:all_shards', 'response_policy:agg_min'],
    replies: ['how many replicas have it'],
    examples: ['SET order 1', 'WAIT 1 100'],
  },
  function wait(ctx) {
    const replicas = integerArgument(ctx.argv[1] as Bytes);
    const timeoutMs = timeoutArgument(ctx.argv[2] as Bytes, ctx.now);
    const { server: { replication }, client } = ctx;
    if (replication.isReplica) throw new CommandError('ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.');
    const offset = client.writeOffset;
    const count = (): number => replication.countAcks(offset);
    return waitUntil(ctx, timeoutMs, () => count() >= replicas, count, (check) => replication.waitForAcks(check));
  },
);

const NO_LOCAL_FILE = 'ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.';

export const waitaof = command(
  {
    name: 'WAITAOF', group: 'generic', since: '7.2.0', arity: 4,
    summary: 'Wait until what this connection wrote is in the append-only file here and on so many replicas.',
    complexity: 'O(1)',
    flags: ['blocking'],
    args: [integer('numlocal'), integer('numreplicas'), integer('timeout')],
    acl: ['connection'],
    tips: ['request_policy:all_shards', 'response_policy:agg_min'],
    replies: ['two numbers: 1 if it is in the local file, and how many replicas have it in theirs'],
    examples: ['SET order 1', 'WAITAOF 0 0 100'],
  },
  function waitaof(ctx) {
    const { argv, server, now } = ctx;
    const local = integerInRange(argv[1] as Bytes, 0, 1);
    const replicas = integerArgument(argv[2] as Bytes);
    if (replicas < 0) throw new CommandError('ERR value is out of range, must be positive');
    const timeoutMs = timeoutArgument(argv[3] as Bytes, now);
    /** CONFIG SET may turn the file off while somebody waits for it. */
    const lacksFile = (): boolean => local > 0 && !server.config.flag('appendonly');
    if (lacksFile()) throw new CommandError(NO_LOCAL_FILE);
    const { replication, aof, waitingForSync } = server;
    if (replication.isReplica) throw new CommandError('ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.');
    const offset = ctx.client.writeOffset;
    const state = (): readonly [number, number] => [aof.syncedOffset >= offset ? 1 : 0, replication.countAofAcks(offset)];
    const enough = (): boolean => lacksFile() || (state()[0] >= local && state()[1] >= replicas);
    const answer = (): Reply => (lacksFile() ? errorReply(NO_LOCAL_FILE) : state());
    return waitUntil(ctx, timeoutMs, enough, answer, (check) => {
      waitingForSync.add(check);
      const unwatch = replication.waitForAcks(check);
      return () => {
        waitingForSync.delete(check);
        unwatch();
      };
    });
  },
);
