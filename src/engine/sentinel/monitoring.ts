/*
 * Looking after instances
 * -----------------------
 * Connects, asks PING and INFO in their time, and reads from INFO who is master, who replicates from it, and how far.
 * What INFO contradicts is repaired here: a returning old master that still calls itself one, a replica of the wrong
 * server. Both wait for a while first, in case another Sentinel is about to tell of a newer configuration.
 */
import { fold, own, type Bytes } from '../bytes.ts';
import type { ReceivedReply } from '../protocol/reply-parser.ts';
import { callReconfigScript } from './scripts.ts';
import { forceHello, hearHello, HELLO_CHANNEL, sendHello } from './hello.ts';
import { addressOf, isHost, type Address } from './addresses.ts';
import { looksSane, masterOf, wasUpFor, type Instance, type Replica, type Role } from './instance.ts';
import { Connection } from './link.ts';
import type { Sentinel } from './sentinel.ts';
import { flushConfig } from './settings.ts';

/** Unanswered commands per user of a link, above which nothing more is asked. */
const MAX_PENDING_COMMANDS = 100;
/** While something goes on, INFO is asked of replicas as often. */
const URGENT_INFO_MS = 1000;
/** Hellos that may be missed before a subscription is made anew. */
const SILENT_HELLOS = 3;

// --- connecting --------------------------------------------------------------------------------------

/** Makes what is missing of a link, at most once in a PING period. */
export function reconnect(sentinel: Sentinel, instance: Instance): void {
  const { link } = instance;
  const { nowMs, server } = sentinel;
  if (!link.isDisconnected || instance.address.port === 0) return;
  if (nowMs - link.lastReconnectMs < sentinel.times.pingPeriod) return;
  link.lastReconnectMs = nowMs;
  if (link.commands === undefined) {
    // It may not have been known where the name is, or it may be elsewhere by now.
    if (sentinel.resolvesHostnames) instance.address = addressOf(sentinel, instance.address.host, instance.address.port) ?? instance.address;
    const connection: Connection = new Connection(server, () => {
      if (link.commands === connection) link.closeCommands();
    });
    link.commands = connection;
    link.pendingCommands = 0;
    link.commandsSinceMs = nowMs;
    connection.connect(`${instance.address.ip}:${instance.address.port}`);
    introduce(sentinel, instance, (argv) => void link.ask(argv), 'cmd');
    sendPing(sentinel, instance);
  }
  if (instance.kind !== 'sentinel' && link.messages === undefined) {
    const connection: Connection = new Connection(server, () => {
      if (link.messages === connection) link.closeMessages();
    }, (reply) => {
      // It may not subscribe, without a password or the right to: there is no use in a connection that hears nothing.
      if (reply.type === 'error') return link.closeMessages();
      link.lastMessageMs = sentinel.nowMs;
      return hearHello(sentinel, reply);
    });
    link.messages = connection;
    link.messagesSinceMs = nowMs;
    link.lastMessageMs = nowMs;
    connection.connect(`${instance.address.ip}:${instance.address.port}`);
    introduce(sentinel, instance, (argv) => connection.ask(argv, () => {}), 'pubsub');
    connection.send([masterOf(instance).commandName('SUBSCRIBE'), HELLO_CHANNEL]);
  }
  if (link.commands !== undefined && (instance.kind === 'sentinel' || link.messages !== undefined)) link.isDisconnected = false;
}

/** AUTH, where there is a password, and a name for CLIENT LIST. */
function introduce(sentinel: Sentinel, instance: Instance, ask: (argv: readonly Bytes[]) => void, what: Bytes): void {
  const master = masterOf(instance);
  const [user, pass] = instance.kind !== 'sentinel' ? [master.authUser, master.authPass]
    : sentinel.sentinelPass !== '' ? [sentinel.sentinelUser, sentinel.sentinelPass] : ['', sentinel.server.config.text('requirepass')];
  const name = (command: Bytes): Bytes => (instance.kind === 'sentinel' ? command : master.commandName(command));
  if (pass !== undefined && pass !== '') ask(user === undefined || user === '' ? [name('AUTH'), pass] : [name('AUTH'), user, pass]);
  ask([name('CLIENT'), 'SETNAME', `sentinel-${sentinel.id.slice(0, 8)}-${what}`]);
}

/** Connections that have gone dead without being closed are closed here, and made anew later. */
export function closeDeadConnections({ times, nowMs }: Sentinel, { link, downAfterMs }: Instance): void {
  const isUnanswered = link.activePingMs !== 0 && nowMs - link.activePingMs > downAfterMs / 2 && nowMs - link.lastPongMs > downAfterMs / 2;
  if (nowMs - link.commandsSinceMs > times.minLinkReconnectPeriod && isUnanswered) link.closeCommands();
  if (nowMs - link.messagesSinceMs > times.minLinkReconnectPeriod && nowMs - link.lastMessageMs > times.publishPeriod * SILENT_HELLOS) link.closeMessages();
}

// --- asking ------------------------------------------------------------------------------------------

