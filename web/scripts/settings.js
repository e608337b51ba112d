// The setting for native back, stored on this phone alone. The first script of every page reads it.

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
