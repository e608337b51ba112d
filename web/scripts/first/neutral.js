// Goes to /neutral, the page shown instead of the site once the user has left.

import { cover, root, uncover } from './cover.js';
import { hasLeft } from './exit.js';

const address = '/neutral';
const title = __NEUTRAL_TITLE__;
let neutral = false;
let going = false;

/** Whether `becomeNeutral` has replaced the content of this document. */
export const isNeutral = () => neutral;

/** Covers the page, and shows the title of /neutral in the browser's tabs and history. */
export const disguise = () => {
  cover();
  document.title = title;
};

/** @template {keyof HTMLElementTagNameMap} K @param {HTMLElement} parent @param {K} tag @param {string} words */
const add = (parent, tag, words) => {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = words;
  return element;
};

/** Replaces this document's content with a minimal neutral page, for when /neutral doesn't load. Then goes to the real
 * one if the server has it after all. */
const becomeNeutral = () => {
  if (neutral) return;
  neutral = true;
  stop(); // otherwise the parser may add the rest of the page
  history.replaceState(null, '', address);
  document.title = title;
  const body = document.body || root.appendChild(document.createElement('body'));
  body.textContent = '';
  add(body, 'h1', title);
  add(body, 'a', 'Start page').href = '/start';
  uncover();
  // But not if the user has chosen Start page meanwhile: this navigation would cancel theirs.
  fetch(address).then((response) => response.ok && hasLeft() && location.replace(address), () => {});
};

/** Whether a service worker answers this page's navigations. */
export const hasWorker = () => navigator.serviceWorker && navigator.serviceWorker.controller;

/** Goes to /neutral. If the load is stopped, or the worker never responds, makes this document neutral after 1.5
 * seconds so that it isn't left blank. Navigates only once: a second navigation, triggered by another tab, crashed the
 * page in Chromium 156. */
export const goToNeutral = () => {
  if (!hasWorker()) return becomeNeutral();
  if (going) return;
  going = true;
  location.replace(address);
  setTimeout(becomeNeutral, 1500);
};
