// Calculates and fills in the calendar of /neutral, so that it never goes out of date: London's day, sun times, clock
// changes. Without it the page shows only what holds on any day.

const radians = Math.PI / 180;

/** Returns today's date in London, whatever the phone's time zone, as midnight UTC of that date, in milliseconds.
 * @param {Date} now */
export const londonDay = (now) =>
  Date.parse(now.toLocaleDateString('en-GB', { timeZone: 'Europe/London' }).split('/').reverse().join('-'));

/** Returns sunrise and sunset in milliseconds since 1970, by the approximate solar coordinates of the US Naval
 * Observatory (https://aa.usno.navy.mil/faq/sun_approx).
 * @param {number} day midnight in UTC, in milliseconds @param {number} latitude @param {number} longitude in degrees */
export const sunTimes = (day, latitude, longitude) => {
  const { sin, cos } = Math;
  const noon = day / 864e5 - 10957 - longitude / 360; // in days since noon on 1 January 2000
  return [-1, 1].map((side) => {
    const when = noon + side / 4; // roughly the time of sunrise or sunset
    const anomaly = (357.529 + 0.98560028 * when) * radians;
    const ecliptic = (280.459 + 0.98564736 * when + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly)) * radians;
    const declination = Math.asin(sin(23.439 * radians) * sin(ecliptic));
    const angle = Math.acos(
      (sin(-0.833 * radians) - sin(latitude * radians) * sin(declination)) /
        (cos(latitude * radians) * cos(declination)),
    );
    const transit = noon + 0.0053 * sin(anomaly) - 0.0069 * sin(2 * ecliptic);
    return (transit + 10957.5 + (side * angle) / radians / 360) * 864e5;
  });
};

/** Returns the last Sundays of March and October, when the clocks change, in milliseconds.
 * @param {number} year @returns {number[]} */
export const clockChanges = (year) =>
  [2, 9].map((month) => {
    const last = new Date(Date.UTC(year, month, 31));
    return last.setUTCDate(31 - last.getUTCDay());
  });

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
