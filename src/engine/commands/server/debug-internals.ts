/*
 * DEBUG's forms about the server's insides: buffers, tables and listpacks of one value, a dataset that is read
 * again from disk, and ways to crash.
 */
import { atoi, cText, equalsFolded, fold, own, parseInteger, type Bytes } from '../../bytes.ts';
import { clientMemory } from '../../client-memory.ts';
import { DEFAULT_PEAK_RESET_MS } from '../../client-limits.ts';
import type { Ctx, ServerForCommands } from '../../command.ts';
import { ABORTED, SEGMENTATION_FAULT } from '../../exit-codes.ts';
import { globMatch } from '../../glob.ts';
import type { Loaded } from '../../persistence/loading.ts';
import { CommandError, errorReply, LOADING, NO_SUCH_KEY, NOT_AN_INTEGER, OK, status, SUSPENDED, verbatim, type Reply } from '../../reply.ts';
import { Dict } from '../../structures/dict.ts';
import { htStats } from '../../structures/dict-view.ts';
import { Listpack } from '../../structures/listpack.ts';
import { Quicklist } from '../../structures/quicklist.ts';
import { quote } from '../../monitor.ts';
import type { RedisObject } from '../../keyspace/object.ts';
import { SortedSet } from '../../keyspace/zset-value.ts';

/** One form: the numbers of words it takes (none: any number), and what it does. */
export interface DebugForm {
  readonly words: readonly number[];
  readonly run: (ctx: Ctx) => Reply;
}

function objectAt({ db, argv }: Ctx): RedisObject {
  const object = db.keys.get(argv[2] as Bytes);
  if (object === undefined) throw new CommandError(NO_SUCH_KEY);
  return object;
}

function tableOf({ value }: RedisObject): Dict<unknown> | undefined {
  if (value instanceof Dict) return value;
  return value instanceof SortedSet ? value.dict : undefined;
}

export const wrongForm = (argv: readonly Bytes[]): CommandError => new CommandError(`ERR unknown subcommand or wrong number of arguments for '${cText(argv[1] as Bytes, 128)}'. Try DEBUG HELP.`);

function replyBuffer({ server, argv }: Ctx): Reply {
  const what = fold(argv[2] as Bytes);
  const word = argv[3] as Bytes;
  if (what === 'peak-reset-time') {
    if (equalsFolded(word, 'never')) server.limits.peakResetAfterMs = -1;
    else if (equalsFolded(word, 'reset')) server.limits.peakResetAfterMs = DEFAULT_PEAK_RESET_MS;
    else {
      const ms = parseInteger(word);
      if (ms === undefined) throw new CommandError(NOT_AN_INTEGER);
      server.limits.peakResetAfterMs = Number(ms);
    }
  } else if (what === 'resizing') server.limits.resizesReplyBuffers = atoi(word) !== 0;
  else throw wrongForm(argv);
  return OK;
}

/** Classes of size by powers of two in which clients are kept for eviction: the first and the last. */
const FIRST_BUCKET_LOG = 15;
const LAST_BUCKET_LOG = 33;

function clientEviction({ server, client }: Ctx): Reply {
  if (server.limits.maxmemoryClients === 0) throw new CommandError('ERR maxmemory-clients is disabled.');
  const buckets = Array.from({ length: LAST_BUCKET_LOG - FIRST_BUCKET_LOG }, () => ({ bytes: 0, clients: 0 }));
  for (const each of server.clients.values()) {
    const bytes = clientMemory(each, each === client).total;
    const bucket = buckets[Math.min(buckets.length - 1, Math.max(0, Math.floor(Math.log2(bytes)) - FIRST_BUCKET_LOG + 1))];
    if (bucket === undefined || each.noEvict) continue;
    bucket.bytes += bytes;
    bucket.clients++;
  }
  const column = (value: number): Bytes => String(value).padStart(10);
  return verbatim(buckets.map(({ bytes, clients }, index) => {
    const from = index === 0 ? 0 : 2 ** (FIRST_BUCKET_LOG + index - 1);
    const range = index === buckets.length - 1 ? `${column(from)}+            ` : `${column(from)} - ${column(2 ** (FIRST_BUCKET_LOG + index) - 1)}`;
    return `bucket ${range}: tot-mem: ${column(bytes)}, clients: ${clients}\n`;
  }).join(''));
}

/** Saves, empties and loads; with the options less of it. */
function reload({ server, argv }: Ctx): Reply {
  const options = new Set(argv.slice(2).map(fold));
  for (const option of options) if (!['merge', 'noflush', 'nosave'].includes(option)) throw new CommandError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
  if (server.loading.inProgress) throw new CommandError(LOADING);
  if (!options.has('nosave') && !server.snapshots.save()) throw new CommandError('ERR');
  if (!options.has('noflush')) {
    server.emptyData();
    server.tracking.datasetFlushed();
  }
  return loadThen(server, server.snapshots.load(false, options.has('merge')), (isLoaded) => {
    if (!isLoaded) return errorReply('ERR Error trying to load the RDB dump, check server logs.');
    server.aof.asConfigured();
    server.log('notice', 'DB reloaded by DEBUG RELOAD');
    return OK;
  });
}

