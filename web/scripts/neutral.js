import { clockChanges, londonDay, sunTimes } from './calendar.js';
import { within } from './waiting.js';

// The script of /neutral alone: it keeps the mark, goes on to the destination right after leaving, offers the
// deliberate way back, and fills in today's sunrise and sunset.
(() => {
  const destination = __DESTINATION__;
  const patience = 1500;
  const markLasts = __MARK_SECONDS__ * 1000;
  const standalone =
    matchMedia('(display-mode: standalone)').matches || /** @type {any} */ (navigator).standalone === true;

  /** Whoever goes back to the start page is not taken elsewhere after all. */
  let returning = false;

  /** Storage can be switched off. @template T @param {() => T} act @returns {T | null} */
  const attempt = (act) => {
    try {
      return act();
    } catch (e) {
      return null;
    }
  };

  const mark = () => {
    let left = Number(attempt(() => localStorage.getItem('left')));
    if (!(Math.abs(Date.now() - left) < markLasts)) left = Date.now();
    attempt(() => localStorage.setItem('left', String(left)));
    const put = (/** @type {Cache} */ cache) => cache.put('/left', new Response(String(left)));
    return attempt(() => caches.open('left').then(put).catch(() => {}));
  };

  // Only a page that answers is gone to: a dead or slow one would end in the browser's own error page.
  const goOn = () => {
    const limit = new AbortController();
    setTimeout(() => limit.abort(), patience);
    fetch(destination, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: limit.signal }).then(
      () => {
        const go = () => returning || location.assign(destination);
        if (returning) return;
        if (leaving !== 'push') location.replace(destination);
        // Before it has wholly loaded a page can't add an entry: the visit's others would stay behind it.
        else if (document.readyState === 'complete') go();
        else addEventListener('load', () => setTimeout(go));
        setTimeout(() => returning || stop(), patience * 3); // it answered and then hangs
      },
      () => {},
    );
  };

  /** @type {string | null} */
  let leaving = null;
  /** @type {Promise<unknown> | null} */
  let marked = null;

  // Browsers load pages ahead that nobody has opened (`prerendering`; Safari: hidden). Such a page leaves no marker.
  const opened = () => {
    const { prerendering } = /** @type {{prerendering?: boolean}} */ (document);
    leaving = leaving || (prerendering ? null : attempt(() => sessionStorage.getItem('leaving')));
    if (prerendering || (document.hidden && !leaving)) return;
    document.removeEventListener('prerenderingchange', opened);
    document.removeEventListener('visibilitychange', opened);
    attempt(() => sessionStorage.clear());
    if (leaving) attempt(() => localStorage.removeItem('leaving'));
    marked = mark();
    if (leaving && standalone) window.close();
    else if (leaving && destination !== '/neutral') goOn();
  };
  document.addEventListener('prerenderingchange', opened);
  document.addEventListener('visibilitychange', opened);
  opened();

  document.addEventListener('click', (event) => {
    if (!(/** @type {Element} */ (event.target).closest('#start'))) return;
    event.preventDefault();
    returning = true;
    stop(); // it may be on its way to the destination
    attempt(() => localStorage.removeItem('left'));
    const end = () => location.replace('/start');
    // The mark may still be on its way in: taken out before that, it would come after all.
    const unmark = async () => {
      await marked;
      await caches.delete('left');
    };
    within(500, unmark()).then(end, end);
  });

  /** @param {number} time @param {Intl.DateTimeFormatOptions} options */
  const inLondon = (time, options) =>
    new Date(time).toLocaleString('en-GB', { ...options, timeZone: 'Europe/London' });
  /** @param {number} time */
  const date = (time) => inLondon(time, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  /** @param {number} time */
  const clock = (time) => inLondon(time, { hour: '2-digit', minute: '2-digit' });
  /** @param {string} id @param {(place: HTMLElement) => void} act */
  const on = (id, act) => {
    const place = document.getElementById(id);
    if (place) act(place);
  };

  // Without this the page shows what is true on any day.
  const fillIn = () => {
    const today = londonDay(new Date());
    on('today', (place) => (place.textContent = date(today)));
    on('sun', (list) => {
      for (const place of list.querySelectorAll('[data-at]')) {
        const [latitude, longitude] = (place.getAttribute('data-at') || '').split(' ').map(Number);
        place.textContent = sunTimes(today, latitude, longitude).map(clock).join(' to ');
      }
      list.hidden = false;
    });
    on('clocks', (list) => {
      const year = new Date(today).getUTCFullYear();
      const next = [...clockChanges(year), ...clockChanges(year + 1)].filter((change) => change >= today);
      Array.from(list.children).forEach((item, i) => (item.textContent = date(next[i])));
      list.hidden = false;
    });
    on('holidays', (list) => {
      for (const time of list.querySelectorAll('time'))
        /** @type {HTMLElement} */ (time.parentNode).hidden = Date.parse(time.dateTime) < today;
    });
  };
  document.addEventListener('DOMContentLoaded', fillIn);
  document.addEventListener('visibilitychange', fillIn);

  // Stopped halfway, by Esc or a lost signal, the page would be blank and have no way back.
  const whole = () => {
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
  setTimeout(whole, patience);
})();
