// Finds which of the four areas a postcode, a position or a place is in. Nothing that the user enters leaves the phone:
// the data is fetched with this module, before anything is entered. server/where/ makes the data and describes its
// format. In the data each area is one letter, and `-` is outside all four.

/** `area`: the likeliest, null if that is outside all four. `candidates`: all possible areas, likeliest first.
 * `outside`: whether it may be outside all four.
 * `reason`: "found", "outside", "border" (near one), "part" (part of a postcode, in several areas), "new" (not in the
 * table: a guess), "several" (places with the same name), "unknown" (no such postcode or place).
 * @typedef {{area: string | null, sure: boolean, candidates: string[], reason: string, outside: boolean}} Answer */

/** @typedef {{areas: Record<string, string>, near: string, far: string}} Postcodes */
/** @typedef {{origin: number[], units: number[], lines: string[]}} Positions */
/** @type {Promise<{postcodes: Postcodes, positions: Positions, places: Record<string, string>}>} */
const data = fetch(__WHERE_JSON__).then((response) =>
  response.ok ? response.json() : Promise.reject(Error(response.statusText)),
);
const borders = data.then(({ positions }) => positions.lines.map(decodeBorder)); // decoded ahead of the first question
borders.then(() => findPoint(0, 0)).catch(() => {}); // warms up the code for the first question, which reports any error

const elsewhere = '-';
const margin = 300; // metres on each side of a border, as the data is not more precise

/** Returns the answer for the letters of the possible areas.
 * @param {Record<string, string>} areas by their letters @param {Map<string, number>} letters how likely each is
 * @param {string} doubt the reason, if the answer isn't sure @returns {Answer} */
function answer(areas, letters, doubt) {
  /** @type {Map<string | null, number>} */
  const weights = new Map();
  letters.forEach((weight, letter) => {
    const area = areas[letter] || null;
    weights.set(area, (weights.get(area) || 0) + weight);
  });
  const ranked = Array.from(weights).sort((a, b) => b[1] - a[1]).map(([area]) => area);
  const [area = null] = ranked;
  const candidates = ranked.filter((each) => each !== null);
  const sure = ranked.length === 1 && ['border', 'part', 'several'].includes(doubt);
  return { area, sure, candidates, outside: weights.has(null), reason: !sure ? doubt : area ? 'found' : 'outside' };
}

/** Returns `text` if it has this shape, else ''. Corrects look-alikes: 0 and O, 1 and I or L.
 * @param {string} shape A for a letter, 9 for a digit @param {string} text */
function fit(shape, text) {
  if (text.length !== shape.length) return '';
  const fitted = text.replace(/./g, (character, i) => {
    const isDigit = /\d/.test(character);
    if (isDigit === (shape[i] === '9')) return character;
    return { 0: 'O', 1: 'I', O: '0', I: '1', L: '1' }[character] || '?';
  });
  return fitted.includes('?') ? '' : fitted;
}

/** Returns the sectors of an outward code that touches the areas, '' for one elsewhere, null if it doesn't exist.
 * @param {string} outward the first half of a postcode @param {Postcodes} table */
function findOutward(outward, { near, far }) {
  const start = `;${near}`.indexOf(`;${outward} `);
  if (start >= 0) return near.slice(start + outward.length + 1).split(';')[0];
  const [, letters = '', number = ''] = /^([A-Z]+)(.+)$/.exec(outward) || [];
  if (letters === 'BT') return ''; // Northern Ireland: not in the table
  const ranges = far.split('.').find((each) => each.replace(/\d.*/, '') === letters);
  const isListed = ranges && ranges.slice(letters.length).split(',').some((each) => {
    const [from, to] = each.split('-');
    return each === number || (to && Number(from) <= Number(number) && Number(number) <= Number(to));
  });
  return isListed ? '' : null;
}

/** Like `findOutward`, for what is typed. @param {string} typed @param {Postcodes} table */
function findSectors(typed, table) {
  for (const shape of ['AA9', 'AA99', 'A9', 'A99', 'A9A', 'AA9A']) {
    const outward = fit(shape, typed);
    const sectors = outward ? findOutward(outward, table) : null;
    if (sectors !== null) return sectors;
  }
  return null;
}

/** The letters that a postcode may end with. Its last two letters are the unit, the digit before them is the sector. */
const unitLetters = 'ABDEFGHJLNPQRSTUWXYZ';

/** Adds the number of units in each area to `letters`; returns the letter of one unit, `.` if there is no such unit.
 * @param {string} runs a sector's runs (server/where/postcodes.py) @param {Map<string, number>} letters
 * @param {number} [unit] the index of the unit */
