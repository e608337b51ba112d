// Removes all that the site put on this phone, first here, then at the server. Loaded where somebody asks for it.

import { unsubscribe } from './unsubscribe.js';
import { within } from './waiting.js';

/** @type {unknown} */
let failed;

/** Each part is tried, whatever became of the one before. Where storage is refused nothing was kept.
 * @param {() => unknown} act */
async function attempt(act) {
  try {
    await within(3000, Promise.resolve(act()));
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'SecurityError') failed = error;
  }
}

/** Rejects where something may still be there. */
export async function removeAll() {
  failed = null;
  await attempt(() => localStorage.clear());
  await attempt(() => sessionStorage.clear());
  await attempt(async () => {
    for (const registration of navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []) {
      await within(2000, unsubscribe(registration)).catch(() => {}); // it ends with the registration
      await registration.unregister();
    }
  });
  await attempt(async () => {
    if ('caches' in window) for (const name of await caches.keys()) await caches.delete(name);
  });
  // The server has the browser take away what no script can reach: the cookie, and copies in the browser's own cache.
  // Without a server the cookie ends by itself.
  await within(2000, fetch('/clear', { method: 'POST' })).catch(() => {});
  if (failed) throw failed;
}
