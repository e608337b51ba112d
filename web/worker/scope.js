/// <reference lib="webworker" />
// The worker's own global object; the type checker knows it only as that of any worker.

export const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
