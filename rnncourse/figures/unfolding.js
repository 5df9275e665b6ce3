// An Elman network unfolded over T steps, and the shortest way through it: see unfolding.py.

import { mount, steps } from './kit.js';

export function counts(T, skip) {
  const skipping = skip > 1 ? Math.max(T - skip, 0) : 0;
  return {
    nodes: 3 * T,
    arrows: 2 * T + (T - 1) + skipping,
    matrices: 3 + (skip > 1 ? 1 : 0),
    path: 2 + Math.floor((T - 1) / skip) + ((T - 1) % skip),
  };
}

export function describe(T, skip) {
  const { nodes, arrows, matrices, path } = counts(T, skip);
  const wires = skip > 1 ? `U, W, V and a matrix R that reaches over ${skip} steps` : 'U, W and V';
  return `${steps(T)}: ${nodes} nodes and ${arrows} arrows, but still ${matrices} weight matrices, ${wires}. `
    + `The shortest way from the first input to the last output has ${path} arrows.`;
}

// The states on the shortest way: long arrows first, single steps for what is left.
function way(T, skip) {
  const found = [1];
  while (found.at(-1) < T) found.push(found.at(-1) + (T - found.at(-1) >= skip ? skip : 1));
  return found;
}

const render = (host) => mount(host, {
  label: 'an unfolded network',
  controls: [
    { name: 'T', label: 'steps T', min: 1, max: 12, say: (T) => steps(T) },
    { name: 'skip', label: 'second arrow reaches over', min: 1, max: 6, say: (skip) => (skip > 1 ? steps(skip) : 'no second arrow') },
  ],
  describe: ({ T, skip }) => describe(T, skip),
  picture: () => 'Unfolded graph',
  paint: ({ T, skip }, width) => paint(T, skip, width),
  css: `
.rf circle { fill: var(--rnn-raised, var(--jp-layout-color0, #fff)); stroke: currentColor; stroke-width: 1.2; }
.rf path { fill: none; stroke: currentColor; stroke-opacity: .45; stroke-width: 1.2; }
.rf .on { stroke: var(--rnn-accent-2, #c2571a); stroke-opacity: 1; stroke-width: 2.6; }
.rf text { font-size: 13px; text-anchor: middle; font-style: italic; }
.rf tspan { font-size: 9px; font-style: normal; }`,
});

function paint(T, skip, width) {
  const height = 250, side = 24, rows = { o: 34, h: 132, x: 216 };
  const gap = Math.min(92, (width - 2 * side) / Math.max(T - 1, 1));
  const radius = Math.min(17, gap * 0.34);
  const left = (width - gap * (T - 1)) / 2;
  const at = (t) => left + gap * (t - 1);
  const states = way(T, skip);
  const onWay = (from, to) => states.some((t, i) => t === from && states[i + 1] === to);
  const line = (x1, y1, x2, y2, on) => {
    const length = Math.hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / length, uy = (y2 - y1) / length;
    return `<path class="${on ? 'on' : ''}" marker-end="url(#unf-${on ? 'on' : 'off'})" d="M${x1 + ux * radius} ${y1 + uy * radius}L${x2 - ux * (radius + 4)} ${y2 - uy * (radius + 4)}"/>`;
  };
  let arrows = '', nodes = '';
  for (let t = 1; t <= T; t++) {
    arrows += line(at(t), rows.x, at(t), rows.h, t === 1) + line(at(t), rows.h, at(t), rows.o, t === T);
    if (t < T) arrows += line(at(t), rows.h, at(t + 1), rows.h, onWay(t, t + 1));
    if (skip > 1 && t + skip <= T) {
      const x1 = at(t) + radius * 0.7, x2 = at(t + skip) - radius * 0.7, lift = 26 + 6 * skip, on = onWay(t, t + skip);
      arrows += `<path class="${on ? 'on' : ''}" marker-end="url(#unf-${on ? 'on' : 'off'})" d="M${x1} ${rows.h - radius * 0.8}Q${(x1 + x2) / 2} ${rows.h - lift - radius} ${x2} ${rows.h - radius * 0.9 - 3}"/>`;
    }
    for (const [name, y] of Object.entries(rows)) {
      nodes += `<circle cx="${at(t)}" cy="${y}" r="${radius}"/><text x="${at(t)}" y="${y + 4}">${name}${radius > 13 ? `<tspan dy="-5">(${t})</tspan>` : ''}</text>`;
    }
  }
  const marker = (id, shade) => `<marker id="unf-${id}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z" style="stroke:none;fill:${shade}"/></marker>`;
  return { height, marks: arrows + nodes, defs: marker('off', 'currentColor') + marker('on', 'var(--rnn-accent-2, #c2571a)') };
}

export default { render };
