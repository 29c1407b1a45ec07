/*
 * The table of a Sentinel: SENTINEL, and the few commands of a server that make sense without data.
 */
import type { Bytes } from '../../bytes.ts';
import type { Command } from '../../command.ts';
import { auth, hello } from '../connection/authentication.ts';
import { ping } from '../connection/basics.ts';
import { client } from '../connection/client.ts';
import { psubscribe, publish, punsubscribe, subscribe, unsubscribe } from '../pubsub/subscriptions.ts';
import { acl } from '../server/acl.ts';
import { shutdown } from '../server/basics.ts';
import { command } from '../server/command.ts';
import { info } from '../server/info.ts';
import { role } from '../server/replication.ts';
import { sentinel } from './sentinel.ts';

export function sentinelCommands(): readonly Command[] {
  return [acl, auth, without(client, 'no-touch'), command, hello, info, ping, psubscribe, publish, punsubscribe, role, sentinel, shutdown, subscribe, unsubscribe];
}

/** A container whose subcommand of this name is of no use where there are no keys. */
function without(container: Command, name: Bytes): Command {
  const kept = [...(container.subcommands ?? [])].filter(([each]) => each !== name);
  return { ...container, subcommands: new Map(kept), spec: { ...container.spec, subcommands: kept.map(([, each]) => each) } };
}
