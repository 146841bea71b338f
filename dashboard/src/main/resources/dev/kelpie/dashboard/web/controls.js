// Buttons that control the run. They report what the run reports, never a guess.
import { byId, h, say } from '/app/dom.js';
import { on, post, run } from '/app/state.js';

const PATIENCE_MILLIS = 120000;
const ENDING = ['stopping', 'done', 'finished', 'stopped', 'failed'];

let waiting = null;

/** Requests `what`; `done` decides from the state and the events of the run whether it took effect. */
export async function ask(what, query, words, done) {
  const one = run();
  try {
    await post('/api/runs/' + one.index + '/' + what + query);
  } catch (failure) {
    say('Request failed: ' + words + ': ' + failure.message);
    return;
  }
  say('Requested: ' + words + '. Waiting for the run.');
  waiting = { one, words, done, since: Date.now(), events: one.events.length };
  refresh();
}

function settle() {
  if (!waiting) {
    return;
  }
  const fresh = waiting.one.events.slice(waiting.events);
  const answer = waiting.done(waiting.one, fresh);
  if (answer) {
    say(answer === true ? 'Done: ' + waiting.words + '.' : answer);
    waiting = null;
  } else if (Date.now() - waiting.since > PATIENCE_MILLIS) {
    say('No effect after two minutes: ' + waiting.words + '.');
    waiting = null;
  }
  refresh();
}

const phaseOf = (one) => one.progress?.phase ?? '';

function pause() {
  if (phaseOf(run()) === 'paused') {
    ask('resume', '', 'resume', (one) => phaseOf(one) !== 'paused' && 'The run has resumed.');
  } else {
    ask('pause', '', 'pause', (one) => phaseOf(one) === 'paused' && 'The run is paused.');
  }
}

function checkpoint() {
  ask('checkpoint', '', 'save a checkpoint', (one, events) => {
    const event = events.find(({ text }) => /checkpoint|saved/i.test(text));
    return event ? event.text : false;
  });
}

function stop() {
  byId('stop-dialog').showModal();
}

function stopDialog() {
  const confirm = () =>
    ask('stop', '', 'stop', (one) => ENDING.includes(phaseOf(one)) && 'The run is stopping.');
  return h(
    'dialog',
    { id: 'stop-dialog', 'aria-labelledby': 'stop-title' },
    h('h2', { id: 'stop-title' }, 'Stop the run?'),
    h('p', {}, 'The run finishes the current step, saves a checkpoint and ends. '
      + 'kelpie train --resume continues from there.'),
    h(
      'form',
      { method: 'dialog', className: 'row' },
      h('button', { value: 'no', autofocus: true }, 'Cancel'),
      h('button', { value: 'yes', className: 'danger', onclick: confirm }, 'Stop after this step'),
    ),
  );
}

function refresh() {
  const one = run();
  const group = byId('controls');
  const phase = phaseOf(one);
  group.hidden = !one.control || ['done', 'finished', 'stopped', 'failed'].includes(phase);
  const paused = phase === 'paused';
  const pauseButton = byId('pause');
  pauseButton.textContent = paused ? '▶ Resume' : '❚❚ Pause';
  const busy = waiting !== null && waiting.one === one;
  for (const button of group.querySelectorAll('button')) {
    button.disabled = busy || (phase === 'stopping' && button.id !== 'checkpoint');
  }
  group.setAttribute('aria-busy', busy);
}

export function startControls() {
  byId('controls').append(
    h('button', { id: 'pause', type: 'button', onclick: pause }),
    h('button', { id: 'checkpoint', type: 'button', onclick: checkpoint }, '⤓ Checkpoint'),
    h('button', { id: 'stop', type: 'button', onclick: stop }, '■ Stop'),
  );
  document.body.append(stopDialog());
  on('progress', settle);
  on('events', settle);
  on('actors', settle);
  on('tick', settle);
  on('selected', refresh);
  refresh();
}
