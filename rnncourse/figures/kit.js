// What the interactive figures share: controls bound to a model, a plane with axes, numbers in words.
// A figure imports it like any module; bundle.py puts it in the import's place, since each host takes one text.

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (power) => [...String(power)].map((c) => RAISED[c] ?? '⁻').join('');

export const said = (x) => String(x).replace('-', '−');

// A number in a sentence: significant digits, and a power of ten where zeros would be counted.
export function number(x, digits = 3) {
  if (Number.isNaN(x)) return 'not a number';
  if (!Number.isFinite(x)) return x > 0 ? 'infinite' : 'minus infinity';
  if (x === 0) return '0';
  if (Math.abs(x) >= 0.001 && Math.abs(x) < 1e5) return said(Number(x.toPrecision(digits)));
  const [mantissa, power] = x.toExponential(Math.max(digits - 2, 0)).split('e');
  return `${said(mantissa)} × 10${raised(Number(power))}`;
}

export const percent = (share, digits = 3) => (share > 0 && share < 0.001 ? 'less than 0.1 %' : `${number(100 * share, digits)} %`);

export const steps = (n) => `${n} step${n === 1 ? '' : 's'}`;

export const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[c]));

const STYLE = `
.rf { display: grid; gap: .75rem; font-family: var(--rnn-font-ui, var(--jp-ui-font-family, system-ui, sans-serif)); font-size: .9rem; color: inherit; }
.rf-controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; }
.rf-controls label, .rf-controls fieldset { display: grid; gap: .25rem; flex: 1 1 11rem; min-width: 0; }
.rf-controls label.rf-wide { flex-basis: 100%; }
.rf-controls label.rf-toggle { display: flex; gap: .5rem; align-items: center; flex: 0 1 auto; min-height: 1.75rem; }
.rf-buttons { display: flex; flex-wrap: wrap; gap: .5rem; flex-basis: 100%; }
.rf-controls label > span { display: flex; justify-content: space-between; gap: .75rem; }
.rf-controls fieldset { display: flex; flex-wrap: wrap; border: 0; padding: 0; margin: 0; }
.rf-controls legend { padding: 0; margin: 0 0 .25rem; font: inherit; }
.rf input:not([type=checkbox]), .rf select { width: 100%; min-height: 1.75rem; margin: 0; font: inherit; box-sizing: border-box; }
.rf input { accent-color: var(--rnn-accent, #2563a8); }
.rf select, .rf input[type=text] { background: transparent; color: inherit; border: 1px solid color-mix(in srgb, currentColor 55%, transparent); border-radius: 4px; padding: 0 .35rem; }
.rf option { color: CanvasText; background: Canvas; }
.rf button { font: inherit; min-height: 2rem; padding: 0 .75rem; color: inherit; background: transparent; border: 1px solid color-mix(in srgb, currentColor 55%, transparent); border-radius: 4px; cursor: pointer; }
.rf button:disabled { opacity: .5; cursor: default; }
.rf svg { display: block; width: 100%; height: auto; overflow: visible; }
.rf text { fill: currentColor; font-size: 12px; }
.rf .axis { stroke: currentColor; stroke-opacity: .35; }
.rf .grid { stroke: currentColor; stroke-opacity: .12; }
.rf .line { fill: none; stroke: var(--rnn-accent, #2563a8); stroke-width: 2; }
.rf .line-2 { fill: none; stroke: var(--rnn-accent-2, #c2571a); stroke-width: 2; stroke-dasharray: 6 3; }
.rf .line-3 { fill: none; stroke: currentColor; stroke-opacity: .6; stroke-width: 1.5; stroke-dasharray: 2 3; }
.rf .bar, .rf .dot { fill: var(--rnn-accent, #2563a8); }
.rf .bar-2, .rf .dot-2 { fill: var(--rnn-accent-2, #c2571a); }
.rf .word { fill: var(--rnn-accent, #2563a8); font-weight: 600; }
.rf .word-2 { fill: var(--rnn-accent-2, #c2571a); font-weight: 600; }
.rf output { display: block; min-height: 3em; }
`;

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// One control: its element, and how it shows a value.
function build(control, set) {
  const { name, label, kind = 'range', say = said } = control;
  if (kind === 'button') {
    const button = made('button', { type: 'button' }, label);
    button.addEventListener('click', () => control.press(set));
    return { element: button, show: () => {} };
  }
  const shown = made('b');
  const wide = control.wide || kind === 'text' ? { class: 'rf-wide' } : {};
  if (kind === 'choice') {
    const select = made('select', { name });
    for (const [value, text] of Object.entries(control.options)) select.add(new Option(text, value));
    select.addEventListener('change', () => set({ [name]: select.value }));
    return { element: made('label', wide, made('span', {}, label), select), show: (value) => { select.value = value; } };
  }
  if (kind === 'toggle') {
    const box = made('input', { type: 'checkbox', name });
    box.addEventListener('change', () => set({ [name]: box.checked }));
    return { element: made('label', { class: 'rf-toggle' }, box, label), show: (value) => { box.checked = value; } };
  }
  if (kind === 'text') {
    const field = made('input', { type: 'text', name, maxlength: control.maxLength ?? 80, autocomplete: 'off', spellcheck: 'false' });
    field.addEventListener('input', () => set({ [name]: field.value }));
    return { element: made('label', wide, made('span', {}, label), field), show: (value) => { if (field.value !== value) field.value = value; } };
  }
  const slider = made('input', { type: 'range', name, min: control.min, max: control.max, step: control.step ?? 1 });
  slider.addEventListener('input', () => set({ [name]: Number(slider.value) }));
  return {
    element: made('label', wide, made('span', {}, label, shown), slider),
    show: (value, state) => {
      const { min, max } = control;
      if (typeof max === 'function') slider.max = max(state);
      if (typeof min === 'function') slider.min = min(state);
      slider.value = value;
      shown.textContent = say(value, state);
      slider.setAttribute('aria-valuetext', say(value, state));
    },
  };
}

