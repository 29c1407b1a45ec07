/*
 * Progress in this browser
 * ------------------------
 * The record itself and everything that may happen to it are in src/lessons/progress.ts. Here it gets a
 * place (IndexedDB), a clock, and company: two tabs tell each other what they did. A save reads what is
 * stored, joins it with what this tab knows and writes the union, under a lock, so that neither tab can
 * undo the other's work.
 *
 * What cannot be read is never written over. The page then works with a record of its own in memory and
 * says what is wrong; the learner decides what becomes of the stored one.
 */
import { create } from 'zustand';
import { exportProgress, importProgress, mergeProgress, newProgress, readProgress, reduceProgress } from '../lessons/index.ts';
import type { Now, Progress, ProgressEvent } from '../lessons/index.ts';
import { dismiss, notify, remember, remembered } from '../ui/index.ts';
import { saveFile } from './save-file.ts';
import { readRecord, writeRecord } from './storage.ts';

export type { Progress };

const KEY = 'progress';
/**
 * Name of the copy that is made at once, since a database is written some time later and the tab may be gone by
 * then. It is removed when the database has it, and joined with it when the page starts.
 */
const UNSAVED = 'progress.unsaved';

export type StoreState =
  | { kind: 'loading' }
  | { kind: 'saved' }
  /** The browser refuses storage: everything works, nothing is kept. */
  | { kind: 'refused'; reason: string }
  /** What is stored cannot be read; it is left as it is. */
  | { kind: 'unreadable'; problem: string; remedy: string; raw: unknown };

const store = create<{ progress: Progress; state: StoreState }>(() => ({
  progress: newProgress({ id: '', hash: '' }, randomId(), randomSeed()),
  state: { kind: 'loading' },
}));
let channel: BroadcastChannel | undefined;
let saving = false;
/** Something was done that is not stored yet. */
let unsaved = false;

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}

export function now(): Now {
  const date = new Date();
  return { ms: date.getTime(), day: Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000) };
}

const stateNow = (): StoreState => store.getState().state;

function change(progress: Progress): void {
  store.setState({ progress });
}

function setState(state: StoreState): void {
  store.setState({ state });
}

// --- storage ------------------------------------------------------------------------------------

/** Joins what the last visit did and had no time to store. */
function takeUnsaved(): boolean {
  const left = remembered(UNSAVED);
  const read = left === undefined ? undefined : readCopy(left);
  if (read === undefined) return false;
  change(mergeProgress(read, { ...progressNow(), learner: read.learner, seed: read.seed, epoch: read.epoch }));
  unsaved = true;
  return true;
}

function readCopy(text: string): Progress | undefined {
  try {
    const read = readProgress(JSON.parse(text));
    return 'problem' in read ? undefined : read.progress;
  } catch {
    return undefined;
  }
}

/** Loads the record; called once when the page starts. `course` is the one that is learned here. */
export async function openProgress(course: Progress['course']): Promise<void> {
  change({ ...progressNow(), course });
  listenToOtherTabs();
  const tookUnsaved = takeUnsaved();
  let raw: unknown;
  try {
    raw = await readRecord(KEY);
  } catch (fault) {
    setState({ kind: 'refused', reason: fault instanceof Error ? fault.message : String(fault) });
    notify({ id: 'storage', kind: 'problem', text: 'This browser does not let the page store anything, so your progress ends with this tab. A private window or a setting for this site may be the reason.' });
    return;
  }
  if (raw === undefined) {
    if (remembered('progress.kept') === 'yes') {
      notify({ id: 'restore', text: 'The browser has removed your stored progress. If you saved a backup file, restore it on the progress page.', actions: [{ label: 'Open the progress page', onSelect: () => { location.assign('/progress'); } }] });
    }
    setState({ kind: 'saved' });
    if (unsaved) save();
    return;
  }
  const read = readProgress(raw);
  if ('problem' in read) {
    setState({ kind: 'unreadable', problem: read.problem, remedy: read.remedy, raw });
    notify({ id: 'storage', kind: 'problem', text: `${read.problem} It was left untouched; what you do now is not saved until you decide on the progress page.` });
    return;
  }
  // What was done while loading (a page opened) joins what was stored. A record that began with this page has no
  // epoch of its own; one that a visit left unsaved has, and it may be that of starting over.
  change(mergeProgress(read.progress, { ...progressNow(), learner: read.progress.learner, seed: read.progress.seed, epoch: tookUnsaved ? progressNow().epoch : read.progress.epoch }));
  setState({ kind: 'saved' });
  if (unsaved) save();
}

