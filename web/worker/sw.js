/// <reference lib="webworker" />
// The service worker: saves one whole release, or nothing, and answers every page from it.

import { current, kept, renew } from '../scripts/signed.js';
import { asked, newestKey, show, subscribe } from '../scripts/subscribe.js';
import { within } from '../scripts/waiting.js';

const sw = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const release = __RELEASE__;
const packs = __PACKS__;
const headers = __HEADERS__;
const neutralPolicy = __NEUTRAL_POLICY__;
const finderPermissions = __FINDER_PERMISSIONS__;
const neutralTitle = __NEUTRAL_TITLE__;
const markLasts = __MARK_SECONDS__ * 1000;
const pages = 'pages-' + release;
const html = 'text/html; charset=utf-8';
/** Milliseconds. A phone's storage may never answer: every wait for it ends, so that no navigation takes two seconds. */
const headStart = 400;
const patience = 1600;

/** @param {string} path @param {string} cacheName */
const find = (path, cacheName) => caches.match(path, { cacheName });

/** A page from the worker is the page from the server: same policy, same headers.
 * @param {BodyInit} body @param {string} type @param {string} path */
const page = (body, type, path, status = 200) =>
  new Response(body, {
    status,
    headers: Object.assign({}, headers, { 'Content-Type': type }, path === '/neutral' && {
      'Content-Security-Policy': neutralPolicy,
    }, path === __FINDER__ && { 'Permissions-Policy': finderPermissions }, path.startsWith('/assets/') && { 'Cache-Control': 'max-age=31536000, immutable' }),
  });

/** Fetches a pack and proves it is the one this worker was made with.
 * @param {{url: string, sha256: string}} pack
 * @returns {Promise<{shared: Record<string, string>, entries: Record<string, {type: string, body: string, base64?: boolean}>}>} */
async function fetchPack(pack) {
  const answer = await fetch(pack.url, { cache: 'no-store' });
  if (!answer.ok || !/^application\/json/.test(answer.headers.get('Content-Type') || '')) throw Error(pack.url);
  const bytes = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== pack.sha256) throw Error(pack.url);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Has each page look what is saved now. @param {boolean} full whether there was no room for it */
async function tell(full) {
  const all = within(headStart, sw.clients.matchAll({ includeUncontrolled: true })).catch(() => []);
  for (const client of await all) client.postMessage(full);
}

/** Saves the release, READY last; a cache without it is never served. */
async function saveAll() {
  if (await find('/ready', pages)) return;
  try {
    const cache = await caches.open(pages);
    // Room is asked for before anything is fetched: a full phone doesn't fetch it all anew at each page.
    await cache.put('/room', new Response(new ArrayBuffer(__ROOM__)));
    await cache.delete('/room');
    for (const pack of packs) {
      const { shared, entries } = await fetchPack(pack);
      await Promise.all(
        Object.keys(entries).map((path) => {
          const { type, body, base64 } = entries[path];
          const data = base64
            ? Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
            : body
                .replace('<script></script>', () => `<script>${shared.first}</script>`)
                .replace('<style></style>', () => `<style>${shared.style}</style>`);
          return cache.put(path, page(data, type, path));
        }),
      );
    }
    await cache.put('/ready', new Response(JSON.stringify({ release, built: __BUILT__ })));
    await tell(false);
  } catch (error) {
    await caches.delete(pages);
    await tell(/** @type {Error} */ (error).name === 'QuotaExceededError');
    throw error;
  }
}

/** @type {Promise<void> | null} */
let saving = null;
/** One try at a time: one that fails takes away what it wrote, and must not take what another is writing. */
const save = () => (saving = saving || within(120000, saveAll()).finally(() => (saving = null)));

/** The release before stays while a page of it may be open; what else is there is orphaned, and goes. What was made
 * after ours is a later release's, which may be writing: it tidies up in its turn. */
async function tidy() {
  const all = await caches.keys();
  const names = all.slice(0, all.indexOf(pages) + 1).filter((name) => name.startsWith('pages-') && name !== pages);
  const open = await sw.clients.matchAll({ type: 'window', includeUncontrolled: true });
  let before = '';
  for (const name of names) if (open.length && (await find('/ready', name))) before = name;
  await Promise.all(names.map((name) => name !== before && caches.delete(name)));
}

async function hasLeft() {
  const left = await find('/left', 'left');
  if (!left) return false;
  if (recent(Number(await left.text()), markLasts)) return true;
  caches.delete('left').catch(() => {});
  return false;
}

/** The server's answer, or none after as long as a person would wait.
 * @param {string} path @param {RequestInit} [how] @returns {Promise<Response | void>} */
const ask = (path, how) => within(800, fetch(path, how)).catch(() => {});

/** Tells the server too, so that its cookie agrees.
 * @param {string} path */
const tellServer = (path) => ask(path, { redirect: 'manual' });

/** The emergency page; its numbers are as the newest corrections have them.
 * @param {import('../scripts/signed.js').Known | void} corrections */
const emergency = (corrections) =>
  __EMERGENCY__
    .map((part) => {
      if (typeof part === 'string') return part;
      const { id, name } = part;
      const now = corrections && current(corrections, id);
      const { href, shown } = now && !now.stays ? now : part;
      const link = href ? ` href="${href}"` : '';
      const words = name ? `${name} <b>${shown || part.shown}</b>` : shown || part.shown;
      return `<a${link} data-number="${id}">${words}</a>${href ? '' : ' (not in use)'}`;
    })
    .join('');

