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

  /** The mean, and below it the band of one deviation to each side. */
  function series(line, index) {
    const own = colour('c' + (index % COLOURS));
    const band = line.points.map(([step, mean, deviation]) => [step, mean - (deviation ?? 0), mean + (deviation ?? 0)]);
    const outline = [...band.map(([step, , high]) => [step, high]), ...band.map(([step, low]) => [step, low]).reverse()];
    return [
      {
        type: 'custom',
        name: line.name + ' band',
        data: band,
        encode: { x: 0, y: [1, 2] },
        silent: true,
        clip: true,
        renderItem: (parameters, api) =>
          parameters.dataIndex === 0
            ? { type: 'polygon', shape: { points: outline.map((point) => api.coord(point)) }, style: { fill: own, opacity: 0.15 } }
            : null,
      },
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
    const lines = points.filter((point) => point.value.length > 3);
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