/** Replies at once when one slice loads all; else the client waits, and others are served between slices. */
function loadThen(server: ServerForCommands, work: Generator<Loaded, boolean>, reply: (isLoaded: boolean) => Reply): Reply {
  let early: Reply | undefined;
  let isSuspended = false;
  server.loading.run(work, (isLoaded) => {
    if (isSuspended) server.goOnSuspended(() => reply(isLoaded));
    else early = reply(isLoaded);
  });
  if (early !== undefined) return early;
  isSuspended = true;
  return SUSPENDED;
}

/** What the append-only file says takes the place of what is in memory. */
function loadAof({ server }: Ctx): Reply {
  if (server.loading.inProgress) throw new CommandError(LOADING);
  return loadThen(server, server.aof.reload(), (isLoaded) => {
    if (!isLoaded) return errorReply('ERR Error trying to load the AOF files, check server logs.');
    server.aof.asConfigured();
    server.dirty = 0;
    server.log('notice', 'Append Only File loaded by DEBUG LOADAOF');
    return OK;
  });
}

function listpack(ctx: Ctx): Reply {
  const { value } = objectAt(ctx);
  if (!(value instanceof Listpack)) throw new CommandError('ERR Not a listpack encoded object.');
  ctx.server.env.stdout(shownListpack(value));
  return status('Listpack structure printed on stdout');
}

function quicklist(ctx: Ctx): Reply {
  const { value } = objectAt(ctx);
  if (!(value instanceof Quicklist)) throw new CommandError('ERR Not a quicklist encoded object.');
  let nodes = '';
  for (let node = value.head; node !== undefined; node = node.next) nodes += typeof node.entry === 'string' ? `plain: ${quote(node.entry)}\n` : shownListpack(node.entry);
  ctx.server.env.stdout(`{count : ${value.length}} {len : ${value.nodes}}\n${nodes}`);
  return status('Quicklist structure printed on stdout');
}

const shownListpack = (pack: Listpack): Bytes => `{total bytes ${pack.byteLength}} {num entries ${pack.length}}\n${[...pack.values()].map((entry) => `  ${quote(entry)}\n`).join('')}`;

/** Matches random patterns against random texts: nothing may be too much for the matcher. */
function stringmatchTest({ server }: Ctx): Reply {
  const random = server.random.fork('stringmatch');
  const letters = '*?[]^-\\ab';
  const word = (): Bytes => Array.from({ length: random.below(12) }, () => letters.charAt(random.below(letters.length))).join('');
  for (let round = 0; round < 10_000; round++) globMatch(word(), word());
  return status('Apparently Redis did not crash: test passed');
}

const crash = (what: Bytes, code: number): DebugForm => ({
  words: [],
  run({ server }) {
    server.crash(what, code);
    return OK;
  },
});

export const internalForms: Readonly<Record<string, DebugForm>> = {
  replybuffer: { words: [4], run: replyBuffer },
  'client-eviction': { words: [2], run: clientEviction },
  reload: { words: [], run: reload },
  loadaof: { words: [2], run: loadAof },
  listpack: { words: [3], run: listpack },
  quicklist: { words: [3, 4], run: quicklist },
  'stringmatch-test': { words: [2], run: stringmatchTest },
  'htstats-key': {
    words: [3, 4],
    run(ctx) {
      const table = tableOf(objectAt(ctx));
      if (table === undefined) throw new CommandError('ERR The value stored at the specified key is not represented using an hash table');
      return verbatim(htStats(table, '', ctx.argv.length === 4 && equalsFolded(ctx.argv[3] as Bytes, 'full')).replace('[]\n', ''));
    },
  },
  replicate: {
    words: [],
    run({ server, db, argv }) {
      if (argv.length < 3) throw wrongForm(argv);
      server.alsoPropagate(db.id, argv.slice(2).map(own));
      return OK;
    },
  },
  mallctl: {
    words: [3, 4],
    run({ argv }) {
      const fact = ALLOCATOR_FACTS.get(argv[2] as Bytes);
      if (fact === undefined) throw new CommandError(NO_SUCH_SETTING);
      if (argv.length === 4) throw new CommandError(NOT_PERMITTED);
      return fact;
    },
  },
  'mallctl-str': {
    words: [3, 4],
    run({ argv }) {
      if (argv[2] !== 'thread.tcache.flush') throw new CommandError(NO_SUCH_SETTING);
      if (argv.length === 3) throw new CommandError(NOT_PERMITTED);
      // What is freed is counted as free at once: nothing is kept for later.
      return OK;
    },
  },
  panic: {
    words: [],
    run({ server }) {
      server.panic('Panic called');
      return OK;
    },
  },
  oom: crash('Redis aborting for OUT OF MEMORY. Allocating 9223372036854775807 bytes!', ABORTED),
  assert: crash('ASSERTION FAILED', ABORTED),
  segfault: crash('Redis crashed by signal: 11, si_code: 1', SEGMENTATION_FAULT),
};

/** What jemalloc tells of itself. Memory is counted by its classes here, and these hold for them; it has nothing else to tell or to set. */
const ALLOCATOR_FACTS: ReadonlyMap<Bytes, number> = new Map([
  ['arenas.page', 4096], ['arenas.quantum', 16], ['arenas.nbins', 36], ['arenas.nlextents', 196], ['arenas.tcache_max', 32768],
]);
const NO_SUCH_SETTING = 'ERR No such file or directory';
const NOT_PERMITTED = 'ERR Operation not permitted';
