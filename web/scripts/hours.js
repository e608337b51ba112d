// Shows on each card whether a service is open now: worked out on the phone, in London's time whatever its own zone.

import { findElements } from './shared/dom.js';

const holidays = __BANK_HOLIDAYS__;
const since = Date.parse(__NEWEST_FACT__);
const day = 1440;
const names = ['Sun', 'Mon', 'Tues', 'Wednes', 'Thurs', 'Fri', 'Satur'];
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

/** Returns what clocks in London show, in minutes since 1970 without regard to time zones; NaN if the phone can't tell.
 * @param {number} now milliseconds since 1970, UTC */
export function london(now) {
  if (!clock || !clock.formatToParts) return NaN;
  /** @type {Record<string, number>} */
  const at = {};
  for (const part of clock.formatToParts(now)) at[part.type] = Number(part.value);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour % 24, at.minute) / 60000;
}

/** @param {number} minute */
const dated = (minute) => {
  const date = new Date(Math.floor(minute / day) * day * 60000);
  return { number: date.getUTCFullYear() * 10000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate(), week: date.getUTCDay() };
};

/** Returns whether it is open (null: unknown), the minute when that changes, within two weeks, and whether today is a
 * bank holiday. @param {string} hours as `packed` of server/content/hours.py writes them
 * @param {number} minute as `london` returns it
 * @returns {{open: boolean | null, change: number | null, holiday?: boolean}}
 */
export function answer(hours, minute) {
  const text = hours.replace('~', '');
  if (!text) return { open: true, change: null };
  if (isNaN(minute)) return { open: null, change: null };
  /** @type {Record<string, {start: number, end: number, open: boolean | null}[]>} */
  const week = {};
  const edges = new Set([0]);
  for (const part of text.split(' ')) {
    const [days, spans] = part.split(':');
    const read = spans.split(',').map((span) => {
      const [start, end] = span.split('-').map((edge) => parseInt(edge, 10));
      if (spans) edges.add(start).add(end);
      return { start, end, open: span.slice(-1) === '?' ? null : true };
    });
    for (const each of days) week[each] = read;
  }
  /** @param {number} at */
  const isHoliday = (at) => Boolean(week[8]) && holidays.includes(dated(at).number);
  /** @param {number} at */
  const open = (at) => {
    const { number, week: weekday } = dated(at);
    /** @param {number} date */
    const year = (date) => Math.floor(date / 10000);
    if (week[8] && (year(number) < year(holidays[0]) || year(number) > year(holidays[holidays.length - 1]))) return null;
    const rest = at % day;
    const span = (week[isHoliday(at) ? 8 : weekday || 7] || []).find((each) => each.start <= rest && rest < each.end);
    return span ? span.open : false;
  };
  const now = open(minute);
  const midnight = minute - (minute % day);
  const sorted = Array.from(edges).sort((a, b) => a - b);
  for (let ahead = 0; ahead < 15; ahead++)
    for (const edge of sorted) {
      const at = midnight + ahead * day + edge;
      if (at > minute && open(at) !== now) return { open: now, change: at, holiday: isHoliday(minute) };
    }
  return { open: now, change: null, holiday: isHoliday(minute) };
}

/** @param {number} minute */
const time = (minute) => {
  const rest = minute % day;
  if (!(rest % 720)) return rest ? 'midday' : 'midnight';
  const hour = Math.floor(rest / 60);
  return (hour % 12 || 12) + (rest % 60 ? '.' + String(rest % 60).padStart(2, '0') : '') + (hour < 12 ? 'am' : 'pm');
};

/** Returns the line on the card. @param {string} hours @param {number} now milliseconds since 1970 */
export function line(hours, now) {
  const minute = london(now);
  const { open, change, holiday } = answer(hours, minute);
  if (!/\d/.test(hours)) return (hours ? 'Published hours suggest it is open' : 'Open') + ' now, day and night';
  if (wrong(now)) return (now < since ? "Check your phone's date" : 'These hours are years old') + ": we can't tell who is open";
  if (open === null) return "We don't know " + (holiday ? 'its bank holiday hours' : 'if it is open now');
  const state = hours[0] === '~' ? ['Published hours suggest it is closed', 'Published hours suggest it is open'] : ['Closed', 'Open'];
  const start = state[Number(open)] + ' now';
  if (change === null) return start;
  // Midnight belongs to the day that ends.
  const last = change % day ? change : change - 1;
  const ahead = Math.floor(last / day) - Math.floor(minute / day);
  const name = ahead === 1 ? ' tomorrow' : (ahead > 6 ? ' next ' : ' on ') + names[dated(last).week] + 'day';
  const when = ahead ? name : '';
  if (open) return start + ', until ' + time(change) + when;
  return answer(hours, change).open ? start + '. Opens' + when + ' at ' + time(change) : start;
}

/** Whether the phone's clock is before the newest fact of the release, or two years after it. @param {number} now */
export function wrong(now) {
  return !(now >= since && now < since + 731 * 864e5);
}

/** Whether of two numbers only the second is open now, by hours that are certain.
 * @param {(string | undefined)[]} hours @param {number} now */
export function turned([one, other], now) {
  if (one === undefined || other === undefined || one[0] === '~' || other[0] === '~' || wrong(now)) return false;
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
  // Reorder only before first paint, so nothing moves while someone taps. The browser's own `paint` entries come too late.
  const first = document.querySelector('[data-turn]');
  if (first && !document.documentElement.classList.contains('seen')) {
    const [one, other] = Array.from(first.children);
    const hours = [one, other].map((card) => {
      const row = card && card.querySelector('dd [data-hours]');
      return row instanceof HTMLElement ? row.dataset.hours : undefined;
    });
    if (turned(hours, Date.now())) first.insertBefore(other, one);
  }
  show();
  setInterval(() => document.hidden || show(), 60000);
  document.addEventListener('visibilitychange', () => document.hidden || show());
  addEventListener('pageshow', show);
}
