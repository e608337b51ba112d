// On every page: has the worker save the site on the phone and shows whether it is saved; shows the user's own area,
// notices that are over, and corrections.

import { keepCorrected } from './save/corrections.js';
import { findElement, findElements } from './shared/dom.js';
import { inWords, newestSaved } from './shared/saved.js';
import { today } from './shared/signed.js';

keepCorrected();

const stateLine = findElement('#state', HTMLElement);
const stateText = findElement('span', HTMLElement, stateLine);
const removeButton = findElement('#remove', HTMLButtonElement);
const canSave = __SAVES__ && 'serviceWorker' in navigator && 'caches' in window;

/** Where Trusted Types are enforced, the address of the worker must come from a policy. */
const { trustedTypes } = window;
const workerUrl = trustedTypes
  ? trustedTypes.createPolicy('worker', { createScriptURL: () => '/sw.js' }).createScriptURL('')
  : '/sw.js';

/** @type {unknown} */
let progress;

/** Shows what is saved. Calls may overlap: whichever ends last shows the newest progress.
 * @param {unknown} [latest] `true`: no worker can be registered here; a message: whether the storage was full */
async function show(latest) {
  progress = latest || progress;
  const saved = canSave && (await newestSaved().catch(() => null));
  const isFull = progress instanceof MessageEvent && progress.data;
  if (saved) {
    stateText.textContent = `Saved on this phone, with facts up to ${inWords(saved.built)}.${isFull ? ' There is no room for a newer one.' : ''}`;
  } else if (canSave && progress !== true) {
    stateText.textContent = isFull ? 'Not saved: there is no room.' : 'Not saved yet.';
  } else {
    const link = document.createElement('a');
    link.href = '/print';
    link.textContent = 'You can print them';
    stateText.textContent = "These pages can't be saved here. ";
    stateText.append(link, '.');
  }
  removeButton.hidden = !saved;
  stateLine.hidden = false;
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

async function removeSite() {
  navigator.serviceWorker.removeEventListener('controllerchange', show);
  navigator.serviceWorker.onmessage = null;
  const { removeAll } = await import('./removing.js');
  await removeAll();
  forgetArea();
  removeButton.hidden = true;
  stateText.textContent = "Removed. Your browser's own list of pages stays. Opening another page here saves it again.";
}

findElement('#forget', HTMLElement).addEventListener('click', forgetArea);
addEventListener('area', showArea);
if (document.documentElement.dataset.area) showArea();

// Mark notices that seem to be over, but keep them: the phone's clock may be wrong.
for (const notice of findElements('[data-until]', HTMLElement)) notice.hidden = String(notice.dataset.until) >= today();

// For printing, open closed <details>, where the style sheet can't (Chromium before 131, Safari before 18.4). "More" is
// never printed.
/** @type {HTMLDetailsElement[]} */
let opened = [];
addEventListener('beforeprint', () => {
  opened = opened.concat(findElements('details:not([open]):not(.more)', HTMLDetailsElement));
  for (const each of opened) each.open = true;
});
addEventListener('afterprint', () => {
  for (const each of opened.splice(0)) each.open = false;
});

if (canSave) {
  navigator.serviceWorker.addEventListener('controllerchange', show);
  navigator.serviceWorker.onmessage = show;
  removeButton.addEventListener('click', () => removeSite().catch(() => location.assign('/clear')));
  show();
  navigator.serviceWorker
    .register(workerUrl, { updateViaCache: 'none' })
    .then(() => navigator.serviceWorker.ready)
    .then(show, () => show(true));
} else show();
