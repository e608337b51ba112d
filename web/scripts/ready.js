// Says on one screen whether this phone is ready to go out with no signal.

import { inWords, newestSaved } from './saved.js';
import { within } from './waiting.js';

/** @param {string} id @param {string} words */
const say = (id, words) => {
  /** @type {HTMLElement} */ (document.getElementById(id)).textContent = words;
};

async function look() {
  const saved = await newestSaved().catch(() => null);
  for (const [id, path] of [['first', '/help'], ['second', '/outreach']]) {
    const page = saved && (await within(2000, caches.match(path, { cacheName: saved.name })).catch(() => undefined));
    say(id, page ? 'Saved on this phone.' : 'Not saved yet. Stay where there is signal, and open this page again.');
  }
  const corrections = await within(2000, caches.match('/corrections.json', { cacheName: 'corrections' })).catch(() => undefined);
  say('corrections', corrections ? `Last looked for on ${inWords(Number(corrections.headers.get('checked')))}.` : '');
  if (!saved) return say('release', 'None is saved yet.');
  const facts = `With facts up to ${inWords(saved.built)}.`;
  const newest = await fetch('/release.json', { cache: 'no-store' })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (!newest) say('release', `${facts} No signal now, so this page can't tell whether a newer one is out.`);
  else if (newest.release === saved.release) say('release', `${facts} It is the newest.`);
  else say('release', `${facts} A newer one is out. Open this page again to get it.`);
}

if ('caches' in window) {
  look();
  // The packs may arrive while the page is being read.
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('controllerchange', look);
} else {
  for (const id of ['first', 'second', 'release']) say(id, "These pages can't be saved here. Take printed sheets.");
}
