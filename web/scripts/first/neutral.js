// The way to /neutral, the page that stands for this site once the user has left.

import { cover, root, uncover } from './cover.js';
import { hasLeft } from './exit.js';

const address = '/neutral';
const title = __NEUTRAL_TITLE__;
let neutral = false;
let going = false;

/** Whether this document has become neutral itself. */
export const isNeutral = () => neutral;

/** Covers the page, and gives it the title of /neutral in the browser's lists of pages. */
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

/** Turns this document into a neutral one, for when nothing answers /neutral; the real page follows if it can be had. */
const becomeNeutral = () => {
  if (neutral) return;
  neutral = true;
  stop(); // a parser still at work would add the rest of the page
  history.replaceState(null, '', address);
  document.title = title;
  const body = document.body || root.appendChild(document.createElement('body'));
  body.textContent = '';
  add(body, 'h1', title);
  add(body, 'a', 'Start page').href = '/start';
  uncover();
  // Not once the user has chosen Start page: the later of two navigations wins.
  fetch(address).then((answer) => answer.ok && hasLeft() && location.replace(address), () => {});
};

/** Whether a service worker answers this page's navigations. */
export const hasWorker = () => navigator.serviceWorker && navigator.serviceWorker.controller;

/** Goes to /neutral. A load that is stopped, or a worker that never answers, must not leave a blank page here.
 * A second navigation on top of the first, asked for by another tab, crashed the page in Chromium 156. */
export const goToNeutral = () => {
  if (!hasWorker()) return becomeNeutral();
  if (going) return;
  going = true;
  location.replace(address);
  setTimeout(becomeNeutral, 1500);
};
