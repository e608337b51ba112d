// Adds a "More" under each phone number: copy, share, show as a QR code, save as a contact. Its content is made when it
// is first opened; the server learns nothing of it.

import { qrPath } from './contact/qr.js';
import { findElement, findElements } from './shared/dom.js';

/** A phone number. `words`: as displayed. `digits`: as dialled. `element`: what displays it.
 * @typedef {{id: string, words: string, digits: string, element: HTMLElement}} PhoneNumber */

/** The packed QR codes of all numbers, by their digits. @type {Promise<Record<string, string>> | undefined} */
let codes;

/** Makes an element with the number's id, so that it is removed when the number is corrected or withdrawn.
 * @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {string} id @param {string} [words] */
function make(tag, id, words = '') {
  const element = document.createElement(tag);
  element.dataset.number = id;
  element.textContent = words;
  return element;
}

/** @param {string} id @param {string} label @param {() => unknown} act */
function makeButton(id, label, act) {
  const button = make('button', id, label);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}

/** @param {PhoneNumber} number @param {HTMLElement} status */
async function copy({ words, element }, status) {
  try {
    await navigator.clipboard.writeText(words);
    status.textContent = 'Copied.';
  } catch (e) {
    const selection = getSelection();
    if (selection) selection.selectAllChildren(element);
    status.textContent = `Copying is not allowed here. The number is ${words}.`;
  }
}

/** @param {PhoneNumber} number @param {HTMLElement} status */
async function showCode({ id, words, digits }, status) {
  try {
    codes = codes || fetch(__QR_JSON__).then((response) => response.json());
    const packed = (await codes)[digits];
    const svg = 'http://www.w3.org/2000/svg';
    const code = document.createElementNS(svg, 'svg');
    const path = document.createElementNS(svg, 'path');
    status.textContent = '';
    status.append(code);
    code.append(path);
    code.classList.add('qr');
    code.setAttribute('viewBox', '0 0 29 29');
    code.setAttribute('role', 'img');
    code.dataset.number = id;
    code.setAttribute('aria-label', `A code that rings ${words}`);
    path.setAttribute('d', qrPath(packed));
  } catch (e) {
    codes = undefined; // fetch them again next time
    status.textContent = "The code can't be shown just now.";
  }
}

/** Returns a contact as a vCard 3.0 (RFC 2426), with nothing that shows where it comes from.
 * @param {string} name @param {string} digits */
function vcard(name, digits) {
  const escaped = name.replace(/[\\,;]/g, '\\$&');
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped};;;`, `FN:${escaped}`, `TEL:${digits}`, 'END:VCARD', ''].join('\r\n');
}

/** Returns the name of its file. @param {string} name */
const fileName = (name) => `${name.replace(/[^\p{L}\p{M}\p{N} -]/gu, '').trim() || 'Info'}.vcf`;

/** @param {PhoneNumber} number @param {HTMLElement} status */
function makeContactForm({ id, words, digits }, status) {
  const form = make('form', id);
  const label = make('label', id, 'Name in your contacts ');
  const field = make('input', id);
  field.value = 'Info';
  field.maxLength = 30;
  field.autocomplete = 'off';
  label.append(field);
  const warning = 'Choose a plain name. Contacts may sync to a family account, and the file may stay in Downloads.';
  form.append(label, make('button', id, 'Save as contact'), make('p', id, warning));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = field.value.trim() || words;
    const file = document.createElement('a');
    file.href = URL.createObjectURL(new Blob([vcard(name, digits)], { type: 'text/vcard' }));
    file.download = fileName(name);
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60000);
    status.textContent = 'Open the file that was saved, to add it to your contacts.';
  });
  return form;
}

/** Fills the panel under a number. @param {HTMLElement} panel @param {HTMLAnchorElement} link */
function fillPanel(panel, link) {
  const id = link.dataset.number || '';
  const element = findElement('b', HTMLElement, link);
  const words = (element.textContent || '').trim();
  const number = { id, words, element, digits: link.href.replace(/^\w+:|\?.*/g, '') };
  const status = make('p', id);
  status.setAttribute('role', 'status');

  panel.append(makeButton(id, 'Copy', () => copy(number, status)));
  if ('share' in navigator) panel.append(makeButton(id, 'Share', () => navigator.share({ text: words }).catch(() => {})));
  // Relay UK gets no code: 18000 and 18001 can only be dialled from its app.
  if (link.protocol === 'tel:' && !/^1800[01]/.test(number.digits))
    panel.append(makeButton(id, 'Show QR code', () => showCode(number, status)));
  panel.append(status, makeContactForm(number, status));
}

for (const link of findElements('.ways li > a[data-number]', HTMLAnchorElement)) {
  if (!/^(tel|sms):/.test(link.href)) continue;
  const more = document.createElement('details');
  const panel = document.createElement('div');
  const summary = document.createElement('summary');
  summary.textContent = 'More';
  summary.setAttribute('aria-label', `More for ${link.textContent || ''}`);
  more.className = 'more';
  more.append(summary, panel);
  more.addEventListener('toggle', () => panel.firstChild || fillPanel(panel, link));
  link.after(more);
}
