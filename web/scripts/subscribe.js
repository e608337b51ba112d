// Asking to be told, and what the phone then shows. The build puts this into alerts.js and into the worker.

/** The cache, and the address in it. No activation deletes it: its name is not that of a release. */
const store = 'alerts';

/** @typedef {{areas: string[], key?: string, at: number}} Asked */

/** What this phone asked for, with the key it did that with and when it last looked; or nothing.
 * @returns {Promise<Asked | undefined>} */
export async function asked() {
  const found = await caches.match(store, { cacheName: store });
  return found && found.json();
}

/** Only alerts.js makes the place, when somebody allows it: what was removed from the phone stays away.
 * @param {Asked} now */
export async function remember(now) {
  if (await caches.has(store)) await (await caches.open(store)).put(store, new Response(JSON.stringify(now)));
}

/** The key to ask with; empty where no server sends anything. Rejects with no signal. @returns {Promise<string>} */
export async function newestKey() {
  const answer = await fetch('/alerts/key');
  return answer.ok ? (await answer.json()).key : '';
}

/** Asks the phone's push service, and tells the server. Asking again renews; with another key it asks anew.
 * @param {ServiceWorkerRegistration} registration @param {string[]} areas @param {string} key */
export async function subscribe({ pushManager }, areas, key) {
  const before = await asked();
  const old = await pushManager.getSubscription();
  if (old && !(before && before.key === key)) await old.unsubscribe();
  // A browser without its push service lets this wait for ever.
  const subscription = await Promise.race([
    pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }),
    new Promise((_, reject) => setTimeout(reject, 20000)),
  ]);
  // Stopped while the phone was asking: nobody hears of it.
  if (!(await caches.has(store))) return void subscription.unsubscribe();
  const { endpoint, keys } = subscription.toJSON();
  const answer = await fetch('/alerts/subscriptions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.assign(keys, { endpoint, key, areas, language: 'en' })),
  });
  if (answer.status === 409) await subscription.unsubscribe(); // not with this key or secret: anew the next time
  if (!answer.ok) throw Error(store);
  await remember({ areas, key, at: Date.now() });
}

/** The same words for every notice: whoever holds the phone may read them.
 * @param {ServiceWorkerRegistration} registration */
export const show = (registration) => registration.showNotification('Something changed in My area', { tag: store });
