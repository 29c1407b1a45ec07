/*
 * What changes a Sentinel: MONITOR, REMOVE, SET, CONFIG, DEBUG, RESET, FAILOVER, and the question of the others
 */
import { equalsFolded, fold, own, parseInteger, type Bytes } from '../../bytes.ts';
import { epochReply } from '../../epoch.ts';
import { directives } from '../../config/directives.ts';
import { isBadValue } from '../../config/values.ts';
import { globMatch } from '../../glob.ts';
import { CommandError, mapReply, OK, type Reply } from '../../reply.ts';
import { vote } from '../../sentinel/agreement.ts';
import { selectReplica, startFailover } from '../../sentinel/failover.ts';
import type { Master } from '../../sentinel/instance.ts';
import type { Sentinel } from '../../sentinel/sentinel.ts';
import { addressOf, isSamePlace } from '../../sentinel/addresses.ts';
import { flushConfig, isScript, setDownAfter } from '../../sentinel/settings.ts';
import { timeNames } from '../../sentinel/times.ts';
import { asSentinel, epochArgument, masterArgument, numberArgument } from './asking.ts';

const HIGHEST_PORT = 65535;

/** Another Sentinel asks whether a master is down for this one too, and, with its run id, for this one's vote. */
export const isMasterDownByAddr = asSentinel((sentinel, argv) => {
  const [, , ip, portWord, epochWord, candidate] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  const port = numberArgument(portWord);
  const epoch = epochArgument(epochWord);
  const asked = addressOf(sentinel, ip, port, true);
  const master = [...sentinel.masters.values()].find(({ address }) => asked !== undefined && isSamePlace(address, asked));
  const isDown = !sentinel.inTilt && master?.isSubjectivelyDown === true;
  if (master === undefined || candidate === '*') return [isDown ? 1 : 0, '*', 0];
  vote(sentinel, master, epoch, own(candidate));
  return [isDown ? 1 : 0, master.leader ?? '*', epochReply(master.leaderEpoch)];
});

export const monitor = asSentinel((sentinel, argv) => {
  const [, , name, host, portWord, quorumWord] = argv.map(own) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  const quorum = numberArgument(quorumWord, 'Invalid quorum');
  const port = numberArgument(portWord, 'Invalid port');
  if (quorum <= 0) throw new CommandError('ERR Quorum must be 1 or greater.');
  if (port < 0 || port > HIGHEST_PORT) throw new CommandError('ERR Invalid port number.');
  const address = addressOf(sentinel, host, port);
  if (address === undefined) throw new CommandError('ERR Invalid IP address or hostname specified');
  if (sentinel.masters.has(name)) throw new CommandError('ERR Duplicate master name.');
  const master = sentinel.addMaster(name, address, quorum);
  const isSaved = flushConfig(sentinel);
  sentinel.event('warning', '+monitor', master, ` quorum ${quorum}`);
  return savedReply(isSaved);
});

export const remove = asSentinel((sentinel, argv) => {
  const master = masterArgument(sentinel, argv);
  sentinel.event('warning', '-monitor', master);
  sentinel.removeMaster(master);
  return savedReply(flushConfig(sentinel));
});

export const reset = asSentinel((sentinel, argv) => sentinel.reset(argv[2] as Bytes));

export const flush = asSentinel((sentinel) => savedReply(flushConfig(sentinel)));

/** What was asked for is in force, but nobody shall think that it outlives the process. */
function savedReply(isSaved: boolean): Reply {
  if (!isSaved) throw new CommandError('ERR Failed to save config file. Check server logs.');
  return OK;
}

export const failover = asSentinel((sentinel, argv) => {
  const master = masterArgument(sentinel, argv);
  if (master.isFailingOver) throw new CommandError('INPROG Failover already in progress');
  if (selectReplica(sentinel, master) === undefined) throw new CommandError('NOGOODSLAVE No suitable replica to promote');
  sentinel.server.log('notice', `Executing user requested FAILOVER of '${master.name}'`);
  startFailover(sentinel, master);
  master.isForced = true;
  return OK;
});

