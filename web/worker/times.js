// How long the worker waits, in milliseconds. A phone's storage may never respond, so every wait has a limit and no
// navigation takes two seconds.

/** How long to wait for storage before trying the network too. */
export const storageLimit = 400;

/** How long a navigation may take before the emergency page is shown. */
export const navigationLimit = 1600;

/** Whether a time is less than `span` away, in the past or the future: the phone's clock may have been changed.
 * @param {number} [time] milliseconds since 1970 @param {number} [span] milliseconds */
export const isRecent = (time = 0, span = 0) => Math.abs(Date.now() - time) < span;
