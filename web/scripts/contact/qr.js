// Draws the QR codes of phone numbers (version 1: 21 by 21 modules), as server/site/qr.py packs them.

const size = 21;
const quietZone = 4; // light modules on each side, as the standard requires

/** Returns whether a module in one of the three corner patterns is dark; null for a module elsewhere.
 * @param {number} x @param {number} y @returns {boolean | null} */
function cornerModule(x, y) {
  const right = x > 12;
  const low = y > 12;
  if ((!right && x > 7) || (!low && y > 7) || (right && low)) return null;
  const distance = Math.max(Math.abs((right ? 20 - x : x) - 3), Math.abs((low ? 20 - y : y) - 3));
  return distance < 2 || distance === 3;
}

/** Returns the dark modules as the path of an SVG whose viewBox is `0 0 29 29`. The corners are alike in all codes, so
 * only the other modules are stored. @param {string} packed base64 of one bit per module, row by row */
export function qrPath(packed) {
  const bytes = atob(packed);
  let bit = 0;
  let path = '';
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      let dark = cornerModule(x, y);
      if (dark === null) {
        dark = ((bytes.charCodeAt(bit >> 3) << (bit & 7)) & 128) > 0;
        bit++;
      }
      if (dark) path += `M${x + quietZone} ${y + quietZone}h1v1h-1z`;
    }
  return path;
}