export const simulateFailure = asSentinel((sentinel, argv) => {
  sentinel.crashesAfterElection = false;
  sentinel.crashesAfterPromotion = false;
  for (const word of argv.slice(2).map(fold)) {
    if (word === 'crash-after-election') {
      sentinel.crashesAfterElection = true;
      sentinel.server.log('warning', 'Failure simulation: this Sentinel will crash after being successfully elected as failover leader');
    } else if (word === 'crash-after-promotion') {
      sentinel.crashesAfterPromotion = true;
      sentinel.server.log('warning', 'Failure simulation: this Sentinel will crash after promoting the selected replica to master');
    } else if (word === 'help') return ['crash-after-election', 'crash-after-promotion'];
    else throw new CommandError('ERR Unknown failure simulation specified');
  }
  return OK;
});

// --- settings of a master --------------------------------------------------------------------------------

const SCRIPTS_DENIED = 'ERR Reconfiguration of scripts path is denied for security reasons. Check the deny-scripts-reconfig configuration directive in your Sentinel configuration';

export const set = asSentinel((sentinel, argv) => {
  const master = masterArgument(sentinel, argv);
  let changed = false;
  let isSaved = true;
  try {
    for (let at = 3; at < argv.length; ) {
      const words = argv.slice(at).map(own);
      const option = fold(words[0] as Bytes);
      const count = option === 'rename-command' ? 3 : 2;
      if (words.length < count || !setOption(sentinel, master, option, words)) {
        throw new CommandError(`ERR Unknown option or number of arguments for SENTINEL SET '${words[0]}'`);
      }
      changed = true;
      const shown = option === 'auth-pass' ? ['******'] : words.slice(1, count);
      sentinel.event('warning', '+set', master, ` ${words[0]} ${shown.join(' ')}`);
      at += count;
    }
  } finally {
    // What stands before a wrong option is in force.
    if (changed) isSaved = flushConfig(sentinel);
  }
  return savedReply(isSaved);
});

/** False for an option that there is not. */
function setOption(sentinel: Sentinel, master: Master, option: Bytes, words: readonly Bytes[]): boolean {
  const [, value = '', second = ''] = words;
  const wrong = (argument: Bytes): never => {
    throw new CommandError(`ERR Invalid argument '${argument}' for SENTINEL SET '${words[0]}'`);
  };
  const wholeNumber = (least: number): number => {
    const number = parseInteger(value);
    return number === undefined || number < least ? wrong(value) : Number(number);
  };
  const script = (what: Bytes): Bytes | undefined => {
    if (sentinel.deniesScripts) throw new CommandError(SCRIPTS_DENIED);
    if (value !== '' && !isScript(sentinel.server.env.disk, value)) throw new CommandError(`ERR ${what} script seems non existing or non executable`);
    return value === '' ? undefined : value;
  };
  switch (option) {
    case 'down-after-milliseconds':
      setDownAfter(master, wholeNumber(1));
      return true;
    case 'failover-timeout':
      master.failoverTimeoutMs = wholeNumber(1);
      return true;
    case 'parallel-syncs':
      master.parallelSyncs = wholeNumber(1);
      return true;
    case 'notification-script':
      master.notificationScript = script('Notification');
      return true;
    case 'client-reconfig-script':
      master.clientReconfigScript = script('Client reconfiguration');
      return true;
    case 'auth-pass':
      master.authPass = value === '' ? undefined : value;
      logInAnew(master);
      return true;
    case 'auth-user':
      master.authUser = value === '' ? undefined : value;
      logInAnew(master);
      return true;
    case 'quorum':
      master.quorum = wholeNumber(1);
      return true;
    case 'rename-command':
      if (value === '') wrong(value);
      if (second === '') wrong(second);
      // One that gets its own name back is renamed no more.
      if (fold(value) === fold(second)) master.renamed.delete(fold(value));
      else master.renamed.set(fold(value), second);
      return true;
    case 'master-reboot-down-after-period':
      master.rebootDownAfterMs = wholeNumber(0);
      return true;
    default:
      return false;
  }
}

/** What the connections have logged in with is not true any more. */
function logInAnew({ link, replicas }: Master): void {
  for (const each of [link, ...[...replicas.values()].map((replica) => replica.link)]) {
    each.closeCommands();
    each.closeMessages();
  }
}

// --- settings of the Sentinel ------------------------------------------------------------------------------

interface Parameter {
  readonly get: (sentinel: Sentinel) => Bytes;
  /** What is to be done for this value; undefined for one that cannot be. */
  readonly set: (sentinel: Sentinel, value: Bytes) => (() => void) | undefined;
}

const yesNo = (get: (sentinel: Sentinel) => boolean, put: (sentinel: Sentinel, on: boolean) => void): Parameter => ({
  get: (sentinel) => (get(sentinel) ? 'yes' : 'no'),
  set: (sentinel, value) => {
    const word = fold(value);
    return word === 'yes' || word === 'no' ? () => put(sentinel, word === 'yes') : undefined;
  },
});

