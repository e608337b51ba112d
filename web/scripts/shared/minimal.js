// A minimal /neutral, for when the real one doesn't load.

/** Replaces the content of this document with its title and a link to the start page. */
export const showMinimal = () => {
  stop(); // otherwise the parser may add the rest of the page
  const body = document.body || document.documentElement.appendChild(document.createElement('body'));
  const heading = document.createElement('h1');
  const start = document.createElement('a');
  heading.textContent = document.title;
  start.textContent = 'Start page';
  start.id = 'start';
  start.href = '/start';
  body.textContent = '';
  body.append(heading, start);
};