/** The server's answer, or what the storage has after all, or what the worker has in itself.
 * @param {FetchEvent} event @param {string} path @param {number} limit @param {Promise<Response | void>} stored */
function fromNetwork(event, path, limit, stored) {
  const known = within(limit + 50, kept()).catch(() => {});
  const network = fetch(event.request);
  const late = stored.then((found) => found || network);
  return within(limit, Promise.race([network.catch(() => late), late])).catch(async () => {
    if (/^\/(neutral|leave)/.test(path))
      return page(`<!doctype html><title>${neutralTitle}</title><h1>${neutralTitle}</h1><a href="/start">Start page</a>`,
          html, '/neutral');
    event.waitUntil(renew().catch(() => {})); // no script of this page does
    return page(emergency(await known), html, path, 503);
  });
}

/** What is saved for an address, or nothing. @param {FetchEvent} event @param {string} path */
async function fromStorage(event, path) {
  if (path !== '/neutral' && (await hasLeft())) return Response.redirect('/neutral', 303);
  if (await find('/ready', pages)) return find(path, pages);
  // Lost from under a living worker: mended behind the page that is asked for.
  event.waitUntil(save().catch(() => {}));
}

/** When a navigation began that goes on with the worker's own redirect: to a person the two are one wait. */
let redirected = 0;

/** @param {FetchEvent} event @param {string} path @returns {Promise<Response>} */
async function answer(event, path) {
  const now = Date.now();
  if (path.startsWith('/leave')) {
    redirected = now;
    event.waitUntil(tellServer(path));
    // On a full phone the mark can't be kept: leaving goes on all the same.
    const mark = caches.open('left').then((cache) => cache.put('/left', new Response(String(now))));
    await within(headStart, mark).catch(() => {});
    return Response.redirect('/neutral', 303);
  }
  if (path === '/start') {
    redirected = now;
    await Promise.all([within(headStart, caches.delete('left')).catch(() => {}), tellServer(path)]);
    return Response.redirect('/', 303);
  }
  const began = recent(redirected, 1200) ? redirected : now;
  if (path === '/neutral') event.waitUntil(takeDown().catch(() => {}));
  else event.waitUntil((asking = asking || within(9e4, askAgain()).catch(() => {}).finally(() => (asking = null))));
  const stored = fromStorage(event, path).catch(() => {});
  const [found, fresh] = await Promise.all([
    within(headStart, stored).catch(() => {}),
    // Whoever was told of something new wants it now; what is saved may be older.
    path === '/news' ? tellServer(path) : undefined,
  ]);
  const isFresh = fresh && fresh.ok && fresh.headers.has('Content-Security-Policy'); // no portal's page has ours
  if (found && !(isFresh && found.ok)) return found;
  return isFresh ? fresh : fromNetwork(event, path, began + patience - Date.now(), stored);
}

/** @param {number} [when] @param {number} [span] */
const recent = (when = 0, span = 0) => Math.abs(Date.now() - when) < span;

/** Once a day at most, and only where somebody asked to be told: phones don't say when they end it (iPhones never do).
 * A try that failed, or that the browser cut short, is made again after a quarter of an hour.
 * @param {boolean} [changed] */
async function askAgain(changed) {
  const before = await asked();
  if (before && (changed || !(recent(before.at, 864e5) || recent(before.tried, 9e5))))
    await subscribe(sw.registration, await newestKey());
}

/** @type {Promise<void> | null} */
let asking = null;

/** Who has left sees none of ours. */
async function takeDown() {
  for (const each of await sw.registration.getNotifications()) each.close();
}

/** A page of ours that is open goes on to the news. Who has left gets /neutral there, as for every page. */
async function openNews() {
  try {
    const [open] = await within(headStart, sw.clients.matchAll({ type: 'window' }));
    await Promise.all([open.focus(), open.navigate('/news')]);
  } catch (error) {
    await sw.clients.openWindow('/news');
  }
}

// First and always shown: a browser takes the right away from who shows nothing. Then the new release is looked for.
sw.addEventListener('push', (event) => event.waitUntil(show(sw.registration).then(() => sw.registration.update())));
sw.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openNews());
});
sw.addEventListener('pushsubscriptionchange', (event) =>
  /** @type {ExtendableEvent} */ (event).waitUntil(askAgain(true)),
);
// Saved anew where a release comes back: the caches' order is that of the releases.
sw.addEventListener('install', (event) =>
  event.waitUntil(caches.delete(pages).then(save).then(() => sw.skipWaiting())),
);
// Every navigation waits for the end of this.
sw.addEventListener('activate', (event) =>
  event.waitUntil(within(200, sw.clients.claim().then(tidy)).catch(() => {})),
);
sw.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || request.headers.has('range')) return;
  // No page has a query of its own, and each has one address: what others add to a link is passed over.
  const path = url.pathname.replace(/(.)\/+$/, '$1');
  // What a browser loads ahead, nobody has opened: the server refuses it.
  if (/^\/(leave|start)/.test(path) && request.headers.has('sec-purpose')) return;
  if (request.mode === 'navigate')
    event.respondWith(answer(event, path).catch(() => fromNetwork(event, path, patience, Promise.resolve())));
  else if (path.startsWith('/assets/'))
    event.respondWith(within(headStart, caches.match(path)).catch(() => {}).then((found) => found || fetch(request)));
  else if (path === '/corrections.json')
    // Without its no-store: Chromium keeps no page for Back (bfcache) that a script brought such an answer into.
    event.respondWith(
      fetch(request)
        .then(async (answer) => new Response(await answer.text(), { status: answer.status }))
        .catch(() => new Response('', { status: 503 })),
    );
});
