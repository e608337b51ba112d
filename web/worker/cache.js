// The name of this release's cache, and the responses stored in it.

export const release = __RELEASE__;

/** The name of the cache with the pages of this release. */
export const pagesCache = 'pages-' + release;

export const htmlType = 'text/html; charset=utf-8';

/** @param {string} path @param {string} cacheName */
export const findCached = (path, cacheName) => caches.match(path, { cacheName });

/** Makes a response with the headers that the server sends for this path.
 * @param {BodyInit} body @param {string} type @param {string} path @param {number} [status] */
export const makeResponse = (body, type, path, status = 200) =>
  new Response(body, {
    status,
    headers: {
      ...__HEADERS__,
      'Content-Type': type,
      ...(path === '/neutral' && { 'Content-Security-Policy': __NEUTRAL_POLICY__ }),
      ...(path === __FINDER__ && { 'Permissions-Policy': __FINDER_PERMISSIONS__ }),
      ...(path.startsWith('/assets/') && { 'Cache-Control': 'max-age=31536000, immutable' }),
    },
  });
