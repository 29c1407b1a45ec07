/*
 * MEMORY: what keys and the server take.
 */
import { equalsFolded, parseInteger, type Bytes } from '../../bytes.ts';
import { command, container, integer, key, keyRange } from '../../command.ts';
import { keyMemory, OBJECT_SAMPLES } from '../../keyspace/memory.ts';
import { CommandError, double, mapReply, NOT_AN_INTEGER, OK, SYNTAX_ERROR, verbatim, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { LOOKUP_TABLE_BYTES, memoryReport } from '../../keyspace/memory-report.ts';

const REPORT_TIPS = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'] as const;
/** Below this an instance is too small to be judged. */
const DOCTOR_LEAST_BYTES = 5 * 1024 * 1024;

const usage = command(
  {
    name: 'USAGE', group: 'server', since: '4.0.0', arity: -3, flags: ['readonly'], keys: [keyRange(['RO'], 2)],
    summary: 'How many bytes a key and its value take.', complexity: 'O(N) in the number of samples',
    args: [key('key'), integer('count', { token: 'SAMPLES', optional: true })],
    replies: ['the number of bytes', 'nil when there is no such key'], examples: ['SET greeting "hello"', 'MEMORY USAGE greeting'],
    differs: 'A value of more than 44 bytes that came as a word of an inline request keeps up to twice its room in the real server, as it was read into it piece by piece; here it is counted as any other.',
  },
  function usageOf({ db, argv }): Reply {
    let sampled = OBJECT_SAMPLES;
    for (let i = 3; i < argv.length; i += 2) {
      if (!equalsFolded(argv[i] as Bytes, 'samples') || i + 1 >= argv.length) throw new CommandError(SYNTAX_ERROR);
      const samples = parseInteger(argv[i + 1] as Bytes);
      if (samples === undefined) throw new CommandError(NOT_AN_INTEGER);
      if (samples < 0) throw new CommandError(SYNTAX_ERROR);
      sampled = Number(samples);
    }
    const name = argv[2] as Bytes;
    const object = db.lookupNoTouch(name);
    return object === undefined ? null : keyMemory(name, object, sampled);
  },
);

const stats = command(
  { name: 'STATS', group: 'server', since: '4.0.0', arity: 2, tips: REPORT_TIPS, summary: 'Where the server\'s memory goes.', complexity: 'O(1)', replies: ['a map of name and bytes'], examples: ['MEMORY STATS'] },
  function memoryStats({ server }): Reply {
    const m = memoryReport(server);
    const dataset = m.used - m.overhead;
    const share = m.used > m.startup ? (dataset * 100) / (m.used - m.startup) : 0;
    return mapReply([
      ['peak.allocated', m.peak],
      ['total.allocated', m.used],
      ['startup.allocated', m.startup],
      ['replication.backlog', m.backlog],
      ['replica.fullsync.buffer', m.parts.fullSyncBuffer],
      ['clients.slaves', m.replicas],
      ['clients.normal', m.parts.clients],
      ['cluster.links', m.parts.clusterLinks],
      ['aof.buffer', m.parts.aofBuffer],
      ['lua.caches', m.parts.evalScripts],
      ['functions.caches', m.parts.functions],
      ['script.VMs', m.parts.scriptMachines],
      ...m.databases.map(({ id, main, expires }) => [`db.${id}`, mapReply([['overhead.hashtable.main', main], ['overhead.hashtable.expires', expires]])] as const),
      ['overhead.db.hashtable.lut', m.databases.length * LOOKUP_TABLE_BYTES],
      ['overhead.db.hashtable.rehashing', m.rehashing],
      ['overhead.total', m.overhead],
      ['db.dict.rehashing.count', server.databases.filter((db) => db.keys.isRehashing || db.expires.isRehashing).length],
      ['keys.count', m.keys],
      ['keys.bytes-per-key', m.keys === 0 ? 0 : Math.floor((m.used - m.startup) / m.keys)],
      ['dataset.bytes', dataset],
      ['dataset.percentage', double(share)],
      ['peak.percentage', double((m.used * 100) / m.peak)],
      ['allocator.allocated', m.allocated],
      ['allocator.active', m.active],
      ['allocator.resident', m.allocatorResident],
      ['allocator.muzzy', 0],
      ['allocator-fragmentation.ratio', double(m.active / m.allocated)],
      ['allocator-fragmentation.bytes', m.active - m.allocated],
      ['allocator-rss.ratio', double(m.allocatorResident / m.active)],
      ['allocator-rss.bytes', m.allocatorResident - m.active],
      ['rss-overhead.ratio', double(m.resident / m.allocatorResident)],
      ['rss-overhead.bytes', m.resident - m.allocatorResident],
      ['fragmentation', double(m.resident / m.used)],
      ['fragmentation.bytes', m.resident - m.used],
    ]);
  },
);

const doctor = command(
  {
    name: 'DOCTOR', group: 'server', since: '4.0.0', arity: 2, tips: REPORT_TIPS, summary: 'Advice about the use of memory, in words.', complexity: 'O(1)', replies: ['text'], examples: ['MEMORY DOCTOR'],
    differs: 'The advice is in our own words.',
  },
  function memoryDoctor({ server }): Reply {
    const m = memoryReport(server);
    if (m.used < DOCTOR_LEAST_BYTES) return verbatim('There is too little data here to say anything about memory: less than 5 MB are used. Ask again when there is more.');
    const advice: Bytes[] = [];
    if (m.used / m.peak < 0.6) advice.push('* The peak was much higher than what is used now. The allocator may keep the difference; a restart gives it back.');
    if (m.parts.clients / Math.max(1, server.clients.size) > 200 * 1024) advice.push('* Clients take more than 200 KB each on average. Look for large pipelines and slow subscribers in CLIENT LIST.');
    return verbatim(advice.length === 0 ? 'Nothing about the memory of this server stands out.' : advice.join('\n'));
  },
);

export const memory = container({
  name: 'MEMORY', group: 'server', since: '4.0.0', arity: -2, summary: 'What keys and the server take.', complexity: 'Depends on the subcommand',
  subcommands: [
    doctor,
    helpCommand('MEMORY', 'server', '4.0.0', [
      ['DOCTOR', 'Advice in words.'],
      ['MALLOC-STATS', 'What the allocator says of itself.'],
      ['PURGE', 'Ask the allocator to give back what it does not use.'],
      ['STATS', 'Where the memory goes.'],
      ['USAGE <key> [SAMPLES <count>]', 'Bytes of a key and its value. Of nested values <count> are looked at (5 unless', 'told, 0 for all).'],
    ]),
    command(
      {
        name: 'MALLOC-STATS', group: 'server', since: '4.0.0', arity: 2, tips: REPORT_TIPS, summary: 'What the allocator says of itself.', complexity: 'Depends on how much memory is allocated', replies: ['text'],
        differs: 'There is no jemalloc here: the sums of the memory model are told.',
      },
      ({ server }) => {
        const m = memoryReport(server);
        return verbatim(`Model of jemalloc size classes\nAllocated: ${m.allocated}, active: ${m.active}, resident: ${m.allocatorResident}\n`);
      },
    ),
    command(
      { name: 'PURGE', group: 'server', since: '4.0.0', arity: 2, tips: ['request_policy:all_shards', 'response_policy:all_succeeded'], summary: 'Ask the allocator to give back what it does not use.', complexity: 'Depends on how much memory is allocated', replies: ['OK'], examples: ['MEMORY PURGE'] },
      () => OK,
    ),
    stats,
    usage,
  ],
});
