/*
 * The same requests to a cluster of real nodes and to one of ours: the answers are the same, but for ids, ports and
 * moments. Two masters share the slots, and a third node follows the first. Skipped where there is no real Redis 8.0.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Wire } from './conformance/wire.ts';
import { splitArguments } from '../engine/protocol/split-arguments.ts';
import { encodeCommand } from '../engine/persistence/aof-format.ts';
import { showWire } from '../engine/testing.ts';
import { freePort, isReferenceMissing, pauseMs, startOurServer, startRealServer, type RunningServer } from './reference-redis.ts';

const OPTIONS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '15000', '--repl-diskless-sync-delay', '0', '--enable-debug-command', 'yes', '--cluster-allow-replica-migration', 'no'];

/** Clients of one cluster; `a`, `b` and `r` are connections to its three nodes, `a2` is another to the first. */
class Side {
  private readonly wires = new Map<string, Wire>();
  readonly servers: RunningServer[] = [];
  readonly ids: string[] = [];

  async open(kind: 'real' | 'ours'): Promise<void> {
    for (let i = 0; i < 3; i++) this.servers.push(await (kind === 'real' ? startRealServer : startOurServer)(await freePort(), [...OPTIONS, '--cluster-port', String(await freePort())]));
    for (const [i, client] of ['a', 'b', 'r'].entries()) await this.ask(`${client}> CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
    await this.ask('a> CLUSTER ADDSLOTSRANGE 0 8191');
    await this.ask('b> CLUSTER ADDSLOTSRANGE 8192 16383');
    for (const client of ['b', 'r']) {
      const bus = /(?:cluster-port\s+)(\d+)/.exec(await this.ask(`${client}> CONFIG GET cluster-port`, true))?.[1];
      await this.ask(`a> CLUSTER MEET 127.0.0.1 ${this.server(client).port} ${bus}`);
    }
    for (const client of ['a', 'b', 'r']) this.ids.push((await this.ask(`${client}> CLUSTER MYID`, true)).trim());
    await this.until('a> CLUSTER INFO', 'cluster_state:ok');
    await this.until('r> CLUSTER NODES', this.ids[0] ?? '');
    await this.ask(`r> CLUSTER REPLICATE ${this.ids[0]}`);
    await this.until('r> INFO replication', 'master_link_status:up');
    await this.until('b> CLUSTER NODES', 'slave');
    await this.ask('a> SET {b}warm 1');
    await this.ask('a> WAIT 1 1000');
    await this.ask('a> DEL {b}warm');
    await this.until('r> CLUSTER INFO', 'cluster_state:ok');
  }

  private server(client: string): RunningServer {
    return this.servers['abr'.indexOf(client.charAt(0))] as RunningServer;
  }

  private async until(line: string, text: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++, await pauseMs(100)) if ((await this.ask(line, true)).includes(text)) return;
    throw new Error(`${line} never says ${text}: ${await this.ask(line, true)}`);
  }

  /** `a> GET k`: what a is answered, with ids and ports replaced by the names of their nodes; `a< `: what came besides. */
  async ask(line: string, plain = false): Promise<string> {
    const [, client = '', sign, words = ''] = /^(\w+)([><]) ?(.*)$/.exec(line) ?? [];
    let wire = this.wires.get(client);
    if (wire === undefined) this.wires.set(client, (wire = await Wire.connect(this.server(client).port)));
    if (sign === '>') wire.send(encodeCommand(splitArguments(this.put(words)) ?? []));
    let bytes = '';
    // A reply comes; whether a message does is what is asked.
    for (let patience = sign === '>' ? 2000 : 80; patience > 0 && bytes === ''; patience--) {
      await pauseMs(2);
      bytes = wire.take();
    }
    await pauseMs(2);
    const shown = showWire(bytes + wire.take());
    // Ids of clients, modules and offsets are each server's own.
    if (!plain && /^CLUSTER (SHARDS|NODES|REPLICAS|INFO)|^CLIENT INFO|^INFO/.test(words)) return sorted(this.takeAway(shown));
    if (/^(HELLO|ROLE)/.test(words)) return shown.startsWith('(error)') ? shown : 'told';
    return plain ? shown.replace(/ {2}\d+\) /g, ' ').replace(/"/g, ' ') : this.takeAway(shown);
  }

  private put(text: string): string {
    return text.replace(/<(\w)>/g, (_all, name: string) => this.ids['abr'.indexOf(name)] ?? '?');
  }

  private takeAway(text: string): string {
    let shown = text;
    for (const [i, id] of this.ids.entries()) shown = shown.replaceAll(id, `<${'abr'.charAt(i)}>`);
    for (const [i, { port }] of this.servers.entries()) shown = shown.replaceAll(String(port), `port-${'abr'.charAt(i)}`);
    return shown;
  }

  async close(): Promise<void> {
    for (const wire of this.wires.values()) wire.destroy();
    for (const server of this.servers) await server.stop();
  }
}

const SESSIONS: readonly (readonly [string, readonly string[]])[] = [
  ['keys of both halves', [
    'a> SET b 1', 'a> SET foo 1', 'b> SET foo 2', 'a> MGET b foo', 'a> MSET b 1 {b}c 2', 'a> DEL b {b}c foo', 'a> GET b', 'r> GET b', 'r> READONLY', 'r> GET b', 'r> SET b 2', 'r> GET foo', 'r> READWRITE', 'r> GET b',
    'a> EXISTS b foo', 'a> TOUCH foo', 'a> UNLINK b', 'a> OBJECT ENCODING foo', 'a> DEBUG OBJECT foo', 'a> MEMORY USAGE foo', 'a> XREAD STREAMS foo 0', 'a> XADD foo * a 1', 'a> EVAL "return 1" 1 foo', 'a> SORT foo',
    'a> PFMERGE b', 'a> BITOP AND b {b}c foo', 'a> ZUNION 2 b foo', 'a> SINTERCARD 1 foo', 'a> LMPOP 1 foo LEFT', 'a> GEORADIUS foo 1 1 1 m STORE b', 'a> LCS b foo', 'a> RENAME b foo', 'a> COPY b foo', 'a> SMOVE b foo m', 'a> MIGRATE 127.0.0.1 1 foo 0 10',
  ]],
  ['words for other servers', [
    'a> SELECT 0', 'a> SELECT 1', 'a> SELECT x', 'a> MOVE b 1', 'a> MOVE b 0', 'a> SWAPDB 0 1', 'a> SWAPDB 0 0', 'a> COPY b {b}x DB 1', 'a> COPY b {b}x DB 0', 'a> REPLICAOF NO ONE', 'a> SLAVEOF 127.0.0.1 1', 'a> FAILOVER', 'a> FAILOVER ABORT', 'a> REPLICAOF a',
    'a> INFO cluster', 'a> DBSIZE', 'a> CONFIG GET databases', 'a> CONFIG SET databases 3', 'a> CONFIG SET cluster-enabled no', 'a> HELLO 3', 'a> HELLO 2', 'r> ROLE', 'a> FLUSHALL', 'a> SET b 1', 'a> RANDOMKEY', 'a> KEYS *', 'a> SCAN 0', 'a> SCAN 0 MATCH {b}*', 'a> SCAN 0 MATCH {foo}*', 'a> FLUSHALL',
  ]],
  ['transactions', [
    'a> FLUSHALL', 'a> MULTI', 'a> SET b 1', 'a> GET {b}x', 'a> EXEC', 'a> MULTI', 'a> SET b 1', 'a> SET foo 1', 'a> SET {b}c 1', 'a> EXEC', 'a> EXEC', 'a> MULTI', 'a> SET b 1', 'a> SET c 1', 'a> EXEC', 'a> MULTI', 'a> PING', 'a> EXEC',
    'a> WATCH b c', 'a> WATCH foo', 'a> WATCH b', 'a> MULTI', 'a> GET b', 'a> EXEC', 'a> UNWATCH', 'r> READONLY', 'r> MULTI', 'r> GET b', 'r> EXEC', 'r> MULTI', 'r> SET b 1', 'r> EXEC', 'r> DISCARD', 'r> READWRITE',
  ]],
  ['scripts', [
    'a> EVAL "return redis.call(\'set\', KEYS[1], 1)" 1 b', 'a> EVAL "return redis.call(\'get\', \'foo\')" 0', 'a> EVAL "return redis.call(\'get\', \'b\')" 0', 'a> EVAL "return redis.call(\'get\', \'foo\')" 1 b', 'a> EVAL "return redis.call(\'get\', \'c\')" 1 b',
    'a> EVAL "redis.call(\'get\', \'c\'); return redis.call(\'get\', \'b\')" 0', 'a> EVAL "return redis.call(\'mget\', \'c\', \'b\')" 0', 'a> EVAL "return redis.pcall(\'get\', \'foo\')" 0', 'a> EVAL "return 1" 2 b foo', 'a> EVAL "return 1" 2 b c',
    'a> EVAL "#!lua\\nredis.call(\'get\', \'c\'); return redis.call(\'get\', \'b\')" 0', 'a> EVAL "#!lua\\nreturn redis.call(\'get\', \'c\')" 1 b', 'a> EVAL "#!lua flags=allow-cross-slot-keys\\nredis.call(\'get\', \'c\'); return redis.call(\'get\', \'b\')" 0',
    'a> EVAL "#!lua flags=no-cluster\\nreturn 1" 0', 'a> EVAL "#!lua flags=no-writes\\nreturn redis.call(\'get\', KEYS[1])" 1 b', 'r> EVAL "#!lua flags=no-writes\\nreturn redis.call(\'get\', KEYS[1])" 1 b', 'r> EVAL_RO "return redis.call(\'get\', KEYS[1])" 1 b', 'r> READONLY',
    'r> EVAL "#!lua flags=no-writes\\nreturn redis.call(\'get\', KEYS[1])" 1 b', 'r> EVAL_RO "return redis.call(\'get\', KEYS[1])" 1 b', 'r> EVAL "return redis.call(\'get\', KEYS[1])" 1 b', 'r> EVAL "return redis.call(\'set\', KEYS[1], 1)" 1 b', 'r> READWRITE', 'r> EVAL "return redis.call(\'get\', \'b\')" 0',
    'a> EVAL "return redis.call(\'select\', 0)" 0', 'a> EVAL "return redis.call(\'select\', 1)" 0', 'a> FUNCTION LOAD "#!lua name=lib\\nredis.register_function{function_name=\'f\', callback=function(keys) return redis.call(\'get\', keys[1] or \'c\') end, flags={\'no-writes\'}}"', 'a> FCALL f 1 b', 'a> FCALL f 0', 'a> FCALL f 1 foo', 'r> FCALL f 1 b', 'r> READONLY', 'r> FCALL f 1 b', 'r> READWRITE', 'a> FUNCTION DELETE lib',
    'a> EVAL "return redis.call(\'cluster\', \'keyslot\', \'b\')" 0', 'a> EVAL "return redis.call(\'asking\')" 0', 'a> EVAL "return redis.call(\'publish\', \'ch\', \'m\')" 0', 'a> EVAL "return redis.call(\'spublish\', \'foo\', \'m\')" 0', 'a> EVAL "return redis.call(\'spublish\', \'b\', \'m\')" 0',
  ]],
  ['a slot on its way', [
    'a> FLUSHALL', 'a> SET b 1', 'a> CLUSTER SETSLOT 3300 MIGRATING <b>', 'b> CLUSTER SETSLOT 3300 IMPORTING <a>', 'a> GET b', 'a> GET {b}none', 'a> MGET b {b}none', 'a> MGET {b}none {b}more', 'b> GET b', 'b> ASKING', 'b> GET b', 'b> GET b', 'b> ASKING', 'b> MGET b {b}none', 'b> ASKING', 'b> MGET b b', 'b> ASKING', 'b> SET {b}none 2', 'b> ASKING',
    'b> MULTI', 'b> GET {b}none', 'b> EXEC', 'b> MULTI', 'b> GET {b}none', 'b> EXEC', 'b> ASKING', 'b> ASKING', 'b> PING', 'b> GET {b}none', 'a> EVAL "return redis.call(\'get\', KEYS[1])" 1 {b}none', 'a> EVAL "return redis.call(\'get\', \'{b}none\')" 0', 'a> MULTI', 'a> GET {b}none', 'a> GET {b}more', 'a> EXEC', 'b> RESTORE-ASKING {b}none 0 x',
    'a> CLUSTER COUNTKEYSINSLOT 3300', 'b> CLUSTER COUNTKEYSINSLOT 3300', 'b> CLUSTER GETKEYSINSLOT 3300 10', 'a> CLUSTER SETSLOT 3300 NODE <b>', 'a> SPUBLISH b m', 'b> SPUBLISH b m', 'b> CLUSTER SETSLOT 3300 STABLE', 'a> CLUSTER SETSLOT 3300 STABLE', 'b> GET b', 'b> FLUSHALL', 'r> CLUSTER SETSLOT 3300 STABLE',
  ]],
  ['channels', [
    'a> SSUBSCRIBE b', 'a> SSUBSCRIBE foo', 'a> SSUBSCRIBE b {b}c', 'a> SSUBSCRIBE b c', 'a2> SPUBLISH b one', 'a< ', 'a2> SPUBLISH foo one', 'r> SPUBLISH b two', 'a< ', 'r> SSUBSCRIBE b', 'a2> SPUBLISH b three', 'r< ', 'a< ', 'a> SUNSUBSCRIBE {b}c', 'a> SUNSUBSCRIBE', 'r> SUNSUBSCRIBE', 'b> SUBSCRIBE news', 'a> PUBLISH news hello', 'b< ', 'b> UNSUBSCRIBE news', 'a> PUBSUB SHARDCHANNELS', 'a> SUNSUBSCRIBE foo', 'a> MULTI', 'a> SPUBLISH b m', 'a> SPUBLISH foo m', 'a> EXEC', 'a> PUBSUB SHARDNUMSUB foo',
  ]],
  ['sorting', [
    'a> RPUSH {b}list 2 1', 'a> SORT {b}list BY {b}w_*', 'a> SORT {b}list BY w_*', 'a> SORT {b}list BY nosort', 'a> SORT {b}list GET #', 'a> SORT {b}list GET {b}v_*', 'a> SORT {b}list GET v_*', 'a> SORT {b}list BY {b}w_* GET {c}v_*', 'a> SORT {b}list STORE {b}out', 'a> SORT {b}list STORE foo', 'a> SORT_RO {b}list BY w_*', 'a> DEL {b}list {b}out',
  ]],
  ['wrong words', [
    'a> CLUSTER', 'a> CLUSTER nosuch', 'a> CLUSTER MEET 127.0.0.1', 'a> CLUSTER MEET host 1', 'a> CLUSTER MEET 127.0.0.1 0', 'a> CLUSTER MEET 127.0.0.1 70000', 'a> CLUSTER MEET 127.0.0.1 60000', 'a> CLUSTER MEET 127.0.0.1 x', 'a> CLUSTER MEET 127.0.0.1 1 x', 'a> CLUSTER MEET 127.0.0.1 1 2 3', 'a> CLUSTER MEET 1.2.3 1', 'a> CLUSTER MEET 01.2.3.4 1',
    'a> CLUSTER ADDSLOTS', 'a> CLUSTER ADDSLOTS x', 'a> CLUSTER ADDSLOTS 1', 'a> CLUSTER ADDSLOTS 1 16384', 'a> CLUSTER ADDSLOTSRANGE 1', 'a> CLUSTER ADDSLOTSRANGE 1 2 3', 'a> CLUSTER ADDSLOTSRANGE 3 2', 'a> CLUSTER DELSLOTS 1 1', 'a> CLUSTER DELSLOTSRANGE 1 2 2 3', 'a> CLUSTER SETSLOT 1 MIGRATING x', 'a> CLUSTER SETSLOT 9000 MIGRATING <b>', 'a> CLUSTER SETSLOT 1 IMPORTING <b>', 'a> CLUSTER SETSLOT 9000 IMPORTING x', 'a> CLUSTER SETSLOT 1 MIGRATING <r>', 'a> CLUSTER SETSLOT 9000 IMPORTING <r>',
    'a> CLUSTER SETSLOT 1 NODE <r>', 'a> CLUSTER SETSLOT 1 NODE x', 'a> CLUSTER SETSLOT 1 MIGRATING <a>', 'a> CLUSTER SETSLOT 1 STABLE', 'a> CLUSTER SETSLOT 1 x', 'a> CLUSTER SETSLOT 1', 'a> CLUSTER FORGET x', 'a> CLUSTER FORGET <a>', 'r> CLUSTER FORGET <a>', 'a> CLUSTER REPLICATE x', 'a> CLUSTER REPLICATE <a>', 'a> CLUSTER REPLICATE <b>', 'a> CLUSTER REPLICATE <r>', 'r> CLUSTER REPLICATE <r>', 'a> CLUSTER REPLICAS <r>', 'a> CLUSTER REPLICAS x', 'a> CLUSTER COUNT-FAILURE-REPORTS x', 'a> CLUSTER COUNT-FAILURE-REPORTS <b>',
    'a> CLUSTER FAILOVER', 'a> CLUSTER FAILOVER x', 'a> CLUSTER FAILOVER FORCE TAKEOVER', 'a> CLUSTER RESET x', 'a> CLUSTER RESET SOFT HARD', 'a> CLUSTER SET-CONFIG-EPOCH x', 'a> CLUSTER SET-CONFIG-EPOCH -1', 'a> CLUSTER SET-CONFIG-EPOCH 9', 'a> CLUSTER GETKEYSINSLOT 1 -1', 'a> CLUSTER GETKEYSINSLOT x 1', 'a> CLUSTER COUNTKEYSINSLOT 16384', 'a> CLUSTER FLUSHSLOTS x', 'a> SET b 1', 'a> CLUSTER FLUSHSLOTS', 'a> CLUSTER RESET', 'a> DEL b', 'a> CLUSTER SLOT-STATS', 'a> CLUSTER MYID x', 'a> CLUSTER SLAVES x',
    'a> READONLY x', 'a> CLUSTER SAVECONFIG', 'a> CLUSTER KEYSLOT a', 'a> COMMAND GETKEYS CLUSTER KEYSLOT a',
  ]],
  ['shards, links and nodes', [
    'a> CLUSTER SHARDS', 'b> CLUSTER SHARDS', 'r> CLUSTER SHARDS', 'a> CLUSTER NODES', 'r> CLUSTER NODES', 'a> CLUSTER REPLICAS <a>', 'a> CLUSTER REPLICAS <b>', 'b> CLUSTER INFO', 'r> CLUSTER INFO', 'a> HELLO 3', 'a> CLUSTER SHARDS', 'a> CLUSTER NODES', 'a> CLUSTER INFO', 'a> CLUSTER MYID', 'a> HELLO 2',
  ]],
  ['what is told', [
    'a> CLUSTER SLOTS', 'b> CLUSTER SLOTS', 'r> CLUSTER SLOTS', 'r> CLUSTER MYID', 'a> CONFIG SET cluster-announce-hostname a.example', 'a> CLUSTER SLOTS', 'a> CONFIG SET cluster-preferred-endpoint-type hostname', 'a> GET foo', 'a> CLUSTER SLOTS', 'a> CONFIG SET cluster-preferred-endpoint-type unknown-endpoint', 'a> GET foo', 'a> CLUSTER SLOTS', 'a> HELLO 3', 'a> CLUSTER SLOTS', 'a> HELLO 2',
    'a> CONFIG SET cluster-preferred-endpoint-type ip', 'a> CONFIG SET cluster-announce-hostname ""', 'a> CLUSTER SLOTS',
  ]],
  ['what was counted', ['a> INFO errorstats', 'b> INFO errorstats', 'r> INFO errorstats', 'a> CLIENT LIST ID 0', 'r> READONLY', 'r> CLIENT INFO']],
  ['a cluster that is down', [
    'b> CLUSTER DELSLOTS 16383', 'a> SET b 1', 'b> GET foo', 'b> SET foo 1', 'b> CONFIG SET cluster-allow-reads-when-down yes', 'b> GET foo', 'b> SET foo 1', 'b> EVAL "return redis.call(\'set\', KEYS[1], 1)" 1 foo', 'b> EVAL "return redis.call(\'set\', \'foo\', 1)" 0', 'b> EVAL "return redis.call(\'get\', \'foo\')" 0', 'b> SPUBLISH foo m', 'b> CONFIG SET cluster-allow-pubsubshard-when-down no', 'b> SPUBLISH foo m',
    'b> CONFIG SET cluster-allow-reads-when-down no', 'b> EVAL "return redis.call(\'get\', \'foo\')" 0', 'b> MULTI', 'b> GET foo', 'b> EXEC', 'b> CONFIG SET cluster-allow-pubsubshard-when-down yes', 'b> CONFIG SET cluster-require-full-coverage no', 'b> CLUSTER ADDSLOTS 16383',
  ]],
];

/** Without moments, offsets and counts of messages, and in an order: that of nodes is chance. */
function sorted(shown: string): string {
  const text = shown.replace(/ \d{13} /g, ' MOMENT ').replace(/("replication-offset"(?: =>)?(?:  \d+\))?) \(integer\) \d+/g, '$1 OFFSET').replace(/(stats_messages_\w+:)\d+/g, '$1N').replace(/@\d+/g, '@BUS').replace('txt:', '')
    .replace(/\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|rbs|rbp|tot-mem|io-thread)=\S*/g, '$1');
  // Places in a list change with the order, and say nothing then.
  return text.replace(/(^| )\d+[)#] /g, '$1').split(/\\r\\n|\\n|(?="slots")|^"|"$/).map((part) => part.replace(/( |\d+[)#]|")*$/, '').trim()).sort().join('\n      ');
}

const missing = isReferenceMissing('answers of a cluster');

describe.skipIf(missing)('a cluster answers as a real one does', () => {
  const [real, ours] = [new Side(), new Side()];
  beforeAll(async () => {
    await real.open('real');
    await ours.open('ours');
  }, 60_000);
  afterAll(async () => {
    await real.close();
    await ours.close();
  });

  test.each(SESSIONS)('%s', async (_title, lines) => {
    const transcripts: string[][] = [];
    for (const side of [real, ours]) {
      const transcript: string[] = [];
      for (const line of lines) transcript.push(`${line}\n    ${await side.ask(line)}`);
      transcripts.push(transcript);
    }
    expect(transcripts[1]).toEqual(transcripts[0]);
  }, 60_000);
});
