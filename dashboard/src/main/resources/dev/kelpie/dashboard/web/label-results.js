// What people have answered so far: a table of persons, and their agreement.
import { h } from '/app/dom.js';
import { number, span } from '/app/format.js';
import { get, run } from '/app/state.js';

/** A panel that is filled when it is opened; `refresh` fills it anew while it is open. */
export function resultsPanel() {
  const content = h('div', { id: 'label-results', className: 'label-results' });
  const panel = h('details', { id: 'label-results-panel', ontoggle: refresh }, h('summary', {}, 'Results and agreement'), content);
  async function refresh() {
    if (!panel.open) {
      return;
    }
    try {
      content.replaceChildren(...results(await get('/api/runs/' + run().index + '/label-results')));
    } catch (failure) {
      content.replaceChildren(h('p', { className: 'problem' }, 'The results cannot be loaded: ' + failure.message));
    }
  }
  return { panel, refresh };
}

const percent = (share) => (share === null ? '–' : Math.round(100 * share) + ' %');

function results(all) {
  if (all.people.length === 0) {
    return [h('p', { className: 'hint' }, 'Nobody has answered yet.')];
  }
  return [
    h('p', { className: 'hint' }, all.items + (all.items === 1 ? ' item has' : ' items have') + ' an answer; '
      + all.written + ' answers are in labels.jsonl' + (all.takenBack ? ', ' + all.takenBack + ' of them taken back' : '') + '.'),
    table(
      'People',
      ['Name', 'Answers', 'Ties', 'Skipped', 'Left preferred', 'Time', 'With the reward', 'With the run’s label'],
      all.people.map((one) => [one.name, one.answers, one.ties, one.skips, percent(one.left), span(one.medianMillis), agreement(one.withRun.reward), agreement(one.withRun.label)]),
    ),
    all.between.length === 0
      ? h('p', { className: 'hint' }, 'No item has answers of two people; choose more people for each item to see how far they agree.')
      : table('Agreement of two people', ['People', 'About', 'In common', 'The same', 'Cohen’s kappa'],
        all.between.map((one) => [one.one + ' and ' + one.other, one.kind, one.common, percent(one.share), number(one.kappa)])),
    all.correlation === null ? null : h('p', {}, 'Correlation of ratings with rewards: ' + number(all.correlation)),
    h('p', { className: 'hint' }, 'Agreement with the run counts ties as answers: the reward is tied where both are equal, the label where p is 1/2. '
      + 'Kappa is 0 where two agree as often as by chance and 1 where they always do. “Left preferred” far from 50 % says that somebody looks at the place, not at the text.'),
  ].filter((part) => part);
}

function agreement(one) {
  return one === undefined ? '–' : percent(one.share) + ' of ' + one.common + ', kappa ' + number(one.kappa);
}

function table(caption, titles, rows) {
  return h(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, titles.map((title) => h('th', { scope: 'col' }, title)))),
      h('tbody', {}, rows.map(([name, ...cells]) => h('tr', {}, h('th', { scope: 'row' }, String(name)), cells.map((cell) => h('td', {}, String(cell)))))),
    ),
  );
}
