// State of the runs, kept up to date by one event stream.

const HISTORY_MILLIS = 8000;
const EVENTS_KEPT = 2000;
const HIDDEN_MILLIS = 60000;
const AGAIN_MILLIS = 3000;

const listeners = new Map();
let source = null;
let clockSkew = 0;
let lastEventId = '';

export const state = { runs: [], selected: 0, connection: 'connecting' };

export const run = () => state.runs[state.selected];

export const isLost = (actor) => actor.activity === 'lost';

/** Name without the node, which is shown beside it; with the node where two workers share the name. */
export function shownName(actor) {
  const plain = (one) => one.name.replace('@' + one.node, '');
  const twin = (one) =>
    one.name !== actor.name && one.role === actor.role && plain(one) === plain(actor)
    && (isLost(actor) || !isLost(one));
  const unique = actor.role === 'lifeline' || ![...run().actors.values()].some(twin);
  return unique ? plain(actor) : actor.name;
}

/** Topics: actors, steps, events, progress, waiting, ledger, notes, connection, refused, selected, tick. */
export function on(topic, listener) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) {
    listener(detail);
  }
}

/** The server's clock in milliseconds; for a recorded run the time of its last activity. */
export function now() {
  const one = run();
  if (!one || one.control) {
    return Date.now() + clockSkew;
  }
  const moments = [...one.actors.values()].map((actor) => actor.since);
  const last = Math.max(0, ...moments, one.events[one.events.length - 1]?.time ?? 0);
  return last || Date.now() + clockSkew;
}

export async function get(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } });
  if (!answer.ok) {
    throw new Error((await answer.text()).trim() || 'answer ' + answer.status);
  }
  return answer.json();
}

export async function post(path) {
  const answer = await fetch(path, { method: 'POST' });
  if (!answer.ok) {
    throw new Error((await answer.text()).trim() || 'answer ' + answer.status);
  }
  return answer.json();
}

export async function start() {
  const overview = await get('/api/runs');
  state.runs = overview.map((one, index) => ({
    index,
    name: one.name,
    control: one.control,
    rewardModel: one.rewardModel,
    metrics: new Set(one.metrics),
    progress: null,
    waiting: null,
    actors: new Map(),
    links: new Map(),
    ledger: {},
    notes: [],
    events: [],
    series: new Map(),
    detail: null,
    stale: true,
  }));
  connect();
  document.addEventListener('visibilitychange', followVisibility);
  setInterval(tick, 1000);
}

export function select(index) {
  state.selected = index;
  emit('selected');
}

function connect() {
  const from = lastEventId ? '?cursor=' + encodeURIComponent(lastEventId) : '';
  source = new EventSource('/api/stream' + from);
  source.onopen = () => setConnection('live');
  source.onmessage = (message) => {
    lastEventId = message.lastEventId || lastEventId;
    setConnection('live');
    take(JSON.parse(message.data));
  };
  // the run may be resumed in another process under the same address
  source.addEventListener('end', () => {
    source.close();
    setConnection('ended');
    again();
  });
  source.onerror = () => {
    if (state.connection !== 'ended') {
      setConnection('reconnecting');
    }
    if (source.readyState === EventSource.CLOSED) {
      again();
    }
  };
}

/** Reconnects, unless the token is no longer accepted: then it shows the answer, which says what to do. */
function again() {
  setTimeout(async () => {
    if (source === null) {
      return;
    }
    try {
      const answer = await fetch('/api/runs');
      if (answer.status === 401) {
        emit('refused', (await answer.text()).trim());
        return;
      }
      connect();
    } catch (failure) {
      again();
    }
  }, AGAIN_MILLIS);
}

/** Closes the stream of a hidden tab after a while, so that it costs the run nothing. */
let hiddenTimer = 0;
function followVisibility() {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      source.close();
      source = null;
      setConnection('suspended');
    }, HIDDEN_MILLIS);
  } else if (source === null) {
    connect();
  }
}

function setConnection(connection) {
  if (state.connection !== connection) {
    state.connection = connection;
    emit('connection');
  }
}

function take(message) {
  clockSkew = message.now - Date.now();
  const topics = new Set();
  for (const news of message.runs) {
    const one = state.runs[news.run];
    if (!one) {
      continue;
    }
    takeActors(one, news, topics);
    for (const topic of ['progress', 'ledger', 'notes', 'waiting']) {
      if (news[topic]) {
        one[topic] = news[topic];
        topics.add(topic);
      }
    }
    if (news.refetch) {
      one.stale = true;
      topics.add('steps');
    }
    for (const step of news.steps ?? []) {
      addStep(one, step);
      topics.add('steps');
    }
    if (news.events) {
      addEvents(one, news.events);
      topics.add('events');
    }
  }
  topics.forEach((topic) => emit(topic));
}

function takeActors(one, news, topics) {
  for (const actor of news.actors ?? []) {
    const known = one.actors.get(actor.name);
    actor.history = known?.history ?? [];
    one.actors.set(actor.name, actor);
    topics.add('actors');
  }
  for (const name of news.gone ?? []) {
    one.actors.delete(name);
    topics.add('actors');
  }
  for (const link of news.links ?? []) {
    const key = link.from + '\n' + link.to;
    link.history = one.links.get(key)?.history ?? [];
    one.links.set(key, link);
    topics.add('actors');
  }
}

function addStep(one, step) {
  for (const [name, value] of Object.entries(step.values)) {
    one.metrics.add(name);
    if (value === null) {
      continue;
    }
    let series = one.series.get(name);
    if (!series) {
      series = { s: [], v: [] };
      one.series.set(name, series);
    }
    put(series, step.step, value);
  }
}

function put(series, step, value) {
  let at = series.s.length;
  while (at > 0 && series.s[at - 1] > step) {
    at--;
  }
  if (at > 0 && series.s[at - 1] === step) {
    series.v[at - 1] = value;
  } else {
    series.s.splice(at, 0, step);
    series.v.splice(at, 0, value);
  }
}

function addEvents(one, events) {
  const key = (event) => event.time + event.source + event.text;
  const known = new Set(one.events.slice(-events.length - 50).map(key));
  one.events.push(...events.filter((event) => !known.has(key(event))));
  one.events.splice(0, one.events.length - EVENTS_KEPT);
}

/** Records the counts of the last seconds, from which rates are computed. */
function tick() {
  if (document.hidden) {
    return;
  }
  const time = performance.now();
  for (const one of state.runs) {
    for (const actor of one.actors.values()) {
      remember(actor.history, time, [actor.numbers.messages ?? 0]);
    }
    for (const link of one.links.values()) {
      remember(link.history, time, [link.messages, link.bytes]);
    }
  }
  emit('tick');
}

function remember(history, time, counts) {
  history.push({ time, counts });
  while (history.length > 2 && time - history[0].time > HISTORY_MILLIS) {
    history.shift();
  }
}

/** Growth of a count per second, over the last seconds. */
export function rateOf(counted, which = 0) {
  const history = counted.history;
  if (history.length < 2) {
    return 0;
  }
  const first = history[0];
  const last = history[history.length - 1];
  const grown = last.counts[which] - first.counts[which];
  return Math.max(0, (grown * 1000) / (last.time - first.time));
}
