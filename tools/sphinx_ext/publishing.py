"""What a site needs beside its chapters.

Descriptions, a page for wrong addresses, a site map, and all chapters on one page.
"""

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from tools.site.paths import HTML
from tools.site.whole import whole

LENGTH = 160  # characters that search engines show
NOT_FOUND = Path(__file__).parent / "templates" / "404.html"


def first_sentences(doctree: nodes.document) -> str:
    """The beginning of a page's text, cut at a word.

    A paragraph that is code's output, or in a list or box, does not say what the page is about.
    """
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.document):
            text = " ".join(paragraph.astext().split())
            if len(text) > LENGTH:
                text = f"{text[: LENGTH - 1].rsplit(' ', 1)[0]}…"
            if len(text) >= 25:
                return text
    return ""


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page without a description its first sentences."""
    tags = context.get("metatags") or ""
    if doctree is None or 'name="description"' in tags:
        return
    if text := first_sentences(doctree):
        context["metatags"] = f'{tags}\n<meta name="description" content="{escape(text)}" />'


def offer_whole(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the page of all chapters to the downloads that the theme offers."""
    if Path(app.outdir).resolve() != HTML.resolve():
        return
    for group in context.get("header_buttons", []):
        if group["label"] == "download-buttons":
            group["buttons"].append(
                {
                    "type": "link",
                    "url": context["pathto"]("print.html", 1),
                    "text": "all chapters",
                    "tooltip": "All chapters on one page, to print",
                    "icon": "fas fa-print",
                    "label": "print-whole-button",
                }
            )


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the page for wrong addresses and, for a site whose address is known, its map."""
    if error or app.builder.format != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    text = NOT_FOUND.read_text("utf8")
    text = re.sub(r'(?<=href=")(?!https?:|data:)', escape(base), text) if base else text
    (out / "404.html").write_text(text, "utf8")
    site_map = out / "sitemap.xml"
    site_map.unlink(missing_ok=True)
    if base:
        pages = sorted(app.env.found_docs)
        lines = [f"<url><loc>{escape(urljoin(base, f'{page}.html'))}</loc></url>" for page in pages]
        head = (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        )
        site_map.write_text("\n".join([head, *lines, "</urlset>"]) + "\n", "utf8")
    if out.resolve() == HTML.resolve():  # not where a chapter is built alone
        whole()


def setup(app: Sphinx) -> None:
    """Register."""
    app.connect("html-page-context", describe, priority=470)
    app.connect("html-page-context", offer_whole, priority=900)
    app.connect("build-finished", write_files)
