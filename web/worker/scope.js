/// <reference lib="webworker" />
// The service worker's global object. TypeScript knows `self` only as the global object of any worker.

export const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
