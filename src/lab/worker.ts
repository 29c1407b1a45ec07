/*
 * The worker
 * ----------
 * All labs of the page live here. It gives the loop its timers, posts notices in batches, and sends the
 * recordings over as they grow, at most once a second.
 */
import luaUrl from 'wasmoon-lua5.1/dist/liblua5.1.wasm?url';
import { hasLua, LUA, provideLua } from '../simulation/index.ts';
import type { LabParts } from './context.ts';
import { furniture } from './furniture.ts';
import type { FromWorker, ToWorker } from './envelope.ts';
import { LabLoop } from './loop.ts';
import type { Notice } from './protocol.ts';
import { RecordingSaver } from './saver.ts';

declare const self: DedicatedWorkerGlobalScope;

const SAVE_EVERY_MS = 1000;

let batch: Notice[] = [];
let saving = false;

const post = (message: FromWorker): void => self.postMessage(message);

/** Lua's module is fetched when the first prompt has long been answered, or when a script wants it before that. */
const LUA_AFTER_MS = 3000;
const AGAIN_AFTER_MS = 3000;
let luaOnItsWay: Promise<void> | undefined;

/** Fetches and compiles the module, once. */
function fetchLua(): Promise<void> {
  luaOnItsWay ??= WebAssembly.compileStreaming(fetch(luaUrl)).then(provideLua).catch((problem: unknown) => {
    luaOnItsWay = undefined;
    throw problem;
  });
  return luaOnItsWay;
}

const parts: LabParts = {
  has: (part) => part !== LUA || hasLua(),
  fetch(part, done, failed) {
    if (part !== LUA) throw new Error(`there is no part "${part}"`);
    fetchLua().then(done, (problem: unknown) => {
      failed(problem instanceof Error ? problem.message : String(problem));
      setTimeout(() => parts.fetch(part, done, failed), AGAIN_AFTER_MS);
    });
  },
};

const loop = new LabLoop(
  { ...furniture, parts },
  {
    nowMs: () => performance.now(),
    later: (ms, fn) => {
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
setTimeout(() => void fetchLua().catch(() => {}), LUA_AFTER_MS); // who wants it then tries again and tells

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'ping') {
    post({ kind: 'pong', n: message.n });
    return;
  }
  loop.handle(message.request);
  if (saving) return;
  saving = true;
  setTimeout(() => {
    saving = false;
    for (const piece of saver.pieces()) post(piece);
  }, SAVE_EVERY_MS);
});
