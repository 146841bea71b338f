// The Actors view: the graph, the same as tables, and the panel of one actor.
import { h, setText } from '/app/dom.js';
import { bytes, duration, mebibytes, number, rate } from '/app/format.js';
import { isLost, now, on, rateOf, run, shownName } from '/app/state.js';
import { ActorGraph } from '/app/graph.js';
import { actorPanel } from '/app/actor-panel.js';
import { stuckPanel } from '/app/stuck.js';

const COLUMNS = ['Actor', 'Activity', 'Duration', 'Queued', 'Rate', 'Version', 'Restarts', 'Memory'];
const MOST_ROWS = 16;
const ROLES = ['coordinator', 'learner', 'rollout', 'reward', 'scoring', 'metrics', 'watchdog', 'lifeline'];

/** Sorted by node, then along the data flow; numbers in names sort as numbers. */
export function sorted(actors) {
  const place = (actor) => (ROLES.includes(actor.role) ? ROLES.indexOf(actor.role) : ROLES.length);
  return [...actors].sort(
    (a, b) =>
      a.node.localeCompare(b.node) ||
      place(a) - place(b) ||
      a.name.localeCompare(b.name, undefined, { numeric: true }),
  );
}

/** "generating 12 of 64 responses, 41 s" */
export const inWords = (actor) => actor.doing + ', ' + duration(now() - actor.since);

export function actorsView(section) {
  const graphBox = h('div', { className: 'graph', 'aria-hidden': 'true' });
  const grouping = h(
    'select',
    { id: 'grouping', 'aria-label': 'Show in the graph' },
    h('option', { value: 'auto' }, 'graph: automatic'),
    h('option', { value: 'each' }, 'graph: each actor'),
    h('option', { value: 'roles' }, 'graph: by role'),
  );
  const summary = h('p', { className: 'summary', id: 'actor-summary' });
  const key = h('p', { className: 'hint', 'aria-hidden': 'true' }, 'Filled: working. Hollow: waiting. ✕: lost. Small and grey: metrics, watchdog, lifelines. Lines: messages; the busiest show their rate. Click an actor for its details.');
  const empty = h('p', { className: 'empty' }, 'No actor has reported yet.');
  const table = new ActorTable((name) => panel.open(name));
  const traffic = new Traffic();
  const panel = actorPanel();
  const stuck = stuckPanel();
  const graph = new ActorGraph(graphBox, (name) => panel.open(name));
  section.append(
    stuck.element,
    h('div', { className: 'row spread' }, summary, grouping),
    empty,
    graphBox,
    key,
    h('div', { className: 'columns' }, table.element, traffic.element),
    panel.element,
  );
  let shown = false;

  function update() {
    if (!shown) {
      return;
    }
    const one = run();
    const actors = sorted(one.actors.values());
    empty.hidden = actors.length > 0;
    graphBox.hidden = actors.length === 0;
    key.hidden = graphBox.hidden;
    setText(summary, describe(actors));
    table.update(actors);
    traffic.update([...one.links.values()], one.actors);
    graph.update(actors, [...one.links.values()], grouping.value);
    panel.update();
    stuck.update();
  }

  grouping.addEventListener('change', update);
  on('tick', update);
  on('waiting', () => shown && stuck.update());
  on('selected', () => {
    panel.close();
    update();
  });
  let first = true;
  on('actors', () => {
    if (first) {
      first = false;
      update();
    }
  });
  return {
    show(visible) {
      shown = visible;
      graph.show(visible);
      graph.redraw();
      update();
    },
  };
}

function describe(actors) {
  const nodes = new Set(actors.map((actor) => actor.node)).size;
  const lost = actors.filter(isLost).length;
  const count = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
  return (
    count(actors.length, 'actor') + ' on ' + count(nodes, 'node') +
    (lost ? ', ' + lost + ' lost' : '') + (run().control ? '' : ', last known state')
  );
}

class ActorTable {
  constructor(open) {
    this.open = open;
    this.rows = new Map();
    this.body = h('tbody');
    this.element = h(
      'div',
      { className: 'scroll' },
      h(
        'table',
        { id: 'actor-table', className: 'stack' },
        h('caption', {}, 'Actors'),
        h('thead', {}, h('tr', {}, COLUMNS.map((name) => h('th', { scope: 'col' }, name)))),
        this.body,
      ),
    );
  }

