// Waits with a limit: a phone's storage or push service may never respond.

/** Resolves or rejects as `promise` does; rejects after `limit` milliseconds.
 * @template T @param {number} limit @param {PromiseLike<T>} promise @returns {Promise<T>} */
export const within = (limit, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(Error('too late')), limit))]);
