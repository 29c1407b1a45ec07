/*
 * redis-cli's command line
 * ------------------------
 * Options first, then the words of a command; the first word that is no option ends them. The messages
 * and exit codes for wrong ones are the real program's.
 */
import { type Bytes, parseDouble } from '../../../engine/index.ts';
import { splitArguments } from '../../../engine/protocol/index.ts';
import { applyClusterOption, clusterDefaults, type ClusterOptions } from './cluster/options.ts';
import type { DebugMode } from './debugger/debugger.ts';
import type { ModeName } from './modes/index.ts';
import type { ReplyShape } from './format-reply.ts';

export interface Options {
  host: Bytes;
  port: number;
  user: Bytes | undefined;
  password: Bytes | undefined;
  askPassword: boolean;
  /** The password stood on the command line, where others can read it. */
  passwordOnCommandLine: boolean;
  warnAboutPassword: boolean;
  db: number;
  /** RESP version asked for; undefined: what the connection begins with, or 3 for JSON. */
  resp: 2 | 3 | undefined;
  /** Undefined: `standard` for a terminal, else `raw`. */
  shape: ReplyShape | undefined;
  delimiters: { element: Bytes; reply: Bytes };
  /** How often the command runs; −1 for ever. */
  repeat: number;
  intervalUs: number;
  lastArgumentFromStdin: boolean;
  /** The word of the command that standard input replaces (-X). */
  stdinTag: Bytes | undefined;
  quotedInput: boolean;
  exitCodeOnError: boolean;
  followCluster: boolean;
  showPushes: boolean | undefined;
  mode: 'command' | 'scan' | 'stat' | ModeName;
  /** --latency-dist in greys. */
  mono: boolean;
  intrinsicSeconds: number;
  /** How many elements of a value MEMORY USAGE looks at; undefined: its own choice. */
  memorySamples: number | undefined;
  cursor: number;
  top: number;
  lruTestKeys: number;
  pipeTimeoutSeconds: number;
  rdbFile: Bytes | undefined;
  pattern: Bytes | undefined;
  count: number | undefined;
  /** File with a script to run; the command's words are its keys and, after a comma, its arguments. */
  scriptFile: Bytes | undefined;
  /** The script is debugged: in a copy of the dataset (--ldb), or in the server itself while it serves nobody (--ldb-sync-mode). */
  debugs: DebugMode | undefined;
  verbose: boolean;
  /** --cluster and its options. */
  cluster: ClusterOptions;
  command: Bytes[];
}

/** The options, or what to print instead and how to end. */
export type ParsedOptions = { options: Options } | { output: Bytes; isError: boolean; code: number };

/** 'usage' and 'version' are asked of the caller, which has the texts. */
export type Wanted = ParsedOptions | { show: 'usage' | 'version'; isError?: true };

