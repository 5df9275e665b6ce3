// How much of a loss's slope is left k steps back: see gradient_reach.py, which exports the weights.

import { mount, number, plane, said } from './kit.js';

const SAID = { tanh: 'tanh', relu: 'ReLU', lstm: 'LSTM' };
const LOW = 1e-12, HIGH = 1e6;

const sigmoid = (a) => 0.5 + 0.5 * Math.tanh(a / 2);
const dot = (row, v) => row.reduce((sum, w, j) => sum + w * v[j], 0);
const length = (...vectors) => Math.sqrt(vectors.flat().reduce((sum, v) => sum + v * v, 0));
// W transposed, times v: what goes back through W
const back = (W, v, H) => Array.from({ length: H }, (_, j) => W.reduce((sum, row, i) => sum + row[j] * v[i], 0));

// Norms of the slope by the state, by lag, for h[t] = f(W h[t-1] + u x[t]); f is tanh or ReLU.
function simple(W, u, x, relu) {
  const H = W.length, hs = [];
  let h = new Array(H).fill(0);
  for (const x_t of x) {
    h = W.map((row, i) => {
      const a = dot(row, h) + u[i] * x_t;
      return relu ? Math.max(a, 0) : Math.tanh(a);
    });
    hs.push(h);
  }
  let d = new Array(H).fill(1 / Math.sqrt(H));
  const found = [length(d)];
  for (const after of hs.reverse()) {
    d = back(W, d.map((v, i) => v * (relu ? Number(after[i] > 0) : 1 - after[i] ** 2)), H);
    found.push(length(d));
  }
  return found;
}

// The same for an LSTM, whose state is h and c; gates in the order i, f, g, o.
function gated(W, u, x, bias) {
  const H = W.length / 4, caches = [];
  let h = new Array(H).fill(0), c = new Array(H).fill(0);
  for (const x_t of x) {
    const a = W.map((row, r) => dot(row, h) + u[r] * x_t + (r >= H && r < 2 * H ? bias : 0));
    const i = a.slice(0, H).map(sigmoid), f = a.slice(H, 2 * H).map(sigmoid);
    const g = a.slice(2 * H, 3 * H).map(Math.tanh), o = a.slice(3 * H).map(sigmoid);
    const before = c;
    c = c.map((v, j) => f[j] * v + i[j] * g[j]);
    const shown = c.map(Math.tanh);
    h = shown.map((v, j) => o[j] * v);
    caches.push({ before, i, f, g, o, shown });
  }
  let d_h = new Array(H).fill(1 / Math.sqrt(H)), d_c = new Array(H).fill(0);
  const found = [length(d_h, d_c)];
  for (const { before, i, f, g, o, shown } of caches.reverse()) {
    d_c = d_c.map((v, j) => v + o[j] * (1 - shown[j] ** 2) * d_h[j]);
    const d_a = [
      ...d_c.map((v, j) => v * g[j] * i[j] * (1 - i[j])),
      ...d_c.map((v, j) => v * before[j] * f[j] * (1 - f[j])),
      ...d_c.map((v, j) => v * i[j] * (1 - g[j] ** 2)),
      ...d_h.map((v, j) => v * shown[j] * o[j] * (1 - o[j])),
    ];
    d_h = back(W, d_a, H);
    d_c = d_c.map((v, j) => v * f[j]);
    found.push(length(d_h, d_c));
  }
  return found;
}

export function norms(cell, radius, drive, gate_bias, weights) {
  const gates = cell === 'lstm';
  const W = (gates ? weights.lstm_hh : weights.W_hh).map((row) => row.map((w) => radius * w));
  const u = (gates ? weights.lstm_ih : weights.W_ih).map((w) => drive * w);
  return gates ? gated(W, u, weights.x, gate_bias) : simple(W, u, weights.x, cell === 'relu');
}

export function describe(cell, radius, drive, gate_bias, weights) {
  const left = norms(cell, radius, drive, gate_bias, weights), T = left.length - 1;
  const gates = cell === 'lstm';
  const set = `${SAID[cell]} units, radius ${said(radius)}, input × ${said(drive)}${gates ? `, forget bias ${said(gate_bias)}` : ''}`;
  const ten = Math.min(10, T);
  const rate = (left[T] / left[ten]) ** (1 / (T - ten));
  const fate = left[T] === 0 ? 'nothing is left: every way back is shut'
    : `a factor of ${number(rate)} a step from there: it ${rate > 1.005 ? 'explodes' : rate < 0.995 ? 'vanishes' : 'stays'}`;
  const alone = gates ? `The gate's bias alone would give ${number(sigmoid(gate_bias))} a step.` : `The radius alone would give ${said(radius)} a step, and no step can stretch by more than ${number(radius * weights.sigma)}.`;
  return `${set}. Of the slope at the end, ${number(left[ten])} is left ${ten} steps back and ${number(left[T])} at ${T} steps; ${fate}. ${alone}`;
}

const of = ({ cell, radius, drive, gate_bias, weights }) => [cell, radius, drive, gate_bias, weights];

const render = (host) => mount(host, {
  label: 'how much of the slope is left, by lag',
  controls: [
    { name: 'cell', label: 'units', kind: 'choice', options: SAID },
    { name: 'radius', label: 'spectral radius ρ', min: 0, max: 2, step: 0.05 },
    { name: 'drive', label: 'input, times', min: 0, max: 2, step: 0.05 },
    { name: 'gate_bias', label: 'forget bias (LSTM)', min: -2, max: 6, step: 0.25, say: (v, { cell }) => (cell === 'lstm' ? said(v) : 'no gate') },
  ],
  others: ['weights'],
  describe: (state) => describe(...of(state)),
  picture: () => 'Slope left over the lag, on a logarithmic axis',
  paint: (state, width) => paint(state, norms(...of(state)), width),
  css: '.rf output { min-height: 6em; }',
});

function paint({ cell, radius, gate_bias, weights }, left, width) {
  const height = 300, T = left.length - 1;
  const held = (v) => Math.max(LOW, Math.min(HIGH, v));
  const { axes, line, dots, x, y } = plane({
    width, height, left: 48, right: 12, top: 24,
    x: { low: 0, high: T, label: 'lag k: steps before the end' },
    y: { low: LOW, high: HIGH, log: true, ticks: [1e6, 1e3, 1, 1e-3, 1e-6, 1e-9, 1e-12], label: 'slope left, 1 at the end' },
  });
  const power = (base) => left.map((_, k) => [k, base ** k]).filter(([, v]) => v >= LOW && v <= HIGH);
  const lines = cell === 'lstm'
    ? [[sigmoid(gate_bias), 'line-2', 'word-2', 'σ(b)ᵏ']]
    : [[radius, 'line-2', 'word-2', 'ρᵏ'], [radius * weights.sigma, 'line-3', '', 'bound σ₁ᵏ']];
  let marks = axes + `<line class="axis" x1="${x(0)}" x2="${x(T)}" y1="${y(1)}" y2="${y(1)}"/>`;
  for (const [base, name, word, text] of lines) {
    const shown = power(base), [k, v] = shown[shown.length - 1];
    const beside = x(k) + 90 < width; // room for the word at the line's end
    marks += line(shown, name) + `<text class="${word}" x="${beside ? x(k) + 6 : width - 14}" y="${y(v) + (beside ? 4 : base < 1 ? 16 : -6)}" text-anchor="${beside ? 'start' : 'end'}">${text}</text>`;
  }
  const points = left.map((v, k) => [k, held(v)]);
  return { height, marks: marks + line(points) + dots(points, 'dot', 2.4) };
}

export default { render };
