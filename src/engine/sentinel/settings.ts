/*
 * `sentinel …` lines
 * ------------------
 * A Sentinel keeps in its configuration file what it must not forget: who it is, whom it watches, whom it has found,
 * and the epochs. Each promise is written, and durable, before anybody hears of it; so a Sentinel that was killed
 * comes back with the same id and does not vote twice.
 *
 * When the process starts the lines are read into plain settings, in three rounds, so that their order in the file does not
 * matter: what is about the Sentinel itself, the masters, what is about masters.
 */
import { atoi, fold, own, type Bytes } from '../bytes.ts';
import { laterEpoch, readEpoch } from '../epoch.ts';
import { rewriteConfig, userLines } from '../config/rewrite.ts';
import { isDiskError, type Disk } from '../env.ts';
import { replaceFile } from '../persistence/replace-file.ts';
import { quote } from '../monitor.ts';
import { addressOf, isSamePlace } from './addresses.ts';
import type { Master } from './instance.ts';
import type { Sentinel } from './sentinel.ts';

/** One line, as the file has it. */
export interface SentinelLine {
  readonly line: number;
  readonly text: Bytes;
  /** Without the word `sentinel`. */
  readonly words: readonly Bytes[];
}

/** What is wrong with a line: the real server's words. */
export interface LineProblem {
  readonly line: number;
  readonly text: Bytes;
  readonly message: Bytes;
}

/** Does to a Sentinel what the lines say; called when it starts. */
type Change = (sentinel: Sentinel) => Bytes | undefined;

const ID_LENGTH = 40;
const HIGHEST_PORT = 65535;
const UNKNOWN_MASTER = 'No such master with specified name.';
const UNRECOGNIZED = 'Unrecognized sentinel configuration statement.';
const UNRESOLVABLE = "Can't resolve instance hostname.";

/** Does what the lines say; what is wrong with the first that cannot be. */
export function applyLines(sentinel: Sentinel, lines: readonly SentinelLine[]): LineProblem | undefined {
  const rounds = [
    (name: Bytes) => name !== 'monitor' && aboutItself(name),
    (name: Bytes) => name === 'monitor',
    (name: Bytes) => name !== 'monitor' && !aboutItself(name),
  ];
  for (const isDue of rounds) {
    for (const { line, text, words } of lines) {
      if (!isDue(fold(words[0] ?? ''))) continue;
      const message = changeOf(words, sentinel.server.env.disk)(sentinel);
      if (message !== undefined) return { line, text, message };
    }
  }
  return undefined;
}

const ABOUT_ITSELF = [
  'announce-ip', 'announce-port', 'deny-scripts-reconfig', 'sentinel-user', 'sentinel-pass', 'current-epoch', 'myid', 'resolve-hostnames', 'announce-hostnames',
];
const aboutItself = (name: Bytes): boolean => ABOUT_ITSELF.includes(name);

function changeOf(words: readonly Bytes[], disk: Disk): Change {
  const name = fold(words[0] ?? '');
  const [, first, second, third, fourth] = words.map(own);
  const count = words.length;
  if (name === 'monitor' && count === 5) return (sentinel) => monitor(sentinel, first ?? '', second ?? '', atoi(third ?? ''), atoi(fourth ?? ''));
  const own1 = count === 2 ? changeOfItself(name, first ?? '') : undefined;
  if (own1 !== undefined) return own1;
  const ofMaster = changeOfMaster(name, words.map(own), disk);
  if (ofMaster === undefined) return () => UNRECOGNIZED;
  return (sentinel) => {
    const master = sentinel.masters.get(first ?? '');
    return master === undefined ? UNKNOWN_MASTER : ofMaster(sentinel, master);
  };
}

function monitor(sentinel: Sentinel, name: Bytes, host: Bytes, port: number, quorum: number): Bytes | undefined {
  if (quorum <= 0) return 'Quorum must be 1 or greater.';
  if (port < 0 || port > HIGHEST_PORT) return 'Invalid port number.';
  const address = addressOf(sentinel, host, port, true);
  if (address === undefined) return UNRESOLVABLE;
  if (sentinel.masters.has(name)) return 'Duplicate master name.';
  sentinel.addMaster(name, address, quorum);
  return undefined;
}

