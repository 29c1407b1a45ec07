/*
 * The same requests to a real Sentinel and to one of ours, which watch the same real server and its replica: the answers
 * are the same, but for ids, ports and moments; so are the files that they leave. Skipped where there is no real Redis 8.0.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Wire } from './conformance/wire.ts';
import { splitArguments } from '../engine/protocol/split-arguments.ts';
import { encodeCommand } from '../engine/persistence/aof-format.ts';
import { showWire } from '../engine/testing.ts';
import { freePort, isReferenceMissing, pauseMs, startRealServer, startSentinel, type RunningServer } from './reference-redis.ts';

/** Values that are moments, or depend on them: what stands behind these names. */
const MOMENTS = /("(?:last-ping-sent|last-ok-ping-reply|last-ping-reply|info-refresh|role-reported-time|s-down-time|o-down-time|last-hello-message|link-pending-commands|slave-repl-offset)" {2}\d+\) )(?:"[^"]*"|\(integer\) \d+)/g;
const ID = /\b[0-9a-f]{40}\b/g;

const SESSIONS: readonly (readonly [string, readonly string[]])[] = [
  ['what is watched', [
    'SENTINEL MASTERS', 'SENTINEL MASTER mymaster', 'SENTINEL REPLICAS mymaster', 'SENTINEL SLAVES mymaster', 'SENTINEL SENTINELS mymaster', 'SENTINEL GET-MASTER-ADDR-BY-NAME mymaster', 'SENTINEL GET-MASTER-ADDR-BY-NAME nope',
    'SENTINEL MASTER nope', 'SENTINEL REPLICAS nope', 'SENTINEL SENTINELS nope', 'SENTINEL CKQUORUM nope', 'SENTINEL CKQUORUM mymaster', 'SENTINEL INFO-CACHE nope', 'SENTINEL PENDING-SCRIPTS', 'SENTINEL MYID', 'ROLE', 'INFO sentinel', 'INFO replication',
  ]],
  ['settings of a master', [
    'SENTINEL SET mymaster quorum 9', 'SENTINEL CKQUORUM mymaster', 'SENTINEL SET mymaster quorum 2', 'SENTINEL CKQUORUM mymaster', 'SENTINEL SET mymaster quorum 1', 'SENTINEL SET mymaster quorum x', 'SENTINEL SET mymaster foo 1', 'SENTINEL SET mymaster quorum', 'SENTINEL SET nope quorum 1',
    'SENTINEL SET mymaster down-after-milliseconds 0', 'SENTINEL SET mymaster down-after-milliseconds 30001 foo 3', 'SENTINEL MASTER mymaster', 'SENTINEL SET mymaster DOWN-AFTER-MILLISECONDS 30000', 'SENTINEL SET mymaster notification-script /nope', 'SENTINEL SET mymaster client-reconfig-script /nope',
    'SENTINEL SET mymaster notification-script ""', 'SENTINEL SET mymaster parallel-syncs 0', 'SENTINEL SET mymaster parallel-syncs 3', 'SENTINEL SET mymaster failover-timeout -1', 'SENTINEL SET mymaster failover-timeout 9223372036854775808', 'SENTINEL SET mymaster auth-pass foo auth-user',
    'SENTINEL SET mymaster auth-pass "" auth-user ""', 'SENTINEL SET mymaster rename-command GET GETX', 'SENTINEL SET mymaster rename-command GET', 'SENTINEL SET mymaster rename-command "" x', 'SENTINEL SET mymaster rename-command GET ""', 'SENTINEL SET mymaster rename-command GET GET',
    'SENTINEL SET mymaster master-reboot-down-after-period 5', 'SENTINEL SET mymaster master-reboot-down-after-period 0', 'SENTINEL SET mymaster master-reboot-down-after-period -5', 'SENTINEL MASTER mymaster',
  ]],
  ['settings of its own', [
    'SENTINEL CONFIG GET *', 'SENTINEL CONFIG GET announce-ip loglevel', 'SENTINEL CONFIG GET ANNOUNCE-*', 'SENTINEL CONFIG GET foo', 'SENTINEL CONFIG GET', 'SENTINEL CONFIG SET announce-ip', 'SENTINEL CONFIG SET announce-port 77', 'SENTINEL CONFIG GET announce*', 'SENTINEL CONFIG SET announce-port 0',
    'SENTINEL CONFIG SET announce-port x', 'SENTINEL CONFIG SET announce-port 70000', 'SENTINEL CONFIG SET announce-ip a announce-ip b', 'SENTINEL CONFIG SET announce-ip a foo b', 'SENTINEL CONFIG SET announce-ip 127.0.0.9 announce-port x', 'SENTINEL CONFIG GET announce-ip', 'SENTINEL CONFIG SET foo bar', 'SENTINEL CONFIG SET announce-port 7 announce-ip', 'SENTINEL CONFIG SET announce-port 7 foo', 'SENTINEL CONFIG SET announce-ip a announce-ip', 'SENTINEL CONFIG SET announce-port x foo', 'SENTINEL CONFIG SET foo',
    'SENTINEL CONFIG SET loglevel x', 'SENTINEL CONFIG SET LOGLEVEL debug', 'SENTINEL CONFIG GET loglevel', 'SENTINEL CONFIG SET loglevel NOTICE', 'SENTINEL CONFIG SET resolve-hostnames x', 'SENTINEL CONFIG SET resolve-hostnames yes', 'SENTINEL CONFIG SET resolve-hostnames no', 'SENTINEL CONFIG FOO x', 'SENTINEL CONFIG FOO x y',
    'SENTINEL DEBUG', 'SENTINEL DEBUG info-period 9000 ping-period 900', 'SENTINEL DEBUG', 'SENTINEL DEBUG INFO-PERIOD 10000 ping-period 1000', 'SENTINEL DEBUG foo 1', 'SENTINEL DEBUG info-period 0', 'SENTINEL DEBUG info-period x', 'SENTINEL DEBUG info-period',
    'SENTINEL SIMULATE-FAILURE', 'SENTINEL SIMULATE-FAILURE help', 'SENTINEL SIMULATE-FAILURE x', 'SENTINEL SIMULATE-FAILURE crash-after-election CRASH-AFTER-PROMOTION', 'INFO sentinel', 'SENTINEL SIMULATE-FAILURE x', 'INFO sentinel', 'SENTINEL FLUSHCONFIG',
  ]],
  ['votes', [
    'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 0 *', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 0 x', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 9 7 x', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 7 one', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 7 other',
    'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 6 other', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 x 0 *', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> x *', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 0',
  ]],
  ['masters that come and go', [
    'SENTINEL MONITOR two localhost 6379 2', 'SENTINEL MONITOR two 127.0.0.1 6 2', 'SENTINEL MONITOR two 127.0.0.1 6 2', 'SENTINEL MONITOR a 300.1.1.1 6379 2', 'SENTINEL MONITOR a 127.0.0.1 6379 0', 'SENTINEL MONITOR a 127.0.0.1 6379 x', 'SENTINEL MONITOR a 127.0.0.1 x 1', 'SENTINEL MONITOR a 127.0.0.1 99999 1',
    'SENTINEL MONITOR a 127.0.0.1 99999 0', 'SENTINEL FAILOVER two', 'SENTINEL FAILOVER nope', 'SENTINEL INFO-CACHE two', 'SENTINEL RESET tw*', 'SENTINEL RESET nope', 'SENTINEL REMOVE two', 'SENTINEL REMOVE two',
  ]],
  ['hellos', ['PUBLISH a b', 'PUBLISH __sentinel__:hello b', 'PUBLISH __sentinel__:hello 127.0.0.1,1,<f>,2,mymaster,127.0.0.1,<master>,0', 'SENTINEL SENTINELS mymaster', 'PUBLISH __sentinel__:hello 127.0.0.1,2,<f>,2,mymaster,127.0.0.1,<master>,0', 'SENTINEL SENTINELS mymaster', 'SENTINEL CKQUORUM mymaster']],
  ['names of hosts', [
    'SENTINEL CONFIG SET resolve-hostnames yes', 'SENTINEL MONITOR two localhost 6 2', 'SENTINEL GET-MASTER-ADDR-BY-NAME two', 'SENTINEL CONFIG SET announce-hostnames yes', 'SENTINEL GET-MASTER-ADDR-BY-NAME two', 'SENTINEL MONITOR three no.such.name. 6 2',
    'SENTINEL GET-MASTER-ADDR-BY-NAME mymaster', 'PUBLISH __sentinel__:hello localhost,1,<f>,2,mymaster,127.0.0.1,<master>,0', 'SENTINEL SENTINELS mymaster', 'SENTINEL CONFIG SET announce-hostnames no', 'SENTINEL SENTINELS mymaster', 'PUBLISH __sentinel__:hello no.such.name.,1,<f>,2,mymaster,127.0.0.1,<master>,0',
    'SENTINEL SENTINELS mymaster', 'SENTINEL CONFIG SET announce-hostnames yes', 'SENTINEL SENTINELS mymaster', 'SENTINEL CONFIG SET resolve-hostnames no announce-hostnames no', 'SENTINEL REMOVE two', 'SENTINEL REMOVE three',
    'PUBLISH __sentinel__:hello no.such.name.,1,<f>,2,mymaster,127.0.0.1,<master>,0', 'SENTINEL SENTINELS mymaster', 'PUBLISH __sentinel__:hello 127.0.0.1,1,<f>,2,mymaster,127.0.0.1,<master>,0', 'PUBLISH __sentinel__:hello ,1,<f>,2,mymaster,127.0.0.1,<master>,0', 'SENTINEL SENTINELS mymaster',
  ]],
  ['epochs of 64 bits', [
    'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 9007199254740993 one', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 9007199254740992 two', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 9223372036854775807 two', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> -5 three',
    'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> 9223372036854775808 three', 'PUBLISH __sentinel__:hello 127.0.0.1,1,<f>,x,mymaster,127.0.0.1,<master>,18446744073709551614', 'SENTINEL MASTER mymaster', 'PUBLISH __sentinel__:hello 127.0.0.1,1,<f>,99999999999999999999,mymaster,127.0.0.1,<master>,9',
    'SENTINEL MASTER mymaster', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> -1 four', 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 <master> -2 five', 'SENTINEL SENTINELS mymaster', 'SENTINEL CONFIG SET announce-ip ""', 'SENTINEL CONFIG GET announce-ip',
  ]],
  ['what a Sentinel is not', [
    'COMMAND COUNT', 'SENTINEL', 'SENTINEL FOO', 'SENTINEL MYID x', 'GET a', 'CONFIG GET x', 'SELECT 1', 'QUIT', 'MULTI', 'DEBUG HELP', 'MONITOR', 'REPLICAOF NO ONE', 'PING', 'PING a', 'PING a b', 'HELLO 3', 'INFO replication', 'SENTINEL CONFIG GET announce*', 'HELLO 2', 'CLIENT GETNAME', 'CLIENT FOO', 'CLIENT NO-TOUCH on', 'ACL WHOAMI',
    'ACL SETUSER joe on nopass +sentinel|masters ~* &*', 'ACL LIST', 'ACL SETUSER joe +get', 'ACL DELUSER joe', 'AUTH x', 'AUTH default x', 'SHUTDOWN x', 'ROLE x', 'COMMAND GETKEYS sentinel masters', 'COMMAND INFO ping publish role info auth', 'SUBSCRIBE', 'SUBSCRIBE +sdown', 'PSUBSCRIBE *', 'PING', 'UNSUBSCRIBE', 'PUNSUBSCRIBE',
  ]],
];

