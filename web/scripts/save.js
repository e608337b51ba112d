// Saves the site on the phone, and shows truthfully whether it is saved.

import { keepCorrected } from './save/corrections.js';
import { openForPrint } from './save/print.js';
import { findElement, findElements } from './shared/dom.js';
import { inWords, newestSaved } from './shared/saved.js';
import { today } from './shared/signed.js';

keepCorrected();
openForPrint();

const line = findElement('#state', HTMLElement);
const words = findElement('span', HTMLElement, line);
const remove = findElement('#remove', HTMLButtonElement);
const canSave = __SAVES__ && 'serviceWorker' in navigator && 'caches' in window;

/** Trusted Types let a page name the one script that it registers. */
const { trustedTypes } = window;
const worker = trustedTypes
  ? trustedTypes.createPolicy('worker', { createScriptURL: () => '/sw.js' }).createScriptURL('')
  : '/sw.js';

/** @type {unknown} */
let progress;

/** Shows what is saved. Two calls may look at once: whichever ends last shows the newest progress.
 * @param {unknown} [news] `true`: the worker can't be had here; a message: how saving went */
async function show(news) {
  progress = news || progress;
  const saved = canSave && (await newestSaved().catch(() => null));
  const isFull = progress instanceof MessageEvent && progress.data;
  if (saved) {
    words.textContent = `Saved on this phone, with facts up to ${inWords(saved.built)}.${isFull ? ' There is no room for a newer one.' : ''}`;
  } else if (canSave && progress !== true) {
    words.textContent = isFull ? 'Not saved: there is no room.' : 'Not saved yet.';
  } else {
    const link = document.createElement('a');
    link.href = '/print';
    link.textContent = 'You can print them';
    words.textContent = "These pages can't be saved here. ";
    words.append(link, '.');
  }
  remove.hidden = !saved;
  line.hidden = false;
}

/** Shows the area that the user chose to keep, as a link on every page. */
function showArea() {
  const area = document.documentElement.dataset.area || '';
  const link = findElement('#mine', HTMLAnchorElement);
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

findElement('#forget', HTMLElement).addEventListener('click', forgetArea);
addEventListener('area', showArea);
if (document.documentElement.dataset.area) showArea();

// A notice that may be over is marked, but stays: a phone's clock may be wrong.
for (const notice of findElements('[data-until]', HTMLElement)) notice.hidden = String(notice.dataset.until) >= today();

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
