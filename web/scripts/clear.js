// Removes all that the site put on this phone, and ends on a page that saves nothing.

import { removeAll } from './removing.js';

const form = /** @type {HTMLFormElement} */ (document.getElementById('clear'));
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  /** @type {HTMLButtonElement} */ (form.querySelector('button')).disabled = true;
  try {
    await removeAll();
  } catch (error) {
    return form.submit(); // the browser itself clears what no script could
  }
  const page = /** @type {HTMLTemplateElement} */ (document.getElementById('cleared'));
  const main = document.createElement('main');
  const heading = /** @type {HTMLElement} */ (document.querySelector('h1'));
  heading.textContent = 'Removed';
  main.append(heading, page.content.cloneNode(true));
  document.body.textContent = '';
  document.body.append(main);
});
