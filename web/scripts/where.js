// Finds which of the four areas a postcode, a position or a place is in. Nothing that the user enters leaves the phone:
// the data is fetched with this module, before anybody enters anything (server/where/ makes it and documents its format).

/** `area` null and `sure` true: none of the four. `outside`: it may also be none of them.
 * `reason`: "found", "outside", "border", "part" (a first half in several), "new" (not in the table: a guess),
 * "several" (places of one name), "unknown" (no such postcode or place).
 * @typedef {{area: string | null, sure: boolean, candidates: string[], reason: string, outside: boolean}} Answer */

/** @type {Promise<{
 *   postcodes: {areas: Record<string, string>, near: string, far: string},
 *   positions: {origin: number[], units: number[], lines: string[]},
 *   places: Record<string, string>}>} */
const data = fetch(__WHERE_JSON__).then((answer) => (answer.ok ? answer.json() : Promise.reject(Error(answer.statusText))));
const borders = data.then(({ positions }) => positions.lines.map(border)); // before anybody waits for it
borders.then(() => findPoint(0, 0)).catch(() => {}); // compiles the code, so that the first answer is no slower; errors show at the next call

const elsewhere = '-';
const margin = 300; // metres on each side of a border: the data is no more precise

/** Returns the answer for the letters that are possible, with how likely each is.
 * @param {Record<string, string>} areas @param {Map<string, number>} letters @param {string} doubt @returns {Answer} */
function answer(areas, letters, doubt) {
  /** @type {Map<string | null, number>} */
  const weights = new Map();
  letters.forEach((weight, letter) => {
    const area = areas[letter] || null;
    weights.set(area, (weights.get(area) || 0) + weight);
  });
  const ranked = Array.from(weights).sort((a, b) => b[1] - a[1]).map(([area]) => area);
  /** @type {string[]} */
  const candidates = [];
  for (const area of ranked) if (area) candidates.push(area);
  const sure = ranked.length === 1 && (doubt === 'border' || doubt === 'part' || doubt === 'several');
  const area = ranked.length ? ranked[0] : null;
  const outside = weights.has(null);
  return { area, sure, candidates, outside, reason: !sure ? doubt : area ? 'found' : 'outside' };
}

/** Returns `text` read as letters (A) and digits (9), with O for 0 and I or L for 1 where only that fits; else ''.
 * @param {string} shape @param {string} text */
function fitted(shape, text) {
  let read = '';
  for (let i = 0; i < shape.length; i++) {
    const is = text[i];
    const digit = /\d/.test(is);
    if (shape[i] === 'A') read += digit ? { 0: 'O', 1: 'I' }[is] || '?' : is;
    else read += digit ? is : { O: '0', I: '1', L: '1' }[is] || '?';
  }
  return text.length === shape.length && !read.includes('?') ? read : '';
}

/** Returns the sectors of a first half that touches the areas, '' for one elsewhere, null if there is none such.
 * @param {string} outward @param {{near: string, far: string}} table */
function district(outward, { near, far }) {
  const start = `;${near}`.indexOf(`;${outward} `);
  if (start >= 0) return near.slice(start + outward.length + 1).split(';')[0];
  const parts = /^([A-Z]+)(.+)$/.exec(outward);
  if (!parts) return null;
  if (parts[1] === 'BT') return ''; // Northern Ireland: not in the table
  const list = far.split('.').find((each) => each.replace(/\d.*/, '') === parts[1]);
  const isListed = list && list.slice(parts[1].length).split(',').some((each) => {
    const [from, to] = each.split('-');
    return each === parts[2] || (to && Number(from) <= Number(parts[2]) && Number(parts[2]) <= Number(to));
  });
  return isListed ? '' : null;
}

const outwards = ['AA9', 'AA99', 'A9', 'A99', 'A9A', 'AA9A'];
const units = 'ABDEFGHJLNPQRSTUWXYZ';

/** Adds the units of each area to `letters`; returns the area of the unit looked for.
 * @param {string} runs of a sector @param {Map<string, number>} letters @param {number} [at] the index of the unit looked for */
