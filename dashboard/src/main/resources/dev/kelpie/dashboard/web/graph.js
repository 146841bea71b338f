// Draws the actors as a graph: a box for each node, edges with message rates.
import { ASIDE, place } from '/app/graph-layout.js';
import { bytes, duration, mebibytes, number, rate } from '/app/format.js';
import { isLost, now, rateOf, shownName } from '/app/state.js';
import { colour, onTheme } from '/app/theme.js';

const MOST_LABELS = 8;
const REDRAW_MILLIS = 1800;
const ALIKE = ['rollout', 'reward', 'scoring', 'lifeline'];
const SHAPES = { coordinator: 'diamond', learner: 'roundRect', rollout: 'circle', reward: 'triangle', scoring: 'rect', metrics: 'circle', watchdog: 'triangle', lifeline: 'rect' };
const COLOURS = { coordinator: 'orange', learner: 'purple', rollout: 'blue', reward: 'green', scoring: 'sky', metrics: 'grey', watchdog: 'grey', lifeline: 'grey' };
const CROSS = 'path://M2 0 L6 4 L10 0 L12 2 L8 6 L12 10 L10 12 L6 8 L2 12 L0 10 L4 6 L0 2 Z';
const MANY = 32;
const MANY_NODES = 8;
const NARROW = 600;

export class ActorGraph {
  constructor(element, open) {
    this.element = element;
    this.open = open;
    this.visible = false;
    this.expanded = new Set();
    this.last = null;
    this.drawnAt = 0;
    onTheme(() => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(element);
  }

  show(visible) {
    this.visible = visible;
  }

  redraw() {
    if (this.last) {
      this.drawnAt = 0;
      this.update(...this.last);
    }
  }

  async update(actors, links, grouping) {
    const changed = this.last?.[2] !== grouping || this.last[0].length !== actors.length;
    this.last = [actors, links, grouping];
    if (!changed && performance.now() - this.drawnAt < REDRAW_MILLIS) {
      return;
    }
    this.drawnAt = performance.now();
    if (!this.visible || !actors.length || !this.element.clientWidth) {
      return;
    }
    if (!this.chart) {
      this.loading ??= import('/lib/echarts.js');
      const echarts = await this.loading;
      this.chart ??= this.create(echarts);
    }
    this.draw(...this.last);
  }

  create(echarts) {
    const chart = echarts.init(this.element, null, { renderer: 'canvas' });
    chart.on('click', { seriesIndex: 1 }, (event) => {
      if (event.dataType !== 'node') {
        return;
      }
      const item = this.items.get(event.data.id);
      if (item.actors.length > 1) {
        this.expanded.add(item.id);
        this.redraw();
      } else {
        this.open(item.actors[0].name);
      }
    });
    return chart;
  }

  draw(actors, links, grouping) {
    const grouped = grouping === 'roles' || (grouping === 'auto' && actors.length > MANY);
    const items = collect(actors, grouped, this.expanded);
    this.items = new Map(items.map((item) => [item.id, item]));
    const layout = place(items, this.element.clientWidth);
    if (this.element.clientHeight !== layout.height) {
      this.element.style.height = layout.height + 'px';
    }
    this.chart.resize({ width: this.element.clientWidth, height: layout.height });
    this.chart.setOption(option(layout, items, edges(items, links), this.element.clientWidth), { replaceMerge: [] });
  }
}

/** The symbols of the graph: one for each actor, or one for all actors of a role in a box. */
function collect(actors, grouped, expanded) {
  const nodes = new Set(actors.map((actor) => actor.node)).size;
  const leaders = new Set(actors.filter((actor) => actor.role === 'coordinator').map((actor) => actor.node));
  const items = new Map();
  for (const actor of actors) {
    const many = nodes > MANY_NODES && ALIKE.includes(actor.role) && !leaders.has(actor.node);
    const box = grouped && many ? 'all other nodes' : actor.node || 'this process';
    const group = box + ' ' + actor.role;
    const alone = !grouped || isLost(actor) || !ALIKE.includes(actor.role) || expanded.has(group);
    const id = alone ? 'actor ' + actor.name : group;
    if (!items.has(id)) {
      items.set(id, { id, box: alone && grouped && many ? 'all other nodes' : box, role: actor.role, actors: [] });
    }
    items.get(id).actors.push(actor);
  }
  return [...items.values()];
}

function edges(items, links) {
  const itemOf = new Map();
  items.forEach((item) => item.actors.forEach((actor) => itemOf.set(actor.name, item.id)));
  const joined = new Map();
  for (const link of links) {
    const from = itemOf.get(link.from);
    const to = itemOf.get(link.to);
    if (!from || !to || from === to) {
      continue;
    }
    const key = from + '\n' + to;
    const edge = joined.get(key) ?? { from, to, messages: 0, bytes: 0, total: 0 };
    edge.messages += rateOf(link, 0);
    edge.bytes += rateOf(link, 1);
    edge.total += link.messages;
    joined.set(key, edge);
  }
  const roles = new Map(items.map((item) => [item.id, item.role]));
  const all = [...joined.values()];
  all.forEach((edge) => (edge.aside = [edge.from, edge.to].some((end) => ASIDE.includes(roles.get(end)))));
  all
    .filter((edge) => edge.messages > 0 && !edge.aside)
    .sort((a, b) => b.messages - a.messages)
    .slice(0, MOST_LABELS)
    .forEach((edge) => (edge.labelled = true));
  return all;
}

function option(layout, items, links, width) {
  const text = colour('text');
  const muted = colour('muted');
  return {
    animation: false,
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: { show: false, type: 'value', min: 0, max: Math.max(1, width) },
    yAxis: { show: false, type: 'value', min: 0, max: layout.height, inverse: true },
    tooltip: {
      renderMode: 'richText',
      confine: true,
      backgroundColor: colour('surface'),
      borderColor: colour('line'),
      textStyle: { color: text, fontSize: 12 },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        tooltip: { show: false },
        data: layout.frames.map((frame) => [frame.x, frame.y]),
        renderItem: (params, api) => frameShape(layout.frames[params.dataIndex], api),
      },
      {
        type: 'graph',
        coordinateSystem: 'cartesian2d',
        layout: 'none',
        edgeSymbol: ['none', 'arrow'],
        edgeSymbolSize: 7,
        emphasis: { focus: 'adjacency' },
        data: items.map((item) => symbol(item, layout, text, muted)),
        links: links.map((edge) => line(edge, links.length, muted, width > NARROW && !steep(edge, layout))),
        tooltip: { formatter: (event) => (event.dataType === 'edge' ? edgeWords(event.data.edge) : itemWords(event.data.item)) },
      },
    ],
  };
}

