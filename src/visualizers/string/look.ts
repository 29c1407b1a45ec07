/* From a server to the view of one string: see model.ts. */
import { closeUp, inspect } from '../../engine/inspect/index.ts';
import type { Bytes } from '../../engine/index.ts';
import { utf8 } from '../../engine/index.ts';
import type { RecordedEvent } from '../../simulation/index.ts';
import { commandBehind, type Behind } from '../behind.ts';
import { readParams, serverOf, type Visualizer } from '../visualizer.ts';
import { describeString, headerKind, type Level, type StringEncoding, type StringPicture, type StringView } from './model.ts';

const SMALL_BYTES = 64;
const MEDIUM_BYTES = 4096;
const WINDOW_BYTES = 256;
const PIECES = 128;

export const string: Visualizer<StringView> = {
  id: 'string',
  title: 'A string in memory',
  wakes: ['keyChanged', 'keyRemoved', 'encodingChanged', 'commandExecuted', 'databaseFlushed', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const wantedDb = params.whole('db', 0, 0, 1_000_000);
    const found = serverOf(world, params);
    const named = params.text('key', '');
    if (found === undefined) return { place: undefined, db: wantedDb, key: named, otherType: undefined, value: undefined, command: undefined, conversion: undefined };
    const { server, recent } = found;
    const db = Math.min(wantedDb, server.databases.length - 1);
    const inspector = inspect(server);
    const isThere = (name: Bytes): boolean => inspector.key(db, name, 0) !== undefined;
    // Names in lessons are text and keys are bytes; a name that could be either is taken as it is found.
    const key = named === '' ? lastWritten(recent, db, isThere) : hasOnlyBytes(named) && (isThere(named) || !isThere(utf8(named))) ? named : utf8(named);
    const view = key === '' ? undefined : inspector.key(db, key, WINDOW_BYTES);
    const base = { place: `${found.host}:${found.port}`, db, key, ...history(recent, db, key) };
    if (view === undefined) return { ...base, otherType: undefined, value: undefined };
    if (view.value.type !== 'string') return { ...base, otherType: view.type, value: undefined };
    const { length, allocation } = view.value;
    const level: Level = length <= SMALL_BYTES ? 'S' : length <= MEDIUM_BYTES ? 'M' : 'L';
    const closer = closeUp(server);
    const from = level === 'S' ? 0 : params.whole('from', 0, 0, Math.max(0, length - 1));
    const value: StringPicture = {
      encoding: view.encoding as StringEncoding,
      length, level, from, allocation,
      window: (from === 0 ? view.value.value : closer.stretch(db, key, from, WINDOW_BYTES)) ?? '',
      density: level === 'L' ? closer.density(db, key, PIECES) : [],
      headerKind: headerKind(allocation.textHeader),
      refcount: view.refcount,
      memoryBytes: view.memoryBytes,
    };
    return { ...base, otherType: undefined, value };
  },

  describe: describeString,
};

function hasOnlyBytes(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false;
  return true;
}

/** The key that was written last and is there: what to show while nobody has chosen one. */
function lastWritten(recent: readonly RecordedEvent[], db: number, isThere: (key: Bytes) => boolean): Bytes {
  for (let i = recent.length - 1; i >= 0; i--) {
    const event = recent[i]?.event;
    if (event?.type === 'keyChanged' && event.db === db && isThere(event.key)) return event.key;
  }
  return '';
}

/** Announcements that mean a look, not a change. */
const NO_CHANGE = new Set(['keymiss']);

function history(recent: readonly RecordedEvent[], db: number, key: Bytes): Pick<StringView, 'command' | 'conversion'> {
  let command: Behind | undefined;
  let conversion: StringView['conversion'];
  for (let i = recent.length - 1; i >= 0 && command === undefined; i--) {
    const each = recent[i];
    if (each === undefined) continue;
    const { event } = each;
    if ((event.type === 'keyChanged' && !NO_CHANGE.has(event.event) && event.db === db && event.key === key) || (event.type === 'encodingChanged' && event.db === db && event.key === key)) {
      command = commandBehind(recent, i);
      if (command === undefined) return { command: undefined, conversion };
      // The conversion that this command made, if it made one.
      for (let j = i; j >= 0 && recent[j]?.executed === each.executed && recent[j]?.event.type !== 'commandExecuted'; j--) {
        const earlier = recent[j];
        if (earlier?.event.type === 'encodingChanged' && earlier.event.db === db && earlier.event.key === key) conversion = { id: earlier.id, from: earlier.event.from, to: earlier.event.to };
      }
    }
  }
  return { command, conversion };
}
