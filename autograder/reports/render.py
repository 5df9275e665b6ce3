"""Text, code, Markdown and outputs from a submission as HTML that cannot act.

Everything here takes what a student wrote and gives ``Markup`` without script, link or request.
"""

import base64
import binascii
import re
import struct
from collections.abc import Mapping
from typing import Any

import mistune
import nh3
from markupsafe import Markup, escape
from mistune.plugins.math import math
from mistune.plugins.table import table

from autograder.mathematics import Formulas
from autograder.reports.highlight import highlight

TEXT_LIMIT = 20_000  # characters of one source or output that a page shows
PICTURE_BYTES = 3 << 20
PICTURE_SIDE = 8_000  # pixels: what a browser unpacks without harm

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]"
)
# marks that reorder the text around them make code read as other code
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SHOWN = {ord(c): f"[U+{ord(c):04X}]" for c in _BIDI}
_SHOWN |= {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"}
_SHOWN |= {0x7F: "␡"} | {code: f"[U+{code:04X}]" for code in range(0x80, 0xA0)}
_TAGS = {"p", "br", "em", "strong", "del", "code", "pre", "ul", "ol", "li", "blockquote", "hr"}
_TAGS |= {"img", "span", "table", "thead", "tbody", "tr", "th", "td"}


def clean(text: object, limit: int = TEXT_LIMIT) -> str:
    """Plain text that is safe to encode and reads as it runs.

    Colour codes go, a line overwritten by a carriage return keeps its last state, other control
    and text-reordering characters become visible, and what exceeds ``limit`` is cut with a note.
    """
    raw = text if isinstance(text, str) else "" if text is None else str(text)
    cut = len(raw) - limit
    raw = _ANSI.sub("", raw[:limit]).replace("\r\n", "\n")
    raw = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in raw.split("\n"))
    raw = raw.encode("utf-8", "backslashreplace").decode("utf-8").translate(_SHOWN)
    return f"{raw}\n[{cut} more characters not shown]" if cut > 0 else raw


def source_text(value: object, limit: int = TEXT_LIMIT) -> str:
    """A notebook's text field, which may be a list of lines, cleaned."""
    return clean("".join(map(str, value)) if isinstance(value, list) else value, limit)


def plain(text: object) -> Markup:
    """Text with its line breaks kept."""
    return escape(clean(text))


def code(source: object) -> Markup:
    """Python source with its tokens marked by class names."""
    return highlight(source_text(source).strip("\n"))


def picture(data: object, alt: str) -> Markup | None:
    """A PNG output inside the page; ``None`` where ``data`` is not a PNG of reasonable size."""
    text = "".join(map(str, data)) if isinstance(data, list) else data
    if not isinstance(text, str) or len(text) > PICTURE_BYTES * 4 // 3 + 1024:
        return None
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) > PICTURE_BYTES or raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR":
        return None
    if len(raw) < 33:
        return None
    width, height = struct.unpack(">II", raw[16:24])
    if not (0 < width <= PICTURE_SIDE and 0 < height <= PICTURE_SIDE):
        return None
    encoded = base64.b64encode(raw).decode("ascii")
    # the size keeps the page from jumping while pictures load
    return Markup(
        '<img src="data:image/png;base64,{}" alt="{}" width="{}" height="{}" loading="lazy">'
    ).format(Markup(encoded), clean(alt, 500), width, height)


class _Quiet(mistune.HTMLRenderer):
    """Markdown without links, remote pictures or headings of its own."""

    def __init__(self, attachments: Mapping[str, Any]) -> None:
        super().__init__(escape=True)
        self.attachments = attachments
        self.formulas = Formulas()

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return f"<p><strong>{text}</strong></p>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        address = str(escape(url))
        return text if text == address else f"{text} (<code>{address}</code>)"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        alt = mistune.util.striptags(text) or "picture in the student's text, without description"
        name = url.removeprefix("attachment:")
        found = self.attachments.get(name) if name != url else None
        shown = picture(found.get("image/png"), alt) if isinstance(found, Mapping) else None
        return str(shown) if shown else f"<em>[picture: {escape(alt)}]</em>"

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<pre tabindex="0"><code>{escape(code)}</code></pre>\n'

    def inline_math(self, text: str) -> str:
        return self.formulas.keep(text)

    def block_math(self, text: str) -> str:
        return self.formulas.keep(text, display=True)


def markdown(source: object, attachments: object = None) -> Markup:
    """A Markdown answer; its HTML shows as text, its links and remote pictures lead nowhere."""
    text = source_text(source)
    kept = attachments if isinstance(attachments, Mapping) else {}
    renderer = _Quiet(kept)
    try:
        render = mistune.Markdown(renderer=renderer, plugins=[math, table])
        html = str(render(text))
    except RecursionError:
        html = f"<pre>{escape(text)}</pre>"
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes={
            "img": {"src", "alt", "width", "height", "loading"},
            "pre": {"tabindex"},
            "span": {"class"},
        },
        attribute_filter=_only_ours,
        url_schemes={"data"},
        link_rel=None,
    )
    return Markup(renderer.formulas.put_back(cleaned))


def _only_ours(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if value.startswith("data:image/png;base64,") else None
    if attribute == "class":
        return value if value.startswith("formula-") else None
    return value


def output(data: object) -> Markup:
    """One output of a cell: text, a PNG, or a traceback; HTML, scripts and widgets stay text."""
    if not isinstance(data, Mapping):
        return Markup("")
    kind = data.get("output_type")
    if kind == "stream":
        stream = "stderr" if data.get("name") == "stderr" else "stdout"
        return _pre(source_text(data.get("text")), stream)
    if kind == "error":
        lines = data.get("traceback")
        text = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
        return _pre(clean(text or f"{data.get('ename')}: {data.get('evalue')}"), "error")
    bundle = data.get("data")
    if not isinstance(bundle, Mapping):
        return Markup("")
    words = source_text(bundle.get("text/plain"), 2_000)
    alt = f"Figure drawn by your code{f' ({words})' if words else ''}"
    if "image/png" in bundle:
        shown = picture(bundle["image/png"], alt)
        return (
            Markup("<figure>{}</figure>").format(shown)
            if shown
            else _pre("[a picture that is too large or not a PNG]", "note")
        )
    return _pre(source_text(bundle.get("text/plain")), "result") if words else Markup("")


def outputs(items: object, limit: int = 50) -> list[Markup]:
    """The outputs of a cell, at most ``limit`` of them."""
    found = list(items) if isinstance(items, list) else []
    shown = [html for item in found[:limit] if (html := output(item))]
    if len(found) > limit:
        shown.append(_pre(f"[{len(found) - limit} more outputs not shown]", "note"))
    return shown


_NAMES = {
    "stdout": "printed output",
    "stderr": "messages on stderr",
    "error": "error message",
    "result": "result",
    "note": "note",
}


def _pre(text: str, kind: str) -> Markup:
    if not text.strip():
        return Markup("")
    return Markup('<pre class="out {}" tabindex="0" role="group" aria-label="{}">{}</pre>').format(
        kind, _NAMES[kind], text.rstrip("\n")
    )
