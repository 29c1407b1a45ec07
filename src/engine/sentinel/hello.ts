/*
 * How Sentinels find each other
 * -----------------------------
 * Each publishes on every server it watches, every two seconds, who it is and what it believes of the master:
 *
 *     10.0.0.7,26379,<run id>,<current epoch>,mymaster,10.0.0.1,6379,<config epoch>
 *
 * Whoever watches the same server hears it. So Sentinels learn of each other without being told, and a configuration
 * with a newer epoch reaches all of them, also those that slept while it came about.
 */
import { atoi, own, type Bytes } from '../bytes.ts';
import type { ReceivedReply } from '../protocol/reply-parser.ts';
import { readEpoch } from '../epoch.ts';
import { addressOf, isHost, isSamePlace } from './addresses.ts';
import { masterOf, type Instance, type Master, type Peer } from './instance.ts';
import { callReconfigScript } from './scripts.ts';
import type { Sentinel } from './sentinel.ts';
import { flushConfig } from './settings.ts';

export const HELLO_CHANNEL = '__sentinel__:hello';
const HELLO_FIELDS = 8;

/** Tells an instance of this Sentinel: a server to spread it, another Sentinel to hear it. */
export function sendHello(sentinel: Sentinel, instance: Instance): void {
  const { link } = instance;
  const master = masterOf(instance);
  if (link.isDisconnected) return;
  const ip = sentinel.announceIp ?? link.commands?.localIp;
  if (ip === undefined) return;
  const port = sentinel.announcePort === 0 ? sentinel.server.port : sentinel.announcePort;
  const { currentAddress } = master;
  const fields = [ip, port, sentinel.id, sentinel.currentEpoch, master.name, sentinel.shownHost(currentAddress), currentAddress.port, master.configEpoch];
  const command = instance.kind === 'sentinel' ? 'PUBLISH' : master.commandName('PUBLISH');
  link.ask([command, HELLO_CHANNEL, fields.join(',')], (reply) => {
    // After an error it is tried again soon.
    if (reply.type !== 'error') instance.lastPublishedMs = sentinel.nowMs;
  });
}

/** What has just changed is told at the next turn of the timer. */
export function forceHello({ times }: Sentinel, master: Master): void {
  for (const each of [master, ...master.sentinels.values(), ...master.replicas.values()]) {
    if (each.lastPublishedMs >= times.publishPeriod + 1) each.lastPublishedMs -= times.publishPeriod + 1;
  }
}

/** A message of the channel came from a server. */
export function hearHello(sentinel: Sentinel, reply: ReceivedReply): void {
  if (reply.type !== 'array' && reply.type !== 'push') return;
  const [kind, , message] = reply.items;
  if (kind?.type !== 'bulk' || kind.text !== 'message' || message?.type !== 'bulk') return;
  // Its own come back as well.
  if (message.text.includes(sentinel.id)) return;
  processHello(sentinel, message.text);
}

/** What another Sentinel tells. */
export function processHello(sentinel: Sentinel, message: Bytes): void {
  const fields = message.split(',').map(own);
  if (fields.length !== HELLO_FIELDS) return;
  const [ip, port, runId, epoch, masterName, masterIp, masterPort, configEpoch] = fields as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  const master = sentinel.masters.get(masterName);
  if (master === undefined) return;
  const peer = identify(sentinel, master, runId, ip, atoi(port));
  const theirEpoch = readEpoch(epoch);
  if (theirEpoch > sentinel.currentEpoch) {
    sentinel.currentEpoch = theirEpoch;
    flushConfig(sentinel);
    sentinel.announce('warning', '+new-epoch', String(theirEpoch), master);
  }
  if (peer === undefined) return;
  if (master.configEpoch < readEpoch(configEpoch)) {
    master.configEpoch = readEpoch(configEpoch);
    const newPort = atoi(masterPort);
    if (newPort !== master.address.port || !isHost(sentinel, master.address, masterIp)) adopt(sentinel, master, peer, masterIp, newPort);
  }
  peer.lastHelloMs = sentinel.nowMs;
}

/**
 * The Sentinel of this id and address, known or new. One that has moved, or whose place another has taken, is put right;
 * one that tells an address that cannot be used is known no more.
 */
function identify(sentinel: Sentinel, master: Master, runId: Bytes, host: Bytes, port: number): Peer | undefined {
  const known = master.sentinels.get(runId);
  const address = addressOf(sentinel, host, port, true);
  if (known !== undefined && address !== undefined && isSamePlace(known.address, address)) return known;
  if (known !== undefined) {
    sentinel.removeSentinel(known);
    sentinel.event('notice', '+sentinel-address-switch', master, ` ip ${host} port ${port} for ${runId}`);
  } else {
    const other = address && [...master.sentinels.values()].find((each) => isSamePlace(each.address, address));
    if (other !== undefined) {
      sentinel.event('notice', '+sentinel-invalid-addr', other);
      for (const each of sentinel.peersOf(other.name)) sentinel.removeSentinel(each);
    }
  }
  // Still under the same name: its other masters do not notice.
  if (address === undefined) return undefined;
  const peer = sentinel.addSentinel(master, runId, address);
  if (peer === undefined) throw new Error('the Sentinel of this id was just removed');
  if (known === undefined) sentinel.event('notice', '+sentinel', peer);
  else moveEverywhere(sentinel, peer);
  flushConfig(sentinel);
  return peer;
}

/** The same Sentinel under other masters has moved too, and the link that all of them use leads to its old place. */
function moveEverywhere(sentinel: Sentinel, peer: Peer): void {
  const others = sentinel.peersOf(peer.name).filter((each) => each !== peer);
  if (others.length === 0) return;
  peer.link.closeCommands();
  for (const each of others) each.address = peer.address;
  sentinel.event('notice', '+sentinel-address-update', peer, ` ${others.length} additional matching instances`);
}

/** Another Sentinel has a newer configuration, made by a failover that this one had no part in. */
function adopt(sentinel: Sentinel, master: Master, peer: Peer, host: Bytes, port: number): void {
  const old = master.address;
  sentinel.event('warning', '+config-update-from', peer);
  sentinel.announceSwitch(master, host, port);
  // A name that nobody knows now is no place to go to.
  const address = addressOf(sentinel, host, port);
  if (address !== undefined) sentinel.changeAddress(master, address);
  callReconfigScript(sentinel, master, 'observer', old, master.address);
}
