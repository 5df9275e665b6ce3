// One unit unfolded over four steps, gone through forward and backward, number by number: see stepping.py.

import { mount, said } from './kit.js';

const T = 4;
const INPUTS = { first: [1, 0, 0, 0], last: [0, 0, 0, 1], steady: [0.3, 0.3, 0.3, 0.3], alternating: [1, -1, 1, -1] };
const SAID = { first: '1, 0, 0, 0', last: '0, 0, 0, 1', steady: '0.3 at every step', alternating: '1, −1, 1, −1' };

export function numbers(w, inputs) {
  const x = INPUTS[inputs], h = [0];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + x[t - 1]));
  const slope = new Array(T), delta = new Array(T), share = new Array(T);
  for (let t = T; t >= 1; t--) {
    slope[t - 1] = t === T ? h[T] - 1 : w * delta[t];
    delta[t - 1] = slope[t - 1] * (1 - h[t] ** 2);
    share[t - 1] = delta[t - 1] * h[t - 1];
  }
  return { h, slope, delta, share };
}

const four = (x) => said((Math.abs(x) < 5e-5 ? 0 : x).toFixed(4));
const sum = (values) => values.reduce((a, b) => a + b, 0);

// What is done at position `at`: 0 nothing yet, 1 to T forward, T + 1 the loss, T + 2 to 2T + 1 backward.
export function describe(at, w, inputs) {
  const { h, slope, delta, share } = numbers(w, inputs), x = INPUTS[inputs];
  if (at === 0) return `Nothing is computed yet; h(0) = 0. Go on: ${T} steps forward, the loss, ${T} steps back.`;
  if (at <= T) {
    const t = at;
    return `Forward, step ${t}: h(${t}) = tanh(w · h(${t - 1}) + x(${t})) = tanh(${said(w)} · ${four(h[t - 1])} + ${said(x[t - 1])}) = ${four(h[t])}.`;
  }
  if (at === T + 1) {
    return `The loss looks at the end alone: L = ½ (h(${T}) − 1)² = ${four((h[T] - 1) ** 2 / 2)}. Its slope by h(${T}) is h(${T}) − 1 = ${four(slope[T - 1])}.`;
  }
  const t = 2 * T + 2 - at;
  const how = t === T ? `${four(slope[t - 1])}` : `w · δ(${t + 1}) = ${four(slope[t - 1])}`;
  const soFar = sum(share.slice(t - 1));
  return `Backward, step ${t}: the slope by h(${t}) is ${how}; through the tanh, δ(${t}) = ${four(slope[t - 1])} · ${four(1 - h[t] ** 2)} = ${four(delta[t - 1])}. `
    + `The weight multiplied h(${t - 1}) = ${four(h[t - 1])} here: its share is ${four(share[t - 1])}, `
    + (t > 1 ? `the sum so far ${four(soFar)}.` : `and dL/dw = ${four(soFar)}. This is complete.`);
}

const render = (host) => mount(host, {
  label: 'an unfolded unit, forward and backward with its numbers',
  controls: [
    { name: 'at', label: 'go through it', min: 0, max: 2 * T + 1, wide: true, say: (at) => (at === 0 ? 'start' : at <= T ? `forward, step ${at}` : at === T + 1 ? 'the loss' : `backward, step ${2 * T + 2 - at}`) },
    { name: 'w', label: 'recurrent weight w', min: -1.5, max: 2, step: 0.1 },
    { name: 'inputs', label: 'inputs', kind: 'choice', options: SAID },
  ],
  describe: ({ at, w, inputs }) => describe(at, w, inputs),
  picture: () => `A unit unfolded over ${T} steps, its numbers filled in up to here`,
  paint: ({ at, w, inputs }, width) => paint(at, w, inputs, width),
  css: `
.rf output { min-height: 5.5em; }
.rf circle { fill: var(--rnn-raised, var(--jp-layout-color0, #fff)); stroke: currentColor; stroke-width: 1.2; }
.rf circle.on { stroke: var(--rnn-accent, #2563a8); stroke-width: 2.5; }
.rf circle.on-back { stroke: var(--rnn-accent-2, #c2571a); stroke-width: 2.5; }
.rf .arrow { stroke: currentColor; stroke-opacity: .45; stroke-width: 1.2; fill: none; }
.rf .arrow.on { stroke: var(--rnn-accent, #2563a8); stroke-opacity: 1; stroke-width: 2.4; }
.rf .arrow.back { stroke: var(--rnn-accent-2, #c2571a); stroke-opacity: 1; stroke-width: 2; stroke-dasharray: 5 3; }
.rf text { text-anchor: middle; }
.rf text.name { font-style: italic; font-size: 13px; }
.rf text.num { font-size: 11.5px; font-variant-numeric: tabular-nums; }
.rf text.row { text-anchor: start; }`,
});

