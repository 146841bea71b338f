// The newest points of a chart as a table, kept up to date while it is open.
import { h } from '/app/dom.js';
import { number } from '/app/format.js';

const MOST_ROWS = 100;

export class ValuesTable {
  /**
   * @param opens what a step leads to, samples or pairs; empty: nothing
   * @param picked called with a run's index and a step
   */
  constructor(title, opens, picked) {
    this.opens = opens;
    this.picked = picked;
    this.lines = [];
    this.body = h('div', { className: 'values', tabIndex: 0, role: 'region', 'aria-label': 'Values of ' + title });
    this.element = h('details', { ontoggle: () => this.update(this.lines) }, h('summary', {}, 'Values'), this.body);
  }

  update(lines) {
    this.lines = lines;
    if (!this.element.open) {
      this.body.replaceChildren();
      return;
    }
    const columns = lines.map((line) => new Map(line.points));
    const all = [...new Set(lines.flatMap((line) => line.points.map(([step]) => step)))].sort((a, b) => b - a);
    const steps = all.slice(0, MOST_ROWS);
    const text = steps.map((step) => step + ':' + columns.map((column) => column.get(step))).join();
    if (this.body.dataset.shown === text && this.body.firstChild) {
      return;
    }
    this.body.dataset.shown = text;
    this.body.replaceChildren(
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ['Step', ...lines.map((line) => line.label)].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, steps.map((step) => this.row(step, columns))),
      ),
      all.length > steps.length ? h('p', { className: 'hint' }, 'Newest ' + steps.length + ' of ' + all.length + ' points; zoom in to see others.') : '',
    );
  }

  row(step, columns) {
    const run = this.lines[columns.findIndex((column) => column.has(step))].run;
    const open = () => this.picked(run, step);
    const button = h('button', { type: 'button', className: 'link', title: 'Shows the ' + this.opens + ' of step ' + step, onclick: open }, step);
    return h('tr', {}, h('th', { scope: 'row' }, this.opens ? button : step), columns.map((column) => h('td', { className: 'figure' }, number(column.get(step)))));
  }
}
