// Which release is saved on this phone.

import { within } from './waiting.js';

/** Returns the newest release that is completely saved, or null.
 * @returns {Promise<{name: string, release: string, built: string} | null>} */
export const newestSaved = () => within(2000, findNewest());

/** @returns {ReturnType<typeof newestSaved>} */
async function findNewest() {
  for (const name of (await caches.keys()).reverse()) { // newest first: keys() lists caches in order of creation
    const ready = name.startsWith('pages-') && (await caches.match('/ready', { cacheName: name }));
    if (ready) return Object.assign({ name }, await ready.json());
  }
  return null;
}

/** Formats a date as 28 November 2026. @param {string | number} date */
export const inWords = (date) =>
  new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
