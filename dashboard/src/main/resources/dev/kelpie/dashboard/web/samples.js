// The Samples view: groups, newest first, with the responses of each side by side.
import { debounced, h, say, throttled } from '/app/dom.js';
import { number } from '/app/format.js';
import { get, on, run } from '/app/state.js';
import { tokenButton } from '/app/token-button.js';

const PAGE = 6;

export function samplesView(section) {
  const step = h('input', { id: 'sample-step', placeholder: 'all, 12 or 10-20', inputMode: 'numeric', size: 12, pattern: '\\s*\\d*\\s*(-\\s*\\d+\\s*)?' });
  const min = h('input', { id: 'sample-min', type: 'number', step: 'any', placeholder: 'min' });
  const max = h('input', { id: 'sample-max', type: 'number', step: 'any', placeholder: 'max' });
  const finish = h(
    'select',
    { id: 'sample-finish' },
    [['', 'any'], ['stop', 'stop'], ['length', 'length'], ['aborted', 'aborted'], ['failed', 'reward failed']]
      .map(([value, words]) => h('option', { value }, words)),
  );
  const text = h('input', { id: 'sample-text', type: 'search', placeholder: 'in prompt or response' });
  const fresh = h('button', { type: 'button', id: 'sample-fresh', hidden: true, onclick: () => load(false) });
  const list = h('div', { id: 'groups', className: 'groups' });
  const summary = h('p', { className: 'summary', role: 'status' });
  const more = h('button', { type: 'button', id: 'sample-more', onclick: () => load(true) }, 'Older samples');
  let next = '';
  let newest = -1;
  let visible = false;
  let loaded = false;
  let asked = 0;
  let searched = 0;

  section.append(
    h(
      'form',
      { className: 'row tools', onsubmit: (event) => event.preventDefault(), oninput: debounced(() => load(false), 350) },
      h('label', {}, 'Step ', step),
      h('label', {}, 'Reward ', min),
      h('label', {}, 'to ', max),
      h('label', {}, 'Finish reason ', finish),
      h('label', {}, 'Text ', text),
      h('button', { type: 'button', id: 'sample-reset', onclick: reset }, 'Clear'),
      fresh,
    ),
    summary,
    list,
    more,
  );

  function reset() {
    for (const field of [step, min, max, finish, text]) {
      field.value = '';
    }
    load(false);
  }

  function query() {
    return new URLSearchParams({
      step: step.value.trim(),
      min: min.value,
      max: max.value,
      finish: finish.value,
      text: text.value,
      limit: PAGE,
    });
  }

  async function load(older) {
    const mine = ++asked;
    const parameters = query();
    if (older) {
      parameters.set('before', next);
    } else {
      searched = 0;
    }
    more.disabled = true;
    try {
      const page = await get('/api/runs/' + run().index + '/samples?' + parameters);
      if (mine !== asked) {
        return;
      }
      loaded = true;
      searched += page.searched;
      show(page, older);
      if (visible && page.next && !page.groups.length) {
        load(true); // a rare text: an answer looks through a few hundred steps only
      }
    } catch (failure) {
      say('The samples cannot be loaded: ' + failure.message);
    } finally {
      more.disabled = mine !== asked;
    }
  }

  function show(page, older) {
    const groups = page.groups.map(groupElement);
    older ? list.append(...groups) : list.replaceChildren(...groups);
    page.unreadable.forEach((one) =>
      list.append(h('p', { className: 'problem' }, 'step ' + one.step + ' cannot be read: ' + one.why)),
    );
    next = page.next;
    newest = page.newest ?? -1;
    fresh.hidden = true;
    more.hidden = !next;
    more.textContent = page.groups.length ? 'Older samples' : 'Search older steps';
    const steps = page.count === 1 ? '1 step has' : page.count + ' steps have';
    const progress = filtered() ? ', ' + searched + ' searched' : '';
    summary.textContent = page.count === 0
      ? 'No samples yet.'
      : steps + ' samples' + progress + (list.children.length === 0 ? '; no match' + (next ? ' so far.' : '.') : '.');
  }

  const filtered = () => [step, min, max, finish, text].some((field) => field.value !== '');

  function watch() {
    const last = run().progress?.step ?? -1;
    if (!visible || !loaded || filtered() || last <= newest) {
      return;
    }
    const reading = document.activeElement?.closest?.('#groups') || list.querySelector('[aria-expanded=true]');
    if (scrollY < 200 && !reading) {
      load(false);
    } else {
      fresh.hidden = false;
      fresh.textContent = 'Show step ' + last;
    }
  }

  on('progress', throttled(watch, 1200));
  on('selected', () => visible && load(false));
  return {
    show(now) {
      visible = now;
      if (now && !loaded) {
        load(false);
      }
    },
    /** Shows the samples of an address such as `step=12`. */
    ask(parameters) {
      if (parameters.has('step')) {
        reset();
        step.value = parameters.get('step');
        load(false);
      }
    },
  };
}

