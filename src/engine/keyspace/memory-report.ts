/*
 * Where the memory goes
 * ---------------------
 * Sums of the one model of memory (keyspace/memory.ts), for INFO and MEMORY STATS. The keys are
 * counted one by one up to a bound; beyond it a part of the table is counted and scaled, so that INFO
 * stays quick on millions of keys. What belongs to the operating system follows from the sums by fixed
 * proportions: there is no allocator here to ask.
 */
import type { Database } from './database.ts';
import { dictTableSize, DICT_ENTRY_BYTES, keyMemory } from './memory.ts';

/** A server of 8.0 without data and clients, in bytes. */
export const STARTUP_BYTES = 670680;
/** The process besides the allocator's memory: code, stacks, libraries. */
const PROCESS_BYTES = 4_075_520;
/** The allocator's own use before any data. */
const ALLOCATOR_BYTES = 1_182_784;
const COUNTED_KEYS = 100_000;

export interface DatabaseMemory {
  readonly id: number;
  readonly main: number;
  readonly expires: number;
}

export interface MemoryReport {
  readonly used: number;
  readonly peak: number;
  readonly startup: number;
  /** All that is not data: start-up, buffers, scripts, hash tables. */
  readonly overhead: number;
  readonly parts: MemoryParts;
  /** Of the replication buffers: what is kept for those who may come back, and what waits for replicas besides. */
  readonly backlog: number;
  readonly replicas: number;
  /** What no eviction makes up for: it becomes less by itself. */
  readonly notCounted: number;
  readonly rehashing: number;
  readonly keys: number;
  readonly databases: readonly DatabaseMemory[];
  readonly allocated: number;
  readonly active: number;
  readonly allocatorResident: number;
  readonly resident: number;
}

/** Bytes of all keys and values of a database, entries of the main table included. */
function keysBytes(db: Database): number {
  if (db.bytes !== undefined) return db.bytes.total + db.keys.size * DICT_ENTRY_BYTES;
  let bytes = 0;
  let counted = 0;
  for (const { key, value } of db.keys.entries()) {
    bytes += keyMemory(key, value);
    if (++counted === COUNTED_KEYS) break;
  }
  return counted === 0 ? 0 : Math.round((bytes * db.keys.size) / counted);
}

const tables = (dict: Database['keys'] | Database['expires']): number => dictTableSize(dict.buckets(0)) + dictTableSize(dict.buckets(1));

/** What a server takes besides its data, in bytes. */
export interface MemoryParts {
  /** Clients with their buffers, those of replicas' streams apart. */
  readonly clients: number;
  readonly replicaClients: number;
  readonly replicas: number;
  /** The stream for replicas and for the backlog, the tree that finds a place in it, and how much the backlog may keep. */
  readonly replicationBuffers: number;
  readonly backlogTree: number;
  readonly backlogSize: number;
  /** The master's stream, kept while its snapshot is loaded. */
  readonly fullSyncBuffer: number;
  readonly aofBuffer: number;
  readonly clusterLinks: number;
  readonly evalScripts: number;
  readonly functions: number;
  readonly scriptMachines: number;
}

/** What a report needs of its server. */
export interface MemoryHost {
  readonly databases: readonly Database[];
  readonly statistics: { peakMemoryBytes: number };
  memoryParts(): MemoryParts;
}

/** Bytes of the table that finds a database's hash table, for each database that has keys. */
export const LOOKUP_TABLE_BYTES = 64;

/** The tables of a database, in bytes. */
const tablesOf = (db: Database): DatabaseMemory => ({
  id: db.id,
  main: tables(db.keys) + db.keys.size * DICT_ENTRY_BYTES,
  expires: tables(db.expires) + db.expires.size * DICT_ENTRY_BYTES,
});

const sumOf = ({ main, expires }: DatabaseMemory): number => main + expires + LOOKUP_TABLE_BYTES;

/** Keys and values of a database without the tables that hold them, in bytes. */
const dataBytes = (db: Database): number => keysBytes(db) - db.keys.size * DICT_ENTRY_BYTES;

/** What keys, values and their tables take, in bytes: asked at each step of an eviction, which no whole report is needed for. */
export function keyspaceBytes(databases: readonly Database[]): number {
  return databases.reduce((sum, db) => (db.keys.size === 0 ? sum : sum + dataBytes(db) + sumOf(tablesOf(db))), 0);
}

export function memoryReport(server: MemoryHost): MemoryReport {
  let keys = 0;
  let data = 0;
  let rehashing = 0;
  const databases: DatabaseMemory[] = [];
  for (const db of server.databases) {
    if (db.keys.size === 0) continue;
    keys += db.keys.size;
    data += dataBytes(db);
    databases.push(tablesOf(db));
    // The tables that entries move out of.
    for (const table of [db.keys, db.expires]) if (table.isRehashing) rehashing += dictTableSize(table.buckets(0));
  }
  const tablesBytes = databases.reduce((sum, each) => sum + sumOf(each), 0);
  const parts = server.memoryParts();
  const beyondBacklog = Math.max(0, parts.replicationBuffers - parts.backlogSize);
  // What a backlog's blocks may take besides their bytes, as the real server reckons it.
  const backlogExtra = (Math.floor(parts.backlogSize / 16384) + 1) * 64;
  const replicas = parts.replicas > 0 ? beyondBacklog : 0;
  const backlog = parts.replicationBuffers - replicas + parts.backlogTree;
  const overhead = STARTUP_BYTES + parts.clients + backlog + replicas + parts.fullSyncBuffer + parts.aofBuffer + parts.clusterLinks + parts.evalScripts + parts.functions + parts.scriptMachines + tablesBytes;
  // The clients that replicas are count nowhere but in the whole.
  const used = overhead + data + parts.replicaClients;
  const peak = Math.max(used, server.statistics.peakMemoryBytes);
  server.statistics.peakMemoryBytes = peak;
  const allocated = used + ALLOCATOR_BYTES;
  const active = Math.ceil((allocated * 1.06) / 4096) * 4096;
  const allocatorResident = Math.ceil((active * 1.1 + 1_048_576) / 4096) * 4096;
  return { used, peak, startup: STARTUP_BYTES, overhead, parts, backlog, replicas, notCounted: Math.max(0, beyondBacklog - backlogExtra) + parts.aofBuffer, rehashing, keys, databases, allocated, active, allocatorResident, resident: allocatorResident + PROCESS_BYTES };
}
