// Signed corrections of phone numbers: fetches, verifies and stores them. Inlined at build time to avoid a request.

import { alone } from './alone.js';
import { within } from './waiting.js';

const correctionsUrl = '/corrections.json';
/** Without the prefix `pages-`, so that activating a release doesn't delete it. */
const correctionsCache = 'corrections';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The state of a number: corrected (`href` and `shown`), unchanged but with a note (`stays`), or else withdrawn.
 * `from`: the first day it applies. `instead`: the id, name, href and digits of another number to call.
 * @typedef {{href?: string, shown?: string, stays?: true, note: string, from?: string, instead?: string[]}} NumberState */
/** @typedef {{text: string, from?: string, until: string, area?: string}} Banner */
/** @typedef {{seq: number, numbers: Record<string, NumberState>, banner?: Banner}} Corrections */
/** `text`: as signed. `checked`: when the server last confirmed it, in milliseconds since 1970.
 * @typedef {Corrections & {text: string, checked: number}} CheckedCorrections */

/** @param {string} base64 */
const decode = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Returns the corrections if one of our keys signed them; rejects otherwise. The signature covers every byte before
 * it. `seq` 0 means that there are no corrections, and needs no signature.
 * @param {string} text @returns {Promise<Corrections>} */
async function verify(text) {
  const [body, signature] = text.split(/,"signature":"|"}\s*$/);
  if (!signature && JSON.parse(text).seq === 0) return { seq: 0, numbers: {} };
  for (const publicKey of __CORRECTION_KEYS__) {
    const key = await crypto.subtle.importKey('raw', decode(publicKey), algorithm, false, ['verify']);
    if (await crypto.subtle.verify(algorithm, key, decode(signature), new TextEncoder().encode(body)))
      return JSON.parse(body + '}');
  }
  throw Error(correctionsUrl);
}

/** @param {Response | undefined} response @returns {Promise<CheckedCorrections>} */
async function readCorrections(response) {
  if (!response) throw Error(correctionsUrl);
  const text = await response.text();
  return Object.assign({ text, checked: Number(response.headers.get('checked')) }, await verify(text));
}

/** Returns the stored corrections; rejects if there are none. Verifies them again: their key may have been revoked. */
export const storedCorrections = async () =>
  readCorrections(await caches.match(correctionsUrl, { cacheName: correctionsCache }));

/** Like `storedCorrections`, but rejects if storage takes more than half a second. */
export const storedCorrectionsSoon = () => within(500, storedCorrections());

/** Fetches the corrections, stores them unless the stored ones are newer, and returns the newer of the two. Rejects
 * without a valid response within two seconds. Stores under a lock: an older response mustn't overwrite a newer one. */
export async function refreshCorrections() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 2000);
  let newest = await readCorrections(await fetch(correctionsUrl, { cache: 'no-store', signal: controller.signal }));
  newest.checked = Date.now();
  const store = alone(correctionsCache, async () => {
    const stored = await storedCorrectionsSoon().catch(() => newest);
    if (stored.seq >= newest.seq) newest = Object.assign(stored, { checked: newest.checked });
    // Only save/corrections.js creates this cache, when a page opens, so data the user removed isn't recreated.
    if (await caches.has(correctionsCache)) {
      const response = new Response(newest.text, { headers: { checked: `${newest.checked}` } });
      await (await caches.open(correctionsCache)).put(correctionsUrl, response);
    }
  });
  await within(1000, store).catch(() => {}); // they are valid even if they can't be stored
  return newest;
}

/** Returns today's date in London, as 2026-11-28: dates in the content are London's, wherever the phone is. */
export const today = () =>
  new Date().toLocaleDateString('en-GB', { timeZone: 'Europe/London' }).split('/').reverse().join('-');

/** Returns the state of a number if a correction of it applies today.
 * @param {Corrections} corrections @param {string} id @returns {NumberState | undefined} */
export function current(corrections, id) {
  const state = corrections.numbers[id];
  return state && (state.from || '') <= today() ? state : undefined;
}
