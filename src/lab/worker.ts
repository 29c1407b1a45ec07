/*
 * The worker
 * ----------
 * All labs of the page live here. It gives the loop its timers, posts notices in batches, and sends the
 * recordings over as they grow, at most once a second.
 */
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

const loop = new LabLoop(
  furniture,
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
