// Leaving, and what a page does in the exit state.

import { attempt } from '../shared/attempt.js';
import { uncover } from './cover.js';
import { hasLeft, isLeaving, setExitMarker, startLeaving } from './exit.js';
import { disguise, goToNeutral, hasWorker, isNeutral } from './neutral.js';
import { writeItem } from './storage.js';

/** Uncovers the page; in the exit state goes to /neutral instead. */
export const reveal = () => {
  if (isNeutral()) uncover();
  else if (hasLeft()) {
    disguise();
    if (!isLeaving()) goToNeutral();
  } else if (!document.hidden) uncover();
};

/** Leaves at once: covers and silences the page, sets the exit marker, goes to /neutral. */
export const leave = () => {
  if (isLeaving()) return;
  startLeaving();
  disguise();
  for (const media of document.querySelectorAll('audio')) media.pause();
  for (const media of document.querySelectorAll('video')) media.pause();
  if (window.speechSynthesis) speechSynthesis.cancel();
  setExitMarker();
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
