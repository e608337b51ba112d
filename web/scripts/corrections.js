// Applies what is known of the numbers since this release, an urgent banner, and how long ago that was looked up.
// What is made from a number later (contact.js) is made of the link as it stands in the page, so it is right too. The
// build puts this into save.js.

import { current, kept, renew, stored, today } from './signed.js';
import { within } from './waiting.js';

const root = document.documentElement;
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
let seq = 0;
/** The day in London that what was applied holds for. */
let day = '';
let busy = false;
const { serviceWorker } = navigator;
/** When the browser last looked for a newer worker: it does so as a page is opened, and an app may never be closed. */
let looked = Date.now();

/** A line of its own in the page, or none. @param {string} id @param {string} words @param {(line: Element) => void} put */
function say(id, words, put) {
  const found = document.getElementById(id);
  const line = found || document.createElement('p');
  line.id = id;
  line.className = 'banner';
  line.textContent = words;
  if (!words) line.remove();
  else if (!found) put(line);
}

/** @param {number} checked */
function sayAge(checked) {
  const days = (Date.now() - checked) / 864e5;
  const day = new Date(checked).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  let words = '';
  if (days >= 30) words = `This phone last looked for changes on ${day}. Go online when you can.`;
  if (days >= 90) words += " A number may have changed. If one doesn't work, try the next.";
  if (days >= 180) words += ' If none does, call 101. In danger, call 999.';
  say('age', words, (line) =>
    /** @type {Element} */ (document.querySelector('.danger') || document.querySelector('h1')).after(line),
  );
}

/** @param {HTMLAnchorElement} link @param {import('./signed.js').Now} now */
function correct(link, now) {
  let line = link.nextElementSibling;
  const more = line && line.className === 'more' ? /** @type {HTMLDetailsElement} */ (line) : null;
  if (more) line = more.nextElementSibling;
  if (!line || line.className !== 'corrected') {
    line = document.createElement('p');
    line.className = 'corrected';
    (more || link).after(line);
  }
  line.textContent = now.note;
  if (now.href) {
    const place = link.querySelector('b') || link.querySelector('span') || link;
    link.href = now.href;
    place.textContent = (place.textContent || '').replace(place.localName === 'b' ? /.*/ : /\d[\d ]*$/, now.shown || '');
    if (more) more.open = false; // opened again, it is made of the new number
  } else if (!now.stays) {
    link.removeAttribute('href');
    if (more) more.remove();
  }
  if (now.instead) {
    const [id, name, href, shown] = now.instead;
    const other = document.createElement('a');
    const number = document.createElement('b');
    other.href = href;
    other.dataset.number = id;
    number.textContent = shown;
    other.append(name + ' ', number);
    line.append(' Instead: ', other);
  }
}

/** @param {import('./signed.js').Known} said */
function apply(said) {
  if (!said.seq || said.seq < seq) return;
  const { text = '', from = '', until = '', area = '' } = said.banner || {};
  const now = today();
  const here = root.dataset.area;
  const holds = from <= now && now <= until && (!area || !here || area === here || location.pathname.endsWith(area));
  say('urgent', holds ? text : '', (line) => {
    line.setAttribute('role', 'alert');
    main.prepend(line);
  });
  if (said.seq === seq && now === day) return;
  seq = said.seq;
  day = now;
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-number]'))) {
    const now = current(said, each.dataset.number);
    if (!now) continue;
    if (each.localName === 'a') correct(/** @type {HTMLAnchorElement} */ (each), now);
    else if (!now.stays) each.remove(); // a code, or what "More" holds
  }
}

function look() {
  if (busy || document.hidden) return;
  busy = true;
  if (serviceWorker && Math.abs(Date.now() - looked) > 3e5)
    serviceWorker.ready.then((registration) => registration.update()).then(() => (looked = Date.now()), () => {});
  renew()
    .catch(kept)
    .then((said) => {
      sayAge(said.checked); // only now: online it would come and go again
      apply(said);
    })
    .catch(() => {})
    .then(() => (busy = false));
}

async function start() {
  stored().then(apply).catch(() => {}); // however late a slow phone has it
  try {
    if (__SAVES__) await within(500, caches.open('corrections'));
  } catch (error) {}
  // Asked past the worker, the answer's no-store would cost the page its place in bfcache; a first page waits for it,
  // but not long: a worker may never come.
  if (__SAVES__ && serviceWorker && !serviceWorker.controller) {
    serviceWorker.addEventListener('controllerchange', look);
    setTimeout(look, 3000);
  } else look();
}

start();
document.addEventListener('visibilitychange', look);
addEventListener('pageshow', (event) => event.persisted && look());
addEventListener('focus', look);
addEventListener('online', look);
