// What one unit keeps of a pulse: see one_unit.py.

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

const said = (x) => String(x).replace('-', '−');
const number = (x) => {
  if (Math.abs(x) < 1e5) return said(Number(x.toPrecision(3)));
  const [digits, power] = x.toExponential(0).split('e+');
  return `${said(digits)} × 10${[...power].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]).join('')}`;
};

export function describe(w, b, activation) {
  const h = states(w, b, activation), left = kept(w, b, activation);
  const percent = Math.abs(left) > 0 && Math.abs(left) < 0.001 ? 'less than 0.1 %' : `${number(100 * left)} %`;
  return `w = ${said(w)}, b = ${said(b)}, ${SAID[activation]}. The pulse of step ${ON} brings the state to ${number(h[ON])}; `
    + `${LATER} steps later it is ${number(h[ON + LATER])}. Of what the pulse changed, ${percent} is left. `
    + `After the opposite pulse of step ${OFF} the state ends at ${number(h[STEPS])}.`;
}

const STYLE = `
.onu { display: grid; gap: .75rem; font-family: var(--rnn-font-ui, var(--jp-ui-font-family, system-ui, sans-serif)); font-size: .9rem; color: inherit; }
.onu-controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; }
.onu-controls label { display: grid; gap: .25rem; flex: 1 1 11rem; min-width: 0; }
.onu-controls span { display: flex; justify-content: space-between; }
.onu input, .onu select { width: 100%; min-height: 1.75rem; margin: 0; font: inherit; box-sizing: border-box; }
.onu input { accent-color: var(--rnn-accent, #2563a8); }
.onu select { background: transparent; color: inherit; border: 1px solid color-mix(in srgb, currentColor 55%, transparent); border-radius: 4px; padding: 0 .25rem; }
.onu option { color: CanvasText; background: Canvas; }
.onu svg { display: block; width: 100%; height: auto; overflow: visible; }
.onu text { fill: currentColor; font-size: 12px; }
.onu .axis { stroke: currentColor; stroke-opacity: .35; }
.onu .pulse { stroke: var(--rnn-accent-2, #c2571a); stroke-dasharray: 2 3; }
.onu .with { fill: none; stroke: var(--rnn-accent, #2563a8); stroke-width: 2; }
.onu .without { fill: none; stroke: currentColor; stroke-opacity: .55; stroke-dasharray: 5 4; }
.onu circle { fill: var(--rnn-accent, #2563a8); }
.onu output { display: block; min-height: 4em; }
`;

function render({ model, el }) {
  const root = document.createElement('div');
  root.className = 'onu';
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', 'Interactive figure: what one unit keeps of a pulse');
  root.innerHTML = `<style>${STYLE}</style>
    <div class="onu-controls">
      <label><span>recurrent weight w <b data-of="w"></b></span><input type="range" name="w" min="-1.5" max="6" step="0.1"></label>
      <label><span>bias b <b data-of="b"></b></span><input type="range" name="b" min="-4" max="2" step="0.1"></label>
      <label><span>activation</span><select name="activation"></select></label>
    </div>
    <svg role="img"></svg>
    <output aria-live="polite"></output>`;
  for (const control of root.querySelectorAll('input, select')) {
    control.dataset.lmSuppressShortcuts = 'true'; // JupyterLab would take the arrow keys for its own
  }
  el.append(root);
  const sliders = root.querySelectorAll('input');
  const kind = root.querySelector('select');
  const svg = root.querySelector('svg');
  const output = root.querySelector('output');
  for (const [value, text] of Object.entries(SAID)) kind.add(new Option(text, value));

  const draw = () => {
    const now = [model.get('w'), model.get('b'), model.get('activation')];
    for (const slider of sliders) {
      slider.value = model.get(slider.name);
      slider.setAttribute('aria-valuetext', `${slider.name} = ${said(model.get(slider.name))}`);
      root.querySelector(`[data-of=${slider.name}]`).textContent = said(model.get(slider.name));
    }
    kind.value = now[2];
    output.textContent = describe(...now);
    svg.setAttribute('aria-label', `State over ${STEPS} steps. ${output.textContent}`);
    paint(svg, states(...now), states(...now, false), root.clientWidth || 640);
  };
  const set = (key, value) => { model.set(key, value); model.save_changes(); draw(); };
  for (const slider of sliders) slider.addEventListener('input', () => set(slider.name, Number(slider.value)));
  kind.addEventListener('change', () => set('activation', kind.value));
  const keys = ['change:w', 'change:b', 'change:activation'];
  for (const key of keys) model.on(key, draw);
  const watch = new ResizeObserver(draw);
  watch.observe(root);
  draw();
  return () => { watch.disconnect(); for (const key of keys) model.off(key, draw); };
}

function paint(svg, withIt, without, width) {
  const height = 250, left = 36, right = 10, top = 22, bottom = 40;
  const shown = (h) => Math.max(-SHOWN, Math.min(SHOWN, h));
  const all = [...withIt, ...without].map(shown);
  const low = Math.min(-1, ...all), high = Math.max(1, ...all);
  const x = (t) => left + (width - left - right) * t / STEPS;
  const y = (h) => top + (height - top - bottom) * (high - shown(h)) / (high - low);
  const line = (h) => h.map((v, t) => `${t ? 'L' : 'M'}${x(t).toFixed(1)} ${y(v).toFixed(1)}`).join('');
  let marks = '';
  for (const [t, text] of [[ON, '+1'], [OFF, '−1']]) {
    marks += `<line class="pulse" x1="${x(t)}" x2="${x(t)}" y1="${top}" y2="${height - bottom}"/><text x="${x(t)}" y="${top - 7}" text-anchor="middle">${text}</text>`;
  }
  for (let v = Math.ceil(low); v <= high; v++) marks += `<text x="${left - 8}" y="${y(v) + 4}" text-anchor="end">${said(v)}</text>`;
  for (let t = 0; t <= STEPS; t += 5) marks += `<text x="${x(t)}" y="${height - bottom + 18}" text-anchor="middle">${t}</text>`;
  marks += `<line class="axis" x1="${left}" x2="${width - right}" y1="${y(0)}" y2="${y(0)}"/>`
    + `<text x="${(left + width - right) / 2}" y="${height - 4}" text-anchor="middle">step</text>`
    + `<path class="without" d="${line(without)}"/><path class="with" d="${line(withIt)}"/>`
    + withIt.map((v, t) => `<circle cx="${x(t).toFixed(1)}" cy="${y(v).toFixed(1)}" r="2.6"/>`).join('');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.innerHTML = `<g aria-hidden="true">${marks}</g>`;
}

export default { render };
