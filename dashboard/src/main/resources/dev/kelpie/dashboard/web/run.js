// The view of the run: what it is made of, what happened, what became of its samples.
import { h, setText } from '/app/dom.js';
import { clock, number } from '/app/format.js';
import { get, on, run } from '/app/state.js';

const LEDGER = ['issued', 'received', 'rewarded', 'consumed', 'dropped', 'in-flight'];

export function runView(section) {
  const notes = h('ul', { className: 'notes', 'aria-label': 'Notes on the files' });
  const summary = h('dl', { className: 'facts', id: 'summary' });
  const ledger = h('dl', { className: 'facts', id: 'ledger' });
  const balance = h('p', { className: 'hint' });
  const facts = h('dl', { className: 'facts', id: 'machine' });
  const level = h(
    'select',
    { id: 'event-level', 'aria-label': 'Events shown' },
    [['', 'all events'], ['warning', 'warnings and errors'], ['error', 'errors']].map(([value, words]) => h('option', { value }, words)),
  );
  const events = h('ol', { className: 'events tall', id: 'events', tabIndex: 0 });
  const search = h('input', { type: 'search', id: 'config-search', placeholder: 'key, value or meaning', 'aria-label': 'Search the configuration' });
  const only = h('input', { type: 'checkbox', id: 'config-changed' });
  const config = h('tbody');
  const problem = h('p', { className: 'problem', hidden: true });
  const told = h('p', { className: 'hint' });
  let keys = [];
  let ended = null;
  let visible = false;

  section.append(
    notes,
    h(
      'div',
      { className: 'cards' },
      h('section', { className: 'card wide' }, h('h2', {}, 'Summary'), summary),
      h('section', { className: 'card' }, h('h2', {}, 'Ledger of samples'), ledger, balance),
      h('section', { className: 'card' }, h('h2', {}, 'Machine and versions'), facts, told),
      h('section', { className: 'card wide' }, h('div', { className: 'row spread' }, h('h2', {}, 'Events'), level), events),
    ),
    h(
      'section',
      { className: 'card' },
      h(
        'div',
        { className: 'row spread' },
        h('h2', {}, 'Configuration'),
        h('div', { className: 'row' }, search, h('label', {}, only, ' only what differs from the defaults')),
      ),
      problem,
      h(
        'div',
        { className: 'scroll' },
        h(
          'table',
          { id: 'config', className: 'config' },
          h('thead', {}, h('tr', {}, ['Key', 'Value', 'Default', 'Meaning'].map((name) => h('th', { scope: 'col' }, name)))),
          config,
        ),
      ),
    ),
  );

  async function load() {
    const about = await get('/api/runs/' + run().index + '/about');
    keys = about.config.keys;
    problem.hidden = about.config.problem === undefined;
    setText(problem, about.config.problem ?? '');
    pairs(facts, Object.entries(about.facts), run().control ? 'not known yet' : 'not on record')
    setText(told, [about.folder, ...comments(about.config.text ?? '')].join('\n'));
    ended = about.summary ?? null;
    pairs(summary, summaryPairs(ended));
    showConfig();
  }

  function showConfig() {
    const wanted = search.value.toLowerCase();
    const shown = keys.filter(
      (one) =>
        (!only.checked || one.changed) &&
        (one.key + ' ' + one.value + ' ' + one.meaning).toLowerCase().includes(wanted),
    );
    config.replaceChildren(
      ...shown.map((one) =>
        h(
          'tr',
          { className: one.changed ? 'changed' : '' },
          h('th', { scope: 'row' }, one.key),
          h('td', { 'data-label': 'value' }, h('code', {}, one.value), one.changed ? h('span', { className: 'mark' }, ' ≠ default') : null),
          h('td', { 'data-label': 'default' }, h('code', {}, one.default)),
          h('td', {}, one.meaning),
        ),
      ),
    );
  }

  function showLedger() {
    const counts = run().ledger;
    const names = [...LEDGER.filter((name) => name in counts), ...Object.keys(counts).filter((name) => !LEDGER.includes(name))];
    pairs(ledger, names.map((name) => [name.replaceAll('-', ' '), number(counts[name])]));
    const { issued, consumed, dropped, 'in-flight': flying } = counts;
    if ([issued, consumed, dropped, flying].some((count) => count === undefined)) {
      setText(balance, names.length ? '' : 'Not known.');
    } else {
      // measured ones are counted apart where a run tells them
      const rest = issued - consumed - dropped - flying - (counts.measured ?? 0);
      setText(balance, rest === 0 ? '✓ issued = consumed + dropped + in flight' + (counts.measured === undefined ? '' : ' + measured')
        : number(Math.abs(rest)) + (rest > 0 ? ' issued and not yet settled' : ' settled beyond those issued'));
    }
  }

  function showEvents() {
    const levels = { '': ['info', 'warning', 'error'], warning: ['warning', 'error'], error: ['error'] }[level.value];
    const shown = run().events.filter((event) => levels.includes(event.level)).slice(-500).reverse();
    events.replaceChildren(
      ...shown.map((event) =>
        h(
          'li',
          { className: event.level },
          h('time', {}, clock(event.time)),
          h('span', { className: 'level' }, { info: 'info', warning: '▲ warning', error: '✕ error' }[event.level]),
          h('span', { className: 'name' }, event.source),
          h('span', {}, event.text),
        ),
      ),
    );
    if (!shown.length) {
      events.replaceChildren(h('li', {}, 'none'));
    }
  }

  function showNotes() {
    notes.hidden = run().notes.length === 0;
    notes.replaceChildren(...run().notes.map((note) => h('li', {}, note)));
  }

  function all() {
    if (!visible) {
      return;
    }
    showNotes();
    showLedger();
    showEvents();
    load().catch((failure) => {
      problem.hidden = false;
      setText(problem, 'not readable: ' + failure.message);
    });
  }

  let phase = '';
  search.addEventListener('input', showConfig);
  only.addEventListener('change', showConfig);
  level.addEventListener('change', showEvents);
  on('selected', all);
  on('ledger', () => visible && showLedger());
  on('events', () => visible && showEvents());
  on('notes', () => visible && showNotes());
  on('progress', () => {
    if (visible && !ended) {
      pairs(summary, summaryPairs(null));
    }
    if (phase !== run().progress.phase) {
      phase = run().progress.phase;
      all();
    }
  });
  return {
    show(now) {
      visible = now;
      all();
    },
  };
}

