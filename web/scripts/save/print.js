// Prints closed details too, where the style sheet can't open them (Chromium before 131, Safari before 18.4). "More"
// under a number is filled only when it is opened, and isn't printed.

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