const text = (get: (sentinel: Sentinel) => Bytes, put: (sentinel: Sentinel, value: Bytes) => void): Parameter => ({
  get,
  set: (sentinel, value) => () => put(sentinel, value),
});

function greetSentinelsAnew({ masters }: Sentinel): void {
  for (const { sentinels } of masters.values()) for (const { link } of sentinels.values()) link.closeCommands();
}

/** The global parameters, in the order in which they are shown. */
function parameters(): ReadonlyMap<Bytes, Parameter> {
  const loglevel = directives.get('loglevel');
  return new Map<Bytes, Parameter>([
    ['resolve-hostnames', yesNo((s) => s.resolvesHostnames, (s, on) => (s.resolvesHostnames = on))],
    ['announce-hostnames', yesNo((s) => s.announcesHostnames, (s, on) => (s.announcesHostnames = on))],
    ['announce-ip', text((s) => s.announceIp ?? '', (s, value) => (s.announceIp = value))],
    ['announce-port', {
      get: (s) => String(s.announcePort),
      set: (s, value) => {
        const port = parseInteger(value);
        return port === undefined || port < 0 || port > HIGHEST_PORT ? undefined : () => (s.announcePort = Number(port));
      },
    }],
    ['sentinel-user', text((s) => s.sentinelUser, (s, value) => {
      s.sentinelUser = value;
      greetSentinelsAnew(s);
    })],
    ['sentinel-pass', text((s) => s.sentinelPass, (s, value) => {
      s.sentinelPass = value;
      greetSentinelsAnew(s);
    })],
    ['loglevel', {
      get: (s) => s.server.config.text('loglevel'),
      set: (s, value) => (loglevel === undefined || isBadValue(loglevel.parse(value, '')) ? undefined : () => s.server.config.set(loglevel, value)),
    }],
  ]);
}

const WRONG_CONFIG_CALL = 'ERR Only SENTINEL CONFIG GET <param> [<param> <param> ...] / SET <param> <value> [<param> <value> ...] are supported.';

export const config = asSentinel((sentinel, argv) => {
  const action = fold(argv[2] as Bytes);
  const words = argv.slice(3).map(own);
  if (action === 'get') return getParameters(sentinel, words);
  if (action !== 'set' || words.length < 2) throw new CommandError(WRONG_CONFIG_CALL);
  const known = parameters();
  const seen = new Set<Bytes>();
  const changes: (() => void)[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at] as Bytes, words[at + 1]];
    const parameter = known.get(fold(name));
    if (parameter === undefined) throw new CommandError(`ERR Invalid argument '${name}' to SENTINEL CONFIG SET`);
    if (seen.has(fold(name))) throw new CommandError(`ERR Duplicate argument '${name}' to SENTINEL CONFIG SET`);
    if (value === undefined) throw new CommandError(`ERR Missing argument '${name}' value`);
    seen.add(fold(name));
    const change = parameter.set(sentinel, value);
    if (change === undefined) throw new CommandError(`ERR Invalid value '${value}' to SENTINEL CONFIG SET '${name}'`);
    changes.push(change);
  }
  for (const change of changes) change();
  return savedReply(flushConfig(sentinel));
});

function getParameters(sentinel: Sentinel, patterns: readonly Bytes[]): Reply {
  const shown = [...parameters()].filter(([name]) => patterns.some((each) => globMatch(each, name, true)));
  return mapReply(shown.map(([name, { get }]) => [name, get(sentinel)] as const));
}

export const debug = asSentinel((sentinel, argv) => {
  const { times } = sentinel;
  if (argv.length === 2) return mapReply(timeNames().map(([name, key]) => [name, String(times[key])] as const));
  for (let at = 2; at < argv.length; at += 2) {
    const [word, value] = [argv[at] as Bytes, argv[at + 1]];
    const known = timeNames().find(([name]) => equalsFolded(word, fold(name)));
    if (known === undefined || value === undefined) throw new CommandError(`ERR Unknown option or number of arguments for SENTINEL DEBUG '${word}'`);
    const ms = parseInteger(value);
    if (ms === undefined || ms <= 0) throw new CommandError(`ERR Invalid argument '${value}' for SENTINEL DEBUG '${word}'`);
    times[known[1]] = Number(ms);
  }
  return OK;
});
