// Keyboard: Escape three times leaves; the bar covers no focused element, and a phone's keyboard doesn't cover the bar.

import { isLeaving, leave, root } from './leave.js';

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

/** After Tab, scrolls the focused element out from under the bar, which Firefox and WebKit don't do by themselves.
 * @param {KeyboardEvent} event */
export const showFocus = (event) => {
  if (event.key === 'Tab' && document.activeElement) document.activeElement.scrollIntoView({ block: 'nearest' });
};

/** Keeps the bar above the on-screen keyboard, which would cover it. */
export const liftBar = () => {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () =>
    // Not while zoomed in: the visual viewport is then smaller without any keyboard.
    root.style.setProperty('--lift', Math.max(0, innerHeight - view.height - view.offsetTop) * +(view.scale === 1) + 'px'),
  );
};