function countUnits(runs, letters, unit = -1) {
  let unitLetter = runs.length > 1 ? '.' : runs;
  let passed = 0;
  for (const [, letter, digits] of runs.matchAll(/(\D)(\d*)/g)) {
    const length = Number(digits || 1);
    if (letter !== '.') letters.set(letter, (letters.get(letter) || 0) + (runs.length > 1 ? length : 100));
    if (runs.length > 1 && unit >= passed && unit < passed + length) unitLetter = letter;
    passed += length;
  }
  return unitLetter;
}

/** Replaces full-width digits and those of Arabic, Urdu, Hindi, Bengali, Punjabi and Gujarati keyboards with 0 to 9.
 * @param {string} text */
const toAsciiDigits = (text) =>
  text.normalize('NFKD').replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String((code & 15) - (code < 0x900 ? 0 : 6));
  });

/** Returns the words that form a postcode: a whole one if there is one, else a first half.
 * @param {string[]} words @param {Postcodes} table */
function postcodeWords(words, table) {
  for (const inwardShape of ['9AA', ''])
    for (const wordCount of [3, 2, 1])
      for (let i = 0; i + wordCount <= words.length; i++) {
        const typed = words.slice(i, i + wordCount).join('');
        const end = typed.length - inwardShape.length;
        if (!/\d/.test(typed) || (inwardShape && !fit(inwardShape, typed.slice(end)))) continue;
        if (findSectors(typed.slice(0, end), table) !== null) return words.slice(i, i + wordCount);
      }
  return [];
}

/** Finds the area of a postcode, or of its first half, anywhere in the text. @param {string} text */
export async function findPostcode(text) {
  const { postcodes } = await data;
  const words = toAsciiDigits(text).toUpperCase().split(/[^A-Z0-9]+/).filter(Boolean);
  const found = lookUpPostcode(words.join(''), postcodes);
  return found.reason === 'unknown' ? lookUpPostcode(postcodeWords(words, postcodes).join(''), postcodes) : found;
}

/** Finds the area of a postcode in the text or, if there is none, of a place. @param {string} text */
export async function findText(text) {
  const plain = toAsciiDigits(text);
  const found = /\d/.test(plain) ? await findPostcode(plain) : null;
  if (found && found.reason !== 'unknown') return found;
  const place = await findPlace(plain);
  return place.reason === 'unknown' && found ? found : place;
}

/** Finds the area of a postcode, or of its first half.
 * @param {string} typed nothing else than that, in capitals without spaces @param {Postcodes} postcodes */
function lookUpPostcode(typed, postcodes) {
  const { areas } = postcodes;
  /** @type {Map<string, number>} */
  const letters = new Map();
  // Try a whole postcode, then its first half alone, then the first half and the digit after it.
  for (const inwardShape of ['9AA', '', '9']) {
    const end = typed.length - inwardShape.length;
    const inward = fit(inwardShape, typed.slice(end));
    const packedSectors = inwardShape && !inward ? null : findSectors(typed.slice(0, end), postcodes);
    if (packedSectors === null) continue;
    if (/[CIKMOV]/.test(inward)) break; // no postcode ends with these
    if (!packedSectors) return answer({}, new Map([[elsewhere, 1]]), 'part');
    const sectors = packedSectors.trim().split(' ');
    const sector = inward && sectors.find((each) => each[0] === inward[0]);
    if (!sector) {
      sectors.forEach((each) => countUnits(each.slice(1), letters));
      return answer(areas, letters, inward ? 'unknown' : 'part');
    }
    const unit = unitLetters.indexOf(inward[1]) * 20 + unitLetters.indexOf(inward[2]);
    const letter = countUnits(sector.slice(1), letters, unit);
    if (inward.length === 1) return answer(areas, letters, 'part');
    if (letter === '.') return answer(areas, letters, 'new');
    return answer(areas, new Map([[letter, 1]]), 'part');
  }
  return answer(areas, letters, 'unknown');
}

/** Decodes one piece of border: the letters on its two sides, and its points. @param {string} line */
function decodeBorder(line) {
  const [, sides = '', x, y, steps = ''] = /^(..)(\d+),(\d+),(.*)$/.exec(line) || [];
  const points = [Number(x), Number(y)];
  for (let i = 0; i < steps.length; i++) {
    const code = steps.charCodeAt(i);
    points.push(points[i] + code - (code > 92 ? 80 : 79));
  }
  return { sides, points };
}

