// Actors as a graph: a box for each node, columns in the order of the data's way, edges with rates.
import { bytes, duration, mebibytes, number, rate } from '/app/format.js';
import { isLost, now, rateOf, shownName } from '/app/state.js';
import { colour, onTheme } from '/app/theme.js';

const STAGES = { rollout: 0, coordinator: 1, reward: 2, scoring: 2, learner: 2 };
const LAST_STAGE = 3;
const MOST_LABELS = 8;
const REDRAW_MILLIS = 1800;
// their messages are about the run, not of it; they stand in a box's upper corner
const ASIDE = ['metrics', 'watchdog', 'lifeline'];
const ALIKE = ['rollout', 'reward', 'scoring', 'lifeline'];
const SHAPES = { coordinator: 'diamond', learner: 'roundRect', rollout: 'circle', reward: 'triangle', scoring: 'rect', metrics: 'circle', watchdog: 'triangle', lifeline: 'rect' };
const COLOURS = { coordinator: 'orange', learner: 'purple', rollout: 'blue', reward: 'green', scoring: 'sky', metrics: 'grey', watchdog: 'grey', lifeline: 'grey' };
const CROSS = 'path://M2 0 L6 4 L10 0 L12 2 L8 6 L12 10 L10 12 L6 8 L2 12 L0 10 L4 6 L0 2 Z';
const MANY = 32;
const MANY_NODES = 8;
const PAD = 14;
const HEAD = 26;
const TALL = 700;
const NARROW = 600;

const stageOf = (item) => STAGES[item.role] ?? LAST_STAGE;

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

/** What the graph shows as one symbol: an actor, or all of one role that are alike. */
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

/** Boxes of workers in rows; the coordinator's and the scorers' beside them, above where there is no room. */
function place(items, width) {
  const boxes = new Map();
  for (const item of items) {
    boxes.set(item.box, [...(boxes.get(item.box) ?? []), item]);
  }
  const roomy = items.filter((item) => !ASIDE.includes(item.role)).length <= 16;
  const fit = Math.max(1, Math.floor((width - 2 * PAD) / 118));
  const cell = roomy ? { w: Math.min(200, (width - 2 * PAD) / Math.min(fit, 5)), h: 92 } : { w: 118, h: 60 };
  const byName = ([a], [b]) => a.localeCompare(b, undefined, { numeric: true });
  // those that only score stand below the coordinator, so that no line crosses them
  const below = ([, members]) => roomy && scoring(members);
  const all = [...boxes].sort(byName);
  const leaders = [...all.filter(([, members]) => leading(members)), ...all.filter(below)].map((box) => arranged(box, cell, width, 6));
  const others = all.filter((box) => !leading(box[1]) && !below(box));
  const leaderWidth = Math.max(0, ...leaders.map((box) => box.w));
  const beside = others.length > 0 && width - leaderWidth - PAD > 3 * cell.w;
  const room = beside ? width - leaderWidth - 2 * PAD : width;
  const rows = packed(others.map((box) => arranged(box, cell, room, roomy ? 4 : 3)), room);
  const rowsHeight = rows.reduce((sum, row) => sum + row.h + PAD, 0);
  const leadersHeight = leaders.reduce((sum, box) => sum + box.h + PAD, 0);
  const used = beside ? Math.max(0, ...rows.map((row) => row.w)) : width;
  const left = beside ? Math.max(0, (width - used - 2 * PAD - leaderWidth) / 2) : 0;
  const height = beside ? Math.max(rowsHeight, leadersHeight) : rowsHeight + leadersHeight;
  const plan = { positions: new Map(), frames: [], height: Math.max(160, Math.ceil(height)), roomy, cell };
  let y = beside && height < TALL ? (height - leadersHeight) / 2 : 0;
  for (const box of leaders) {
    put(plan, box, beside ? left + used + 2 * PAD : (width - box.w) / 2, y);
    y += box.h + PAD;
  }
  y = beside ? (height - rowsHeight) / 2 : leadersHeight;
  for (const row of rows) {
    let x = beside ? left + (used - row.w) / 2 : (width - row.w) / 2;
    for (const box of row.boxes) {
      put(plan, box, x, y);
      x += box.w + PAD;
    }
    y += row.h + PAD;
  }
  return plan;
}

