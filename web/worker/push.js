// Push alerts: shows the notification, opens the news page, renews the subscription.

import { newestKey, showNotification, storedChoice, subscribe } from '../scripts/shared/subscribe.js';
import { within } from '../scripts/shared/waiting.js';
import { scope } from './scope.js';
import { isRecent, storageLimit } from './times.js';

/** Always shows a notification: browsers revoke push permission otherwise. Then checks for an update. */
export const receivePush = () => showNotification(scope.registration).then(() => scope.registration.update());

/** Closes all notifications of the site, so that none is seen after leaving. */
export async function closeNotifications() {
  for (const notification of await scope.registration.getNotifications()) notification.close();
}

/** Shows /news in an open tab of the site, or in a new one. After leaving, it shows /neutral, as for every page. */
export async function openNews() {
  try {
    const [client] = await within(storageLimit, scope.clients.matchAll({ type: 'window' }));
    await Promise.all([client.focus(), client.navigate('/news')]);
  } catch (error) {
    await scope.clients.openWindow('/news');
  }
}

/** Renews the subscription, if there is one, once a day: browsers end subscriptions without always saying so (iPhones
 * never do). After a failed or interrupted attempt, tries again after a quarter of an hour.
 * @param {boolean} hasChanged whether the browser says that the subscription has changed: then renews it at once */
export async function renewSubscription(hasChanged) {
  const choice = await storedChoice();
  if (choice && (hasChanged || !(isRecent(choice.at, 864e5) || isRecent(choice.tried, 9e5))))
    await subscribe(scope.registration, await newestKey());
}

/** @type {Promise<void> | null} */
let renewing = null;
/** Renews the subscription if it is due. One call at a time, for at most 90 seconds; ignores failures. */
export const keepSubscribed = () =>
  (renewing = renewing || within(9e4, renewSubscription(false)).catch(() => {}).finally(() => (renewing = null)));
