/*
 * From a command line to a configured server
 * ------------------------------------------
 * What redis-server does before it listens: read words and file, refuse what is wrong with the real
 * server's text and exit code, print the first lines of the log. The terminal's program and the one
 * for Node both begin here; they differ in what a socket is.
 */
import { DEFAULT_USER } from '../acl/acl.ts';
import { cannotOpenAclFile, readAclFile, usersDeclared, type DeclaredUser } from '../acl/file.ts';
import type { AclSetting } from '../acl/selector.ts';
import { openUser } from '../acl/user.ts';
import type { Bytes } from '../bytes.ts';
import type { CommandTable } from '../command.ts';
import { sentinelTable } from '../commands/index.ts';
import { isDiskError, type Env } from '../env.ts';
import { isLogged, logLine, writeLog, type LogLevel } from '../log.ts';
import { REDIS_VERSION } from '../version.ts';
import { fileProblem } from '../sentinel/settings.ts';
import { Config } from './config.ts';
import { fatalConfigError, loadConfig, parseCommandLine } from './load.ts';

export type Launch = { readonly kind: 'exit'; readonly code: number } | { readonly kind: 'run'; readonly config: Config };

const SENTINEL_PORT = 26379;
const DEFAULT_PID_FILE = '/var/run/redis.pid';

export interface LaunchHelp {
  /** An absolute path for one that may be relative to where the process stands now. */
  resolve(path: Bytes): Bytes;
  /** Goes to work in the folder; the errno text when it cannot. */
  changeDirectory(path: Bytes): Bytes | undefined;
  /** All of standard input, for `-`. */
  readStdin(): Bytes;
  /**
   * Goes to the background by starting a process that does all this again, with what was read of standard input.
   * Left out where a process can go there itself, and by the one that has been started so.
   */
  startDaemon?(stdin: Bytes): void;
  /** Whether somebody reads standard output on a terminal; they get a picture. */
  readonly isTerminal: boolean;
  /** It was called redis-sentinel. */
  readonly isSentinel?: boolean;
  /** Those of a server that renames nothing. */
  readonly commands: CommandTable;
}

export const SERVER_USAGE = `Usage: redis-server [configuration file] [--directive value …] [-]

  redis-server                                   start with the defaults
  redis-server /etc/redis.conf                   start with a configuration file
  redis-server --port 7777 --maxmemory 100mb     directives on the command line
  redis-server redis.conf --loglevel verbose     both: the command line has the last word
  echo 'maxmemory 128mb' | redis-server -        configuration from standard input
  redis-server -v, --version                     print the version
  redis-server -h, --help                        print this page
`.replaceAll('…', '...');

export const SERVER_VERSION_LINE = `Redis server v=${REDIS_VERSION} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=6b657973706163e5\n`;

