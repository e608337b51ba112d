// Saves one whole release, or nothing: the pages come in packs, each verified by its hash.

import { within } from '../scripts/shared/waiting.js';
import { findCached, makeResponse, pagesCache, release } from './cache.js';
import { scope } from './scope.js';
import { storageLimit } from './times.js';

const packs = __PACKS__;

/** @typedef {{type: string, body: string, base64?: boolean}} Entry */
/** @typedef {{shared: Record<string, string>, entries: Record<string, Entry>}} Pack */

/** Fetches a pack. Rejects if it isn't the one this worker was built with.
 * @param {{url: string, sha256: string}} pack @returns {Promise<Pack>} */
async function fetchPack({ url, sha256 }) {
  const answer = await fetch(url, { cache: 'no-store' });
  if (!answer.ok || !/^application\/json/.test(answer.headers.get('Content-Type') || '')) throw Error(url);
  const bytes = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== sha256) throw Error(url);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Returns the body of an entry, with the script and the style that all pages share.
 * @param {Entry} entry @param {Record<string, string>} shared */
const unpack = ({ body, base64 }, shared) =>
  base64
    ? Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
    : body
        .replace('<script></script>', () => `<script>${shared.first}</script>`)
        .replace('<style></style>', () => `<style>${shared.style}</style>`);

/** Has each page show again what is saved. @param {boolean} isFull whether there was no room for it */
async function notifyPages(isFull) {
  const clients = within(storageLimit, scope.clients.matchAll({ includeUncontrolled: true })).catch(() => []);
  for (const client of await clients) client.postMessage(isFull);
}

/** Saves the release; `/ready` comes last, and a cache without it is never served. */
async function saveAll() {
  if (await findCached('/ready', pagesCache)) return;
  try {
    const cache = await caches.open(pagesCache);
    // Tries for room before anything is fetched: otherwise a full phone would fetch it all again at each page.
    await cache.put('/room', new Response(new ArrayBuffer(__ROOM__)));
    await cache.delete('/room');
    for (const pack of packs) {
      const { shared, entries } = await fetchPack(pack);
      await Promise.all(
        Object.keys(entries).map((path) =>
          cache.put(path, makeResponse(unpack(entries[path], shared), entries[path].type, path)),
        ),
      );
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
/** Saves the release unless it is saved. One try at a time: one that fails deletes the cache, and must not delete what
 * another is writing. */
export const save = () => (saving = saving || within(120000, saveAll()).finally(() => (saving = null)));

/** Saves the release anew, even one that was saved before: the caches must stand in the order of the releases. */
export const saveAnew = () => caches.delete(pagesCache).then(save);

/** Deletes older releases, but keeps the newest whole one while a page of it may be open. A newer release may be
 * saving at this moment: its cache comes after ours, and stays. */
export async function deleteOldReleases() {
  const all = await caches.keys();
  const older = all.slice(0, all.indexOf(pagesCache) + 1).filter((name) => name.startsWith('pages-') && name !== pagesCache);
  const open = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  let before = '';
  for (const name of older) if (open.length && (await findCached('/ready', name))) before = name;
  await Promise.all(older.map((name) => name !== before && caches.delete(name)));
}
