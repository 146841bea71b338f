// The Label view: two responses to a prompt, or one, to be judged by keyboard without knowing what the run thinks of them.
import { h, setText, throttled } from '/app/dom.js';
import { on, run } from '/app/state.js';
import { forgetRefused, keep, newId, refused, send, unsentItems, waiting } from '/app/label-queue.js';
import { resultsPanel } from '/app/label-results.js';

const AHEAD = 8;
const LOW = 4;
const AGAIN_MILLIS = 2000;
const UNDO_KEPT = 30;
const RESULTS_EVERY = 10;
const KNOWN_SENT = 100;
const RECOUNT_MILLIS = 1500;
const PAIR_KEYS = { 1: 'left', ArrowLeft: 'left', 2: 'right', ArrowRight: 'right', 3: 'tie', ArrowDown: 'tie', s: 'skip' };
const SINGLE_KEYS = { 1: '1', 2: '2', 3: '3', 4: '4', 5: '5', s: 'skip' };

const stored = (storage, name, otherwise) => storage.getItem('kelpie-label-' + name) ?? otherwise;

export function labelView(section) {
  const browser = stored(sessionStorage, 'browser', null) ?? newId();
  sessionStorage.setItem('kelpie-label-browser', browser);
  const name = h('input', { id: 'label-name', maxLength: 60, required: true, autocomplete: 'off', value: stored(localStorage, 'name', 'person-' + browser.slice(0, 4)), onchange: changed });
  const kind = choice('label-kind', [['pairs', 'two responses'], ['responses', 'one response']], stored(localStorage, 'kind', 'pairs'));
  const people = choice('label-people', [1, 2, 3, 4, 5].map((count) => [String(count), count === 1 ? '1 person' : count + ' people']), stored(localStorage, 'people', '1'));
  const steps = h('input', { id: 'label-steps', placeholder: 'all, 12 or 10-20', size: 12, inputMode: 'numeric', pattern: '\\s*\\d*\\s*(-\\s*\\d+\\s*)?', onchange: changed });
  const counter = h('p', { className: 'label-counter', id: 'label-counter', role: 'status' });
  const connection = h('p', { className: 'hint', id: 'label-connection', role: 'status' });
  const problems = h('ul', { className: 'notes', id: 'label-notes', hidden: true, 'aria-label': 'Notes on labels' });
  const card = h('article', { className: 'group label-card', id: 'label-card', tabIndex: -1, 'aria-label': 'To be judged' });
  const note = h('textarea', { id: 'label-note', rows: 2, maxLength: 1000, 'aria-label': 'Note on this item', placeholder: 'a note that goes with the answer; Escape leaves it', onkeydown: noteKey });
  const noteRow = h('div', { className: 'label-note', hidden: true }, h('label', { htmlFor: 'label-note' }, 'Note'), note);
  const judge = h('div', { className: 'row label-buttons', role: 'group', 'aria-label': 'Judgement' });
  const others = h('div', { className: 'row label-others', role: 'group', 'aria-label': 'Other actions' });
  const help = helpDialog();
  const bar = h('div', { className: 'label-bar' }, judge, others);
  const panel = resultsPanel();
  let storage = null; // name of the run in the browser's storage; known when the server has answered once
  let items = [];
  let history = [];
  let answered = new Set();
  let numbers = null;
  let shownAt = 0;
  let visible = false;
  let asking = false;
  let askAgain = 0;
  let asked = 0;
  let given = 0;
  let balance = 0; // answers minus those taken back, on this page
  let away = '';

  section.append(
    h('form', { className: 'row tools', onsubmit: (event) => event.preventDefault() },
      h('label', {}, 'Your name ', name), h('label', {}, 'Show ', kind), h('label', { title: 'How many people are to answer each item' }, 'Each to ', people), h('label', {}, 'Steps ', steps)),
    problems,
    counter,
    card,
    noteRow,
    bar,
    connection,
    panel.panel,
  );
  document.body.append(help);

  function choice(id, options, value) {
    return h('select', { id, onchange: changed }, options.map(([key, words]) => h('option', { value: key, selected: key === value }, words)));
  }

  const path = () => '/api/runs/' + run().index;
  const single = () => kind.value === 'responses';

  function changed() {
    if (!name.value.trim() || !steps.checkValidity()) {
      return;
    }
    localStorage.setItem('kelpie-label-name', name.value.trim());
    localStorage.setItem('kelpie-label-kind', kind.value);
    localStorage.setItem('kelpie-label-people', people.value);
    history = [];
    restart();
  }

  function restart() {
    asked++;
    asking = false;
    items = [];
    answered = new Set();
    numbers = null;
    away = '';
    render();
    more();
  }

  /** Asks for further items when few are left, or for the counts anew. */
  async function more(recount = false) {
    clearTimeout(askAgain);
    if (!visible || asking || (items.length >= LOW && !recount)) {
      return;
    }
    asking = true;
    const mine = asked;
    const before = balance;
    unsentItems(name.value.trim()).forEach((item) => answered.add(item));
    items.forEach((one) => answered.delete(one.item));
    try {
      const reply = await fetch(path() + '/label-next', {
        method: 'POST',
        body: JSON.stringify({
          labeller: name.value.trim(), browser, kind: kind.value, people: Number(people.value), steps: steps.value.trim(),
          count: Math.max(0, AHEAD - items.length), have: items.map((one) => one.item), answered: [...answered].slice(-KNOWN_SENT),
        }),
      });
      if (!reply.ok) {
        throw new Error((await reply.text()).trim() || 'answer ' + reply.status);
      }
      take(mine, before, await reply.json());
    } catch (failure) {
      if (mine === asked) {
        away = failure instanceof TypeError ? 'the server does not answer' : failure.message;
        askAgain = setTimeout(() => more(), AGAIN_MILLIS);
        render();
      }
    } finally {
      if (mine === asked) {
        asking = false;
      }
    }
  }

  function take(mine, before, reply) {
    if (mine !== asked) {
      return;
    }
    storage = reply.run;
    away = '';
    numbers = reply;
    numbers.done += balance - before;
    numbers.open -= balance - before;
    const known = new Set(items.map((one) => one.item));
    const fresh = reply.items.filter((one) => !known.has(one.item) && !answered.has(one.item));
    const none = items.length === 0;
    items.push(...fresh);
    if (history.length === 0) {
      restoreHistory();
    }
    if (none) {
      shownAt = performance.now();
      render();
    } else {
      count();
    }
    if (items.length === 0) {
      askAgain = setTimeout(() => more(), AGAIN_MILLIS);
    }
    flush();
  }

  const historyKey = () => 'kelpie-label-history/' + storage + '/' + name.value.trim() + '/' + kind.value;

  function restoreHistory() {
    try {
      history = JSON.parse(sessionStorage.getItem(historyKey()) ?? '[]');
    } catch (failure) {
      history = [];
    }
  }

  function saveHistory() {
    try {
      sessionStorage.setItem(historyKey(), JSON.stringify(history));
    } catch (failure) {
      sessionStorage.removeItem(historyKey()); // no room: undo then ends at a reload
    }
  }

  function flush() {
    if (storage !== null) {
      send(storage, path(), (problem) => {
        away = problem;
        count();
        recount();
      });
    }
  }

  const recount = throttled(() => storage !== null && waiting(storage).length === 0 && more(true), RECOUNT_MILLIS);

  function store(answer) {
    try {
      keep(storage, answer);
      return true;
    } catch (failure) {
      setText(connection, 'This browser has no room for the answer: ' + failure.message);
      return false;
    }
  }

  function answer(verdict) {
    const item = items[0];
    if (!item || help.open || !name.value.trim()) {
      return;
    }
    const one = {
      id: newId(), labeller: name.value.trim(), time: new Date().toISOString(), item: item.item, verdict,
      note: note.value.trim(), millis: Math.round(performance.now() - shownAt),
    };
    if (!store(one)) {
      return;
    }
    items.shift();
    answered.add(item.item);
    history.push({ id: one.id, item, verdict, note: one.note });
    history.splice(0, history.length - UNDO_KEPT);
    saveHistory();
    balance++;
    numbers.done++;
    numbers.open--;
    shownAt = performance.now();
    render();
    flush();
    more();
    given++;
    if (given % RESULTS_EVERY === 0) {
      panel.refresh();
    }
  }

  function undo() {
    const last = history[history.length - 1];
    if (!last || !store({ id: newId(), labeller: name.value.trim(), time: new Date().toISOString(), of: last.id })) {
      return;
    }
    history.pop();
    saveHistory();
    answered.delete(last.item.item);
    items.unshift(last.item);
    balance--;
    numbers.done--;
    numbers.open++;
    shownAt = performance.now();
    render();
    note.value = last.note;
    noteRow.hidden = !last.note;
    flush();
  }

  function openNote() {
    noteRow.hidden = false;
    note.focus();
  }

  function noteKey(event) {
    if (event.key === 'Escape' || (event.key === 'Enter' && !event.shiftKey)) {
      noteRow.hidden = note.value.trim() === '';
      card.focus({ preventScroll: true });
      event.preventDefault();
    }
    event.stopPropagation();
  }

  function count() {
    const unsent = storage === null ? [] : waiting(storage);
    const bad = storage === null ? [] : refused(storage);
    const words = numbers === null ? (away ? '' : 'Loading…')
      : numbers.done + ' of ' + numbers.total + ' done by ' + name.value.trim() + ', ' + Math.max(0, numbers.open) + ' open for you'
        + (numbers.waits ? '; the run waits for ' + numbers.waiting + (numbers.waiting === 1 ? ' pair' : ' pairs') : '');
    setText(counter, words);
    section.dataset.unsent = storage === null ? 'unknown' : unsent.length;
    const waits = unsent.length === 0 ? '' : unsent.length + (unsent.length === 1 ? ' answer is' : ' answers are') + ' kept in this browser until the server has it on its disk';
    setText(connection, away ? [waits, away + '; it is tried again'].filter((part) => part).join('; ') + '.' : unsent.length ? waits + '.' : given ? '✓ All answers are saved.' : '');
    connection.classList.toggle('problem', away !== '');
    const lines = [...(numbers?.notes ?? []), ...bad.map((one) => 'An answer was refused: ' + one.reason)];
    problems.hidden = lines.length === 0;
    problems.replaceChildren(
      ...lines.map((line) => h('li', {}, line)),
      bad.length ? h('li', {}, h('button', { type: 'button', className: 'link', onclick: () => { forgetRefused(storage); count(); } }, 'Dismiss the refused answers')) : '',
    );
  }

  function render() {
    const item = items[0];
    note.value = '';
    noteRow.hidden = true;
    if (document.activeElement === note) {
      card.focus({ preventScroll: true });
    }
    const focused = document.activeElement?.closest?.('.label-bar') ? document.activeElement.id : '';
    bar.hidden = !item && history.length === 0;
    card.dataset.item = item?.item ?? '';
    section.dataset.done = numbers?.done ?? '';
    card.replaceChildren(...(item ? shown(item) : empty()));
    card.scrollTop = 0;
    judge.replaceChildren(...(item ? buttons() : []));
    others.replaceChildren(
      ...(item ? [action('s', 'Skip', () => answer('skip'), 'label-skip')] : []),
      ...(history.length ? [action('u', 'Undo', undo, 'label-undo')] : []),
      ...(item ? [action('n', 'Note', openNote, 'label-note-button')] : []),
      action('?', 'Help', () => help.showModal(), 'label-help-button'),
    );
    if (focused) {
      (bar.querySelector('#' + focused) ?? card).focus({ preventScroll: true });
    }
    count();
  }

  function shown(item) {
    const names = item.shown.length === 1 ? ['the response'] : ['left', 'right'];
    return [
      h('h2', { 'aria-live': 'polite' }, single() ? 'How good is this response?' : 'Which response is better?'),
      h('pre', { className: 'prompt', tabIndex: 0, 'aria-label': 'Prompt' }, item.prompt),
      h('div', { className: 'responses sides' + (single() ? ' alone' : '') }, item.shown.map((text, index) =>
        h('section', { className: 'response label-side', 'aria-label': names[index] + (index < 2 && !single() ? ' response' : '') },
          single() ? null : h('p', { className: 'name' }, names[index]),
          h('pre', { tabIndex: 0 }, text === '' ? h('span', { className: 'name' }, '(empty)') : text)))),
    ];
  }

  function buttons() {
    return single()
      ? [1, 2, 3, 4, 5].map((rating) => action(String(rating), { 1: 'bad', 2: 'poor', 3: 'fair', 4: 'good', 5: 'great' }[rating], () => answer(String(rating)), 'label-' + rating))
      : [action('1', '← Left', () => answer('left'), 'label-left'), action('3', 'Tie', () => answer('tie'), 'label-tie'), action('2', 'Right →', () => answer('right'), 'label-right')];
  }

  function action(key, words, act, id) {
    return h('button', { type: 'button', id, onclick: act, 'aria-keyshortcuts': key }, words + ' ', h('kbd', {}, key));
  }

  /** Says why nothing is shown, and what to do. */
  function empty() {
    if (numbers === null) {
      return away ? [h('p', { className: 'empty' }, 'Nothing can be shown: ' + away + '. It is tried again.')] : [h('p', { className: 'empty' }, 'Loading…')];
    }
    const noun = single() ? 'responses' : 'pairs';
    if (numbers.steps === 0) {
      return [h('p', { className: 'empty' }, 'Nothing to judge yet: the run has recorded no samples. They appear here after its first step.')];
    }
    if (numbers.waits && numbers.total === 0) {
      return [h('p', { className: 'empty' }, 'The run waits for no pair now. Those of its next steps appear here.')];
    }
    if (numbers.total === 0) {
      return [h('p', { className: 'empty' }, steps.value.trim()
        ? 'No ' + noun + ' in these steps. Leave the field empty for all of them.'
        : single() ? 'No response with a reward is recorded.' : 'No pairs: no prompt has two different responses.')];
    }
    if (numbers.busy > 0) {
      return [h('p', { className: 'empty' }, numbers.busy + ' open ' + noun + ' are being judged by others. They come back here within five minutes if they are not answered.')];
    }
    return [
      h('p', { className: 'empty' }, '✓ Done: nothing is open for you. ' + numbers.done + ' of ' + numbers.total + ' ' + noun + ' have your answer'
        + (numbers.done < numbers.total ? ', the others those of enough people. “Each to more people” asks you for them, too.' : '.')
        + (run().control ? ' New steps of the run appear here.' : ' kelpie labels RUN --export FILE writes the preferences.')),
    ];
  }

  function pressed(event) {
    const target = event.target;
    if (!visible || event.ctrlKey || event.altKey || event.metaKey || help.open || document.querySelector('dialog[open]')
      || target.closest('input, textarea, select') || (event.key.startsWith('Arrow') && target.closest('[role=tab], .scroll, pre'))) {
      return;
    }
    const verdict = (single() ? SINGLE_KEYS : PAIR_KEYS)[event.key];
    const act = verdict ? () => answer(verdict) : { u: undo, n: openNote, '?': () => help.showModal() }[event.key];
    if (act) {
      event.preventDefault();
      if (!event.repeat) {
        act();
      }
    }
  }

  function helpDialog() {
    const rows = [
      ['1 or ←', 'the left response is better'], ['2 or →', 'the right response is better'], ['3 or ↓', 'both are equally good or bad'],
      ['1 to 5', 'rating of one response, 5 is best'], ['s', 'skip: you are not asked again, others are'], ['u', 'take the last answer back and show it again'],
      ['n', 'note for this item; Enter or Escape leaves it'], ['?', 'this list'],
    ];
    return h(
      'dialog',
      { id: 'label-help', 'aria-labelledby': 'label-help-title' },
      h('h2', { id: 'label-help-title' }, 'Judging by keyboard'),
      h('dl', { className: 'label-keys' }, rows.map(([key, words]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, words)))),
      h('p', {}, 'Items come in random order and the sides are drawn; neither rewards nor the run’s own label are shown. An answer is kept in this browser until the server has it on its disk, in labels.jsonl of the run folder.'),
      h('form', { method: 'dialog' }, h('button', {}, 'Close')),
    );
  }

  document.addEventListener('keydown', pressed);
  on('progress', throttled(() => items.length === 0 && more(), 1500));
  on('selected', () => {
    storage = null;
    history = [];
    restart();
  });
  return {
    show(now) {
      const opened = now && !visible;
      visible = now;
      if (opened) {
        if (numbers === null || items.length < LOW) {
          more();
        }
        shownAt = performance.now();
        render();
        if (!document.activeElement?.matches('[role=tab]:focus-visible')) {
          card.focus({ preventScroll: true });
        }
      }
    },
  };
}
