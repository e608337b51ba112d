// Signed corrections of numbers: fetched, verified, stored. Inlined at build time to avoid a request.

import { alone } from './alone.js';
import { within } from './waiting.js';

const publicKeys = __CORRECTION_KEYS__;
const correctionsUrl = '/corrections.json';
/** Not named as a release, so that no activation deletes it. */
const correctionsCache = 'corrections';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The state of a number: corrected (`href` and `shown`), unchanged but with a note (`stays`), or else withdrawn.
 * @typedef {{href?: string, shown?: string, stays?: true, note: string, from?: string, instead?: string[]}} NumberState */
/** @typedef {{text: string, from?: string, until: string, area?: string}} Banner */
/** @typedef {{seq: number, numbers: Record<string, NumberState>, banner?: Banner}} Corrections */
/** With the signed text, and when the server last confirmed it, in milliseconds since 1970.
 * @typedef {Corrections & {text: string, checked: number}} CheckedCorrections */

/** @param {string} base64 */
const decode = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Returns the corrections if one of our keys signed them: every byte before the signature. A site without corrections
 * signs nothing. Rejects otherwise.
 * @param {string} text @returns {Promise<Corrections>} */
async function verify(text) {
  const [body, signature] = text.split(/,"signature":"|"}\s*$/);
  if (!signature && JSON.parse(text).seq === 0) return { seq: 0, numbers: {} };
  for (const publicKey of publicKeys) {
    const key = await crypto.subtle.importKey('raw', decode(publicKey), algorithm, false, ['verify']);
    if (await crypto.subtle.verify(algorithm, key, decode(signature), new TextEncoder().encode(body)))
      return JSON.parse(body + '}');
  }
  throw Error(correctionsUrl);
}

/** @param {Response | undefined} answer @returns {Promise<CheckedCorrections>} */
async function readCorrections(answer) {
  if (!answer) throw Error(correctionsUrl);
  const text = await answer.text();
  return Object.assign({ text, checked: Number(answer.headers.get('checked')) }, await verify(text));
}

/** Returns the stored corrections, verified again: they end with their key. Rejects where there are none. */
export const storedCorrections = async () =>
  readCorrections(await caches.match(correctionsUrl, { cacheName: correctionsCache }));

/** The same, but rejects where the storage doesn't answer soon. */
export const storedCorrectionsSoon = () => within(500, storedCorrections());

/** Asks the server, for two seconds at most, stores the newer corrections and returns them. Rejects without a valid
 * answer. One at a time, or an older answer could overwrite a newer one. */
export async function refreshCorrections() {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), 2000);
  let newest = await readCorrections(await fetch(correctionsUrl, { cache: 'no-store', signal: limit.signal }));
  newest.checked = Date.now();
  const store = alone(correctionsCache, async () => {
    const stored = await storedCorrectionsSoon().catch(() => newest);
    if (stored.seq >= newest.seq) newest = Object.assign(stored, { checked: newest.checked });
    // Only a page creates this cache as it opens, so data the user removed isn't recreated.
    if (await caches.has(correctionsCache)) {
      const answer = new Response(newest.text, { headers: { checked: `${newest.checked}` } });
      await (await caches.open(correctionsCache)).put(correctionsUrl, answer);
    }
  });
  await within(1000, store).catch(() => {}); // the answer holds even where nothing can be stored
  return newest;
}

/** Today as 2026-11-28, in London: the content's days begin and end there, wherever the phone is. */
export const today = () =>
  new Date().toLocaleDateString('en-GB', { timeZone: 'Europe/London' }).split('/').reverse().join('-');

/** Returns the state of a number if it is no longer as the release says.
 * @param {Corrections} corrections @param {string} id @returns {NumberState | undefined} */
export function current(corrections, id) {
  const state = corrections.numbers[id];
  return state && (state.from || '') <= today() ? state : undefined;
}
