// How many pasts a window tells apart, and how many a state of one number: see told_apart.py.

import { mount, plane, said, steps } from './kit.js';

const LONGEST = 12;
const LENGTHS = Array.from({ length: LONGEST }, (_, i) => i + 1);

export function readings(m, w, decimals) {
  let states = [0];
  for (let t = 0; t < m; t++) states = states.flatMap((h) => [w * h, w * h + 1]);
  return states.map((h) => Math.floor(h * 10 ** decimals + 0.5));
}

export const byState = (w, decimals) => LENGTHS.map((m) => new Set(readings(m, w, decimals)).size);

export const byWindow = (n) => LENGTHS.map((m) => 2 ** Math.min(n, m));

export function alike(w, decimals) {
  for (const m of LENGTHS) {
    const seen = new Map();
    const bits = (past) => past.toString(2).padStart(m, '0');
    for (const [past, read] of readings(m, w, decimals).entries()) {
      if (seen.has(read)) return [bits(seen.get(read)), bits(past), read / 10 ** decimals];
      seen.set(read, past);
    }
  }
  return null;
}

export function describe(n, w, decimals) {
  const all = 2 ** LONGEST, last = LONGEST - 1, same = alike(w, decimals);
  const window = n < LONGEST
    ? `A window of ${n} tells ${byWindow(n)[last]} of the ${all} pasts of ${steps(LONGEST)} apart; what differs ${steps(n)} before the present or earlier, it never sees.`
    : `A window of ${n} tells all ${all} pasts of ${steps(LONGEST)} apart.`;
  const state = `The state, with w = ${said(w)} and read to ${said(10 ** -decimals)}, tells ${byState(w, decimals)[last]} apart.`;
  const pair = same ? ` The shortest two that it takes for one: ${same[0]} and ${same[1]}, both read as ${same[2].toFixed(decimals)}.` : ' It takes no two for one.';
  return `${window} ${state}${pair}`;
}

const render = (host) => mount(host, {
  label: 'how many pasts a window and a state tell apart',
  controls: [
    { name: 'n', label: 'window: the last', min: 1, max: LONGEST, say: (n) => `${n} input${n === 1 ? '' : 's'}` },
    { name: 'w', label: 'state: kept at each step, w', min: 0, max: 1, step: 0.05 },
    { name: 'decimals', label: 'state: read to', min: 0, max: 3, say: (d) => said(10 ** -d) },
  ],
  describe: ({ n, w, decimals }) => describe(n, w, decimals),
  picture: () => 'Bits told apart, by the length of the past',
  paint: ({ n, w, decimals }, width) => paint(byWindow(n), byState(w, decimals), width),
  css: `
.rf output { min-height: 6em; }`,
});

function paint(window, state, width) {
  const height = 280;
  const { x, y, axes, line, dots } = plane({
    width, height, left: 36,
    x: { low: 0.5, high: LONGEST + 0.5, label: 'length of the past, in steps', ticks: width < 420 ? [2, 4, 6, 8, 10, 12] : LENGTHS },
    y: { low: 0, high: LONGEST, label: 'bits told apart', ticks: [0, 2, 4, 6, 8, 10, 12] },
  });
  const points = (counts) => counts.map((count, i) => [i + 1, Math.log2(count)]);
  const legend = [['word', 'window'], ['word-2', 'state (dashed)'], ['', 'all pasts (dotted)']]
    .map(([name, words], i) => `<text class="${name}" x="${x(0.8)}" y="${y(11.2) + 18 * i}">${words}</text>`).join('');
  const square = ([m, bits]) => `<rect class="bar-2" x="${x(m) - 3}" y="${y(bits) - 3}" width="6" height="6"/>`;
  const marks = axes + line(LENGTHS.map((m) => [m, m]), 'line-3') + line(points(window)) + dots(points(window), 'dot', 4)
    + line(points(state), 'line-2') + points(state).map(square).join('') + legend;
  return { height, marks };
}

export default { render };
