// The first thing every page runs, inline, before anything else of it is there. It keeps the whole visit to one
// history entry, covers the page when nobody should see it, and leaves. Nothing here may depend on another file.
(() => {
  const root = document.documentElement;
  const neutral = '/neutral';
  const title = __NEUTRAL_TITLE__;
  const markLasts = __MARK_SECONDS__ * 1000;
  let gone = false;
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

  const hasLeft = () => gone || Math.abs(Date.now() - Number(keep('localStorage', 'left'))) < markLasts;
  const cover = () => root.classList.add('covered');
  const reveal = () => {
    if (!hasLeft()) return root.classList.remove('covered');
    cover();
    if (!gone) location.replace(neutral);
  };

  /** @returns {{p: string, y: number, i: number}[]} */
  const trail = () => JSON.parse(keep('sessionStorage', 'trail') || '[]');

  /** Goes to another page of the site without a new history entry. @param {URL} url */
  const go = (url) => {
    if (url.pathname !== location.pathname) {
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
    location.replace(last ? last.p : above.href);
  };

  /** With no worker to answer /neutral, this very document becomes neutral; the real page follows if it can be had. */
  const becomeNeutral = () => {
    history.replaceState(null, '', neutral);
    document.body.innerHTML = '<main><h1></h1><p><a href="/start">Start page</a></main>';
    document.body.querySelector('h1').textContent = title;
    root.classList.remove('covered');
    fetch(neutral).then((answer) => answer.ok && location.replace(neutral), () => {});
  };

  const leave = () => {
    if (gone) return;
    gone = true;
    cover();
    document.title = title;
    keep('localStorage', 'left', String(Date.now()));
    keep('sessionStorage', 'trail', null);
    keep('sessionStorage', 'return', null);
    keep('sessionStorage', 'leaving', '1');
    if (navigator.serviceWorker && navigator.serviceWorker.controller) location.replace(neutral);
    else becomeNeutral();
  };

  if (hasLeft()) reveal();

  addEventListener('click', (event) => {
    const link = /** @type {Element} */ (event.target).closest('a[href]');
    if (!link) return;
    if (link.id === 'leave') {
      event.preventDefault();
      return leave();
    }
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.getAttribute('href') || '', location.href);
    if (url.origin !== location.origin || link.hasAttribute('target')) return;
    event.preventDefault();
    if (url.pathname === '/start') keep('localStorage', 'left', null);
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

  addEventListener('pagehide', cover);
  addEventListener('pageshow', reveal);
  addEventListener('storage', reveal);
  document.addEventListener('visibilitychange', () => (document.hidden ? cover() : reveal()));
  document.addEventListener('DOMContentLoaded', () => {
    const back = JSON.parse(keep('sessionStorage', 'return') || '{}');
    keep('sessionStorage', 'return', null);
    if (back.p !== location.pathname) return;
    if (document.links[back.i]) document.links[back.i].focus();
    scrollTo(0, back.y);
  });
})();
