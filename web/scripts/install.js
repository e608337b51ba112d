// Offers the browser's own install prompt, only on the pages about saving, and only after a tap.

import { findElement } from './shared/dom.js';

const offer = findElement('#install', HTMLElement);

/** Asks the browser not to evict the site's data, now that the user has chosen to keep it. */
const persist = () => navigator.storage && navigator.storage.persist && navigator.storage.persist();

addEventListener('appinstalled', persist);
addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer.hidden = false;
  offer.onclick = () => {
    event.prompt();
    offer.hidden = true;
    persist();
  };
});
