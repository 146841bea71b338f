// One chart: raw and smoothed curves, zoomed together with the others; a click opens the samples of a step.
import { h, setText } from '/app/dom.js';
import { number } from '/app/format.js';
import { colour, lineColour } from '/app/theme.js';
import { ChartKeys } from '/app/chart-keys.js';
import { ValuesTable } from '/app/values-table.js';

const MOST_ROWS = 2;
/** Pixels by which a click may miss. */
const SLIP = 4;
const RAW = ' raw';
const DASHES = ['solid', 'dashed', 'dotted'];

export class Chart {
  /**
   * @param definition title, unit, stacked, and `pick(names)` that chooses metric names
   * @param events zoomed(from, to), picked(runIndex, step)
   */
  constructor(definition, events) {
    this.definition = definition;
    this.events = events;
    this.last = h('span', { className: 'last' });
    this.canvas = h('div', { className: 'canvas' });
    this.drawn = [];
    this.opens = definition.opens ?? 'samples';
    this.keys = new ChartKeys(this);
    this.keys.describe(definition.title);
    this.values = new ValuesTable(definition.title, this.opens, events.picked);
    this.element = h(
      'figure',
      { className: 'chart' },
      h('figcaption', {}, h('span', { className: 'title' }, h('strong', {}, definition.title), explained(definition)), this.last),
      this.canvas,
      this.keys.status,
      this.values.element,
    );
  }

  start(echarts) {
    this.echarts = echarts;
    new IntersectionObserver((seen) => this.seen(seen[seen.length - 1].isIntersecting)).observe(this.canvas);
    new ResizeObserver(() => this.chart?.resize()).observe(this.canvas);
  }

  /** Creates the chart, when it first comes into view. */
  create() {
    this.chart = this.echarts.init(this.canvas, null, { renderer: 'canvas' });
    this.chart.on('datazoom', () => this.zoomed());
    this.canvas.addEventListener('pointerdown', (event) => (this.pressed = [event.clientX, event.clientY]));
    this.canvas.addEventListener('click', (event) => this.clicked(event));
  }

  /** The lines to draw: [{run, name, points: [[step, value]], runCount}]. */
  draw(lines, range, smoothing) {
    this.element.hidden = lines.length === 0;
    if (!this.echarts || !lines.length) {
      return;
    }
    this.lines = lines;
    this.showLast(lines);
    this.values.update(within(lines, range));
    this.pending = [lines, range, smoothing];
    if (this.inView) {
      this.paint();
    }
  }

  /** Paints what is pending once the chart is in view. */
  seen(inView) {
    this.inView = inView;
    if (inView && this.pending) {
      this.paint();
    }
  }

