// Light and dark theme, and the colours that charts take from the style sheet.
import { byId } from '/app/dom.js';

const ORDER = ['auto', 'light', 'dark'];
const listeners = [];
const system = matchMedia('(prefers-color-scheme: dark)');

/** Okabe and Ito's colours, distinguishable with colour blindness, in order of use. */
const LINES = ['blue', 'orange', 'green', 'purple', 'sky', 'vermillion', 'yellow', 'grey'];

function chosen() {
  const kept = localStorage.getItem('kelpie-theme');
  return ORDER.includes(kept) ? kept : 'auto';
}

function apply() {
  const theme = chosen();
  if (theme === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  const button = byId('theme');
  button.textContent = { auto: '◐ Auto', light: '☀ Light', dark: '☾ Dark' }[theme];
  button.setAttribute('aria-label', 'Theme: ' + theme + '. Change');
  listeners.forEach((listener) => listener());
}

export function startTheme() {
  byId('theme').addEventListener('click', () => {
    const next = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    localStorage.setItem('kelpie-theme', next);
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}

export function onTheme(listener) {
  listeners.push(listener);
}

/** The style sheet's value of a custom property, `--NAME`. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

export function lineColour(index) {
  return colour(LINES[index % LINES.length]);
}