export function sendPeriodicCommands(sentinel: Sentinel, instance: Instance): void {
  const { link } = instance;
  const { times, nowMs } = sentinel;
  if (link.isDisconnected || link.pendingCommands >= MAX_PENDING_COMMANDS * link.users) return;
  const isUrgent = instance.kind === 'slave' && (instance.master.isObjectivelyDown || instance.master.isFailingOver || instance.masterLinkDownMs !== 0);
  const infoPeriodMs = isUrgent ? URGENT_INFO_MS : times.infoPeriod;
  const pingPeriodMs = Math.min(instance.downAfterMs, times.pingPeriod);
  if (instance.kind !== 'sentinel' && (instance.infoRefreshedMs === 0 || nowMs - instance.infoRefreshedMs > infoPeriodMs)) {
    link.ask([masterOf(instance).commandName('INFO')], (reply) => {
      if (reply.type === 'bulk' || reply.type === 'verbatim') refresh(sentinel, instance, reply.text);
    });
  }
  if (nowMs - link.lastPongMs > pingPeriodMs && nowMs - link.lastPingMs > pingPeriodMs / 2) sendPing(sentinel, instance);
  if (nowMs - instance.lastPublishedMs > times.publishPeriod) sendHello(sentinel, instance);
}

function sendPing(sentinel: Sentinel, instance: Instance): void {
  const { link } = instance;
  const { nowMs } = sentinel;
  const command = instance.kind === 'sentinel' ? 'PING' : masterOf(instance).commandName('PING');
  if (!link.ask([command], (reply) => pinged(sentinel, instance, reply))) return;
  link.lastPingMs = nowMs;
  if (link.activePingMs === 0) link.activePingMs = nowMs;
}

/** A server that loads, or that has lost its master, is there; any other error is as good as silence. */
function pinged({ nowMs }: Sentinel, instance: Instance, reply: ReceivedReply): void {
  if (reply.type !== 'status' && reply.type !== 'error') return;
  const { link } = instance;
  const { text } = reply;
  if (/^(PONG|LOADING|MASTERDOWN)/.test(text)) {
    link.lastAvailableMs = nowMs;
    link.activePingMs = 0;
    if (instance.hasRebooted && text.startsWith('PONG')) instance.hasRebooted = false;
  } else if (text.startsWith('BUSY') && instance.isSubjectivelyDown && !instance.scriptKillSent) {
    // A script keeps it busy: unless it has written, it can be ended.
    if (link.ask([masterOf(instance).commandName('SCRIPT'), 'KILL'])) instance.scriptKillSent = true;
  }
  link.lastPongMs = nowMs;
}

// --- what INFO tells -----------------------------------------------------------------------------------

interface Told {
  role: Role;
}

function refresh(sentinel: Sentinel, instance: Instance, text: Bytes): void {
  const { nowMs } = sentinel;
  instance.info = text;
  instance.masterLinkDownMs = 0;
  const told: Told = { role: instance.roleReported };
  for (const line of text.split('\r\n')) readLine(sentinel, instance, line, told);
  instance.infoRefreshedMs = nowMs;
  if (told.role !== instance.roleReported) {
    instance.roleReportedMs = nowMs;
    instance.roleReported = told.role;
    if (told.role === 'slave' && instance.kind === 'slave') instance.configChangedMs = nowMs;
    sentinel.event('verbose', instance.kind === told.role ? '+role-change' : '-role-change', instance, ` new reported role is ${told.role}`);
  }
  // While time cannot be trusted nothing is done about it.
  if (sentinel.inTilt || instance.kind !== 'slave') return;
  if (told.role === 'master') repairMaster(sentinel, instance);
  else repairReplica(sentinel, instance);
}

function readLine(sentinel: Sentinel, instance: Instance, line: Bytes, told: Told): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const value = own(line.slice(colon + 1));
  if (name === 'run_id') return readRunId(sentinel, instance, value);
  if (name === 'master_link_down_since_seconds') instance.masterLinkDownMs = Number.parseInt(value, 10) * 1000;
  else if (name === 'role') told.role = value === 'slave' ? 'slave' : 'master';
  else if (instance.kind === 'master') {
    if (/^slave\d/.test(name)) readReplica(sentinel, instance, value);
  } else if (instance.kind === 'slave' && told.role === 'slave') readReplicaField(sentinel, instance, name, value);
  return undefined;
}

function readRunId(sentinel: Sentinel, instance: Instance, value: Bytes): void {
  const runId = value.slice(0, 40);
  if (instance.runId !== undefined && instance.runId !== runId) {
    sentinel.event('notice', '+reboot', instance);
    if (masterOf(instance).rebootDownAfterMs !== 0 && instance.kind === 'master') {
      instance.hasRebooted = true;
      instance.rebootedMs = sentinel.nowMs;
    }
  }
  instance.runId = runId;
}