function paint(at, w, inputs, width) {
  const { h, slope, delta, share } = numbers(w, inputs), x = INPUTS[inputs];
  const height = 300, left = 30, gap = (width - left - 20) / (T + 0.6), radius = Math.min(24, gap * 0.3);
  const cx = (t) => left + gap * (t + 0.1), rows = { h: 78, x: 160 };
  const back = (t) => at >= 2 * T + 2 - t; // whether step t has been gone back over
  const line = (x1, y1, x2, y2, name) => {
    const length = Math.hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / length, uy = (y2 - y1) / length;
    return `<path class="arrow ${name}" marker-end="url(#stp-${name || 'off'})" d="M${x1 + ux * radius} ${y1 + uy * radius}L${x2 - ux * (radius + 4)} ${y2 - uy * (radius + 4)}"/>`;
  };
  let marks = '';
  for (let t = 1; t <= T; t++) {
    const now = at === t ? 'on' : '';
    marks += line(cx(t - 1), rows.h, cx(t), rows.h, now) + line(cx(t), rows.x, cx(t), rows.h, now);
    if (t < T && back(t)) marks += line(cx(t + 1), rows.h - 14, cx(t), rows.h - 14, 'back');
  }
  for (let t = 0; t <= T; t++) {
    const known = t === 0 || at >= t, ring = at === t && t > 0 ? 'on' : at === 2 * T + 2 - t && t > 0 ? 'on-back' : '';
    marks += `<circle class="${ring}" cx="${cx(t)}" cy="${rows.h}" r="${radius}"/>`
      + `<text class="name" x="${cx(t)}" y="${rows.h - radius - 14}">h(${t})</text>`
      + `<text class="num" x="${cx(t)}" y="${rows.h + 4}">${known ? (radius > 20 ? four(h[t]) : said(h[t].toFixed(2))) : ''}</text>`;
    if (t > 0) {
      marks += `<circle class="${ring === 'on' ? 'on' : ''}" cx="${cx(t)}" cy="${rows.x}" r="${radius * 0.8}"/>`
        + `<text class="num" x="${cx(t)}" y="${rows.x + 4}">${said(x[t - 1])}</text>`
        + `<text class="name" x="${cx(t)}" y="${rows.x + radius + 12}">x(${t})</text>`;
    }
  }
  const small = width < 480, show = (v) => (small ? said((Math.abs(v) < 5e-4 ? 0 : v).toFixed(3)) : four(v));
  for (const [i, [name, values]] of [['δ', delta], ['share', share]].entries()) {
    const y = 226 + 24 * i;
    if (at > T + 1) marks += `<text class="row ${i ? 'word-2' : ''}" x="4" y="${y}">${name}</text>`;
    for (let t = 1; t <= T; t++) if (back(t)) marks += `<text class="num ${i ? 'word-2' : ''}" x="${cx(t)}" y="${y}">${show(values[t - 1])}</text>`;
  }
  const total = sum(share.filter((_, i) => back(i + 1)));
  if (at > T) {
    marks += `<text class="row" x="4" y="${height - 14}">L = ${four((h[T] - 1) ** 2 / 2)}, slope by h(${T}) ${four(slope[T - 1])}`
      + `${at > T + 1 ? `, shares so far ${four(total)}` : ''}</text>`;
  }
  const marker = (id, shade) => `<marker id="stp-${id}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z" style="stroke:none;fill:${shade}"/></marker>`;
  const defs = marker('off', 'currentColor') + marker('on', 'var(--rnn-accent, #2563a8)') + marker('back', 'var(--rnn-accent-2, #c2571a)');
  return { height, marks, defs };
}

export default { render };