function frameShape(frame, api) {
  const [x, y] = api.coord([frame.x, frame.y]);
  return {
    type: 'group',
    children: [
      {
        type: 'rect',
        shape: { x: x + 1, y: y + 1, width: frame.w - 2, height: frame.h - 2, r: 8 },
        style: { fill: colour('surface'), stroke: frame.lost ? colour('vermillion') : colour('line'), lineWidth: frame.lost ? 2 : 1, lineDash: frame.lost ? [5, 4] : null },
      },
      {
        type: 'text',
        style: { text: (frame.lost ? '✕ lost: ' : '') + frame.name, x: x + 12, y: y + 9, fill: colour('muted'), fontSize: 11, width: frame.w - 24 - 20 * frame.small, overflow: 'truncate' },
      },
    ],
  };
}

function symbol(item, layout, text, muted) {
  const actor = item.actors[0];
  const group = item.actors.length > 1;
  const lost = isLost(actor);
  const idle = !group && !lost && ['waiting', 'drained'].includes(actor.activity);
  const size = item.small ? 11 : (layout.roomy ? 30 : 18) + (group ? 10 : 0);
  const room = Math.max(10, Math.floor(layout.cell.w / (layout.roomy ? 6.1 : 5.6)));
  const state = group ? groupWords(item) : layout.roomy ? actor.doing : actor.doing.replace(/ responses$/, '');
  const mail = item.actors.reduce((sum, one) => sum + (one.numbers.mailbox ?? 0), 0);
  const more = [
    group ? '' : duration(now() - actor.since),
    actor.version >= 0 && !group ? 'v' + actor.version : '',
    mail > 0 ? mail + ' queued' : '',
  ].filter((part) => part);
  return {
    id: item.id,
    name: actor.name,
    item,
    value: layout.positions.get(item.id),
    symbol: lost ? CROSS : SHAPES[item.role] ?? 'pin',
    symbolSize: size,
    itemStyle: {
      color: lost ? colour('vermillion') : idle ? colour('surface') : colour(COLOURS[item.role] ?? 'grey'),
      borderColor: group ? colour('text') : idle ? colour(COLOURS[item.role] ?? 'grey') : 'transparent',
      borderWidth: group ? 1.5 : idle ? 2.5 : 0,
    },
    label: {
      show: !item.small,
      position: 'bottom',
      distance: 3,
      backgroundColor: colour('veil'),
      borderRadius: 4,
      padding: [1, 3],
      formatter:
        '{name|' + plain(group ? item.actors.length + ' × ' + item.role : shownName(actor), room) + '}\n{state|'
        + plain(state, room) + '}' + (layout.roomy && more.length ? '\n{more|' + plain(more.join(' · '), room) + '}' : ''),
      rich: {
        name: { color: lost ? colour('vermillion') : text, fontWeight: 600, fontSize: 12, lineHeight: 15, align: 'center' },
        state: { color: lost ? colour('vermillion') : muted, fontSize: layout.roomy ? 11 : 10, lineHeight: 13, align: 'center' },
        more: { color: muted, fontSize: 10, lineHeight: 12, align: 'center' },
      },
    },
  };
}

