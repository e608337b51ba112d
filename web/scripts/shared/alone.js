// Locks shared by all pages and the worker.

/** Runs `act` while holding the lock `name`. Browsers without Web Locks run it without a lock.
 * @template T @param {string} name @param {() => Promise<T>} act @returns {Promise<T>} */
export const alone = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());
