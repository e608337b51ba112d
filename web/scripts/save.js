// Saves the site on the phone, and says truthfully whether it is saved.

import './corrections.js';
import './print.js';
import { inWords, newestSaved } from './saved.js';
import { today } from './signed.js';

const line = /** @type {HTMLElement} */ (document.getElementById('state'));
const words = /** @type {HTMLElement} */ (line.querySelector('span'));
const remove = /** @type {HTMLButtonElement} */ (document.getElementById('remove'));
const canSave = __SAVES__ && 'serviceWorker' in navigator && 'caches' in window;

/** Trusted Types let a page name the one script that it registers. */
const { trustedTypes } = /** @type {any} */ (window);
const worker = trustedTypes
  ? trustedTypes.createPolicy('worker', { createScriptURL: () => '/sw.js' }).createScriptURL('')
  : '/sw.js';

/** @type {unknown} */
let known;

/** What this phone has now. @param {unknown} [news] `true`: the worker can't be had here; a message: how saving went. */
async function show(news) {
  known = news || known; // two of these may look at once: whichever ends last says what is known by then
  const state = canSave && (await newestSaved().catch(() => null));
  const full = known && /** @type {MessageEvent} */ (known).data;
  if (state) {
    words.textContent = `Saved on this phone, with facts up to ${inWords(state.built)}.${full ? ' There is no room for a newer one.' : ''}`;
  } else if (canSave && known !== true) {
    words.textContent = full ? 'Not saved: there is no room.' : 'Not saved yet.';
  } else {
    const link = document.createElement('a');
    link.href = '/print';
    link.textContent = 'You can print them';
    words.textContent = "These pages can't be saved here. ";
    words.append(link, '.');
  }
  remove.hidden = !state;
  line.hidden = false;
}

/** The area that somebody chose to keep, as a link on every page. */
function showArea() {
  const area = document.documentElement.dataset.area || '';
  const link = /** @type {HTMLAnchorElement} */ (document.getElementById('mine'));
  link.href = '/areas/' + area;
  link.textContent = area.replace('-and-', ' & ').replace(/\b\w/g, (letter) => letter.toUpperCase());
}

function forgetArea() {
  document.documentElement.removeAttribute('data-area');
  try {
    localStorage.removeItem('area');
  } catch (error) {}
}

async function forget() {
  navigator.serviceWorker.removeEventListener('controllerchange', show);
  navigator.serviceWorker.onmessage = null;
  const { removeAll } = await import('./removing.js');
  await removeAll();
  forgetArea();
  remove.hidden = true;
  words.textContent = "Removed. Your browser's own list of pages stays. Opening another page here saves it again.";
}

/** @type {HTMLElement} */ (document.getElementById('forget')).addEventListener('click', forgetArea);
addEventListener('area', showArea);
if (document.documentElement.dataset.area) showArea();

// A notice that may be over says so, and stays: a phone's clock may be wrong.
for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-until]')))
  line.hidden = String(line.dataset.until) >= today();

if (canSave) {
  navigator.serviceWorker.addEventListener('controllerchange', show);
  navigator.serviceWorker.onmessage = show;
  remove.addEventListener('click', () => forget().catch(() => location.assign('/clear')));
  show();
  navigator.serviceWorker
    .register(worker, { updateViaCache: 'none' })
    .then(() => navigator.serviceWorker.ready)
    .then(show, () => show(true));
} else show();
