/*
 * The worker
 * ----------
 * All labs of the page live here. It gives the loop its timers, posts notices in batches, and sends the
 * recordings over as they grow, at most once a second. It also fetches what the first prompt does not need: the
 * build puts that into a file of its own (authoring/parts).
 */
import luaUrl from 'wasmoon-lua5.1/dist/liblua5.1.wasm?url';
import { hasLua, LUA, provideLua } from '../simulation/index.ts';
import { REST, type LabParts } from './context.ts';
import { furniture } from './furniture.ts';
import type { FromWorker, ToWorker } from './envelope.ts';
import { LabLoop } from './loop.ts';
import type { Notice, Request } from './protocol.ts';
import { RecordingSaver } from './saver.ts';

declare const self: DedicatedWorkerGlobalScope;

const SAVE_EVERY_MS = 1000;
/** Between two attempts to fetch a part. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** The rest is fetched when the first line has been answered, or while somebody reads before typing one. */
const REST_AFTER_LINE_MS = 500;
const REST_AFTER_MS = 5000;

let batch: Notice[] = [];
let saving = false;
/** After how many milliseconds the rest is fetched, once that is decided. */
let restSoon: number | undefined;

const post = (message: FromWorker): void => self.postMessage(message);

const there = new Set<string>();
const coming = new Map<string, Promise<void>>();

/** Until a part is there; every attempt that fails is told to all who wait. */
async function bring(part: string, failed: (why: string) => void): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !there.has(part); pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const attempt = coming.get(part) ?? fetchPart(part);
    coming.set(part, attempt);
    try {
      await attempt;
      there.add(part);
    } catch (fault) {
      failed(fault instanceof Error ? fault.message : String(fault));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (coming.get(part) === attempt) coming.delete(part);
  }
}

async function fetchPart(part: string): Promise<void> {
  if (part === REST) await import('virtual:rest');
  else if (part === LUA) provideLua(await WebAssembly.compileStreaming(fetch(luaUrl)));
  else throw new Error(`there is no part called ${part}`);
}

const parts: LabParts = {
  has: (part) => there.has(part) || (part === LUA && hasLua()),
  fetch: (part, done, failed) => void bring(part, failed).then(done),
};

/** Fetches the rest, and then Lua, before they are missed, but not before the first prompt has had its turn. */
function anticipate(request: Request): void {
  const isLine = request.type === 'runStep' || (request.type === 'input' && request.bytes.includes('\r'));
  if (restSoon === undefined || (isLine && restSoon > REST_AFTER_LINE_MS)) {
    restSoon = isLine ? REST_AFTER_LINE_MS : REST_AFTER_MS;
    setTimeout(() => void bring(REST, () => {}).then(() => bring(LUA, () => {})), restSoon);
  }
}

/** Behind what has already come from the page. Timers that follow one another wait for four milliseconds at least. */
const next = new MessageChannel();
let waiting: (() => void) | undefined;
next.port1.onmessage = () => {
  const fn = waiting;
  waiting = undefined;
  fn?.();
};

function atOnce(fn: () => void): () => void {
  waiting = fn;
  next.port2.postMessage(0);
  return () => (waiting = undefined);
}

const loop = new LabLoop(
  { ...furniture, parts },
  {
    nowMs: () => performance.now(),
    later: (ms, fn) => {
      if (ms === 0) return atOnce(fn);
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
  },
  (notice) => batch.push(notice),
  () => {
    if (batch.length > 0) post({ kind: 'notices', notices: batch });
    batch = [];
  },
);
const saver = new RecordingSaver(loop.hub);

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'ping') {
    post({ kind: 'pong', n: message.n });
    return;
  }
  loop.handle(message.request);
  anticipate(message.request);
  if (saving) return;
  saving = true;
  setTimeout(() => {
    saving = false;
    for (const piece of saver.pieces()) post(piece);
  }, SAVE_EVERY_MS);
});
