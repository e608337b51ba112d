// The page shown when neither the storage nor the network has an answer.

import { current } from '../scripts/shared/signed.js';

/** Returns the emergency page, with its numbers as the newest corrections have them.
 * @param {import('../scripts/shared/signed.js').Corrections | void} corrections */
export const emergency = (corrections) =>
  __EMERGENCY__
    .map((part) => {
      if (typeof part === 'string') return part;
      const { id, name } = part;
      const now = corrections && current(corrections, id);
      const { href, shown } = now && !now.stays ? now : part;
      const link = href ? ` href="${href}"` : '';
      const words = name ? `${name} <b>${shown || part.shown}</b>` : shown || part.shown;
      return `<a${link} data-number="${id}">${words}</a>${href ? '' : ' (not in use)'}`;
    })
    .join('');
