// Searches pages by everyday words, on the phone alone. The index is the site map on this page, with its data-words.

import { findElement, findElements } from './shared/dom.js';

const form = findElement('#find', HTMLFormElement);
const field = findElement('#words', HTMLInputElement);
const statusLine = findElement('#found', HTMLElement);
const results = findElement('#results', HTMLElement);
const map = findElement('#all', HTMLElement);
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

/** Returns 1 for the same word, 0.8 if one begins with the other, 0.6 if one letter is mistyped, else 0.
 * @param {string} typed @param {string} listed */
function likeness(typed, listed) {
  if (typed === listed) return 1;
  const shorter = Math.min(typed.length, listed.length);
  if (shorter > 3 && (listed.startsWith(typed) || typed.startsWith(listed))) return 0.8;
  if (shorter < 4 || Math.abs(typed.length - listed.length) > 1) return 0;
  let start = 0;
  while (start < shorter && typed[start] === listed[start]) start++;
  const a = typed.slice(start);
  const b = listed.slice(start);
  const reversed = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return reversed || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) ? 0.6 : 0;
}

const pages = findElements('li', HTMLElement, map).map((item) => {
  const link = findElement('a', HTMLAnchorElement, item);
  return {
    link,
    fields: [
      { weight: 3, words: terms(link.textContent || '') },
      { weight: 3, words: (item.dataset.words || '').split(' ') },
      { weight: 2, words: terms(link.pathname) },
    ],
  };
});

/** @param {string} word @param {typeof pages[0]} page */
const scorePage = (word, page) =>
  page.fields.reduce((sum, { weight, words }) => sum + weight * Math.max(0, ...words.map((each) => likeness(word, each))), 0);

function search() {
  const typed = Array.from(new Set(terms(field.value)));
  const scores = pages.map(() => 0);
  for (const word of typed) {
    const matches = pages.map((page) => scorePage(word, page));
    const rarity = Math.log(1 + pages.length / (1 + matches.filter((each) => each > 1).length));
    matches.forEach((each, i) => (scores[i] += each * rarity));
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
  map.hidden = best.length > 0;
  statusLine.textContent = !typed.length || best.length ? '' : 'Nothing fits these words. Try others, or choose from the list.';
}

form.addEventListener('submit', (event) => event.preventDefault());
field.addEventListener('input', search);
