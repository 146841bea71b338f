// The Curves view: charts of the usual metrics, and of any other on request.
import { debounced, h, say, throttled } from '/app/dom.js';
import { get, on, run, select, state } from '/app/state.js';
import { onTheme } from '/app/theme.js';
import { Chart } from '/app/chart.js';

const POINTS = 600;
const REDRAW_MILLIS = 1500;
const MOST_POINTS = 3 * POINTS;
const PHASES = ['rollout', 'reward', 'ref_logprob', 'update_policy', 'weight_sync', 'eval', 'checkpoint', 'other'];

const exactly = (...wanted) => (names) => wanted.filter((name) => names.has(name));
const like = (pattern) => (names) =>
  [...names].filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length || a.localeCompare(b));

const CHARTS = [
  { title: 'Reward', pick: like(/^reward\/(.+\/)?mean$/) },
  { title: 'Held-out accuracy', pick: like(/^eval\/(greedy\/)?reward\/mean$/), points: true },
  { title: 'Ranking accuracy of the implicit reward', pick: exactly('preference/accuracy') },
  { title: 'Implicit reward of pairs', pick: exactly('preference/chosen_reward', 'preference/rejected_reward', 'preference/margin') },
  { title: 'Log-probability of pairs', pick: exactly('preference/chosen_logprob', 'preference/rejected_logprob') },
  { title: 'Pairs of a step', pick: exactly('preference/pairs', 'preference/unpaired_responses') },
  { title: 'KL', pick: like(/^(kl\/ref_.+|policy\/approx_kl)$/) },
  { title: 'Entropy', pick: exactly('policy/entropy') },
  { title: 'Response length, tokens', pick: exactly('response_length/mean', 'response_length/max') },
  { title: 'Loss', pick: exactly('policy/loss', 'value/loss') },
  { title: 'Clip fraction', pick: exactly('policy/clip_frac', 'policy/clip_frac_low', 'policy/clip_frac_high', 'value/clip_frac') },
  { title: 'Gradient norm', pick: exactly('policy/grad_norm', 'value/grad_norm') },
  { title: 'Step time, seconds', pick: exactly(...PHASES.map((phase) => 'timing_s/' + phase)), stacked: true },
  { title: 'Throughput, tokens per second', pick: exactly('throughput/tokens_per_s') },
  { title: 'Staleness, versions', pick: exactly('staleness/mean', 'staleness/max') },
  { title: 'Control messages per sample', pick: exactly('control/messages_per_sample') },
  { title: 'Control bytes per sample', pick: exactly('control/bytes_per_sample') },
];

