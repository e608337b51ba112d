// Alerts: shows them, opens the news, renews the subscription.

import { newestKey, showNotification, storedChoice, subscribe } from '../scripts/shared/subscribe.js';
import { within } from '../scripts/shared/waiting.js';
import { scope } from './scope.js';
import { isRecent, storageLimit } from './times.js';

/** Always shows a notification: browsers revoke push permission otherwise. Then checks for an update. */
export const receivePush = () => showNotification(scope.registration).then(() => scope.registration.update());

/** Closes all notifications: after leaving, none of ours may be seen. */
export async function closeNotifications() {
  for (const notification of await scope.registration.getNotifications()) notification.close();
}

/** Shows the news in an open page of ours, or in a new one. After leaving, /neutral shows there, as for every page. */
export async function openNews() {
  try {
    const [open] = await within(storageLimit, scope.clients.matchAll({ type: 'window' }));
    await Promise.all([open.focus(), open.navigate('/news')]);
  } catch (error) {
    await scope.clients.openWindow('/news');
  }
}

/** Renews the subscription, where there is one, once a day: browsers end them and don't always say so (iPhones never
 * do). A try that failed, or that the browser cut short, is repeated after a quarter of an hour.
 * @param {boolean} hasChanged renews it at once */
export async function renewSubscription(hasChanged) {
  const choice = await storedChoice();
  if (choice && (hasChanged || !(isRecent(choice.at, 864e5) || isRecent(choice.tried, 9e5))))
    await subscribe(scope.registration, await newestKey());
}

/** @type {Promise<void> | null} */
let renewing = null;
/** The same, within 90 seconds and never twice at a time; ignores failures. */
export const keepSubscribed = () =>
  (renewing = renewing || within(9e4, renewSubscription(false)).catch(() => {}).finally(() => (renewing = null)));
