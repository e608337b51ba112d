// Adds a "More" under each phone number; its content is made when it is first opened.

import { fillPanel } from './contact/panel.js';
import { findElements } from './shared/dom.js';

for (const link of findElements('.ways li > a[data-number]', HTMLAnchorElement)) {
  if (!/^(tel|sms):/.test(link.href)) continue;
  const more = document.createElement('details');
  const panel = document.createElement('div');
  const summary = document.createElement('summary');
  summary.textContent = 'More';
  summary.setAttribute('aria-label', `More for ${link.textContent || ''}`);
  more.className = 'more';
  more.append(summary, panel);
  more.addEventListener('toggle', () => panel.firstChild || fillPanel(panel, link));
  link.after(more);
}
