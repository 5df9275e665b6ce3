// A kernel slid over a signal, and the row of the banded matrix that does the same: see kernel_slid.py.

import { mount, number, said } from './kit.js';

const T = 12, TAPS = 3;
const KERNELS = {
  slope: [1, 2, 3],
  mean: [1 / 3, 1 / 3, 1 / 3],
  difference: [1, -1, 0],
  echo: [1, 0, 0.5],
  delay: [0, 0, 1],
};
const SIGNALS = {
  bumps: [0, 1, 2, 0, 3, 0, 0, 1, 1, 0, 2, 0],
  pulse: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  step: [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
};
const short = (w) => ({ 0.5: '½', [1 / 3]: '⅓' }[w] ?? said(w));
const listed = (kernel) => KERNELS[kernel].map(short).join(', ');
const KERNELS_SAID = Object.fromEntries(Object.keys(KERNELS).map((name) => [name, `${name}: ${listed(name)}`]));
const SIGNALS_SAID = { bumps: 'bumps', pulse: 'a pulse at step 4', step: 'a step up at step 4' };

export const taps = (kernel, flipped) => (flipped ? KERNELS[kernel] : KERNELS[kernel].slice().reverse());

export function outputs(kernel, signal, flipped) {
  const w = taps(kernel, flipped), x = SIGNALS[signal];
  return x.map((_, t) => w.reduce((sum, weight, j) => sum + (t - j >= 0 ? weight * x[t - j] : 0), 0));
}

export function matrix(kernel, flipped) {
  const w = taps(kernel, flipped);
  return Array.from({ length: T }, (_, t) => Array.from({ length: T }, (_, s) => (t - s >= 0 && t - s < TAPS ? w[t - s] : 0)));
}

const lowered = (n) => [...String(n)].map((c) => '₀₁₂₃₄₅₆₇₈₉'[c]).join('');
const joined = (terms) => terms.join(' + ');

export function describe(t, kernel, signal, flipped) {
  const w = taps(kernel, flipped), x = SIGNALS[signal], y = outputs(kernel, signal, flipped);
  const seen = w.map((weight, j) => [weight, t - j]).filter(([, s]) => s >= 0);
  const letters = joined(seen.map(([weight, s]) => `${short(weight)}·x${lowered(s)}`));
  const numbers = joined(seen.map(([weight, s]) => `${short(weight)}·${short(x[s])}`));
  const kind = flipped ? 'Convolution' : 'Not flipped (correlation)';
  const start = t < TAPS - 1 ? ' What lies before step 0 counts as 0.' : '';
  return `${kind} with the kernel ${listed(kernel)}, at step ${t}: y${lowered(t)} = ${letters} = ${numbers} = ${number(y[t])}.${start} `
    + `All outputs: ${y.map((v) => number(v, 2)).join(', ')}.`;
}

const render = (host) => mount(host, {
  label: 'a kernel slid over a signal, and its banded matrix',
  controls: [
    { name: 't', label: 'step t of the output', min: 0, max: T - 1, wide: true },
    { name: 'kernel', label: 'kernel', kind: 'choice', options: KERNELS_SAID },
    { name: 'signal', label: 'signal', kind: 'choice', options: SIGNALS_SAID },
    { name: 'flipped', label: 'flip the kernel', kind: 'toggle' },
  ],
  describe: ({ t, kernel, signal, flipped }) => describe(t, kernel, signal, flipped),
  picture: ({ t }) => `Twelve inputs as bars above a matrix of 12 rows; row ${t} is marked; outputs as bars beside the rows`,
  paint: (state, width) => paint(state, width),
  css: `
.rf .row { fill: var(--rnn-accent-2, #c2571a); fill-opacity: .18; }
.rf .cells { fill: none; stroke: currentColor; stroke-opacity: .15; }
.rf .entry { font-size: 11px; }
.rf .entry.on { font-weight: 700; }
.rf output { min-height: 6em; }`,
});

function paint({ t, kernel, signal, flipped }, width) {
  const left = 26, beside = 80, head = 74, cell = Math.min(34, (width - left - beside) / T), top = 14;
  const x = SIGNALS[signal], y = outputs(kernel, signal, flipped), M = matrix(kernel, flipped);
  const column = (s) => left + s * cell, row = (r) => top + head + 8 + r * cell;
  const right = column(T), high = Math.max(...x), reach = Math.max(...y.map(Math.abs), 1e-9);
  const zero = right + 10 + (y.some((v) => v < 0) ? 30 : 0), room = right + beside - 8 - zero;
  const rect = (name, px, py, w, h) => `<rect class="${name}" x="${px.toFixed(1)}" y="${py.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}"/>`;
  const text = (px, py, words, name = '', anchor = 'middle') => `<text class="${name}" x="${px.toFixed(1)}" y="${py.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  let marks = text(4, top + head / 2 + 4, 'x', '', 'start') + text(zero, top + head - 2, 'y', '', 'start') + text(4, top + head + 2, 't', '', 'start');
  marks += `<line class="axis" x1="${left}" x2="${right}" y1="${top + head}" y2="${top + head}"/>`;
  marks += rect('row', left, row(t), right - left, cell);
  for (let s = 0; s < T; s++) {
    const tall = (x[s] / high) * (head - 14), seen = M[t][s] !== 0;
    marks += rect(seen ? 'bar-2' : 'bar', column(s) + 3, top + head - tall, cell - 6, tall);
    if (x[s]) marks += text(column(s) + cell / 2, top + head - tall - 3, said(x[s]), 'entry');
    const long = (Math.abs(y[s]) / reach) * (y[s] < 0 ? 26 : Math.min(room, 40));
    marks += rect(s === t ? 'bar-2' : 'bar', y[s] < 0 ? zero - long : zero, row(s) + 2, long, cell - 4);
    marks += text(zero + (y[s] > 0 ? long : 0) + 4, row(s) + cell / 2 + 4, number(y[s], 2), s === t ? 'entry on' : 'entry', 'start');
    marks += text(left - 5, row(s) + cell / 2 + 4, s, s === t ? 'entry on' : 'entry', 'end');
    for (let r = 0; r < T; r++) {
      marks += rect('cells', column(s), row(r), cell, cell);
      if (M[r][s]) marks += text(column(s) + cell / 2, row(r) + cell / 2 + 4, short(M[r][s]), r === t ? 'entry on' : 'entry');
    }
  }
  return { height: row(T) + 8, marks };
}

export default { render };
