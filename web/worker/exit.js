// The exit state as the worker stores it: an exit marker in Cache Storage, with the time of leaving.

import { within } from '../scripts/shared/waiting.js';
import { findCached } from './cache.js';
import { isRecent, storageLimit } from './times.js';

const exitCache = 'left';

/** Whether the user has left. Removes an exit marker that has expired. */
export async function hasLeft() {
  const marker = await findCached('/left', exitCache);
  if (!marker) return false;
  if (isRecent(Number(await marker.text()), __MARK_SECONDS__ * 1000)) return true;
  caches.delete(exitCache).catch(() => {});
  return false;
}

/** Sets the exit marker. If it can't be stored, as on a full phone, leaving continues all the same.
 * @param {number} time */
export const setExitMarker = (time) => {
  const stored = caches.open(exitCache).then((cache) => cache.put('/left', new Response(String(time))));
  return within(storageLimit, stored).catch(() => {});
};

/** Removes the exit marker. */
export const removeExitMarker = () => within(storageLimit, caches.delete(exitCache)).catch(() => {});
