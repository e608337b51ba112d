// Links within the site, the site's own Back link among them. The whole visit is one history entry, so the browser's
// Back button can't go back. The trail, the pages of this visit, does it instead.

import { attempt, readItem, removeItem, writeItem } from '../shared/storage.js';
import { endExit, isNeutral, leave } from './leave.js';

/** A page of the trail. `p`: its path. `y`: how far it was scrolled. `i`: the index of the link that had the focus.
 * @typedef {{p: string, y: number, i: number}} Step */

/** Returns the value that sessionStorage has as JSON, or undefined if there is none or it isn't valid.
 * @param {string} key */
const readJson = (key) => attempt(() => JSON.parse(readItem('sessionStorage', key) || ''));

/** @returns {Step[]} */
const readTrail = () => [].concat(readJson('trail') || []);

/** @param {Step[]} steps */
const writeTrail = (steps) => writeItem('sessionStorage', 'trail', JSON.stringify(steps));

/** Goes to another page of the site without a new history entry. @param {URL} url */
const goForward = (url) => {
  if (url.pathname !== location.pathname && !isNeutral()) {
    const i = Array.prototype.indexOf.call(document.links, document.activeElement);
    writeTrail(readTrail().concat({ p: location.pathname, y: scrollY, i }).slice(-50));
  }
  location.replace(url.href);
};

/** Goes to the previous page of the trail, or to the parent page if the visit began here. @param {URL} parentPage */
const goBack = (parentPage) => {
  const steps = readTrail();
  const last = steps.pop();
  writeTrail(steps);
  if (last) writeItem('sessionStorage', 'return', JSON.stringify(last));
  else removeItem('sessionStorage', 'return');
  // Put the origin first: a stored path such as `//host/x` would resolve to another site.
  location.replace(last && String(last.p)[0] === '/' ? location.origin + last.p : parentPage.href);
};

/** After going back: restores the focus and the scroll position. */
export const restorePosition = () => {
  const step = readJson('return');
  removeItem('sessionStorage', 'return');
  if (!step || step.p !== location.pathname) return;
  if (document.links[step.i]) document.links[step.i].focus();
  scrollTo(0, step.y);
};

/** Follows a link within the site without adding a history entry. Links that open elsewhere are left to the browser.
 * @param {MouseEvent} event */
export const followLink = (event) => {
  const { target } = event;
  const link = target instanceof Element && target.closest('a[href]');
  if (!link) return;
  const url = new URL(link.getAttribute('href') || '', location.href);
  if (url.origin === location.origin && url.pathname === '/leave') {
    event.preventDefault();
    return leave();
  }
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (url.origin !== location.origin || link.hasAttribute('target')) return;
  if (url.pathname === '/start') endExit();
  if (readItem('localStorage', 'own-back')) return; // native back is on: use the browser's own history
  event.preventDefault();
  if (link.id === 'back') goBack(url);
  else goForward(url);
};
