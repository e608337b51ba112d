// The server's part in removing everything. The build puts this into save.js and clear.js.

/** The server has the browser take away what no script can reach: the cookie, and copies in the browser's own cache.
 * Without a server the cookie ends by itself. */
export const clearAtServer = () => fetch('/clear', { method: 'POST' }).catch(() => {});
