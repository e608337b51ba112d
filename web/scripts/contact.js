// A quiet "More" under each number: copy, share, save as contact, show as QR. Nothing of it leaves the phone.

/** @type {Promise<Record<string, string>> | undefined} */
let codes;
const readCodes = () => {
  if (!codes) {
    codes = fetch(__QR_JSON__).then((answer) => answer.json());
    codes.catch(() => (codes = undefined));
  }
  return codes;
};

const svg = 'http://www.w3.org/2000/svg';

/** An element with its number's id on it, so that a withdrawn number can take all that was made from it along.
 * @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {string} id @param {string} [words] */
function make(tag, id, words = '') {
  const element = document.createElement(tag);
  element.dataset.number = id;
  element.textContent = words;
  return element;
}

/** A vCard 3.0 (RFC 2426): a name and a number, and nothing that tells where they come from.
 * @param {string} name @param {string} digits */
function vcard(name, digits) {
  const plain = name.replace(/[\\,;]/g, '\\$&');
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${plain};;;`, `FN:${plain}`, `TEL:${digits}`, 'END:VCARD', ''].join('\r\n');
}

/** The code's modules as one path. Its three corners are alike in all codes, so only the rest is stored.
 * @param {string} bits base64, row by row */
function draw(bits) {
  const modules = atob(bits);
  let at = 0;
  let path = '';
  for (let y = 0; y < 21; y++)
    for (let x = 0; x < 21; x++) {
      const right = x > 12;
      const low = y > 12;
      const far = Math.max(Math.abs((right ? 20 - x : x) - 3), Math.abs((low ? 20 - y : y) - 3));
      const corner = (right || x < 8) && (low || y < 8) && !(right && low);
      const dark = corner ? far < 2 || far === 3 : (modules.charCodeAt(at >> 3) << (at++ & 7)) & 128;
      if (dark) path += `M${x + 4} ${y + 4}h1v1h-1z`;
    }
  return path;
}

/** @param {HTMLElement} panel @param {HTMLAnchorElement} link */
function fill(panel, link) {
  const id = link.dataset.number || '';
  const number = /** @type {HTMLElement} */ (link.querySelector('b'));
  const words = (number.textContent || '').trim();
  const digits = link.href.replace(/^\w+:|\?.*/g, '');
  const said = make('p', id);
  said.setAttribute('role', 'status');

  /** @param {string} label @param {() => unknown} act */
  const button = (label, act) => {
    const element = make('button', id, label);
    element.type = 'button';
    element.addEventListener('click', act);
    panel.append(element);
  };

  button('Copy', async () => {
    try {
      await navigator.clipboard.writeText(words);
      said.textContent = 'Copied.';
    } catch (e) {
      /** @type {Selection} */ (getSelection()).selectAllChildren(number);
      said.textContent = `Copying is not allowed here. The number is ${words}.`;
    }
  });
  if ('share' in navigator) button('Share', () => navigator.share({ text: words }).catch(() => {}));
  // Text relay has no code: 18000 and 18001 are dialled from its app alone.
  if (link.protocol === 'tel:' && !/^1800[01]/.test(digits))
    button('Show QR code', () =>
      readCodes().then((all) => {
        const code = document.createElementNS(svg, 'svg');
        const path = document.createElementNS(svg, 'path');
        said.textContent = '';
        said.append(code);
        code.append(path);
        code.classList.add('qr');
        code.setAttribute('viewBox', '0 0 29 29');
        code.setAttribute('role', 'img');
        code.dataset.number = id;
        code.setAttribute('aria-label', `A code that rings ${words}`);
        path.setAttribute('d', draw(all[digits]));
      }).catch(() => (said.textContent = "The code can't be shown just now.")),
    );
  panel.append(said);

  const form = make('form', id);
  const label = make('label', id, 'Name in your contacts ');
  const name = make('input', id);
  name.value = 'Info';
  name.maxLength = 30;
  name.autocomplete = 'off';
  label.append(name);
  const save = make('button', id, 'Save as contact');
  form.append(label, save, make('p', id, 'Choose a plain name. Contacts may sync to a family account, and the file may stay in Downloads.'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = name.value.trim() || words;
    const file = document.createElement('a');
    file.href = URL.createObjectURL(new Blob([vcard(chosen, digits)], { type: 'text/vcard' }));
    file.download = `${chosen.replace(/[^\p{L}\p{M}\p{N} -]/gu, '').trim() || 'Info'}.vcf`;
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60000);
    said.textContent = 'Open the file that was saved, to add it to your contacts.';
  });
  panel.append(form);
}

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('.ways li > a[data-number]'))) {
  if (!/^(tel|sms):/.test(link.href)) continue;
  const more = document.createElement('details');
  const panel = document.createElement('div');
  const summary = document.createElement('summary');
  summary.textContent = 'More';
  summary.setAttribute('aria-label', `More for ${link.textContent || ''}`);
  more.className = 'more';
  more.append(summary, panel);
  more.addEventListener('toggle', () => panel.firstChild || fill(panel, link));
  link.after(more);
}
