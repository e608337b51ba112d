// Says on one screen whether this phone is ready to go out with no signal.

/** @param {string} id @param {string} words */
const say = (id, words) => {
  /** @type {HTMLElement} */ (document.getElementById(id)).textContent = words;
};
const own = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name=release]')).content;
/** @param {string | number} when */
const day = (when) =>
  new Date(when).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Only a cache with its READY entry is whole. @param {string} path */
const kept = async (path) => {
  const cacheName = 'pages-' + own;
  return Boolean((await caches.match('/ready', { cacheName })) && (await caches.match(path, { cacheName })));
};

async function look() {
  for (const [id, path] of [['first', '/help'], ['second', '/outreach']]) {
    const saved = await kept(path).catch(() => false);
    say(id, saved ? 'Saved on this phone.' : 'Not saved yet. Stay where there is signal, and open this page again.');
  }
  const corrections = await caches.match('/corrections.json', { cacheName: 'corrections' }).catch(() => undefined);
  say('corrections', corrections ? `Last looked for on ${day(Number(corrections.headers.get('checked')))}.` : '');
  const ready = await caches.match('/ready', { cacheName: 'pages-' + own }).catch(() => undefined);
  if (!ready) return say('release', 'None is saved yet.');
  const built = `Of ${day((await ready.json()).built)}.`;
  const newest = await fetch('/release.json', { cache: 'no-store' })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  if (!newest) say('release', `${built} No signal now, so this page can't tell whether a newer one is out.`);
  else if (newest.release === own) say('release', `${built} It is the newest.`);
  else say('release', `${built} A newer one is out, of ${day(newest.built)}. Open this page again to get it.`);
}

if ('caches' in window) {
  look();
  // The packs may arrive while the page is being read.
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('controllerchange', look);
} else {
  for (const id of ['first', 'second', 'release']) say(id, "These pages can't be saved here. Take printed sheets.");
}
