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

/**
 * `about` explains a chart in words, `opens` is the view that a point leads to, if any, `names` are words for its lines.
 * A chart without any of its metrics is not shown.
 */
const GROUPS = [
  {
    title: 'Rewards',
    charts: [
      { title: 'Reward', pick: like(/^reward\/(.+\/)?mean$/), about: 'Mean reward of the samples that the step was trained on, and of each part of it.' },
      { title: 'Held-out accuracy', pick: like(/^eval\/(greedy\/)?reward\/mean$/), points: true, about: 'Mean reward on prompts that are never trained on; greedy: the most probable token each time.' },
    ],
  },
  {
    title: 'Reward model',
    charts: [
      {
        title: 'Ranking accuracy',
        pick: exactly('reward_model/accuracy', 'eval/reward_model/accuracy'),
        names: { 'reward_model/accuracy': 'trained pairs', 'eval/reward_model/accuracy': 'held-out pairs' },
        about: 'Share of the pairs whose chosen response has the higher score; one half is chance.',
        opens: '',
      },
      { title: 'Margin', pick: exactly('reward_model/margin'), about: 'Score of the chosen response minus that of the rejected one, mean over the pairs of an update.', opens: '' },
      {
        title: 'Reward model loss',
        pick: exactly('reward_model/loss', 'eval/reward_model/loss'),
        names: { 'reward_model/loss': 'trained pairs', 'eval/reward_model/loss': 'held-out pairs' },
        about: 'The loss over the pairs of an update; a Bradley-Terry model that knows nothing has ln 2 = 0.693.',
        opens: '',
      },
      { title: 'Gradient norm of the reward model', pick: exactly('reward_model/grad_norm'), about: 'Norm of the gradient of all weights, before it is clipped.', opens: '' },
      { title: 'Learning rate of the reward model', pick: exactly('reward_model/lr'), about: 'Learning rate of the update.', opens: '' },
    ],
  },
  {
    title: 'Preferences',
    charts: [
      {
        title: 'Ranking accuracy',
        pick: (names) => [...exactly('preference/accuracy')(names), ...like(/^eval\/pairs\/(.+\/)?accuracy$/)(names)],
        names: { 'preference/accuracy': 'trained pairs', 'eval/pairs/accuracy': 'held-out pairs' },
        about: 'Share of the pairs whose implicit reward is higher for the chosen response; one half is chance. The implicit reward is beta times the log-ratio of policy to reference.',
        opens: 'pairs',
      },
      {
        title: 'Implicit reward margin',
        pick: (names) => [...exactly('preference/margin')(names), ...like(/^eval\/pairs\/(.+\/)?margin$/)(names)],
        names: { 'preference/margin': 'trained pairs', 'eval/pairs/margin': 'held-out pairs' },
        about: 'Implicit reward of the chosen response minus that of the rejected one, mean over the pairs. Above zero the policy prefers the chosen ones more than the reference does.',
        opens: 'pairs',
      },
      {
        title: 'Implicit reward of each side',
        pick: exactly('preference/chosen_reward', 'preference/rejected_reward'),
        names: { 'preference/chosen_reward': 'chosen', 'preference/rejected_reward': 'rejected' },
        about: 'Beta times the log-ratio of policy to reference, mean over the chosen and over the rejected responses. Often both fall; what counts is the distance.',
        opens: 'pairs',
      },
      {
        title: 'Log-probability of each side',
        pick: exactly('preference/chosen_logprob', 'preference/rejected_logprob'),
        names: { 'preference/chosen_logprob': 'chosen', 'preference/rejected_logprob': 'rejected' },
        about: 'Log-probability of a whole response under the policy, mean over the chosen and over the rejected responses. If the chosen line falls far, the policy loses what it should prefer.',
        opens: 'pairs',
      },
      {
        title: 'Pairs of a step',
        pick: exactly('preference/pairs', 'preference/unpaired_responses'),
        names: { 'preference/pairs': 'pairs', 'preference/unpaired_responses': 'responses in no pair' },
        about: 'How many pairs the samples of a step made, and how many responses are in none.',
        opens: 'pairs',
      },
    ],
  },
  {
    title: 'Policy',
    charts: [
      { title: 'KL', pick: like(/^(kl\/ref_.+|policy\/approx_kl)$/), about: 'Distance of the policy from the reference (kl/ref) and of an update from the policy before it (policy/approx_kl), in nats.' },
      { title: 'Entropy', pick: exactly('policy/entropy'), about: 'How undecided the policy is about the next token, mean over the tokens, in nats.' },
      { title: 'Response length, tokens', pick: exactly('response_length/mean', 'response_length/max'), about: 'Tokens of the responses of the step, the stop token included.' },
      { title: 'Repetition', pick: exactly('response_repetition/mean'), about: 'Share of the runs of three tokens that occurred in the same response before, mean over the responses.' },
      { title: 'Length and reward', pick: exactly('reward/length_correlation'), about: 'Correlation of length and reward over the responses of the step; near 1 the length alone decides the reward.' },
      { title: 'Loss', pick: exactly('policy/loss', 'value/loss'), about: 'The losses that the step minimised, of the policy and of the value model.' },
      { title: 'Clip fraction', pick: exactly('policy/clip_frac', 'policy/clip_frac_low', 'policy/clip_frac_high', 'value/clip_frac'), about: 'Share of the tokens whose ratio left the range of the loss.' },
      { title: 'Gradient norm', pick: exactly('policy/grad_norm', 'value/grad_norm'), about: 'Norm of the gradient of all weights, before it is clipped.' },
    ],
  },
  {
    title: 'Time',
    charts: [
      { title: 'Step time, seconds', pick: exactly(...PHASES.map((phase) => 'timing_s/' + phase)), stacked: true, about: 'Seconds of a step by phase, one on the other.' },
      { title: 'Throughput, tokens per second', pick: exactly('throughput/tokens_per_s'), about: 'Tokens trained on, divided by the time of the step.' },
      { title: 'Effective training time', pick: exactly('run/effective_time'), about: 'Time of the steps without faults, divided by the wall time; 1 when nothing was lost, killed or resumed.' },
      { title: 'Staleness, versions', pick: exactly('staleness/mean', 'staleness/max'), about: 'By how many versions the policy that sampled is older than the one that is trained.' },
      { title: 'Control messages per sample', pick: exactly('control/messages_per_sample'), about: 'Messages between the actors, divided by the samples of the step.' },
      { title: 'Control bytes per sample', pick: exactly('control/bytes_per_sample'), about: 'Bytes of those messages between processes, divided by the samples of the step.' },
    ],
  },
  { title: 'Others', charts: [] },
];

