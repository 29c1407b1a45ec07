/*
 * A Sentinel
 * ----------
 * A server without data that watches masters, agrees with other Sentinels on which of them are down, and puts a
 * replica in the place of one that is. Nothing is asked of the servers but what every client can ask.
 *
 *     monitoring.ts   links, PING, INFO, and what INFO tells     hello.ts       how Sentinels find each other
 *     agreement.ts    who is down, for one and for all; votes    failover.ts    one step after the other
 *     scripts.ts      programs that are told                     settings.ts    lines of the configuration
 *
 * Everything is driven by one timer. Its rate is drawn anew each time, so that several Sentinels that noticed the same
 * failure at the same moment do not ask for votes at the same moment for ever.
 *
 * Here stand the masters, the clock, and events: what has happened goes to the log and to the channel of that name.
 */
import type { Bytes } from '../bytes.ts';
import type { Epoch } from '../epoch.ts';
import { fatalConfigError } from '../config/load.ts';
import type { Random } from '../env.ts';
import { globMatch } from '../glob.ts';
import { isLogged, type LogLevel } from '../log.ts';
import type { Server } from '../server.ts';
import { askOthers, checkObjectivelyDown, checkSubjectivelyDown } from './agreement.ts';
import { runFailover, startFailoverIfNeeded } from './failover.ts';
import { isSamePlace, type Address } from './addresses.ts';
import { Master, masterOf, Peer, Replica, type Instance } from './instance.ts';
import { InstanceLink } from './link.ts';
import { reconnect, sendPeriodicCommands } from './monitoring.ts';
import { Scripts } from './scripts.ts';
import { applyLines, flushConfig } from './settings.ts';
import { REDIS_VERSION } from '../version.ts';
import { defaultTimes, type Times } from './times.ts';

/** The rate of the timer is up to so much above the configured one. */
const HZ_JITTER = 10;

export class Sentinel {
  readonly server: Server;
  readonly random: Random;
  readonly masters = new Map<Bytes, Master>();
  readonly times: Times = defaultTimes();
  readonly scripts: Scripts;
  id: Bytes = '';
  currentEpoch: Epoch = 0n;
  hz: number;
  /** Time has jumped: nothing is decided before it has been quiet for a while. */
  inTilt = false;
  tiltSinceMs = 0;
  private lastTimerMs: number;

  /** Undefined: the address that a link leaves from. */
  announceIp: Bytes | undefined = undefined;
  announcePort = 0;
  resolvesHostnames = false;
  announcesHostnames = false;
  deniesScripts = true;
  /** How this one logs in to other Sentinels. */
  sentinelUser: Bytes = '';
  sentinelPass: Bytes = '';
  /** Failures that were asked for, to see what becomes of it. */
  crashesAfterElection = false;
  crashesAfterPromotion = false;

  constructor(server: Server) {
    this.server = server;
    this.random = server.env.random.fork('sentinel');
    this.scripts = new Scripts(this);
    this.hz = server.config.number('hz');
    this.lastTimerMs = server.nowMs;
  }

  get nowMs(): number {
    return this.server.nowMs;
  }