function count(runs, letters, at = -1) {
  let state = runs.length > 1 ? '.' : runs;
  let passed = 0;
  runs.replace(/(\D)(\d*)/g, (_, letter, length) => {
    const many = Number(length || 1);
    if (letter !== '.') letters.set(letter, (letters.get(letter) || 0) + (runs.length > 1 ? many : 100));
    if (runs.length > 1 && at >= passed && at < passed + many) state = letter;
    passed += many;
    return '';
  });
  return state;
}

/** Replaces full-width digits, and those of Arabic, Urdu, Hindi, Bengali, Punjabi and Gujarati keyboards.
 * @param {string} text */
const latin = (text) =>
  text.normalize('NFKD').replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String((code & 15) - (code < 0x900 ? 0 : 6));
  });

/** Returns the words that form a postcode, anywhere in the text: a whole one if there is one, else a first half.
 * @param {string} text @param {{near: string, far: string}} table @returns {string[]} */
function postcodeWords(text, table) {
  const words = latin(text).toUpperCase().split(/[^A-Z0-9]+/).filter(Boolean);
  for (const rest of ['9AA', ''])
    for (const many of [3, 2, 1])
      for (let i = 0; i + many <= words.length; i++) {
        const typed = words.slice(i, i + many).join('');
        const end = typed.length - rest.length;
        if (!/\d/.test(typed) || (rest && !fitted(rest, typed.slice(end)))) continue;
        if (outwards.some((shape) => {
          const outward = fitted(shape, typed.slice(0, end));
          return outward && district(outward, table) !== null;
        })) return words.slice(i, i + many);
      }
  return [];
}

/** Returns the area of a postcode, whole or its first half, anywhere in the text. @param {string} text */
export async function findPostcode(text) {
  const { postcodes } = await data;
  const found = await postcode(text);
  return found.reason === 'unknown' ? postcode(postcodeWords(text, postcodes).join('')) : found;
}

/** Returns the area of a postcode in the text; where there is none, of a place. @param {string} text */
export async function findText(text) {
  const plain = latin(text);
  const found = /\d/.test(plain) ? await findPostcode(plain) : null;
  if (found && found.reason !== 'unknown') return found;
  const place = await findPlace(plain);
  return place.reason === 'unknown' && found ? found : place;
}

/** @param {string} text nothing but a postcode */
async function postcode(text) {
  const { postcodes } = await data;
  const typed = latin(text).toUpperCase().replace(/[^A-Z0-9]/g, '');
  /** @type {Map<string, number>} */
  const letters = new Map();
  const nothing = answer({}, letters, 'unknown');
  // The whole first; the first half alone; the first half and the digit after it.
  for (const rest of ['9AA', '', '9']) {
    const inward = fitted(rest, typed.slice(typed.length - rest.length));
    const first = typed.slice(0, typed.length - rest.length);
    if (rest ? !inward : first.length !== typed.length) continue;
    for (const shape of outwards) {
      const outward = fitted(shape, first);
      const districtSectors = outward ? district(outward, postcodes) : null;
      if (districtSectors === null) continue;
      if (/[CIKMOV]/.test(inward)) return nothing;
      if (!districtSectors) return answer({}, new Map([[elsewhere, 1]]), 'part');
      const sectors = districtSectors.trim().split(' ');
      const sector = inward && sectors.find((each) => each[0] === inward[0]);
      if (!sector) sectors.forEach((each) => count(each.slice(1), letters));
      if (!inward) return answer(postcodes.areas, letters, 'part');
      if (!sector) return answer(postcodes.areas, letters, 'unknown');
      const unit = inward.length > 1;
      const state = count(sector.slice(1), letters, unit ? units.indexOf(inward[1]) * 20 + units.indexOf(inward[2]) : -1);
      if (unit && state === '.') return answer(postcodes.areas, letters, 'new');
      return answer(postcodes.areas, unit ? new Map([[state, 1]]) : letters, 'part');
    }
  }
  return nothing;
}

/** Decodes one piece of border. @param {string} line */
function border(line) {
  const [, sides = '', x, y, steps = ''] = /^(..)(\d+),(\d+),(.*)$/.exec(line) || [];
  const points = [Number(x), Number(y)];
  for (let i = 0; i < steps.length; i++) {
    const code = steps.charCodeAt(i);
    points.push(points[i] + code - (code > 92 ? 80 : 79));
  }
  return { sides, points };
}

