/*
 * Replies that are meant to be read as they are
 * ---------------------------------------------
 * INFO, CLIENT LIST and their like answer with lines of text. redis-cli prints those as they are in every
 * output mode, errors included. Which they are is decided by the words of the command.
 */
import { type Bytes, equalsFolded } from '../../../engine/index.ts';

/** Command, and its subcommand unless any will do; `words` is the exact number of words where that matters. */
const REPORTS: readonly { command: Bytes; subcommand?: Bytes; words?: number }[] = [
  { command: 'info' },
  { command: 'lolwut' },
  { command: 'debug', subcommand: 'htstats' },
  { command: 'debug', subcommand: 'htstats-key' },
  { command: 'memory', subcommand: 'doctor' },
  { command: 'memory', subcommand: 'malloc-stats' },
  { command: 'cluster', subcommand: 'nodes' },
  { command: 'cluster', subcommand: 'info' },
  { command: 'client', subcommand: 'list' },
  { command: 'client', subcommand: 'info' },
  { command: 'latency', subcommand: 'graph', words: 3 },
  { command: 'latency', subcommand: 'doctor', words: 2 },
  { command: 'proxy', subcommand: 'info' },
  { command: 'proxy', subcommand: 'nodes' },
];

export function isTextReport(argv: readonly Bytes[]): boolean {
  return REPORTS.some(({ command, subcommand, words }) =>
    equalsFolded(argv[0] ?? '', command) &&
    (subcommand === undefined || equalsFolded(argv[1] ?? '', subcommand)) &&
    (words === undefined || argv.length === words));
}
