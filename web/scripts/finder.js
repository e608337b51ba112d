// The finder on /areas: asks where.js, and says how sure the answer is. Nothing typed goes into an address or is kept.

import { findPoint, findText } from './where.js';

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = part('finder');
const field = /** @type {HTMLInputElement} */ (part('place'));
const said = part('answer');
const list = part('found-areas');
const items = Array.from(/** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[data-area]')));

/** @param {string | null} area */
const item = (area) => /** @type {HTMLElement} */ (items.find((each) => each.dataset.area === area));
/** @param {string | null} area */
const name = (area) => (area ? /** @type {Element} */ (item(area).querySelector('b')).textContent : 'outside all four');

/** What is said for each reason. `either` are the areas in words.
 * @type {Record<string, (either: string, best: string, many: boolean) => string>} */
const sentences = {
  found: (either) => `That is in ${either}.`,
  outside: () => 'That is outside the four areas. The council there has a team like this too.',
  border: (either) => `That is near a border. It could be ${either}. You can call either one and ask.`,
  part: (either) => `That part is in more than one place: ${either}. Type the whole postcode, or call and ask.`,
  several: (either) => `More than one place has that name: ${either}. Which one is it?`,
  new: (either, best, many) =>
    `We don't know this one. Our guess is ${best}.` + (many ? ` It could be ${either}. You can call and ask.` : ' Call and ask.'),
  unknown: (either) =>
    'We know no such postcode or place. Look at the letters and numbers again, or choose from the list above.' +
    (either && ` If it is a new one, try ${either}.`),
};

/** @param {string} words @param {(string | null)[]} areas */
function show(words, areas) {
  items.forEach((each) => (each.hidden = true));
  for (const area of areas) {
    if (!area) continue;
    item(area).hidden = false;
    list.append(item(area));
  }
  list.hidden = !areas.some(Boolean);
  part('kept').hidden = list.hidden;
  part('elsewhere').hidden = !areas.includes(null);
  said.textContent = words;
}

/** @param {import('./where.js').Answer} answer */
function tell({ area, sure, candidates, outside, reason }) {
  /** @type {(string | null)[]} */
  const areas = sure ? [area] : outside ? [...candidates, null] : candidates;
  const names = areas.map(name);
  const last = names.pop() || '';
  const either = names.length ? `${names.join(', ')} or ${last}` : last;
  show(sentences[reason](either, String(name(area)), areas.length > 1), areas);
}

const failed = () => show("The finder can't be loaded now. Choose your area from the list above.", []);

const patience = 20000;
let newest = 0;
/** Shows the answer to the newest question only, and says so when none comes in time. A late one is still shown.
 * @param {Promise<import('./where.js').Answer>} answer @param {(error?: unknown) => void} none */
function ask(answer, none) {
  const own = ++newest;
  const late = setTimeout(() => own === newest && none(), patience);
  answer
    .then((found) => own === newest && tell(found), (error) => own === newest && none(error))
    .then(() => clearTimeout(late));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (text) ask(findText(text), failed);
});

const here = part('here');
here.hidden = !navigator.geolocation;
here.addEventListener('click', () => {
  show('Asking your phone…', []);
  // Firefox counts the time limit from the permission on, and the question may never be answered.
  /** @type {Promise<GeolocationPosition>} */
  const position = new Promise((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: patience }),
  );
  ask(
    position.then(({ coords }) => findPoint(coords.latitude, coords.longitude, coords.accuracy)),
    (error) => error instanceof Error ? failed() : show('Your phone did not say where it is. Type a postcode or a place, or choose from the list above.', []),
  );
});

list.addEventListener('click', (event) => {
  const button = /** @type {Element} */ (event.target).closest('.keep');
  if (!button) return;
  const { area } = /** @type {HTMLElement} */ (button.closest('[data-area]')).dataset;
  try {
    localStorage.setItem('area', String(area));
    document.documentElement.dataset.area = area;
    dispatchEvent(new Event('area'));
    said.textContent = `${name(String(area))} is kept on this phone. It shows at the top of each page.`;
  } catch (error) {
    said.textContent = "This browser can't keep it.";
  }
});
