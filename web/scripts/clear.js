// Removes all that the site put on this phone, first here, then at the server, and ends on a page that saves nothing.

import { clearAtServer } from './clearing.js';
import { unsubscribe } from './unsubscribe.js';
import { within } from './waiting.js';

/** Each part is tried, whatever became of the one before. @param {() => unknown} act */
async function attempt(act) {
  try {
    await act();
  } catch (error) {}
}

async function removeHere() {
  await attempt(() => localStorage.clear());
  await attempt(() => sessionStorage.clear());
  await attempt(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      await attempt(() => unsubscribe(registration));
      await registration.unregister();
    }
  });
  await attempt(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
}

const form = /** @type {HTMLFormElement} */ (document.getElementById('clear'));
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  /** @type {HTMLButtonElement} */ (form.querySelector('button')).disabled = true;
  await removeHere();
  await attempt(() => within(2000, clearAtServer()));
  const page = /** @type {HTMLTemplateElement} */ (document.getElementById('cleared'));
  const main = document.createElement('main');
  const heading = /** @type {HTMLElement} */ (document.querySelector('h1'));
  heading.textContent = 'Removed';
  main.append(heading, page.content.cloneNode(true));
  document.body.textContent = '';
  document.body.append(main);
});