/**
 * Show a figure: controls above, a drawing, and a sentence that says what the drawing shows.
 *
 * host: what a module's render is given, {model, el}.
 * label: what the figure is, for those who cannot see it.
 * controls: [{name, label, kind, …}]. kind 'range' (min, max, step, say), 'choice' (options), 'toggle',
 *   'text' (maxLength), 'button' (press(set)); `say(value, state)` puts a value into words; min and max may be functions of the state.
 * others: names of the state's parts that have no control, such as exported weights.
 * describe(state): the sentence. picture(state): what kind of drawing it is, before the sentence, for screen readers.
 * paint(state, width): {height, marks, defs}: the drawing as SVG text, as wide as the page lets it be.
 * css: the figure's own rules, each below `.rf`; they hold in this figure alone. ready({root, svg, set, get}): for pointers on the drawing.
 */
export function mount({ model, el }, { label, controls, others = [], describe, picture = () => 'Drawing', paint, css = '', ready }) {
  const names = [...controls.map((c) => c.name).filter(Boolean), ...others];
  const get = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  };
  const root = made('div', { class: 'rf', role: 'group', 'aria-label': `Interactive figure: ${label}` });
  const own = `rf-${mark(css)}`;
  root.classList.add(own);
  root.append(made('style', {}, STYLE + scoped(css, own)));
  const parts = controls.map((control) => build(control, set));
  const box = made('div', { class: 'rf-controls' });
  parts.forEach(({ element }, i) => {
    // buttons that follow each other stand in a row of their own
    if (controls[i].kind !== 'button') box.append(element);
    else if (box.lastChild?.className === 'rf-buttons') box.lastChild.append(element);
    else box.append(made('div', { class: 'rf-buttons' }, element));
  });
  root.append(box);
  for (const control of root.querySelectorAll('input, select, button')) {
    control.dataset.lmSuppressShortcuts = 'true'; // JupyterLab would take the arrow keys for its own
  }
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('role', 'img');
  const output = made('output', { 'aria-live': 'polite' });
  root.append(svg, output);
  el.append(root);

  let width = 0;
  function draw() {
    const state = get();
    parts.forEach((part, i) => part.show(state[controls[i].name], state));
    output.textContent = describe(state);
    svg.setAttribute('aria-label', `${picture(state)}. ${output.textContent}`);
    width = root.clientWidth || 640;
    const { height, marks, defs = '' } = paint(state, width);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.innerHTML = `<defs>${defs}</defs><g aria-hidden="true">${marks}</g>`;
  }
  for (const name of names) model.on(`change:${name}`, draw);
  const watch = new ResizeObserver(() => { if (root.clientWidth !== width) draw(); });
  watch.observe(root);
  const leave = ready?.({ root, svg, set, get });
  draw();
  return () => {
    leave?.();
    watch.disconnect();
    for (const name of names) model.off(`change:${name}`, draw);
  };
}