/** `ip=10.0.0.2,port=6379,state=online,…`, as a master lists who replicates from it. */
function readReplica(sentinel: Sentinel, master: Extract<Instance, { kind: 'master' }>, value: Bytes): void {
  const [, host, port] = /(?:^|,)ip=([^,]*),port=(\d+)/.exec(value) ?? [];
  if (host === undefined || port === undefined) return;
  const address = addressOf(sentinel, host, Number(port), true);
  const replica = address && sentinel.addReplica(master, address);
  if (replica === undefined) return;
  sentinel.event('notice', '+slave', replica);
  flushConfig(sentinel);
}

function readReplicaField({ nowMs }: Sentinel, replica: Replica, name: Bytes, value: Bytes): void {
  switch (name) {
    case 'master_host':
      if (replica.masterHost !== undefined && fold(replica.masterHost) === fold(value)) return;
      replica.masterHost = value;
      replica.configChangedMs = nowMs;
      return;
    case 'master_port':
      if (replica.masterPort === Number(value)) return;
      replica.masterPort = Number(value);
      replica.configChangedMs = nowMs;
      return;
    case 'master_link_status':
      replica.isMasterLinkUp = fold(value) === 'up';
      return;
    case 'slave_priority':
      replica.priority = Number(value);
      return;
    case 'slave_repl_offset':
      replica.offset = Number(value);
      return;
    case 'replica_announced':
      replica.isAnnounced = value !== '0';
      return;
    default:
  }
}

/** The replica is a master: because it was told to, or against what it shall be. */
function repairMaster(sentinel: Sentinel, replica: Replica): void {
  const { master } = replica;
  const { nowMs, times } = sentinel;
  if (replica.isPromoted && master.isFailingOver && master.failoverState === 'wait_promotion') {
    // From now on this epoch's configuration is the one, and every hello spreads it.
    master.configEpoch = master.failoverEpoch;
    master.failoverState = 'reconf_slaves';
    master.failoverChangedMs = nowMs;
    flushConfig(sentinel);
    sentinel.event('warning', '+promoted-slave', replica);
    if (sentinel.crashesAfterPromotion) return crashAsAsked(sentinel);
    sentinel.event('warning', '+failover-state-reconf-slaves', master);
    callReconfigScript(sentinel, master, 'leader', master.address, replica.address);
    forceHello(sentinel, master);
    return undefined;
  }
  const waitMs = times.publishPeriod * 4;
  const isSettled = wasUpFor(replica, waitMs, nowMs) && nowMs - replica.roleReportedMs > waitMs;
  if (replica.isPromoted || !looksSane(master, times.infoPeriod, nowMs) || !isSettled) return undefined;
  if (sendReplicaOf(sentinel, replica, master.address)) sentinel.event('notice', '+convert-to-slave', replica);
  return undefined;
}

function repairReplica(sentinel: Sentinel, replica: Replica): void {
  const { master } = replica;
  const { nowMs, times } = sentinel;
  if (!follows(sentinel, replica, master.address)) {
    const waitMs = master.failoverTimeoutMs;
    const isSettled = wasUpFor(replica, waitMs, nowMs) && nowMs - replica.configChangedMs > waitMs;
    if (looksSane(master, times.infoPeriod, nowMs) && isSettled && sendReplicaOf(sentinel, replica, master.address)) sentinel.event('notice', '+fix-slave-config', replica);
  }
  if (replica.reconf === 'sent' && master.promoted !== undefined && follows(sentinel, replica, master.promoted.address)) {
    replica.reconf = 'inprog';
    sentinel.event('notice', '+slave-reconf-inprog', replica);
  }
  if (replica.reconf === 'inprog' && replica.isMasterLinkUp) {
    replica.reconf = 'done';
    sentinel.event('notice', '+slave-reconf-done', replica);
  }
}

function follows(sentinel: Sentinel, { masterHost, masterPort }: Replica, address: Address): boolean {
  return masterHost !== undefined && masterPort === address.port && isHost(sentinel, address, masterHost);
}

/**
 * Makes a server follow the address, or nobody. In one transaction, so that its clients are disconnected by nobody but
 * the new role: they ask where the master is when they come back.
 */
export function sendReplicaOf(sentinel: Sentinel, replica: Replica, address: Address | undefined): boolean {
  const { master, link } = replica;
  const name = (word: Bytes): Bytes => master.commandName(word);
  const words: readonly (readonly Bytes[])[] = [
    [name('MULTI')],
    [name('SLAVEOF'), ...(address === undefined ? ['NO', 'ONE'] : [sentinel.shownHost(address), String(address.port)])],
    [name('CONFIG'), 'REWRITE'],
    [name('CLIENT'), 'KILL', 'TYPE', 'normal'],
    [name('CLIENT'), 'KILL', 'TYPE', 'pubsub'],
    [name('EXEC')],
  ];
  return words.every((argv) => link.ask(argv));
}

/** SENTINEL SIMULATE-FAILURE: as when the machine fails at the worst moment. */
export function crashAsAsked({ server }: Sentinel): void {
  server.log('warning', 'Sentinel CRASH because of SENTINEL simulate-failure');
  server.stop('crash', 99);
}