/** Returns the area of a position in degrees; its accuracy widens the margin at the borders.
 * @param {number} latitude @param {number} longitude @param {number} [accuracyMetres] */
export async function findPoint(latitude, longitude, accuracyMetres) {
  const { positions, postcodes } = await data;
  const [east, north] = positions.units;
  const x = (longitude - positions.origin[0]) * east;
  const y = (latitude - positions.origin[1]) * north;
  if (!isFinite(x + y)) return answer({}, new Map(), 'unknown');
  // Metres a unit: a degree of latitude, and one of longitude at this latitude.
  const tall = 111270 / north;
  const wide = (111320 / east) * Math.cos((latitude * Math.PI) / 180);
  const reach = margin + (Number(accuracyMetres) || 0);
  const high = reach / tall;
  const far = reach / wide;
  /** @type {Record<string, boolean>} */
  const inside = {};
  /** @type {Map<string, number>} */
  const letters = new Map();
  for (const { sides, points } of await borders) {
    let nearest = Infinity;
    for (let i = 0; i + 3 < points.length; i += 2) {
      const ax = points[i] - x;
      const ay = points[i + 1] - y;
      const bx = points[i + 2] - x;
      const by = points[i + 3] - y;
      // A ray to the east crosses this piece: on the other side of it is the other of its two areas.
      if (ay > 0 !== by > 0 && ax + ((bx - ax) * ay) / (ay - by) > 0)
        for (const side of sides) inside[side] = !inside[side];
      // Too far north, south, east or west to matter, as nearly all are.
      if ((ay > high && by > high) || (ay < -high && by < -high) || (ax > far && bx > far) || (ax < -far && bx < -far)) continue;
      const dx = (bx - ax) * wide;
      const dy = (by - ay) * tall;
      const along = Math.max(0, Math.min(1, -(ax * wide * dx + ay * tall * dy) / (dx * dx + dy * dy || 1)));
      nearest = Math.min(nearest, Math.pow(ax * wide + along * dx, 2) + Math.pow(ay * tall + along * dy, 2));
    }
    if (nearest < reach * reach) for (const side of sides) letters.set(side, 1);
  }
  const own = Object.keys(postcodes.areas).find((letter) => inside[letter]) || elsewhere;
  return answer(postcodes.areas, letters.set(own, 2), 'border');
}

/** @param {string} text */
const plainName = (text) =>
  text.toLowerCase().normalize('NFKD').replace(/['`\u2018\u2019\u02bc\u00ad\u200b]| \u0301|[\u0300-\u036f]/g, '').replace(/&/g, ' and ')
    .replace(/[^a-z0-9]+/g, ' ').trim();

/** Returns the area of a town or village, or all that have one of that name. Tries the whole text, then each part between commas or
 * brackets, then what is left without numbers; else a guess by what a name begins with, or by the longest names among
 * the words ("I live in Ludlow"). @param {string} text */
export async function findPlace(text) {
  const { places, postcodes } = await data;
  const parts = [text, ...text.split(/[,;\n()/]| - /), text.replace(/\S*\d\S*/g, ' ')].map(plainName);
  /** @type {Map<string, number>} */
  const beginning = new Map();
  for (const plain of parts) {
    /** @type {Map<string, number>} */
    const letters = new Map();
    for (const key of Object.keys(places))
      for (const name of places[key].split('|')) {
        if (name === plain) for (const letter of key) letters.set(letter, 1);
        if (plain.length > 3 && name.startsWith(plain)) for (const letter of key) beginning.set(letter, 1);
      }
    if (letters.size) return answer(postcodes.areas, letters, 'several');
  }
  if (beginning.size) return answer(postcodes.areas, beginning, 'new');
  const words = ` ${parts[0]} `;
  let longest = 4;
  for (const key of Object.keys(places))
    for (const name of places[key].split('|')) {
      if (name.length < longest || !words.includes(` ${name} `)) continue;
      if (name.length > longest) beginning.clear();
      longest = name.length;
      for (const letter of key) beginning.set(letter, 1);
    }
  return answer(postcodes.areas, beginning, beginning.size ? 'new' : 'unknown');
}
