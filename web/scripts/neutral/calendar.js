// Fills in the calendar of /neutral. Without it the page shows only what holds on any day.

import { clockChanges, londonDay, sunTimes } from './days.js';

/** @param {number} time @param {Intl.DateTimeFormatOptions} options */
const inLondon = (time, options) => new Date(time).toLocaleString('en-GB', { ...options, timeZone: 'Europe/London' });

/** @param {number} time */
const formatDate = (time) => inLondon(time, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** @param {number} time */
const formatTime = (time) => inLondon(time, { hour: '2-digit', minute: '2-digit' });

/** Runs `fill` on the element if it is in the page already.
 * @param {string} id @param {(element: HTMLElement) => void} fill */
const withElement = (id, fill) => {
  const element = document.getElementById(id);
  if (element) fill(element);
};

/** Shows today's date, sun times, the next clock changes and the bank holidays to come. */
export const fillCalendar = () => {
  const today = londonDay(new Date());
  withElement('today', (element) => (element.textContent = formatDate(today)));
  withElement('sun', (section) => {
    for (const place of section.querySelectorAll('[data-at]')) {
      const [latitude, longitude] = (place.getAttribute('data-at') || '').split(' ').map(Number);
      place.textContent = sunTimes(today, latitude, longitude).map(formatTime).join(' to ');
    }
    section.hidden = false;
  });
  withElement('clocks', (list) => {
    const year = new Date(today).getUTCFullYear();
    const next = [...clockChanges(year), ...clockChanges(year + 1)].filter((change) => change >= today);
    Array.from(list.children).forEach((item, i) => (item.textContent = formatDate(next[i])));
    list.hidden = false;
  });
  withElement('holidays', (list) => {
    for (const item of list.querySelectorAll('li'))
      for (const time of item.querySelectorAll('time')) item.hidden = Date.parse(time.dateTime) < today;
  });
};
