// Subscribing this phone to alerts, and the notification it then shows. Inlined at build time to avoid a request.

import { alone } from './alone.js';
import { within } from './waiting.js';

/** The cache, and the address in it. Not named as a release, so that no activation deletes it. */
const store = 'alerts';

/** Milliseconds for each step: they are slow on a bad signal. */
const stepLimit = 20000;

/** What the user chose, with the key it was subscribed with; when the server last had it (`at`), and when that was last
 * tried and may have failed (`tried`), in milliseconds since 1970.
 * @typedef {{areas: string[], key?: string, at: number, tried?: number}} Choice */

/** Returns what this phone is subscribed to, if anything. @returns {Promise<Choice | undefined>} */
export async function storedChoice() {
  const answer = await caches.match(store, { cacheName: store });
  return answer && answer.json();
}

/** Only alerts.js creates this cache, so data the user removed isn't recreated. @param {Choice} choice */
async function storeChoice(choice) {
  if (await caches.has(store)) await (await caches.open(store)).put(store, new Response(JSON.stringify(choice)));
}

/** Returns the server's public key; empty where the server sends no alerts. Rejects without a signal.
 * @returns {Promise<string>} */
export async function newestKey() {
  const answer = await within(stepLimit, fetch('/alerts/key'));
  return answer.ok ? (await answer.json()).key : '';
}

/** Subscribes at the phone's push service and sends that to the server; a second time it renews, or starts anew with
 * another key. One at a time: the worker's renewal must not overwrite the areas just chosen on the page.
 * @param {ServiceWorkerRegistration} registration @param {string} key empty where the server sends no alerts
 * @param {string[]} [chosen] areas; else those stored */
export const subscribe = ({ pushManager }, key, chosen) =>
  alone(store, async () => {
    const choice = await storedChoice();
    const areas = chosen || (choice && choice.areas);
    if (!areas) return; // stopped meanwhile
    if (choice) await storeChoice(Object.assign({}, choice, { [key ? 'tried' : 'at']: Date.now() }));
    if (!key) return;
    const old = await pushManager.getSubscription();
    if (old && !(choice && choice.key === key)) await old.unsubscribe();
    // A browser without its push service never answers.
    const subscription = await within(
      stepLimit,
      pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }),
    );
    // Stopped while the phone subscribed: the server never hears of it.
    if (!(await caches.has(store))) return void subscription.unsubscribe();
    const { endpoint, keys } = subscription.toJSON();
    const answer = await within(
      stepLimit,
      fetch('/alerts/subscriptions', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(Object.assign({}, keys, { endpoint, key, areas, language: 'en' })),
      }),
    );
    if (answer.status === 409) await subscription.unsubscribe(); // not with this key or secret: anew the next time
    if (!answer.ok) throw Error(store);
    await storeChoice({ areas, key, at: Date.now() });
  });

/** Shows the notification. It always has the same words: anybody who holds the phone may read them.
 * @param {ServiceWorkerRegistration} registration */
export const showNotification = (registration) =>
  registration.showNotification('Something changed in My area', { tag: store });
