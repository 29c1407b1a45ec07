/*
 * DEBUG: what test tools ask for
 * ------------------------------
 * Off unless enable-debug-command allows it, as in the real server, because some of these stop the
 * server or change its data.
 */
import { atoi, equalsFolded, fold, own, parseDouble, parseInteger, type Bytes } from '../../bytes.ts';
import { command, type ReplicationPause } from '../../command.ts';
import { CommandError, double, boolean, errorReply, many, mapReply, NO_SUCH_KEY, OK, push, setReply, status, verbatim, type Reply } from '../../reply.ts';
import { clusterForms } from './debug-cluster.ts';
import { internalForms, wrongForm, type DebugForm } from './debug-internals.ts';
import { digestOfDatabases, digestOfValue } from './digest.ts';
import { htStats } from '../../structures/dict-view.ts';
import { dumpValue } from '../../keyspace/types.ts';
import { RDB_TYPE_HASH_LISTPACK_EX, RDB_TYPE_HASH_METADATA } from '../../persistence/dump.ts';
import { parseMemory } from '../../config/values.ts';
import { rewriteConfigFile } from './config.ts';
import { Quicklist } from '../../structures/quicklist.ts';
import { mallocSize, sdsRoom } from '../../structures/sds.ts';
import { idleMs } from '../../keyspace/usage.ts';
import { newString, stringLength } from '../../keyspace/string-value.ts';

/** What DUMP puts around a value: the type's code before, version and checksum behind. */
const DUMP_FRAME_BYTES = 11;
/** Hashes with fields that end: the moment in front of them is not counted by DEBUG OBJECT. */
const TYPES_OF_DEADLINES: ReadonlySet<number> = new Set([RDB_TYPE_HASH_METADATA, RDB_TYPE_HASH_LISTPACK_EX]);
const MOMENT_BYTES = 8;

const TYPES = 'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false';

/** One test value of each reply type, the same that the real server sends. */
function protocolValue(type: Bytes, resp: 2 | 3): Reply {
  switch (type) {
    case 'string': return 'Hello World';
    case 'integer': return 12345;
    case 'double': return double(3.141);
    case 'null': return null;
    case 'array': return [0, 1, 2];
    case 'set': return setReply([0, 1, 2]);
    case 'map': return mapReply([[0, boolean(false)], [1, boolean(true)], [2, boolean(false)]]);
    case 'bignum': return { kind: 'bigNumber', digits: '1234567999999999999999999999999999999' };
    case 'attrib': return { kind: 'attribute', pairs: [['key-popularity', ['key:123', 90]]], reply: 'Some real reply following the attribute' };
    case 'push':
      if (resp === 2) throw new CommandError('ERR RESP2 is not supported by this command');
      return many(['Some real reply following the push reply', push(['server-cpu-usage', 42])]);
    case 'verbatim': return verbatim('This is a verbatim\nstring');
    case 'true': return boolean(true);
    case 'false': return boolean(false);
    default: throw new CommandError(`ERR Wrong protocol type name. Please use one of the following: ${TYPES}`);
  }
}

/** What DEBUG OBJECT tells of a quicklist besides. */
function quicklistText(list: Quicklist): Bytes {
  let bytes = 0;
  for (let node = list.head; node !== undefined; node = node.next) bytes += node.byteLength;
  return ` ql_nodes:${list.nodes} ql_avg_node:${(list.length / list.nodes).toFixed(2)} ql_listpack_max:${list.fill} ql_compressed:${list.depth === 0 ? 0 : 1} ql_uncompressed_size:${bytes}`;
}

const isOn = (word: Bytes = ''): boolean => atoi(word) !== 0;

/** A plain node keeps its length in 32 bits, and the real server leaves itself some room. */
const MOST_PACKED_BYTES = 2n ** 32n - 2n ** 20n;

const REPLICATION_PAUSES: readonly ReplicationPause[] = ['after-fork', 'before-rdb-channel', 'on-streaming-repl-buf'];
const isReplicationPause = (word: Bytes): word is ReplicationPause => REPLICATION_PAUSES.some((each) => each === word);

