// The Doctor view: what the rules over the metrics have found, with evidence, keys and samples.
import { h, setText, throttled } from '/app/dom.js';
import { number } from '/app/format.js';
import { get, on, run } from '/app/state.js';

const ASK_MILLIS = 2000;
const TEXT_SHOWN = 300;

/** @param count the number of alarms beside the tab's name */
export function doctorView(section, count) {
  const summary = h('p', { className: 'summary', id: 'doctor-summary', role: 'status' }, 'Not examined yet.');
  const list = h('div', { className: 'findings', id: 'findings' });
  let shownAs = '';
  let asked = 0;
  section.append(summary, list);

  async function load() {
    const one = run();
    const mine = ++asked;
    try {
      const found = await get('/api/runs/' + one.index + '/doctor');
      if (mine === asked) {
        show(found);
      }
    } catch (failure) {
      setText(summary, 'The run cannot be examined: ' + failure.message);
    }
  }

  function show(found) {
    count.hidden = found.alarms === 0;
    setText(count, found.alarms ? String(found.alarms) : '');
    count.setAttribute('aria-label', ', ' + plural(found.alarms, 'alarm'));
    const steps = Math.max(0, found.step);
    setText(summary, found.findings.length ? plural(found.alarms, 'alarm') + ' in ' + plural(steps, 'step') + '.'
      : steps ? '✓ Nothing found in ' + plural(steps, 'step') + '.' : 'No step has finished yet.');
    // an open link or a selection stays while nothing changes
    const text = JSON.stringify([run().index, found.findings]);
    if (text !== shownAs) {
      shownAs = text;
      list.replaceChildren(...found.findings.map(finding));
    }
  }

  function changedRun() {
    shownAs = '';
    list.replaceChildren();
    load();
  }

  on('selected', changedRun);
  on('steps', throttled(load, ASK_MILLIS));
  on('events', throttled(load, ASK_MILLIS));
  load();
  return {
    show(now) {
      if (now) {
        load();
      }
    },
  };
}

function finding(one) {
  const alarm = one.level === 'alarm';
  const state = !one.current ? 'over' : one.level;
  return h(
    'article',
    { className: 'card finding', 'data-state': state, 'data-rule': one.rule },
    h(
      'div',
      { className: 'row spread' },
      h('h2', {}, h('span', { className: 'level' }, alarm ? '▲ alarm ' : 'ⓘ note '), one.rule.replaceAll('-', ' ')),
      h('span', { className: 'hint' }, one.current ? 'since step ' + one.since : 'over: steps ' + one.since + ' to ' + one.until),
    ),
    h('p', {}, one.meaning),
    h('p', { className: 'evidence' }, one.evidence.replaceAll(/(, but|;) /g, '$1\n')),
    one.keys.length ? h('p', { className: 'hint' }, 'Look at: ', ...one.keys.flatMap((key, i) => [i ? ', ' : '', h('code', {}, key)])) : null,
    one.samples.length ? h('ul', { className: 'shown-samples' }, one.samples.map(sample)) : null,
  );
}

function sample(row) {
  const text = row.text.length > TEXT_SHOWN ? row.text.slice(0, TEXT_SHOWN) + '…' : row.text;
  return h(
    'li',
    {},
    h('a', { href: '#samples?step=' + row.step }, 'step ' + row.step + ', group ' + row.group + ', #' + row.sample),
    h('span', { className: 'hint' }, ' ' + (row.reward === null ? 'no reward' : 'reward ' + number(row.reward)) + ', ' + plural(row.tokens, 'token') + (row.cut ? ', cut off' : '')),
    h('code', { className: 'response-text' }, text),
  );
}

const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's');
