"""Mends what Jupyter Book and the theme write into each page."""

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from tools.site.execute import kept

from . import loading

UNWANTED = (
    # the theme draws the same icons from its web font: 1.5 MB less
    re.compile(r'<script[^>]*src="[^"]*fontawesome\.js[^"]*"[^>]*></script>'),
    # settings of thebe, which no page loads
    re.compile(r'<script type="text/x-thebe-config">.*?</script>', re.DOTALL),
    re.compile(r"<script>kernelName = '[^']*'</script>"),
    # a list in name alone: its children are entries of a bibliography
    re.compile(r' role="list"(?= class="citation-list")| role="doc-biblioentry"'),
    # sphinx-exercise gives every exercise of a page the same id
    re.compile(r'(?<=<section) id="(?:exercise|solution)-content"'),
)

SIGNATURE = re.compile(r'<dt class="sig[^>]*>.*?</dt>', re.DOTALL)


def lines_of_signature(match: re.Match[str]) -> str:
    """A long signature's lines, which Sphinx makes a list of definitions without their terms."""
    text = match[0].replace("<dl>", '<span class="sig-lines">').replace("</dl>", "</span>")
    return text.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")


def _text(asset: Any) -> str:
    attributes = getattr(asset, "attributes", {}) or {}
    return str(attributes.get("body") or getattr(asset, "filename", asset))


def drop_unused(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop the loader of thebe (unused, and from a CDN) and scripts written twice."""
    for kind in ("script_files", "css_files"):
        kept: dict[str, Any] = {}
        for asset in context.get(kind, []):
            text = _text(asset)
            if "THEBE_JS_URL" not in text and "sphinx-thebe" not in text:
                kept.setdefault(text, asset)
        context[kind] = list(kept.values())


def offer_notebook(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Offer a chapter written as text also as .ipynb, with its outputs."""
    made = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    if doctree is not None and context.get("sourcename", "").endswith(".md") and made.exists():
        offered = Path(app.outdir) / "_sources" / f"{page}.ipynb"
        offered.parent.mkdir(parents=True, exist_ok=True)
        found = kept(Path(app.env.doc2path(page)))
        text = with_outputs(made.read_text("utf8"), found.notebook if found else None)
        if not offered.exists() or offered.read_text("utf8") != text:
            offered.write_text(text, "utf8")
        context["ipynb_source"] = f"{page}.ipynb"


def with_outputs(text: str, executed: Path | None) -> str:
    """A notebook with the outputs of its executed code cells, and with cells named in their order.

    Args:
        text: The notebook, without outputs.
        executed: The code cells of the same notebook, with them.
    """
    notebook = json.loads(text)
    outputs = iter(json.loads(executed.read_text("utf8"))["cells"] if executed else [])
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code" and (done := next(outputs, None)):
            cell["outputs"] = done["outputs"]
            cell["execution_count"] = done["execution_count"]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def finish(app: Sphinx, error: Exception | None) -> None:
    """Remove what no page needs from the written files."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for page in out.rglob("*.html"):
        text = mended = page.read_text("utf8")
        for unwanted in UNWANTED:
            mended = unwanted.sub("", mended)
        mended = SIGNATURE.sub(lines_of_signature, mended)
        mended = loading.mended(mended, searches=page.name == "search.html")
        if mended != text:
            page.write_text(mended, "utf8")
    patterns = ("scripts/fontawesome.js*", "**/*.map", "*webpack-macros.html")
    for unused in {file for pattern in patterns for file in out.glob(f"_static/{pattern}")}:
        unused.unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register, before and after the theme's own handlers."""
    app.connect("html-page-context", offer_notebook, priority=450)
    app.connect("html-page-context", drop_unused, priority=950)
    app.connect("build-finished", finish)
