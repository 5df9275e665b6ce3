// An Elman network unfolded over T steps, and the shortest way through it: see unfolding.py.

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
  return `${T} step${T === 1 ? '' : 's'}: ${nodes} nodes and ${arrows} arrows, but still ${matrices} weight matrices, ${wires}. `
    + `The shortest way from the first input to the last output has ${path} arrows.`;
}

// The states on the shortest way: long arrows first, single steps for what is left.
function way(T, skip) {
  const found = [1];
  while (found.at(-1) < T) found.push(found.at(-1) + (T - found.at(-1) >= skip ? skip : 1));
  return found;
}

const STYLE = `
.unf { display: grid; gap: .75rem; font-family: var(--rnn-font-ui, var(--jp-ui-font-family, system-ui, sans-serif)); font-size: .9rem; color: inherit; }
.unf-controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; }
.unf-controls label { display: grid; gap: .25rem; flex: 1 1 13rem; min-width: 0; }
.unf-controls span { display: flex; justify-content: space-between; }
.unf input { width: 100%; min-height: 1.75rem; margin: 0; accent-color: var(--rnn-accent, #2563a8); }
.unf svg { display: block; width: 100%; height: auto; overflow: visible; }
.unf circle { fill: var(--rnn-raised, var(--jp-layout-color0, #fff)); stroke: currentColor; stroke-width: 1.2; }
.unf path { fill: none; stroke: currentColor; stroke-opacity: .45; stroke-width: 1.2; }
.unf .on { stroke: var(--rnn-accent-2, #c2571a); stroke-opacity: 1; stroke-width: 2.6; }
.unf text { fill: currentColor; font-size: 13px; text-anchor: middle; font-style: italic; }
.unf tspan { font-size: 9px; font-style: normal; }
.unf output { display: block; min-height: 3em; }
`;

function render({ model, el }) {
  const root = document.createElement('div');
  root.className = 'unf';
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', 'Interactive figure: an unfolded network');
  root.innerHTML = `<style>${STYLE}</style>
    <div class="unf-controls">
      <label><span>steps T <b data-of="T"></b></span><input type="range" name="T" min="1" max="12" step="1"></label>
      <label><span>second arrow reaches over <b data-of="skip"></b></span><input type="range" name="skip" min="1" max="6" step="1"></label>
    </div>
    <svg role="img"></svg>
    <output aria-live="polite"></output>`;
  for (const control of root.querySelectorAll('input, select')) {
    control.dataset.lmSuppressShortcuts = 'true'; // JupyterLab would take the arrow keys for its own
  }
  el.append(root);
  const inputs = root.querySelectorAll('input');
  const svg = root.querySelector('svg');
  const output = root.querySelector('output');

  const draw = () => {
    const T = model.get('T'), skip = model.get('skip');
    const said = { T: `${T} step${T === 1 ? '' : 's'}`, skip: skip > 1 ? `${skip} steps` : 'no second arrow' };
    for (const input of inputs) {
      input.value = model.get(input.name);
      input.setAttribute('aria-valuetext', said[input.name]);
      root.querySelector(`[data-of=${input.name}]`).textContent = said[input.name];
    }
    output.textContent = describe(T, skip);
    svg.setAttribute('aria-label', `Unfolded graph. ${output.textContent}`);
    paint(svg, T, skip, root.clientWidth || 640);
  };
  for (const input of inputs) {
    input.addEventListener('input', () => { model.set(input.name, Number(input.value)); model.save_changes(); draw(); });
  }
  const keys = ['change:T', 'change:skip'];
  for (const key of keys) model.on(key, draw);
  const watch = new ResizeObserver(draw);
  watch.observe(root);
  draw();
  return () => { watch.disconnect(); for (const key of keys) model.off(key, draw); };
}

function paint(svg, T, skip, width) {
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
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.innerHTML = `<defs>${marker('off', 'currentColor')}${marker('on', 'var(--rnn-accent-2, #c2571a)')}</defs><g aria-hidden="true">${arrows}${nodes}</g>`;
}

export default { render };
