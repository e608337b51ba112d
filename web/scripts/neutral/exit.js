// The exit marker on /neutral, for pages (localStorage) and for the worker (Cache Storage).

import { attempt } from '../shared/attempt.js';

const markerLasts = __MARK_SECONDS__ * 1000;

/** Sets the exit marker; one that hasn't expired keeps its time. */
export const setExitMarker = () => {
  let left = Number(attempt(() => localStorage.getItem('left')));
  if (!(Math.abs(Date.now() - left) < markerLasts)) left = Date.now();
  attempt(() => localStorage.setItem('left', String(left)));
  /** @param {Cache} cache */
  const put = (cache) => cache.put('/left', new Response(String(left)));
  return attempt(() => caches.open('left').then(put).catch(() => {}));
};

/** Removes the exit marker. Waits for `set`, which could set it again afterwards.
 * @param {Promise<unknown> | undefined} set */
export const removeExitMarker = async (set) => {
  attempt(() => localStorage.removeItem('left'));
  await set;
  await caches.delete('left');
};
