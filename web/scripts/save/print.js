// Opens closed <details> for printing, where the style sheet can't (Chromium before 131, Safari before 18.4). "More" is
// never printed.

import { findElements } from '../shared/dom.js';

/** @type {HTMLDetailsElement[]} */
let opened = [];

/** Registers the print handlers. */
export function openForPrint() {
  addEventListener('beforeprint', () => {
    opened = opened.concat(findElements('details:not([open]):not(.more)', HTMLDetailsElement));
    for (const each of opened) each.open = true;
  });
  addEventListener('afterprint', () => {
    for (const each of opened.splice(0)) each.open = false;
  });
}
