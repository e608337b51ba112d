// The setting for native back, stored only on this phone. first.js reads it on every page.

import { findElement } from './shared/dom.js';

const box = findElement('#native-back', HTMLInputElement);

const show = () => (box.checked = localStorage.getItem('own-back') === '1');
try {
  show();
  box.addEventListener('change', () => {
    try {
      if (box.checked) localStorage.setItem('own-back', '1');
      else localStorage.removeItem('own-back');
    } catch (error) {
      show(); // the storage is full
    }
  });
} catch (error) {
  box.disabled = true; // storage is switched off
}
