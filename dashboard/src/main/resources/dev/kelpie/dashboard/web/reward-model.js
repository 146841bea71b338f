// The Reward model view: how a trained reward model ranks held-out pairs, how sure it may be of itself, and whether it counts tokens.
import { h, setText, throttled } from '/app/dom.js';
import { number } from '/app/format.js';
import { byLength, interval, lengthBias, percent, reliability } from '/app/reliability.js';
import { get, on, run } from '/app/state.js';
import { onTheme } from '/app/theme.js';

const ASK_MILLIS = 2000;

export function rewardModelView(section) {
  const summary = h('p', { className: 'summary', id: 'reward-model-summary', role: 'status' });
  const choice = h('select', { id: 'reward-model-choice' });
  const chooser = h('label', { hidden: true }, 'Model ', choice);
  const diagram = drawing('Reliability', 'The probability that the model gives the response that it prefers, against how often that is the chosen one, in ten bins. '
    + 'Points on the dashed line are calibrated; below it the model is too sure, above it not sure enough. The bars through the points are intervals of 95 %.', reliability);
  const lengths = drawing('Accuracy by length', 'A model that counts tokens is right where the chosen response is the longer one, and wrong where it is the shorter one. '
    + 'The correlation is that of the difference of a pair’s scores with the difference of its lengths.', lengthBias);
  const all = h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Results of each model' });
  const results = h('div', { hidden: true }, h('div', { className: 'row tools' }, chooser), h('div', { className: 'charts' }, diagram.element, lengths.element), all);
  let found = [];
  let shownAs = '';
  let echarts = null;
  let visible = false;
  let asked = 0;
  section.append(summary, results);

  async function load() {
    if (!visible) {
      return;
    }
    const mine = ++asked;
    try {
      const answer = await get('/api/runs/' + run().index + '/reward-model');
      if (mine === asked) {
        found = answer.results;
        list();
        show();
      }
    } catch (failure) {
      setText(summary, 'The results cannot be loaded: ' + failure.message);
    }
  }

  function list() {
    const text = JSON.stringify([run().index, found]);
    if (text === shownAs) {
      return;
    }
    shownAs = text;
    const before = choice.value;
    choice.replaceChildren(...found.map((one, at) => h('option', { value: at }, one.name)));
    choice.value = before && before < found.length ? before : Math.max(0, found.length - 1);
    chooser.hidden = found.length < 2;
    all.replaceChildren(table(found));
  }

  function show() {
    results.hidden = found.length === 0;
    const one = found[Number(choice.value)];
    if (!one) {
      setText(summary, going());
      return;
    }
    setText(summary, 'Held-out accuracy ' + percent(one.accuracy) + ' (standard error ' + percent(one.standardError) + ', ' + one.pairs + ' pairs), loss '
      + number(one.loss) + ', calibration error ' + percent(one.calibrationError) + '.');
    if (echarts) {
      diagram.draw(echarts, one, 'calibration error ' + percent(one.calibrationError), binTable(one));
      lengths.draw(echarts, one, 'correlation ' + number(one.lengths.correlation), lengthTable(one));
    }
  }

  choice.addEventListener('change', show);
  on('selected', () => {
    shownAs = '';
    choice.replaceChildren();
    load();
  });
  on('steps', throttled(load, ASK_MILLIS));
  on('tick', throttled(() => found.length || load(), ASK_MILLIS));
  onTheme(show);
  return {
    async show(now) {
      visible = now;
      if (now) {
        echarts ??= await import('/lib/echarts.js');
        await load();
      }
    },
  };
}

/** What is known before the training has ended. */
function going() {
  const series = run().series.get('eval/reward_model/accuracy');
  const newest = series?.s.length ? ' At step ' + series.s[series.s.length - 1] + ' the held-out accuracy was ' + percent(series.v[series.v.length - 1]) + '.' : '';
  return 'No results of held-out pairs: they are written when the training ends, if there are any.' + newest;
}

/** A figure with a chart that `option` describes and its numbers as a table. */
function drawing(title, about, option) {
  const last = h('span', { className: 'last' });
  const canvas = h('div', { className: 'canvas tall-chart', role: 'img' });
  const body = h('div', { className: 'values', tabIndex: 0, role: 'region', 'aria-label': 'Values of ' + title });
  const element = h(
    'figure',
    { className: 'chart' },
    h('figcaption', {}, h('strong', {}, title), last),
    h('p', { className: 'hint' }, about),
    canvas,
    h('details', {}, h('summary', {}, 'Values'), body),
  );
  let chart = null;
  return {
    element,
    draw(echarts, result, words, values) {
      setText(last, words);
      canvas.setAttribute('aria-label', title + ': ' + words + '; the values are in the table below');
      body.replaceChildren(values);
      if (!chart) {
        chart = echarts.init(canvas, null, { renderer: 'canvas' });
        new ResizeObserver(() => chart.resize()).observe(canvas);
      }
      chart.setOption(option(result), true);
    },
  };
}

function rows(titles, cells) {
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, titles.map((title) => h('th', { scope: 'col' }, title)))),
    h('tbody', {}, cells.map(([first, ...others]) => h('tr', {}, h('th', { scope: 'row' }, first), others.map((cell) => h('td', { className: 'figure' }, cell))))),
  );
}

const range = (share, count) => interval(share, count).map(percent).join(' to ');

const binTable = (one) => rows(
  ['Bin', 'Pairs', 'Predicted', 'Observed', '95 % interval'],
  one.bins.map((bin) => [
    number(bin.from) + ' to ' + number(bin.to),
    String(bin.pairs),
    percent(bin.confidence),
    percent(bin.accuracy),
    bin.pairs ? range(bin.accuracy, bin.pairs) : '–',
  ]),
);

const lengthTable = (one) => rows(
  ['Pairs', 'Count', 'Accuracy', '95 % interval'],
  byLength(one).map(([name, share, count]) => [name, String(count), percent(share), share === null ? '–' : range(share, count)]),
);

const table = (found) => rows(
  ['Model', 'Seed', 'Updates', 'Accuracy', 'Standard error', 'Loss', 'Calibration error', 'Length correlation'],
  found.map((one) => [
    one.name,
    one.seed === undefined ? '' : String(one.seed),
    one.steps === undefined ? '' : String(one.steps),
    percent(one.accuracy),
    percent(one.standardError),
    number(one.loss),
    percent(one.calibrationError),
    number(one.lengths.correlation),
  ]),
);
