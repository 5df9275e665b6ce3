// Starts a deck: the page's theme, keys, and slides that fit whatever they hold.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const wanted = new URLSearchParams(location.search).get('theme');
  const follow = () => { document.documentElement.dataset.theme = wanted ?? (dark.matches ? 'dark' : 'light'); };
  dark.addEventListener('change', follow);
  follow();

  const WIDTH = 1280, HEIGHT = 720, SMALLEST = 0.45;
  const fit = (slide) => {
    if (!slide || slide.classList.contains('stack')) return;
    const exhibit = slide.querySelector('.exhibit');
    if (!exhibit) return;
    exhibit.style.zoom = '';
    const room = HEIGHT - (slide.scrollHeight - exhibit.scrollHeight) - 24;
    const tall = exhibit.scrollHeight / Math.max(room, HEIGHT / 3), wide = exhibit.scrollWidth / exhibit.clientWidth;
    const much = Math.max(tall, wide);
    if (much > 1.01) exhibit.style.zoom = String(Math.max(SMALLEST, 1 / much));
  };
  // What a slide shows may grow after it was fitted: a figure that is loaded, or drawn anew for a new width.
  // It is only ever made smaller here, so that a size and a drawing never chase each other.
  const refit = () => {
    const slide = deck.getCurrentSlide(), exhibit = slide?.querySelector('.exhibit');
    if (!exhibit || slide.scrollHeight <= HEIGHT) return;
    const drawn = exhibit.getBoundingClientRect().height / deck.getScale();
    const room = Math.max(drawn - (slide.scrollHeight - HEIGHT) - 24, HEIGHT / 4);
    const zoom = Number(exhibit.style.zoom || 1);
    if (drawn > room) exhibit.style.zoom = String(Math.max(SMALLEST, zoom * room / drawn));
  };
  const grown = new ResizeObserver(refit);
  const deck = window.deck = new Reveal({
    width: WIDTH,
    height: HEIGHT,
    margin: 0.05,
    center: false,
    hash: true,
    slideNumber: 'c/t',
    transition: 'none',
    backgroundTransition: 'none',
    plugins: [RevealNotes],
  });
  const shown = () => {
    grown.disconnect();
    const slide = deck.getCurrentSlide();
    fit(slide);
    for (const part of slide?.querySelectorAll('.exhibit, .exhibit > *') ?? []) grown.observe(part);
  };
  deck.on('slidechanged', () => { shown(); dispatchEvent(new Event('resize')); });
  const start = async () => {
    await deck.initialize();
    await window.MathJax?.startup?.promise;
    shown();
    document.documentElement.dataset.deck = 'ready';
  };
  if (document.readyState === 'complete') start(); else addEventListener('load', start);
})();
