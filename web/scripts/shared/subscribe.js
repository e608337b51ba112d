// Subscribes this phone to alerts, and shows their notification. Inlined at build time to avoid a request.

import { alone } from './alone.js';
import { within } from './waiting.js';

/** The name of the cache and of its one entry, of the lock, and of the notification. Without the prefix `pages-`, so
 * that activating a release doesn't delete the cache. */
const alertsName = 'alerts';

/** The limit for each step, in milliseconds: they are slow on a bad signal. */
const stepLimit = 20000;

/** What the user chose, and the server's key it was subscribed with. `at`: when the server last received it. `tried`:
 * when that was last attempted, perhaps in vain. Both in milliseconds since 1970.
 * @typedef {{areas: string[], key?: string, at: number, tried?: number}} Choice */

/** Returns what this phone is subscribed to, if anything. @returns {Promise<Choice | undefined>} */
export async function storedChoice() {
  const response = await caches.match(alertsName, { cacheName: alertsName });
  return response && response.json();
}

/** Only alerts.js creates this cache, so data the user removed isn't recreated. @param {Choice} choice */
async function storeChoice(choice) {
  if (await caches.has(alertsName))
    await (await caches.open(alertsName)).put(alertsName, new Response(JSON.stringify(choice)));
}

/** Returns the server's public key, or '' if the server sends no alerts. Rejects when offline.
 * @returns {Promise<string>} */
export async function newestKey() {
  const response = await within(stepLimit, fetch('/alerts/key'));
  return response.ok ? (await response.json()).key : '';
}

/** Subscribes with the browser's push service and sends the subscription to the server. If there already is one, renews
 * it, or replaces it if the key is another. Runs under a lock: the worker's renewal must not overwrite the areas just
 * chosen on the page. @param {ServiceWorkerRegistration} registration
 * @param {string} key '' if the server sends no alerts @param {string[]} [chosen] the areas, by default those stored */
export const subscribe = ({ pushManager }, key, chosen) =>
  alone(alertsName, async () => {
    const choice = await storedChoice();
    const areas = chosen || (choice && choice.areas);
    if (!areas) return; // the user has stopped alerts meanwhile
    if (choice) await storeChoice({ ...choice, [key ? 'tried' : 'at']: Date.now() });
    if (!key) return;
    const old = await pushManager.getSubscription();
    if (old && !(choice && choice.key === key)) await old.unsubscribe();
    // Browsers that can't reach a push service never respond.
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const subscription = await within(stepLimit, pushManager.subscribe(options));
    // If the user stopped alerts while the phone subscribed, don't tell the server of this subscription.
    if (!(await caches.has(alertsName))) return void subscription.unsubscribe();
    const { endpoint, keys } = subscription.toJSON();
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ ...keys, endpoint, key, areas, language: 'en' });
    const response = await within(stepLimit, fetch('/alerts/subscriptions', { method: 'POST', headers, body }));
    if (response.status === 409) await subscription.unsubscribe(); // wrong key or secret: subscribe afresh next time
    if (!response.ok) throw Error(alertsName);
    await storeChoice({ areas, key, at: Date.now() });
  });

/** Shows the notification, always with the same words: anyone who holds the phone may read them.
 * @param {ServiceWorkerRegistration} registration */
export const showNotification = (registration) =>
  registration.showNotification('Something changed in My area', { tag: alertsName });
