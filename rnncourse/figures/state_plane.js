// The state plane of two tanh units left to themselves: see state_plane.py.

import { mount, number, plane, said } from './kit.js';

const START = [0.9, 0.2], STEPS = 60, LATE = 2000, NEAR = 1e-6;
const PRESETS = {
  forget: ['forget', [0.7, 0, 0, 0.7]],
  keep: ['keep', [1.6, 0, 0, 1.6]],
  turn: ['turn', [1.05, -0.5, 0.5, 1.05]],
  flip: ['flip', [-1.5, 0, 0, -1.5]],
  'one for both': ['one for both', [0.9, 0.7, 0.7, 0.9]],
};

const next = ([w11, w12, w21, w22], [a, b]) => [Math.tanh(w11 * a + w12 * b), Math.tanh(w21 * a + w22 * b)];

export function orbit(w, start = START, steps = STEPS) {
  const found = [start];
  for (let t = 0; t < steps; t++) found.push(next(w, found[t]));
  return found;
}

const apart = (a, b) => Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));

export function fate(w) {
  const [before, last, end] = orbit(w, START, LATE).slice(-3);
  if (apart(end, last) < NEAR) return apart(end, [0, 0]) < 1e-3 ? 'forgotten' : 'kept';
  return apart(end, before) < NEAR ? 'flips' : 'turns';
}

// Eigenvalues of a 2 × 2 matrix: two real ones, or the size and the angle of a complex pair.
export function eigenvalues([w11, w12, w21, w22]) {
  const half = (w11 + w22) / 2, inside = half ** 2 - (w11 * w22 - w12 * w21);
  if (inside >= 0) return { real: [half + Math.sqrt(inside), half - Math.sqrt(inside)] };
  return { size: Math.hypot(half, Math.sqrt(-inside)), angle: Math.atan2(Math.sqrt(-inside), half) };
}

export function describe(w) {
  const found = eigenvalues(w), end = orbit(w, START, LATE).at(-1);
  const matrix = found.real
    ? `The eigenvalues of W are ${number(found.real[0])} and ${number(found.real[1])}.`
    : `The eigenvalues of W are a complex pair of size ${number(found.size)}; near 0 a step turns the state by ${number((found.angle * 180) / Math.PI)} degrees.`;
  const where = `(${number(end[0], 2)}, ${number(end[1], 2)})`;
  return `${matrix} ` + {
    forgotten: 'The state runs to 0: where it started is forgotten.',
    kept: `The state settles at ${where} and stays: something of the start is kept for ever.`,
    flips: `The state ends up jumping between two points, ${where} and its opposite.`,
    turns: 'The state never settles: it goes round and round.',
  }[fate(w)];
}

const NAMES = ['w11', 'w12', 'w21', 'w22'];
const weights = (state) => NAMES.map((name) => state[name]);
const READ = { w11: 'h₁ reads h₁', w12: 'h₁ reads h₂', w21: 'h₂ reads h₁', w22: 'h₂ reads h₂' };

const render = (host) => mount(host, {
  label: 'state plane of two units',
  controls: [
    ...NAMES.map((name) => ({ name, label: `${READ[name]}: ${name.replace('w', 'w ')}`, min: -2, max: 2, step: 0.05, say: (v) => said(v) })),
    ...Object.values(PRESETS).map(([label, values]) => ({
      kind: 'button', label, press: (set) => set(Object.fromEntries(NAMES.map((name, i) => [name, values[i]]))),
    })),
  ],
  describe: (state) => describe(weights(state)),
  picture: () => `States of two units over ${STEPS} steps from (0.9, 0.2), and where each point of the plane goes next`,
  paint: (state, width) => paint(weights(state), width),
  css: `
.rf .flow { stroke: currentColor; stroke-opacity: .45; stroke-width: 1.2; }
.rf .flow-end { fill: currentColor; fill-opacity: .45; }
`,
});

function paint(w, width) {
  const size = Math.min(width, 544), left = 40, bottom = 44, top = 20;
  const side = size - left - 12, height = side + top + bottom;
  const { x, y, axes, line, dots } = plane({
    width: size, height, left, right: 12, top, bottom,
    x: { low: -1.05, high: 1.05, ticks: [-1, -0.5, 0, 0.5, 1], label: 'h₁' },
    y: { low: -1.05, high: 1.05, ticks: [-1, -0.5, 0, 0.5, 1], label: 'h₂' },
  });
  let flow = '';
  for (let i = -4; i <= 4; i++) {
    for (let j = -4; j <= 4; j++) {
      const from = [i / 4, j / 4], to = next(w, from), at = from.map((v, k) => v + 0.3 * (to[k] - v));
      flow += `<line class="flow" x1="${x(from[0])}" y1="${y(from[1])}" x2="${x(at[0])}" y2="${y(at[1])}"/>`
        + `<circle class="flow-end" cx="${x(at[0])}" cy="${y(at[1])}" r="1.8"/>`;
    }
  }
  const path = orbit(w);
  const start = `<rect class="bar-2" x="${x(START[0]) - 5}" y="${y(START[1]) - 5}" width="10" height="10"/><text class="word-2" x="${x(START[0])}" y="${y(START[1]) - 10}" text-anchor="middle">start</text>`;
  const marks = `<g transform="translate(${(width - size) / 2} 0)">${axes}${flow}${line(path)}${dots(path.slice(1), 'dot', 2.6)}${start}</g>`;
  return { height, marks };
}

export default { render };
