/*
 * redis-cli --cluster
 * -------------------
 * A list of subcommands, each a story of its own (see task.ts), and what is common to all: how many words they take,
 * and that the exit code says whether it went well.
 */
import type { Bytes } from '../../../../engine/index.ts';
import type { Process } from '../../../../simulation/index.ts';
import { drive, type Task } from '../../task.ts';
import type { Options } from '../options.ts';
import { checkCluster } from './check.ts';
import { Cluster, ToolEnds } from './cluster.ts';
import { create } from './create.ts';
import { backup, call, importKeys, setTimeout } from './everywhere.ts';
import { addNode, deleteNode } from './members.ts';
import { rebalance, reshard } from './reshard.ts';
import { Report } from './report.ts';

const ANY_NODE = '<host:port> or <host> <port> - separated by either colon or space';

interface Subcommand {
  readonly name: Bytes;
  /** Number of words; negative when it is a minimum. */
  readonly arity: number;
  readonly words: Bytes;
  readonly options: readonly Bytes[];
  run(cluster: Cluster, words: readonly Bytes[]): Task<boolean>;
}

/** Made when it is asked for: what belongs to no first prompt comes later into the page, and a table would not. */
function subcommands(): readonly Subcommand[] {
  return [
    { name: 'create', arity: -1, words: 'host1:port1 ... hostN:portN', options: ['replicas <arg>'], run: create },
    { name: 'check', arity: -1, words: ANY_NODE, options: ['search-multiple-owners'], run: (cluster, words) => check(cluster, words, false) },
    { name: 'info', arity: -1, words: ANY_NODE, options: [], run: info },
    { name: 'fix', arity: -1, words: ANY_NODE, options: ['search-multiple-owners', 'fix-with-unreachable-masters'], run: (cluster, words) => check(cluster, words, true) },
    { name: 'reshard', arity: -1, words: ANY_NODE, options: ['from <arg>', 'to <arg>', 'slots <arg>', 'yes', 'timeout <arg>', 'pipeline <arg>', 'replace'], run: reshard },
    {
      name: 'rebalance', arity: -1, words: ANY_NODE, run: rebalance,
      options: ['weight <node1=w1...nodeN=wN>', 'use-empty-masters', 'timeout <arg>', 'simulate', 'pipeline <arg>', 'threshold <arg>', 'replace'],
    },
    { name: 'add-node', arity: 2, words: 'new_host:new_port existing_host:existing_port', options: ['slave', 'master-id <arg>'], run: addNode },
    { name: 'del-node', arity: 2, words: 'host:port node_id', options: [], run: deleteNode },
    { name: 'call', arity: -2, words: 'host:port command arg arg .. arg', options: ['only-masters', 'only-replicas'], run: call },
    { name: 'set-timeout', arity: 2, words: 'host:port milliseconds', options: [], run: setTimeout },
    { name: 'import', arity: 1, words: 'host:port', options: ['from <arg>', 'from-user <arg>', 'from-pass <arg>', 'from-askpass', 'copy', 'replace'], run: importKeys },
    { name: 'backup', arity: 2, words: 'host:port backup_directory', options: [], run: backup },
    { name: 'help', arity: 0, words: '', options: [], run: help },
  ];
}

/** What is wrong with the subcommand and its words; undefined when nothing is. */
export function clusterComplaint({ name, words }: { readonly name: Bytes; readonly words: readonly Bytes[] }): Bytes | undefined {
  const found = subcommands().find((each) => each.name === name);
  if (found === undefined) return 'Unknown --cluster subcommand\n';
  const fits = found.arity > 0 ? words.length === found.arity : words.length >= -found.arity;
  return fits ? undefined : '[ERR] Wrong number of arguments for specified --cluster sub command\n';
}

/** Runs the subcommand; the process ends with it. */
export function runCluster(process: Process, options: Options): void {
  const { command } = options.cluster;
  const subcommand = subcommands().find((each) => each.name === command?.name);
  if (command === undefined || subcommand === undefined) throw new Error('the options were not checked');
  const cluster = new Cluster({ process, options, report: new Report(process) }, options.cluster);
  drive(endable(subcommand.run(cluster, command.words)), (isFine) => process.exit(isFine ? 0 : 1));
}

function* endable(task: Task<boolean>): Task<boolean> {
  try {
    return yield* task;
  } catch (end) {
    if (end instanceof ToolEnds) return false;
    throw end;
  }
}

function* check(cluster: Cluster, words: readonly Bytes[], repairs: boolean): Task<boolean> {
  if (!(yield* cluster.load(words))) return false;
  yield* cluster.showInfo();
  return yield* checkCluster(cluster, { repairs });
}

function* info(cluster: Cluster, words: readonly Bytes[]): Task<boolean> {
  if (!(yield* cluster.load(words))) return false;
  yield* cluster.showInfo();
  return true;
}

const NAME_WIDTH = 15;

// eslint-disable-next-line require-yield -- a subcommand like the others, that asks nobody
function* help({ report }: Cluster): Task<boolean> {
  report.print('Cluster Manager Commands:\n');
  for (const { name, words, options } of subcommands()) {
    report.print(`  ${name.padEnd(NAME_WIDTH)}${words}\n`);
    for (const option of options) report.print(`  ${''.padEnd(NAME_WIDTH)}--cluster-${option}\n`);
  }
  report.print(
    '\nFor check, fix, reshard, del-node, set-timeout, info, rebalance, call, import, backup you can specify the host and port of any working node in the cluster.\n\nCluster Manager Options:\n  --cluster-yes  Automatic yes to cluster commands prompts\n\n',
  );
  return false;
}
