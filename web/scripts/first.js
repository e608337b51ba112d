// The first thing every page runs, inline, before anything else of it is there. It keeps the whole visit to one
// history entry, covers the page when nobody should see it, and leaves. Nothing here may depend on another file.
(() => {
  const root = document.documentElement;
  const neutral = '/neutral';
  root.classList.add('scripts');
  requestAnimationFrame(() => root.classList.add('seen')); // what may still be reordered (hours.js) is not seen yet
  const title = __NEUTRAL_TITLE__;
  const markLasts = __MARK_SECONDS__ * 1000;
  let gone = false;
  let neutralHere = false;
  let going = false;
  /** @type {number[]} */
  let escapes = [];

  // Storage can be switched off; then reading it throws, and leaving must work all the same.
  /** @param {'localStorage' | 'sessionStorage'} kind @param {string} key @param {string | null} [value] */
  const keep = (kind, key, value) => {
    try {
      if (value === undefined) return window[kind].getItem(key);
      if (value === null) window[kind].removeItem(key);
      else window[kind].setItem(key, value);
    } catch (e) {}
    return null;
  };

  // The area that somebody chose to keep; save.js fills in its name.
  const area = keep('localStorage', 'area');
  if (area) root.dataset.area = area;

  const hasLeft = () => {
    if (gone) return true;
    const left = keep('localStorage', 'left');
    if (left && !(Math.abs(Date.now() - Number(left)) < markLasts)) keep('localStorage', 'left', null);
    else return Boolean(left);
  };
  const cover = () => root.classList.add('covered'); // on the screen, and not on paper
  const uncover = () => root.classList.remove('covered');

  /** @param {HTMLElement} parent @param {string} tag @param {string} words */
  const add = (parent, tag, words) => {
    const element = parent.appendChild(document.createElement(tag));
    element.textContent = words;
    return element;
  };

  /** With nobody to answer /neutral, this very document becomes neutral; the real page follows if it can be had. */
  const becomeNeutral = () => {
    if (neutralHere) return;
    neutralHere = true;
    stop(); // or a parser still at work would add the rest of the page
    history.replaceState(null, '', neutral);
    document.title = title;
    const body = document.body || root.appendChild(document.createElement('body'));
    body.textContent = '';
    add(body, 'h1', title);
    /** @type {HTMLAnchorElement} */ (add(body, 'a', 'Start page')).href = '/start';
    uncover();
    // Not over a press on Start page: the later of two navigations wins.
    fetch(neutral).then((answer) => answer.ok && hasLeft() && location.replace(neutral), () => {});
  };

  const hasWorker = () => navigator.serviceWorker && navigator.serviceWorker.controller;
  // A stopped load, or a worker that never answers, must not leave a blank page at this address.
  // Once: a second word from another tab, on top of the first, brought down the page's process in Chromium 156.
  const toNeutral = () => {
    if (!hasWorker()) return becomeNeutral();
    if (going) return;
    going = true;
    location.replace(neutral);
    setTimeout(becomeNeutral, 1500);
  };

  const reveal = () => {
    if (neutralHere) uncover();
    else if (hasLeft()) {
      cover();
      document.title = title;
      if (!gone) toNeutral();
    } else if (!document.hidden) uncover();
  };

  /** @typedef {{p: string, y: number, i: number}} Step */
  /** What is stored may be damaged, or somebody else's. @param {string} key */
  const read = (key) => {
    try {
      return JSON.parse(keep('sessionStorage', key) || '');
    } catch (e) {}
  };
  /** @returns {Step[]} */
  const trail = () => [].concat(read('trail') || []);

  /** Goes to another page of the site without a new history entry. @param {URL} url */
  const go = (url) => {
    if (url.pathname !== location.pathname && !neutralHere) {
      const links = Array.from(document.links);
      const here = { p: location.pathname, y: scrollY, i: links.findIndex((link) => link === document.activeElement) };
      keep('sessionStorage', 'trail', JSON.stringify(trail().concat(here).slice(-50)));
    }
    location.replace(url.href);
  };

  /** Back along the visit's own trail, or to the page above where the visit began here. @param {URL} above */
  const goBack = (above) => {
    const steps = trail();
    const last = steps.pop();
    keep('sessionStorage', 'trail', JSON.stringify(steps));
    keep('sessionStorage', 'return', last ? JSON.stringify(last) : null);
    // `//host/x` is a path here, and another site's address to whoever resolves it.
    location.replace(last && String(last.p)[0] === '/' ? location.origin + last.p : above.href);
  };

  const leave = () => {
    if (gone) return;
    gone = true;
    cover();
    document.title = title;
    for (const media of document.querySelectorAll('audio,video')) /** @type {HTMLMediaElement} */ (media).pause();
    if (window.speechSynthesis) speechSynthesis.cancel();
    keep('localStorage', 'left', String(Date.now()));
    try {
      sessionStorage.clear();
    } catch (e) {}
    keep('sessionStorage', 'leaving', '1');
    const { navigation } = window;
    if (hasWorker() && navigation && navigation.currentEntry && navigation.currentEntry.index) {
      // Pages with their own entries: back to the first of them, which goes on to neutral and takes the others along.
      keep('sessionStorage', 'leaving', 'push');
      keep('localStorage', 'leaving', 'push');
      navigation.traverseTo(navigation.entries()[0].key);
    } else toNeutral();
  };

  if (hasLeft()) reveal();

  addEventListener('click', (event) => {
    const link = /** @type {Element} */ (event.target).closest('a[href]');
    if (!link) return;
    const url = new URL(link.getAttribute('href') || '', location.href);
    if (url.origin === location.origin && url.pathname === '/leave') {
      event.preventDefault();
      return leave();
    }
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (url.origin !== location.origin || link.hasAttribute('target')) return;
    if (url.pathname === '/start') {
      gone = false;
      keep('localStorage', 'left', null);
    }
    if (keep('localStorage', 'own-back')) return;
    event.preventDefault();
    if (link.id === 'back') goBack(url);
    else go(url);
  }, true);

  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.repeat || event.isComposing) return;
    escapes = escapes.filter((time) => event.timeStamp - time < 2000).concat(event.timeStamp);
    if (escapes.length > 2) leave();
    if (gone) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // Firefox and WebKit take no heed of the bar when the Tab key moves on: what has the focus must not lie under it.
  addEventListener('keyup', (event) => {
    if (event.key === 'Tab' && document.activeElement) document.activeElement.scrollIntoView({ block: 'nearest' });
  });

  addEventListener('pagehide', cover);
  // Kept by the browser and come back to: after leaving, it goes on to neutral again.
  // Firefox gives a page that it kept another copy of the session's storage: neutral would not know that it goes on.
  addEventListener('pageshow', (event) => {
    if (event.persisted && keep('localStorage', 'leaving')) keep('sessionStorage', 'leaving', 'push');
    if (event.persisted && gone && !neutralHere) toNeutral();
    else reveal();
  });
  // A share sheet or a permission question may take the focus and not give it back: a touch uncovers too.
  for (const event of ['storage', 'focus', 'pointerdown']) addEventListener(event, reveal);
  document.addEventListener('visibilitychange', () => (document.hidden ? cover() : reveal()));
  // An installed phone app covers as soon as the switcher comes up; not in a split screen.
  const phoneApp = matchMedia('(display-mode: standalone) and (pointer: coarse)');
  addEventListener('blur', () => phoneApp.matches && innerWidth >= screen.width - 1 && cover());
  addEventListener('beforeinstallprompt', (event) => event.preventDefault());

  // The phone's keyboard covers what sticks to the bottom; the bar is lifted over it.
  const view = window.visualViewport;
  if (view) {
    const lift = () =>
      root.style.setProperty('--lift', Math.max(0, innerHeight - view.height - view.offsetTop) * +(view.scale === 1) + 'px');
    view.addEventListener('resize', lift);
  }

  document.addEventListener('DOMContentLoaded', () => {
    const back = read('return');
    keep('sessionStorage', 'return', null);
    if (!back || back.p !== location.pathname) return;
    if (document.links[back.i]) document.links[back.i].focus();
    scrollTo(0, back.y);
  });
})();
