// Finds a page by everyday words, on the phone: the index is the site map on this page and its data-words.

const form = /** @type {HTMLFormElement} */ (document.getElementById('find'));
const field = /** @type {HTMLInputElement} */ (document.getElementById('words'));
const found = /** @type {HTMLElement} */ (document.getElementById('found'));
const results = /** @type {HTMLElement} */ (document.getElementById('results'));
const all = /** @type {HTMLElement} */ (document.getElementById('all'));
const skipped = new Set(__SKIPPED_WORDS__.split(' '));
const ending = new RegExp(`^(...+?)(${__WORD_ENDINGS__})$`);

/** @param {string} text */
const terms = (text) =>
  text
    .toLowerCase()
    .replace(/['\u2019]/g, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1 && !skipped.has(word))
    .map((word) => word.replace(ending, '$1'));

/** How far two words are one: 1 the same, less for the beginning of one or one slip of the finger.
 * @param {string} asked @param {string} has */
function likeness(asked, has) {
  if (asked === has) return 1;
  const short = Math.min(asked.length, has.length);
  if (short > 3 && (has.startsWith(asked) || asked.startsWith(has))) return 0.8;
  if (short < 4 || Math.abs(asked.length - has.length) > 1) return 0;
  let start = 0;
  while (start < short && asked[start] === has[start]) start++;
  const a = asked.slice(start);
  const b = has.slice(start);
  const swapped = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return swapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) ? 0.6 : 0;
}

const pages = Array.from(all.querySelectorAll('li'), (item) => {
  const link = /** @type {HTMLAnchorElement} */ (item.querySelector('a'));
  return {
    link,
    fields: [
      { weight: 3, words: terms(link.textContent || '') },
      { weight: 3, words: (item.dataset.words || '').split(' ') },
      { weight: 2, words: terms(link.pathname) },
    ],
  };
});

/** @param {string} asked @param {typeof pages[0]} page */
const fit = (asked, page) =>
  page.fields.reduce((sum, { weight, words }) => sum + weight * Math.max(0, ...words.map((has) => likeness(asked, has))), 0);

function find() {
  const asked = Array.from(new Set(terms(field.value)));
  const scores = pages.map(() => 0);
  for (const word of asked) {
    const fits = pages.map((page) => fit(word, page));
    const rare = Math.log(1 + pages.length / (1 + fits.filter((each) => each > 1).length));
    fits.forEach((each, i) => (scores[i] += each * rare));
  }
  const best = pages
    .map((page, i) => ({ page, score: scores[i] }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 8);
  results.textContent = '';
  for (const { page } of best) {
    const row = document.createElement('li');
    row.append(page.link.cloneNode(true));
    results.append(row);
  }
  all.hidden = best.length > 0;
  found.textContent = !asked.length || best.length ? '' : 'Nothing fits these words. Try others, or choose from the list.';
}

form.addEventListener('submit', (event) => event.preventDefault());
field.addEventListener('input', find);