function changeOfItself(name: Bytes, value: Bytes): Change | undefined {
  const yesNo = (message: Bytes, set: (sentinel: Sentinel, on: boolean) => void): Change => (sentinel) => {
    const word = fold(value);
    if (word !== 'yes' && word !== 'no') return message;
    set(sentinel, word === 'yes');
    return undefined;
  };
  const always = (set: (sentinel: Sentinel) => void): Change => (sentinel) => {
    set(sentinel);
    return undefined;
  };
  switch (name) {
    case 'announce-ip':
      return always((sentinel) => (sentinel.announceIp = value));
    case 'announce-port':
      return always((sentinel) => (sentinel.announcePort = atoi(value ?? '')));
    case 'sentinel-user':
      return always((sentinel) => (sentinel.sentinelUser = value));
    case 'sentinel-pass':
      return always((sentinel) => (sentinel.sentinelPass = value));
    case 'current-epoch':
      return always((sentinel) => (sentinel.currentEpoch = laterEpoch(sentinel.currentEpoch, readEpoch(value))));
    case 'myid':
      return value.length === ID_LENGTH ? always((sentinel) => (sentinel.id = value)) : () => 'Malformed Sentinel id in myid option.';
    case 'deny-scripts-reconfig':
      return yesNo('Please specify yes or no for the deny-scripts-reconfig options.', (sentinel, on) => (sentinel.deniesScripts = on));
    case 'resolve-hostnames':
      return yesNo('Please specify yes or no for the resolve-hostnames option.', (sentinel, on) => (sentinel.resolvesHostnames = on));
    case 'announce-hostnames':
      return yesNo('Please specify yes or no for the announce-hostnames option.', (sentinel, on) => (sentinel.announcesHostnames = on));
    default:
      return undefined;
  }
}

function changeOfMaster(name: Bytes, words: readonly Bytes[], disk: Disk): ((sentinel: Sentinel, master: Master) => Bytes | undefined) | undefined {
  const [, , second = '', third = '', fourth] = words;
  const time = (set: (master: Master, ms: number) => void) => (_: Sentinel, master: Master): Bytes | undefined => {
    if (atoi(second ?? '') <= 0) return 'negative or zero time parameter.';
    set(master, atoi(second ?? ''));
    return undefined;
  };
  const always = (set: (sentinel: Sentinel, master: Master) => void) => (sentinel: Sentinel, master: Master): undefined => {
    set(sentinel, master);
    return undefined;
  };
  const script = (what: Bytes, set: (master: Master) => void) => (_: Sentinel, master: Master): Bytes | undefined => {
    if (!isScript(disk, second)) return `${what} script seems non existing or non executable.`;
    set(master);
    return undefined;
  };
  switch (`${name} ${words.length}`) {
    case 'down-after-milliseconds 3':
      return time(setDownAfter);
    case 'failover-timeout 3':
      return time((master, ms) => (master.failoverTimeoutMs = ms));
    case 'parallel-syncs 3':
      return always((_, master) => (master.parallelSyncs = atoi(second ?? '')));
    case 'notification-script 3':
      return script('Notification', (master) => (master.notificationScript = second));
    case 'client-reconfig-script 3':
      return script('Client reconfiguration', (master) => (master.clientReconfigScript = second));
    case 'auth-pass 3':
      return always((_, master) => (master.authPass = second));
    case 'auth-user 3':
      return always((_, master) => (master.authUser = second));
    case 'config-epoch 3':
    case 'leader-epoch 3':
      return always((sentinel, master) => {
        const epoch = readEpoch(second);
        if (name === 'config-epoch') master.configEpoch = epoch;
        else master.leaderEpoch = epoch;
        // Who has taken part in an epoch has seen it.
        sentinel.currentEpoch = laterEpoch(sentinel.currentEpoch, epoch);
      });
    case 'known-replica 4':
    case 'known-slave 4':
      return (sentinel, master) => {
        const address = addressOf(sentinel, second, atoi(third ?? ''), true);
        if (address === undefined) return UNRESOLVABLE;
        return sentinel.addReplica(master, address) === undefined ? 'Duplicate hostname and port for replica.' : undefined;
      };
    case 'known-sentinel 4':
      // Files of old versions have it without the id: it will be found again.
      return () => undefined;
    case 'known-sentinel 5':
      return (sentinel, master) => {
        const address = addressOf(sentinel, second, atoi(third ?? ''), true);
        if (address === undefined) return UNRESOLVABLE;
        return sentinel.addSentinel(master, fourth ?? '', address) === undefined ? 'Duplicate runid for sentinel.' : undefined;
      };
    case 'rename-command 4':
      return (_, master) => {
        if (master.renamed.has(fold(second))) return 'Same command renamed multiple times with rename-command.';
        master.renamed.set(fold(second), third);
        return undefined;
      };
    case 'master-reboot-down-after-period 3':
      return (_, master) => {
        if (atoi(second ?? '') < 0) return 'negative time parameter.';
        master.rebootDownAfterMs = atoi(second ?? '');
        return undefined;
      };
    default:
      return undefined;
  }
}

/** It holds for the master and for all that belongs to it. */
export function setDownAfter(master: Master, ms: number): void {
  for (const each of [master, ...master.replicas.values(), ...master.sentinels.values()]) each.downAfterMs = ms;
}

