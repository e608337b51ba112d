// Alerts on /settings: subscribes when the user asks for it, shows whether alerts are on, and stops them.

import { findElement, findElements } from './shared/dom.js';
import { newestKey, showNotification, storedChoice, subscribe } from './shared/subscribe.js';
import { unsubscribe } from './shared/unsubscribe.js';
import { within } from './shared/waiting.js';

const boxes = findElements('#alerts input', HTMLInputElement);
const activeControls = findElement('#alerts-on', HTMLElement);
const statusLine = findElement('#alerts-status', HTMLElement);

/** @param {string} words */
const setStatus = (words) => (statusLine.textContent = words);

/** @type {Promise<string | void> | undefined} */
let key;
/** Fetches the key as soon as an area is chosen: browsers allow the permission prompt only straight after a tap. */
const fetchKey = () => (key = key || newestKey().catch(() => (key = undefined)));

/** Shows what this phone is subscribed to, and returns it in words. */
async function showState() {
  const choice = Notification.permission === 'granted' && (await storedChoice());
  activeControls.hidden = !choice;
  for (const box of boxes) box.checked = !!choice && choice.areas.includes(box.value);
  return choice ? 'It is on.' : 'It is off.';
}

/** What each button does; resolves to the new status.
 * @type {Record<string, (registration: Promise<ServiceWorkerRegistration>) => Promise<string>>} */
const actions = {
  async allow(registration) {
    const areas = boxes.filter((box) => box.checked).map((box) => box.value);
    if (!areas.length) return 'Choose an area first.';
    const serverKey = await fetchKey();
    if (serverKey === undefined) return 'No answer. Try again when you have signal.';
    if (!serverKey) return 'This site sends no messages now.';
    setStatus('Asking your phone…');
    if ((await Notification.requestPermission()) !== 'granted')
      return "Your phone doesn't allow it. If it did not ask, look in its settings.";
    await caches.open('alerts');
    await subscribe(await registration, serverKey, areas);
    return showState();
  },
  async test(registration) {
    await showNotification(await registration);
    return 'Look at your notifications.';
  },
  async stop(registration) {
    await caches.delete('alerts');
    await unsubscribe(await registration);
    return showState();
  },
};

if ('PushManager' in window && navigator.serviceWorker && 'caches' in window) {
  for (const id of Object.keys(actions))
    findElement(`#${id}`, HTMLElement).addEventListener('click', () => {
      const done = actions[id](within(5000, navigator.serviceWorker.ready)).then(setStatus);
      within(90000, done).catch(() => setStatus("It didn't work. Try again later.")); // a later result still shows
    });
  findElement('#alerts', HTMLElement).addEventListener('change', fetchKey);
  showState().then((words) => activeControls.hidden || setStatus(words), () => {});
} else {
  findElement('#alerts-ask', HTMLElement).hidden = true;
  setStatus("This browser can't do it. What an iPhone or iPad needs is said above.");
}
