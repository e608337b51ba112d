// The end of the alerts on this phone. The build puts this into save.js, clear.js and alerts.js.

/** Ends it here, with no signal too, and tells the server if it can be reached; else that learns it when it sends.
 * @param {ServiceWorkerRegistration} registration */
export async function unsubscribe(registration) {
  const { pushManager } = registration;
  if (!pushManager) return;
  for (const each of await registration.getNotifications()) each.close();
  const subscription = await pushManager.getSubscription();
  if (!subscription) return;
  const { endpoint, keys } = /** @type {{endpoint: string, keys: {auth: string}}} */ (subscription.toJSON());
  fetch('/alerts/subscriptions', {
    method: 'DELETE',
    keepalive: true, // whoever stops it may leave at once
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ endpoint, auth: keys.auth }),
  }).catch(() => {});
  await subscription.unsubscribe();
}
