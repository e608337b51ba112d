// Uses localStorage and sessionStorage. They can be switched off: any access then throws, and leaving must still work.

/** Returns what `act` returns, or undefined if it throws. @template T @param {() => T} act */
export const attempt = (act) => {
  try {
    return act();
  } catch (e) {}
};

/** @typedef {'localStorage' | 'sessionStorage'} Area */

/** @param {Area} area @param {string} key */
export const readItem = (area, key) => attempt(() => window[area].getItem(key));

/** @param {Area} area @param {string} key @param {string} value */
export const writeItem = (area, key, value) => attempt(() => window[area].setItem(key, value));

/** @param {Area} area @param {string} key */
export const removeItem = (area, key) => attempt(() => window[area].removeItem(key));
