// Which answer a request gets: from the storage, from the network, or from the worker itself.

import { refreshCorrections, storedCorrectionsSoon } from '../scripts/shared/signed.js';
import { within } from '../scripts/shared/waiting.js';
import { findCached, htmlType, makeResponse, pagesCache } from './cache.js';
import { emergency } from './emergency.js';
import { hasLeft, removeExitMarker, setExitMarker } from './exit.js';
import { save } from './packs.js';
import { closeNotifications, keepSubscribed } from './push.js';
import { isRecent, navigationLimit, storageLimit } from './times.js';

const neutralTitle = __NEUTRAL_TITLE__;

/** Asks the server, which then sets or ends its cookie too; resolves to nothing where it doesn't answer soon.
 * @param {string} path @returns {Promise<Response | void>} */
const askServer = (path) => within(800, fetch(path, { redirect: 'manual' })).catch(() => {});

/** The server's answer; else what the storage has after all; else a page that the worker has in itself.
 * @param {FetchEvent} event @param {string} path @param {number} limit @param {Promise<Response | void>} stored */
function fromNetwork(event, path, limit, stored) {
  const corrections = within(limit + 50, storedCorrectionsSoon()).catch(() => {});
  const network = fetch(event.request);
  const late = stored.then((found) => found || network);
  return within(limit, Promise.race([network.catch(() => late), late])).catch(async () => {
    if (/^\/(neutral|leave)/.test(path)) {
      const body = `<!doctype html><title>${neutralTitle}</title><h1>${neutralTitle}</h1><a href="/start">Start page</a>`;
      return makeResponse(body, htmlType, '/neutral');
    }
    event.waitUntil(refreshCorrections().catch(() => {})); // this page has no script that does
    return makeResponse(emergency(await corrections), htmlType, path, 503);
  });
}

/** What is saved for a path, or nothing. @param {FetchEvent} event @param {string} path */
async function fromStorage(event, path) {
  if (path !== '/neutral' && (await hasLeft())) return Response.redirect('/neutral', 303);
  if (await findCached('/ready', pagesCache)) return findCached(path, pagesCache);
  event.waitUntil(save().catch(() => {})); // the cache was evicted; refill it in the background
}

/** When the worker last redirected. The user waits for both navigations together, so the second counts from here. */
let redirected = 0;

/** @param {FetchEvent} event @param {string} path */
async function leave(event, path) {
  redirected = Date.now();
  event.waitUntil(askServer(path));
  await setExitMarker(redirected);
  return Response.redirect('/neutral', 303);
}

/** @param {string} path */
async function start(path) {
  redirected = Date.now();
  await Promise.all([removeExitMarker(), askServer(path)]);
  return Response.redirect('/', 303);
}

/** @param {FetchEvent} event @param {string} path @returns {Promise<Response>} */
async function answerNavigation(event, path) {
  if (path.startsWith('/leave')) return leave(event, path);
  if (path === '/start') return start(path);
  const now = Date.now();
  const began = isRecent(redirected, 1200) ? redirected : now;
  event.waitUntil(path === '/neutral' ? closeNotifications().catch(() => {}) : keepSubscribed());
  const stored = fromStorage(event, path).catch(() => {});
  const [saved, fresh] = await Promise.all([
    within(storageLimit, stored).catch(() => {}),
    // Whoever opens the news was alerted to something new; what is saved may be older.
    path === '/news' ? askServer(path) : undefined,
  ]);
  // The login page of a public network has no policy of ours.
  const isFresh = fresh && fresh.ok && fresh.headers.has('Content-Security-Policy');
  if (saved && !(isFresh && saved.ok)) return saved;
  return isFresh ? fresh : fromNetwork(event, path, began + navigationLimit - Date.now(), stored);
}

/** A saved file of the site, or the server's. @param {Request} request @param {string} path */
const answerAsset = (request, path) =>
  within(storageLimit, caches.match(path)).catch(() => {}).then((found) => found || fetch(request));

/** The server's answer without its no-store: otherwise Chromium would not keep the page for Back (bfcache).
 * @param {Request} request */
const answerCorrections = (request) =>
  fetch(request)
    .then(async (answer) => new Response(await answer.text(), { status: answer.status }))
    .catch(() => new Response('', { status: 503 }));

/** Answers a request of this site. @param {FetchEvent} event */
export function route(event) {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || request.headers.has('range')) return;
  // No page has a query, and each has one address: what others add to a link is ignored.
  const path = url.pathname.replace(/(.)\/+$/, '$1');
  // The server refuses what a browser loads ahead: nobody has opened it.
  if (/^\/(leave|start)/.test(path) && request.headers.has('sec-purpose')) return;
  if (request.mode === 'navigate')
    event.respondWith(
      answerNavigation(event, path).catch(() => fromNetwork(event, path, navigationLimit, Promise.resolve())),
    );
  else if (path.startsWith('/assets/')) event.respondWith(answerAsset(request, path));
  else if (path === '/corrections.json') event.respondWith(answerCorrections(request));
}
