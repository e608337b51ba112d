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
    if (Math.abs(Date.now() - left) > markLasts) left = Date.now();
    attempt(() => localStorage.setItem('left', String(left)));
    return 'caches' in window
      ? caches
          .open('left')
          .then((cache) => cache.put('/left', new Response(String(left))))
          .catch(() => {})
      : Promise.resolve();
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

  const leaving = attempt(() => sessionStorage.getItem('leaving'));
  attempt(() => sessionStorage.clear());
  const marked = mark();
  if (leaving && standalone) window.close();
  else if (leaving && destination !== '/neutral') goOn();

  document.addEventListener('click', (event) => {
    if (!(/** @type {Element} */ (event.target).closest('#start'))) return;
    event.preventDefault();
    returning = true;
    stop(); // it may be on its way to the destination
    attempt(() => localStorage.removeItem('left'));
    const end = () => location.replace('/start');
    // The mark may still be on its way in: taken out before that, it would come after all.
    if ('caches' in window) marked.then(() => caches.delete('left')).then(end, end);
    else end();
  });

  /** @param {Date} date */
  const inWords = (date) =>
    date.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

  const fillIn = () => {
    const today = document.getElementById('today');
    if (today) today.textContent = inWords(new Date());

    const table = document.getElementById('sun');
    const firstDay = table && table.dataset.start;
    if (table && firstDay) {
      const now = new Date();
      const midnight = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
      const week = (midnight - Date.parse(firstDay)) / 6048e5;
      /** @param {number} minutes after midnight UTC, shown as the clock here shows it */
      const clock = (minutes) =>
        new Date(midnight + minutes * 60000).toLocaleTimeString('en-GB', {
          hour: '2-digit',
          minute: '2-digit',
          timeZone: 'Europe/London',
        });
      for (const row of Array.from(table.querySelectorAll('[data-sun]'))) {
        const weeks = (row.getAttribute('data-sun') || '').split(' ').map((pair) => pair.split(',').map(Number));
        const before = weeks[Math.floor(week)];
        const after = weeks[Math.floor(week) + 1];
        if (!before || !after) continue;
        ['.rise', '.set'].forEach((cell, i) => {
          const place = row.querySelector(cell);
          if (place) place.textContent = clock(before[i] + (after[i] - before[i]) * (week % 1));
        });
      }
    }
  };
  document.addEventListener('DOMContentLoaded', fillIn);

  // Stopped halfway, by Esc or a lost signal, the page would be blank and have no way back.
  const whole = () => {
    if (document.getElementById('start')) return;
    stop();
    const body = document.body || document.documentElement.appendChild(document.createElement('body'));
    body.innerHTML = '<main><h1></h1><p><a id="start" href="/start">Start page</a></main>';
    /** @type {HTMLElement} */ (body.querySelector('h1')).textContent = document.title;
  };
  setTimeout(whole, patience);
})();
