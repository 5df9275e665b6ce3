// A reservoir that nobody trained, driven by a signal which the reader draws: see reservoir.py, whose numbers come in the state.

import { mount, number, percent, plane, said, steps } from './kit.js';

const STEPS = 60, LAGS = 16, SHOWN = 6, FLOOR = 1e-12;
const STARTS = [0, 0.9];
const PRESETS = {
  spike: (t) => (t === 6 ? 1 : 0),
  steps: (t) => (Math.floor(t / 12) % 2 ? 0.8 : -0.8),
  slow: (t) => 0.8 * Math.sin((2 * Math.PI * t) / 40),
  fast: (t) => 0.8 * Math.sin((2 * Math.PI * t) / 5),
  wandering: (t) => Math.sin(t * t),
  silence: () => 0,
};
const SAID = {
  spike: 'one spike', steps: 'up and down', slow: 'slow wave, 40 steps', fast: 'fast wave, 5 steps',
  wandering: 'wandering: sin t²', silence: 'silence', yours: 'yours: draw it',
};

export const preset = (name) => Array.from({ length: STEPS }, (_, t) => Number(PRESETS[name](t).toFixed(3)) + 0);

export function states(network, radius, signal, start = 0) {
  const { W_ih, W_hh, b } = network, rho = Number(radius);
  let h = W_ih.map(() => start);
  return signal.map((x) => {
    h = b.map((bias, i) => {
      let a = bias + W_ih[i] * x;
      for (let j = 0; j < h.length; j++) a += rho * W_hh[i][j] * h[j];
      return Math.tanh(a);
    });
    return h;
  });
}

export function echoes(network, radius, signal, start = 0) {
  const { W_ho, b_o } = network.readouts[radius];
  return states(network, radius, signal, start).map((h) => W_ho.map((v, k) => v.reduce((sum, w, i) => sum + w * h[i], b_o[k])));
}

export function shares(network, radius, signal) {
  const o = echoes(network, radius, signal);
  return Array.from({ length: LAGS }, (_, k) => {
    const told = o.slice(k).map((row) => row[k]), true_ = signal.slice(0, signal.length - k);
    const centred = (v) => { const m = v.reduce((p, q) => p + q, 0) / v.length; return v.map((e) => e - m); };
    const p = centred(told), q = centred(true_);
    const dot = (u, v) => u.reduce((sum, e, i) => sum + e * v[i], 0);
    const scale = dot(p, p) * dot(q, q);
    return scale > 1e-20 ? dot(p, q) ** 2 / scale : 0;
  });
}

export function gaps(network, radius, signal) {
  const [one, other] = STARTS.map((start) => states(network, radius, signal, start));
  const first = Math.sqrt(network.b.length) * Math.abs(STARTS[1] - STARTS[0]);
  return [first, ...one.map((h, t) => Math.sqrt(h.reduce((sum, v, i) => sum + (v - other[t][i]) ** 2, 0)))];
}

export function describe({ network, radius, signal, lag, view }) {
  const begin = `Spectral radius ${radius}. `;
  if (view === 'gap') {
    const d = gaps(network, radius, signal), end = d[d.length - 1];
    return `${begin}Two runs that begin ${number(d[0])} apart are ${number(end, 2)} apart after ${steps(STEPS)}: ${end < d[0] / 100 ? 'the start is forgotten' : 'the start is not forgotten'}.`;
  }
  if (signal.every((x) => x === signal[0])) return `${begin}The signal does not move: there is nothing to echo. Look at the gap of two runs instead.`;
  const share = shares(network, radius, signal);
  const failed = share.findIndex((s) => s < 0.5), reach = failed < 0 ? LAGS - 1 : failed - 1;
  const far = reach < 0 ? 'It does not even explain half of the present input.' : `More than half is explained up to ${reach === LAGS - 1 ? 'the largest lag here, ' : ''}${steps(reach)} back.`;
  return `${begin}The read-out of ${steps(lag)} ago explains ${percent(share[lag], 2)} of the signal. ${far}`;
}

const render = (host) => mount(host, {
  label: 'a reservoir driven by a signal you draw',
  controls: [
    { name: 'preset', label: 'signal', kind: 'choice', options: SAID },
    { name: 'radius', label: 'spectral radius ρ', kind: 'choice', options: { 0.3: '0.3', 0.9: '0.9', 1.5: '1.5' } },
    { name: 'view', label: 'below, show', kind: 'choice', options: { echo: 'the read-out', units: 'six of the units', gap: 'the gap of two runs' } },
    { name: 'lag', label: 'steps back, k', min: 0, max: LAGS - 1 },
    { name: 'at', label: 'to draw by keys: step', min: 1, max: STEPS },
    { name: 'level', label: 'its value', min: -1, max: 1, step: 0.05 },
  ],
  others: ['signal', 'network'],
  describe,
  picture: ({ view }) => `The signal over ${STEPS} steps, and below it ${{ echo: 'what the read-out says, with the signal of k steps ago', units: 'the states of six units', gap: 'the distance between two runs, logarithmic' }[view]}`,
  paint,
  ready,
  css: `
.rf .pad { fill: currentColor; fill-opacity: .04; }
.rf .hand { fill: transparent; touch-action: none; cursor: crosshair; }
.rf .unit { fill: none; stroke: var(--rnn-accent, #2563a8); stroke-width: 1.5; stroke-opacity: .75; }
.rf .other { fill: none; stroke: var(--rnn-accent-2, #c2571a); stroke-width: 1.5; stroke-dasharray: 3 3; }`,
});