  paint() {
    const [lines, range, smoothing] = this.pending;
    this.pending = null;
    if (!this.chart) {
      this.create();
    }
    const option = this.option(lines, range, smoothing);
    this.range = range;
    this.drawn = option.series.filter((series) => !series.name.endsWith(RAW));
    this.quiet = true;
    this.chart.setOption(option, { replaceMerge: ['series'] });
    this.quiet = false;
    this.keys.redrawn();
    if (!this.selecting) {
      this.selecting = true;
      this.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true });
    }
  }

  showLast(lines) {
    const newest = lines
      .filter((line, i) => line.points.length && (i === 0 || line.run !== lines[i - 1].run))
      .map((line) => {
        const [step, value] = line.points[line.points.length - 1];
        return number(value) + ' at step ' + step;
      });
    const peak = this.peak(lines);
    const text = !this.definition.stacked
      ? newest.join(' · ')
      : peak.cut ? 'off scale: ' + number(peak.value) + ' at step ' + peak.step : '';
    setText(this.last, text);
    this.keys.describe(this.definition.title + ': ' + (text || lines.map((line) => line.label).join(', ')));
  }

  /** The lines as they are drawn, smoothed and stacked, within the zoom: [{label, run, points}]. */
  shown() {
    const drawn = this.drawn.map((series) => ({ label: series.name, run: series.run, points: series.data }));
    return within(drawn, this.range);
  }

  /** The pixel of a point. */
  pixel([step, height]) {
    return this.chart.convertToPixel('grid', [step, height]);
  }

  /** Shapes over the chart. */
  mark(shapes) {
    this.chart.setOption({ graphic: shapes });
  }

  /** Shows the tooltip at a pixel; hides it when there is none. */
  tip(x, y) {
    this.chart.dispatchAction(x === null ? { type: 'hideTip' } : { type: 'showTip', x, y });
  }

  option(lines, range, smoothing) {
    const muted = colour('muted');
    const grid = colour('grid');
    const stacked = this.definition.stacked;
    return {
      animation: false,
      grid: { left: 50, right: 34, top: 10 + 18 * (this.legendRows(lines) > MOST_ROWS ? 1 : this.legendRows(lines)), bottom: 24 },
      legend: {
        show: lines.length > 1,
        type: this.legendRows(lines) > MOST_ROWS ? 'scroll' : 'plain',
        itemGap: 8,
        icon: stacked ? 'rect' : undefined,
        top: 0,
        left: 0,
        itemHeight: 8,
        itemWidth: 16,
        textStyle: { color: colour('text'), fontSize: 11 },
        pageTextStyle: { color: muted },
        pageIconColor: colour('accent'),
        data: lines.map((line) => line.label),
      },
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        confine: true,
        order: 'seriesAsc',
        backgroundColor: colour('surface'),
        borderColor: colour('line'),
        textStyle: { color: colour('text'), fontSize: 12 },
        formatter: (points) => words(points),
      },
      axisPointer: { lineStyle: { color: muted } },
      toolbox: { show: true, itemSize: 0, right: -50, feature: { dataZoom: { yAxisIndex: 'none', brushStyle: { color: colour('accent'), opacity: 0.15 } } } },
      dataZoom: [{ type: 'inside', startValue: range?.[0], endValue: range?.[1], ...(range ? {} : { start: 0, end: 100 }), zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false, filterMode: 'filter' }],
      xAxis: {
        type: 'value',
        min: 'dataMin',
        max: 'dataMax',
        minInterval: 1,
        name: 'step',
        nameGap: 4,
        nameTextStyle: { color: muted, fontSize: 11 },
        axisLabel: { color: muted, fontSize: 11, hideOverlap: true, padding: [0, 5], formatter: (value) => number(value) },
        axisLine: { onZero: false, lineStyle: { color: grid } },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        scale: !stacked,
        max: stacked && this.peak(lines).cut ? this.peak(lines).cut : undefined,
        splitNumber: 4,
        axisLine: { onZero: false },
        axisLabel: { color: muted, fontSize: 11, formatter: (value) => number(value) },
        splitLine: { lineStyle: { color: grid } },
      },
      series: stacked ? this.stack(lines) : lines.flatMap((line) => this.series(line, smoothing)),
    };
  }

  /** Rows of the legend, estimated from the length of its labels. */
  legendRows(lines) {
    if (lines.length < 2) {
      return 0;
    }
    const room = Math.max(200, this.canvas.clientWidth);
    let rows = 1;
    let used = 0;
    for (const line of lines) {
      const width = 32 + line.label.length * 6.4;
      if (used > 0 && used + width > room) {
        rows++;
        used = 0;
      }
      used += width;
    }
    return rows;
  }

  series(line, smoothing) {
    const smoothed = smoothing > 0 && !this.definition.points;
    const strong = {
      type: 'line',
      name: line.label,
      run: line.run,
      data: smoothed ? smooth(line.points, smoothing) : line.points,
      showSymbol: line.points.length < (this.definition.points ? 40 : 3),
      symbolSize: 6,
      lineStyle: { width: 1.8, type: DASHES[line.dash % DASHES.length] },
      color: lineColour(line.colour),
      emphasis: { disabled: true },
    };
    if (!smoothed) {
      return [strong];
    }
    const faint = {
      type: 'line',
      name: line.label + RAW,
      data: line.points,
      showSymbol: false,
      silent: true,
      lineStyle: { width: 1, opacity: 0.2 },
      color: lineColour(line.colour),
      emphasis: { disabled: true },
    };
    return [faint, strong];
  }

  /** The largest sum of a stack, and where to cut the axis when it dwarfs all others. */
  peak(lines) {
    const sums = new Map();
    lines.forEach((line) => line.points.forEach(([step, value]) => {
      const key = line.run + ' ' + step;
      sums.set(key, { step, value: (sums.get(key)?.value ?? 0) + value });
    }));
    const sorted = [...sums.values()].sort((a, b) => a.value - b.value);
    const largest = sorted[sorted.length - 1];
    const usual = sorted[Math.floor(sorted.length * 0.95)];
    return { ...largest, cut: sorted.length > 4 && largest.value > 3 * usual.value ? usual.value * 1.25 : 0 };
  }

  /** Stacked areas: a point is [step, sum up to this line, own value]. The largest sum lies behind. */
  stack(lines) {
    const all = [];
    for (const run of new Set(lines.map((line) => line.run))) {
      const sums = new Map();
      for (const line of lines.filter((one) => one.run === run)) {
        const own = new Map(line.points);
        const steps = [...new Set([...sums.keys(), ...own.keys()])].sort((a, b) => a - b);
        const data = steps.map((step) => {
          sums.set(step, (sums.get(step) ?? 0) + (own.get(step) ?? 0));
          return [step, sums.get(step), own.get(step) ?? 0];
        });
        all.push({
          type: 'line',
          name: line.label,
          run,
          data,
          showSymbol: false,
          z: 2 + lines.length - all.length,
          lineStyle: { width: 0 },
          areaStyle: { opacity: 1 },
          color: lineColour(line.colour),
          emphasis: { disabled: true },
        });
      }
    }
    return all;
  }

  zoomed() {
    if (this.quiet) {
      return;
    }
    const zoom = this.chart.getOption().dataZoom[0];
    const full = zoom.start <= 0.01 && zoom.end >= 99.99;
    this.events.zoomed(full ? null : [Math.floor(zoom.startValue), Math.ceil(zoom.endValue)]);
  }

  /** Handles the browser's own click: ECharts drops a click when the chart is redrawn between press and release. */
  clicked(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    if (!this.lines?.length || this.dragged(event) || !this.nearGrid(at)) {
      return;
    }
    const [step, value] = this.chart.convertFromPixel('grid', at);
    let best = null;
    for (const line of this.lines) {
      const point = nearest(line.points, step);
      const away = point ? Math.abs(point[1] - value) : Infinity;
      if (point && (best === null || away < best.away)) {
        best = { away, run: line.run, step: point[0] };
      }
    }
    if (best) {
      this.events.picked(best.run, best.step);
    }
  }

  /** Whether the pointer moved between press and release: that zooms. */
  dragged(event) {
    const [x, y] = this.pressed ?? [event.clientX, event.clientY];
    return Math.hypot(event.clientX - x, event.clientY - y) > SLIP;
  }

  /** Whether a pixel is in the grid or so near that it hits a point on its edge. */
  nearGrid([x, y]) {
    return [0, -SLIP, SLIP].some((dx) => [0, -SLIP, SLIP].some((dy) => this.chart.containPixel('grid', [x + dx, y + dy])));
  }
}

