// The panel that says why the run is stuck: the chain of who waits for whom, since when, and the likely cause.
import { byId, h, setText } from '/app/dom.js';
import { duration, span } from '/app/format.js';
import { now, on, run, shownName } from '/app/state.js';

/** A chain that changes faster than this is not shown while nothing is stuck. */
const SETTLED_MILLIS = 3000;
const TITLES = { stuck: 'Why is it stuck?', slow: 'Why is it slow?', asked: 'Why does it wait?', fine: 'Is it stuck?' };
const MARKS = { stuck: '▲ stuck', slow: '▲ slower than usual', asked: '❚❚ waiting', fine: '✓ no' };

const nameOf = (name) => (run().actors.has(name) ? shownName(run().actors.get(name)) : name);
const lasting = (link) => duration(now() - link.since);

/** Worker names in a sentence are shown as in the table. */
function plainly(text) {
  return text.replace(/[\w.-]+@[\w.:[\]-]+\w/g, (name) => nameOf(name));
}

export function stuckPanel() {
  const title = h('h2', { id: 'stuck-title' });
  const level = h('span', { className: 'level', id: 'stuck-level' });
  const headline = h('p', { className: 'headline', id: 'stuck-headline', role: 'status' });
  const chain = h('ol', { className: 'chain', id: 'stuck-chain', 'aria-label': 'Who waits for whom' });
  const more = h('ul', { className: 'more', id: 'stuck-more', 'aria-label': 'Besides' });
  const usual = h('dl', { className: 'facts', id: 'stuck-usual' });
  const parts = h('div', {}, h('h3', {}, 'How long each part takes in this run'), usual);
  const element = h(
    'section',
    { className: 'card stuck', id: 'stuck', 'aria-labelledby': 'stuck-title', hidden: true },
    h('div', { className: 'row spread' }, title, level),
    headline,
    chain,
    more,
    parts,
  );

  function update() {
    const waiting = run().waiting;
    element.hidden = !waiting;
    if (!waiting) {
      return;
    }
    const { diagnosis } = waiting;
    const fine = diagnosis.level === 'fine';
    element.dataset.level = diagnosis.level;
    setText(title, TITLES[diagnosis.level]);
    const cause = diagnosis.cause === 'none' ? '' : ' · ' + diagnosis['cause-words'] + ' · ' + lasting(diagnosis);
    setText(level, MARKS[diagnosis.level] + cause);
    setText(headline, plainly(fine ? goesOn(diagnosis) : diagnosis.headline));
    const settled = !fine || now() - diagnosis.since >= SETTLED_MILLIS;
    show(chain, settled ? diagnosis.chain : [], (link) => [h('strong', {}, nameOf(link.actor)), h('span', {}, plainly(link.words))]);
    show(more, [...(settled ? diagnosis.others : []), ...diagnosis.notes], (link) => [
      h('span', {}, nameOf(link.actor) + ' ' + plainly(link.words)),
    ]);
    showUsual(waiting.usual);
  }

  /** Replaces the list only where its words have changed; the times pass in place. */
  function show(list, links, content) {
    list.hidden = links.length === 0;
    const words = JSON.stringify(links.map((link) => [link.actor, link.words]));
    if (list.dataset.shown !== words) {
      list.dataset.shown = words;
      list.replaceChildren(...links.map((link) => h('li', {}, content(link), h('time', {}))));
    }
    links.forEach((link, at) => setText(list.children[at].querySelector('time'), lasting(link)));
  }

  function showUsual(all) {
    parts.hidden = all.length === 0;
    const words = JSON.stringify(all);
    if (usual.dataset.shown !== words) {
      usual.dataset.shown = words;
      usual.replaceChildren(
        ...all.map((one) =>
          h('div', {}, h('dt', {}, one.words), h('dd', {}, seconds(one.median), h('small', {}, ' longest ' + seconds(one.longest)))),
        ),
      );
    }
  }

  return { element, update };
}

const seconds = (value) => (value < 0.1 ? Math.round(value * 1000) + ' ms' : span(value * 1000));

function goesOn(diagnosis) {
  const { phase, step, steps } = run().progress;
  return diagnosis.headline + (phase === 'training' ? ' It works on step ' + Math.min(step + 1, steps) + ' of ' + steps + '.' : ' It is ' + phase + '.');
}

/** The button beside the phase that shows in every view that somebody should look. */
export function startStuckBadge() {
  const badge = byId('stuck-badge');
  badge.addEventListener('click', () => {
    location.hash = 'actors';
    byId('stuck')?.scrollIntoView({ block: 'nearest' });
  });
  const update = () => {
    const diagnosis = run().waiting?.diagnosis;
    badge.hidden = !diagnosis || !['stuck', 'slow'].includes(diagnosis.level);
    if (!badge.hidden) {
      badge.dataset.level = diagnosis.level;
      setText(badge, '▲ ' + diagnosis['cause-words'] + ', ' + lasting(diagnosis));
    }
  };
  on('waiting', update);
  on('tick', update);
  on('selected', update);
}
