// What the browser stores for this site, where it stores anything.

import { attempt } from '../shared/attempt.js';

/** @typedef {'localStorage' | 'sessionStorage'} Area */

/** @param {Area} area @param {string} key */
export const readItem = (area, key) => attempt(() => window[area].getItem(key));

/** @param {Area} area @param {string} key @param {string} value */
export const writeItem = (area, key, value) => attempt(() => window[area].setItem(key, value));

/** @param {Area} area @param {string} key */
export const removeItem = (area, key) => attempt(() => window[area].removeItem(key));

/** Returns what is stored as JSON in this tab, or undefined: it may be damaged, or somebody else's. @param {string} key */
export const readJson = (key) => attempt(() => JSON.parse(readItem('sessionStorage', key) || ''));
