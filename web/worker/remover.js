/// <reference lib="webworker" />
// Stands at /sw.js when the kill switch is on (docs/security.md): takes all that the site saved off the phone, and
// itself. It answers nothing, so every page comes from the server; a page that is open stays as it is.

const remover = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

async function remove() {
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  await remover.registration.unregister();
  // Each page looks what is saved now, as after the worker's own word.
  for (const client of await remover.clients.matchAll({ includeUncontrolled: true })) client.postMessage(false);
}

remover.addEventListener('install', () => remover.skipWaiting());
remover.addEventListener('activate', (event) => event.waitUntil(remove()));
