// What is closed is printed too, in browsers where the style sheet can't open it (Chromium before 131, Safari before 18.4).
// "More" is made when it is opened, and isn't printed. The build puts this into save.js.

/** @type {HTMLDetailsElement[]} */
let closed = [];
addEventListener('beforeprint', () => {
  closed = closed.concat(Array.from(document.querySelectorAll('details:not([open]):not(.more)')));
  for (const each of closed) each.open = true;
});
addEventListener('afterprint', () => {
  for (const each of closed.splice(0)) each.open = false;
});
