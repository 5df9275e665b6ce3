// Gradient descent on the cliff of one unit, clipped or not: see cliff.py.

import { mount, number, plane, said } from './kit.js';

const T = 30, START = 0.5, TARGET = 0.1, UPDATES = 60;
const W = [0, 3], B = [-1, 1.5], ROWS = 60, COLUMNS = 96, LEVELS = 24;
const HIGHEST = (1 + TARGET) ** 2 / 2; // no loss is higher
const SAID = { none: 'none', norm: 'by norm', value: 'by value' };

export function loss(w, b) {
  let h = START;
  for (let t = 0; t < T; t++) h = Math.tanh(w * h + b);
  return (h - TARGET) ** 2 / 2;
}

export function slope(w, b) {
  const h = [START];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + b));
  let d_h = h[T] - TARGET, d_w = 0, d_b = 0;
  for (let t = T; t >= 1; t--) {
    const d_a = (1 - h[t] ** 2) * d_h;
    d_w += d_a * h[t - 1];
    d_b += d_a;
    d_h = w * d_a;
  }
  return [d_w, d_b];
}

export function clipped(g, clip, limit) {
  if (clip === 'value') return g.map((v) => Math.max(-limit, Math.min(limit, v)));
  const length = Math.hypot(...g);
  return clip === 'norm' && length > limit ? g.map((v) => v * (limit / length)) : g;
}

export function descent(rate, clip, limit, w, b) {
  const path = [[w, b]], lengths = [];
  for (let n = 0; n < UPDATES; n++) {
    const at = path[n], g = slope(...at), step = clipped(g, clip, limit);
    lengths.push(Math.hypot(...g));
    path.push([at[0] - rate * step[0], at[1] - rate * step[1]]);
  }
  return { path, lengths, loss: loss(...path[UPDATES]) };
}

const inside = ([w, b]) => w >= W[0] && w <= W[1] && b >= B[0] && b <= B[1];

export function describe(rate, clip, limit, w, b) {
  const { path, lengths, loss: end } = descent(rate, clip, limit, w, b);
  const longest = lengths.indexOf(Math.max(...lengths));
  const moved = Math.hypot(path[longest + 1][0] - path[longest][0], path[longest + 1][1] - path[longest][1]);
  const rule = clip === 'none' ? 'no clipping' : `clipping ${SAID[clip]} at ${said(limit)}`;
  const [w_end, b_end] = path[UPDATES];
  const where = `w = ${number(w_end)}, b = ${number(b_end)}`;
  return `Rate ${said(rate)}, ${rule}, from w = ${said(w)}, b = ${said(b)}. The longest slope, ${number(lengths[longest])}, came at update ${longest + 1} and moved the weights by ${number(moved)}. `
    + `After ${UPDATES} updates the loss is ${number(end)}, at ${where}${inside(path[UPDATES]) ? '' : ', far outside the picture'}.`;
}

const render = (host) => mount(host, {
  label: 'gradient descent on a cliff',
  controls: [
    { name: 'rate', label: 'learning rate', min: 0.05, max: 2, step: 0.05 },
    { name: 'clip', label: 'clipping', kind: 'choice', options: SAID },
    { name: 'limit', label: 'limit', min: 0.5, max: 10, step: 0.5, say: (v, { clip }) => (clip === 'none' ? 'not used' : said(v)) },
    { name: 'w', label: 'start: w', min: W[0], max: W[1], step: 0.1 },
    { name: 'b', label: 'start: b', min: B[0], max: B[1], step: 0.1 },
  ],
  describe: ({ rate, clip, limit, w, b }) => describe(rate, clip, limit, w, b),
  picture: () => 'Loss over w and b as shades, strong where it is high, with a path of gradient descent',
  paint: ({ rate, clip, limit, w, b }, width) => paint(descent(rate, clip, limit, w, b).path, width),
  css: `
.rf .shade { fill: currentColor; shape-rendering: crispEdges; }
.rf .path { fill: none; stroke: var(--rnn-accent-2, #c2571a); stroke-width: 2; }
.rf .leaves { font-weight: 600; paint-order: stroke; stroke: var(--plot-surface, var(--jp-layout-color0, #fff)); stroke-width: 4px; stroke-linejoin: round; }
.rf output { min-height: 6em; }`,
});

// The landscape as bars of one shade, [row, first column, column after, level]; it never changes.
let landscape = null;
function bars() {
  if (landscape) return landscape;
  landscape = [];
  for (let row = 0; row < ROWS; row++) {
    const b = B[0] + ((row + 0.5) * (B[1] - B[0])) / ROWS;
    for (let column = 0; column < COLUMNS; column++) {
      const w = W[0] + ((column + 0.5) * (W[1] - W[0])) / COLUMNS;
      const level = Math.round((LEVELS * loss(w, b)) / HIGHEST);
      const last = landscape[landscape.length - 1];
      if (last && last[0] === row && last[3] === level) last[2] = column + 1;
      else landscape.push([row, column, column + 1, level]);
    }
  }
  return landscape;
}

function paint(path, width) {
  const height = Math.min(340, 200 + width / 5);
  const { axes, x, y, line, dots } = plane({
    width, height, left: 44, right: 12, top: 24,
    x: { low: W[0], high: W[1], label: 'w', ticks: [0, 0.5, 1, 1.5, 2, 2.5, 3] },
    y: { low: B[0], high: B[1], label: 'b', ticks: [-1, -0.5, 0, 0.5, 1, 1.5] },
  });
  const atX = (column) => Math.round(x(W[0] + (column * (W[1] - W[0])) / COLUMNS)); // whole pixels: no seams
  const atY = (row) => Math.round(y(B[0] + (row * (B[1] - B[0])) / ROWS));
  const cells = bars().map(([row, from, to, level]) => `<rect class="shade" x="${atX(from)}" y="${atY(row + 1)}" width="${atX(to) - atX(from)}" `
    + `height="${atY(row) - atY(row + 1)}" fill-opacity="${((0.65 * level) / LEVELS).toFixed(3)}"/>`).join('');
  const gone = path.findIndex((point) => !inside(point));
  const shown = gone < 0 ? path : path.slice(0, gone);
  let marks = cells + axes + line(shown, 'path') + dots(shown, 'dot-2', 3);
  if (shown.length) marks += `<circle class="axis" fill="none" cx="${x(shown[0][0])}" cy="${y(shown[0][1])}" r="6"/>`;
  if (gone > 0) { // from the last point shown to where the frame ends
    const [a, b] = shown[gone - 1], [c, d] = path[gone];
    const room = (from, to, [low, high]) => (to === from ? Infinity : ((to > from ? high : low) - from) / (to - from));
    const share = Math.min(1, room(a, c, W), room(b, d, B));
    const edge = [a + share * (c - a), b + share * (d - b)];
    const left = edge[0] > (W[0] + W[1]) / 2;
    marks += line([[a, b], edge], 'path') + `<text class="leaves" x="${x(edge[0]) + (left ? -8 : 8)}" y="${Math.max(y(edge[1]), 36) + 4}" text-anchor="${left ? 'end' : 'start'}">leaves at update ${gone}</text>`;
  }
  return { height, marks };
}

export default { render };
