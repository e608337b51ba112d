// The settings, kept on this phone alone. The first script of every page reads them.

const box = /** @type {HTMLInputElement} */ (document.getElementById('own-back'));

try {
  box.checked = localStorage.getItem('own-back') === '1';
  box.addEventListener('change', () => {
    if (box.checked) localStorage.setItem('own-back', '1');
    else localStorage.removeItem('own-back');
  });
} catch (error) {
  box.disabled = true; // storage is switched off: nothing can be kept
}
