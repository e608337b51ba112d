// Shows on one screen whether this phone is ready to go out without a signal.

import { findElement } from './shared/dom.js';
import { inWords, newestSaved } from './shared/saved.js';
import { within } from './shared/waiting.js';

/** @param {string} id @param {string} words */
const setWords = (id, words) => void (findElement(`#${id}`, HTMLElement).textContent = words);

/** @param {string} path @param {string} cacheName */
const findSaved = (path, cacheName) => within(2000, caches.match(path, { cacheName })).catch(() => undefined);

async function showState() {
  const saved = await newestSaved().catch(() => null);
  for (const [id, path] of [['first', '/help'], ['second', '/outreach']]) {
    const page = saved && (await findSaved(path, saved.name));
    setWords(id, page ? 'Saved on this phone.' : 'Not saved yet. Stay where there is signal, and open this page again.');
  }
  const corrections = await findSaved('/corrections.json', 'corrections');
  setWords('corrections', corrections ? `Last looked for on ${inWords(Number(corrections.headers.get('checked')))}.` : '');
  if (!saved) return setWords('release', 'None is saved yet.');
  const facts = `With facts up to ${inWords(saved.built)}.`;
  const newest = await fetch('/release.json', { cache: 'no-store' })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (!newest) setWords('release', `${facts} No signal now, so this page can't tell whether a newer one is out.`);
  else if (newest.release === saved.release) setWords('release', `${facts} It is the newest.`);
  else setWords('release', `${facts} A newer one is out. Open this page again to get it.`);
}

if ('caches' in window) {
  showState();
  // The packs may arrive while this page is open.
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('controllerchange', showState);
} else {
  for (const id of ['first', 'second', 'release']) setWords(id, "These pages can't be saved here. Take printed sheets.");
}
