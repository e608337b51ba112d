// Offers the browser's own install prompt, on the pages for saving alone, and only after a tap.

const line = /** @type {HTMLElement} */ (document.getElementById('install'));

/** Asked for only now that somebody chose to keep the site: where it may, the browser then doesn't clear it by itself. */
const persist = () => navigator.storage && navigator.storage.persist && navigator.storage.persist();

addEventListener('appinstalled', persist);
addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  line.hidden = false;
  line.onclick = () => {
    /** @type {Event & {prompt: () => void}} */ (event).prompt();
    line.hidden = true;
    persist();
  };
});
