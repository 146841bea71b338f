// The tokens of a response one after the other, coloured by a number of each; what is not recorded is said.
import { h, setText } from '/app/dom.js';
import { number } from '/app/format.js';

/** The log-probability from which on a token has the full colour. */
const LEAST_LOGPROB = -6;
const SMALLEST_RANGE = 0.01;
const LEGEND_STEPS = [-1, -0.5, 0, 0.5, 1];
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
const SPACES = { ' ': '␣', '\n': '⏎', '\t': '⇥', '\r': '␍' };
let maps = 0;

/** Numbers of the tokens: name, values or why there are none, and what colour means. */
function measures(answer) {
  const { rollout, policy, reference, advantages } = answer;
  const drawnAt = answer.sampling.temperature;
  const comparable = drawnAt === answer.learnerTemperature || drawnAt === 0;
  const logprobs = rollout ?? policy;
  const now = policy ?? (comparable ? rollout : undefined);
  return [
    {
      name: 'log-probability',
      values: logprobs,
      missing: 'it was not sampled, and no log-probability of it is recorded',
      means: rollout ? 'natural logarithm of the probability with which the token was sampled' : 'under the weights that the step began with',
      range: LEAST_LOGPROB,
    },
    {
      name: 'ratio',
      values: policy && rollout && comparable ? policy.map((value, i) => both(value, rollout[i], (a, b) => Math.exp(a - b))) : undefined,
      missing: !rollout ? 'it was not sampled'
        : !policy ? 'the file has no log-probabilities of this response under the weights of the learner'
          : 'the learner has log-probabilities at temperature ' + answer.learnerTemperature + ', and it was sampled at ' + drawnAt,
      means: 'probability under the weights that the step began with, divided by that at sampling',
      centre: 1,
    },
    {
      name: 'advantage',
      values: advantages,
      missing: 'the file has no advantages of this response; losses over pairs have none',
      means: 'by how much the token is better than expected',
    },
    {
      name: 'KL',
      values: now && reference ? now.map((value, i) => both(value, reference[i], (a, b) => a - b)) : undefined,
      missing: reference ? 'no log-probability of it is recorded that compares with that of the reference' : 'the file has no log-probabilities of a reference',
      means: 'log-ratio to the reference, the estimate k1 of the KL; policy: ' + (policy ? 'the weights that the step began with' : 'as sampled'),
    },
  ];
}

const both = (a, b, combine) =>
  a === null || b === null || a === undefined || b === undefined ? null : Number(combine(a, b).toPrecision(6));

/** Text of a token with its white space visible; an id where it has none or is a part of a character. */
export function tokenText(text, id) {
  if (!text || text.includes('\ufffd')) {
    return '⟨' + id + '⟩';
  }
  return text.replace(/[ \n\t\r]/g, (space) => SPACES[space]);
}

