// Starts the page: header, tabs and views.
import { byId, h, say, setText } from '/app/dom.js';
import { on, run, select, start, state } from '/app/state.js';
import { startTheme } from '/app/theme.js';
import { actorsView } from '/app/actors.js';
import { curvesView } from '/app/curves.js';
import { samplesView } from '/app/samples.js';
import { pairsView } from '/app/pairs.js';
import { labelView } from '/app/label.js';
import { runView } from '/app/run.js';
import { doctorView } from '/app/doctor.js';
import { rewardModelView } from '/app/reward-model.js';
import { startControls } from '/app/controls.js';
import { startStuckBadge } from '/app/stuck.js';

const TABS = ['reward-model', 'actors', 'curves', 'samples', 'pairs', 'label', 'run', 'doctor'];
/** Views that the training of a reward model has nothing for. */
const OF_RUNS = ['actors', 'samples', 'label', 'run', 'doctor'];
const ENDED = ['done', 'finished', 'stopped', 'failed'];
const views = {};

/** Opens a view. The address names it, so that a reload or a link opens the same one. */
function openTab(name, focus = false) {
  for (const tab of TABS) {
    const chosen = tab === name;
    const button = byId('tab-' + tab);
    button.setAttribute('aria-selected', chosen);
    button.tabIndex = chosen ? 0 : -1;
    byId('view-' + tab).hidden = !chosen;
    if (chosen && focus) {
      button.focus();
    }
    views[tab]?.show?.(chosen);
  }
}

function fromAddress() {
  const [name, query] = location.hash.slice(1).split('?');
  const tab = TABS.includes(name) ? name : state.runs.every((one) => one.rewardModel) ? 'reward-model' : 'actors';
  if (tab === 'pairs') {
    byId('tab-pairs').hidden = false;
  }
  const parameters = new URLSearchParams(query ?? '');
  views[tab]?.ask?.(parameters);
  openTab(tab);
}

function startTabs() {
  TABS.forEach((tab, index) => {
    const button = byId('tab-' + tab);
    button.addEventListener('click', () => (location.hash = tab));
    button.addEventListener('keydown', (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (move) {
        let to = index;
        do {
          to = (to + move + TABS.length) % TABS.length;
        } while (byId('tab-' + TABS[to]).hidden);
        const next = TABS[to];
        location.hash = next;
        openTab(next, true);
        event.preventDefault();
      }
    });
  });
  addEventListener('hashchange', fromAddress);
}

function showStatus() {
  const one = run();
  setText(byId('run-name'), one.name);
  document.title = one.name + ' – Kelpie';
  if (!one.progress) {
    return;
  }
  const { phase, step, steps } = one.progress;
  const pill = byId('phase');
  setText(pill, phase);
  pill.dataset.phase = phase;
  byId('progress').max = Math.max(1, steps);
  byId('progress').value = step;
  setText(byId('steps'), 'step ' + step + (steps ? ' of ' + steps : ''));
}

/** Only a run with a loss over pairs has the view of them. */
function offerPairs() {
  if (state.runs.some((one) => one.metrics.has('preference/pairs'))) {
    byId('tab-pairs').hidden = false;
  }
}

/** The training of a reward model has a view of its own, and none of samples and actors. */
function offerRewardModel() {
  state.runs.forEach((one) => (one.rewardModel ||= one.metrics.has('reward_model/loss') && !one.metrics.has('reward/mean')));
  byId('tab-reward-model').hidden = !state.runs.some((one) => one.rewardModel);
  OF_RUNS.forEach((tab) => (byId('tab-' + tab).hidden = state.runs.every((one) => one.rewardModel)));
}

function showConnection() {
  const ended = state.runs.every((one) => one.progress && ENDED.includes(one.progress.phase));
  const files = state.runs.every((one) => !one.control);
  const words = {
    live: ended ? '○ recorded' : files ? '○ read from files' : '● live',
    connecting: '… connecting',
    reconnecting: '◌ reconnecting',
    suspended: '◌ suspended',
    ended: '○ process ended',
  };
  const element = byId('connection');
  setText(element, words[state.connection]);
  element.dataset.connection = state.connection;
}

function startRunChoice() {
  const choice = byId('run-select');
  state.runs.forEach((one) => choice.append(h('option', { value: one.index }, one.name)));
  byId('run-choice').hidden = state.runs.length < 2;
  byId('run-name').hidden = state.runs.length > 1;
  choice.addEventListener('change', () => select(Number(choice.value)));
}

async function main() {
  startTheme();
  startTabs();
  try {
    await start();
  } catch (failure) {
    say('The page cannot be loaded: ' + failure.message);
    return;
  }
  startRunChoice();
  startControls();
  startStuckBadge();
  views.actors = actorsView(byId('view-actors'));
  views.curves = curvesView(byId('view-curves'));
  views.samples = samplesView(byId('view-samples'));
  views.pairs = pairsView(byId('view-pairs'));
  views.label = labelView(byId('view-label'));
  views.run = runView(byId('view-run'));
  views['reward-model'] = rewardModelView(byId('view-reward-model'));
  views.doctor = doctorView(byId('view-doctor'), byId('doctor-count'));
  on('progress', () => {
    showStatus();
    showConnection();
  });
  on('selected', showStatus);
  on('steps', offerPairs);
  on('steps', offerRewardModel);
  offerPairs();
  offerRewardModel();
  on('connection', showConnection);
  on('refused', say);
  showStatus();
  showConnection();
  fromAddress();
}

main();
