// Served as /sw.js when the kill switch is on (docs/security.md): deletes every cache of the site, then unregisters
// itself. It has no fetch handler, so pages come from the server; a page that is already open stays as it is.

import { scope } from './scope.js';

async function remove() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  await scope.registration.unregister();
  // Open pages then update their "saved" line.
  for (const client of await scope.clients.matchAll({ includeUncontrolled: true })) client.postMessage(false);
}

scope.addEventListener('install', () => scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(remove()));
