// Ends alerts on this phone.

/** Unsubscribes, even when offline. Tells the server if it can be reached; otherwise it finds out when it next sends an
 * alert. @param {ServiceWorkerRegistration} registration */
export async function unsubscribe(registration) {
  const { pushManager } = registration;
  if (!pushManager) return;
  for (const notification of await registration.getNotifications()) notification.close();
  const subscription = await pushManager.getSubscription();
  if (!subscription) return;
  const { endpoint, keys } = subscription.toJSON();
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ endpoint, auth: keys && keys.auth });
  // With `keepalive`, as the user may leave the page at once.
  fetch('/alerts/subscriptions', { method: 'DELETE', keepalive: true, headers, body }).catch(() => {});
  await subscription.unsubscribe();
}