/** Rules for `.rf`, held to figures with the class `own`: a page may show several kinds. They weigh as before. */
export function scoped(css, own) {
  return css.replace(/\.rf(?![\w-])/g, `.rf:where(.${own})`);
}

function mark(text) {
  let sum = 5381;
  for (const c of text) sum = (sum * 33 + c.codePointAt(0)) >>> 0;
  return sum.toString(36);
}

/**
 * A plane with axes. x and y are {low, high, log, ticks, label, say}; ticks are values, or how many at most.
 * Gives x(value), y(value), axes (markup), line(points, class), dots(points, class).
 */
export function plane({ width, height, left = 48, right = 10, top = 20, bottom = 44, x, y }) {
  const scale = ({ low, high, log }, from, to) => {
    const f = log ? Math.log10 : (v) => v;
    return (value) => from + ((to - from) * (f(value) - f(low))) / (f(high) - f(low));
  };
  const toX = scale(x, left, width - right);
  const toY = scale(y, height - bottom, top);
  const at = (v) => v.toFixed(1);
  const text = (px, py, anchor, words) => `<text x="${at(px)}" y="${at(py)}" text-anchor="${anchor}">${escaped(words)}</text>`;
  let axes = '';
  for (const v of ticks(y)) {
    axes += `<line class="grid" x1="${left}" x2="${width - right}" y1="${at(toY(v))}" y2="${at(toY(v))}"/>` + text(left - 8, toY(v) + 4, 'end', tick(v, y));
  }
  const room = Math.max(2, Math.floor((width - left - right) / 52));
  for (const v of ticks(x, room)) axes += text(toX(v), height - bottom + 18, 'middle', tick(v, x));
  const base = y.log || y.low > 0 || y.high < 0 ? height - bottom : toY(0);
  axes += `<line class="axis" x1="${left}" x2="${width - right}" y1="${at(base)}" y2="${at(base)}"/>`;
  if (x.label) axes += text((left + width - right) / 2, height - 6, 'middle', x.label);
  if (y.label) axes += text(left, top - 6, 'start', y.label);
  const inside = ([px, py]) => Number.isFinite(px) && Number.isFinite(py);
  return {
    x: toX,
    y: toY,
    axes,
    line: (points, name = 'line') => {
      const found = points.map(([a, b]) => [toX(a), toY(b)]).filter(inside);
      return `<path class="${name}" d="${found.map(([a, b], i) => `${i ? 'L' : 'M'}${at(a)} ${at(b)}`).join('')}"/>`;
    },
    dots: (points, name = 'dot', radius = 3) => points.map(([a, b]) => [toX(a), toY(b)]).filter(inside)
      .map(([a, b]) => `<circle class="${name}" cx="${at(a)}" cy="${at(b)}" r="${radius}"/>`).join(''),
  };
}

function tick(v, { log, say }) {
  if (say) return say(v);
  if (log && (v < 0.01 || v > 1000)) return `10${raised(Math.round(Math.log10(v)))}`;
  return said(Number(v.toPrecision(6)));
}

// Round values from low to high: powers of ten on a logarithmic axis.
function ticks({ low, high, log, ticks: wanted }, room = 6) {
  if (Array.isArray(wanted)) return wanted;
  const most = Math.min(wanted ?? room, room);
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / most));
    return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (last - i * every));
  }
  const rough = (high - low) / most, unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough - 1e-12);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}
