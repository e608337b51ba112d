// Removes all that the site put on this phone, then at the server. Loaded only where the user asks for it.

import { unsubscribe } from './shared/unsubscribe.js';
import { within } from './shared/waiting.js';

/** Removes everything it can, whatever fails on the way. Rejects where something may still be there. */
export async function removeAll() {
  /** @type {unknown} */
  let failure = null;

  /** @param {() => unknown} act */
  const attempt = async (act) => {
    try {
      await within(3000, Promise.resolve(act()));
    } catch (error) {
      // Where storage is refused, nothing was stored.
      if (!(error instanceof Error && error.name === 'SecurityError')) failure = error;
    }
  };

  await attempt(() => localStorage.clear());
  await attempt(() => sessionStorage.clear());
  await attempt(async () => {
    for (const registration of navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []) {
      await within(2000, unsubscribe(registration)).catch(() => {}); // a subscription ends with its registration
      await registration.unregister();
    }
  });
  await attempt(async () => {
    if ('caches' in window) for (const name of await caches.keys()) await caches.delete(name);
  });
  // The server has the browser remove what no script can reach: the cookie, and copies in the browser's own cache.
  // Without a server the cookie expires by itself.
  await within(2000, fetch('/clear', { method: 'POST' })).catch(() => {});
  if (failure) throw failure;
}