export function parseOptions(argv: readonly Bytes[], environment: ReadonlyMap<string, string>): Wanted {
  const options: Options = {
    host: '127.0.0.1', port: 6379, user: undefined, password: environment.get('REDISCLI_AUTH'), askPassword: false,
    passwordOnCommandLine: false, warnAboutPassword: true, db: 0, resp: undefined, shape: undefined,
    delimiters: { element: '\n', reply: '\n' }, repeat: 1, intervalUs: 0, lastArgumentFromStdin: false, stdinTag: undefined,
    quotedInput: false, exitCodeOnError: false, followCluster: false, showPushes: undefined, mode: 'command', pattern: undefined,
    count: undefined, scriptFile: undefined, debugs: undefined, verbose: false, mono: false, intrinsicSeconds: 0, memorySamples: undefined, cursor: 0, top: 10, lruTestKeys: 0, pipeTimeoutSeconds: 30, rdbFile: undefined, cluster: clusterDefaults(), command: [],
  };
  const wrong = (message: string, code = 1): ParsedOptions => ({ output: `${message}\n`, isError: true, code });
  let i = 1;
  for (; i < argv.length; i++) {
    const option = argv[i] ?? '';
    const value = argv[i + 1];
    if (!option.startsWith('-')) break;

    const clusterWords = option.startsWith('--cluster') ? applyClusterOption(options.cluster, argv.slice(i)) : undefined;
    if (clusterWords !== undefined) {
      i += clusterWords;
      continue;
    }
    if (value === undefined ? applyFlag(options, option) : applyFlag(options, option) || applyValue(options, option, value)) {
      if (takesValue(option)) i++;
      if (option === '-2' || option === '-3') {
        if (options.resp !== undefined && options.resp !== Number(option.slice(1))) return wrong('Options -2 and -3 are mutually exclusive.');
        options.resp = option === '-2' ? 2 : 3;
      }
      continue;
    }
    if (option === '--cluster') return { show: 'usage', isError: true };
    if (option === '--help' || option === '-h') return { show: 'usage' };
    if (option === '--version' || option === '-v') return { show: 'version' };
    if (value !== undefined) {
      switch (option) {
        case '-p':
          options.port = leadingInteger(value);
          if (options.port < 0 || options.port > 65535) return wrong('Invalid server port.');
          i++;
          continue;
        case '-t':
          if ((parseDouble(value) ?? -1) < 0) return wrong('Invalid connection timeout for -t.');
          i++;
          continue;
        case '-u': {
          const problem = applyUri(options, value);
          if (problem !== undefined) return wrong(problem);
          i++;
          continue;
        }
        case '-s':
          // Hosts here have no Unix sockets, so no such file can exist.
          return wrong(`Could not connect to Redis at ${value}: No such file or directory`);
        case '--show-pushes': {
          const first = value.charAt(0);
          if (first !== 'y' && first !== 'Y' && first !== 'n' && first !== 'N') {
            return wrong(`Unknown --show-pushes value '${value}' (valid: '[y]es', '[n]o')`, 0);
          }
          options.showPushes = first === 'y' || first === 'Y';
          i++;
          continue;
        }
        case '--quoted-pattern': {
          const words = splitArguments(value);
          if (words === undefined || words.length !== 1) return wrong('Invalid quoted string specified for --quoted-pattern.');
          options.pattern = words[0];
          i++;
          continue;
        }
      }
    }
    return wrong(`Unrecognized option or bad number of args for: '${option}'`);
  }
  options.command = argv.slice(i);
  if (options.lastArgumentFromStdin && options.stdinTag !== undefined) return wrong('Options -x and -X are mutually exclusive.');
  if (options.debugs !== undefined && options.scriptFile === undefined) {
    return wrong('Options --ldb and --ldb-sync-mode require --eval.\nTry redis-cli --help for more information.');
  }
  if (options.resp === undefined && (options.shape === 'json' || options.shape === 'quotedJson')) options.resp = 3;
  return { options };
}

/** Options without a value. True when `option` is one of them. */
function applyFlag(options: Options, option: Bytes): boolean {
  switch (option) {
    case '-x': options.lastArgumentFromStdin = true; return true;
    case '-c': options.followCluster = true; return true;
    case '-e': options.exitCodeOnError = true; return true;
    case '-2': case '-3': case '-4': case '-6': return true;
    case '--verbose': options.verbose = true; return true;
    case '--raw': options.shape = 'raw'; return true;
    case '--no-raw': options.shape = 'standard'; return true;
    case '--csv': options.shape = 'csv'; return true;
    case '--json': options.shape = 'json'; return true;
    case '--quoted-json': options.shape = 'quotedJson'; return true;
    case '--quoted-input': options.quotedInput = true; return true;
    case '--no-auth-warning': options.warnAboutPassword = false; return true;
    case '--askpass': options.askPassword = true; return true;
    case '--ldb': options.debugs ??= 'copy'; return true;
    case '--ldb-sync-mode': options.debugs = 'sync'; return true;
    case '--scan': options.mode = 'scan'; return true;
    case '--stat': options.mode = 'stat'; return true;
    case '--latency': options.mode = 'latency'; return true;
    case '--latency-history': options.mode = 'latencyHistory'; return true;
    case '--latency-dist': options.mode = 'latencyDist'; return true;
    case '--mono': options.mono = true; return true;
    case '--bigkeys': options.mode = 'bigkeys'; return true;
    case '--memkeys': options.mode = 'memkeys'; return true;
    case '--keystats': options.mode = 'keystats'; return true;
    case '--hotkeys': options.mode = 'hotkeys'; return true;
    case '--pipe': options.mode = 'pipe'; return true;
    case '--replica': case '--slave': options.mode = 'replica'; return true;
    default: return false;
  }
}

