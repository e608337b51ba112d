// The trail: the pages of this visit, for the site's own Back link. The whole visit is one history entry, so the
// browser's Back button can't do it.

import { isNeutral } from './neutral.js';
import { readJson, removeItem, writeItem } from './storage.js';

/** A page of the trail. `p`: its path. `y`: how far it was scrolled. `i`: the index of the link that had the focus.
 * @typedef {{p: string, y: number, i: number}} Step */

/** @returns {Step[]} */
const readTrail = () => [].concat(readJson('trail') || []);

/** @param {Step[]} steps */
const writeTrail = (steps) => writeItem('sessionStorage', 'trail', JSON.stringify(steps));

/** Goes to another page of the site without a new history entry. @param {URL} url */
export const goForward = (url) => {
  if (url.pathname !== location.pathname && !isNeutral()) {
    const i = Array.prototype.indexOf.call(document.links, document.activeElement);
    writeTrail(readTrail().concat({ p: location.pathname, y: scrollY, i }).slice(-50));
  }
  location.replace(url.href);
};

/** Goes to the previous page of the trail, or to the parent page if the visit began here. @param {URL} parentPage */
export const goBack = (parentPage) => {
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
