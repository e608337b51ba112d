// The cover hides the page on the screen, not on paper.

export const root = document.documentElement;

export const cover = () => root.classList.add('covered');

export const uncover = () => root.classList.remove('covered');
