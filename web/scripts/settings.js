// The settings, kept on this phone alone. The first script of every page reads them.

const box = /** @type {HTMLInputElement} */ (document.getElementById('own-back'));

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
  box.disabled = true; // storage is switched off: nothing can be kept
}
