// Asks to be told of changes, on /settings alone and only when somebody presses for it; shows it; ends it.

import { asked, newestKey, show, subscribe } from './subscribe.js';
import { unsubscribe } from './unsubscribe.js';
import { within } from './waiting.js';

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const boxes = Array.from(/** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('#alerts input')));

/** @param {string} words */
const say = (words) => (part('alerts-said').textContent = words);

/** @type {Promise<string | void> | undefined} */
let key;
/** Asked for as soon as an area is chosen: a browser lets a page ask for permission only straight after a press. */
const look = () => (key = key || newestKey().catch(() => (key = undefined)));

/** @returns {Promise<string>} */
async function state() {
  const now = Notification.permission === 'granted' && (await asked());
  part('alerts-on').hidden = !now;
  for (const box of boxes) box.checked = !!now && now.areas.includes(box.value);
  return now ? 'It is on.' : 'It is off.';
}

/** What each button does, giving the words that follow.
 * @type {Record<string, (registration: Promise<ServiceWorkerRegistration>) => Promise<string>>} */
const acts = {
  async allow(registration) {
    const areas = boxes.filter((box) => box.checked).map((box) => box.value);
    if (!areas.length) return 'Choose an area first.';
    const found = await look();
    if (found === undefined) return 'No answer. Try again when you have signal.';
    if (!found) return 'This site sends no messages now.';
    say('Asking your phone…');
    if ((await Notification.requestPermission()) !== 'granted')
      return "Your phone doesn't allow it. If it did not ask, look in its settings.";
    await caches.open('alerts');
    await subscribe(await registration, found, areas);
    return state();
  },
  async test(registration) {
    await show(await registration);
    return 'Look at your notifications.';
  },
  async stop(registration) {
    await caches.delete('alerts');
    await unsubscribe(await registration);
    return state();
  },
};

if ('PushManager' in window && navigator.serviceWorker && 'caches' in window) {
  for (const act of Object.keys(acts))
    part(act).addEventListener('click', () => {
      const done = acts[act](within(5000, navigator.serviceWorker.ready)).then(say);
      within(90000, done).catch(() => say("It didn't work. Try again later.")); // what comes later is said all the same
    });
  part('alerts').addEventListener('change', look);
  state().then((words) => part('alerts-on').hidden || say(words), () => {});
} else {
  part('alerts-ask').hidden = true;
  say("This browser can't do it. What an iPhone or iPad needs is said above.");
}