/** @param answer of the server for the tokens of a response */
export function heatMap(answer) {
  const id = 'heat-' + ++maps;
  const all = measures(answer);
  const texts = answer.tokens.map((token, i) => tokenText(answer.texts?.[i], token));
  const legend = h('div', { className: 'heat-legend', 'aria-hidden': true });
  const means = h('p', { className: 'hint' });
  const readout = h('p', { className: 'readout', role: 'status' });
  const tokens = answer.tokens.map((token, i) =>
    h('span', { id: id + '-' + i, className: 'heat', role: 'option', 'aria-selected': 'false', onpointerenter: () => show(i) },
      h('span', { className: 'heat-text' }, texts[i]), h('span', { className: 'heat-number' })),
  );
  const list = h('div', { className: 'heat-map', role: 'listbox', tabIndex: 0, onkeydown: pressed, onfocus: () => show(Math.max(at, 0)) }, tokens);
  let at = -1;

  function describe(i) {
    const numbers = all.filter((one) => one.values).map((one) => one.name + ' ' + exact(one.values[i]));
    return 'token ' + (i + 1) + ' of ' + tokens.length + ', ' + texts[i] + ', id ' + answer.tokens[i] + ': ' + (numbers.join(', ') || 'no numbers');
  }

  function show(i) {
    if (!tokens.length) {
      return;
    }
    tokens[at]?.setAttribute('aria-selected', 'false');
    at = i;
    tokens[at].setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', tokens[at].id);
    setText(readout, describe(at));
  }

  function pressed(event) {
    if (event.key in MOVES && !event.ctrlKey && !event.altKey && !event.metaKey && tokens.length) {
      show(Math.max(0, Math.min(tokens.length - 1, Math.max(at, 0) + MOVES[event.key])));
      tokens[at].scrollIntoView({ block: 'nearest' });
      event.preventDefault();
    }
  }

  function colour(measure) {
    const scale = scaleOf(measure);
    list.setAttribute('aria-label', 'Tokens coloured by ' + measure.name + '. Arrow keys move.');
    list.dataset.measure = measure.name;
    tokens.forEach((token, i) => {
      paint(token, measure.values[i], scale);
      token.lastChild.textContent = number(measure.values[i]);
      token.title = describe(i);
    });
    legend.replaceChildren(...scale.legend.map((value) => {
      const patch = h('span', { className: 'heat' }, number(value) + (measure.range && value === measure.range ? ' or less' : ''));
      paint(patch, value, scale);
      return patch;
    }));
    setText(means, measure.name + ': ' + measure.means + '.');
  }

  const present = all.filter((one) => one.values);
  const choices = all.map((one) =>
    h('label', {}, h('input', { type: 'radio', name: id, value: one.name, disabled: !one.values, checked: one === present[0], onchange: () => colour(one) }), ' ' + one.name),
  );
  const absent = all.filter((one) => !one.values).map((one) => one.name + ': ' + one.missing);
  if (present.length) {
    colour(present[0]);
  }
  return h(
    'div',
    { className: 'heat-place' },
    h('fieldset', { className: 'runs' }, h('legend', {}, 'Colour'), choices),
    present.length ? [legend, means] : null,
    absent.length ? h('p', { className: 'hint absent' }, 'Not recorded: ' + absent.join('; ') + '.') : null,
    list,
    readout,
    table(answer, texts, present),
    h('p', { className: 'foot' }, foot(answer)),
  );
}

function foot(answer) {
  const total = answer.rollout ? 'total log-probability ' + number(answer.rollout.reduce((sum, one) => sum + one, 0)) + '; ' : '';
  return total + 'sampled with ' + Object.entries(answer.sampling).map(([key, value]) => key + ' ' + value).join(', ');
}

/** How far from its centre a measure goes in this response, and the numbers of its legend. */
function scaleOf(measure) {
  if (measure.range) {
    return { share: (value) => value / measure.range, one: true, legend: [0, 0.25, 0.5, 0.75, 1].map((part) => part * measure.range) };
  }
  const depth = measure.centre ? (value) => Math.log(value) : (value) => value;
  const known = measure.values.filter((value) => value !== null).map((value) => Math.abs(depth(value)));
  const range = Math.max(SMALLEST_RANGE, ...known.filter(Number.isFinite));
  return {
    share: (value) => depth(value) / range,
    legend: LEGEND_STEPS.map((part) => (measure.centre ? Number(Math.exp(part * range).toPrecision(4)) : part * range)),
  };
}

/** Sets the colour of a token; a token without a number is hatched. */
function paint(element, value, scale) {
  const known = value !== null && value !== undefined;
  const share = known ? Math.max(-1, Math.min(1, scale.share(value))) : 0;
  element.dataset.side = !known ? 'none' : scale.one ? 'doubt' : share < 0 ? 'below' : 'above';
  element.style.setProperty('--heat', String(Math.round(Math.abs(share) * 100) / 100));
}

const exact = (value) => (value === null || value === undefined ? 'not recorded' : String(value));

/** All numbers as a table, one column for each token. */
function table(answer, texts, present) {
  const rows = [...present.map((one) => [one.name, one.values])];
  if (answer.sampled) {
    rows.push(['log-probability after top-k, top-p, min-p', answer.sampled]);
  }
  return h(
    'details',
    {},
    h('summary', {}, 'Table of the numbers'),
    h(
      'div',
      { className: 'scroll tokens', tabIndex: 0, role: 'region', 'aria-label': 'Numbers of each token' },
      h('table', {}, h('tbody', {},
        h('tr', {}, h('th', { scope: 'row' }, 'token'), texts.map((text, i) => h('td', { className: 'token', title: 'id ' + answer.tokens[i] }, text))),
        rows.map(([name, values]) => h('tr', {}, h('th', { scope: 'row' }, name), values.map((value) => h('td', {}, value === null ? '–' : String(value))))))),
    ),
  );
}
