// Draws the curves of the page with ECharts, in the colours of its style sheet.
(() => {
  const DASHES = ['solid', 'dashed', 'dotted'];
  const COLOURS = 8;
  const MOST_DOTS = 60;
  const charts = JSON.parse(document.getElementById('curves').textContent);
  const places = [...document.querySelectorAll('[data-chart]')];
  const drawn = places.map((place) => echarts.init(place, null, { renderer: 'canvas' }));
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const short = (value) => String(Number(value.toPrecision(4)));

  /** The mean, and below it two lines that stack to the band of one deviation to each side. */
  function series(line, index) {
    const own = colour('c' + (index % COLOURS));
    const half = (point) => point[2] ?? 0;
    const band = { type: 'line', stack: 'band ' + index, stackStrategy: 'all', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, emphasis: { disabled: true }, color: own };
    return [
      { ...band, name: line.name + ' low', data: line.points.map((point) => [point[0], point[1] - half(point)]) },
      { ...band, name: line.name + ' band', areaStyle: { color: own, opacity: 0.15 }, data: line.points.map((point) => [point[0], 2 * half(point)]) },
      {
        type: 'line',
        name: line.name,
        data: line.points,
        encode: { x: 0, y: 1 },
        showSymbol: line.points.length <= MOST_DOTS,
        symbolSize: 6,
        lineStyle: { width: 2, type: DASHES[Math.floor(index / COLOURS) % DASHES.length] },
        color: own,
        emphasis: { disabled: true },
      },
    ];
  }

  function words(points) {
    const lines = points.filter((point) => point.value.length > 2);
    return lines.length === 0 ? '' : ['step ' + lines[0].value[0], ...lines.map((point) => {
      const [, mean, deviation, seeds] = point.value;
      return point.seriesName + ': ' + short(mean) + (deviation === null ? '' : ' ± ' + short(deviation) + ' over ' + seeds + ' seeds');
    })].join('\n');
  }

  function draw() {
    const text = { color: colour('muted'), fontSize: 11 };
    drawn.forEach((chart, i) => chart.setOption({
      animation: false,
      grid: { left: 56, right: 40, top: 14, bottom: 28 },
      tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, order: 'seriesAsc', backgroundColor: colour('surface'), borderColor: colour('line'), textStyle: { color: colour('text'), fontSize: 12 }, formatter: words },
      xAxis: { type: 'value', min: 'dataMin', max: 'dataMax', minInterval: 1, name: 'step', nameGap: 4, nameTextStyle: text, axisLabel: text, axisLine: { onZero: false, lineStyle: { color: colour('line') } }, splitLine: { show: false } },
      yAxis: { type: 'value', scale: true, axisLabel: text, axisLine: { onZero: false }, splitLine: { lineStyle: { color: colour('line') } } },
      series: charts[i].lines.flatMap(series),
    }, true));
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', () => drawn.forEach((chart) => chart.resize()));
  draw();
})();
