// What one output of dilated causal convolutions reads: see receptive_field.py.

import { mount, number, steps } from './kit.js';

// The nodes that the output at lag 0 reads: lags and paths from the inputs up, and the arrows between.
export function taps(k, growth, blocks, convolutions) {
  const dilations = [];
  for (let block = 0; block < blocks; block++) for (let c = 0; c < convolutions; c++) dilations.push(growth ** block);
  const lags = [[0]], paths = [[1]], arrows = [];
  for (const d of dilations.reverse()) {
    const count = new Map(), drawn = [];
    lags[0].forEach((above, i) => {
      for (let j = 0; j < k; j++) {
        const below = above + j * d;
        count.set(below, (count.get(below) ?? 0) + paths[0][i]);
        drawn.push([below, above]);
      }
    });
    const sorted = [...count.keys()].sort((a, b) => a - b);
    lags.unshift(sorted);
    paths.unshift(sorted.map((lag) => count.get(lag)));
    arrows.unshift(drawn);
  }
  return { lags, paths, arrows };
}

export function numbers(k, growth, blocks, convolutions) {
  const { lags: [lags], paths: [paths] } = taps(k, growth, blocks, convolutions);
  const there = new Set(lags), field = lags.at(-1) + 1;
  let gap = null;
  for (let lag = 0; lag < field && gap === null; lag++) if (!there.has(lag)) gap = lag;
  return { field, read: lags.length, gap, fewest: Math.min(...paths), most: Math.max(...paths) };
}

const times = (n, what) => `${number(n)} ${what}${n === 1 ? '' : 's'}`;

export function describe(k, growth, blocks, convolutions) {
  const { field, read, gap, fewest, most } = numbers(k, growth, blocks, convolutions);
  const net = `${times(blocks, 'block')} of ${times(convolutions, 'convolution')} with ${times(k, 'tap')}, dilations ${
    Array.from({ length: blocks }, (_, block) => growth ** block).join(', ')}`;
  const paths = fewest === most ? `each along ${times(most, 'path')}` : `along ${number(fewest)} to ${times(most, 'path')}`;
  const seen = gap === null
    ? `The output sees ${steps(field)}, all of them, ${paths}.`
    : `The output reaches over ${steps(field)} and reads ${read} of them, ${paths}. The first that it misses lies ${steps(gap)} back.`;
  return `${net}: ${seen}`;
}

const render = (host) => mount(host, {
  label: 'receptive field of dilated convolutions',
  controls: [
    { name: 'k', label: 'kernel size k', min: 1, max: 5, say: (k) => `${k} tap${k === 1 ? '' : 's'}` },
    { name: 'growth', label: 'dilation grows', min: 1, max: 6, say: (g) => `× ${g}` },
    { name: 'blocks', label: 'blocks', min: 1, max: 4 },
    { name: 'convolutions', label: 'convolutions in a block', min: 1, max: 2 },
  ],
  describe: ({ k, growth, blocks, convolutions }) => describe(k, growth, blocks, convolutions),
  picture: () => 'Tree of taps, the output above, the inputs below, the present at the right',
  paint: ({ k, growth, blocks, convolutions }, width) => paint(taps(k, growth, blocks, convolutions), width),
  css: `
.rf .tap { fill: none; stroke: var(--rnn-accent, #2563a8); stroke-opacity: .55; }
.rf .missed { fill: none; stroke: currentColor; stroke-opacity: .45; }`,
});

function paint({ lags, arrows }, width) {
  const layers = arrows.length, field = lags[0].at(-1) + 1;
  const top = 24, rise = Math.max(26, Math.min(56, 260 / layers)), bottom = top + rise * layers;
  const left = 12, right = width - 12;
  const unit = Math.min(34, (right - left) / Math.max(field - 1, 1));
  const x = (lag) => right - lag * unit, y = (layer) => bottom - rise * layer;
  const radius = Math.max(0.6, Math.min(6, unit * 0.36)), at = (v) => v.toFixed(1);
  const thin = field > 60 ? 0.5 : 1.2;
  let marks = '';
  arrows.forEach((drawn, layer) => {
    const path = drawn.map(([below, above]) => `M${at(x(below))} ${at(y(layer))}L${at(x(above))} ${at(y(layer + 1))}`);
    marks += `<path class="tap" stroke-width="${thin}" d="${path.join('')}"/>`;
  });
  lags.forEach((row, layer) => {
    const name = layer === 0 || layer === layers ? 'dot-2' : 'dot';
    marks += row.map((lag) => `<circle class="${name}" cx="${at(x(lag))}" cy="${at(y(layer))}" r="${at(radius)}"/>`).join('');
  });
  const there = new Set(lags[0]);
  for (let lag = 0; lag < field; lag++) {
    if (!there.has(lag)) marks += `<circle class="missed" cx="${at(x(lag))}" cy="${at(bottom)}" r="${at(radius)}"/>`;
  }
  const word = (px, py, anchor, words) => `<text x="${at(px)}" y="${at(py)}" text-anchor="${anchor}">${words}</text>`;
  marks += word(right, top - 10, 'end', 'output') + word(right, bottom + 24, 'end', 'now');
  if ((field - 1) * unit > 110) marks += word(x(field - 1), bottom + 24, 'start', `${steps(field - 1)} back`);
  return { height: bottom + 34, marks };
}

export default { render };
