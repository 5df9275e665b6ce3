// What one LSTM unit does while the network reads a sentence that the reader types: see lstm_gates.py.

import { escaped, mount, number, percent } from './kit.js';

const ROWS = ['f', 'i', 'g', 'o', 'c', 'h'];
const GATES = 'fio';
const MOST = 24;

export const tokens = (sentence) => (sentence.match(/[^\s.,;:!?]+|[.,;:!?]/g) ?? []).slice(0, MOST);

const sigmoid = (a) => 0.5 + 0.5 * Math.tanh(a / 2);

// {words, known, inside: {f, i, g, o, c, h: [T][H]}, guesses: [T][K]}
export function read(sentence, words, weights) {
  const { W_ih, W_hh, b, W_ho, b_o } = weights;
  const H = W_hh[0].length;
  const place = new Map(words.map((word, k) => [word.toLowerCase(), k]));
  const found = tokens(sentence);
  const inside = Object.fromEntries(ROWS.map((name) => [name, []]));
  const guesses = [], known = [];
  let h = new Array(H).fill(0), c = new Array(H).fill(0);
  for (const word of found) {
    const k = place.get(word.toLowerCase());
    known.push(k !== undefined);
    const a = b.map((bias, row) => {
      let sum = bias + (k === undefined ? 0 : W_ih[row][k]);
      for (let j = 0; j < H; j++) sum += W_hh[row][j] * h[j];
      return sum;
    });
    const i = a.slice(0, H).map(sigmoid), f = a.slice(H, 2 * H).map(sigmoid);
    const g = a.slice(2 * H, 3 * H).map(Math.tanh), o = a.slice(3 * H).map(sigmoid);
    c = c.map((value, j) => f[j] * value + i[j] * g[j]);
    h = c.map((value, j) => o[j] * Math.tanh(value));
    for (const [name, row] of Object.entries({ f, i, g, o, c, h })) inside[name].push(row);
    const logits = W_ho.map((row, n) => row.reduce((sum, w, j) => sum + w * h[j], b_o[n]));
    const most = Math.max(...logits), powers = logits.map((s) => Math.exp(s - most));
    const total = powers.reduce((x, y) => x + y, 0);
    guesses.push(powers.map((p) => p / total));
  }
  return { words: found, known, inside, guesses };
}

const best = (p, words, n) => p.map((share, k) => [words[k], share]).sort((x, y) => y[1] - x[1]).slice(0, n);

export function describe({ sentence, unit, words, weights }) {
  const reading = read(sentence, words, weights), T = reading.words.length;
  if (!T) return `Type a sentence. The network knows these words: ${words.join(', ')}.`;
  const strange = [...new Set(reading.words.filter((_, t) => !reading.known[t]))];
  const column = (name) => reading.inside[name].map((row) => row[unit]);
  const f = column('f'), c = column('c');
  const low = T > 1 ? f.indexOf(Math.min(...f.slice(1)), 1) : 0; // before the first word the cell is empty
  const shut = f.map((v, t) => [v, t]).filter(([v, t]) => t > 0 && v < 0.2 && Math.abs(c[t - 1]) > 0.5).map(([, t]) => reading.words[t]);
  const next = best(reading.guesses[T - 1], words, 3).map(([word, share]) => `${word} ${percent(share, 2)}`);
  return `Unit ${unit}. Its forget gate is lowest, ${number(f[low], 2)}, at “${reading.words[low]}”`
    + `${shut.length ? `; it erases what the cell held at ${shut.map((w) => `“${w}”`).join(', ')}` : '; it erases nothing that it held'}. `
    + `The cell ends at ${number(c[T - 1], 2)}. Next word: ${next.join(', ')}.`
    + (strange.length ? ` Not among the ${words.length} words it knows, so read as zeros: ${strange.map((w) => `“${w}”`).join(', ')}. It knows ${words.join(', ')}.` : '');
}

const render = (host) => mount(host, {
  label: 'the gates of one LSTM unit on a sentence you type',
  controls: [
    { name: 'sentence', label: 'sentence', kind: 'text', maxLength: 160 },
    { name: 'unit', label: 'unit', min: 0, max: ({ weights }) => weights.W_hh[0].length - 1, say: (v) => `${v}` },
  ],
  others: ['words', 'weights'],
  describe,
  picture: () => 'Table of bars, a row for each word',
  paint,
  css: `
.rf .open { fill: var(--rnn-accent, #2563a8); fill-opacity: .8; }
.rf .up { fill: var(--rnn-accent-2, #c2571a); fill-opacity: .85; }
.rf .down { fill: none; stroke: var(--rnn-accent-2, #c2571a); stroke-width: 1.5; }
.rf .frame { fill: none; stroke: currentColor; stroke-opacity: .25; }
.rf .strange { font-style: italic; opacity: .65; }
.rf output { min-height: 5em; }`,
});

function paint({ sentence, unit, words, weights }, width) {
  const reading = read(sentence, words, weights), T = reading.words.length;
  const row = 22, top = 40, left = Math.min(96, width * 0.2), guess = width < 520 ? 0 : 130;
  const column = (width - left - guess) / ROWS.length, bar = column - 8;
  const most = {};
  let marks = '';
  ROWS.forEach((name, k) => {
    const values = reading.inside[name].map((r) => r[unit]);
    most[name] = Math.max(1, ...values.map(Math.abs));
    const x = left + k * column, mid = x + bar / 2;
    const range = GATES.includes(name) ? '0 … 1' : `±${number(most[name], 2)}`;
    marks += `<text class="${GATES.includes(name) ? 'word' : 'word-2'}" x="${mid}" y="14" text-anchor="middle">${name}</text>`
      + `<text x="${mid}" y="29" text-anchor="middle" style="font-size:10px">${range}</text>`;
    values.forEach((v, t) => {
      const y = top + t * row;
      marks += `<rect class="frame" x="${x}" y="${y}" width="${bar}" height="${row - 5}"/>`;
      if (GATES.includes(name)) {
        marks += `<rect class="open" x="${x}" y="${y}" width="${bar * v}" height="${row - 5}"/>`;
      } else {
        const size = (bar / 2) * (Math.abs(v) / most[name]);
        marks += `<rect class="${v < 0 ? 'down' : 'up'}" x="${v < 0 ? mid - size : mid}" y="${y + 1}" width="${size}" height="${row - 7}"/>`
          + `<line class="axis" x1="${mid}" x2="${mid}" y1="${y}" y2="${y + row - 5}"/>`;
      }
    });
  });
  reading.words.forEach((word, t) => {
    const y = top + t * row + 13;
    const shown = word.length > 11 ? `${word.slice(0, 10)}…` : word;
    marks += `<text class="${reading.known[t] ? '' : 'strange'}" x="${left - 8}" y="${y}" text-anchor="end">${escaped(shown)}</text>`;
    if (guess) {
      const [[next, share]] = best(reading.guesses[t], words, 1);
      marks += `<text x="${width - guess + 6}" y="${y}">→ ${escaped(next)} ${percent(share, 2)}</text>`;
    }
  });
  if (guess && T) marks += `<text x="${width - guess + 6}" y="14">next word</text>`;
  return { height: top + Math.max(T, 1) * row + 6, marks };
}

export default { render };
