// One pair: its prompt, both responses side by side from their first difference on, and its numbers.
import { h } from '/app/dom.js';
import { number } from '/app/format.js';
import { tokenButton } from '/app/token-button.js';

const WORD = /^(\p{L}+|\p{N}+|[\s\S])/u;
const POLICY = 'policy';

/** The index from which on two texts differ, never within a character; their length where they are equal. */
export function firstDifference(a, b) {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) {
    at++;
  }
  const half = at > 0 && /[\ud800-\udbff]/.test(a[at - 1]);
  return half && (at < a.length || at < b.length) ? at - 1 : at;
}

/** @param pair as the server answers, @param heading its title */
export function pairView(pair, heading) {
  const texts = [pair.chosen, pair.rejected].map((side) => side.response?.text);
  const known = texts.every((text) => text !== undefined);
  const at = known ? firstDifference(...texts) : 0;
  const equal = known && texts[0] === texts[1];
  const differing = known && !equal ? at : null;
  return [
    h('header', { className: 'row spread' }, heading, h('a', { href: '#samples?step=' + pair.step }, 'Samples of the step')),
    h('p', { className: 'name' }, 'prompt ' + (pair.group + 1) + (pair.promptId ? ', ' + pair.promptId : '')),
    pair.prompt === undefined ? null : h('pre', { className: 'prompt' }, pair.prompt),
    pair.answer === undefined ? null : h('p', { className: 'answer' }, h('span', { className: 'name' }, 'answer '), h('code', {}, pair.answer)),
    verdict(pair),
    numbers('pair-facts', [
      ['label p', number(pair.probability), 'probability that the chosen response is really better'],
      ['weight', number(pair.weight), 'factor of the loss of the pair'],
      ['margin', number(pair.margin), 'what the loss demands of the difference'],
      ['label source', pair.source, 'the rule that gave the label'],
      ['log-ratio difference', number(minus(pair.chosen.logRatio, pair.rejected.logRatio)), 'log-ratio to the reference, chosen minus rejected'],
    ]),
    equal ? h('p', { className: 'hint' }, 'The two texts are equal.') : null,
    h('div', { className: 'responses sides' }, side(pair, 'chosen', differing), side(pair, 'rejected', differing)),
  ];
}

const minus = (a, b) => (a === null || b === null ? null : a - b);

/** The difference of the implicit rewards, in words and numbers. */
function verdict(pair) {
  if (pair.chosen.logRatio === null || pair.rejected.logRatio === null) {
    return h('p', { className: 'verdict' }, 'No implicit reward: the file has no log-ratio to a reference.');
  }
  if (pair.difference === null) {
    const words = pair.wrong ? 'the rejected response: the wrong way round' : 'not the rejected response';
    return h('p', { className: 'verdict' }, 'No implicit reward: the experiment of the run has no beta to multiply the log-ratio with. Its sign prefers ' + words + '.');
  }
  return h(
    'p',
    { className: 'verdict ' + (pair.wrong ? 'down' : pair.difference > 0 ? 'up' : '') },
    h('strong', {}, 'Implicit reward, chosen minus rejected: ' + signed(pair.difference)),
    pair.wrong ? ', the wrong way round: it prefers the rejected response.' : pair.difference > 0 ? ': it prefers the chosen response.' : ': it prefers neither.',
    h('small', {}, ' beta ' + number(pair.beta) + ' times the log-ratio to the reference, at the start of the step'),
  );
}

/** With its sign as a shape and a character. */
export function signed(value) {
  return value === null ? '–' : (value > 0 ? '▲\u00a0+' : value < 0 ? '▼\u00a0−' : '') + number(Math.abs(value));
}

function numbers(className, rows) {
  return h('dl', { className: 'parts ' + className }, rows.map(([name, value, title]) => h('div', { title }, h('dt', {}, name), h('dd', {}, value))));
}

function side(pair, name, differing) {
  const one = pair[name];
  const response = one.response;
  const member = response?.member ?? POLICY;
  const under = response?.memberVariant ? ' under the prompt variant ' + response.memberVariant : '';
  const from = (member === POLICY ? '' : 'member ' + member + under + ', ') + 'sample #' + one.sample;
  const other = one.group !== pair.group ? ' of prompt ' + (one.group + 1) : '';
  const at = { step: pair.step, index: one.group, sample: one.sample, attempt: response?.attempt ?? 0 };
  const element = h('section', { className: 'response side ' + name, 'aria-label': name + ' response' });
  const tokens = response ? tokenButton(at, response.tokens, (open) => element.classList.toggle('open', open)) : null;
  element.append(
    h('p', { className: 'row spread' }, h('strong', {}, name === 'chosen' ? '✓ chosen' : '✕ rejected'), h('span', { className: 'name' }, from + other)),
    numbers('', [
      ['score', number(one.score), 'its reward, or the score of its row'],
      ['implicit reward', number(one.implicit), 'beta times the log-ratio to the reference'],
      ['log-ratio', number(one.logRatio), 'log-probability minus that of the reference, at the start of the step'],
      ['log-probability', number(one.logprob), 'sum over the tokens, under the weights that the step began with'],
      ...(one.target ? [['target', number(one.target), 'what a loss by regression moves it to']] : []),
      ...(one.variant ? [['prompt variant', one.variant, 'variant of the prompt that this side was trained under']] : []),
    ]),
    response ? h('pre', {}, marked(response.text, differing)) : h('p', { className: 'problem' }, 'The samples of the step have no such response.'),
    response ? h('p', { className: 'foot' }, 'finish reason ' + response.finish + ' · ', tokens.button) : '',
    tokens?.place ?? '',
  );
  return element;
}

/** A text with what both have muted and the first word that differs marked. */
function marked(text, at) {
  if (at === null) {
    return text;
  }
  const rest = text.slice(at);
  const word = rest.match(WORD)?.[0] ?? '';
  const shown = word === '' ? '∎' : word.trim() === '' ? word.replace(/ /g, '␣').replace(/\n/g, '⏎\n') : word;
  return [
    h('span', { className: 'same' }, text.slice(0, at)),
    h('mark', { title: word === '' ? 'the text ends here' : 'the texts differ from here on' }, h('span', { className: 'unseen' }, word === '' ? 'ends here: ' : 'differs from here: '), shown),
    rest.slice(word.length),
  ];
}
