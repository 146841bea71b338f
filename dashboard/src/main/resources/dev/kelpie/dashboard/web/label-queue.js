// Answers that are not acknowledged yet. They lie in the browser's storage until the server has them on its disk,
// so that neither a reload nor a server that is away loses one; an answer that is sent twice counts once, by its id.

const PREFIX = 'kelpie-label/';
const REFUSED = 'kelpie-label-refused/';
const FIRST_PAUSE_MILLIS = 500;
const LONGEST_PAUSE_MILLIS = 5000;

let sending = false;
let pause = FIRST_PAUSE_MILLIS;
let timer = 0;
let last = 0;

/** An id that no other answer has. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
}

function keys(prefix) {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort();
}

/** The unsent answers of a run, in the order in which they were given. */
export function waiting(run) {
  return keys(PREFIX + run + '/').map((key) => ({ key, answer: JSON.parse(localStorage.getItem(key)) }));
}

/** The items that a person has answered without the server knowing yet, whatever the run: items name their texts. */
export function unsentItems(person) {
  const all = keys(PREFIX).map((key) => JSON.parse(localStorage.getItem(key)));
  const takenBack = new Set(all.map((one) => one.of).filter((id) => id));
  return all.filter((one) => one.item && one.labeller === person && !takenBack.has(one.id)).map((one) => one.item);
}

/** Answers of a run that the server has refused, with its reason. */
export function refused(run) {
  return keys(REFUSED + run + '/').map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
}

export function forgetRefused(run) {
  keys(REFUSED + run + '/').forEach((key) => localStorage.removeItem(key));
}

/** Keeps an answer; throws when the browser has no room for it. */
export function keep(run, answer) {
  last = Math.max(Date.now(), last + 1); // a clock that is set back must not change the order
  localStorage.setItem(PREFIX + run + '/' + String(last).padStart(16, '0') + '-' + answer.id, JSON.stringify(answer));
}

/**
 * Sends what waits, one after the other, until nothing does.
 *
 * @param run name of the run for the storage, @param path address of the run, @param changed called after each answer and each failure
 */
export async function send(run, path, changed) {
  clearTimeout(timer);
  if (sending) {
    return;
  }
  sending = true;
  try {
    for (let next = waiting(run)[0]; next; next = waiting(run)[0]) {
      const problem = await sendOne(run, path, next);
      if (problem !== null) {
        timer = setTimeout(() => send(run, path, changed), pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        changed(problem);
        return;
      }
      pause = FIRST_PAUSE_MILLIS;
      changed('');
    }
  } finally {
    sending = false;
  }
}

/** Null when the server has it or will never take it, else why it is sent again later. */
async function sendOne(run, path, { key, answer }) {
  let reply;
  try {
    reply = await fetch(path + '/label-answer', { method: 'POST', body: JSON.stringify(answer) });
  } catch (failure) {
    return 'the server does not answer';
  }
  if (reply.status === 401 || reply.status === 403) {
    return 'the server does not know this browser: open the address that kelpie printed, in this browser and with this port';
  }
  if (reply.ok) {
    localStorage.removeItem(key);
    return null;
  }
  const reason = (await reply.text()).trim();
  if (reply.status >= 500 || reply.status === 429) {
    return reason || 'answer ' + reply.status;
  }
  localStorage.setItem(REFUSED + run + '/' + key.slice(PREFIX.length + run.length + 1), JSON.stringify({ answer, reason }));
  localStorage.removeItem(key);
  return null;
}