const leading = (members) => members.some((item) => item.role === 'coordinator');
const scoring = (members) => {
  const shown = members.filter((item) => !ASIDE.includes(item.role));
  return shown.length > 0 && shown.every((item) => item.role === 'reward' || item.role === 'scoring');
};

function put(plan, box, x, y) {
  const lost = box.members.every((item) => item.actors.every(isLost));
  const small = box.members.filter((item) => item.small).length;
  plan.frames.push({ name: box.name, x, y, w: box.w, h: box.h, lost, small });
  box.cells.forEach(([item, cx, cy]) => plan.positions.set(item.id, [x + cx, y + cy]));
}

/** Fills rows of a width. */
function packed(boxes, width) {
  const rows = [];
  for (const box of boxes) {
    const row = rows[rows.length - 1];
    if (row && row.w + PAD + box.w <= width) {
      row.boxes.push(box);
      row.w += PAD + box.w;
      row.h = Math.max(row.h, box.h);
    } else {
      rows.push({ boxes: [box], w: box.w, h: box.h });
    }
  }
  return rows;
}

/** The places in a box: columns by stage, side by side; a long column becomes several. */
function arranged([name, members], cell, width, most) {
  const small = members.filter((item) => ASIDE.includes(item.role));
  small.forEach((item) => (item.small = small.length < members.length));
  const stages = [[], [], [], []];
  members.filter((item) => !item.small).forEach((item) => stages[stageOf(item)].push(item));
  const filled = stages.filter((stage) => stage.length);
  const fit = Math.max(1, Math.floor((width - 2 * PAD) / cell.w));
  const longest = Math.max(...filled.map((stage) => stage.length));
  const columnsOf = (stage, rows) => Math.ceil(stage.length / rows);
  let rows = Math.min(longest, filled.length === 1 ? Math.ceil(Math.sqrt(longest)) : most);
  while (filled.reduce((sum, stage) => sum + columnsOf(stage, rows), 0) > fit && rows < longest) {
    rows++;
  }
  rows = Math.max(...filled.map((stage) => Math.ceil(stage.length / columnsOf(stage, rows))));
  const cells = [];
  let column = 0;
  let line = 0;
  for (const stage of filled) {
    const per = Math.ceil(stage.length / columnsOf(stage, rows));
    for (let first = 0; first < stage.length; first += per) {
      if (column >= fit) {
        column = 0;
        line += rows;
      }
      const part = stage.slice(first, first + per);
      part.forEach((item, i) => {
        const row = line + i + (rows - part.length) / 2;
        cells.push([item, PAD + (column + 0.5) * cell.w, HEAD + (row + 0.35) * cell.h]);
      });
      column++;
    }
  }
  const columns = line ? fit : column;
  const w = columns * cell.w + 2 * PAD;
  members.filter((item) => item.small).forEach((item, i) => cells.push([item, w - PAD - 4 - i * 20, HEAD - 10]));
  return { name, members, cells, w, h: (line + rows) * cell.h + HEAD + 6 };
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
    mail > 0 ? mail + ' waiting' : '',
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

/** Braces and bars steer rich text, so a name has none. */
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

/** Words along a steep line lie over the names of its ends. */
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
  return from + ' to ' + to + '\n' + rate(edge.messages) + ', ' + bytes(edge.bytes) + '/s\n' + number(edge.total) + ' messages so far';
}

function itemWords(item) {
  if (item.actors.length > 1) {
    return item.actors.length + ' × ' + item.role + '\n' + groupWords(item) + '\nclick: show each';
  }
  const actor = item.actors[0];
  return [
    actor.name + ' (' + actor.role + ')',
    actor.node,
    actor.doing + ', ' + duration(now() - actor.since),
    'waiting messages ' + number(actor.numbers.mailbox) + ', handled ' + rate(rateOf(actor)),
    (actor.version < 0 ? 'no policy' : 'policy v' + actor.version) + ', restarts ' + number(actor.numbers.restarts)
      + ', ' + mebibytes(actor.numbers.rss_mib),
  ].join('\n');
}
