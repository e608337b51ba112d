/// <reference lib="webworker" />
// Stands at /sw.js when the kill switch is on (docs/security.md): takes all that the site saved off the phone, and
// itself. It answers nothing, so every page comes from the server; a page that is open stays as it is.

const remover = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

remover.addEventListener('install', () => remover.skipWaiting());
remover.addEventListener('activate', (event) =>
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.map((name) => caches.delete(name))))
      .then(() => remover.registration.unregister()),
  ),
);
