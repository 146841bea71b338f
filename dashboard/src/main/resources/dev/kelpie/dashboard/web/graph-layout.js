// Places the actors of the graph: a box for each node, in it columns in the order of the data flow.
import { isLost } from '/app/state.js';

const STAGES = { rollout: 0, coordinator: 1, reward: 2, scoring: 2, learner: 2 };
const LAST_STAGE = 3;
/** Roles that observe the run and carry none of its data; drawn small in a box's upper corner. */
export const ASIDE = ['metrics', 'watchdog', 'lifeline'];
const PAD = 14;
const HEAD = 26;
const TALL = 700;

const stageOf = (item) => STAGES[item.role] ?? LAST_STAGE;

/** Positions and frames: boxes of workers in rows, those of coordinator and scorers beside them, or above on a narrow screen. */
export function place(items, width) {
  const boxes = new Map();
  for (const item of items) {
    boxes.set(item.box, [...(boxes.get(item.box) ?? []), item]);
  }
  const roomy = items.filter((item) => !ASIDE.includes(item.role)).length <= 16;
  const fit = Math.max(1, Math.floor((width - 2 * PAD) / 118));
  const cell = roomy ? { w: Math.min(200, (width - 2 * PAD) / Math.min(fit, 5)), h: 92 } : { w: 118, h: 60 };
  const byName = ([a], [b]) => a.localeCompare(b, undefined, { numeric: true });
  // nodes that only score are placed below the coordinator, so that no edge crosses them
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

/** Boxes in rows of at most `width`. */
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

/** Positions within a box: a column for each stage; a long column is split. */
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
  const columns = filled.flatMap((stage) => slices(stage, Math.ceil(stage.length / columnsOf(stage, rows))));
  const cells = [];
  let line = 0;
  for (const side of slices(columns, fit)) {
    const height = Math.max(...side.map((column) => column.length));
    side.forEach((column, at) => column.forEach((item, i) => {
      const row = line + i + (height - column.length) / 2;
      cells.push([item, PAD + (at + 0.5) * cell.w, HEAD + (row + 0.35) * cell.h]);
    }));
    line += height;
  }
  const w = Math.min(fit, columns.length) * cell.w + 2 * PAD;
  members.filter((item) => item.small).forEach((item, i) => cells.push([item, w - PAD - 4 - i * 20, HEAD - 10]));
  return { name, members, cells, w, h: line * cell.h + HEAD + 6 };
}

/** Cuts a list into lists of at most `length`. */
function slices(list, length) {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, i) => list.slice(i * length, (i + 1) * length));
}
