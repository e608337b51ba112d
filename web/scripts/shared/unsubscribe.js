// The end of the alerts on this phone.

/** Unsubscribes, even without a signal, and tells the server if it can be reached; otherwise the server learns it when
 * it next sends. @param {ServiceWorkerRegistration} registration */
export async function unsubscribe(registration) {
  const { pushManager } = registration;
  if (!pushManager) return;
  for (const notification of await registration.getNotifications()) notification.close();
  const subscription = await pushManager.getSubscription();
  if (!subscription) return;
  const { endpoint, keys } = subscription.toJSON();
  fetch('/alerts/subscriptions', {
    method: 'DELETE',
    keepalive: true, // the user may leave at once
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ endpoint, auth: keys && keys.auth }),
  }).catch(() => {});
  await subscription.unsubscribe();
}
