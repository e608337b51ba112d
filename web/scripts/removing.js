// Removes everything the site put on this phone, then asks the server to clear the rest. Loaded only when needed.

import { unsubscribe } from './shared/unsubscribe.js';
import { within } from './shared/waiting.js';

/** Removes everything it can, continuing after failures. Rejects if something may be left. */
export async function removeAll() {
  /** @type {unknown} */
  let failure = null;

  /** @param {() => unknown} act */
  const attempt = async (act) => {
    try {
      await within(3000, Promise.resolve(act()));
    } catch (error) {
      // A SecurityError means that storage is switched off, so nothing was stored.
      if (!(error instanceof Error && error.name === 'SecurityError')) failure = error;
    }
  };

  await attempt(() => localStorage.clear());
  await attempt(() => sessionStorage.clear());
  await attempt(async () => {
    for (const registration of navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []) {
      await within(2000, unsubscribe(registration)).catch(() => {}); // unregistering ends the subscription anyway
      await registration.unregister();
    }
  });
  await attempt(async () => {
    if ('caches' in window) for (const name of await caches.keys()) await caches.delete(name);
  });
  // The response makes the browser clear what scripts can't reach: the cookie and the HTTP cache. Without a response
  // the cookie expires by itself.
  await within(2000, fetch('/clear', { method: 'POST' })).catch(() => {});
  if (failure) throw failure;
}
