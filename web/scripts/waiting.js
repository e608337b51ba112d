// Waiting with an end. The build puts this into the scripts that import it, and into the worker.

/** What a promise comes to; rejects once `limit` milliseconds have passed: a phone's storage or service may never answer.
 * @template T @param {number} limit @param {PromiseLike<T>} promise @returns {Promise<T>} */
export const within = (limit, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(Error('too late')), limit))]);
