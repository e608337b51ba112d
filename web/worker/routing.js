// Chooses the response to a request: from storage, from the network, or made by the worker itself.

import { current, refreshCorrections, storedCorrectionsSoon } from '../scripts/shared/signed.js';
import { within } from '../scripts/shared/waiting.js';
import { findCached, htmlType, makeResponse, pagesCache } from './cache.js';
import { hasLeft, removeExitMarker, setExitMarker } from './exit.js';
import { save } from './packs.js';
import { closeNotifications, keepSubscribed } from './push.js';
import { isRecent, navigationLimit, storageLimit } from './times.js';

const neutralTitle = __NEUTRAL_TITLE__;

/** Asks the server, which for /leave and /start also sets or clears its cookie. Resolves to nothing if it doesn't
 * respond within 0.8 seconds. @param {string} path @returns {Promise<Response | void>} */
const askServer = (path) => within(800, fetch(path, { redirect: 'manual' })).catch(() => {});

/** Returns the page for when neither storage nor the network responds, with the corrections applied to its numbers.
 * @param {import('../scripts/shared/signed.js').Corrections | void} corrections */
const emergency = (corrections) =>
  __EMERGENCY__
    .map((part) => {
      if (typeof part === 'string') return part;
      const { id, name } = part;
      const state = corrections && current(corrections, id);
      const { href, shown } = state && !state.stays ? state : part;
      const link = href ? ` href="${href}"` : '';
      const words = name ? `${name} <b>${shown || part.shown}</b>` : shown || part.shown;
      return `<a${link} data-number="${id}">${words}</a>${href ? '' : ' (not in use)'}`;
    })
    .join('');

/** Returns the server's response or the stored one, whichever comes first. If neither does within `limit` milliseconds,
 * returns a page built into the worker.
 * @param {FetchEvent} event @param {string} path @param {number} limit @param {Promise<Response | void>} stored */
function fromNetwork(event, path, limit, stored) {
  const corrections = within(limit + 50, storedCorrectionsSoon()).catch(() => {});
  const network = fetch(event.request);
  const storedOrNetwork = stored.then((found) => found || network);
  return within(limit, Promise.race([network.catch(() => storedOrNetwork), storedOrNetwork])).catch(async () => {
    if (/^\/(neutral|leave)/.test(path)) {
      const body = `<!doctype html><title>${neutralTitle}</title><h1>${neutralTitle}</h1><a href="/start">Start page</a>`;
      return makeResponse(body, htmlType, '/neutral');
    }
    event.waitUntil(refreshCorrections().catch(() => {})); // the emergency page has no script to do it
    return makeResponse(emergency(await corrections), htmlType, path, 503);
  });
}

/** Returns the saved response for a path, if there is one; in the exit state a redirect to /neutral.
 * @param {FetchEvent} event @param {string} path */
async function fromStorage(event, path) {
  if (path !== '/neutral' && (await hasLeft())) return Response.redirect('/neutral', 303);
  if (await findCached('/ready', pagesCache)) return findCached(path, pagesCache);
  event.waitUntil(save().catch(() => {})); // the cache was evicted; refill it in the background
}

/** When the worker last redirected. The user waits for both navigations, so the time limit runs from the first. */
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
    // The user may have come from an alert about something newer than the saved page.
    path === '/news' ? askServer(path) : undefined,
  ]);
  // A page without our policy comes from somebody else, such as the login page of a public network.
  const isFresh = fresh && fresh.ok && fresh.headers.has('Content-Security-Policy');
  if (saved && !(isFresh && saved.ok)) return saved;
  return isFresh ? fresh : fromNetwork(event, path, began + navigationLimit - Date.now(), stored);
}

/** Returns the saved file, or else the server's. @param {Request} request @param {string} path */
const answerAsset = (request, path) =>
  within(storageLimit, caches.match(path)).catch(() => {}).then((found) => found || fetch(request));

/** Returns the server's response without its `no-store`, which would keep the page out of Chromium's bfcache.
 * @param {Request} request */
const answerCorrections = (request) =>
  fetch(request)
    .then(async (response) => new Response(await response.text(), { status: response.status }))
    .catch(() => new Response('', { status: 503 }));

/** Answers a request of this site. @param {FetchEvent} event */
export function route(event) {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || request.headers.has('range')) return;
  // Ignore queries and trailing slashes that others add to links: no page needs them.
  const path = url.pathname.replace(/(.)\/+$/, '$1');
  // A speculative load, not opened by the user: leave it to the server, which refuses it.
  if (/^\/(leave|start)/.test(path) && request.headers.has('sec-purpose')) return;
  if (request.mode === 'navigate')
    event.respondWith(
      answerNavigation(event, path).catch(() => fromNetwork(event, path, navigationLimit, Promise.resolve())),
    );
  else if (path.startsWith('/assets/')) event.respondWith(answerAsset(request, path));
  else if (path === '/corrections.json') event.respondWith(answerCorrections(request));
}
