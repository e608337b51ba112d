// How long the worker waits, in milliseconds. A phone's storage may never answer: every wait for it ends, so that no
// navigation takes two seconds.

/** What the storage gets before the network is asked too. */
export const storageLimit = 400;

/** What a navigation gets before the emergency page is shown. */
export const navigationLimit = 1600;

/** Whether a time is less than `span` away; a phone's clock may have been changed.
 * @param {number} [time] milliseconds since 1970 @param {number} [span] milliseconds */
export const isRecent = (time = 0, span = 0) => Math.abs(Date.now() - time) < span;
