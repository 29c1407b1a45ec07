/*
 * The page's end of the lab
 * -------------------------
 * Starts the worker when the first message is sent and passes messages. It keeps the recording of every
 * open lab. When the worker fails, or has not answered a ping for some seconds, it is ended and each lab
 * is told `crashed` with its recording: the page opens it again, in a new worker that starts with the
 * next message.
 *
 * Pings follow requests, so an idle page sends nothing. Where workers are unavailable the same loop runs on
 * the page's own thread. Only types are imported here: the engine must not be in the page's own bundle.
 */
import type { Recording } from '../simulation/index.ts';
import type { FromWorker, SavedPiece, ToWorker } from './envelope.ts';
import type { LabLoop } from './loop.ts';
import type { LabClient, Notice, Question, Request } from './protocol.ts';

/** Two silent periods in a row mean that the worker hangs; one may be a page that slept. */
const PATIENCE_MS = 5000;

/** A worker, or what stands in for it. */
interface Engine {
  post(message: ToWorker): void;
  end(): void;
}

/** How engines are made; tests bring their own. */
export type StartEngine = (heard: (message: FromWorker) => void, failed: (report: string) => void) => Engine;

export function createWorkerLab(start: StartEngine = typeof Worker === 'undefined' ? startLocal : startWorker): LabClient {
  return new WorkerLab(start);
}

type Asked = { readonly lab: string; readonly done: (answer: { value: unknown } | { problem: string }) => void };

class WorkerLab implements LabClient {
  private readonly start: StartEngine;
  private engine: Engine | undefined;
  private readonly listeners = new Map<string, Set<(notice: Notice) => void>>();
  private readonly asked = new Map<number, Asked>();
  private readonly open = new Set<string>();
  private readonly saved = new Map<string, Recording>();
  private asks = 0;
  private pings = 0;
  private pongs = 0;
  private silent = 0;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(start: StartEngine) {
    this.start = start;
  }

  send(request: Request): void {
    if (request.type === 'open') {
      this.open.add(request.lab);
      this.saved.delete(request.lab);
      if (request.recording !== undefined) this.saved.set(request.lab, request.recording);
    }
    if (request.type === 'close') {
      this.open.delete(request.lab);
      this.saved.delete(request.lab);
      if (this.engine === undefined) return;
    }
    const engine = this.running();
    engine.post({ kind: 'request', request });
    if (this.watchdog === undefined) this.ping(engine);
  }

  listen(lab: string, heard: (notice: Notice) => void): () => void {
    const set = this.listeners.get(lab) ?? new Set();
    this.listeners.set(lab, set);
    set.add(heard);
    return () => {
      set.delete(heard);
      if (set.size === 0 && this.listeners.get(lab) === set) this.listeners.delete(lab);
    };
  }

  ask(lab: string, question: Question, done: Asked['done']): void {
    const ask = ++this.asks;
    this.asked.set(ask, { lab, done });
    this.send({ type: 'ask', lab, ask, question });
  }

  dispose(): void {
    clearTimeout(this.watchdog);
    this.engine?.end();
    this.engine = undefined;
    this.listeners.clear();
    this.asked.clear();
    this.open.clear();
    this.saved.clear();
  }

  private running(): Engine {
    if (this.engine !== undefined) return this.engine;
    const engine = this.start(
      (message) => {
        if (this.engine === engine) this.hear(message);
      },
      (report) => {
        if (this.engine === engine) this.giveUp(report);
      },
    );
    this.engine = engine;
    return engine;
  }

  private hear(message: FromWorker): void {
    this.silent = 0;
    if (message.kind === 'pong') {
      this.pongs = message.n;
      return;
    }
    if (message.kind === 'saved') {
      this.keep(message);
      return;
    }
    for (const notice of message.notices) this.tell(notice);
  }

  private tell(notice: Notice): void {
    if (notice.type === 'answer') {
      const asked = this.asked.get(notice.ask);
      this.asked.delete(notice.ask);
      asked?.done(notice.problem === undefined ? { value: notice.value } : { problem: notice.problem });
    }
    if (notice.type === 'crashed') this.open.delete(notice.lab);
    for (const heard of this.listeners.get(notice.lab) ?? []) heard(notice);
  }

  private keep(piece: SavedPiece): void {
    if (!this.open.has(piece.lab)) return;
    const before = piece.from === 0 ? [] : (this.saved.get(piece.lab)?.inputs ?? []).slice(0, piece.from);
    this.saved.set(piece.lab, {
      format: piece.format,
      engineVersion: piece.engineVersion,
      scenario: piece.scenario,
      inputs: [...before, ...piece.inputs],
      untilUs: piece.untilUs,
      executed: piece.executed,
    });
  }

  // --- a worker that fails or hangs ----------------------------------------------------------------

  private ping(engine: Engine): void {
    engine.post({ kind: 'ping', n: ++this.pings });
    this.watchdog = setTimeout(() => {
      this.watchdog = undefined;
      if (this.engine !== engine || this.pongs === this.pings) return;
      this.silent++;
      if (this.silent < 2) this.ping(engine);
      else this.giveUp('The lab did not answer for ten seconds.');
    }, PATIENCE_MS);
  }

  private giveUp(report: string): void {
    clearTimeout(this.watchdog);
    this.watchdog = undefined;
    this.engine?.end();
    this.engine = undefined;
    this.silent = 0;
    this.pings = 0;
    this.pongs = 0;
    for (const { done } of this.asked.values()) done({ problem: 'The lab has stopped working and is being started again.' });
    this.asked.clear();
    for (const lab of [...this.open]) {
      const recording = this.saved.get(lab);
      this.tell({ type: 'crashed', lab, report, ...(recording === undefined ? {} : { recording }) });
    }
  }
}

const startWorker: StartEngine = (heard, failed) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'lab' });
  worker.addEventListener('message', (event: MessageEvent<FromWorker>) => heard(event.data));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    failed(event.message === '' ? 'The worker of the lab could not be loaded.' : `${event.message} (${event.filename}:${event.lineno})`);
  });
  return { post: (message) => worker.postMessage(message), end: () => worker.terminate() };
};

/** The loop on the page's own thread; what is sent before it has loaded waits. */
function startLocal(heard: (message: FromWorker) => void, failed: (report: string) => void): Engine {
  let loop: LabLoop | undefined;
  let ended = false;
  let waiting: ToWorker[] = [];
  let batch: Notice[] = [];
  const pass = (message: ToWorker): void => {
    if (message.kind === 'ping') heard({ kind: 'pong', n: message.n });
    else loop?.handle(message.request);
  };
  import('./local.ts').then(
    ({ localLoop }) => {
      if (ended) return;
      loop = localLoop(
        {
          nowMs: () => performance.now(),
          later: (ms, fn) => {
            const timer = setTimeout(fn, ms);
            return () => clearTimeout(timer);
          },
        },
        (notice) => batch.push(notice),
        () => {
          const notices = batch;
          batch = [];
          // Later, as from a worker: nobody is called back from inside a send.
          if (notices.length > 0) queueMicrotask(() => heard({ kind: 'notices', notices }));
        },
      );
      const early = waiting;
      waiting = [];
      for (const message of early) pass(message);
    },
    (fault: unknown) => failed(fault instanceof Error ? fault.message : String(fault)),
  );
  return {
    post: (message) => {
      if (loop === undefined) waiting.push(message);
      else pass(message);
    },
    end: () => {
      ended = true;
      loop?.stop();
    },
  };
}
