"""The built site, served on a local port, every other host blocked.

The folder is `_build/html`, or `RNNCOURSE_SITE_DIR`; `RNNCOURSE_SITE_PAGES` may choose pages by an
expression.
"""

import functools
import http.server
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120_000  # milliseconds: a busy machine is no failure
READY = """async () => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  for (const box of document.querySelectorAll('[data-figure]')) {
    box.scrollIntoView(); // a figure comes alive when it is seen
    for (let i = 0; !box.dataset.ready && i < 200; i++) await new Promise((r) => setTimeout(r, 50));
  }
  window.scrollTo(0, 0);
  await new Promise((r) => setTimeout(r, 100));
}"""
AXE = """async (options) =>
  (await axe.run(document, {resultTypes: ['violations'], ...options})).violations
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
class _Asked:
    """What a page asked for and complained of."""

    foreign: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

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


def folder_of(root: Path) -> Path:
    """Where the built site lies, or would."""
    return Path(os.environ.get("RNNCOURSE_SITE_DIR", root / "_build" / "html"))


def names(root: Path) -> list[str]:
    """The pages, as addresses below the site's root, the heaviest first.

    That of all chapters and the slides have tests of their own.
    """
    built = folder_of(root)
    wanted = re.compile(os.environ.get("RNNCOURSE_SITE_PAGES", ""))  # a part, for a first look
    pages = sorted(built.rglob("*.html"), key=lambda p: -p.stat().st_size)
    found = [p.relative_to(built).as_posix() for p in pages]
    found = [name for name in found if not name.startswith(("_", "slides/", "print.html"))]
    return [name for name in found if wanted.search(name)] or ["index.html"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each page is a test of its own."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", names(metafunc.config.rootpath))


@pytest.fixture(scope="session")
def built(root: Path) -> Path:
    """The folder of the built site."""
    folder = folder_of(root)
    if not (folder / "index.html").exists():
        pytest.fail(f"no site in {folder}: run `make site` first")
    return folder


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


def _visit(context: Any, url: str, home: str, axe: str = "") -> dict[str, Any]:
    """What is wrong with one page, by what should hold; empty where nothing is.

    Light on a desk, then dark (with axe), then on a phone. The page is loaded once.
    """
    asked = _Asked()
    page = context.new_page()
    asked.watch(page, home)
    page.goto(url)
    page.evaluate(READY)
    facts = page.evaluate(FACTS)
    found: dict[str, Any] = {
        "asks another host": asked.foreign,
        "is missing": asked.missing,
        "formulas not typeset": facts["formulas"] - facts["typeset"],
        "formulas with an error": facts["mathErrors"],
        "figures that do not live": facts["figures"] - facts["living"],
        "pictures without a description": facts["undescribed"],
        "solutions that stand open": facts["opened"],
    }
    if axe:
        page.evaluate(axe)
        found["theme of a light desk"] = facts["theme"] if facts["theme"] != "light" else ""
        found["axe"] = page.evaluate(AXE, {})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        found["axe in the dark"] = page.evaluate(AXE, {"runOnly": ["color-contrast"]})
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 50)))")
        found["pixels that a phone must scroll sideways"] = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    page.close()
    found["the console complains"] = asked.errors
    return {what: value for what, value in found.items() if value}


@pytest.fixture(scope="session")
def visit() -> Callable[..., dict[str, Any]]:
    """`visit(context, url, home, axe)`: what is wrong with a page; with axe, in both themes."""
    return _visit


@pytest.fixture(scope="session")
def desk(chromium: Any) -> Iterator[Any]:
    """A browser's window on a desk, in light."""
    context = chromium.new_context(
        color_scheme="light", reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh page for a test that acts."""
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
