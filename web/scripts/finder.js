// The area finder on /areas: asks where.js, and shows how sure the answer is. What is typed is neither sent nor stored.

import { findElement, findElements } from './shared/dom.js';
import { findPoint, findText } from './where.js';

const field = findElement('#place', HTMLInputElement);
const statusLine = findElement('#answer', HTMLElement);
const list = findElement('#found-areas', HTMLElement);
const items = findElements('[data-area]', HTMLElement, list);

/** @param {string | null} area */
const nameOf = (area) => {
  const item = items.find((each) => each.dataset.area === area);
  return item ? findElement('b', HTMLElement, item).textContent : 'outside all four';
};

/** The sentence for each `reason` of an answer. `either`: the possible areas in words. `best`: the likeliest of them.
 * @type {Record<string, (either: string, best: string, isSeveral: boolean) => string>} */
const sentences = {
  found: (either) => `That is in ${either}.`,
  outside: () => 'That is outside the four areas. The council there has a team like this too.',
  border: (either) => `That is near a border. It could be ${either}. You can call either one and ask.`,
  part: (either) => `That part is in more than one place: ${either}. Type the whole postcode, or call and ask.`,
  several: (either) => `More than one place has that name: ${either}. Which one is it?`,
  new: (either, best, isSeveral) =>
    `We don't know this one. Our guess is ${best}.` + (isSeveral ? ` It could be ${either}. You can call and ask.` : ' Call and ask.'),
  unknown: (either) =>
    'We know no such postcode or place. Look at the letters and numbers again, or choose from the list above.' +
    (either && ` If it is a new one, try ${either}.`),
};

/** Shows a sentence and buttons for the areas; null means outside all four.
 * @param {string} words @param {(string | null)[]} areas */
function show(words, areas) {
  items.forEach((item) => (item.hidden = true));
  for (const area of areas) {
    const item = area && items.find((each) => each.dataset.area === area);
    if (!item) continue;
    item.hidden = false;
    list.append(item);
  }
  list.hidden = !areas.some(Boolean);
  findElement('#kept', HTMLElement).hidden = list.hidden;
  findElement('#elsewhere', HTMLElement).hidden = !areas.includes(null);
  statusLine.textContent = words;
}

/** @param {import('./where.js').Answer} answer */
function showAnswer({ area, candidates, outside, reason }) {
  const areas = outside ? [...candidates, null] : candidates;
  const names = areas.map(nameOf);
  const last = names.pop() || '';
  const either = names.length ? `${names.join(', ')} or ${last}` : last;
  show(sentences[reason](either, String(nameOf(area)), areas.length > 1), areas);
}

const showFailure = () => show("The finder can't be loaded now. Choose your area from the list above.", []);

const timeLimit = 20000; // milliseconds
let newestQuestion = 0;
/** Shows the answer unless a newer question has been asked. Calls `fail` if it is late, but still shows it then.
 * @param {Promise<import('./where.js').Answer>} answer @param {(error?: unknown) => void} fail */
function showNewest(answer, fail) {
  const question = ++newestQuestion;
  const timer = setTimeout(() => question === newestQuestion && fail(), timeLimit);
  answer
    .then(
      (found) => question === newestQuestion && showAnswer(found),
      (error) => question === newestQuestion && fail(error),
    )
    .then(() => clearTimeout(timer));
}

findElement('#finder', HTMLElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (text) showNewest(findText(text), showFailure);
});

const locateButton = findElement('#here', HTMLElement);
locateButton.hidden = !navigator.geolocation;
locateButton.addEventListener('click', () => {
  show('Asking your phone…', []);
  // `showNewest` has a time limit too: in Firefox this one starts only when permission is given, which may never be.
  /** @type {Promise<GeolocationPosition>} */
  const position = new Promise((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: timeLimit }),
  );
  showNewest(
    position.then(({ coords }) => findPoint(coords.latitude, coords.longitude, coords.accuracy)),
    (error) => error instanceof Error ? showFailure() : show('Your phone did not say where it is. Type a postcode or a place, or choose from the list above.', []),
  );
});

list.addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest('.keep');
  const item = button && items.find((each) => each.contains(button));
  if (!item) return;
  const area = String(item.dataset.area);
  try {
    localStorage.setItem('area', area);
    document.documentElement.dataset.area = area;
    dispatchEvent(new Event('area'));
    statusLine.textContent = `${nameOf(area)} is kept on this phone. It shows at the top of each page.`;
  } catch (error) {
    statusLine.textContent = "This browser can't keep it.";
  }
});
