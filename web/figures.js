// Hosts the figures of rnncourse/figures on a page without a kernel.
// <div data-figure="gradient_by_lag" data-state='{"w": 0.9}'>what is shown without scripts</div>
// A browser imports no module from a file:// page; the module's text comes in a script instead.
(() => {
  const base = new URL('figures/', document.currentScript.src);
  const modules = new Map();

  class Model {
    constructor(state) { this.state = state; this.handlers = {}; this.pending = new Set(); }
    get(key) { return this.state[key]; }
    set(key, value) { if (this.state[key] !== value) { this.state[key] = value; this.pending.add(key); } }
    save_changes() {
      const changed = [...this.pending];
      this.pending.clear();
      for (const key of changed) for (const handler of this.handlers[`change:${key}`] ?? []) handler();
      if (changed.length) for (const handler of this.handlers.change ?? []) handler();
    }
    on(event, handler) { (this.handlers[event] ??= []).push(handler); }
    off(event, handler) { this.handlers[event] = (this.handlers[event] ?? []).filter((h) => h !== handler); }
    send() {}
  }

  const load = (name) => {
    if (!modules.has(name)) {
      modules.set(name, new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = new URL(`${name}.js`, base);
        script.onerror = () => reject(new Error(`${script.src} was not found`));
        script.onload = () => {
          const text = `${window.rnncourseFigures[name]}\n//# sourceURL=${name}.js`;
          const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
          resolve(import(url));
        };
        document.head.append(script);
      }));
    }
    return modules.get(name);
  };

  const show = async (box) => {
    try {
      const { default: module } = await load(box.dataset.figure);
      const still = [...box.childNodes];
      const model = new Model(JSON.parse(box.dataset.state || '{}'));
      await module.initialize?.({ model });
      await module.render({ model, el: box });
      for (const node of still) node.remove();
      box.dataset.ready = 'true';
    } catch (error) {
      console.error(`figure ${box.dataset.figure}:`, error); // the still picture stays
    }
  };

  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { watch.unobserve(entry.target); show(entry.target); }
  }, { rootMargin: '400px' });
  for (const box of document.querySelectorAll('[data-figure]')) watch.observe(box);
})();
