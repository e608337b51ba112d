// Which release is saved on this phone.

import { within } from './waiting.js';

/** @returns {Promise<{name: string, release: string, built: string} | null>} */
async function findNewest() {
  for (const name of (await caches.keys()).reverse()) { // newest first: keys() lists caches in order of creation
    const ready = name.startsWith('pages-') && (await caches.match('/ready', { cacheName: name }));
    if (ready) return Object.assign({ name }, await ready.json());
  }
  return null;
}

/** Returns the newest release that is completely saved, or null. */
export const newestSaved = () => within(2000, findNewest());

/** Formats a date as 28 November 2026. @param {string | number} date */
export const inWords = (date) =>
  new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
