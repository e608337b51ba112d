// Inlined in the head of every page, so that it runs before anything is shown. Keeps the whole visit to one history
// entry, covers the page when nobody should see it, and handles leaving. Must not need any other request.

import { countEscapes, liftBar, showFocus } from './first/keyboard.js';
import { cover, goToNeutral, hasLeft, isLeaving, isNeutral, reveal, root } from './first/leave.js';
import { followLink, restorePosition } from './first/navigation.js';
import { readItem, writeItem } from './shared/storage.js';

root.classList.add('scripts');
requestAnimationFrame(() => root.classList.add('seen')); // from then on hours.js doesn't reorder anything

const area = readItem('localStorage', 'area');
if (area) root.dataset.area = area; // save.js shows its name

if (hasLeft()) reveal();

addEventListener('click', followLink, true);
addEventListener('keydown', countEscapes, true);
addEventListener('keyup', showFocus);
addEventListener('pagehide', cover);
addEventListener('pageshow', (event) => {
  // In Firefox a page restored from bfcache has its own copy of sessionStorage, without `leaving`. Without that,
  // /neutral would not discard the visit's other history entries.
  if (event.persisted && readItem('localStorage', 'leaving')) writeItem('sessionStorage', 'leaving', 'push');
  if (event.persisted && isLeaving() && !isNeutral()) goToNeutral();
  else reveal();
});
// A share sheet or a permission prompt may take focus and not return it, so a touch uncovers the page too.
for (const event of ['storage', 'focus', 'pointerdown']) addEventListener(event, reveal);
document.addEventListener('visibilitychange', () => (document.hidden ? cover() : reveal()));
// On a phone, cover an installed app as soon as the app switcher takes focus, but not in split screen.
const phoneApp = matchMedia('(display-mode: standalone) and (pointer: coarse)');
addEventListener('blur', () => phoneApp.matches && innerWidth >= screen.width - 1 && cover());
addEventListener('beforeinstallprompt', (event) => event.preventDefault());
liftBar();
document.addEventListener('DOMContentLoaded', restorePosition);
