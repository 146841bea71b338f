// The charts of a reward model's held-out results: reliability diagram, and accuracy by length.
import { number } from '/app/format.js';
import { colour, lineColour } from '/app/theme.js';

/** Half-width factor of intervals of 95 %. */
const Z = 1.96;

/** Wilson's interval of a share of `count` trials: [lowest, highest]. */
export function interval(share, count) {
  const middle = (share + (Z * Z) / (2 * count)) / (1 + (Z * Z) / count);
  const half = (Z / (1 + (Z * Z) / count)) * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export const percent = (share) => (share === null || share === undefined ? '–' : number(Math.round(1000 * share) / 10) + ' %');

const axisText = () => ({ color: colour('muted'), fontSize: 11 });

function axis(extra) {
  return {
    type: 'value',
    axisLabel: { ...axisText(), hideOverlap: true },
    axisLine: { onZero: false, lineStyle: { color: colour('grid') } },
    splitLine: { lineStyle: { color: colour('grid') } },
    nameTextStyle: axisText(),
    ...extra,
  };
}

const tooltip = (formatter) => ({
  trigger: 'item',
  renderMode: 'richText',
  confine: true,
  backgroundColor: colour('surface'),
  borderColor: colour('line'),
  textStyle: { color: colour('text'), fontSize: 12 },
  formatter,
});

/** A line from low to high through each point [x, y, low, high], with ends across it. */
function whiskers(data, extra) {
  const across = extra?.horizontal ?? false;
  return {
    type: 'custom',
    silent: true,
    z: 3,
    data,
    encode: across ? { x: [2, 3], y: 1 } : { x: 0, y: [2, 3] },
    renderItem: (parameters, api) => {
      const at = (value) => api.coord(across ? [value, api.value(1)] : [api.value(0), value]);
      const [low, high] = [at(api.value(2)), at(api.value(3))];
      const end = ([x, y]) => (across ? { x1: x, x2: x, y1: y - 4, y2: y + 4 } : { x1: x - 4, x2: x + 4, y1: y, y2: y });
      const line = (shape) => ({ type: 'line', shape, style: { stroke: colour('text'), lineWidth: 1.2 } });
      return { type: 'group', children: [line({ x1: low[0], y1: low[1], x2: high[0], y2: high[1] }), line(end(low)), line(end(high))] };
    },
  };
}

/**
 * The reliability diagram: of each bin the mean probability of the preferred response against how
 * often that is the chosen one, with intervals of 95 %, and below how many pairs are in the bin.
 */
export function reliability(result) {
  const filled = result.bins.filter((bin) => bin.pairs > 0);
  const points = filled.map((bin) => [bin.confidence, bin.accuracy, ...interval(bin.accuracy, bin.pairs), bin.pairs, bin.from, bin.to]);
  const lowest = Math.min(0.5, ...points.map((point) => point[2]));
  const from = Math.floor(lowest * 10) / 10;
  const span = { min: 0.5, max: 1, interval: 0.1 };
  return {
    animation: false,
    grid: [
      { left: 52, right: 16, top: 26, height: '53%' },
      { left: 52, right: 16, bottom: 42, height: '15%' },
    ],
    tooltip: tooltip(({ value, seriesName }) => words(value, seriesName)),
    xAxis: [
      axis({ ...span, gridIndex: 0, axisLabel: { show: false } }),
      axis({ ...span, gridIndex: 1, name: 'predicted probability', nameLocation: 'middle', nameGap: 24, splitLine: { show: false } }),
    ],
    yAxis: [
      axis({ gridIndex: 0, min: from, max: 1, name: 'observed frequency', nameTextStyle: { ...axisText(), align: 'left', padding: [0, 0, 0, -44] } }),
      axis({ gridIndex: 1, min: 0, minInterval: 1, splitNumber: 2, name: 'pairs', nameGap: 14, nameTextStyle: { ...axisText(), align: 'left', padding: [0, 0, 0, -44] } }),
    ],
    series: [
      {
        type: 'line',
        name: 'ideal',
        data: [[0.5, 0.5], [1, 1]],
        showSymbol: false,
        silent: true,
        lineStyle: { type: 'dashed', width: 1.4, color: colour('muted') },
        tooltip: { show: false },
      },
      whiskers(points),
      { type: 'line', name: 'observed', data: points, symbol: 'circle', showSymbol: true, symbolSize: 9, z: 4, color: lineColour(0), lineStyle: { width: 1.8 } },
      {
        type: 'bar',
        name: 'pairs',
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: result.bins.map((bin) => [(bin.from + bin.to) / 2, bin.pairs, bin.from, bin.to]),
        barWidth: '82%',
        color: lineColour(4),
        label: { show: true, position: 'top', color: colour('muted'), fontSize: 10, formatter: ({ value }) => (value[1] ? number(value[1]) : '') },
        labelLayout: { hideOverlap: true },
      },
    ],
  };
}

function words(value, name) {
  if (name === 'pairs') {
    return value[1] + ' pairs from ' + number(value[2]) + ' to ' + number(value[3]);
  }
  return [
    'predicted ' + percent(value[0]),
    'observed ' + percent(value[1]) + ' (' + percent(value[2]) + ' to ' + percent(value[3]) + ')',
    value[4] + ' pairs',
  ].join('\n');
}

/** The three shares that a bias towards length pulls apart: [words, accuracy, pairs]. */
export const byLength = (result) => [
  ['all pairs', result.accuracy, result.pairs],
  ['chosen is shorter', result.lengths.shorterAccuracy, result.lengths.shorterPairs],
  ['chosen is longer', result.lengths.longerAccuracy, result.lengths.longerPairs],
];

/** Accuracy of all pairs, and of those whose chosen response is the shorter or the longer one. */
export function lengthBias(result) {
  const rows = byLength(result);
  const known = rows.map((row, at) => [row, at]).filter(([[, share, count]]) => share !== null && count > 0);
  return {
    animation: false,
    grid: { left: 118, right: 24, top: 24, bottom: 42 },
    tooltip: tooltip(({ value, dataIndex }) => rows[dataIndex][0] + ': ' + percent(value) + ' of ' + rows[dataIndex][2] + ' pairs'),
    xAxis: axis({ min: 0, max: 1, interval: 0.25, name: 'accuracy', nameLocation: 'middle', nameGap: 24 }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(([name, share, count]) => name + '\n' + percent(share) + ' of ' + number(count)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour('grid') } },
      axisLabel: { color: colour('text'), fontSize: 11.5, lineHeight: 15 },
    },
    series: [
      {
        type: 'bar',
        data: rows.map(([, share]) => share),
        barWidth: '46%',
        color: lineColour(4),
        markLine: {
          silent: true,
          symbol: 'none',
          data: [{ xAxis: 0.5 }],
          lineStyle: { type: 'dashed', color: colour('muted') },
          label: { position: 'start', formatter: 'chance', color: colour('muted'), fontSize: 11 },
        },
      },
      whiskers(known.map(([[, share, count], at]) => [0, at, ...interval(share, count)]), { horizontal: true }),
    ],
  };
}