/** Whether the environment has such a program; that it may be run shows when it is. */
export function isScript(disk: Disk, path: Bytes): boolean {
  const found = disk.stat(path);
  return !isDiskError(found) && found.kind === 'file';
}

// --- writing -------------------------------------------------------------------------------------------

/** The lines of the new file, by the words that they begin with. */
export function sentinelLines(sentinel: Sentinel, old: Bytes): Map<Bytes, Bytes[]> {
  const lines = new Map<Bytes, Bytes[]>();
  const put = (option: Bytes, rest: Bytes): void => {
    const key = `sentinel ${option}`;
    lines.set(key, [...(lines.get(key) ?? []), `${key} ${rest}`]);
  };
  const { times } = sentinel;
  put('myid', sentinel.id);
  for (const [option, on, byDefault] of [
    ['deny-scripts-reconfig', sentinel.deniesScripts, true], ['resolve-hostnames', sentinel.resolvesHostnames, false], ['announce-hostnames', sentinel.announcesHostnames, false],
  ] as const) {
    // A line that is there stays, whatever it says now.
    if (on !== byDefault || new RegExp(`^\\s*sentinel\\s+${option}\\s`, 'im').test(old)) put(option, on ? 'yes' : 'no');
  }
  for (const master of sentinel.masters.values()) {
    const { name, currentAddress } = master;
    const perMaster = (option: Bytes, value: Bytes | number | bigint | undefined, isDefault: boolean): void => {
      if (!isDefault && value !== undefined) put(option, `${name} ${value}`);
    };
    put('monitor', `${name} ${sentinel.shownHost(currentAddress)} ${currentAddress.port} ${master.quorum}`);
    perMaster('down-after-milliseconds', master.downAfterMs, master.downAfterMs === times.defaultDownAfter);
    perMaster('failover-timeout', master.failoverTimeoutMs, master.failoverTimeoutMs === times.defaultFailoverTimeout);
    perMaster('parallel-syncs', master.parallelSyncs, master.parallelSyncs === 1);
    perMaster('notification-script', master.notificationScript, false);
    perMaster('client-reconfig-script', master.clientReconfigScript, false);
    perMaster('auth-pass', master.authPass, false);
    perMaster('auth-user', master.authUser, false);
    perMaster('master-reboot-down-after-period', master.rebootDownAfterMs, master.rebootDownAfterMs === 0);
    perMaster('config-epoch', master.configEpoch, false);
    perMaster('leader-epoch', master.leaderEpoch, false);
    for (const { address } of master.replicas.values()) {
      // Of a master that is about to be replaced, and of who replaces it, the file has the places changed already.
      const shown = isSamePlace(address, currentAddress) ? master.address : address;
      put('known-replica', `${name} ${sentinel.shownHost(shown)} ${shown.port}`);
    }
    for (const { address, runId } of master.sentinels.values()) put('known-sentinel', `${name} ${sentinel.shownHost(address)} ${address.port} ${runId}`);
    for (const [from, to] of master.renamed) put('rename-command', `${name} ${from} ${to}`);
  }
  put('current-epoch', String(sentinel.currentEpoch));
  if (sentinel.announceIp !== undefined) put('announce-ip', quote(sentinel.announceIp));
  if (sentinel.announcePort !== 0) put('announce-port', String(sentinel.announcePort));
  if (sentinel.sentinelUser !== '') put('sentinel-user', sentinel.sentinelUser);
  if (sentinel.sentinelPass !== '') put('sentinel-pass', sentinel.sentinelPass);
  return lines;
}

/** Writes the configuration file and waits until it is durable; false when that fails, which is logged. */
export function flushConfig(sentinel: Sentinel): boolean {
  const { server } = sentinel;
  const { config, env: { disk, surroundings } } = server;
  const found = disk.read(config.file);
  const old = isDiskError(found) ? '' : found;
  const text = rewriteConfig(old, config, new Map([['user', userLines(server)], ...sentinelLines(sentinel, old)]));
  const temporary = `${config.file}.${surroundings.pid}-rewrite.tmp`;
  const problem = replaceFile(disk, config.file, temporary, text);
  if (problem === undefined) {
    server.log('debug', `Rewritten config file (${config.file}) successfully`);
    server.log('notice', 'Sentinel new configuration saved on disk');
    return true;
  }
  server.log('warning', `WARNING: Sentinel was not able to save the new configuration on disk!!!: ${problem.message}`);
  return false;
}

/** What keeps a Sentinel from keeping its promises: no file, or one that cannot be written. The real server's words. */
export function fileProblem(file: Bytes, disk: Disk): Bytes | undefined {
  if (file === '') return 'Sentinel needs config file on disk to save state. Exiting...';
  const refused = disk.append(file, '');
  return refused === undefined ? undefined : `Sentinel config file ${file} is not writable: ${refused.message}. Exiting...`;
}
