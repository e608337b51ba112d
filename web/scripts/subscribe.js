// Asking to be told, and what the phone then shows. The build puts this into alerts.js and into the worker.

import { alone } from './alone.js';
import { within } from './waiting.js';

/** The cache, and the address in it. No activation deletes it: its name is not that of a release. */
const store = 'alerts';

/** Milliseconds for each of the steps: on a bad signal they are slow. */
const aStep = 20000;

/** When the server was last told (`at`), and when that was last tried and may have failed (`tried`).
 * @typedef {{areas: string[], key?: string, at: number, tried?: number}} Asked */

/** What this phone asked for, with the key it did that with and when; or nothing. @returns {Promise<Asked | undefined>} */
export async function asked() {
  const found = await caches.match(store, { cacheName: store });
  return found && found.json();
}

/** Only alerts.js makes the place, when somebody allows it: what was removed from the phone stays away.
 * @param {Asked} now */
async function remember(now) {
  if (await caches.has(store)) await (await caches.open(store)).put(store, new Response(JSON.stringify(now)));
}

/** The key to ask with; empty where no server sends anything. Rejects with no signal. @returns {Promise<string>} */
export async function newestKey() {
  const answer = await within(aStep, fetch('/alerts/key'));
  return answer.ok ? (await answer.json()).key : '';
}

/** Asks the phone's push service, and tells the server. Asking again renews; with another key it asks anew. One at a
 * time: a renewal by the worker must not put the areas of before in the place of those just chosen on the page.
 * @param {ServiceWorkerRegistration} registration @param {string} key empty where nothing can be asked for now
 * @param {string[]} [chosen] else those of before */
export const subscribe = ({ pushManager }, key, chosen) =>
  alone(store, async () => {
    const before = await asked();
    const areas = chosen || (before && before.areas);
    if (!areas) return; // stopped by now
    if (before) await remember(Object.assign({}, before, { [key ? 'tried' : 'at']: Date.now() }));
    if (!key) return;
    const old = await pushManager.getSubscription();
    if (old && !(before && before.key === key)) await old.unsubscribe();
    // A browser without its push service lets this wait for ever.
    const subscription = await within(
      aStep,
      pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }),
    );
    // Stopped while the phone was asking: nobody hears of it.
    if (!(await caches.has(store))) return void subscription.unsubscribe();
    const { endpoint, keys } = /** @type {{endpoint: string, keys: object}} */ (subscription.toJSON());
    const answer = await within(
      aStep,
      fetch('/alerts/subscriptions', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(Object.assign(keys, { endpoint, key, areas, language: 'en' })),
      }),
    );
    if (answer.status === 409) await subscription.unsubscribe(); // not with this key or secret: anew the next time
    if (!answer.ok) throw Error(store);
    await remember({ areas, key, at: Date.now() });
  });

/** The same words for every notice: whoever holds the phone may read them.
 * @param {ServiceWorkerRegistration} registration */
export const show = (registration) => registration.showNotification('Something changed in My area', { tag: store });