/** Text without the characters that rich text gives a meaning, cut to a length. */
function plain(text, length) {
  const clean = text.replace(/[{}|\n]/g, ' ');
  return clean.length <= length ? clean : clean.slice(0, length - 1) + '…';
}

function groupWords(item) {
  const kinds = new Map();
  item.actors.forEach((actor) => {
    kinds.set(actor.activity, (kinds.get(actor.activity) ?? 0) + 1);
  });
  return [...kinds].sort((a, b) => b[1] - a[1]).map(([kind, count]) => count + ' ' + kind).join(', ');
}

/** Whether a label along the edge would cover the names of its ends. */
function steep(edge, layout) {
  const [[x, y], [otherX, otherY]] = [edge.from, edge.to].map((end) => layout.positions.get(end));
  return Math.abs(x - otherX) < 0.6 * Math.abs(y - otherY);
}

function line(edge, count, muted, room) {
  const busy = edge.messages > 0;
  const words = rate(edge.messages) + (edge.bytes > 0 ? ', ' + bytes(edge.bytes) + '/s' : '');
  return {
    source: edge.from,
    target: edge.to,
    edge,
    lineStyle: {
      color: busy ? colour('accent') : muted,
      opacity: (busy ? 0.85 : 0.3) * (edge.aside ? 0.3 : count > 60 ? 0.4 : 1),
      width: busy && !edge.aside && count <= 60 ? Math.min(6, 1.2 + Math.log10(1 + edge.messages) * 1.6) : 1,
      curveness: 0.12,
    },
    label: {
      show: edge.labelled === true && room,
      formatter: words,
      fontSize: 10,
      color: colour('text'),
      backgroundColor: colour('surface'),
      padding: [1, 3],
      borderRadius: 3,
    },
    emphasis: { label: { show: true, formatter: words } },
  };
}

function edgeWords(edge) {
  const from = edge.from.replace(/^actor /, '');
  const to = edge.to.replace(/^actor /, '');
  return from + ' to ' + to + '\n' + rate(edge.messages) + ', ' + bytes(edge.bytes) + '/s\n' + number(edge.total) + ' messages in total';
}

function itemWords(item) {
  if (item.actors.length > 1) {
    return item.actors.length + ' × ' + item.role + '\n' + groupWords(item) + '\nclick to show each';
  }
  const actor = item.actors[0];
  return [
    actor.name + ' (' + actor.role + ')',
    actor.node,
    actor.doing + ', ' + duration(now() - actor.since),
    'queued messages ' + number(actor.numbers.mailbox) + ', handled ' + rate(rateOf(actor)),
    (actor.version < 0 ? 'no policy' : 'policy v' + actor.version) + ', restarts ' + number(actor.numbers.restarts)
      + ', ' + mebibytes(actor.numbers.rss_mib),
  ].join('\n');
}
