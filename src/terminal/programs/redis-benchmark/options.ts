/* redis-benchmark's command line. */
import type { Bytes } from '../../../engine/index.ts';
import { applyUri } from '../redis-cli/options.ts';

export interface Options {
  host: Bytes;
  port: number;
  user: Bytes | undefined;
  password: Bytes | undefined;
  clients: number;
  requests: number;
  dataBytes: number;
  db: number;
  resp3: boolean;
  tracking: boolean;
  keepsAlive: boolean;
  /** Numbers for __rand_int__ are below this; 0: it stays as it is. */
  keyspace: number;
  pipeline: number;
  quiet: boolean;
  csv: boolean;
  loops: boolean;
  idle: boolean;
  lastFromStdin: boolean;
  /** The requests go to all masters of a cluster, each to the one that owns its slot. */
  cluster: boolean;
  /** `,set,get,`; undefined: all tests. */
  tests: Bytes | undefined;
  command: readonly Bytes[];
}

export type Wanted = { readonly options: Options } | { readonly show: 'usage' | 'version' } | { readonly wrong: Bytes } | { readonly say: Bytes };

export function parseOptions(argv: readonly Bytes[]): Wanted {
  const options: Options = {
    host: '127.0.0.1', port: 6379, user: undefined, password: undefined, clients: 50, requests: 100_000, dataBytes: 3, db: 0, resp3: false, tracking: false, keepsAlive: true, keyspace: 0,
    pipeline: 1, quiet: false, csv: false, loops: false, idle: false, lastFromStdin: false, cluster: false, tests: undefined, command: [],
  };
  for (let i = 1; i < argv.length; i++) {
    const option = argv[i] ?? '';
    if (!option.startsWith('-')) {
      options.command = argv.slice(i);
      break;
    }
    if (option === '--help') return { show: 'usage' };
    if (option === '--version' || option === '-v') return { show: 'version' };
    if (applyFlag(options, option)) continue;
    const value = argv[++i];
    if (option === '-u' && value !== undefined) {
      const problem = applyUri(options, value);
      if (problem !== undefined) return { say: problem };
      continue;
    }
    if (value === undefined || !applyValue(options, option, value)) return { wrong: option };
  }
  return { options };
}

function applyFlag(options: Options, option: Bytes): boolean {
  switch (option) {
    case '-q': options.quiet = true; return true;
    case '-l': options.loops = true; return true;
    case '-I': options.idle = true; return true;
    case '-x': options.lastFromStdin = true; return true;
    case '-3': options.resp3 = true; return true;
    case '--cluster': options.cluster = true; return true;
    case '--csv': options.csv = true; return true;
    case '--enable-tracking': options.tracking = true; return true;
    default: return false;
  }
}

function applyValue(options: Options, option: Bytes, value: Bytes): boolean {
  const number = Math.trunc(Number(/^[ \t]*[+-]?\d+/.exec(value)?.[0] ?? 0));
  switch (option) {
    case '-h': options.host = value; return true;
    case '-p': options.port = number; return true;
    case '-a': options.password = value; return true;
    case '--user': options.user = value; return true;
    case '-c': options.clients = number; return true;
    case '-n': options.requests = number; return true;
    case '-d': options.dataBytes = Math.min(Math.max(1, number), 1024 ** 3); return true;
    case '--dbnum': options.db = number; return true;
    case '-k': options.keepsAlive = number !== 0; return true;
    case '-r': options.keyspace = Math.max(0, number); return true;
    case '-P': options.pipeline = Math.max(1, number); return true;
    case '-t': options.tests = `,${value.toLowerCase()},`; return true;
    // Taken and of no effect here: one thread is what a host gives a program, and chance comes from the scenario's seed.
    case '--threads': case '--seed': case '--precision': return true;
    default: return false;
  }
}
