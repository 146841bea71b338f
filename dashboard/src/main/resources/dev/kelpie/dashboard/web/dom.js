// Creates elements. Every text becomes a text node, never markup.

/** An element with properties, attributes (as `aria-...`, `data-...`, `role`) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name in element && !name.includes('-') && name !== 'role') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only where it differs, so that a screen reader reads it once. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Shows a message beside the tabs, which screen readers read out. */
export function say(text) {
  setText(byId('notice'), text);
}

/** Calls `action` once, `millis` after the last call. */
export function debounced(action, millis) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), millis);
  };
}

/** Calls `action` at most once in `millis`; the last call is never lost. */
export function throttled(action, millis) {
  let planned = false;
  return () => {
    if (!planned) {
      planned = true;
      setTimeout(() => {
        planned = false;
        action();
      }, millis);
    }
  };
}
