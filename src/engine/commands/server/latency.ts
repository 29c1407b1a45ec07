/*
 * LATENCY: what held the server up, and how long each command takes.
 */
import { cText, type Bytes } from '../../bytes.ts';
import { command, container, multiple, optional, string, type Command, type ServerForCommands } from '../../command.ts';
import type { LatencyEvent } from '../../latency.ts';
import { CommandError, mapReply, verbatim, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { lookupByFullName } from './facts.ts';
import { sparkline } from './sparkline.ts';

const FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const;
const TIPS = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'] as const;
const COLUMNS = 80;

const latest = command(
  {
    name: 'LATEST', group: 'server', since: '2.8.13', arity: 2, flags: FLAGS, tips: TIPS, summary: 'The latest sample of every event.', complexity: 'O(1)',
    replies: ['an array of event, time, latest and worst milliseconds'], examples: ['LATENCY LATEST'],
  },
  ({ server }) => [...server.latency.events].map(([name, { samples, maxMs }]) => [name, samples.at(-1)?.atSeconds ?? 0, samples.at(-1)?.latencyMs ?? 0, maxMs]),
);

const history = command(
  {
    name: 'HISTORY', group: 'server', since: '2.8.13', arity: 3, flags: FLAGS, tips: TIPS, summary: 'All samples of an event that are kept.', complexity: 'O(1)',
    args: [string('event')], replies: ['an array of time and milliseconds'], examples: ['LATENCY HISTORY command'],
  },
  ({ server, argv }) => (server.latency.events.get(argv[2] as Bytes)?.samples ?? []).map(({ atSeconds, latencyMs }) => [atSeconds, latencyMs]),
);

const reset = command(
  {
    name: 'RESET', group: 'server', since: '2.8.13', arity: -2, flags: FLAGS, tips: ['request_policy:all_nodes', 'response_policy:agg_sum'], summary: 'Forget the samples of these events, or of all.', complexity: 'O(1)',
    args: [optional(multiple(string('event')))], replies: ['the number of events that had samples'], examples: ['LATENCY RESET'],
  },
  ({ server, argv }) => server.latency.reset(argv.slice(2)),
);

const graph = command(
  {
    name: 'GRAPH', group: 'server', since: '2.8.13', arity: 3, flags: FLAGS, tips: TIPS, summary: 'The samples of an event as a drawing.', complexity: 'O(1)',
    args: [string('event')], replies: ['text', 'an error when the event has no samples'],
  },
  function latencyGraph({ server, argv }): Reply {
    const name = argv[2] as Bytes;
    const event = server.latency.events.get(name);
    if (event === undefined) throw new CommandError(`ERR No samples available for event '${cText(name)}'`);
    const values = event.samples.map(({ latencyMs }) => latencyMs);
    const now = Math.floor(server.nowMs / 1000);
    const title = `${cText(name)} - high ${Math.max(...values)} ms, low ${Math.min(...values)} ms (all time high ${event.maxMs} ms)\n`;
    return verbatim(`${title}${'-'.repeat(COLUMNS)}\n${sparkline(event.samples.map(({ atSeconds, latencyMs }) => ({ value: latencyMs, label: ago(now - atSeconds) })))}`);
  },
);

/** How long ago, in its largest unit. */
function ago(seconds: number): Bytes {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
}

/** What may be behind an event, and what to do about it. */
const ADVICE: readonly (readonly [RegExp, Bytes])[] = [
  [/command/, '* Some commands are slow by themselves: SLOWLOG GET shows which. Those that visit every element of a large value are the usual suspects.'],
  [/^(expire|eviction)/, '* Keys that expire or are evicted in great numbers, or that are very large, take time to remove. Spread their lifetimes; split large values.'],
  [/^(fork|rdb)/, '* Saving begins with a fork of the process, which takes the longer the more memory it has. Save less often, or on a replica.'],
  [/^aof/, '* Writing the append-only file waits for the disk. Look at what else uses it, and at appendfsync.'],
];

const doctor = command(
  {
    name: 'DOCTOR', group: 'server', since: '2.8.13', arity: 2, flags: FLAGS, tips: TIPS, summary: 'What was slow, in words, with advice.', complexity: 'O(1)', replies: ['text'], examples: ['LATENCY DOCTOR'],
    differs: 'The report is in our own words.',
  },
  function latencyDoctor({ server }): Reply {
    if (!server.latency.isOn) return verbatim('The latency monitor is off: CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n');
    const events = [...server.latency.events];
    if (events.length === 0) return verbatim('Nothing has taken as long as latency-monitor-threshold since the monitor was turned on or reset.\n');
    const found = events.map(([name, event], index) => `${index + 1}. ${reportOf(name, event, Math.floor(server.nowMs / 1000))}\n`);
    const advice = ADVICE.filter(([about]) => events.some(([name]) => about.test(name))).map(([, text]) => `${text}\n`);
    return verbatim(`Events that held the server up:\n\n${found.join('')}\n${advice.join('')}`);
  },
);

function reportOf(name: Bytes, { samples, maxMs }: LatencyEvent, now: number): Bytes {
  const mean = samples.reduce((sum, each) => sum + each.latencyMs, 0) / samples.length;
  const deviation = samples.reduce((sum, each) => sum + Math.abs(each.latencyMs - mean), 0) / samples.length;
  const first = samples[0]?.atSeconds ?? now;
  const period = Math.max(1, now - first) / samples.length;
  return `${name}: ${samples.length} ${samples.length === 1 ? 'second' : 'seconds'} with a delay, ${Math.round(mean)} ms on average, mean deviation ${Math.round(deviation)} ms, one every ${period.toFixed(2)} s; worst of all time ${maxMs} ms.`;
}

const histogram = command(
  {
    name: 'HISTOGRAM', group: 'server', since: '7.0.0', arity: -2, flags: FLAGS, tips: TIPS, summary: 'How many calls of each command took no longer than 1, 2, 4 and so on microseconds.', complexity: 'O(N) in the number of commands that have been called',
    args: [optional(multiple(string('command')))], replies: ['a map of command, calls and a map of microseconds and calls'], examples: ['SET k v', 'LATENCY HISTOGRAM set'],
  },
  function latencyHistogram({ server, argv }): Reply {
    const named = argv.length === 2 ? [...server.commands.all()] : argv.slice(2).flatMap((name) => lookupByFullName(server.commands, name) ?? []);
    const rows = named.flatMap((each) => [each, ...(each.subcommands?.values() ?? [])]).flatMap((each) => histogramOf(server, each));
    return mapReply(rows);
  },
);

function histogramOf(server: ServerForCommands, { index, fullName }: Command): (readonly [Reply, Reply])[] {
  const measured = server.statistics.commands.get(index)?.counters.histogram;
  return measured === undefined ? [] : [[fullName, mapReply([['calls', measured.total], ['histogram_usec', mapReply(measured.cumulative())]])]];
}

export const latency = container({
  name: 'LATENCY', group: 'server', since: '2.8.13', arity: -2, summary: 'What held the server up, and how long commands take.', complexity: 'Depends on the subcommand',
  subcommands: [
    doctor, graph,
    helpCommand('LATENCY', 'server', '2.8.13', [
      ['DOCTOR', 'What was slow, in words.'],
      ['GRAPH <event>', 'The samples of an event as a drawing.'],
      ['HISTORY <event>', 'The samples of an event.'],
      ['LATEST', 'The latest sample of every event.'],
      ['RESET [<event> ...]', 'Forget the samples of these events,', 'or of all.'],
      ['HISTOGRAM [COMMAND ...]', 'How the durations of these commands are distributed;', 'of all commands, when none is named.'],
    ]),
    histogram, history, latest, reset,
  ],
});