/** At once, since the tab may be closed the next moment; what comes while a save is under way goes with the next. */
function save(): void {
  unsaved = true;
  if (stateNow().kind !== 'unreadable') remember(UNSAVED, JSON.stringify(progressNow()));
  if (saving || stateNow().kind === 'loading') return;
  saving = true;
  unsaved = false;
  void saveNow().finally(() => {
    saving = false;
    if (unsaved) save();
  });
}

async function saveNow(): Promise<void> {
  if (stateNow().kind !== 'saved') return;
  try {
    await locked(async () => {
      const stored = readProgress(await readRecord(KEY));
      if (!('problem' in stored)) {
        const joined = mergeProgress(stored.progress, progressNow());
        if (JSON.stringify(joined) !== JSON.stringify(progressNow())) change(joined);
      }
      await writeRecord(KEY, progressNow());
    });
    if (!unsaved) remember(UNSAVED, undefined);
    remember('progress.kept', 'yes');
    dismiss('storage');
    channel?.postMessage(progressNow());
  } catch (fault) {
    const full = fault instanceof DOMException && fault.name === 'QuotaExceededError';
    notify({
      id: 'storage', kind: 'problem',
      text: full ? 'The browser’s storage for this site is full, so the last step was not saved. Save a backup file, then remove data of other sites.' : 'The last step could not be saved. Save a backup file to be safe.',
      actions: [{ label: 'Save a backup', onSelect: downloadProgress }],
    });
  }
}

/** One tab writes at a time, where the browser has locks. */
async function locked(work: () => Promise<void>): Promise<void> {
  const locks: LockManager | null | undefined = navigator.locks;
  if (locks === undefined || locks === null) await work();
  else await locks.request('keyspace.progress', work);
}

function listenToOtherTabs(): void {
  if (typeof BroadcastChannel === 'undefined') return;
  channel = new BroadcastChannel('keyspace.progress');
  channel.onmessage = (event: MessageEvent<unknown>) => {
    const theirs = readProgress(event.data);
    if (!('problem' in theirs)) change(mergeProgress(theirs.progress, progressNow()));
  };
}

// --- what pages do ----------------------------------------------------------------------------------

type WithoutNow<E> = E extends ProgressEvent ? Omit<E, 'now'> : never;

/** Something was done. */
export function record(event: WithoutNow<ProgressEvent>): void {
  const before = progressNow();
  change(reduceProgress(progressNow(), { ...event, now: now() } as ProgressEvent));
  save();
  // The first thing worth keeping is the moment to ask the browser not to throw it away.
  if (event.type === 'passed' && Object.values(before.items).every((item) => Object.keys(item.passes).length === 0)) void navigator.storage?.persist?.();
}

export function downloadProgress(): void {
  download(exportProgress(progressNow()), `keyspace-progress-${new Date().toISOString().slice(0, 10)}.json`);
}

/** The stored record that could not be read, as a file, so that nothing is lost by starting anew. */
export function downloadUnreadable(): void {
  const state = stateNow();
  if (state.kind === 'unreadable') download(JSON.stringify(state.raw), 'keyspace-progress-unreadable.json');
}

function download(text: string, name: string): void {
  saveFile(new Blob([text], { type: 'application/json' }), name);
}

/** Joins a backup with what is here; refused with the reason when it cannot be read. */
export function restoreProgress(text: string): { problem: string; remedy: string } | undefined {
  const read = importProgress(text);
  if ('problem' in read) return read;
  if (stateNow().kind === 'unreadable') setState({ kind: 'saved' });
  const fresh = Object.keys(progressNow().items).length === 0 && Object.keys(progressNow().answers).length === 0;
  change(fresh ? { ...read.progress, epoch: Math.max(read.progress.epoch, progressNow().epoch) } : mergeProgress({ ...read.progress, epoch: progressNow().epoch }, progressNow()));
  save();
  return undefined;
}

/** Gives up the stored record that cannot be read. */
export function replaceUnreadable(): void {
  setState({ kind: 'saved' });
  save();
}

export function useProgress(): Progress {
  return store((each) => each.progress);
}

/** The record as it is now, for what is no component. */
export function progressNow(): Progress {
  return store.getState().progress;
}

export function useStoreState(): StoreState {
  return store((each) => each.state);
}
