// Where the gradient of a recurrent weight comes from, step by step: see gradient_by_lag.py.

const KINDS = {
  steady: () => 0.3,
  pulse: (t) => (t === 1 ? 1 : 0),
  alternating: (t) => (t % 2 ? 1 : -1),
  wandering: (t) => Math.sin(t * t),
};
const SAID = {
  steady: 'steady: 0.3 at every step',
  pulse: 'pulse: 1 at the first step, then 0',
  alternating: 'alternating: 1, −1, 1, …',
  wandering: 'wandering: sin t²',
};
const FLOOR = 1e-12; // shares below it are drawn on the axis

export function terms(w, T, inputs) {
  const h = [0];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + KINDS[inputs](t)));
  const found = new Array(T).fill(0);
  let delta = (h[T] - 1) * (1 - h[T] ** 2);
  for (let t = T; t >= 1; t--) {
    found[t - 1] = delta * h[t - 1];
    delta = w * delta * (1 - h[t - 1] ** 2);
  }
  return found;
}

export function shares(w, T, inputs) {
  const sizes = terms(w, T, inputs).reverse().map(Math.abs);
  const total = sizes.reduce((a, b) => a + b, 0);
  return sizes.map((size) => (total ? size / total : 0));
}

const number = (x) => {
  if (x === 0) return '0';
  if (Math.abs(x) >= 0.001) return x.toPrecision(3).replace('-', '−');
  const [digits, power] = x.toExponential(1).split('e');
  return `${digits.replace('-', '−')} × 10${[...power.replace('+', '')].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻').join('')}`;
};

const said = (x) => String(x).replace('-', '−');

export function describe(w, T, inputs) {
  const slope = terms(w, T, inputs).reduce((a, b) => a + b, 0);
  const share = shares(w, T, inputs);
  if (share.every((s) => s === 0)) return `w = ${said(w)}: the slope dL/dw is 0, since the weight multiplied nothing but zeros.`;
  const top = share.indexOf(Math.max(...share));
  const back = Math.min(10, T - 1);
  const percent = (lag) => `${number(100 * share[lag])} %`;
  const last = top === 0
    ? `Most of it, ${percent(0)}, comes from the last step`
    : `Most of it, ${percent(top)}, comes from ${top} step${top === 1 ? '' : 's'} before the end; the last step gives ${percent(0)}`;
  return `w = ${said(w)}: the slope dL/dw is ${number(slope)}. ${last}, and the step ${back} before it ${percent(back)}.`;
}

const STYLE = `
.gbl { display: grid; gap: .75rem; font-family: var(--rnn-font-ui, var(--jp-ui-font-family, system-ui, sans-serif)); font-size: .9rem; color: inherit; }
.gbl-controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; }
.gbl-controls label { display: grid; gap: .25rem; flex: 1 1 11rem; min-width: 0; }
.gbl-controls span { display: flex; justify-content: space-between; }
.gbl input, .gbl select { width: 100%; min-height: 1.75rem; margin: 0; font: inherit; box-sizing: border-box; }
.gbl input { accent-color: var(--rnn-accent, #2563a8); }
.gbl select { background: transparent; color: inherit; border: 1px solid color-mix(in srgb, currentColor 55%, transparent); border-radius: 4px; padding: 0 .25rem; }
.gbl option { color: CanvasText; background: Canvas; }
.gbl svg { display: block; width: 100%; height: auto; overflow: visible; }
.gbl text { fill: currentColor; font-size: 12px; }
.gbl .axis { stroke: currentColor; stroke-opacity: .35; }
.gbl .grid { stroke: currentColor; stroke-opacity: .12; }
.gbl rect { fill: var(--rnn-accent, #2563a8); transition: y .15s, height .15s; }
.gbl rect.mark { fill: var(--rnn-accent-2, #c2571a); }
.gbl output { display: block; min-height: 3em; }
@media (prefers-reduced-motion: reduce) { .gbl rect { transition: none; } }
`;

