// Covering hides the page on screen, but not in print (base.css).

export const root = document.documentElement;

export const cover = () => root.classList.add('covered');

export const uncover = () => root.classList.remove('covered');
