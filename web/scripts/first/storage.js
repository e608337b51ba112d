// Reads and writes localStorage and sessionStorage; does nothing where they are switched off.

import { attempt } from '../shared/attempt.js';

/** @typedef {'localStorage' | 'sessionStorage'} Area */

/** @param {Area} area @param {string} key */
export const readItem = (area, key) => attempt(() => window[area].getItem(key));

/** @param {Area} area @param {string} key @param {string} value */
export const writeItem = (area, key, value) => attempt(() => window[area].setItem(key, value));

/** @param {Area} area @param {string} key */
export const removeItem = (area, key) => attempt(() => window[area].removeItem(key));

/** Returns the value that sessionStorage has as JSON, or undefined if there is none or it isn't valid.
 * @param {string} key */
export const readJson = (key) => attempt(() => JSON.parse(readItem('sessionStorage', key) || ''));
