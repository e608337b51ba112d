// Served as /sw.js when the kill switch is on (docs/security.md): removes all that the site saved on the phone, and
// itself. It answers no request, so every page comes from the server; a page that is open stays as it is.

import { scope } from './scope.js';

async function remove() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  await scope.registration.unregister();
  // Each page then shows again what is saved.
  for (const client of await scope.clients.matchAll({ includeUncontrolled: true })) client.postMessage(false);
}

scope.addEventListener('install', () => scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(remove()));
