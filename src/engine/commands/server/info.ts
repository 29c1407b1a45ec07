/*
 * INFO
 * ----
 * Sections of `name:value` lines, each field as Redis 8.0 has it. A section is a function from the
 * server to its fields; the lists at the end say which sections stand in which set. Fields that only
 * make sense on an operating system get honest values of the host that the environment describes.
 */
import { fold, type Bytes } from '../../bytes.ts';
import { command, multiple, optional, string, type ServerForCommands } from '../../command.ts';
import { verbatim, type Reply } from '../../reply.ts';
import type { LoadingProgress } from '../../persistence/loading.ts';
import type { MasterLink } from '../../replication/master-link.ts';
import { REDIS_VERSION } from '../../version.ts';
import { memoryReport } from '../../keyspace/memory-report.ts';
import { sizeHistogram } from './sizes.ts';

type Field = readonly [Bytes, Bytes | number];
type Section = (server: ServerForCommands) => readonly Field[];

/** Zero has a sign in C: what is 0 of −1 is −0.00. */
const fixed = (value: number, digits: number): Bytes => (Object.is(value, -0) ? '-' : '') + value.toFixed(digits);

/** Bytes for people: 718.50K, as the real server's bytesToHuman(). */
export function human(bytes: number): Bytes {
  if (bytes < 1024) return `${bytes}B`;
  const units = ['K', 'M', 'G', 'T', 'P'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${units[unit]}`;
}

/** What kind of server this is, as INFO and HELLO name it. */
export function serverMode(server: ServerForCommands): Bytes {
  return server.sentinel !== undefined ? 'sentinel' : server.cluster === undefined ? 'standalone' : 'cluster';
}

const serverSection: Section = (server) => {
  const { surroundings } = server.env;
  const uptime = Math.floor((server.nowUs - server.startedAtUs) / 1e6);
  const binds = server.config.text('bind').split(' ').map((address) => `bind=${address}`).join(',');
  const unixsocket = server.config.text('unixsocket');
  const listeners = [
    ...(server.port === 0 ? [] : [`name=tcp,${binds},port=${server.port}`]),
    ...(unixsocket === '' ? [] : [`name=unix,bind=${unixsocket}`]),
  ];
  return [
    ['redis_version', REDIS_VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '6b657973706163e5'],
    ['redis_mode', serverMode(server)],
    ['os', surroundings.os],
    ['arch_bits', 64],
    ['monotonic_clock', 'POSIX clock_gettime'],
    ['multiplexing_api', 'epoll'],
    ['atomicvar_api', 'c11-builtin'],
    ['gcc_version', '0.0.0'],
    ['process_id', surroundings.pid],
    ['process_supervised', 'no'],
    ['run_id', server.runId],
    ['tcp_port', server.port],
    ['server_time_usec', server.nowUs],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / 86400)],
    ['hz', server.sentinel?.hz ?? server.config.number('hz')],
    ['configured_hz', server.config.number('hz')],
    ['lru_clock', Math.floor(server.nowMs / 1000) & 0xffffff],
    ['executable', surroundings.executable],
    ['config_file', server.config.file],
    ['io_threads_active', server.ioThreads.clients.length > 1 ? 1 : 0],
    ...(server.shutdown.leftMs === undefined ? [] : [['shutdown_in_milliseconds', server.shutdown.leftMs] as const]),
    ...listeners.map((each, index) => [`listener${index}`, each] as const),
  ];
};

const clientsSection: Section = (server) => {
  const clients = [...server.clients.values()];
  const watched = server.databases.reduce((sum, db) => sum + db.watchers.size, 0);
  return [
    ['connected_clients', clients.length - server.replication.replicas.size],
    ['cluster_connections', server.cluster?.bus.connections ?? 0],
    ['maxclients', server.config.number('maxclients')],
    ['client_recent_max_input_buffer', 20480],
    ['client_recent_max_output_buffer', 0],
    ['blocked_clients', clients.filter((each) => each.blocked !== undefined).length],
    ['tracking_clients', server.tracking.clients],
    ['pubsub_clients', clients.filter((each) => each.subscriptions > 0).length],
    ['watching_clients', clients.filter((each) => each.watched.length > 0).length],
    ['clients_in_timeout_table', 0],
    ['total_watched_keys', watched],
    ['total_blocking_keys', server.databases.reduce((sum, db) => sum + db.blocked.size, 0)],
    ['total_blocking_keys_on_nokey', server.databases.reduce((sum, db) => sum + db.blocked.sizeEvenWhenGone, 0)],
  ];
};

const memorySection: Section = (server) => {
  const { evals, functions } = server.scripting;
  const m = memoryReport(server);
  const dataset = m.used - m.overhead;
  const shareOfDataset = m.used > m.startup ? (dataset * 100) / (m.used - m.startup) : 0;
  const ratio = (a: number, b: number) => fixed(b === 0 ? 0 : a / b, 2);
  return [
    ['used_memory', m.used],
    ['used_memory_human', human(m.used)],
    ['used_memory_rss', m.resident],
    ['used_memory_rss_human', human(m.resident)],
    ['used_memory_peak', m.peak],
    ['used_memory_peak_human', human(m.peak)],
    ['used_memory_peak_perc', `${fixed((m.used * 100) / m.peak, 2)}%`],
    ['used_memory_overhead', m.overhead],
    ['used_memory_startup', m.startup],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', `${fixed(shareOfDataset, 2)}%`],
    ['allocator_allocated', m.allocated],
    ['allocator_active', m.active],
    ['allocator_resident', m.allocatorResident],
    ['allocator_muzzy', 0],
    ['total_system_memory', server.env.surroundings.totalMemoryBytes],
    ['total_system_memory_human', human(server.env.surroundings.totalMemoryBytes)],
    ['used_memory_lua', evals.vmBytes],
    ['used_memory_vm_eval', evals.vmBytes],
    ['used_memory_lua_human', human(evals.vmBytes)],
    ['used_memory_scripts_eval', evals.bytes],
    ['number_of_cached_scripts', evals.size],
    ['number_of_functions', functions.functionCount],
    ['number_of_libraries', functions.libraries.size],
    ['used_memory_vm_functions', functions.vmBytes],
    ['used_memory_vm_total', evals.vmBytes + functions.vmBytes],
    ['used_memory_vm_total_human', human(evals.vmBytes + functions.vmBytes)],
    ['used_memory_functions', functions.bytes],
    ['used_memory_scripts', evals.bytes + functions.bytes],
    ['used_memory_scripts_human', human(evals.bytes + functions.bytes)],
    ['maxmemory', server.config.number('maxmemory')],
    ['maxmemory_human', human(server.config.number('maxmemory'))],
    ['maxmemory_policy', server.config.text('maxmemory-policy')],
    ['allocator_frag_ratio', ratio(m.active, m.allocated)],
    ['allocator_frag_bytes', m.active - m.allocated],
    ['allocator_rss_ratio', ratio(m.allocatorResident, m.active)],
    ['allocator_rss_bytes', m.allocatorResident - m.active],
    ['rss_overhead_ratio', ratio(m.resident, m.allocatorResident)],
    ['rss_overhead_bytes', m.resident - m.allocatorResident],
    ['mem_fragmentation_ratio', ratio(m.resident, m.used)],
    ['mem_fragmentation_bytes', m.resident - m.used],
    ['mem_not_counted_for_evict', m.notCounted],
    ['mem_replication_backlog', m.backlog],
    ['mem_total_replication_buffers', m.parts.replicationBuffers + m.parts.fullSyncBuffer],
    ['mem_replica_full_sync_buffer', m.parts.fullSyncBuffer],
    ['mem_clients_slaves', m.replicas],
    ['mem_clients_normal', m.parts.clients],
    ['mem_cluster_links', m.parts.clusterLinks],
    ['mem_aof_buffer', m.parts.aofBuffer],
    ['mem_allocator', 'jemalloc-5.3.0'],
    ['mem_overhead_db_hashtable_rehashing', m.rehashing],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', server.statistics.keyspace.lazyFreed],
  ];
};

const persistenceSection: Section = (server) => {
  const { aof, fork, snapshots } = server;
  const { child } = fork;
  const aofSeconds = aof.isRewriting && child !== undefined ? Math.floor(server.env.clock.now() / 1e6) - child.startedSeconds : -1;
  const one = (is: boolean) => (is ? 1 : 0);
  return [
    ['loading', one(server.loading.isBlocking)],
    ['async_loading', one(server.loading.isAsync)],
    // Only ever more is copied, so what is copied now is the peak as well.
    ['current_cow_peak', fork.copiedBytes],
    ['current_cow_size', fork.copiedBytes],
    ['current_cow_size_age', 0],
    ['current_fork_perc', fixed(fork.keysTotal === 0 ? 0 : (fork.keysProcessed * 100) / fork.keysTotal, 2)],
    ['current_save_keys_processed', fork.keysProcessed],
    ['current_save_keys_total', fork.keysTotal],
    ['rdb_changes_since_last_save', server.dirty],
    ['rdb_bgsave_in_progress', one(snapshots.inProgress)],
    ['rdb_last_save_time', snapshots.lastSaveSeconds],
    ['rdb_last_bgsave_status', snapshots.lastStatus],
    ['rdb_last_bgsave_time_sec', snapshots.lastDurationSeconds],
    ['rdb_current_bgsave_time_sec', snapshots.currentSeconds],
    ['rdb_saves', snapshots.saves],
    ['rdb_last_cow_size', fork.lastCopiedBytes.rdb],
    ['rdb_last_load_keys_expired', snapshots.keysExpired],
    ['rdb_last_load_keys_loaded', snapshots.keysLoaded],
    ['aof_enabled', one(aof.state !== 'off')],
    ['aof_rewrite_in_progress', one(aof.isRewriting)],
    ['aof_rewrite_scheduled', one(aof.rewriteScheduled)],
    ['aof_last_rewrite_time_sec', aof.lastRewriteSeconds],
    ['aof_current_rewrite_time_sec', aofSeconds],
    ['aof_last_bgrewrite_status', aof.lastRewriteStatus],
    ['aof_rewrites', aof.rewrites],
    ['aof_rewrites_consecutive_failures', aof.rewriteLimit.failuresInRow],
    ['aof_last_write_status', aof.writeProblem === undefined ? 'ok' : 'err'],
    ['aof_last_cow_size', fork.lastCopiedBytes.aof],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ...(aof.state === 'off' ? [] : [
      ['aof_current_size', aof.currentSize],
      ['aof_base_size', aof.baseSize],
      ['aof_pending_rewrite', one(aof.rewriteScheduled)],
      ['aof_buffer_length', aof.bufferLength],
      ['aof_pending_bio_fsync', aof.syncsUnderWay],
      ['aof_delayed_fsync', aof.delayedFsyncs],
    ] as const),
    ...(server.loading.progress === undefined ? [] : loadingFields(server, server.loading.progress)),
  ];
};

/** How far the loading is, and how long the rest will take if it goes on like that. */
function loadingFields({ env }: ServerForCommands, { startedSeconds, totalBytes, usedMemoryBytes, loadedBytes }: LoadingProgress): Field[] {
  // What comes from a master's socket has no known length: the memory that its writer used is the best guess.
  const whole = totalBytes > 0 ? totalBytes : usedMemoryBytes;
  const part = whole === 0 ? 0 : (loadedBytes / whole) * 100;
  const left = whole === 0 ? 1 : whole - loadedBytes;
  const elapsed = Math.floor(env.clock.now() / 1e6) - startedSeconds;
  return [
    ['loading_start_time', startedSeconds],
    ['loading_total_bytes', totalBytes],
    ['loading_rdb_used_mem', usedMemoryBytes],
    ['loading_loaded_bytes', loadedBytes],
    ['loading_loaded_perc', fixed(totalBytes > 0 ? part : Math.min(part, 99.99), 2)],
    ['loading_eta_seconds', elapsed === 0 ? 1 : Math.trunc((elapsed * (totalBytes > 0 ? left : Math.max(1, left))) / (loadedBytes + 1))],
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + (each ?? 0), 0);

const threadsSection: Section = ({ ioThreads, statistics: s }) => ioThreads.clients.map((clients, thread) => {
  const reads = thread === 0 ? s.totalReadsProcessed - sum(s.ioThreadReads) : (s.ioThreadReads[thread] ?? 0);
  const writes = thread === 0 ? s.totalWritesProcessed - sum(s.ioThreadWrites) : (s.ioThreadWrites[thread] ?? 0);
  return [`io_thread_${thread}`, `clients=${clients},reads=${reads},writes=${writes}`];
});

const statsSection: Section = (server) => {
  const { statistics: s, compatibility } = server;
  const rate = s.instantaneous;
  const zeros = (...names: Bytes[]): Field[] => names.map((name) => [name, 0] as const);
  return [
    ['total_connections_received', s.connectionsReceived],
    ['total_commands_processed', s.commandsProcessed],
    ['instantaneous_ops_per_sec', Math.round(rate.operations.perSecond)],
    ['total_net_input_bytes', s.netInputBytes],
    ['total_net_output_bytes', s.netOutputBytes],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', 0],
    ['instantaneous_input_kbps', fixed(rate.input.perSecond / 1024, 2)],
    ['instantaneous_output_kbps', fixed(rate.output.perSecond / 1024, 2)],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', s.rejectedConnections],
    ['sync_full', server.replication.counts.full],
    ['sync_partial_ok', server.replication.counts.partialOk],
    ['sync_partial_err', server.replication.counts.partialErr],
    ['expired_subkeys', s.keyspace.expiredSubkeys],
    ['expired_keys', s.keyspace.expiredKeys],
    ['expired_stale_perc', fixed(s.expiredStalePercent, 2)],
    ['expired_time_cap_reached_count', s.expiredTimeCapReached],
    ['expire_cycle_cpu_milliseconds', Math.floor(s.expireCycleCpuUs / 1000)],
    ['evicted_keys', s.keyspace.evictedKeys],
    ['evicted_clients', s.evictedClients],
    ['evicted_scripts', server.scripting.evals.evicted],
    ...zeros('total_eviction_exceeded_time', 'current_eviction_exceeded_time'),
    ['keyspace_hits', s.keyspace.hits],
    ['keyspace_misses', s.keyspace.misses],
    ['pubsub_channels', server.pubsub.channels.size],
    ['pubsub_patterns', server.pubsub.patterns.size],
    ['pubsubshard_channels', server.pubsub.shardChannels.size],
    ['latest_fork_usec', 0],
    ['total_forks', server.fork.count],
    ['migrate_cached_sockets', server.migrateSockets.size],
    ['slave_expires_tracked_keys', server.databases.reduce((sum, db) => sum + (db.ownExpires?.size ?? 0), 0)],
    ...zeros('active_defrag_hits', 'active_defrag_misses', 'active_defrag_key_hits', 'active_defrag_key_misses', 'total_active_defrag_time',
      'current_active_defrag_time'),
    ['tracking_total_keys', server.tracking.totalKeys],
    ['tracking_total_items', server.tracking.totalItems],
    ['tracking_total_prefixes', server.tracking.totalPrefixes],
    ['unexpected_error_replies', s.unexpectedErrorReplies],
    ['total_error_replies', s.errorReplies],
    ['dump_payload_sanitizations', s.payloadSanitizations],
    ['total_reads_processed', s.totalReadsProcessed],
    ['total_writes_processed', s.totalWritesProcessed],
    ['io_threaded_reads_processed', sum(s.ioThreadReads)],
    ['io_threaded_writes_processed', sum(s.ioThreadWrites)],
    ['client_query_buffer_limit_disconnections', s.clientQueryBufferDisconnects],
    ['client_output_buffer_limit_disconnections', s.clientOutputBufferDisconnects],
    ['reply_buffer_shrinks', s.replyBufferShrinks],
    ['reply_buffer_expands', s.replyBufferExpands],
    ['eventloop_cycles', s.eventLoop.cycles],
    ['eventloop_duration_sum', s.eventLoop.durationUs],
    ['eventloop_duration_cmd_sum', s.commandUsec],
    ['instantaneous_eventloop_cycles_per_sec', Math.round(rate.cycles.perSecond)],
    ['instantaneous_eventloop_duration_usec', Math.round(rate.cycleUs.perSecond)],
    ['acl_access_denied_auth', s.aclAccessDenied.auth],
    ['acl_access_denied_cmd', s.aclAccessDenied.command],
    ['acl_access_denied_key', s.aclAccessDenied.key],
    ['acl_access_denied_channel', s.aclAccessDenied.channel],
    ...(compatibility.isOn ? [['cluster_incompatible_ops', s.clusterIncompatible] as const] : []),
  ];
};

const replicationSection: Section = (server) => {
  const { replication, config } = server;
  const { link, backlog } = replication;
  const minReplicas = config.number('min-replicas-to-write') > 0 && config.number('min-replicas-max-lag') > 0;
  return [
    ['role', link === undefined ? 'master' : 'slave'],
    ...(link === undefined ? [] : linkFields(server, link)),
    ['connected_slaves', replication.wholeReplicas.length],
    ...(minReplicas ? [['min_slaves_good_slaves', replication.goodReplicas] as const] : []),
    ...replication.describeReplicas().map(({ ip, port, state, offset, lagSeconds }, at) => [`slave${at}`, `ip=${ip},port=${port},state=${state},offset=${offset},lag=${lagSeconds}`] as const),
    ['master_failover_state', replication.failover.state],
    ['master_replid', server.replicationId],
    ['master_replid2', replication.previousId],
    ['master_repl_offset', replication.offset],
    ['second_repl_offset', replication.secondOffset],
    ['repl_backlog_active', backlog === undefined ? 0 : 1],
    ['repl_backlog_size', config.number('repl-backlog-size')],
    ['repl_backlog_first_byte_offset', backlog?.firstByteOffset ?? 0],
    ['repl_backlog_histlen', backlog?.length ?? 0],
  ];
};

/** What a replica tells of its link to the master. */
function linkFields({ config, replication, nowMs }: ServerForCommands, link: MasterLink): ReturnType<Section> {
  const known = link.isUp || link.mayContinue;
  const { read, total } = link.transferred;
  const isSyncing = link.state === 'sync';
  return [
    ['master_host', link.host],
    ['master_port', link.port],
    ['master_link_status', link.isUp ? 'up' : 'down'],
    ['master_last_io_seconds_ago', link.lastIoSeconds],
    ['master_sync_in_progress', isSyncing ? 1 : 0],
    ['slave_read_repl_offset', known ? link.readOffset : 1],
    ['slave_repl_offset', known ? replication.offset : 1],
    ['replica_full_sync_buffer_size', replication.fullSyncBuffer.size],
    ['replica_full_sync_buffer_peak', replication.fullSyncBuffer.peak],
    ...(isSyncing
      ? [
          ['master_sync_total_bytes', total],
          ['master_sync_read_bytes', read],
          ['master_sync_left_bytes', total - read],
          ['master_sync_perc', fixed(total === 0 ? 0 : (100 * read) / total, 2)],
          ['master_sync_last_io_seconds_ago', link.silentSeconds],
        ] as const
      : []),
    ...(link.isUp ? [] : [['master_link_down_since_seconds', link.downSinceMs === -1 ? -1 : Math.floor((nowMs - link.downSinceMs) / 1000)] as const]),
    ['slave_priority', config.number('replica-priority')],
    ['slave_read_only', config.flag('replica-read-only') ? 1 : 0],
    ['replica_announced', config.flag('replica-announced') ? 1 : 0],
  ];
}

const cpuSection: Section = (server) => {
  const { user, system } = server.env.surroundings.cpu();
  const seconds = (us: number) => fixed(us / 1e6, 6);
  return [
    ['used_cpu_sys', seconds(system)],
    ['used_cpu_user', seconds(user)],
    ['used_cpu_sys_children', '0.000000'],
    ['used_cpu_user_children', '0.000000'],
    ['used_cpu_sys_main_thread', seconds(system)],
    ['used_cpu_user_main_thread', seconds(user)],
  ];
};

const commandstatsSection: Section = (server) =>
  [...server.statistics.commands.values()].filter(({ counters }) => counters.calls > 0 || counters.rejected > 0 || counters.failed > 0).map(({ command: each, counters }) => {
    const mean = counters.calls === 0 ? 0 : counters.usec / counters.calls;
    return [
      `cmdstat_${each.fullName}`,
      `calls=${counters.calls},usec=${counters.usec},usec_per_call=${fixed(mean, 2)},rejected_calls=${counters.rejected},failed_calls=${counters.failed}`,
    ] as const;
  });

/** Percentiles of each command's durations, in microseconds; which ones, latency-tracking-info-percentiles says. */
const latencystatsSection: Section = (server) => {
  if (!server.config.flag('latency-tracking')) return [];
  const percentiles = server.config.text('latency-tracking-info-percentiles').split(' ').filter((each) => each !== '');
  return [...server.statistics.commands.values()].flatMap(({ command: { fullName }, counters: { histogram } }) =>
    histogram === undefined ? [] : [[`latency_percentiles_usec_${fullName}`, percentiles.map((each) => `p${each}=${fixed(histogram.percentile(Number(each)) / 1000, 3)}`).join(',')] as const],
  );
};

const errorstatsSection: Section = (server) => {
  const rows = [...server.statistics.errors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([prefix, count]) => [`errorstat_${prefix.replace(/[#:]/g, '_')}`, `count=${count}`] as const);
  return rows;
};

const clusterSection: Section = (server) => [['cluster_enabled', server.cluster === undefined ? 0 : 1]];

const keyspaceSection: Section = (server) =>
  server.databases.filter((db) => db.keys.size > 0 || db.expires.size > 0).map((db) => [
    `db${db.id}`,
    `keys=${db.keys.size},expires=${db.expires.size},avg_ttl=${Math.round(db.averageTtlMs)},subexpiry=${db.hashesWithDeadlines.size}`,
  ] as const);

const keysizesSection: Section = (server) =>
  server.databases.flatMap((db) => sizeHistogram(db).map(([type, bins]) => [`db${db.id}_distrib_${type}`, bins] as const));

const empty: Section = () => [];

/** What is shown to whoever asks for it by name, and to nobody else. */
const debugSection: Section = ({ statistics: { eventLoop } }) => [
  ['eventloop_duration_aof_sum', eventLoop.aofUs],
  ['eventloop_duration_cron_sum', eventLoop.cronUs],
  ['eventloop_duration_max', eventLoop.longestUs],
  ['eventloop_cmd_per_cycle_max', eventLoop.mostCommands],
  ['allocator_allocated_lua', 0],
  ['allocator_active_lua', 0],
  ['allocator_resident_lua', 0],
  ['allocator_frag_bytes_lua', 0],
];

const SECTIONS: readonly { name: Bytes; title: Bytes; fields: Section; sets: 'default' | 'all' | 'everything' | 'asked' }[] = [
  { name: 'server', title: 'Server', fields: serverSection, sets: 'default' },
  { name: 'clients', title: 'Clients', fields: clientsSection, sets: 'default' },
  { name: 'memory', title: 'Memory', fields: memorySection, sets: 'default' },
  { name: 'persistence', title: 'Persistence', fields: persistenceSection, sets: 'default' },
  { name: 'threads', title: 'Threads', fields: threadsSection, sets: 'default' },
  { name: 'stats', title: 'Stats', fields: statsSection, sets: 'default' },
  { name: 'replication', title: 'Replication', fields: replicationSection, sets: 'default' },
  { name: 'cpu', title: 'CPU', fields: cpuSection, sets: 'default' },
  { name: 'modules', title: 'Modules', fields: empty, sets: 'default' },
  { name: 'commandstats', title: 'Commandstats', fields: commandstatsSection, sets: 'all' },
  { name: 'errorstats', title: 'Errorstats', fields: errorstatsSection, sets: 'default' },
  { name: 'latencystats', title: 'Latencystats', fields: latencystatsSection, sets: 'all' },
  { name: 'cluster', title: 'Cluster', fields: clusterSection, sets: 'default' },
  { name: 'keyspace', title: 'Keyspace', fields: keyspaceSection, sets: 'default' },
  { name: 'keysizes', title: 'Keysizes', fields: keysizesSection, sets: 'default' },
  { name: 'debug', title: 'Debug', fields: debugSection, sets: 'asked' },
];

/** What a Sentinel has of them, and its own. */
function sentinelSections(): typeof SECTIONS {
  const kept = new Set(['server', 'clients', 'stats', 'cpu']);
  return [...SECTIONS.filter(({ name }) => kept.has(name)), { name: 'sentinel', title: 'Sentinel', fields: sentinelSection, sets: 'default' }];
}

const sentinelSection: Section = ({ sentinel, nowMs }) => {
  if (sentinel === undefined) return [];
  const { masters, inTilt, scripts } = sentinel;
  return [
    ['sentinel_masters', masters.size],
    ['sentinel_tilt', inTilt ? 1 : 0],
    ['sentinel_tilt_since_seconds', inTilt ? Math.floor((nowMs - sentinel.tiltSinceMs) / 1000) : -1],
    ['sentinel_running_scripts', scripts.running],
    ['sentinel_scripts_queue_length', scripts.jobs.length],
    ['sentinel_simulate_failure_flags', (sentinel.crashesAfterElection ? 1 : 0) + (sentinel.crashesAfterPromotion ? 2 : 0)],
    ...[...masters.values()].map((each, at) => {
      const status = each.isObjectivelyDown ? 'odown' : each.isSubjectivelyDown ? 'sdown' : 'ok';
      return [`master${at}`, `name=${each.name},status=${status},address=${sentinel.shownHost(each.address)}:${each.address.port},slaves=${each.replicas.size},sentinels=${each.sentinels.size + 1}`] as const;
    }),
  ];
};

/** The text of INFO for the given section names (folded); none means the default set. */
export function infoText(server: ServerForCommands, wanted: readonly Bytes[]): Bytes {
  const everything = wanted.includes('everything');
  const all = everything || wanted.includes('all');
  const byDefault = all || wanted.length === 0 || wanted.includes('default');
  const chosen = (server.sentinel === undefined ? SECTIONS : sentinelSections()).filter((each) => (all && each.name !== 'modules' && each.sets !== 'asked') || (everything && each.sets !== 'asked') || (byDefault && each.sets === 'default') || wanted.includes(each.name));
  return chosen
    .map((section) => `# ${section.title}\r\n${section.fields(server).map(([name, value]) => `${name}:${value}\r\n`).join('')}`)
    .join('\r\n');
}

export const info = command(
  {
    name: 'INFO', group: 'server', since: '1.0.0', arity: -1,
    summary: 'Facts and counters of the server, by section.',
    complexity: 'O(1)',
    flags: ['loading', 'stale'],
    acl: ['dangerous'],
    tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
    history: [['7.0.0', 'Takes several sections in one call.']],
    args: [optional(multiple(string('section')))],
    replies: ['lines of name:value, grouped under titles'],
    examples: ['INFO keyspace', 'INFO server'],
    differs: 'modules is empty, as this engine has none; build facts are those of this engine.',
  },
  function info({ server, argv }): Reply {
    const text = infoText(server, argv.slice(1).map(fold));
    return server.sentinel === undefined ? verbatim(text) : text;
  },
);