function groupElement(group) {
  const rewards = group.responses.filter((one) => one.reward !== undefined).map((one) => one.reward);
  const mean = rewards.reduce((sum, one) => sum + one, 0) / rewards.length;
  const heading = 'Step ' + group.step + ', prompt ' + (group.index + 1);
  return h(
    'article',
    { className: 'group', 'aria-label': heading },
    h(
      'header',
      { className: 'row spread' },
      h('h2', {}, heading, h('small', {}, ' ' + (group.promptId ?? ''))),
      h('span', { className: 'summary' }, rewards.length ? 'mean reward ' + number(mean) + ', '
        + number(Math.min(...rewards)) + ' to ' + number(Math.max(...rewards)) : 'no reward'),
    ),
    h('pre', { className: 'prompt' }, group.prompt ?? ''),
    group.answer === undefined ? null : h('p', { className: 'answer' }, h('span', { className: 'name' }, 'answer '), h('code', {}, group.answer)),
    h('div', { className: 'responses' }, group.responses.map((one) => responseElement(group, one, mean))),
  );
}

function responseElement(group, one, mean) {
  const at = { step: group.step, index: group.index, sample: one.sample, attempt: one.attempt };
  const tokens = tokenButton(at, one.tokens, (open) => element.classList.toggle('open', open));
  const failed = one.failed !== undefined;
  const element = h(
    'section',
    { className: 'response' + (one.match ? '' : ' unmatched') + (failed ? ' failed' : '') },
    h(
      'p',
      { className: 'row spread' },
      h('strong', { className: 'reward' }, failed ? '✕ reward failed' : 'reward ' + number(one.reward)),
      one.member === undefined || one.member === 'policy' ? null : h('span', { className: 'name' }, 'member ' + one.member + (one.memberVariant ? ' under the prompt variant ' + one.memberVariant : '')),
      advantage(one, mean),
    ),
    failed ? h('p', { className: 'problem' }, one.failed) : parts(one),
    h('pre', {}, one.text),
    h(
      'p',
      { className: 'foot' },
      'finish reason ' + one.finish + ' · ',
      tokens.button,
      versions(one),
    ),
    tokens.place,
  );
  return element;
}

/** The recorded advantage; without one, the difference from the mean of the group. */
function advantage(one, mean) {
  const recorded = one.advantage !== undefined;
  if (!recorded && one.reward === undefined) {
    return null;
  }
  const value = recorded ? one.advantage : one.reward - mean;
  const sign = value > 0 ? '▲ +' : value < 0 ? '▼ −' : '';
  const range = one.advantageLowest === undefined ? '' : ' (' + number(one.advantageLowest) + ' to ' + number(one.advantageHighest) + ')';
  return h(
    'span',
    {
      className: 'advantage ' + (value > 0 ? 'up' : value < 0 ? 'down' : ''),
      title: recorded ? 'advantage, mean over the tokens' : 'reward minus the mean of its group; no advantage is recorded',
    },
    (recorded ? 'advantage ' : 'from group mean ') + sign + number(Math.abs(value)) + range,
  );
}

function parts(one) {
  const names = Object.keys(one.parts);
  return names.length === 0
    ? null
    : h('dl', { className: 'parts' }, names.map((name) => h('div', {}, h('dt', {}, name), h('dd', {}, number(one.parts[name])))));
}

function versions(one) {
  if (one.oldest === undefined) {
    return '';
  }
  return ' · v' + one.oldest + (one.newest === one.oldest ? '' : ' to v' + one.newest);
}
