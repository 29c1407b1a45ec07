/*
 * What --cluster is told
 * ----------------------
 * The words behind --cluster, up to the next option, are a subcommand and its arguments; options of their own
 * begin with --cluster-.
 */
import { type Bytes, parseDouble } from '../../../../engine/index.ts';

export interface ClusterOptions {
  /** The subcommand and its arguments; undefined without --cluster. */
  command: { readonly name: Bytes; readonly words: readonly Bytes[] } | undefined;
  replicas: number;
  from: Bytes | undefined;
  to: Bytes | undefined;
  fromUser: Bytes | undefined;
  fromPassword: Bytes | undefined;
  /** The password for the source of an import is asked for. */
  asksFromPassword: boolean;
  weights: Bytes[];
  masterId: Bytes | undefined;
  slots: number;
  timeoutMs: number;
  pipeline: number;
  threshold: number;
  yes: boolean;
  simulate: boolean;
  replace: boolean;
  copy: boolean;
  asReplica: boolean;
  useEmptyMasters: boolean;
  onlyMasters: boolean;
  onlyReplicas: boolean;
  searchMultipleOwners: boolean;
  fixWithUnreachableMasters: boolean;
}

export function clusterDefaults(): ClusterOptions {
  return {
    command: undefined, replicas: 0, from: undefined, to: undefined, fromUser: undefined, fromPassword: undefined, asksFromPassword: false, weights: [], masterId: undefined, slots: 0,
    timeoutMs: 60_000, pipeline: 10, threshold: 2, yes: false, simulate: false, replace: false, copy: false, asReplica: false, useEmptyMasters: false,
    onlyMasters: false, onlyReplicas: false, searchMultipleOwners: false, fixWithUnreachableMasters: false,
  };
}

type Flag = { [K in keyof ClusterOptions]: ClusterOptions[K] extends boolean ? K : never }[keyof ClusterOptions];

const FLAGS: Readonly<Record<string, Flag>> = {
  '--cluster-yes': 'yes', '--cluster-simulate': 'simulate', '--cluster-replace': 'replace', '--cluster-copy': 'copy', '--cluster-from-askpass': 'asksFromPassword', '--cluster-slave': 'asReplica',
  '--cluster-use-empty-masters': 'useEmptyMasters', '--cluster-only-masters': 'onlyMasters', '--cluster-only-replicas': 'onlyReplicas',
  '--cluster-search-multiple-owners': 'searchMultipleOwners', '--cluster-fix-with-unreachable-masters': 'fixWithUnreachableMasters',
};

/** How many further words belong to the option at `words[0]`; undefined when it is none of the cluster's. */
export function applyClusterOption(options: ClusterOptions, words: readonly Bytes[]): number | undefined {
  const [option = '', value] = words;
  const flag = FLAGS[option];
  if (flag !== undefined) {
    options[flag] = true;
    return 0;
  }
  if (value === undefined) return undefined;
  switch (option) {
    case '--cluster': {
      const end = words.findIndex((word, i) => i > 1 && word.startsWith('-'));
      const taken = words.slice(1, end < 0 ? undefined : end);
      options.command = { name: value, words: taken.slice(1) };
      return taken.length;
    }
    case '--cluster-weight': {
      const end = words.findIndex((word, i) => i > 0 && (word.startsWith('--') || !word.includes('=')));
      const weights = words.slice(1, end < 0 ? undefined : end);
      if (weights.length > 0) options.weights = weights;
      return weights.length;
    }
    case '--cluster-replicas': options.replicas = integer(value); return 1;
    case '--cluster-master-id': options.masterId = value; return 1;
    case '--cluster-from': options.from = value; return 1;
    case '--cluster-to': options.to = value; return 1;
    case '--cluster-from-user': options.fromUser = value; return 1;
    case '--cluster-from-pass': options.fromPassword = value; return 1;
    case '--cluster-slots': options.slots = integer(value); return 1;
    case '--cluster-timeout': options.timeoutMs = integer(value); return 1;
    case '--cluster-pipeline': options.pipeline = integer(value); return 1;
    case '--cluster-threshold': options.threshold = parseDouble(value) ?? 0; return 1;
    default: return undefined;
  }
}

/** The integer that a text begins with, 0 without one. */
export function integer(text: Bytes): number {
  return Number(/^[ \t]*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}
