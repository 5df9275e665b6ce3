// Where the gradient of a recurrent weight comes from, step by step: see gradient_by_lag.py.

import { mount, number, plane, said, steps } from './kit.js';

const KINDS = {
  steady: () => 0.3,
  pulse: (t) => (t === 1 ? 1 : 0),
  alternating: (t) => (t % 2 ? 1 : -1),
  wandering: (t) => Math.sin(t * t),
};
const SAID = {
  steady: 'steady: 0.3 at every step',
  pulse: 'pulse: 1 at the first step, then 0',
  alternating: 'alternating: 1, −1, 1, …',
  wandering: 'wandering: sin t²',
};
const FLOOR = 1e-12; // shares below it are drawn on the axis

export function terms(w, T, inputs) {
  const h = [0];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + KINDS[inputs](t)));
  const found = new Array(T).fill(0);
  let delta = (h[T] - 1) * (1 - h[T] ** 2);
  for (let t = T; t >= 1; t--) {
    found[t - 1] = delta * h[t - 1];
    delta = w * delta * (1 - h[t - 1] ** 2);
  }
  return found;
}

export function shares(w, T, inputs) {
  const sizes = terms(w, T, inputs).reverse().map(Math.abs);
  const total = sizes.reduce((a, b) => a + b, 0);
  return sizes.map((size) => (total ? size / total : 0));
}

export function describe(w, T, inputs) {
  const slope = terms(w, T, inputs).reduce((a, b) => a + b, 0);
  const share = shares(w, T, inputs);
  if (share.every((s) => s === 0)) return `w = ${said(w)}: the slope dL/dw is 0, since the weight multiplied nothing but zeros.`;
  const top = share.indexOf(Math.max(...share));
  const back = Math.min(10, T - 1);
  const percent = (lag) => `${number(100 * share[lag])} %`;
  const last = top === 0
    ? `Most of it, ${percent(0)}, comes from the last step`
    : `Most of it, ${percent(top)}, comes from ${top} step${top === 1 ? '' : 's'} before the end; the last step gives ${percent(0)}`;
  return `w = ${said(w)}: the slope dL/dw is ${number(slope)}. ${last}, and the step ${back} before it ${percent(back)}.`;
}

const render = (host) => mount(host, {
  label: 'share of the gradient by lag',
  controls: [
    { name: 'w', label: 'recurrent weight w', min: -1.5, max: 2, step: 0.05, say: (w) => said(w) },
    { name: 'T', label: 'steps T', min: 2, max: 40, say: (T) => steps(T) },
    { name: 'inputs', label: 'input', kind: 'choice', options: SAID },
  ],
  describe: ({ w, T, inputs }) => describe(w, T, inputs),
  picture: () => 'Bar chart on a logarithmic axis',
  paint: ({ w, T, inputs }, width) => paint(shares(w, T, inputs), width),
  css: `
.rf rect { transition: y .15s, height .15s; }
@media (prefers-reduced-motion: reduce) { .rf rect { transition: none; } }`,
});

function paint(values, width) {
  const height = 270, biggest = values.indexOf(Math.max(...values));
  const { x, y, axes } = plane({
    width, height,
    x: { low: -0.5, high: values.length - 0.5, label: 'lag: steps before the end', ticks: everyFew(values.length, width) },
    y: { low: FLOOR, high: 1, log: true, ticks: [1, 1e-3, 1e-6, 1e-9, 1e-12], label: 'share' },
  });
  const wide = (x(1) - x(0)) * 0.76;
  const bars = values.map((v, lag) => {
    const top = y(Math.max(v, FLOOR));
    return `<rect class="${lag === biggest && v > 0 ? 'bar-2' : 'bar'}" x="${x(lag) - wide / 2}" width="${wide}" y="${top}" height="${Math.max(0, y(FLOOR) - top)}"/>`;
  });
  return { height, marks: axes + bars.join('') };
}

function everyFew(count, width) {
  const every = Math.ceil(count / Math.max(4, (width - 60) / 45));
  return Array.from({ length: count }, (_, lag) => lag).filter((lag) => lag % every === 0);
}

export default { render };
