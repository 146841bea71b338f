// A button that opens the heat map of a response below it.
import { h } from '/app/dom.js';
import { get, run } from '/app/state.js';
import { heatMap } from '/app/heat-map.js';

/**
 * @param at step, index, sample and attempt of the response
 * @param opened called with whether the map is open
 */
export function tokenButton(at, count, opened = () => {}) {
  const place = h('div', { className: 'token-place' });
  const words = count === 1 ? '1 token' : count + ' tokens';
  const button = h('button', { type: 'button', className: 'link', 'aria-expanded': 'false', title: 'Heat map of the tokens', onclick: toggle }, words);
  async function toggle() {
    const open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', !open);
    opened(!open);
    place.replaceChildren();
    if (!open) {
      try {
        const answer = await get('/api/runs/' + run().index + '/tokens?' + new URLSearchParams(at));
        place.replaceChildren(heatMap(answer));
      } catch (failure) {
        place.replaceChildren('Tokens cannot be loaded: ' + failure.message);
      }
    }
  }
  return { button, place };
}
