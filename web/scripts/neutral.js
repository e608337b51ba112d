// The script of /neutral: sets the exit marker, goes on to the destination straight after leaving, handles the link
// back to the start page, and fills in the calendar.

import { fillCalendar } from './neutral/calendar.js';
import { showMinimal } from './shared/minimal.js';
import { attempt, readItem, removeItem, writeItem } from './shared/storage.js';
import { within } from './shared/waiting.js';

const destination = __DESTINATION__;
const timeLimit = 1500; // milliseconds
const isApp = matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;

/** Set when the user chooses Start page; cancels the redirect. */
let returning = false;
/** What the page that the user left has stored: `1`, or `push` if the visit has other history entries. Nothing if the
 * user came here in another way. @type {string | null | undefined} */
let leaving;
/** @type {Promise<unknown> | undefined} */
let markerSet;

/** Sets the exit marker, for pages (localStorage) and for the worker (Cache Storage); one that hasn't expired keeps its
 * time. */
const setExitMarker = () => {
  let left = Number(readItem('localStorage', 'left'));
  if (!(Math.abs(Date.now() - left) < __MARK_SECONDS__ * 1000)) left = Date.now();
  writeItem('localStorage', 'left', String(left));
  return attempt(() => caches.open('left').then((cache) => cache.put('/left', new Response(String(left)))).catch(() => {}));
};

/** Removes the exit marker, even one that is being set just now. */
const removeExitMarker = async () => {
  removeItem('localStorage', 'left');
  await markerSet;
  await caches.delete('left');
};

/** Goes to the destination, but only once it has responded: otherwise the browser could show its own error page. */
const goToDestination = () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), timeLimit);
  fetch(destination, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: controller.signal }).then(
    () => {
      const push = () => returning || location.assign(destination);
      if (returning) return;
      if (leaving !== 'push') location.replace(destination);
      // A new history entry discards the visit's other entries; before the page has loaded, browsers don't add one.
      else if (document.readyState === 'complete') push();
      else addEventListener('load', () => setTimeout(push));
      setTimeout(() => returning || stop(), timeLimit * 3); // the destination responded, but now it hangs
    },
    () => {},
  );
};

/** Sets the exit marker and goes on, once the user really sees the page. Browsers also load pages that nobody has
 * opened yet: they are then `prerendering`, or `hidden` in Safari. */
const arrive = () => {
  const { prerendering } = document;
  if (!leaving && !prerendering) leaving = readItem('sessionStorage', 'leaving');
  if (prerendering || (document.hidden && !leaving)) return;
  document.removeEventListener('prerenderingchange', arrive);
  document.removeEventListener('visibilitychange', arrive);
  attempt(() => sessionStorage.clear());
  if (leaving) removeItem('localStorage', 'leaving');
  markerSet = setExitMarker();
  if (leaving && isApp) window.close();
  else if (leaving && destination !== '/neutral') goToDestination();
};
document.addEventListener('prerenderingchange', arrive);
document.addEventListener('visibilitychange', arrive);
arrive();

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element && event.target.closest('#start'))) return;
  event.preventDefault();
  returning = true;
  stop(); // the destination may be loading already
  const start = () => location.replace('/start');
  within(500, removeExitMarker()).then(start, start);
});

document.addEventListener('DOMContentLoaded', fillCalendar);
document.addEventListener('visibilitychange', fillCalendar);

// If loading stopped halfway (Escape, lost signal), the page would be blank, with no way back.
setTimeout(() => document.getElementById('start') || showMinimal(), timeLimit);
