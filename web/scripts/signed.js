// What is known of numbers since the release: fetched, proven, kept. The build puts this into save.js (with
// corrections.js) and into the worker: no request more, and one source.

import { alone } from './alone.js';
import { within } from './waiting.js';

const keys = __CORRECTION_KEYS__;
const address = '/corrections.json';
/** No activation deletes it: its name is not that of a release. */
const place = 'corrections';
const kind = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** @typedef {{href?: string, shown?: string, stays?: true, note: string, from?: string, instead?: string[]}} Now */
/** @typedef {{text: string, from?: string, until: string, area?: string}} Banner */
/** @typedef {{seq: number, numbers: Record<string, Now>, banner?: Banner}} Said */
/** @typedef {Said & {text: string, checked: number}} Known */

/** @param {string} base64 */
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** What one of our keys signed, every byte before the signature; or the plain nothing of a site with no corrections.
 * @param {string} text @returns {Promise<Said>} */
async function proven(text) {
  const [body, signature] = text.split(/,"signature":"|"}\s*$/);
  if (!signature && JSON.parse(text).seq === 0) return { seq: 0, numbers: {} };
  for (const key of keys) {
    const known = await crypto.subtle.importKey('raw', bytes(key), kind, false, ['verify']);
    if (await crypto.subtle.verify(kind, known, bytes(signature), new TextEncoder().encode(body)))
      return JSON.parse(body + '}');
  }
  throw Error(address);
}

/** @param {Response} answer @returns {Promise<Known>} */
async function read(answer) {
  const text = await answer.text();
  return Object.assign({ text, checked: Number(answer.headers.get('checked')) }, await proven(text));
}

/** What this phone keeps, proven again, so that it goes with its key. Rejects where there is nothing. */
export const stored = async () =>
  read(/** @type {Response} */ (await caches.match(address, { cacheName: place })));

/** The same for who waits for it: rejects where storage doesn't answer soon. */
export const kept = () => within(500, stored());

/** Asks the server, for two seconds at most, and keeps what has the higher number. Rejects where nothing true came.
 * One at a time, or an older answer could overwrite a newer one. */
export async function renew() {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), 2000);
  let best = await read(await fetch(address, { cache: 'no-store', signal: limit.signal }));
  best.checked = Date.now();
  const keep = alone(place, async () => {
    const old = await kept().catch(() => best);
    if (old.seq >= best.seq) best = Object.assign(old, { checked: best.checked });
    // Made by a page as it is opened, and by nothing else: what was removed from the phone stays away.
    if (await caches.has(place))
      await (await caches.open(place)).put(address, new Response(best.text, { headers: { checked: `${best.checked}` } }));
  });
  await within(1000, keep).catch(() => {}); // where nothing can be kept, what came holds all the same
  return best;
}

/** The day in London, as 2026-11-28: the content's days begin and end there, wherever the phone is. */
export const today = () =>
  new Date().toLocaleDateString('en-GB', { timeZone: 'Europe/London' }).split('/').reverse().join('-');

/** What a number is now, if that is not what the release says: `href` and `shown`, or `stays`, or else withdrawn.
 * @param {Said} said @param {string} [id] */
export function current(said, id = '') {
  const now = said.numbers[id];
  return now && (now.from || '') <= today() ? now : undefined;
}