/** Finds the area of a position in degrees; its accuracy widens the margin at the borders.
 * @param {number} latitude @param {number} longitude @param {number} [accuracyMetres] */
export async function findPoint(latitude, longitude, accuracyMetres) {
  const { positions, postcodes } = await data;
  const [unitsEast, unitsNorth] = positions.units; // per degree
  const x = (longitude - positions.origin[0]) * unitsEast;
  const y = (latitude - positions.origin[1]) * unitsNorth;
  if (!isFinite(x + y)) return answer({}, new Map(), 'unknown');
  // Metres per unit: from those of a degree of latitude, and of longitude at this latitude.
  const metresNorth = 111270 / unitsNorth;
  const metresEast = (111320 / unitsEast) * Math.cos((latitude * Math.PI) / 180);
  const reach = margin + (Number(accuracyMetres) || 0);
  const reachNorth = reach / metresNorth;
  const reachEast = reach / metresEast;
  /** @type {Record<string, boolean>} */
  const inside = {};
  /** @type {Map<string, number>} */
  const letters = new Map();
  for (const { sides, points } of await borders) {
    let nearest = Infinity; // the square of the distance, in metres
    for (let i = 0; i + 3 < points.length; i += 2) {
      const ax = points[i] - x;
      const ay = points[i + 1] - y;
      const bx = points[i + 2] - x;
      const by = points[i + 3] - y;
      // A point is inside an area if a ray from it to the east crosses the area's border an odd number of times.
      if (ay > 0 !== by > 0 && ax + ((bx - ax) * ay) / (ay - by) > 0)
        for (const side of sides) inside[side] = !inside[side];
      // Skip segments that are out of reach, as nearly all are.
      if ((ay > reachNorth && by > reachNorth) || (ay < -reachNorth && by < -reachNorth)) continue;
      if ((ax > reachEast && bx > reachEast) || (ax < -reachEast && bx < -reachEast)) continue;
      const dx = (bx - ax) * metresEast;
      const dy = (by - ay) * metresNorth;
      const along = Math.max(0, Math.min(1, -(ax * metresEast * dx + ay * metresNorth * dy) / (dx * dx + dy * dy || 1)));
      nearest = Math.min(nearest, Math.pow(ax * metresEast + along * dx, 2) + Math.pow(ay * metresNorth + along * dy, 2));
    }
    if (nearest < reach * reach) for (const side of sides) letters.set(side, 1);
  }
  const own = Object.keys(postcodes.areas).find((letter) => inside[letter]) || elsewhere;
  return answer(postcodes.areas, letters.set(own, 2), 'border');
}

/** Returns a name as the data has it: without capitals, accents and punctuation. @param {string} text */
const plainName = (text) =>
  text.toLowerCase().normalize('NFKD').replace(/['`\u2018\u2019\u02bc\u00ad\u200b]| \u0301|[\u0300-\u036f]/g, '').replace(/&/g, ' and ')
    .replace(/[^a-z0-9]+/g, ' ').trim();

/** Returns the letters of the areas with a place whose name passes `test`, added to `letters`.
 * @param {Record<string, string>} places @param {(name: string) => boolean} test @param {Map<string, number>} [letters] */
function findLetters(places, test, letters = new Map()) {
  for (const key of Object.keys(places))
    if (places[key].split('|').some(test)) for (const letter of key) letters.set(letter, 1);
  return letters;
}

/** Finds the area of a town or village, or all areas that have one of that name. Tries the whole text, then each part
 * between commas or brackets, then the text without numbers. If none is a name, guesses by names that begin with it, or
 * by the longest name among the words ("I live in Ludlow"). @param {string} text */
export async function findPlace(text) {
  const { places, postcodes } = await data;
  const parts = [text, ...text.split(/[,;\n()/]| - /), text.replace(/\S*\d\S*/g, ' ')].map(plainName);
  const guesses = new Map();
  for (const plain of parts) {
    const letters = findLetters(places, (name) => name === plain);
    if (letters.size) return answer(postcodes.areas, letters, 'several');
    if (plain.length > 3) findLetters(places, (name) => name.startsWith(plain), guesses);
  }
  if (!guesses.size) {
    const words = Object.values(places).join('|').split('|').filter((name) => ` ${parts[0]} `.includes(` ${name} `));
    const longest = Math.max(4, ...words.map((name) => name.length));
    findLetters(places, (name) => name.length === longest && words.includes(name), guesses);
  }
  return answer(postcodes.areas, guesses, guesses.size ? 'new' : 'unknown');
}
