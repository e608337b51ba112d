// The service worker: saves a whole release or nothing, and serves every page from it.

import { within } from '../scripts/shared/waiting.js';
import { deleteOldReleases, saveAnew } from './packs.js';
import { openNews, receivePush, renewSubscription } from './push.js';
import { route } from './routing.js';
import { scope } from './scope.js';

scope.addEventListener('push', (event) => event.waitUntil(receivePush()));
scope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openNews());
});
scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewSubscription(true)));
scope.addEventListener('install', (event) => event.waitUntil(saveAnew().then(() => scope.skipWaiting())));
// Navigations wait until this has finished.
scope.addEventListener('activate', (event) =>
  event.waitUntil(within(200, scope.clients.claim().then(deleteOldReleases)).catch(() => {})),
);
scope.addEventListener('fetch', route);
