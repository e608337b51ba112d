// Leaving: covers the page, sets the exit state (the user has left, on this page or, for half an hour, on any page in
// this browser), and goes to /neutral, the page shown instead of the site from then on.

import { showMinimal } from '../shared/minimal.js';
import { attempt, readItem, removeItem, writeItem } from '../shared/storage.js';

export const root = document.documentElement;
const address = '/neutral';
let leaving = false;
let neutral = false;
let going = false;

/** Whether the user is leaving from this page. */
export const isLeaving = () => leaving;

/** Whether `becomeNeutral` has replaced the content of this document. */
export const isNeutral = () => neutral;

/** Hides the page on screen, but not in print (base.css). */
export const cover = () => root.classList.add('covered');

const uncover = () => root.classList.remove('covered');

/** Whether the user has left. Removes an exit marker that has expired. */
export const hasLeft = () => {
  if (leaving) return true;
  const marker = readItem('localStorage', 'left');
  if (!marker) return false;
  if (Math.abs(Date.now() - Number(marker)) < __MARK_SECONDS__ * 1000) return true;
  removeItem('localStorage', 'left');
  return false;
};

/** Ends the exit state. */
export const endExit = () => {
  leaving = false;
  removeItem('localStorage', 'left');
};

/** Covers the page, and shows the title of /neutral in the browser's tabs and history. */
const disguise = () => {
  cover();
  document.title = __NEUTRAL_TITLE__;
};

/** Makes this document a minimal neutral page, for when /neutral doesn't load. Then goes to the real one if the server
 * has it after all. */
const becomeNeutral = () => {
  if (neutral) return;
  neutral = true;
  history.replaceState(null, '', address);
  disguise();
  showMinimal();
  uncover();
  // But not if the user has chosen Start page meanwhile: this navigation would cancel theirs.
  fetch(address).then((response) => response.ok && hasLeft() && location.replace(address), () => {});
};

/** Whether a service worker answers this page's navigations. */
const hasWorker = () => navigator.serviceWorker && navigator.serviceWorker.controller;

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

/** Uncovers the page; in the exit state goes to /neutral instead. */
export const reveal = () => {
  if (neutral) uncover();
  else if (hasLeft()) {
    disguise();
    if (!leaving) goToNeutral();
  } else if (!document.hidden) uncover();
};

/** Leaves at once: covers and silences the page, sets the exit marker for other tabs and later pages, goes to /neutral.
 * The page itself is in the exit state even if nothing can be stored. */
export const leave = () => {
  if (leaving) return;
  leaving = true;
  disguise();
  for (const media of document.querySelectorAll('audio')) media.pause();
  for (const media of document.querySelectorAll('video')) media.pause();
  if (window.speechSynthesis) speechSynthesis.cancel();
  writeItem('localStorage', 'left', String(Date.now()));
  attempt(() => sessionStorage.clear());
  writeItem('sessionStorage', 'leaving', '1');
  const { navigation } = window;
  if (hasWorker() && navigation && navigation.currentEntry && navigation.currentEntry.index) {
    // With native back each page has a history entry. Go to the first one: from there /neutral discards the others.
    writeItem('sessionStorage', 'leaving', 'push');
    writeItem('localStorage', 'leaving', 'push');
    navigation.traverseTo(navigation.entries()[0].key);
  } else goToNeutral();
};
