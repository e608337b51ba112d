// Handles links: Leave, Start page, and those to other pages of the site.

import { endExit } from './exit.js';
import { leave } from './leave.js';
import { readItem } from './storage.js';
import { goBack, goForward } from './trail.js';

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
