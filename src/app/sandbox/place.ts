/*
 * A place for each tab
 * --------------------
 * What is kept across visits has a record, and two tabs with one record would write over each other. So a tab takes a
 * place for as long as its page lives, by a lock: the first one the record itself, the next one a second record, which
 * is there again whenever two are open. After a reload a tab has its own place again.
 */
import { notify } from '../../ui/index.ts';
import { keepInTab, readFromTab } from '../tab-storage.ts';

const MOST = 20;
/** A page that is loaded again comes sooner than the one before it has let go of its place. */
const LET_GO_MS = 2000;
const taken = new Map<string, Promise<string>>();

/** The record of this tab for what is kept under `name`. */
export function placeOf(name: string): Promise<string> {
  const known = taken.get(name) ?? take(name);
  taken.set(name, known);
  return known;
}

async function take(name: string): Promise<string> {
  // Absent where the page does not come by a secure way: then all tabs have the one.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined) return name;
  const own = readFromTab(`place:${name}`);
  const places = Array.from({ length: MOST }, (_, i) => (i === 0 ? name : `${name}~${i + 1}`));
  if (own !== undefined && (await isMine(locks, own, { signal: AbortSignal.timeout(LET_GO_MS) }))) return own;
  for (const place of places) {
    if (place === own || !(await isMine(locks, place, { ifAvailable: true }))) continue;
    keepInTab(`place:${name}`, place);
    if (place !== name) notify({ id: 'place', text: 'Another tab has this open, so this one keeps its own: what you do here is here again whenever two are open.', passesAfterMs: 15_000 });
    return place;
  }
  return name;
}

/** Tries to take the place until the page ends: what is available now, or becomes so before the signal. */
function isMine(locks: LockManager, place: string, how: LockOptions): Promise<boolean> {
  return new Promise((resolve) => {
    locks.request(`keyspace ${place}`, how, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    }).catch(() => resolve(false));
  });
}
