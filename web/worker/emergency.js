// The page shown when neither storage nor the network responds.

import { current } from '../scripts/shared/signed.js';

/** Returns the HTML of the emergency page, with the corrections applied to its numbers.
 * @param {import('../scripts/shared/signed.js').Corrections | void} corrections */
export const emergency = (corrections) =>
  __EMERGENCY__
    .map((part) => {
      if (typeof part === 'string') return part;
      const { id, name } = part;
      const state = corrections && current(corrections, id);
      const { href, shown } = state && !state.stays ? state : part;
      const link = href ? ` href="${href}"` : '';
      const words = name ? `${name} <b>${shown || part.shown}</b>` : shown || part.shown;
      return `<a${link} data-number="${id}">${words}</a>${href ? '' : ' (not in use)'}`;
    })
    .join('');
