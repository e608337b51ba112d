// Removes everything the site put on this phone, then replaces the page with one that saves nothing.

import { removeAll } from './removing.js';
import { findElement } from './shared/dom.js';

const form = findElement('#clear', HTMLFormElement);
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  findElement('button', HTMLButtonElement, form).disabled = true;
  try {
    await removeAll();
  } catch (error) {
    return form.submit(); // the server's response has the browser remove what the script couldn't
  }
  const page = findElement('#cleared', HTMLTemplateElement);
  const heading = findElement('h1', HTMLElement);
  const main = document.createElement('main');
  heading.textContent = 'Removed';
  main.append(heading, page.content.cloneNode(true));
  document.body.textContent = '';
  document.body.append(main);
});