export function curvesView(section) {
  const smoothing = h('input', { type: 'range', id: 'smoothing', min: 0, max: 99, value: 0 });
  const smoothingWords = h('output', { htmlFor: 'smoothing' }, 'off');
  const from = h('input', { type: 'number', id: 'zoom-from', min: 0, step: 1, placeholder: 'first' });
  const to = h('input', { type: 'number', id: 'zoom-to', min: 0, step: 1, placeholder: 'last' });
  const more = h('select', { id: 'more-metrics' });
  const runBoxes = h('fieldset', { className: 'runs', hidden: state.runs.length < 2 }, h('legend', {}, 'Runs'));
  const grid = h('div', { className: 'charts', id: 'charts' });
  const empty = h('p', { className: 'empty' }, 'No step has finished yet.');
  const extra = new Set();
  const hidden = new Set();
  const charts = [];
  let range = null;
  let echarts = null;
  let visible = false;
  let touched = false;

  section.append(
    h(
      'form',
      { className: 'row tools', onsubmit: (event) => event.preventDefault() },
      h('label', {}, 'Smoothing ', smoothing, ' ', smoothingWords),
      h('label', {}, 'Steps ', from),
      h('label', {}, 'to ', to),
      h('button', { type: 'button', id: 'zoom-reset', onclick: () => zoomTo(null) }, 'All steps'),
      h('label', {}, 'More metrics ', more),
      runBoxes,
    ),
    h('p', { className: 'hint' }, 'Drag, or turn the wheel with Ctrl, to zoom. Click a point to see its samples. Keyboard: arrow keys and Enter.'),
    empty,
    grid,
  );

  state.runs.forEach((one) => {
    const box = h('input', { type: 'checkbox', checked: true });
    box.addEventListener('change', () => {
      box.checked ? hidden.delete(one.index) : hidden.add(one.index);
      draw();
    });
    runBoxes.append(h('label', {}, box, ' ' + one.name));
  });

  CHARTS.forEach(add);

  function add(definition) {
    const chart = new Chart(definition, { zoomed: zoomTo, picked });
    charts.push(chart);
    grid.append(chart.element);
    if (echarts) {
      chart.element.hidden = false;
      chart.start(echarts);
    }
  }

  function picked(index, step) {
    if (index !== state.selected) {
      select(index);
    }
    location.hash = 'samples?step=' + step;
  }

  const fetchDetail = debounced(async () => {
    if (!range) {
      return;
    }
    const [first, last] = range;
    for (const one of state.runs) {
      if ([...one.series.values()].some((series) => series.s.length >= POINTS / 2)) {
        const query = '/curves?points=' + POINTS + '&from=' + first + '&to=' + last + '&names=' + encodeURIComponent(wanted(one).join(','));
        const answer = await get('/api/runs/' + one.index + query);
        one.detail = { first, last, series: new Map(Object.entries(answer.curves)) };
      }
    }
    draw();
  }, 250);

  function zoomTo(next) {
    range = next && next[1] > next[0] ? next : null;
    from.value = range ? range[0] : '';
    to.value = range ? range[1] : '';
    state.runs.forEach((one) => (one.detail = null));
    draw();
    fetchDetail();
  }

  const typed = debounced(() => {
    const last = Math.max(...state.runs.map(lastStep));
    if (!from.value && !to.value) {
      zoomTo(null);
    } else {
      zoomTo([Number(from.value || 0), Number(to.value || last)]);
    }
  }, 400);
  from.addEventListener('input', typed);
  to.addEventListener('input', typed);
  smoothing.addEventListener('input', () => {
    touched = true;
    smoothingWords.textContent = Number(smoothing.value) ? smoothing.value + ' %' : 'off';
    draw();
  });
  more.addEventListener('change', () => {
    const name = more.value;
    if (name && !extra.has(name)) {
      extra.add(name);
      add({ title: name, pick: exactly(name) });
      state.runs.forEach((one) => (one.stale = true));
      refresh();
    }
    more.value = '';
  });

  function wanted(one) {
    return [...new Set(charts.flatMap((chart) => chart.definition.pick(one.metrics)))];
  }

  async function load(one) {
    one.stale = false;
    if (one.fetched) {
      const overview = await get('/api/runs');
      overview[one.index].metrics.forEach((name) => one.metrics.add(name));
    }
    one.fetched = true;
    const names = wanted(one);
    const answer = await get('/api/runs/' + one.index + '/curves?points=' + POINTS + '&names=' + encodeURIComponent(names.join(',')));
    const before = one.series;
    one.series = new Map(Object.entries(answer.curves));
    keepNewer(before, one.series, answer.last);
  }

  async function refresh() {
    if (!visible) {
      return;
    }
    try {
      await Promise.all(state.runs.filter((one) => one.stale || tooLong(one)).map(load));
    } catch (failure) {
      say('The curves cannot be loaded: ' + failure.message);
    }
    draw();
  }

  function draw() {
    if (!visible || !echarts) {
      return;
    }
    listMore();
    smoothLongRuns();
    const shown = state.runs.filter((one) => !hidden.has(one.index));
    empty.hidden = shown.some((one) => [...one.series.values()].some((series) => series.s.length));
    for (const chart of charts) {
      chart.draw(lines(chart.definition, shown), range, Number(smoothing.value) / 100);
    }
  }

  /** Smooths a long run, whose raw curve is a band, unless somebody has moved the slider. */
  function smoothLongRuns() {
    const long = state.runs.some((one) => [...one.series.values()].some((series) => series.s.length > POINTS / 2));
    if (long && !touched) {
      touched = true;
      smoothing.value = 90;
      smoothingWords.textContent = '90 %';
    }
  }

  function lines(definition, shown) {
    const many = state.runs.length > 1;
    const all = [];
    for (const one of shown) {
      if (definition.stacked && many && one.index !== state.selected) {
        continue;
      }
      const names = definition.pick(one.metrics);
      names.forEach((name, index) => {
        // before the first step there is an evaluation only, which is no step's time
        const points = pointsOf(one, name).filter(([step]) => !definition.stacked || step > 0);
        if (points.length) {
          const short = label(definition, name);
          all.push({
            run: one.index,
            label: !many || definition.stacked ? short : names.length > 1 ? one.name + ': ' + short : one.name,
            points,
            colour: many && !definition.stacked ? one.index : index,
            dash: many && !definition.stacked ? index : 0,
          });
        }
      });
    }
    return all;
  }

  function listMore() {
    const taken = new Set(charts.flatMap((chart) => chart.definition.pick(run().metrics)));
    const rest = [...run().metrics].filter((name) => !taken.has(name)).sort();
    const text = rest.join(',');
    if (more.dataset.shown !== text) {
      more.dataset.shown = text;
      more.replaceChildren(h('option', { value: '' }, 'choose'), ...rest.map((name) => h('option', { value: name }, name)));
    }
  }

  on('steps', throttled(refresh, REDRAW_MILLIS));
  on('selected', draw);
  onTheme(draw);
  return {
    async show(now) {
      visible = now;
      if (now && !echarts) {
        const loaded = await import('/lib/echarts.js');
        if (!echarts) {
          echarts = loaded;
          charts.forEach((chart) => (chart.element.hidden = false));
          charts.forEach((chart) => chart.start(loaded));
        }
      }
      await refresh();
    },
  };
}

const lastStep = (one) => Math.max(0, ...[...one.series.values()].map((series) => series.s[series.s.length - 1] ?? 0));

/** Whether a run has more points than a chart should draw; the server thins them then. */
const tooLong = (one) => [...one.series.values()].some((series) => series.s.length > MOST_POINTS);

/** Keeps steps that came by the stream while the curves were fetched. */
function keepNewer(before, after, last) {
  for (const [name, series] of before) {
    const target = after.get(name);
    if (target) {
      const end = Math.max(last, target.s[target.s.length - 1] ?? -1);
      series.s.forEach((step, i) => {
        if (step > end) {
          target.s.push(step);
          target.v.push(series.v[i]);
        }
      });
    } else {
      after.set(name, series);
    }
  }
}

function pointsOf(one, name) {
  const base = one.series.get(name) ?? { s: [], v: [] };
  const detail = one.detail?.series.get(name);
  const points = base.s.map((step, i) => [step, base.v[i]]);
  if (!detail) {
    return points;
  }
  const { first, last } = one.detail;
  return [
    ...points.filter(([step]) => step < first),
    ...detail.s.map((step, i) => [step, detail.v[i]]),
    ...points.filter(([step]) => step > last),
  ];
}

function label(definition, name) {
  return definition.stacked ? name.replace('timing_s/', '') : name;
}
