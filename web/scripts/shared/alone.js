// One task at a time, in all pages and the worker together.

/** Runs `act` while no page and no worker of the site runs another of that name. Browsers without Web Locks just run it.
 * @template T @param {string} name @param {() => Promise<T>} act @returns {Promise<T>} */
export const alone = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());
