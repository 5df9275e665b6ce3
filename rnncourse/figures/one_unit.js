// What one unit keeps of a pulse: see one_unit.py.

import { mount, number, percent, plane, said } from './kit.js';

const STEPS = 30, ON = 3, OFF = 18, WEIGHT = 3, LATER = 10, SHOWN = 3;
const ACTIVATIONS = {
  tanh: Math.tanh,
  logistic: (a) => 0.5 + 0.5 * Math.tanh(a / 2),
  relu: (a) => Math.max(a, 0),
  identity: (a) => a,
};
const SAID = { tanh: 'tanh', logistic: 'logistic', relu: 'ReLU', identity: 'identity (linear)' };

export function states(w, b, activation, pulse = true) {
  const f = ACTIVATIONS[activation], h = [0];
  for (let t = 1; t <= STEPS; t++) {
    const x = (pulse && t === ON ? 1 : 0) - (t === OFF ? 1 : 0);
    h.push(f(w * h[t - 1] + WEIGHT * x + b));
  }
  return h;
}

export function kept(w, b, activation) {
  const withIt = states(w, b, activation), without = states(w, b, activation, false);
  const made = withIt[ON] - without[ON];
  return made ? (withIt[ON + LATER] - without[ON + LATER]) / made : 0;
}

export function describe(w, b, activation) {
  const h = states(w, b, activation), left = kept(w, b, activation);
  return `w = ${said(w)}, b = ${said(b)}, ${SAID[activation]}. The pulse of step ${ON} brings the state to ${number(h[ON])}; `
    + `${LATER} steps later it is ${number(h[ON + LATER])}. Of what the pulse changed, ${percent(left)} is left. `
    + `After the opposite pulse of step ${OFF} the state ends at ${number(h[STEPS])}.`;
}

const render = (host) => mount(host, {
  label: 'what one unit keeps of a pulse',
  controls: [
    { name: 'w', label: 'recurrent weight w', min: -1.5, max: 6, step: 0.1 },
    { name: 'b', label: 'bias b', min: -4, max: 2, step: 0.1 },
    { name: 'activation', label: 'activation', kind: 'choice', options: SAID },
  ],
  describe: ({ w, b, activation }) => describe(w, b, activation),
  picture: () => `State over ${STEPS} steps`,
  paint: ({ w, b, activation }, width) => paint(states(w, b, activation), states(w, b, activation, false), width),
  css: `
.rf .pulse { stroke: var(--rnn-accent-2, #c2571a); stroke-dasharray: 2 3; }
.rf output { min-height: 4em; }`,
});

function paint(withIt, without, width) {
  const height = 260, top = 26;
  const shown = (h) => Math.max(-SHOWN, Math.min(SHOWN, h));
  const all = [...withIt, ...without].map(shown);
  const low = Math.min(-1, ...all), high = Math.max(1, ...all);
  const whole = Array.from({ length: 2 * SHOWN + 1 }, (_, i) => i - SHOWN).filter((v) => v >= low && v <= high);
  const { x, y, axes, line, dots } = plane({
    width, height, top, left: 36,
    x: { low: 0, high: STEPS, label: 'step', ticks: [0, 5, 10, 15, 20, 25, 30] },
    y: { low, high, ticks: whole },
  });
  const curve = (h) => h.map((v, t) => [t, shown(v)]);
  let pulses = '';
  for (const [t, text] of [[ON, '+1'], [OFF, '−1']]) {
    pulses += `<line class="pulse" x1="${x(t)}" x2="${x(t)}" y1="${top}" y2="${y(low)}"/><text x="${x(t)}" y="${top - 7}" text-anchor="middle">${text}</text>`;
  }
  return { height, marks: pulses + axes + line(curve(without), 'line-3') + line(curve(withIt)) + dots(curve(withIt), 'dot', 2.6) };
}

export default { render };
