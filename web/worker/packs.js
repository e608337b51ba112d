// Saves a whole release or nothing. Pages come in packs, each verified by its hash.

import { within } from '../scripts/shared/waiting.js';
import { findCached, makeResponse, pagesCache, release } from './cache.js';
import { scope } from './scope.js';
import { storageLimit } from './times.js';

/** @typedef {{type: string, body: string, base64?: boolean}} Entry */
/** @typedef {{shared: Record<string, string>, entries: Record<string, Entry>}} Pack */

/** Fetches a pack. Rejects if it isn't the one this worker was built with.
 * @param {{url: string, sha256: string}} pack @returns {Promise<Pack>} */
async function fetchPack({ url, sha256 }) {
  const response = await fetch(url, { cache: 'no-store' });
  if (!response.ok || !/^application\/json/.test(response.headers.get('Content-Type') || '')) throw Error(url);
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== sha256) throw Error(url);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Returns the body of an entry, and puts back the script and the style that all pages share: a pack holds them once.
 * @param {Entry} entry @param {Record<string, string>} shared */
const unpack = ({ body, base64 }, shared) =>
  base64
    ? Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
    : body
        .replace('<script></script>', () => `<script>${shared.first}</script>`)
        .replace('<style></style>', () => `<style>${shared.style}</style>`);

/** Tells every open page to update its "saved" line. @param {boolean} isFull whether the storage was full */
async function notifyPages(isFull) {
  const clients = within(storageLimit, scope.clients.matchAll({ includeUncontrolled: true })).catch(() => []);
  for (const client of await clients) client.postMessage(isFull);
}

/** Saves the release. `/ready` is written last; a cache without it is incomplete and never served. */
async function saveAll() {
  if (await findCached('/ready', pagesCache)) return;
  try {
    const cache = await caches.open(pagesCache);
    // Check for space before fetching anything: otherwise a full phone would download everything again on every page.
    await cache.put('/room', new Response(new ArrayBuffer(__ROOM__)));
    await cache.delete('/room');
    for (const pack of __PACKS__) {
      const { shared, entries } = await fetchPack(pack);
      const put = Object.entries(entries).map(([path, entry]) =>
        cache.put(path, makeResponse(unpack(entry, shared), entry.type, path)),
      );
      await Promise.all(put);
    }
    await cache.put('/ready', new Response(JSON.stringify({ release, built: __BUILT__ })));
    await notifyPages(false);
  } catch (error) {
    await caches.delete(pagesCache);
    await notifyPages(error instanceof Error && error.name === 'QuotaExceededError');
    throw error;
  }
}

/** @type {Promise<void> | null} */
let saving = null;
/** Saves the release unless it is already saved. One attempt at a time: a failed one deletes the cache, and must not
 * delete what another is writing. */
export const save = () => (saving = saving || within(120000, saveAll()).finally(() => (saving = null)));

/** Saves the release again even if it is already saved, because `caches.keys()` must list the newest install last. */
export const saveAnew = () => caches.delete(pagesCache).then(save);

/** Deletes older releases, but keeps the newest complete one while any page is open: the page may belong to it. Caches
 * listed after ours stay: a newer release may be saving right now. */
export async function deleteOldReleases() {
  const names = await caches.keys();
  const older = names.slice(0, names.indexOf(pagesCache) + 1).filter((name) => name.startsWith('pages-') && name !== pagesCache);
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  let previous = '';
  for (const name of older) if (windows.length && (await findCached('/ready', name))) previous = name;
  await Promise.all(older.map((name) => name !== previous && caches.delete(name)));
}
