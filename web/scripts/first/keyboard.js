// Keys: Escape three times leaves, and what has the focus stays in sight of the bar and the phone's keyboard.

import { root } from './cover.js';
import { isLeaving } from './exit.js';
import { leave } from './leave.js';

/** @type {number[]} */
let escapes = [];

/** Leaves at the third Escape within two seconds. @param {KeyboardEvent} event */
export const countEscapes = (event) => {
  if (event.key !== 'Escape' || event.repeat || event.isComposing) return;
  escapes = escapes.filter((time) => event.timeStamp - time < 2000).concat(event.timeStamp);
  if (escapes.length > 2) leave();
  if (isLeaving()) {
    event.preventDefault(); // Escape would stop the navigation
    event.stopImmediatePropagation();
  }
};

/** Scrolls what has the focus out from under the bar: Firefox and WebKit ignore the bar when Tab moves on.
 * @param {KeyboardEvent} event */
export const showFocus = (event) => {
  if (event.key === 'Tab' && document.activeElement) document.activeElement.scrollIntoView({ block: 'nearest' });
};

/** Lifts the bar over the phone's keyboard, which covers what sticks to the bottom. */
export const liftBar = () => {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () =>
    // Not while zoomed in: then the view is always smaller than the page.
    root.style.setProperty('--lift', Math.max(0, innerHeight - view.height - view.offsetTop) * +(view.scale === 1) + 'px'),
  );
};