const forms: Readonly<Record<string, DebugForm>> = {
  sleep: {
    words: [3],
    run({ server, argv }) {
      const seconds = parseDouble(argv[2] as Bytes);
      server.env.clock.spend(Math.round((seconds ?? 0) * 1e6));
      return OK;
    },
  },
  protocol: { words: [3], run: ({ argv, client }) => protocolValue(fold(argv[2] as Bytes), client.resp) },
  // The line is sent as it is; it does not count as a failed call.
  error: { words: [3], run: ({ argv }) => many([errorReply((argv[2] as Bytes).replace(/[\r\n]/g, ' '))]) },
  log: {
    words: [3],
    run({ server, argv }) {
      server.log('warning', `DEBUG LOG: ${argv[2]}`);
      return OK;
    },
  },
  'set-active-expire': {
    words: [3],
    run({ server, argv }) {
      server.debug.activeExpire = isOn(argv[2]);
      return OK;
    },
  },
  'pause-cron': {
    words: [3],
    run({ server, argv }) {
      server.debug.cronPaused = isOn(argv[2]);
      return OK;
    },
  },
  'set-skip-checksum-validation': {
    words: [3],
    run({ server, argv }) {
      server.debug.skipChecksum = isOn(argv[2]);
      return OK;
    },
  },
  'set-disable-deny-scripts': {
    words: [3],
    run({ server, argv }) {
      server.debug.scriptsMayAll = isOn(argv[2]);
      return OK;
    },
  },
  'aof-flush-sleep': {
    words: [3],
    run({ server, argv }) {
      server.debug.aofFlushSleepUs = Math.max(0, atoi(argv[2] as Bytes));
      return OK;
    },
  },
  'quicklist-packed-threshold': {
    words: [3],
    run({ server, argv }) {
      const bytes = parseMemory(argv[2] as Bytes);
      // The real server takes what is no digit and no unit for a mistake, and so a value that a node's length cannot hold.
      if (bytes === undefined || bytes > MOST_PACKED_BYTES) throw new CommandError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
      server.config.packedThreshold = Number(bytes);
      return OK;
    },
  },
  'config-rewrite-force-all': {
    words: [2],
    run({ server }) {
      const refused = rewriteConfigFile(server, 'all');
      if (refused !== undefined) throw new CommandError(`ERR CONFIG-REWRITE-FORCE-ALL failed: ${refused}`);
      return OK;
    },
  },
  'dict-resizing': {
    words: [3],
    run({ server, argv }) {
      server.resizePolicy.resize = isOn(argv[2]) ? 'enable' : 'forbid';
      return OK;
    },
  },
  'repl-pause': {
    words: [3],
    run({ server: { debug }, argv }) {
      const where = fold(argv[2] as Bytes);
      if (where === 'clear') debug.replicationPauses.clear();
      else if (isReplicationPause(where)) debug.replicationPauses.add(where);
      else throw wrongForm(argv);
      return OK;
    },
  },
  'change-repl-id': {
    words: [2],
    run({ server }) {
      server.changeReplicationId();
      return OK;
    },
  },
  object: {
    words: [3],
    run({ server, db, argv }) {
      const object = db.keys.get(argv[2] as Bytes);
      if (object === undefined) throw new CommandError(NO_SUCH_KEY);
      const serialized = dumpValue(object, { compression: server.config.flag('rdbcompression') });
      const idle = Math.floor(idleMs(object.lru, server.nowMs) / 1000);
      const length = serialized.length - DUMP_FRAME_BYTES - (TYPES_OF_DEADLINES.has(serialized.charCodeAt(0)) ? MOMENT_BYTES : 0);
      return status(`Value at:0x7f0000000000 refcount:1 encoding:${object.encoding} serializedlength:${length} lru:${object.lru} lru_seconds_idle:${idle}${object.value instanceof Quicklist ? quicklistText(object.value) : ''}`);
    },
  },
  sdslen: {
    words: [3],
    run({ db, argv }) {
      const name = argv[2] as Bytes;
      const object = db.keys.get(name);
      if (object === undefined) throw new CommandError(NO_SUCH_KEY);
      if (object.type !== 'string' || object.encoding === 'int') throw new CommandError('ERR Not an sds encoded string.');
      const { value } = object;
      const length = stringLength(object);
      const keyRoom = sdsRoom(name.length);
      // An embstr lies in one piece with its object of 16 bytes, behind a header of 3, and has nothing to spare.
      const room = typeof value === 'object' ? { alloc: value.allocated, size: value.mallocBytes }
        : object.encoding === 'embstr' ? { alloc: length, size: mallocSize(16 + 3 + length + 1) - 16 } : sdsRoom(length);
      return status(
        `key_sds_len:${name.length}, key_sds_avail:${keyRoom.alloc - name.length}, key_zmalloc: ${keyRoom.size}, val_sds_len:${length}, val_sds_avail:${room.alloc - length}, val_zmalloc: ${room.size}`,
      );
    },
  },
  htstats: {
    words: [3, 4],
    run({ server, argv }) {
      const id = parseInteger(argv[2] as Bytes);
      if (id === undefined) throw new CommandError('ERR value is not an integer or out of range');
      const db = server.databases[Number(id)];
      if (db === undefined) throw new CommandError('ERR Out of range database');
      const full = argv.length === 4 && equalsFolded(argv[3] as Bytes, 'full');
      return verbatim(htStats(db.keys, 'Dictionary HT', full) + htStats(db.expires, 'Expires HT', full));
    },
  },
  populate: {
    words: [3, 4, 5],
    run({ server, db, argv }) {
      const numbers = [argv[2], argv[4]].map((word) => (word === undefined ? 0 : parseInteger(word)));
      const [count, size] = numbers;
      if (count === undefined || count < 0 || size === undefined || size < 0) throw new CommandError('ERR value is out of range, must be positive');
      const prefix = argv[3] ?? 'key';
      for (let i = 0; i < count; i++) {
        const name = `${prefix}:${i}`;
        if (db.lookupKeyWrite(name) !== undefined) continue;
        const value = `value:${i}`;
        const bytes = argv[4] === undefined || Number(size) === 0 ? value : value.slice(0, Number(size)).padEnd(Number(size), '\0');
        db.add(name, newString(bytes));
        db.signalModified(name);
      }
      server.work(Number(count));
      return OK;
    },
  },
  digest: { words: [2], run: ({ server }) => status(digestOfDatabases(server.databases)) },
  'digest-value': {
    words: [],
    run: ({ db, argv }) => argv.slice(2).map((name) => {
      const object = db.keys.get(name);
      return status(object === undefined ? '0'.repeat(40) : digestOfValue(object, db.getExpire(name) !== undefined));
    }),
  },
  structsize: {
    words: [2],
    run: () => ('bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 '),
  },
  ...internalForms,
  ...clusterForms,
};

export const debug = command(
  {
    name: 'DEBUG', group: 'server', since: '1.0.0', arity: -2, flags: ['admin', 'noscript', 'loading', 'stale', 'protected'], docFlags: ['syscmd'],
    summary: 'Tools for testing the server itself.', complexity: 'Depends on the subcommand',
    differs: 'HELP lists the forms that are here. What LISTPACK and QUICKLIST print is in a form of our own; MALLCTL knows no setting, as there is no jemalloc. After REPL-PAUSE after-fork the child that makes the snapshot stands still with its server. RELOAD and LOADAOF are refused while a dataset is being loaded: the real server begins a second load inside the first, and crashes.',
  },
  function debug(ctx): Reply {
    const { argv } = ctx;
    const word = fold(argv[1] as Bytes);
    if (word === 'help' && argv.length === 2) {
      return ['DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', ...Object.keys(forms).map((name) => own(name))].map((line) => status(line));
    }
    const form = Object.hasOwn(forms, word) ? forms[word] : undefined;
    if (form === undefined || (form.words.length > 0 && !form.words.includes(argv.length))) {
      throw wrongForm(argv);
    }
    return form.run(ctx);
  },
);
