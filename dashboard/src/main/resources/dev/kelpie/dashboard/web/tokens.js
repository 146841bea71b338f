// The values of each token of a response.
import { h } from '/app/dom.js';
import { number } from '/app/format.js';

const ROWS = [
  ['rollout', 'rollout logprob'],
  ['sampled', 'sampled logprob'],
  ['reference', 'reference logprob'],
  ['advantages', 'advantage'],
];
const LEAST = -6;

/** A table with one column for each token, shaded by the probability with which it was sampled. */
export function tokenStrip(answer, logprob) {
  const present = ROWS.filter(([key]) => answer[key]);
  return h(
    'div',
    {},
    h(
      'div',
      { className: 'scroll tokens', tabIndex: 0, role: 'region', 'aria-label': 'Values of each token' },
      h(
        'table',
        {},
        h('tbody', {},
          h('tr', {}, h('th', { scope: 'row' }, 'token'), answer.tokens.map((id, i) => cell(id, answer.texts?.[i], answer.rollout[i]))),
          present.map(([key, words]) => h('tr', {}, h('th', { scope: 'row' }, words), answer[key].map((value) => h('td', {}, value === null ? '–' : value.toFixed(3))))),
        ),
      ),
    ),
    h('p', { className: 'foot' }, 'total logprob ' + number(logprob) + '; sampled with ' + Object.entries(answer.sampling).map(([key, value]) => key + ' ' + value).join(', ')),
  );
}

function cell(id, text, logprob) {
  const shown = text ? text.replaceAll(' ', '␣').replaceAll('\n', '⏎') : String(id);
  const td = h('td', { className: 'token', title: 'token ' + id + ', logprob ' + number(logprob) }, shown);
  td.style.setProperty('--doubt', String(Math.round(Math.min(1, logprob / LEAST) * 70)) + '%');
  return td;
}
