// One linear leaky unit that is to follow a slow wave: see time_constant.py, whose noise comes in the state.

import { mount, number, plane, said, steps } from './kit.js';

const STEPS = 300, SCORED = 200, FAST = 6, TOP = 3;
const GRID = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 48, 57, 68, 80, 100];

export function signal(slow, noise, drawn) {
  const wave = Array.from({ length: STEPS }, (_, t) => Math.sin((2 * Math.PI * t) / slow));
  const x = wave.map((s, t) => s + Math.sin((2 * Math.PI * t) / FAST + 1) + noise * drawn[t]);
  return [x, wave];
}

export function followed(n, x) {
  let h = 0;
  return x.map((v) => { h = (1 - 1 / n) * h + v / n; return h; });
}

export function error(n, slow, noise, drawn) {
  const [x, wave] = signal(slow, noise, drawn);
  return followed(n, x).slice(-SCORED).reduce((sum, h, i) => sum + (h - wave[STEPS - SCORED + i]) ** 2, 0) / SCORED;
}

export function best(slow, noise, drawn) {
  const errors = GRID.map((n) => error(n, slow, noise, drawn));
  return GRID[errors.indexOf(Math.min(...errors))];
}

export function describe({ n, slow, noise, drawn }) {
  const least = best(slow, noise, drawn);
  const compared = n === least ? 'This is the best of those tried'
    : `The best of those tried is n = ${said(least)}, with ${number(error(least, slow, noise, drawn))}; this one is too ${n < least ? 'quick: it passes noise and the fast wave on' : 'slow: it lags behind the slow wave and flattens it'}`;
  return `Time constant ${steps(n)}, so α = ${number(1 / n)}. Noise ${number(noise)}, slow wave of ${steps(slow)}. The error is ${number(error(n, slow, noise, drawn))}. ${compared}.`;
}

const render = (host) => mount(host, {
  label: 'the time constant of one leaky unit',
  controls: [
    { name: 'n', label: 'time constant n', min: 1, max: 100, step: 1, say: steps },
    { name: 'noise', label: 'noise', min: 0, max: 2, step: 0.1 },
    { name: 'slow', label: 'period of the slow wave', min: 30, max: 200, step: 10, say: steps },
  ],
  others: ['drawn'],
  describe,
  picture: () => 'Above, the signal, its slow wave and the state of one leaky unit; below, its error over the time constant',
  paint,
  css: `
.rf .heard { fill: currentColor; fill-opacity: .35; }
.rf output { min-height: 4.5em; }`,
});

function paint({ n, slow, noise, drawn }, width) {
  const [x, wave] = signal(slow, noise, drawn);
  const height = 200, lower = 190;
  const above = plane({
    width, height, left: 40, x: { low: 0, high: STEPS, ticks: [0, 50, 100, 150, 200, 250, 300], label: 'step' },
    y: { low: -TOP, high: TOP, ticks: [-2, 0, 2], label: 'dots: heard; dashed: slow wave; line: the unit' },
  });
  const clipped = (v) => Math.max(-TOP, Math.min(TOP, v));
  const track = (values) => values.map((v, t) => [t + 1, clipped(v)]);
  const errors = GRID.map((m) => [m, Math.min(1.2, error(m, slow, noise, drawn))]);
  const below = plane({
    width, height: lower, left: 40, top: 26, x: { low: 1, high: 100, log: true, ticks: [1, 2, 5, 10, 20, 50, 100], label: 'time constant n' },
    y: { low: 0, high: 1.2, ticks: [0, 0.5, 1], label: 'error; 0.5 is chance' },
  });
  const mark = [[n, Math.min(1.2, error(n, slow, noise, drawn))]];
  return {
    height: height + lower,
    marks: above.axes + above.dots(track(x), 'heard', 1.4) + above.line(track(wave), 'line-2') + above.line(track(followed(n, x)))
      + `<g transform="translate(0 ${height})">${below.axes}${below.line(errors)}${below.dots(mark, 'dot-2', 5)}</g>`,
  };
}

export default { render };
