// One actor: its numbers, what it did, what was told of it, and what may be asked of it.
import { h, setText } from '/app/dom.js';
import { clock, number, span as lasted } from '/app/format.js';
import { get, isLost, now, run, shownName } from '/app/state.js';
import { inWords } from '/app/actors.js';
import { ask } from '/app/controls.js';

const REFRESH_MILLIS = 2000;
const SHOWN_MILLIS = 120000;
const KINDS = ['blue', 'orange', 'green', 'purple', 'sky', 'yellow'];

export function actorPanel() {
  const title = h('h2', { id: 'actor-title', tabIndex: -1 });
  const words = h('p', { className: 'words' });
  const facts = h('dl', { className: 'facts' });
  const strip = h('div', { className: 'strip', role: 'img' });
  const moments = h('ol', { className: 'moments', reversed: true });
  const events = h('ol', { className: 'events' });
  const drain = h('button', { type: 'button', id: 'drain', onclick: drainWorker }, 'Drain');
  const element = h(
    'aside',
    { className: 'panel', 'aria-labelledby': 'actor-title', hidden: true },
    h(
      'div',
      { className: 'row spread' },
      title,
      h('button', { type: 'button', className: 'quiet', 'aria-label': 'Close', onclick: close }, '✕'),
    ),
    words,
    h('div', { className: 'row' }, drain),
    facts,
    h('h3', {}, 'The last two minutes'),
    strip,
    moments,
    h('h3', {}, 'Events'),
    events,
  );
  let name = null;
  let opener = null;
  let fetchedAt = 0;

  element.addEventListener('keydown', (event) => event.key === 'Escape' && close());

  function open(actor) {
    opener = document.activeElement;
    name = actor;
    fetchedAt = 0;
    element.hidden = false;
    update();
    title.focus();
  }

  function close() {
    element.hidden = true;
    name = null;
    opener?.focus?.();
  }

  function drainWorker() {
    const worker = name;
    ask('drain', '?worker=' + encodeURIComponent(worker), 'drain ' + worker, (one, fresh) => {
      const actor = one.actors.get(worker);
      const told = fresh.find((event) => event.text.includes(worker) && /drain/i.test(event.text));
      return told ? told.text : actor?.activity === 'drained' && worker + ': ' + actor.doing;
    });
  }

  function update() {
    if (name === null) {
      return;
    }
    const actor = run().actors.get(name);
    setText(title, actor ? shownName(actor) : name);
    element.classList.toggle('lost', !actor || isLost(actor));
    setText(words, actor ? inWords(actor) : 'gone');
    drain.hidden = !run().control || actor?.role !== 'rollout' || isLost(actor);
    showFacts(actor);
    if (Date.now() - fetchedAt > REFRESH_MILLIS) {
      fetchedAt = Date.now();
      fetchTimeline(name);
    }
  }

  function showFacts(actor) {
    const pairs = actor
      ? [['role', actor.role], ['node', actor.node], ['policy version', actor.version < 0 ? '–' : actor.version],
        ...Object.entries(actor.numbers).map(([key, value]) => [key.replaceAll('_', ' '), number(value)])]
      : [];
    const text = JSON.stringify(pairs);
    if (facts.dataset.shown !== text) {
      facts.dataset.shown = text;
      facts.replaceChildren(...pairs.map(([key, value]) => h('div', {}, h('dt', {}, key), h('dd', {}, String(value)))));
    }
  }

  async function fetchTimeline(actor) {
    try {
      const told = await get('/api/runs/' + run().index + '/timeline?actor=' + encodeURIComponent(actor));
      if (actor === name) {
        showMoments(told.moments);
        showEvents(told.events);
      }
    } catch (failure) {
      strip.replaceChildren('not known: ' + failure.message);
    }
  }

  function showMoments(all) {
    const lastSeen = now();
    const from = lastSeen - SHOWN_MILLIS;
    const kinds = [...new Set(all.map(kind))];
    const spans = all
      .map((moment, i) => ({ ...moment, until: all[i + 1]?.since ?? lastSeen }))
      .filter((span) => span.until > from);
    strip.setAttribute('aria-label', spans.map((span) => span.doing).join(', then '));
    strip.replaceChildren(...spans.map((span) => bar(span, from, kinds)));
    moments.replaceChildren(
      ...spans.slice(-12).reverse().map((span) =>
        h(
          'li',
          {},
          h('span', { className: 'swatch ' + colourOf(span, kinds), 'aria-hidden': 'true' }),
          h('time', {}, clock(span.since)),
          ' ' + span.doing + ', ' + lasted(span.until - span.since)
            + (span.version >= 0 ? ', v' + span.version : ''),
        ),
      ),
    );
    if (!spans.length) {
      moments.replaceChildren(h('li', {}, all.length ? 'nothing in the last two minutes' : 'nothing remembered'));
    }
  }

  function showEvents(all) {
    events.replaceChildren(
      ...all.slice(-20).reverse().map((event) =>
        h('li', { className: event.level }, h('time', {}, clock(event.time)), ' ' + event.level + ': ' + event.text),
      ),
    );
    if (!all.length) {
      events.replaceChildren(h('li', {}, 'none'));
    }
  }

  return { element, open, close, update };
}

const kind = (moment) => moment.activity;

function colourOf(span, kinds) {
  return span.activity === 'lost' ? 'lost' : KINDS[kinds.indexOf(kind(span)) % KINDS.length];
}

function bar(span, from, kinds) {
  const start = Math.max(0, (span.since - from) / SHOWN_MILLIS);
  const end = Math.min(1, (span.until - from) / SHOWN_MILLIS);
  const element = h('span', { className: 'bar ' + colourOf(span, kinds), title: span.doing });
  element.style.left = start * 100 + '%';
  element.style.width = Math.max(0.3, (end - start) * 100) + '%';
  return element;
}
