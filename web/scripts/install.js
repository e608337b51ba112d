// Offers the browser's own install prompt, on the pages for saving alone, and only after a tap.

const line = /** @type {HTMLElement} */ (document.getElementById('install'));

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  line.hidden = false;
  line.onclick = () => {
    /** @type {Event & {prompt: () => void}} */ (event).prompt();
    line.hidden = true;
  };
});
