// The name of this release's cache, and the responses stored in it.

const headers = __HEADERS__;
const neutralHeaders = { 'Content-Security-Policy': __NEUTRAL_POLICY__ };
const finderHeaders = { 'Permissions-Policy': __FINDER_PERMISSIONS__ };
const assetHeaders = { 'Cache-Control': 'max-age=31536000, immutable' };

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
    headers: Object.assign(
      {},
      headers,
      { 'Content-Type': type },
      path === '/neutral' && neutralHeaders,
      path === __FINDER__ && finderHeaders,
      path.startsWith('/assets/') && assetHeaders,
    ),
  });