  /** Takes the lines of the configuration and begins; false when it cannot. */
  start(): boolean {
    const problem = applyLines(this, this.server.config.sentinel ?? []);
    if (problem !== undefined) {
      this.server.env.stderr(fatalConfigError(REDIS_VERSION, problem));
      return false;
    }
    if (this.id === '') {
      this.id = Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(this.random.below(16))).join('');
      flushConfig(this);
    }
    this.server.log('notice', `Sentinel ID is ${this.id}`);
    for (const master of this.masters.values()) this.event('warning', '+monitor', master, ` quorum ${master.quorum}`);
    return true;
  }

  // --- the timer -------------------------------------------------------------------------------------

  /** What is done at every run of the cron. */
  timer(): void {
    this.checkTilt();
    this.lastTimerMs = this.nowMs;
    const switching = [...this.masters.values()].filter((master) => this.handleMaster(master));
    for (const master of switching) this.switchToPromoted(master);
    this.scripts.run();
    this.hz = this.server.config.number('hz') + this.random.below(HZ_JITTER);
  }

  private checkTilt(): void {
    const delta = this.nowMs - this.lastTimerMs;
    if (delta >= 0 && delta <= this.times.tiltTrigger) return;
    this.inTilt = true;
    this.tiltSinceMs = this.nowMs;
    this.announce('warning', '+tilt', '#tilt mode entered');
  }

  /** True when its failover is over and the promoted replica shall take its name. */
  private handleMaster(master: Master): boolean {
    this.handle(master);
    for (const each of [...master.replicas.values(), ...master.sentinels.values()]) this.handle(each);
    return master.failoverState === 'update_config';
  }

  private handle(instance: Instance): void {
    reconnect(this, instance);
    sendPeriodicCommands(this, instance);
    if (this.inTilt) {
      if (this.nowMs - this.tiltSinceMs < this.times.tiltPeriod) return;
      this.inTilt = false;
      this.announce('warning', '-tilt', '#tilt mode exited');
    }
    checkSubjectivelyDown(this, instance);
    if (instance.kind !== 'master') return;
    checkObjectivelyDown(this, instance);
    if (startFailoverIfNeeded(this, instance)) askOthers(this, instance, true);
    runFailover(this, instance);
    askOthers(this, instance, false);
  }

  // --- events ----------------------------------------------------------------------------------------

  /** `master mymaster 10.0.0.1 6379`, or a replica or Sentinel with the master that it belongs to. */
  describe(instance: Instance): Bytes {
    const { kind, name, address } = instance;
    const own = `${kind} ${name} ${this.shownHost(address)} ${address.port}`;
    if (instance.kind === 'master') return own;
    const { master } = instance;
    return `${own} @ ${master.name} ${this.shownHost(master.address)} ${master.address.port}`;
  }

  /** Tells what has happened to an instance; `rest` follows its description. */
  event(level: LogLevel, type: Bytes, instance: Instance, rest: Bytes = ''): void {
    this.announce(level, type, this.describe(instance) + rest, instance);
  }

  /** The same in words of its own. Warnings also go to the master's script. */
  announce(level: LogLevel, type: Bytes, text: Bytes, about?: Instance): void {
    const { server } = this;
    if (isLogged(level, server.config.text('loglevel'))) server.log(level, `${type} ${text}`);
    if (level !== 'debug') server.pubsub.publish(type, text);
    server.events.emit(() => ({ type: 'sentinelEvent', atUs: server.nowUs, event: type, text }));
    if (level !== 'warning' || about === undefined) return;
    const { notificationScript } = masterOf(about);
    if (notificationScript !== undefined) this.scripts.schedule([notificationScript, type, text]);
  }

  /** How addresses are told to others. */
  shownHost(address: Address): Bytes {
    return this.announcesHostnames ? address.host : address.ip;
  }

  replicaName(address: Address): Bytes {
    return `${this.shownHost(address)}:${address.port}`;
  }

  // --- who is watched --------------------------------------------------------------------------------

  addMaster(name: Bytes, address: Address, quorum: number): Master {
    const { times, nowMs } = this;
    const master = new Master(name, address, quorum, new InstanceLink(nowMs), times.defaultDownAfter, times.defaultFailoverTimeout, nowMs);
    this.masters.set(name, master);
    return master;
  }

  removeMaster(master: Master): void {
    this.releaseReplicas(master);
    this.releaseSentinels(master);
    master.link.release();
    this.masters.delete(master.name);
  }

  /** A replica at this address; undefined when there is one already. */
  addReplica(master: Master, address: Address): Replica | undefined {
    const name = this.replicaName(address);
    if (master.replicas.has(name)) return undefined;
    const replica = new Replica(master, name, address, new InstanceLink(this.nowMs), this.nowMs);
    master.replicas.set(name, replica);
    return replica;
  }

  /** Another Sentinel of this master. The same one under another master has a link already, which both use. */
  addSentinel(master: Master, runId: Bytes, address: Address): Peer | undefined {
    if (master.sentinels.has(runId)) return undefined;
    const known = this.peersOf(runId).at(0);
    const link = known?.link ?? new InstanceLink(this.nowMs);
    if (known !== undefined) link.users++;
    const peer = new Peer(master, runId, address, link, this.nowMs);
    master.sentinels.set(runId, peer);
    return peer;
  }

  /** One Sentinel under all the masters that it watches with this one. */
  peersOf(runId: Bytes): Peer[] {
    return [...this.masters.values()].flatMap(({ sentinels }) => sentinels.get(runId) ?? []);
  }

  removeSentinel(peer: Peer): void {
    peer.master.sentinels.delete(peer.name);
    peer.link.release();
  }

  private releaseReplicas(master: Master): void {
    for (const { link } of master.replicas.values()) link.release();
    master.replicas.clear();
  }

  private releaseSentinels(master: Master): void {
    for (const peer of [...master.sentinels.values()]) this.removeSentinel(peer);
  }

  // --- starting over -----------------------------------------------------------------------------------

  /** SENTINEL RESET: forgets everything about the masters whose names match; returns how many. */
  reset(pattern: Bytes): number {
    const matching = [...this.masters.values()].filter(({ name }) => globMatch(pattern, name));
    for (const master of matching) {
      this.releaseSentinels(master);
      this.forgetState(master);
      this.event('warning', '+reset-master', master);
    }
    return matching.length;
  }

  /** All that is known of the master but its name, its settings and its Sentinels. */
  private forgetState(master: Master): void {
    const { nowMs } = this;
    const { link } = master;
    this.releaseReplicas(master);
    link.closeCommands();
    link.closeMessages();
    link.activePingMs = nowMs;
    link.lastPingMs = 0;
    link.lastAvailableMs = nowMs;
    link.lastPongMs = nowMs;
    Object.assign(master, {
      isSubjectivelyDown: false, isObjectivelyDown: false, isFailingOver: false, isForced: false, scriptKillSent: false, hasRebooted: false,
      leader: undefined, failoverState: 'none', failoverChangedMs: 0, failoverStartedMs: 0, promoted: undefined, runId: undefined,
      roleReported: 'master', roleReportedMs: nowMs,
    } satisfies Partial<Master>);
  }

  /**
   * The name goes over to another server: the Sentinels stay, the replicas are those of before, and the old master is
   * one of them from now on, so that it will be made one when it comes back.
   */
  changeAddress(master: Master, address: Address): void {
    const old = master.address;
    const isNew = (each: Address): boolean => !isSamePlace(each, address);
    const replicas = [...master.replicas.values()].map((replica) => replica.address).filter(isNew);
    if (isNew(old)) replicas.push(old);
    this.forgetState(master);
    master.address = address;
    master.subjectivelyDownSinceMs = 0;
    master.objectivelyDownSinceMs = 0;
    for (const each of replicas) {
      const replica = this.addReplica(master, each);
      if (replica !== undefined) this.event('notice', '+slave', replica);
    }
    flushConfig(this);
  }

  announceSwitch(master: Master, host: Bytes, port: number): void {
    const old = master.address;
    this.announce('warning', '+switch-master', `${master.name} ${this.shownHost(old)} ${old.port} ${host} ${port}`, master);
  }

  private switchToPromoted(master: Master): void {
    const { address } = master.promoted ?? master;
    this.announceSwitch(master, this.shownHost(address), address.port);
    this.changeAddress(master, address);
  }

  /** The server stops. */
  stop(): void {
    for (const master of [...this.masters.values()]) this.removeMaster(master);
    this.scripts.stop();
  }
}

/** The Sentinel of a server that was started as one. */
export function openSentinel(server: Server): Sentinel {
  return new Sentinel(server);
}
