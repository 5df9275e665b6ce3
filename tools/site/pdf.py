"""Prints `print.html` to `book.pdf` with the Chromium that is installed."""

import functools
import http.server
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from .paths import HTML, ROOT
from .whole import PAGE, PDF, keep_pdf, whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE = 600_000  # milliseconds: a busy machine sets thousands of formulas in minutes
#: a link out of the book leads to the site, where its address is known, and nowhere otherwise
LINKS = """(base) => {
  for (const link of document.querySelectorAll('a[href]')) {
    const to = link.getAttribute('href');
    if (/^(#|https?:|mailto:)/.test(to)) continue;
    if (base) link.href = new URL(to, base).href; else link.removeAttribute('href');
  }
}"""
READY = """async () => {
  await document.fonts.ready;
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  await document.fonts.ready;
  return document.querySelectorAll('mjx-merror, [data-mjx-error]').length;
}"""
FOOT = (
    '<div style="width:100%;font:8px sans-serif;color:#666;text-align:center">'
    '<span class="pageNumber"></span></div>'
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a local port, at the address given."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def browser() -> str:
    """The path of Chromium: `CHROME`, or the first of its names on PATH.

    Raises:
        SystemExit: there is none.
    """
    found = os.environ.get("CHROME") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("no Chromium on PATH: run `make system`, or set CHROME to its path")
    return found


def pdf() -> Path:
    """Make the PDF and offer it on `print.html`; what is there and still true is kept.

    Raises:
        SystemExit: the site is not built, there is no Chromium, or a formula is wrong.
    """
    if not (HTML / "index.html").exists():
        raise SystemExit("nothing is built yet: python -m tools.site build")
    whole()
    if PDF.exists():
        return PDF
    from playwright.sync_api import sync_playwright

    start = time.monotonic()
    base = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))["sphinx"]["config"]
    with sync_playwright() as playwright, served(HTML) as home:
        chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE)
        page.emulate_media(color_scheme="light", media="print")
        page.goto(home + PAGE.name)
        if wrong := page.evaluate(READY):
            raise SystemExit(f"print.html: {wrong} formulas are wrong")
        page.evaluate(LINKS, base.get("html_baseurl") or "")
        page.pdf(
            path=str(PDF),
            format="A4",
            margin={"top": "18mm", "bottom": "20mm", "left": "20mm", "right": "20mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            print_background=True,
            tagged=True,
            outline=True,
        )
        chromium.close()
    keep_pdf()
    print(f"{PDF.name}: {PDF.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.0f} s")
    return PDF
