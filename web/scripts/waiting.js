// Waiting with an end, and one at a time. The build puts this into the scripts that import it, and into the worker.

/** What a promise comes to; rejects once `limit` milliseconds have passed: a phone's storage or service may never answer.
 * @template T @param {number} limit @param {PromiseLike<T>} promise @returns {Promise<T>} */
export const within = (limit, promise) =>
  Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(Error('too late')), limit))]);

/** Runs `act` while no page and no worker of the site runs another of that name. Browsers without Web Locks just run it.
 * @template T @param {string} name @param {() => Promise<T>} act @returns {Promise<T>} */
export const alone = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());
