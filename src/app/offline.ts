/*
 * Working without the network
 * ---------------------------
 * A service worker stores the whole product after the first visit. A newer release waits until the learner
 * takes it, because taking it loads the page again. Nothing here is needed for the page to work.
 */
import { registerSW } from 'virtual:pwa-register';
import { notify, remember, remembered } from '../ui/index.ts';

/** How often a tab that stays open looks for a newer release, milliseconds. */
const LOOK_EVERY_MS = 60 * 60 * 1000;

export function startOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  const update = registerSW({
    onNeedRefresh: () => notify({ id: 'update', icon: 'download', text: 'A newer version is ready. Your progress stays; terminals begin anew.', actions: [{ label: 'Load it now', onSelect: () => void update(true) }] }),
    onOfflineReady: () => {
      document.documentElement.dataset['offline'] = 'ready';
      if (remembered('offline.told') === 'yes') return;
      remember('offline.told', 'yes');
      notify({ id: 'offline', kind: 'good', text: 'Everything is stored. From now on Keyspace works without the network.', passesAfterMs: 6000 });
    },
    onRegisteredSW: (_address, registration) => {
      if (registration?.active !== null && registration?.active !== undefined) document.documentElement.dataset['offline'] = 'ready';
      if (registration !== undefined) setInterval(() => { if (navigator.onLine) void registration.update().catch(() => undefined); }, LOOK_EVERY_MS);
    },
  });
}
