// Keyboard control of a chart: arrow keys move the cursor, the value is shown and read out, Enter opens the samples.
import { h } from '/app/dom.js';
import { number } from '/app/format.js';
import { colour } from '/app/theme.js';

const MOVES = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
const LEAPS = { Home: 0, End: Infinity };
const LINES = { ArrowUp: -1, ArrowDown: 1 };
const hint = (view) => '. Arrow keys move along the points and between lines, ' + (view ? 'Enter opens the ' + view + ' of a step, ' : '') + 'Escape leaves the chart.';

export class ChartKeys {
  /** @param chart the Chart that the keys control */
  constructor(chart) {
    this.chart = chart;
    this.at = null;
    this.status = h('span', { className: 'unseen', role: 'status', 'aria-live': 'polite' });
    const canvas = chart.canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-roledescription', 'chart');
    canvas.addEventListener('keydown', (event) => this.pressed(event));
    canvas.addEventListener('blur', () => this.leave());
  }

  describe(text) {
    this.chart.canvas.setAttribute('aria-label', text + hint(this.chart.opens));
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const lines = this.chart.shown();
    if (event.key === 'Escape') {
      this.leave();
      this.chart.canvas.blur();
    } else if (event.key === 'Enter' && this.at) {
      this.chart.events.picked(this.at.run, this.at.step);
    } else if (lines.length && [MOVES, LEAPS, LINES].some((keys) => event.key in keys)) {
      this.move(lines, event.key);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Moves the cursor; the first key shows the newest point of the first line. */
  move(lines, key) {
    let line = this.at ? Math.max(0, lines.findIndex((one) => one.label === this.at.label)) : 0;
    let points = lines[line].points;
    let index = this.at ? nearest(points, this.at.step) : points.length - 1;
    if (this.at && key in LINES) {
      line = (line + LINES[key] + lines.length) % lines.length;
      points = lines[line].points;
      index = nearest(points, this.at.step);
    } else if (key in LEAPS) {
      index = LEAPS[key];
    } else if (this.at) {
      index += MOVES[key];
    }
    index = Math.max(0, Math.min(points.length - 1, index));
    this.at = { label: lines[line].label, run: lines[line].run, step: points[index][0] };
    this.show(lines[line], index);
  }

  /** Shows and reads out a point: [step, height, value where it differs from the height]. */
  show(line, index) {
    const point = line.points[index];
    const [x, y] = this.chart.pixel(point);
    this.chart.mark([{ id: 'cursor', type: 'circle', shape: { cx: x, cy: y, r: 5 }, z: 100, silent: true,
      style: { fill: 'transparent', stroke: colour('focus'), lineWidth: 2.5 } }]);
    this.chart.tip(x, y);
    const text = line.label + ': ' + number(point[point.length - 1]) + ' at step ' + point[0];
    this.status.textContent = text + ', point ' + (index + 1) + ' of ' + line.points.length;
  }

  /** Moves the cursor to its point after the chart was drawn again. */
  redrawn() {
    if (!this.at) {
      return;
    }
    const line = this.chart.shown().find((one) => one.label === this.at.label);
    if (line) {
      const [x, y] = this.chart.pixel(line.points[nearest(line.points, this.at.step)]);
      this.chart.mark([{ id: 'cursor', shape: { cx: x, cy: y } }]);
      this.chart.tip(x, y);
    } else {
      this.leave();
    }
  }

  leave() {
    if (this.at) {
      this.at = null;
      this.status.textContent = '';
      this.chart.mark([{ id: 'cursor', $action: 'remove' }]);
      this.chart.tip(null);
    }
  }
}

function nearest(points, step) {
  let best = 0;
  points.forEach(([other], i) => {
    if (Math.abs(other - step) < Math.abs(points[best][0] - step)) {
      best = i;
    }
  });
  return best;
}