describe.skipIf(isReferenceMissing('answers of Sentinel'))('a Sentinel answers as the real one does', () => {
  const servers: RunningServer[] = [];
  const sentinels: RunningServer[] = [];
  const wires: Wire[] = [];

  beforeAll(async () => {
    const master = await startRealServer(await freePort(), ['--repl-diskless-sync-delay', '0']);
    const replica = await startRealServer(await freePort(), ['--replicaof', `127.0.0.1 ${master.port}`]);
    servers.push(master, replica);
    const port = await freePort();
    // One after the other, so that they do not find each other.
    for (const kind of ['real', 'ours'] as const) sentinels.push(await startSentinel(kind, await freePort(), [`sentinel monitor ${kind} 127.0.0.1 ${port} 1`]));
    for (const [i, sentinel] of sentinels.entries()) {
      wires.push(await Wire.connect(sentinel.port));
      await ask(i, `SENTINEL REMOVE ${sentinel.name}`);
    }
  }, 60_000);

  afterAll(async () => {
    for (const wire of wires) wire.destroy();
    for (const each of [...sentinels, ...servers]) await each.stop();
  });

  async function ask(i: number, line: string): Promise<string> {
    const wire = wires[i] as Wire;
    const words = line.replaceAll('<master>', String(servers[0]?.port)).replaceAll('<f>', 'f'.repeat(40));
    wire.send(encodeCommand(splitArguments(words) ?? []));
    let bytes = '';
    for (let patience = 0; patience < 500 && bytes === ''; patience++) {
      await pauseMs(2);
      bytes = wire.take();
    }
    await pauseMs(2);
    return showWire(bytes + wire.take()).replace(MOMENTS, '$1…').replace(ID, '<id>').replaceAll(',disconnected', '').replace(/("id" (?:=>| \d+\)) \(integer\) )\d+/, '$1…').replace(/modules.*/, '').replaceAll(String(servers[0]?.port), '<master>').replaceAll(String(servers[1]?.port), '<replica>');
  }

  test('everything that can be asked, and what is wrong', async () => {
    for (const [title, lines] of SESSIONS) {
      const transcripts: string[][] = [];
      for (const i of [0, 1]) {
        await ask(i, `SENTINEL MONITOR mymaster 127.0.0.1 ${servers[0]?.port} 1`);
        for (let tries = 0; tries < 50 && !/"master-link-status" {2}\d+\) "ok"/.test(await ask(i, 'SENTINEL REPLICAS mymaster')); tries++) await pauseMs(100);
        const transcript: string[] = [];
        for (const line of lines) transcript.push(`${line}\n    ${await ask(i, line)}`);
        transcripts.push(transcript);
        await ask(i, 'SENTINEL REMOVE mymaster');
      }
      expect(transcripts[1], title).toEqual(transcripts[0]);
    }
  }, 120_000);
});