let explanations = 0;

/** A button with what the chart shows, in words, while the pointer or the focus is on it. */
function explained(definition) {
  if (!definition.about) {
    return null;
  }
  const id = 'about-' + ++explanations;
  const metrics = Object.keys(definition.names ?? {}).join(', ');
  const tip = h('span', { className: 'tip', role: 'tooltip', id }, definition.about + (metrics ? ' (' + metrics + ')' : ''));
  const button = h('button', { type: 'button', className: 'about', 'aria-label': 'About ' + definition.title, 'aria-describedby': id }, '?');
  button.addEventListener('keydown', (event) => event.key === 'Escape' && button.blur());
  return h('span', { className: 'explained' }, button, tip);
}

/** The lines with their points in a range of steps; lines without any are left out. */
function within(lines, range) {
  return lines
    .map((line) => (range ? { ...line, points: line.points.filter(([step]) => step >= range[0] && step <= range[1]) } : line))
    .filter((line) => line.points.length);
}

function words(points) {
  const shown = points.filter((point) => !point.seriesName.endsWith(RAW));
  if (!shown.length) {
    return '';
  }
  return ['step ' + shown[0].value[0], ...shown.map((point) => point.seriesName + ': ' + number(point.value[point.value.length - 1]))].join('\n');
}

function nearest(points, step) {
  return points.reduce((best, point) => (best === null || Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best), null);
}

/** Exponential mean, corrected at the start. */
function smooth(points, weight) {
  let mean = 0;
  let mass = 0;
  return points.map(([step, value]) => {
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return [step, mean / mass];
  });
}