/** Reads the words behind `redis-server`; writes what the real one writes. */
export function launch(env: Env, words: readonly Bytes[], help: LaunchHelp): Launch {
  const line = parseCommandLine(words);
  const exit = (code: number): Launch => ({ kind: 'exit', code });
  if (line.action === 'version') {
    env.stdout(SERVER_VERSION_LINE);
    return exit(0);
  }
  if (line.action === 'help') {
    env.stderr(SERVER_USAGE);
    return exit(1);
  }
  if (line.action !== 'run') {
    env.stderr(`redis-server: --${line.action} examines the machine's memory; this server runs inside another program and owns none\n`);
    return exit(1);
  }
  const config = new Config();
  if (help.isSentinel === true || words.includes('--sentinel')) {
    config.sentinel = [];
    config.put('port', SENTINEL_PORT);
    config.put('protected-mode', false);
  }
  const isSentinel = config.sentinel !== undefined;
  const log = (role: 'C' | 'M', level: LogLevel, text: Bytes) => {
    if (isLogged(level, config.text('loglevel'))) writeLog(env, config.text('logfile'), logLine(env.surroundings.pid, isSentinel ? 'X' : role, level, env.clock.now(), text));
  };
  const cannotOpen = (path: Bytes, message: Bytes): Launch => {
    log('C', 'warning', `Fatal error, can't open config file '${path}': ${message}`);
    return exit(1);
  };
  let text = '';
  let stdin = '';
  if (line.file !== undefined) {
    const path = help.resolve(line.file);
    const content = env.disk.read(path);
    if (isDiskError(content)) return cannotOpen(path, content.message);
    text = content;
    config.file = path;
  }
  if (line.stdin) {
    log('C', 'notice', 'Reading config from stdin');
    stdin = help.readStdin();
    text += `\n${stdin}`;
  }
  if (line.options !== '') text += `\n${line.options}`;
  const files = { read: (path: Bytes) => env.disk.read(help.resolve(path)), resolve: help.resolve, checkDirectory: help.changeDirectory };
  const commands = isSentinel ? sentinelTable([]) : help.commands;
  const { problem, unresolved, users } = loadConfig(config, text, files, commands);
  if (problem?.kind === 'line') {
    env.stderr(fatalConfigError(REDIS_VERSION, problem));
    return exit(1);
  }
  if (problem?.kind === 'file') return cannotOpen(problem.path, problem.message);
  const isInCluster = config.flag('cluster-enabled');
  if (isInCluster && config.text('replicaof') !== '') {
    env.stderr(`\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\nreplicaof directive not allowed in cluster mode\n`);
    return exit(1);
  }
  const logfile = config.text('logfile');
  if (logfile !== '') {
    const path = help.resolve(logfile);
    const refused = env.disk.append(path, '');
    if (refused !== undefined) {
      env.stderr(`\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\nCan't open the log file: ${refused.message}\n`);
      return exit(1);
    }
    config.put('logfile', path);
  }
  if (isInCluster && config.number('databases') > 1) {
    log('C', 'warning', `WARNING: Changing databases number from ${config.number('databases')} to 1 since we are in cluster mode`);
    config.put('databases', 1);
  }
  const unkept = isSentinel ? fileProblem(config.file, env.disk) : undefined;
  if (unkept !== undefined) {
    log('M', 'warning', unkept);
    return exit(1);
  }
  if (config.flag('daemonize') && help.startDaemon !== undefined) {
    help.startDaemon(stdin);
    return exit(0);
  }
  log('C', 'notice', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  log('C', 'notice', `Redis version=${REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid=${env.surroundings.pid}, just started`);
  if (words.length === 0) {
    log('C', 'warning', 'Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf');
  } else log('C', 'notice', 'Configuration loaded');
  log('M', 'notice', 'monotonic clock: POSIX clock_gettime');
  if (config.flag('daemonize') && config.text('pidfile') === '') config.put('pidfile', DEFAULT_PID_FILE);
  const pidfile = config.text('pidfile');
  const unwritten = pidfile === '' ? undefined : env.disk.write(help.resolve(pidfile), `${env.surroundings.pid}\n`);
  if (unwritten !== undefined) log('M', 'warning', `Failed to write PID file: ${unwritten.message}`);
  const mode = isSentinel ? 'sentinel' : isInCluster ? 'cluster' : 'standalone';
  if (config.flag('always-show-logo') || (logfile === '' && help.isTerminal)) {
    writeLog(env, config.text('logfile'), mark(env.surroundings.pid, config.number('port'), mode));
  } else log('M', 'notice', `Running mode=${mode}, port=${config.number('port')}.`);
  if (unresolved.length > 0) {
    log('M', 'warning', 'Unresolved Configuration(s) Detected:');
    for (const each of unresolved) log('M', 'warning', `>>> '${each}'`);
    log('M', 'warning', 'Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting');
    return exit(1);
  }
  const usersRefused = loadUsers(env, config, users, { ...help, commands }, (level, text) => log('M', level, text));
  if (usersRefused) return exit(1);
  if (config.number('port') === 0 && config.text('unixsocket') === '') {
    log('M', 'warning', 'Configured to not listen anywhere, exiting.');
    return exit(1);
  }
  return { kind: 'run', config };
}

/** What a person sees first. The words are the real server's: supervisors look for "PID: " in them. */
function mark(pid: number, port: number, mode: Bytes): Bytes {
  return `
      _____
     /     \\______________      Redis ${REDIS_VERSION}, 64 bit
    |   o   ____   _   _  |     Running in ${mode} mode
     \\_____/    |_| |_| |_|     Port: ${port}
                                PID: ${pid}

`;
}

/** Takes the users of redis.conf or of the ACL file into the configuration; true when the server cannot start with them. */
function loadUsers(env: Env, config: Config, declared: readonly DeclaredUser[], help: LaunchHelp, log: (level: LogLevel, text: Bytes) => void): boolean {
  const setting: AclSetting = { commands: help.commands, allChannels: config.text('acl-pubsub-default') === 'allchannels', deprecated: () => {} };
  const file = config.text('aclfile');
  if (file !== '' && declared.length > 0) {
    log('warning', 'Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users directly in your redis.conf, but not both.');
    return true;
  }
  const users = usersDeclared(declared, setting, (text) => log('notice', text));
  if (typeof users === 'string') {
    log('warning', users);
    log('warning', 'Critical error while loading ACLs. Exiting.');
    return true;
  }
  config.users.push(...users);
  if (file === '') return false;
  const content = env.disk.read(help.resolve(file));
  const read = isDiskError(content) ? cannotOpenAclFile(file, content) : readAclFile(content, file, setting);
  if (typeof read === 'string') {
    log('warning', `Aborting Redis startup because of ACL errors: ${read}`);
    return true;
  }
  config.users.push(...read, ...(read.some((each) => each.name === DEFAULT_USER) ? [] : [openUser(DEFAULT_USER)]));
  return false;
}

/** The two lines of a port that cannot be had; the process then exits with 1. */
export function logBindFailure(env: Env, config: Config, address: Bytes, why: Bytes, port = config.number('port'), what: Bytes = 'tcp'): void {
  const write = (text: Bytes) => writeLog(env, config.text('logfile'), logLine(env.surroundings.pid, config.sentinel === undefined ? 'M' : 'X', 'warning', env.clock.now(), text));
  write(`Warning: Could not create server TCP listening socket ${address}:${port}: ${why}`);
  write(`Failed listening on port ${port} (${what}), aborting.`);
}
