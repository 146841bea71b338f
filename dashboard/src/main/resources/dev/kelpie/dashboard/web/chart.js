// One chart of curves: raw and smoothed, zoomed together with the others, a click leads to samples.
import { h, setText } from '/app/dom.js';
import { number } from '/app/format.js';
import { colour, lineColour } from '/app/theme.js';

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
    this.canvas = h('div', { className: 'canvas', role: 'img', 'aria-label': definition.title });
    this.element = h(
      'figure',
      { className: 'chart' },
      h('figcaption', {}, h('strong', {}, definition.title), this.last),
      this.canvas,
    );
  }

  start(echarts) {
    this.chart = echarts.init(this.canvas, null, { renderer: 'canvas' });
    new ResizeObserver(() => this.chart.resize()).observe(this.canvas);
    this.chart.on('datazoom', () => this.zoomed());
    this.chart.getZr().on('click', (event) => this.clicked(event));
  }

  /** The lines to draw: [{run, name, points: [[step, value]], runCount}]. */
  draw(lines, range, smoothing) {
    this.element.hidden = lines.length === 0;
    if (!this.chart || !lines.length) {
      return;
    }
    this.lines = lines;
    this.showLast(lines);
    this.quiet = true;
    this.chart.setOption(this.option(lines, range, smoothing), { replaceMerge: ['series'] });
    this.quiet = false;
    if (!this.selecting) {
      this.selecting = true;
      this.chart.dispatchAction({ type: 'takeGlobalCursor', key: 'dataZoomSelect', dataZoomSelectActive: true });
    }
  }

  showLast(lines) {
    const newest = lines
      .filter((line) => line.points.length)
      .slice(0, 3)
      .map((line) => {
        const [step, value] = line.points[line.points.length - 1];
        return (lines.length > 1 ? line.label + ' ' : '') + number(value) + (lines.length > 1 ? '' : ' at step ' + step);
      });
    const text = this.definition.stacked ? '' : newest.join(' · ');
    setText(this.last, text);
    this.canvas.setAttribute('aria-label', this.definition.title + ': ' + (text || lines.map((line) => line.label).join(', ')));
  }

  option(lines, range, smoothing) {
    const muted = colour('muted');
    const grid = colour('grid');
    const stacked = this.definition.stacked;
    return {
      animation: false,
      grid: { left: 50, right: 14, top: lines.length > 1 ? 30 : 10, bottom: 24 },
      legend: {
        show: lines.length > 1,
        type: 'scroll',
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
      dataZoom: [{ type: 'inside', startValue: range?.[0], endValue: range?.[1], ...(range ? {} : { start: 0, end: 100 }), zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false, filterMode: 'none' }],
      xAxis: {
        type: 'value',
        min: 'dataMin',
        max: 'dataMax',
        minInterval: 1,
        axisLabel: { color: muted, fontSize: 11, formatter: (value) => number(value) },
        axisLine: { lineStyle: { color: grid } },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        scale: !stacked,
        splitNumber: 4,
        axisLabel: { color: muted, fontSize: 11, formatter: (value) => number(value) },
        splitLine: { lineStyle: { color: grid } },
      },
      series: lines.flatMap((line) => this.series(line, smoothing)),
    };
  }

  series(line, smoothing) {
    const strong = {
      type: 'line',
      name: line.label,
      data: smoothing > 0 && !this.definition.points ? smooth(line.points, smoothing) : line.points,
      showSymbol: this.definition.points || line.points.length < 3,
      symbolSize: 6,
      stack: this.definition.stacked ? 'run ' + line.run : undefined,
      areaStyle: this.definition.stacked ? { opacity: 0.75 } : undefined,
      lineStyle: { width: this.definition.stacked ? 0.5 : 1.8, type: DASHES[line.dash % DASHES.length] },
      color: lineColour(line.colour),
      emphasis: { disabled: true },
      sampling: undefined,
    };
    if (smoothing === 0 || this.definition.stacked || this.definition.points) {
      return [strong];
    }
    const faint = {
      type: 'line',
      name: line.label + ' raw',
      data: line.points,
      showSymbol: false,
      silent: true,
      lineStyle: { width: 1, opacity: 0.25 },
      color: lineColour(line.colour),
      emphasis: { disabled: true },
      tooltip: { show: false },
    };
    return [faint, strong];
  }

  zoomed() {
    if (this.quiet) {
      return;
    }
    const zoom = this.chart.getOption().dataZoom[0];
    const full = zoom.start <= 0.01 && zoom.end >= 99.99;
    this.events.zoomed(full ? null : [Math.floor(zoom.startValue), Math.ceil(zoom.endValue)]);
  }

  clicked(event) {
    const at = [event.offsetX, event.offsetY];
    if (!this.lines?.length || !this.chart.containPixel('grid', at)) {
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
}

function words(points) {
  const shown = points.filter((point) => !point.seriesName.endsWith(' raw'));
  if (!shown.length) {
    return '';
  }
  return ['step ' + shown[0].value[0], ...shown.map((point) => point.seriesName + ': ' + number(point.value[1]))].join('\n');
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
