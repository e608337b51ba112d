// Applies corrections to the numbers in the page, shows the banner, and says if the phone hasn't looked for corrections
// in a long time. contact.js builds "More" from the links in the page, so it shows corrected numbers too.

import { findElement } from '../shared/dom.js';
import { current, refreshCorrections, storedCorrections, storedCorrectionsSoon, today } from '../shared/signed.js';
import { within } from '../shared/waiting.js';

/** The sequence number of the corrections last applied, and the date in London then. */
let appliedSeq = 0;
let appliedDay = '';
let refreshing = false;
/** When the browser last looked for a newer worker. It does so when a page opens, but an app may stay open for days. */
let lastUpdate = Date.now();

/** Shows a banner with these words, or removes it if there are none. @param {string} id @param {string} words
 * @param {(paragraph: Element) => void} insert */
function setParagraph(id, words, insert) {
  const existing = document.getElementById(id);
  const paragraph = existing || document.createElement('p');
  paragraph.id = id;
  paragraph.className = 'banner';
  paragraph.textContent = words;
  if (!words) paragraph.remove();
  else if (!existing) insert(paragraph);
}

/** Shows when the phone last looked for corrections, if that is 30 days ago or more.
 * @param {number} checked in milliseconds since 1970 */
function showAge(checked) {
  const days = (Date.now() - checked) / 864e5;
  const date = new Date(checked).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  let words = '';
  if (days >= 30) words = `This phone last looked for changes on ${date}. Go online when you can.`;
  if (days >= 90) words += " A number may have changed. If one doesn't work, try the next.";
  if (days >= 180) words += ' If none does, call 101. In danger, call 999.';
  setParagraph('age', words, (paragraph) =>
    (document.querySelector('.danger') || findElement('h1', HTMLElement)).after(paragraph),
  );
}

/** @param {import('../shared/signed.js').Banner | undefined} banner @param {string} day */
function showBanner(banner, day) {
  const { text = '', from = '', until = '', area = '' } = banner || {};
  const { area: ownArea } = document.documentElement.dataset;
  const isNear = !area || !ownArea || area === ownArea || location.pathname.endsWith(area);
  setParagraph('urgent', from <= day && day <= until && isNear ? text : '', (paragraph) => {
    paragraph.setAttribute('role', 'alert');
    findElement('#main', HTMLElement).prepend(paragraph);
  });
}

/** Corrects a link, and writes a note after it, or after its "More".
 * @param {HTMLAnchorElement} link @param {import('../shared/signed.js').NumberState} state */
function correct(link, state) {
  const next = link.nextElementSibling;
  const more = next instanceof HTMLDetailsElement && next.className === 'more' ? next : null;
  const before = more || link;
  let note = before.nextElementSibling;
  if (!note || note.className !== 'corrected') {
    note = document.createElement('p');
    note.className = 'corrected';
    before.after(note);
  }
  note.textContent = state.note;
  if (state.href) {
    const numberElement = link.querySelector('b') || link.querySelector('span') || link;
    const oldNumber = numberElement.localName === 'b' ? /.*/ : /\d[\d ]*$/;
    link.href = state.href;
    numberElement.textContent = (numberElement.textContent || '').replace(oldNumber, state.shown || '');
    if (more) more.open = false; // `apply` empties it; opened again, it shows the new number
  } else if (!state.stays) {
    link.removeAttribute('href');
    if (more) more.remove();
  }
  if (state.instead) {
    const [id, name, href, shown] = state.instead;
    const other = document.createElement('a');
    const number = document.createElement('b');
    other.href = href;
    other.dataset.number = id;
    number.textContent = shown;
    other.append(name + ' ', number);
    note.append(' Instead: ', other);
  }
}

/** @param {import('../shared/signed.js').Corrections} corrections */
function apply(corrections) {
  if (!corrections.seq || corrections.seq < appliedSeq) return;
  const day = today();
  showBanner(corrections.banner, day);
  if (corrections.seq === appliedSeq && day === appliedDay) return;
  appliedSeq = corrections.seq;
  appliedDay = day;
  for (const element of document.querySelectorAll('[data-number]')) {
    const state = current(corrections, element.getAttribute('data-number') || '');
    if (!state) continue;
    if (element instanceof HTMLAnchorElement) correct(element, state);
    else if (!state.stays) element.remove(); // a QR code, or an element of "More"
  }
}

/** Looks for newer corrections and, after five minutes, for a newer worker. */
function refresh() {
  if (refreshing || document.hidden) return;
  refreshing = true;
  const { serviceWorker } = navigator;
  if (serviceWorker && Math.abs(Date.now() - lastUpdate) > 3e5) {
    lastUpdate = Date.now();
    serviceWorker.ready.then((registration) => registration.update()).catch(() => (lastUpdate = 0));
  }
  refreshCorrections()
    .catch(storedCorrectionsSoon)
    .then((corrections) => {
      showAge(corrections.checked); // not before the fetch: when online, it would flash up
      apply(corrections);
    })
    .catch(() => {})
    .then(() => (refreshing = false));
}

/** Applies the stored corrections, and newer ones now and whenever the page is seen again. */
export async function keepCorrected() {
  const { serviceWorker } = navigator;
  document.addEventListener('visibilitychange', refresh);
  addEventListener('pageshow', (event) => event.persisted && refresh());
  addEventListener('focus', refresh);
  addEventListener('online', refresh);
  storedCorrections().then(apply).catch(() => {}); // without a limit: storage may be slow
  try {
    if (__SAVES__) await within(500, caches.open('corrections'));
  } catch (error) {}
  // The worker removes the response's `no-store`, which would keep this page out of bfcache. So on the first page wait
  // for the worker, but only three seconds: it may never start.
  if (__SAVES__ && serviceWorker && !serviceWorker.controller) {
    serviceWorker.addEventListener('controllerchange', refresh);
    setTimeout(refresh, 3000);
  } else refresh();
}
