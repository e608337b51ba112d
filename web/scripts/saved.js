// What is whole on this phone. The build puts this into save.js and ready.js.

import { within } from './waiting.js';

/** The newest release with its READY entry, or nothing. The caches stand in the order in which they were made.
 * @returns {Promise<{name: string, release: string, built: string} | null>} */
export const newestSaved = () => within(2000, findNewest());

/** @returns {ReturnType<typeof newestSaved>} */
async function findNewest() {
  for (const name of (await caches.keys()).reverse()) {
    const ready = name.startsWith('pages-') && (await caches.match('/ready', { cacheName: name }));
    if (ready) return Object.assign({ name }, await ready.json());
  }
  return null;
}

/** @param {string | number} when */
export const inWords = (when) =>
  new Date(when).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