function render({ model, el }) {
  const root = document.createElement('div');
  root.className = 'gbl';
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', 'Interactive figure: share of the gradient by lag');
  root.innerHTML = `<style>${STYLE}</style>
    <div class="gbl-controls">
      <label><span>recurrent weight w <b data-of="w"></b></span><input type="range" name="w" min="-1.5" max="2" step="0.05"></label>
      <label><span>steps T <b data-of="T"></b></span><input type="range" name="T" min="2" max="40" step="1"></label>
      <label><span>input</span><select name="inputs"></select></label>
    </div>
    <svg role="img"></svg>
    <output aria-live="polite"></output>`;
  for (const control of root.querySelectorAll('input, select')) {
    control.dataset.lmSuppressShortcuts = 'true'; // JupyterLab would take the arrow keys for its own
  }
  el.append(root);
  const [w, T] = root.querySelectorAll('input');
  const kind = root.querySelector('select');
  const svg = root.querySelector('svg');
  const output = root.querySelector('output');
  for (const [value, text] of Object.entries(SAID)) kind.add(new Option(text, value));

  const draw = () => {
    const state = { w: model.get('w'), T: model.get('T'), inputs: model.get('inputs') };
    w.value = state.w; T.value = state.T; kind.value = state.inputs;
    w.setAttribute('aria-valuetext', `w = ${state.w}`);
    T.setAttribute('aria-valuetext', `${state.T} steps`);
    root.querySelector('[data-of=w]').textContent = said(state.w);
    root.querySelector('[data-of=T]').textContent = state.T;
    output.textContent = describe(state.w, state.T, state.inputs);
    svg.setAttribute('aria-label', `Bar chart on a logarithmic axis. ${output.textContent}`);
    paint(svg, shares(state.w, state.T, state.inputs), root.clientWidth || 640);
  };
  const set = (key, value) => { model.set(key, value); model.save_changes(); draw(); };
  w.addEventListener('input', () => set('w', Number(w.value)));
  T.addEventListener('input', () => set('T', Number(T.value)));
  kind.addEventListener('change', () => set('inputs', kind.value));
  const keys = ['change:w', 'change:T', 'change:inputs'];
  for (const key of keys) model.on(key, draw);
  const watch = new ResizeObserver(() => draw());
  watch.observe(root);
  draw();
  return () => { watch.disconnect(); for (const key of keys) model.off(key, draw); };
}

function paint(svg, values, width) {
  const height = 260, left = 52, right = 8, top = 12, bottom = 44;
  const plotW = width - left - right, plotH = height - top - bottom;
  const y = (v) => top + plotH * (1 - (Math.log10(Math.max(v, FLOOR)) - Math.log10(FLOOR)) / -Math.log10(FLOOR));
  const step = plotW / values.length;
  const biggest = values.indexOf(Math.max(...values));
  let marks = '';
  for (let p = 0; p >= -12; p -= 3) {
    const at = y(10 ** p);
    marks += `<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/>`
      + `<text x="${left - 8}" y="${at + 4}" text-anchor="end">${p === 0 ? '1' : `10${[...String(p)].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻').join('')}`}</text>`;
  }
  const every = Math.ceil(values.length / Math.max(4, plotW / 45));
  values.forEach((v, lag) => {
    const x = left + lag * step;
    marks += `<rect class="${lag === biggest && v > 0 ? 'mark' : ''}" x="${x + step * 0.12}" width="${step * 0.76}" y="${y(v)}" height="${Math.max(0, top + plotH - y(v))}"/>`;
    if (lag % every === 0) marks += `<text x="${x + step / 2}" y="${top + plotH + 18}" text-anchor="middle">${lag}</text>`;
  });
  marks += `<line class="axis" x1="${left}" x2="${width - right}" y1="${top + plotH}" y2="${top + plotH}"/>`
    + `<text x="${left + plotW / 2}" y="${height - 6}" text-anchor="middle">lag: steps before the end</text>`;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.innerHTML = `<g aria-hidden="true">${marks}</g>`;
}

export default { render };
