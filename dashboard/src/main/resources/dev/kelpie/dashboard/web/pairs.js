// The Pairs view: the pairs that a step was trained on, and one of them in full.
import { h, say, setText, throttled } from '/app/dom.js';
import { number } from '/app/format.js';
import { get, on, run } from '/app/state.js';
import { pairView, signed } from '/app/pair-view.js';

const PAGE = 200;
const MOVES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

export function pairsView(section) {
  const step = h('input', { id: 'pair-step', type: 'number', min: 0, step: 1, placeholder: 'newest', onchange: () => load(step.value, null) });
  const earlier = h('button', { type: 'button', id: 'pair-step-before', onclick: () => load(page.previous, null) }, '‹ Earlier step');
  const later = h('button', { type: 'button', id: 'pair-step-after', onclick: () => load(page.next, null) }, 'Later step ›');
  const wrong = h('input', { type: 'checkbox', id: 'pair-wrong', onchange: () => load(page?.step ?? '', null) });
  const fresh = h('button', { type: 'button', id: 'pair-fresh', hidden: true, onclick: () => load('', null) });
  const summary = h('p', { className: 'summary', role: 'status', id: 'pair-summary' });
  const rows = h('tbody', {});
  const more = h('button', { type: 'button', id: 'pair-more', hidden: true, onclick: further }, 'Further pairs');
  const back = h('button', { type: 'button', id: 'pair-before', onclick: () => move(-1) }, '‹ Previous pair');
  const forth = h('button', { type: 'button', id: 'pair-after', onclick: () => move(1) }, 'Next pair ›');
  const content = h('article', { className: 'group pair', id: 'pair', tabIndex: 0, onkeydown: pressed });
  const table = h(
    'div',
    { className: 'scroll pair-list', tabIndex: 0, role: 'region', 'aria-label': 'Pairs of the step', onkeydown: pressed },
    h('table', {}, h('thead', {}, h('tr', {}, ['Pair', 'Prompt', 'Scores', 'Label p', 'Implicit reward'].map((name) => h('th', { scope: 'col' }, name)))), rows),
    more,
  );
  const columns = h('div', { className: 'pair-columns', hidden: true }, table, h('div', {}, h('div', { className: 'row tools' }, back, forth), content));
  let page = null;
  let shown = [];
  let at = -1;
  let asked = 0;
  let visible = false;
  let loaded = false;

  section.append(
    h('form', { className: 'row tools', onsubmit: (event) => event.preventDefault() },
      h('label', {}, 'Step ', step), earlier, later,
      h('label', { title: 'The implicit reward prefers the rejected response' }, wrong, ' Only pairs the wrong way round'), fresh),
    summary,
    h('p', { className: 'hint' }, 'Keyboard: arrow keys move from pair to pair while the list or the pair has the focus. A number of tokens opens their heat map.'),
    columns,
  );

  const path = (what, parameters) => '/api/runs/' + run().index + '/' + what + '?' + new URLSearchParams(parameters);

  /** Loads the pairs of a step, the newest where it is empty, and shows the pair of a number, counted from 0. */
  async function load(wanted, pair) {
    const mine = ++asked;
    try {
      const answer = await get(path('pairs', { step: wanted ?? '', wrong: wrong.checked, limit: PAGE }));
      if (mine !== asked) {
        return;
      }
      loaded = true;
      page = answer;
      shown = answer.pairs ?? [];
      showPage();
      const index = pair === null ? 0 : shown.findIndex((one) => one.pair === pair);
      open(Math.max(0, index));
    } catch (failure) {
      say('The pairs cannot be loaded: ' + failure.message);
    }
  }

  async function further() {
    const mine = asked;
    const before = page.step;
    const answer = await get(path('pairs', { step: before, wrong: wrong.checked, from: shown.length, limit: PAGE }));
    if (mine === asked && page.step === before) {
      shown = shown.concat(answer.pairs ?? []);
      showPage();
      mark();
    }
  }

  function showPage() {
    step.value = page.step ?? '';
    earlier.disabled = page.previous === undefined;
    later.disabled = page.next === undefined;
    fresh.hidden = true;
    more.hidden = shown.length >= (page.matched ?? 0);
    columns.hidden = shown.length === 0;
    rows.replaceChildren(...shown.map(row));
    setText(summary, words());
  }

  function words() {
    if (page.count === 0) {
      return 'No pairs: no step of this run was trained by a loss over pairs.';
    }
    if (page.problem) {
      return 'Step ' + page.step + ' cannot be read: ' + page.problem;
    }
    if (!page.recorded) {
      return 'Step ' + page.step + ' has no pairs; those of steps ' + page.oldest + ' to ' + page.newest + ' are recorded.';
    }
    const compared = page.compared === 0
      ? 'no implicit rewards: no log-ratio to a reference is recorded'
      : page.wrong + ' the wrong way round (' + Math.round((100 * page.wrong) / page.compared) + ' %)';
    const beta = page.beta === null ? '' : '; beta ' + number(page.beta);
    return 'Step ' + page.step + ': ' + page.total + (page.total === 1 ? ' pair, ' : ' pairs, ') + compared + beta + '.';
  }

  function row(one, index) {
    const button = h('button', { type: 'button', className: 'link', tabIndex: -1, onclick: () => open(index) }, one.pair + 1);
    return h(
      'tr',
      { 'data-pair': one.pair, className: one.wrong ? 'wrong' : '', onclick: () => open(index) },
      h('th', { scope: 'row' }, button),
      h('td', {}, one.group + 1),
      h('td', { className: 'figure' }, names(one)),
      h('td', { className: 'figure' }, number(one.probability)),
      h('td', { className: 'figure' }, signed(one.difference), one.wrong ? ' wrong' : ''),
    );
  }

  /** The scores, with the members that are not the policy. */
  function names(one) {
    const named = (side) => number(side.score) + (side.member && side.member !== 'policy' ? ' ' + side.member : '');
    return named(one.chosen) + ' : ' + named(one.rejected);
  }

  function move(by) {
    if (shown.length) {
      open(Math.max(0, Math.min(shown.length - 1, at + by)));
    }
  }

  function pressed(event) {
    const own = event.target.closest('button, a, input, summary, .heat-map, .tokens');
    if (event.key in MOVES && !event.ctrlKey && !event.altKey && !event.metaKey && (!own || own.closest('.pair-list'))) {
      move(MOVES[event.key]);
      event.preventDefault();
    }
  }

  function mark() {
    [...rows.children].forEach((line, index) => {
      index === at ? line.setAttribute('aria-current', 'true') : line.removeAttribute('aria-current');
    });
    rows.children[at]?.scrollIntoView({ block: 'nearest' });
    back.disabled = at <= 0;
    forth.disabled = at >= shown.length - 1;
  }

  async function open(index) {
    at = index;
    if (!shown[index]) {
      return;
    }
    mark();
    const number = shown[index].pair;
    const opened = page.step;
    try {
      const pair = await get(path('pair', { step: opened, pair: number }));
      if (at !== index || page.step !== opened) {
        return;
      }
      const heading = 'Step ' + opened + ', pair ' + (number + 1) + ' of ' + page.total;
      content.setAttribute('aria-label', heading);
      content.dataset.pair = number;
      content.replaceChildren(...pairView(pair, h('h2', { 'aria-live': 'polite' }, heading)).filter((part) => part));
      if (visible) {
        history.replaceState(null, '', '#pairs?step=' + opened + '&pair=' + (number + 1));
      }
    } catch (failure) {
      say('The pair cannot be loaded: ' + failure.message);
    }
  }

  /** Offers a newer step of a live run. */
  function watch() {
    const last = run().progress?.step ?? -1;
    if (visible && loaded && last > (page.newest ?? -1)) {
      fresh.hidden = false;
      fresh.textContent = 'Show step ' + last;
    }
  }

  on('progress', throttled(watch, 1200));
  on('selected', () => (visible ? load('', null) : (loaded = false)));
  return {
    show(now) {
      visible = now;
      if (now && !loaded) {
        load('', null);
      }
    },
    /** Shows the pairs of an address such as `step=12&pair=3`. */
    ask(parameters) {
      if (parameters.has('step')) {
        wrong.checked = false;
        loaded = true;
        load(parameters.get('step'), parameters.has('pair') ? Number(parameters.get('pair')) - 1 : null);
      }
    },
  };
}
