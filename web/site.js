// Mends of the theme's pages: names for assistive technology, and what a page from a folder cannot do.
document.addEventListener('DOMContentLoaded', () => {
  const all = (selector, mend, root = document) => root.querySelectorAll(selector).forEach(mend);

  all('.search-button-field', (button) => button.removeAttribute('aria-label'));
  all('.toctree-l1 details > summary, li.has-children > details > summary', (summary) => {
    const link = summary.closest('li').querySelector('a');
    summary.setAttribute('aria-label', `Sections of ${link ? link.textContent.trim() : 'this part'}`);
  });
  all('details.hide > summary', (summary) => summary.removeAttribute('aria-label'));
  const brand = document.querySelector('.sidebar-primary-items__start > .sidebar-primary-item .navbar-brand');
  if (brand) {
    brand.parentElement.setAttribute('role', 'navigation');
    brand.parentElement.setAttribute('aria-label', 'Home');
  }

  // what scrolls sideways must be reachable by keyboard
  const reach = () => all('div.math, mjx-container[display], .highlight pre, .table-wrapper, .pst-scrollable-table-container', (box) => {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box.tabIndex === 0) box.removeAttribute('tabindex');
  });
  all('.bd-article table', (table) => {
    if (table.closest('.table-wrapper, .pst-scrollable-table-container')) return;
    const box = document.createElement('div');
    box.className = 'table-wrapper';
    table.before(box);
    box.append(table);
  });
  reach();
  window.addEventListener('load', () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach));
  window.addEventListener('resize', reach);
});

// a page from a folder may not fetch the texts that the search's results quote
if (location.protocol === 'file:' && typeof DOCUMENTATION_OPTIONS !== 'undefined') {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// paper is white
(() => {
  const root = document.documentElement;
  let theme;
  addEventListener('beforeprint', () => { theme = root.dataset.theme; root.dataset.theme = 'light'; });
  addEventListener('afterprint', () => { root.dataset.theme = theme; });
})();