const PAD = { height: 120, left: 40, right: 10, top: 20, bottom: 8 };
const padPlane = (width) => plane({ width, ...PAD, x: { low: 0.5, high: STEPS + 0.5, ticks: [] }, y: { low: -1, high: 1, ticks: [-1, 0, 1], label: 'input: draw here' } });

function ready({ root, svg, set, get }) {
  const put = (changes) => { // steps and their new values, from first to last
    const signal = [...get().signal];
    for (const [t, value] of changes) signal[t - 1] = value;
    const [at, level] = changes[changes.length - 1];
    set({ signal, at, level, preset: 'yours' });
  };
  const controls = Object.fromEntries([...root.querySelectorAll('select, input')].map((c) => [c.name, c]));
  controls.level.addEventListener('input', () => put([[get().at, Number(controls.level.value)]]));
  controls.at.addEventListener('input', () => set({ level: get().signal[get().at - 1] }));
  controls.preset.addEventListener('change', () => {
    const { preset: name, at } = get();
    if (name !== 'yours') set({ signal: preset(name), level: preset(name)[at - 1] });
  });
  let last = null;
  const point = (event) => {
    const box = svg.getBoundingClientRect(), scale = (root.clientWidth || 640) / box.width;
    const px = (event.clientX - box.left) * scale, py = (event.clientY - box.top) * scale;
    const { x, y } = padPlane(root.clientWidth || 640);
    const t = 1 + (px - x(1)) / (x(2) - x(1));
    const value = (py - y(0)) / (y(1) - y(0));
    return { t: Math.max(1, Math.min(STEPS, Math.round(t))), value: Math.round(20 * Math.max(-1, Math.min(1, value))) / 20 + 0, inside: py < PAD.height };
  };
  const down = (event) => {
    const p = point(event);
    if (!p.inside) return;
    svg.setPointerCapture(event.pointerId);
    last = p;
    put([[p.t, p.value]]);
  };
  const move = (event) => {
    if (!last) return;
    const p = point(event), n = Math.abs(p.t - last.t), changes = [];
    for (let i = 1; i <= n; i++) changes.push([last.t + (i * (p.t - last.t)) / n, last.value + ((p.value - last.value) * i) / n]);
    put(changes.length ? changes : [[p.t, p.value]]);
    last = p;
  };
  const up = () => { last = null; };
  const events = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up };
  for (const [name, action] of Object.entries(events)) svg.addEventListener(name, action);
  return () => { for (const [name, action] of Object.entries(events)) svg.removeEventListener(name, action); };
}

function paint({ network, radius, signal, lag, view, at }, width) {
  const pad = padPlane(width);
  let marks = `<rect class="pad" x="${PAD.left}" y="${PAD.top}" width="${width - PAD.left - PAD.right}" height="${PAD.height - PAD.top - PAD.bottom}"/>${pad.axes}`;
  const step = pad.x(2) - pad.x(1);
  signal.forEach((v, i) => {
    const y0 = pad.y(0), y1 = pad.y(v);
    marks += `<rect class="${i + 1 === at ? 'bar-2' : 'bar'}" x="${(pad.x(i + 1) - 0.35 * step).toFixed(1)}" width="${(0.7 * step).toFixed(1)}" y="${Math.min(y0, y1).toFixed(1)}" height="${Math.max(1, Math.abs(y1 - y0)).toFixed(1)}"/>`;
  });
  const height = 220, base = { width, height, left: PAD.left, right: PAD.right, top: 30, x: { low: 0.5, high: STEPS + 0.5, ticks: [1, 10, 20, 30, 40, 50, 60], label: 'step' } };
  const track = (values, first = 1) => values.map((v, i) => [i + first, v]);
  let below;
  if (view === 'gap') {
    const d = gaps(network, radius, signal).map((v) => Math.max(v, FLOOR));
    const p = plane({ ...base, x: { ...base.x, low: 0 }, y: { low: FLOOR, high: 10, log: true, ticks: 5, label: 'gap between two runs' } });
    below = p.axes + p.line(track(d, 0));
  } else if (view === 'units') {
    const p = plane({ ...base, y: { low: -1, high: 1, ticks: [-1, 0, 1], label: 'six units; dashed: from another start' } });
    const [h, other] = STARTS.map((start) => states(network, radius, signal, start));
    below = p.axes;
    for (let i = 0; i < SHOWN; i++) below += p.line(track(other.map((row) => row[i])), 'other') + p.line(track(h.map((row) => row[i])), 'unit');
  } else {
    const o = echoes(network, radius, signal).map((row) => row[lag]);
    const most = Math.max(1, ...o.map(Math.abs)), top = Math.min(most, 2.5);
    const clipped = (v) => Math.max(-top, Math.min(top, v));
    const p = plane({ ...base, y: { low: -top, high: top, ticks: [-2, -1, 0, 1, 2].filter((v) => Math.abs(v) <= top), label: `read-out; dashed: the input ${steps(lag)} ago` } });
    below = p.axes + p.line(track(signal.slice(0, STEPS - lag), lag + 1), 'line-2') + p.line(track(o.map(clipped)));
  }
  return { height: PAD.height + height, marks: `${marks}<rect class="hand" x="${PAD.left}" y="${PAD.top}" width="${width - PAD.left - PAD.right}" height="${PAD.height - PAD.top - PAD.bottom}"/><g transform="translate(0 ${PAD.height})">${below}</g>` };
}

export default { render };