  update(actors) {
    const order = [];
    let node = null;
    for (const actor of actors) {
      if (actor.node !== node) {
        node = actor.node;
        order.push(this.nodeRow(node));
      }
      order.push(this.actorRow(actor));
    }
    const current = [...this.body.children];
    if (order.length !== current.length || order.some((row, i) => row !== current[i])) {
      this.body.replaceChildren(...order);
    }
    for (const key of [...this.rows.keys()]) {
      if (!order.includes(this.rows.get(key).row)) {
        this.rows.delete(key);
      }
    }
  }

  nodeRow(node) {
    const key = 'node ' + node;
    if (!this.rows.has(key)) {
      const head = h('th', { colSpan: COLUMNS.length, scope: 'colgroup' }, node || 'this process');
      this.rows.set(key, { row: h('tr', { className: 'node' }, head), cells: [] });
    }
    return this.rows.get(key).row;
  }

  actorRow(actor) {
    const key = 'actor ' + actor.name;
    if (!this.rows.has(key)) {
      this.rows.set(key, this.newRow(actor));
    }
    const { row, button, cells } = this.rows.get(key);
    setText(button, shownName(actor));
    const lost = isLost(actor);
    row.classList.toggle('lost', lost);
    row.dataset.actor = actor.name;
    const numbers = actor.numbers;
    const texts = [
      (lost ? '✕ ' : '') + actor.doing,
      duration(now() - actor.since),
      number(numbers.mailbox),
      lost ? '–' : rate(rateOf(actor)),
      actor.version < 0 ? '–' : 'v' + actor.version,
      number(numbers.restarts),
      mebibytes(numbers.rss_mib),
    ];
    texts.forEach((text, i) => setText(cells[i], text));
    return row;
  }

  newRow(actor) {
    const open = () => this.open(actor.name);
    const button = h('button', { type: 'button', className: 'link', title: actor.name, onclick: open });
    const cells = COLUMNS.slice(1).map((column, i) =>
      h('td', { 'data-label': column, className: i === 0 ? 'words' : 'figure' }),
    );
    return { row: h('tr', {}, h('th', { scope: 'row' }, button), cells), button, cells };
  }
}

/** Message counts between actors, busiest first: the edges of the graph as a table. */
class Traffic {
  constructor() {
    this.body = h('tbody');
    this.total = h('p', { className: 'summary' });
    this.element = h(
      'div',
      { className: 'scroll' },
      h(
        'table',
        { id: 'traffic' },
        h('caption', {}, 'Messages'),
        h(
          'thead',
          {},
          h('tr', {}, ['From', 'To', 'Rate', 'Bytes', 'Total'].map((name) => h('th', { scope: 'col' }, name))),
        ),
        this.body,
      ),
      this.total,
    );
  }

  update(links, actors) {
    this.element.hidden = links.length === 0;
    const busy = joined(links, actors)
      .sort((a, b) => b.rate - a.rate || b.messages - a.messages)
      .slice(0, MOST_ROWS);
    while (this.body.children.length > busy.length) {
      this.body.lastChild.remove();
    }
    busy.forEach((one, i) => {
      const row = this.body.children[i] ?? this.newRow();
      const texts = [
        one.from,
        one.to,
        rate(one.rate),
        one.bytes ? bytes(one.byteRate) + '/s' : 'in-process',
        number(one.messages) + (one.bytes ? ', ' + bytes(one.bytes) : ''),
      ];
      texts.forEach((text, cell) => setText(row.children[cell], text));
    });
    const messages = links.reduce((sum, link) => sum + link.messages, 0);
    const size = links.reduce((sum, link) => sum + link.bytes, 0);
    setText(this.total, number(messages) + ' messages in total, ' + bytes(size) + ' between processes');
  }

  newRow() {
    const row = h('tr', {}, [0, 1, 2, 3, 4].map((i) => h('td', { className: i > 1 ? 'figure' : '' })));
    this.body.append(row);
    return row;
  }
}

/** One row for each link, or for each pair of roles where there are too many links. */
function joined(links, actors) {
  const nameOf = (name) => (actors.has(name) ? shownName(actors.get(name)) : name);
  const name = (actor) => (links.length > MOST_ROWS ? actors.get(actor)?.role ?? actor : nameOf(actor));
  const rows = new Map();
  for (const link of links) {
    const [from, to] = [name(link.from), name(link.to)];
    const row = rows.get(from + '\n' + to) ?? { from, to, rate: 0, byteRate: 0, messages: 0, bytes: 0 };
    row.rate += rateOf(link, 0);
    row.byteRate += rateOf(link, 1);
    row.messages += link.messages;
    row.bytes += link.bytes;
    rows.set(from + '\n' + to, row);
  }
  return [...rows.values()];
}
