// The first script of every page, inline, before anything else of the page is there. It keeps the whole visit to one
// history entry, covers the page when nobody should see it, and leaves. It must not depend on any other file.

import { cover, root } from './first/cover.js';
import { hasLeft, isLeaving } from './first/exit.js';
import { countEscapes, liftBar, showFocus } from './first/keyboard.js';
import { reveal } from './first/leave.js';
import { followLink } from './first/navigation.js';
import { goToNeutral, isNeutral } from './first/neutral.js';
import { readItem, writeItem } from './first/storage.js';
import { restorePosition } from './first/trail.js';

root.classList.add('scripts');
requestAnimationFrame(() => root.classList.add('seen')); // hours.js reorders nothing that has been seen

const area = readItem('localStorage', 'area');
if (area) root.dataset.area = area; // save.js shows its name

if (hasLeft()) reveal();

addEventListener('click', followLink, true);
addEventListener('keydown', countEscapes, true);
addEventListener('keyup', showFocus);
addEventListener('pagehide', cover);
addEventListener('pageshow', (event) => {
  // Firefox gives a page restored from bfcache another copy of sessionStorage: /neutral would not know that it must
  // take the other history entries along.
  if (event.persisted && readItem('localStorage', 'leaving')) writeItem('sessionStorage', 'leaving', 'push');
  if (event.persisted && isLeaving() && !isNeutral()) goToNeutral();
  else reveal();
});
// A share sheet or a permission prompt may take the focus and not give it back: a touch uncovers too.
for (const event of ['storage', 'focus', 'pointerdown']) addEventListener(event, reveal);
document.addEventListener('visibilitychange', () => (document.hidden ? cover() : reveal()));
// An installed phone app is covered as soon as the app switcher shows it, but not in a split screen.
const phoneApp = matchMedia('(display-mode: standalone) and (pointer: coarse)');
addEventListener('blur', () => phoneApp.matches && innerWidth >= screen.width - 1 && cover());
addEventListener('beforeinstallprompt', (event) => event.preventDefault());
liftBar();
document.addEventListener('DOMContentLoaded', restorePosition);
