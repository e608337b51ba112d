// Applies what is known of the numbers since this release, an urgent banner, and how long ago that was looked up.
// What is made from a number later (contact.js) is made of the link as it stands in the page, so it is right too.

import { current, kept, renew } from './signed.js';

const root = document.documentElement;
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
let seq = 0;
let busy = false;

/** A line of its own in the page, or none. @param {string} id @param {string} words @param {(line: Element) => void} put */
function say(id, words, put) {
  const found = document.getElementById(id);
  const line = found || document.createElement('p');
  line.id = id;
  line.textContent = words;
  if (!words) line.remove();
  else if (!found) put(line);
}

/** @param {number} checked */
function sayAge(checked) {
  const days = (Date.now() - checked) / 864e5;
  const grades = [
    '',
    'Go online when you can. The numbers can still be called.',
    "A number here may have changed. If one doesn't work, try the next. In danger, call 999.",
    "Some numbers here may be wrong. Try them all the same. If one doesn't work, call 101. In danger, call 999.",
  ];
  const words = grades[+(days >= 30) + +(days >= 90) + +(days >= 180)];
  const day = new Date(checked).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  say('age', words && `This phone last looked for changes on ${day}. ${words}`, (line) =>
    /** @type {Element} */ (document.querySelector('.danger') || document.querySelector('h1')).after(line),
  );
}

/** @param {HTMLAnchorElement} link @param {import('./signed.js').Now} now */
function correct(link, now) {
  let next = link.nextElementSibling;
  const more = next && next.className === 'more' ? /** @type {HTMLDetailsElement} */ (next) : null;
  if (more) next = more.nextElementSibling;
  let words = now.note || '';
  if (now.href) {
    words = 'This number has changed. ' + words;
    const place = link.querySelector('b') || link.querySelector('span') || link;
    link.href = now.href;
    if (place.localName === 'b') place.textContent = now.shown || '';
    else place.textContent = (place.textContent || '').replace(/\d[\d ]*$/, now.shown || '');
    if (more) more.open = false; // opened again, it is made of the new number
  } else if (!now.stays) {
    words = 'This number is no longer in use. ' + words;
    link.removeAttribute('href');
    if (more) more.remove();
  }
  const line = next && next.className === 'corrected' ? next : document.createElement('p');
  line.className = 'corrected';
  line.textContent = words.trim();
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
  (more && more.isConnected ? more : link).after(line);
}

/** @param {import('./signed.js').Known} said */
function show(said) {
  sayAge(said.checked);
  if (!said.seq || said.seq < seq) return;
  const { text = '', from = '', until = '', area = '' } = said.banner || {};
  const today = new Date().toISOString().slice(0, 10);
  const here = root.dataset.area;
  const holds = from <= today && today <= until && (!area || !here || area === here || location.pathname.endsWith(area));
  say('urgent', holds ? text : '', (line) => {
    line.setAttribute('role', 'alert');
    main.prepend(line);
  });
  if (said.seq === seq) return;
  seq = said.seq;
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
  renew()
    .then(show)
    .catch(() => {})
    .then(() => (busy = false));
}

async function start() {
  try {
    await caches.open('corrections');
    show(await kept());
  } catch (error) {}
  look();
}

start();
document.addEventListener('visibilitychange', look);
addEventListener('pageshow', (event) => event.persisted && look());
addEventListener('focus', look);
addEventListener('online', look);
