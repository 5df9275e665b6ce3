"""The built site, served on a local port, every other host blocked.

All pages are visited in one browser session; the tests read what the visits recorded. The folder
is `_build/html`, or `RNNCOURSE_SITE_DIR`; `RNNCOURSE_SITE_PAGES` may choose pages by an expression.
"""

import functools
import http.server
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120_000  # milliseconds: a busy machine is no failure
READY = """async () => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  for (const box of document.querySelectorAll('[data-figure]')) box.scrollIntoView();
  const waiting = () => document.querySelectorAll('[data-figure]:not([data-ready])').length;
  for (let i = 0; waiting() && i < 100; i++) await new Promise((r) => setTimeout(r, 50));
  window.scrollTo(0, 0);
  await new Promise((r) => setTimeout(r, 100));
}"""
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((v) => ['serious', 'critical'].includes(v.impact))
  .map((v) => {
    const where = v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ');
    return `${v.id}: ${v.help}: ${where}`;
  })"""
FACTS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const bare = 'article img:not([alt]), article svg[role=img]:not([aria-label])';
  return {
    theme: document.documentElement.dataset.theme,
    formulas: all('.math').length,
    typeset: all('mjx-container').length,
    mathErrors: all('mjx-merror, [data-mjx-error]').map((e) => e.textContent),
    figures: all('[data-figure]').length,
    living: all('[data-figure][data-ready]').length,
    undescribed: all(bare).length,
    opened: all('.solution.dropdown > section').filter(seen).length,
  };
}"""


@dataclass
class Visit:
    """What one visit of one page showed."""

    name: str
    scheme: str
    url: str
    foreign: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    overflow: int = 0

    def watch(self, page: Any, home: str) -> None:
        """Record what the page asks for and complains about; other hosts are not reached."""

        def decide(route: Any) -> None:
            if route.request.url.startswith((home, "data:", "blob:")):
                route.continue_()
            else:
                self.foreign.append(route.request.url)
                route.abort()

        def answered(response: Any) -> None:
            if response.status >= 400:
                self.missing.append(f"{response.status} {response.url}")

        def complained(message: Any) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        page.route("**/*", decide)
        page.on("response", answered)
        page.on("console", complained)
        page.on("pageerror", lambda error: self.errors.append(str(error)))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def built(root: Path) -> Path:
    """The folder of the built site."""
    folder = Path(os.environ.get("RNNCOURSE_SITE_DIR", root / "_build" / "html"))
    if not (folder / "index.html").exists():
        pytest.fail(f"no site in {folder}: run `make site` first")
    return folder


@pytest.fixture(scope="session")
def names(built: Path) -> list[str]:
    """The pages, as addresses below the site's root.

    That of all chapters and the slides have tests of their own.
    """
    pages = sorted(p.relative_to(built).as_posix() for p in built.rglob("*.html"))
    wanted = re.compile(os.environ.get("RNNCOURSE_SITE_PAGES", ""))  # a part, for a first look
    pages = [name for name in pages if not name.startswith(("_", "slides/", "print.html"))]
    return [name for name in pages if wanted.search(name)]


@pytest.fixture(scope="session")
def home(built: Path) -> Iterator[str]:
    """The address of the served site."""
    handler = functools.partial(_Quiet, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The text of axe-core, from the lock file's packages."""
    script = root / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.fail("axe-core is not installed: python -m tools.site vendor")
    return script.read_text("utf8")


@pytest.fixture(scope="session")
def visits(chromium: Any, home: str, names: list[str], axe: str) -> list[Visit]:
    """Every page, in light and in dark, on a desk and then at a phone's width."""
    made = []
    for scheme in ("light", "dark"):
        context = chromium.new_context(
            color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1280, "height": 900}
        )
        context.set_default_timeout(PATIENCE)
        for name in names:
            visit = Visit(name, scheme, home + name)
            page = context.new_page()
            visit.watch(page, home)
            page.goto(visit.url)
            page.evaluate(READY)
            visit.facts = page.evaluate(FACTS)
            page.evaluate(axe)
            visit.violations = page.evaluate(AXE)
            page.set_viewport_size({"width": 390, "height": 844})
            page.evaluate(
                "() => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 50)))"
            )
            visit.overflow = page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            page.close()
            made.append(visit)
        context.close()
    return made


@pytest.fixture(scope="session")
def folder_visits(chromium: Any, built: Path, names: list[str]) -> list[Visit]:
    """Every page once more, opened from the folder without a server."""
    made = []
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    for name in names:
        visit = Visit(name, "light", (built / name).as_uri())
        page = context.new_page()
        visit.watch(page, "file://")
        page.goto(visit.url)
        page.evaluate(READY)
        visit.facts = page.evaluate(FACTS)
        page.close()
        made.append(visit)
    context.close()
    return made


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh page for a test that acts."""
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
