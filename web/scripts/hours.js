// Shows on each card whether a service is open now, in London's time whatever the phone's time zone.

import { findElements } from './shared/dom.js';

const holidays = __BANK_HOLIDAYS__; // numbers such as 20261225
const newestFact = Date.parse(__NEWEST_FACT__);
const day = 1440; // minutes
const dayNames = ['Sun', 'Mon', 'Tues', 'Wednes', 'Thurs', 'Fri', 'Satur'];
/** @type {Intl.DateTimeFormat | undefined} */
let clock;
try {
  clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/London',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
} catch (e) {}

/** Returns London's date and time, in minutes since 1970 as if it were UTC; NaN if the phone can't tell.
 * @param {number} now milliseconds since 1970 */
export function london(now) {
  if (!clock || !clock.formatToParts) return NaN;
  /** @type {Record<string, number>} */
  const at = {};
  for (const part of clock.formatToParts(now)) at[part.type] = Number(part.value);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour % 24, at.minute) / 60000;
}

/** Returns the date as a number such as 20261225, and the day of the week.
 * @param {number} minute as `london` returns it */
const dateOf = (minute) => {
  const date = new Date(Math.floor(minute / day) * day * 60000);
  const number = date.getUTCFullYear() * 10000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  return { number, weekday: date.getUTCDay() };
};

/** Returns whether it is open (null: unknown), the minute when that changes (null: not within two weeks), and whether
 * today is a bank holiday.
 * @param {string} hours as `packed` in server/content/hours.py writes them
 * @param {number} minute as `london` returns it
 * @returns {{open: boolean | null, change: number | null, holiday?: boolean}} */
export function answer(hours, minute) {
  const text = hours.replace('~', '');
  if (!text) return { open: true, change: null };
  if (isNaN(minute)) return { open: null, change: null };
  /** @type {Record<string, {start: number, end: number, open: boolean | null}[]>} */
  const spansByDay = {};
  const edges = new Set([0]);
  for (const part of text.split(' ')) {
    const [days, spans] = part.split(':');
    const parsed = spans.split(',').map((span) => {
      const [start, end] = span.split('-').map((edge) => parseInt(edge, 10));
      if (spans) edges.add(start).add(end);
      return { start, end, open: span.slice(-1) === '?' ? null : true };
    });
    for (const each of days) spansByDay[each] = parsed;
  }
  /** @param {number} at */
  const isHoliday = (at) => Boolean(spansByDay[8]) && holidays.includes(dateOf(at).number);
  /** @param {number} at */
  const isOpen = (at) => {
    const { number, weekday } = dateOf(at);
    /** @param {number} date */
    const year = (date) => Math.floor(date / 10000);
    // Holidays of other years aren't known.
    if (spansByDay[8] && (year(number) < year(holidays[0]) || year(number) > year(holidays[holidays.length - 1]))) return null;
    const minuteOfDay = at % day;
    const spansToday = spansByDay[isHoliday(at) ? 8 : weekday || 7] || [];
    const span = spansToday.find(({ start, end }) => start <= minuteOfDay && minuteOfDay < end);
    return span ? span.open : false;
  };
  const openNow = isOpen(minute);
  const midnight = minute - (minute % day);
  const sorted = Array.from(edges).sort((a, b) => a - b);
  for (let ahead = 0; ahead < 15; ahead++)
    for (const edge of sorted) {
      const at = midnight + ahead * day + edge;
      if (at > minute && isOpen(at) !== openNow) return { open: openNow, change: at, holiday: isHoliday(minute) };
    }
  return { open: openNow, change: null, holiday: isHoliday(minute) };
}

/** Returns a time as 9am, 4.30pm, midday or midnight. @param {number} minute as `london` returns it */
const formatTime = (minute) => {
  const minuteOfDay = minute % day;
  if (!(minuteOfDay % 720)) return minuteOfDay ? 'midday' : 'midnight';
  const hour = Math.floor(minuteOfDay / 60);
  const past = minuteOfDay % 60 ? '.' + String(minuteOfDay % 60).padStart(2, '0') : '';
  return (hour % 12 || 12) + past + (hour < 12 ? 'am' : 'pm');
};

/** Returns the words on the card. @param {string} hours as for `answer` @param {number} now milliseconds since 1970 */
export function line(hours, now) {
  const minute = london(now);
  const { open, change, holiday } = answer(hours, minute);
  if (!/\d/.test(hours)) return (hours ? 'Published hours suggest it is open' : 'Open') + ' now, day and night';
  if (isClockWrong(now)) return (now < newestFact ? "Check your phone's date" : 'These hours are years old') + ": we can't tell who is open";
  if (open === null) return "We don't know " + (holiday ? 'its bank holiday hours' : 'if it is open now');
  const states = hours[0] === '~' ? ['Published hours suggest it is closed', 'Published hours suggest it is open'] : ['Closed', 'Open'];
  const stateNow = states[Number(open)] + ' now';
  if (change === null) return stateNow;
  // Midnight counts as the end of a day, not as the beginning of the next.
  const last = change % day ? change : change - 1;
  const daysAhead = Math.floor(last / day) - Math.floor(minute / day);
  const dayWords = daysAhead === 1 ? ' tomorrow' : (daysAhead > 6 ? ' next ' : ' on ') + dayNames[dateOf(last).weekday] + 'day';
  const when = daysAhead ? dayWords : '';
  if (open) return stateNow + ', until ' + formatTime(change) + when;
  return answer(hours, change).open ? stateNow + '. Opens' + when + ' at ' + formatTime(change) : stateNow;
}

/** Whether the phone's date can't be right, or the release is too old: before its newest fact, or two years after it.
 * @param {number} now */
function isClockWrong(now) {
  return !(now >= newestFact && now < newestFact + 731 * 864e5);
}

/** Whether two cards should change places: only the second is open now, and the hours of both are certain.
 * @param {(string | undefined)[]} hours @param {number} now */
export function turned([one, other], now) {
  if (one === undefined || other === undefined || one[0] === '~' || other[0] === '~' || isClockWrong(now)) return false;
  return answer(one, london(now)).open === false && answer(other, london(now)).open === true;
}

if (typeof document !== 'undefined') {
  const lines = findElements('[data-hours]', HTMLElement);
  const show = () => {
    const now = Date.now();
    for (const each of lines) {
      const hours = each.dataset.hours || '';
      const words = line(hours, now);
      if (each.textContent !== words) each.textContent = words;
      each.classList.toggle('open', hours[0] !== '~' && words.slice(0, 4) === 'Open');
    }
  };
  // Reorder only before first paint, so nothing moves while someone taps. first.js sets `seen` at first paint: the
  // browser's own `paint` entries come too late.
  const pair = document.querySelector('[data-turn]');
  if (pair && !document.documentElement.classList.contains('seen')) {
    const [one, other] = Array.from(pair.children);
    const hours = [one, other].map((card) => {
      const row = card && card.querySelector('dd [data-hours]');
      return row instanceof HTMLElement ? row.dataset.hours : undefined;
    });
    if (turned(hours, Date.now())) pair.insertBefore(other, one);
  }
  show();
  setInterval(() => document.hidden || show(), 60000);
  document.addEventListener('visibilitychange', () => document.hidden || show());
  addEventListener('pageshow', show);
}
