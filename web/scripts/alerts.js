// Asks to be told of changes, on /settings alone and only when somebody presses for it; shows it; ends it.

import { asked, newestKey, show, subscribe } from './subscribe.js';
import { unsubscribe } from './unsubscribe.js';

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = part('alerts');
const on = part('alerts-on');
const allow = /** @type {HTMLButtonElement} */ (part('allow'));
const boxes = Array.from(/** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('input')));

/** @param {string} words */
const say = (words) => (part('alerts-said').textContent = words);

/** @type {Promise<string> | undefined} */
let key;
/** Asked for as soon as an area is chosen: a browser lets a page ask for permission only straight after a press. */
function look() {
  key = key || newestKey();
  key.catch(() => (key = undefined));
  return key;
}

async function shown() {
  const now = Notification.permission === 'granted' && (await asked());
  on.hidden = !now;
  allow.textContent = now ? 'Change the areas' : 'Allow';
  for (const box of boxes) box.checked = Boolean(now && now.areas.includes(box.value));
  return now;
}

/** What each button does, giving the words that follow.
 * @type {Record<string, (registration: Promise<ServiceWorkerRegistration>) => Promise<string>>} */
const acts = {
  async allow(registration) {
    const areas = boxes.filter((box) => box.checked).map((box) => box.value);
    if (!areas.length) return 'Choose an area first.';
    const found = await look().catch(() => null);
    if (found === null) return 'There is no answer. Try again when you have signal.';
    if (!found) return 'This site sends no messages now, so there is nothing to allow.';
    say('Asking your phone…');
    if ((await Notification.requestPermission()) !== 'granted')
      return "This phone doesn't allow it. If it did not ask you, look in its settings, under this site's address.";
    await caches.open('alerts');
    await subscribe(await registration, areas, found);
    await shown();
    return 'It is on. You can stop it here at any time.';
  },
  async test(registration) {
    await show(await registration);
    return 'Look at your notifications now.';
  },
  async stop(registration) {
    await caches.delete('alerts');
    await unsubscribe(await registration);
    await shown();
    return 'It is off. Nothing more will be sent.';
  },
};

/** @param {Event} event @param {string} act */
async function press(event, act) {
  event.preventDefault();
  say(
    await acts[act](navigator.serviceWorker.ready).catch(
      () => "It didn't work. Your phone's own message service may not answer. Try again later.",
    ),
  );
}

if ('PushManager' in window && 'serviceWorker' in navigator && 'caches' in window) {
  form.addEventListener('submit', (event) => press(event, 'allow'));
  form.addEventListener('change', () => look().catch(() => {}));
  for (const act of ['test', 'stop']) part(act).addEventListener('click', (event) => press(event, act));
  shown().then((now) => now && say('It is on for the areas chosen here.'), () => {});
} else {
  part('alerts-ask').hidden = true;
  say("This browser can't do it. What an iPhone or iPad needs stands above.");
}
