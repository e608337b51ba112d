// The script of /neutral alone: sets the exit marker, goes on to the destination right after leaving, offers the way
// back to the start page, and fills in today's sunrise and sunset.

import { fillCalendar } from './neutral/calendar.js';
import { removeExitMarker, setExitMarker } from './neutral/exit.js';
import { attempt } from './shared/attempt.js';
import { within } from './shared/waiting.js';

const destination = __DESTINATION__;
const patience = 1500; // milliseconds
const isApp = matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;

/** Set when the user chooses Start page; cancels the redirect. */
let returning = false;
/** What the page before stored of its leaving: `1`, `push` if the visit has other history entries, or nothing.
 * @type {string | null | undefined} */
let leaving;
/** @type {Promise<unknown> | undefined} */
let markerSet;

/** Goes to the destination if it answers: a dead or slow one would end in the browser's own error page. */
const goOn = () => {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), patience);
  fetch(destination, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: limit.signal }).then(
    () => {
      const go = () => returning || location.assign(destination);
      if (returning) return;
      if (leaving !== 'push') location.replace(destination);
      // A page can't add a history entry before it has loaded: the visit's other entries would stay behind it.
      else if (document.readyState === 'complete') go();
      else addEventListener('load', () => setTimeout(go));
      setTimeout(() => returning || stop(), patience * 3); // it answered and then hangs
    },
    () => {},
  );
};

/** Sets the exit marker once the user really sees the page. Browsers load pages ahead that nobody has opened
 * (`prerendering`; Safari: hidden). */
const arrive = () => {
  const { prerendering } = document;
  if (!leaving && !prerendering) leaving = attempt(() => sessionStorage.getItem('leaving'));
  if (prerendering || (document.hidden && !leaving)) return;
  document.removeEventListener('prerenderingchange', arrive);
  document.removeEventListener('visibilitychange', arrive);
  attempt(() => sessionStorage.clear());
  if (leaving) attempt(() => localStorage.removeItem('leaving'));
  markerSet = setExitMarker();
  if (leaving && isApp) window.close();
  else if (leaving && destination !== '/neutral') goOn();
};
document.addEventListener('prerenderingchange', arrive);
document.addEventListener('visibilitychange', arrive);
arrive();

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element && event.target.closest('#start'))) return;
  event.preventDefault();
  returning = true;
  stop(); // it may be on its way to the destination
  const start = () => location.replace('/start');
  within(500, removeExitMarker(markerSet)).then(start, start);
});

document.addEventListener('DOMContentLoaded', fillCalendar);
document.addEventListener('visibilitychange', fillCalendar);

/** A page stopped halfway, by Escape or a lost signal, would be blank and have no way back. */
const complete = () => {
  if (document.getElementById('start')) return;
  stop();
  const body = document.body || document.documentElement.appendChild(document.createElement('body'));
  body.textContent = '';
  const heading = document.createElement('h1');
  const start = document.createElement('a');
  heading.textContent = document.title;
  start.textContent = 'Start page';
  start.id = 'start';
  start.href = '/start';
  body.append(heading, start);
};
setTimeout(complete, patience);
