"""Nothing of a submission runs in a browser: in the autograded notebook, and in nbgrader's pages.

Twice over. The autograded notebook holds only texts and outputs that cannot run in any viewer; and
in this course every text that nbgrader's own pages render passes ``markdown_to_html``.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.gradebook import notebooks, pictures
from autograder.gradebook.words import printable
from autograder.mathematics import Formulas

MAX_MARKDOWN = 20_000  # characters; the parser takes a second for the worst text of this length
MAX_TEXT = 200_000  # characters of one output
MAX_OUTPUTS = 200  # of one cell
MAX_PICTURE = 8 << 20  # characters of base64
_PICTURES = ("image/png", "image/jpeg", "image/gif")
# fmt: off
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div",
    "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
    "var",
}
# fmt: on
_ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"class"},
    "span": {"class"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
# classes of highlighted code alone: formgrader binds its buttons to others
_CODE_CLASS = re.compile(r"highlight( hl-[\w-]+)?|[a-z][a-z0-9]{0,2}|formula-\d+")
_PLAIN_TAG = re.compile(
    r"</?(?:b|br|code|em|hr|i|kbd|p|small|strong|sub|sup|u)\s*/?>", re.IGNORECASE
)


def markdown_to_html(source: str, attachments: Any = None) -> str:
    """Markdown as nbconvert renders it, formulas as MathML, without what runs, sends or loads.

    No script, handler, style, form or foreign picture; links lead to other hosts only, never into
    the course's files, which formgrader would serve as the instructor's own.
    """
    renderer = _Renderer(  # type: ignore[no-untyped-call]
        escape=False, attachments=attachments or {}, exclude_anchor_links=True
    )
    rendered = MarkdownWithMath(renderer=renderer).render(source)  # type: ignore[no-untyped-call]
    return renderer.formulas.put_back(clean_html(rendered))


class _Renderer(IPythonRenderer):
    """nbconvert's, with formulas kept apart until the rest is clean."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.formulas = Formulas()

    def inline_math(self, body: str) -> str:
        return self.formulas.keep(body)

    def block_math(self, body: str) -> str:
        return self.formulas.keep(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return self.formulas.keep(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)


def clean_html(html: str | bytes) -> str:
    """HTML without what runs, sends, loads, or passes for a part of formgrader's form."""
    return nh3.clean(
        html.decode("utf-8", "replace") if isinstance(html, bytes) else html,
        tags=_TAGS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        clean_content_tags={"script", "style", "svg", "math", "template", "title"},
        url_schemes={"http", "https", "mailto", "data"},
        attribute_filter=_harmless,
    )


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        return value if _CODE_CLASS.fullmatch(value) else None
    if attribute in ("src", "href"):
        return value if _leads_nowhere(attribute, value) else None
    return value


def _leads_nowhere(attribute: str, address: str) -> bool:
    if attribute == "src":
        return address.startswith(tuple(f"data:{kind};base64," for kind in _PICTURES))
    return address.startswith(("http://", "https://", "mailto:", "#"))


def safe_markdown(source: str, pictures: Collection[str] = ()) -> str:
    """Markdown that is harmless in any viewer: as it is, or as a block of text where it is not.

    Jupyter's and nbconvert's Markdown lets markup and any link through, and formgrader's page fails
    as a whole on a picture that is not there. A text with markup other than plain ornaments, with a
    link that is no web address, or with a picture that is not one of ``pictures`` is shown as it
    was typed.

    Args:
        source: what a student wrote.
        pictures: names of the cell's attachments.
    """
    parser: Any = MarkdownWithMath
    harmless = len(source) <= MAX_MARKDOWN
    if harmless:
        try:
            harmless = _is_harmless(parser(renderer=None).parse(source)[0], pictures)
        except RecursionError:
            harmless = False
    if harmless:
        return source
    return f"*Shown as it was typed:*\n\n{_fenced(source)}"


def _fenced(source: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0))
    return f"{fence}text\n{source}\n{fence}"


def _is_harmless(tokens: Iterable[Mapping[str, Any]], pictures: Collection[str]) -> bool:
    for token in tokens:
        kind, raw = token["type"], token.get("raw", "")
        address = str(token.get("attrs", {}).get("url", ""))
        if kind in ("block_html", "inline_html") and _PLAIN_TAG.sub("", raw).strip().find("<") >= 0:
            return False
        if kind == "link" and not _leads_nowhere("href", address):
            return False
        name = address.removeprefix("attachment:")
        if kind == "image" and (name == address or name not in pictures):
            return False
        if not _is_harmless(token.get("children") or (), pictures):
            return False
    return True


def safe_notebook(nb: Any) -> Any:
    """A copy of a graded notebook that can be opened by anyone: texts and outputs made harmless.

    Texts of the course's own locked cells stay as they are.
    """
    made = notebooks.node(nb)
    for cell in made.cells:
        flags = notebooks.flags(cell)
        written = flags.get("solution") or str(cell.id).startswith("own-")
        if cell.cell_type == "code":
            cell.outputs = [notebooks.node(o) for o in safe_outputs(cell.get("outputs", ()))]
        elif cell.cell_type == "raw" and written:
            cell.cell_type, cell.source = "markdown", _fenced(cell.source)
        elif written:
            cell.source = safe_markdown(cell.source, cell.get("attachments", {}))
    return made


def safe_outputs(outputs: Any) -> list[dict[str, Any]]:
    """Outputs as text and bitmaps alone: no HTML, SVG, script or widget."""
    made: list[dict[str, Any]] = []
    for output in list(outputs)[:MAX_OUTPUTS]:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            made.append({"output_type": "stream", "name": name, "text": _text(output.get("text"))})
        elif kind == "error":
            lines = output.get("traceback")
            made.append(
                {
                    "output_type": "error",
                    "ename": _text(output.get("ename"), 200),
                    "evalue": _text(output.get("evalue"), 2000),
                    "traceback": [_text(x) for x in lines[:100]] if isinstance(lines, list) else [],
                }
            )
        elif kind in ("display_data", "execute_result"):
            data = _safe_data(output.get("data"))
            if data:
                made.append({"output_type": "display_data", "data": data, "metadata": {}})
    return made


def _safe_data(data: Any) -> dict[str, str]:
    made: dict[str, str] = {}
    for kind, value in data.items() if isinstance(data, Mapping) else ():
        text = "".join(map(str, value)) if isinstance(value, list) else value
        if kind in _PICTURES and isinstance(text, str) and len(text) <= MAX_PICTURE:
            try:
                raw = base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            if pictures.is_small(raw):
                made[kind] = base64.b64encode(raw).decode()
        elif kind == "text/plain":
            made[kind] = _text(text)
    return made


def _text(value: Any, limit: int = MAX_TEXT) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    cut = len(text) - limit
    # escape stays: tracebacks are coloured with it, and every viewer knows
    kept = "\x1b".join(printable(piece) for piece in text[:limit].split("\x1b"))
    return f"{kept}\n[{cut} more characters not shown]" if cut > 0 else kept