function pairs(list, entries, none = 'not known yet') {
  list.replaceChildren(...entries.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))));
  if (!entries.length) {
    list.replaceChildren(h('div', {}, h('dd', {}, none)));
  }
}

function summaryPairs(summary) {
  if (!summary) {
    const progress = run().progress;
    return progress ? [['status', progress.phase], ['steps', progress.step + ' of ' + progress.steps]] : [];
  }
  const entries = [];
  for (const [key, value] of Object.entries(summary)) {
    if (value === null || typeof value !== 'object') {
      if (key !== 'format') {
        entries.push([key.replaceAll('-', ' '), key.includes('sha256') ? value.slice(0, 16) + '…' : shown(value)]);
      }
    }
  }
  const before = summary['eval-before'] ?? {};
  for (const [key, after] of Object.entries(summary['eval-after'] ?? {})) {
    if (key.endsWith('/mean')) {
      entries.push([key, shown(before[key] ?? null) + ' → ' + shown(after)]);
    }
  }
  for (const [phase, share] of Object.entries(summary['timing-shares'] ?? {})) {
    entries.push(['time, ' + phase.replaceAll('_', ' '), share === null ? '–' : (share * 100).toFixed(1) + ' %']);
  }
  if (summary.ledger) {
    entries.push(['ledger', summary.ledger.clean ? '✓ clean' : '✕ ' + (summary.ledger.violations ?? []).join('; ')]);
  }
  return entries;
}

const shown = (value) => (typeof value === 'number' ? number(value) : value === null ? '–' : value);

/** What the file says of itself: where it came from, seed, version. */
const comments = (text) => text.split('\n').filter((line) => line.startsWith('# ')).map((line) => line.slice(2));