const WITH_VALUE = new Set(['-h', '-r', '-i', '-n', '-a', '--pass', '--user', '-d', '-D', '-X', '--pattern', '--count', '--eval', '--rdb', '--functions-rdb', '--lru-test',
  '--intrinsic-latency', '--memkeys-samples', '--keystats-samples', '--cursor', '--top', '--pipe-timeout']);

function takesValue(option: Bytes): boolean {
  return WITH_VALUE.has(option);
}

/** Options whose value cannot be wrong. */
function applyValue(options: Options, option: Bytes, value: Bytes): boolean {
  switch (option) {
    case '-h': options.host = value; return true;
    case '-r': options.repeat = leadingInteger(value); return true;
    case '-i': options.intervalUs = Math.max(0, Math.round(leadingNumber(value) * 1e6)); return true;
    case '-n': options.db = leadingInteger(value); return true;
    case '-a': case '--pass':
      options.password = value;
      options.passwordOnCommandLine = true;
      return true;
    case '--user': options.user = value; return true;
    case '-d': options.delimiters.element = value; return true;
    case '-D': options.delimiters.reply = value; return true;
    case '-X': options.stdinTag = value; return true;
    case '--pattern': options.pattern = value; return true;
    case '--count': options.count = leadingInteger(value); return true;
    case '--eval': options.scriptFile = value; return true;
    case '--rdb': case '--functions-rdb':
      options.mode = option === '--rdb' ? 'rdb' : 'functionsRdb';
      options.rdbFile = value;
      return true;
    case '--lru-test':
      options.mode = 'lruTest';
      options.lruTestKeys = leadingInteger(value);
      return true;
    case '--intrinsic-latency':
      options.mode = 'intrinsicLatency';
      options.intrinsicSeconds = leadingInteger(value);
      return true;
    case '--memkeys-samples': case '--keystats-samples':
      options.mode = option === '--memkeys-samples' ? 'memkeys' : 'keystats';
      options.memorySamples = leadingInteger(value);
      return true;
    case '--cursor': options.cursor = leadingInteger(value); return true;
    case '--top': options.top = leadingInteger(value); return true;
    case '--pipe-timeout': options.pipeTimeoutSeconds = leadingInteger(value); return true;
    default: return false;
  }
}

/** `redis://user:password@host:port/db`; every part but the scheme may be missing. Returns what is wrong with it. */
/** What an address of this form can set. */
interface Destination {
  host: Bytes;
  port: number;
  user: Bytes | undefined;
  password: Bytes | undefined;
  db: number;
  passwordOnCommandLine?: boolean;
}

/** `redis://user:password@host:port/db`; a sentence when it is none. */
export function applyUri(options: Destination, uri: Bytes): string | undefined {
  if (uri.startsWith('rediss://')) return 'rediss:// needs TLS, which the hosts of this simulation do not have';
  if (!uri.startsWith('redis://')) return 'Invalid URI scheme';
  let rest = uri.slice('redis://'.length);
  const at = rest.indexOf('@');
  if (at >= 0) {
    const credentials = rest.slice(0, at);
    const colon = credentials.indexOf(':');
    if (colon >= 0) options.user = percentDecoded(credentials.slice(0, colon));
    options.password = percentDecoded(colon < 0 ? credentials : credentials.slice(colon + 1));
    options.passwordOnCommandLine = true;
    rest = rest.slice(at + 1);
  }
  const slash = rest.indexOf('/');
  const address = slash < 0 ? rest : rest.slice(0, slash);
  const colon = address.indexOf(':');
  const host = colon < 0 ? address : address.slice(0, colon);
  if (host !== '') options.host = host;
  if (colon >= 0) options.port = leadingInteger(address.slice(colon + 1));
  if (options.port < 0 || options.port > 65535) return 'Invalid server port.';
  if (slash >= 0) options.db = leadingInteger(rest.slice(slash + 1));
  return undefined;
}

function percentDecoded(text: Bytes): Bytes {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_all, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** The integer a text begins with; 0 when it begins with none: `-n abc` means database 0. */
export function leadingInteger(text: Bytes): number {
  return Number(/^[ \t]*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

function leadingNumber(text: Bytes): number {
  return Number(/^[ \t]*([+-]?(?:\d+\.?\d*|\.\d+))/.exec(text)?.[1] ?? 0);
}
