// The exit state: whether the user has left, on this page or, for half an hour, on any page in this browser.

import { readItem, removeItem, writeItem } from './storage.js';

const markerLasts = __MARK_SECONDS__ * 1000;
let leaving = false;

/** Whether the user is leaving from this page. */
export const isLeaving = () => leaving;

/** Puts this page in the exit state, even if nothing can be stored. */
export const startLeaving = () => {
  leaving = true;
};

/** Sets the exit marker, which other tabs and later pages see. */
export const setExitMarker = () => writeItem('localStorage', 'left', String(Date.now()));

/** Ends the exit state. */
export const endExit = () => {
  leaving = false;
  removeItem('localStorage', 'left');
};

/** Whether the user has left. Removes an exit marker that has expired. */
export const hasLeft = () => {
  if (leaving) return true;
  const marker = readItem('localStorage', 'left');
  if (!marker) return false;
  if (Math.abs(Date.now() - Number(marker)) < markerLasts) return true;
  removeItem('localStorage', 'left');
  return false;
};
