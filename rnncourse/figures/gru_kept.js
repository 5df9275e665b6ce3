// What one gated unit keeps while its gates stand still: see gru_kept.py.

import { mount, number, percent, plane } from './kit.js';

const STEPS = 30, LATER = 10, SHOWN = 3;
const KINDS = { z: 'z keeps', '1-z': '1 − z keeps', lstm: 'LSTM' };
const LINES = { z: ['line', 'word'], '1-z': ['line-2', 'word-2'], lstm: ['line-3', ''] };

export const sigma = (a) => 0.5 + 0.5 * Math.tanh(a / 2);

export function factors(kind, gate, inputGate) {
  const z = sigma(gate);
  if (kind === 'lstm') return [z, sigma(inputGate)];
  return kind === 'z' ? [z, 1 - z] : [1 - z, z];
}

export function states(kind, gate, news, inputGate) {
  const [kept, added] = factors(kind, gate, inputGate);
  const found = [1];
  for (let t = 0; t < STEPS; t++) found.push(kept * found[t] + added * news);
  return found;
}

export const halfLife = (kept) => (kept < 1 ? Math.log(0.5) / Math.log(kept) : Infinity);

export function describe({ gate, news, input_gate: inputGate }) {
  const z = sigma(gate);
  const one = (kind) => {
    const [kept] = factors(kind, gate, inputGate);
    return `${percent(kept ** LATER, 2)} of the old state is left after ${LATER} steps, half of it after ${number(halfLife(kept), 2)} steps`;
  };
  const h = (kind) => states(kind, gate, news, inputGate);
  const most = Math.max(...h('lstm').map(Math.abs));
  return `z = ${number(z)}. Where z keeps, ${one('z')}. Where 1 − z keeps, ${one('1-z')}. `
    + `With news ${number(news)} the two end at ${number(h('z')[STEPS])} and ${number(h('1-z')[STEPS])}; `
    + `the LSTM cell with f = z and i = ${number(sigma(inputGate))} ends at ${number(h('lstm')[STEPS])}`
    + `${most > 1 + 1e-9 ? `, and was as far as ${number(most)} from 0: it adds` : ''}.`;
}

const render = (host) => mount(host, {
  label: 'what a gated unit keeps',
  controls: [
    { name: 'gate', label: 'gate (before σ)', min: -6, max: 6, step: 0.1, say: (a) => `z = ${number(sigma(a), 2)}` },
    { name: 'news', label: 'news at each step', min: -1, max: 1, step: 0.1, say: (n) => `n = ${number(n)}` },
    { name: 'input_gate', label: 'LSTM input gate', min: -6, max: 6, step: 0.1, say: (a) => `i = ${number(sigma(a), 2)}` },
  ],
  describe,
  picture: () => `State over ${STEPS} steps in three conventions`,
  paint,
  css: '.rf output { min-height: 6em; }',
});

function paint({ gate, news, input_gate: inputGate }, width) {
  const shown = (v) => Math.max(-SHOWN, Math.min(SHOWN, v));
  const curves = Object.keys(KINDS).map((kind) => [kind, states(kind, gate, news, inputGate).map(shown)]);
  const all = curves.flatMap(([, h]) => h);
  const { x, y, axes, line, dots } = plane({
    width, height: 270, top: 40, left: 36,
    x: { low: 0, high: STEPS, label: 'step', ticks: [0, 5, 10, 15, 20, 25, 30] },
    y: { low: Math.min(-0.2, ...all), high: Math.max(1.1, ...all), ticks: 5 },
  });
  const names = curves.map(([kind], k) => `<text class="${LINES[kind][1]}" x="${36 + (k * (width - 46)) / 3}" y="16">${['━', '╍', '┅'][k]} ${KINDS[kind]}</text>`).join('');
  const drawn = curves.map(([kind, h]) => line(h.map((v, t) => [t, v]), LINES[kind][0])).join('');
  const marks = curves.slice(0, 2).map(([, h], k) => dots([[LATER, h[LATER]]], k ? 'dot-2' : 'dot', 4.5)).join('');
  const goal = `<line class="axis" x1="${x(0)}" x2="${x(STEPS)}" y1="${y(news)}" y2="${y(news)}"/>`;
  return { height: 270, marks: axes + goal + drawn + marks + names };
}

export default { render };