export function curvesView(section) {
  const smoothing = h('input', { type: 'range', id: 'smoothing', min: 0, max: 99, value: 0 });
  const smoothingWords = h('output', { htmlFor: 'smoothing' }, 'off');
  const from = h('input', { type: 'number', id: 'zoom-from', min: 0, step: 1, placeholder: 'first' });
  const to = h('input', { type: 'number', id: 'zoom-to', min: 0, step: 1, placeholder: 'last' });
  const more = h('select', { id: 'more-metrics' });
  const runBoxes = h('fieldset', { className: 'runs', hidden: state.runs.length < 2 }, h('legend', {}, 'Runs'));
  const grid = h('div', { className: 'chart-groups', id: 'charts' });
  const groups = GROUPS.map((group) => {
    const place = h('div', { className: 'charts' });
    const element = h('section', { hidden: true, 'aria-label': group.title }, h('h2', {}, group.title), place);
    grid.append(element);
    return { ...group, place, element, shown: [] };
  });
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
    h('p', { className: 'hint' }, state.runs.every((one) => one.rewardModel) ? 'Drag, or turn the wheel with Ctrl, to zoom. Keyboard: arrow keys.'
      : 'Drag, or turn the wheel with Ctrl, to zoom. Click a point to see its samples, or its pairs. Keyboard: arrow keys and Enter.'),
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

  groups.forEach((group) => group.charts.forEach((definition) => add(definition, group)));

  function add(definition, group) {
    const chart = new Chart(definition, { zoomed: zoomTo, picked: (index, step) => definition.opens !== '' && picked(index, step, definition.opens ?? 'samples') });
    charts.push(chart);
    group.shown.push(chart);
    group.place.append(chart.element);
    if (echarts) {
      chart.element.hidden = false;
      chart.start(echarts);
    }
  }

  function picked(index, step, view) {
    if (index !== state.selected) {
      select(index);
    }
    location.hash = view + '?step=' + step;
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
      add({ title: name, pick: exactly(name), opens: name.startsWith('preference/') ? 'pairs' : 'samples' }, groups[groups.length - 1]);
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
    groups.forEach((group) => (group.element.hidden = group.shown.every((chart) => chart.element.hidden)));
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
          groups.forEach((group) => (group.element.hidden = false));
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
  return definition.stacked ? name.replace('timing_s/', '') : definition.names?.[name] ?? name;
}
