// The numbers of each token of a response.
import { h } from '/app/dom.js';
import { number } from '/app/format.js';

const ROWS = [
  ['rollout', 'rollout logprob'],
  ['sampled', 'sampled logprob'],
  ['reference', 'reference logprob'],
  ['advantages', 'advantage'],
];
const LEAST = -6;

/** A table with one column a token; the shade is the probability with which it was drawn. */
export function tokenStrip(told, logprob) {
  const present = ROWS.filter(([key]) => told[key]);
  return h(
    'div',
    {},
    h(
      'div',
      { className: 'scroll tokens', tabIndex: 0, role: 'region', 'aria-label': 'Numbers of each token' },
      h(
        'table',
        {},
        h('tbody', {},
          h('tr', {}, h('th', { scope: 'row' }, 'token'), told.tokens.map((id, i) => cell(id, told.texts?.[i], told.rollout[i]))),
          present.map(([key, words]) => h('tr', {}, h('th', { scope: 'row' }, words), told[key].map((value) => h('td', {}, value === null ? '–' : value.toFixed(3))))),
        ),
      ),
    ),
    h('p', { className: 'foot' }, 'logprob of the whole ' + number(logprob) + '; drawn with ' + Object.entries(told.sampling).map(([key, value]) => key + ' ' + value).join(', ')),
  );
}

function cell(id, text, logprob) {
  const shown = text ? text.replaceAll(' ', '␣').replaceAll('\n', '⏎') : String(id);
  const td = h('td', { className: 'token', title: 'token ' + id + ', logprob ' + number(logprob) }, shown);
  td.style.setProperty('--doubt', String(Math.round(Math.min(1, logprob / LEAST) * 70)) + '%');
  return td;
}
