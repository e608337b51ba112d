// Removes all that the site put on this phone, first here, then at the server. Loaded where somebody asks for it.

import { unsubscribe } from './unsubscribe.js';
import { within } from './waiting.js';

/** Each part is tried, whatever became of the one before. @param {() => unknown} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {}
}

export async function removeAll() {
  await attempt(() => localStorage.clear());
  await attempt(() => sessionStorage.clear());
  await attempt(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      await attempt(() => unsubscribe(registration));
      await registration.unregister();
    }
  });
  await attempt(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  // The server has the browser take away what no script can reach: the cookie, and copies in the browser's own cache.
  // Without a server the cookie ends by itself.
  await attempt(() => within(2000, fetch('/clear', { method: 'POST' })));
}
