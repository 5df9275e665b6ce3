"""TeX in a text as MathML: the browser sets it, no library is fetched, and nothing in it can act.

What a student wrote goes through here, and what the course wrote. Elements and attributes are made
anew from lists of what may be there, so links, styles and markup in the TeX go nowhere.
"""

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

MAX_TEX = 4_000  # characters of one formula
# a macro can stand for two of another, that for two of a third, …
_DEFINES = re.compile(r"\\(?:re)?newcommand|\\def\b|\\let\b|\\DeclareMathOperator")
# fmt: off
_ELEMENTS = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
}
_ATTRIBUTES = {
    "accent", "columnalign", "columnspacing", "display", "displaystyle", "fence", "form",
    "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "width",
}
# fmt: on
# environments that the library does not know, and one that it sets alike
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|split|gathered|gather\*?|eqnarray\*?)\}")
_VALUE = re.compile(r"[\w .%+-]{0,40}")
_PLACE = re.compile(r'<span class="(formula-\d+)"></span>')


def to_mathml(tex: str, *, display: bool = False) -> str:
    """A formula as a ``<math>`` element, or as it was typed where it cannot be read.

    Args:
        tex: without its dollar signs.
        display: on a line of its own.

    Returns:
        HTML that runs and loads nothing, whatever ``tex`` holds.
    """
    as_typed = f"<code>{escape(tex)}</code>"
    if len(tex) > MAX_TEX or _DEFINES.search(tex):
        return as_typed
    from latex2mathml.converter import Converter  # its table of signs takes time to load

    try:
        read = Converter(display="block" if display else "inline").convert_to_element(
            _ALIGNED.sub(r"\\\1{align*}", tex)
        )
        return _written(read)
    except Exception:  # the library raises whatever its walk through the tokens meets
        return as_typed


def _written(element: Element) -> str:
    if element.tag not in _ELEMENTS:
        raise ValueError(f"{element.tag} is no element of a formula")
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _VALUE.fullmatch(value)
    )
    # the library writes signs as character references, in texts too
    inner = escape(unescape(element.text or "")) + "".join(map(_written, element))
    tail = escape(unescape(element.tail or ""))
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>{tail}"


class Formulas:
    """Formulas kept apart while the text around them is cleaned, by an empty element for each."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def keep(self, tex: str, *, display: bool = False) -> str:
        """The element that stands for a formula."""
        name = f"formula-{len(self._kept)}"
        self._kept[name] = to_mathml(tex, display=display)
        return f'<span class="{name}"></span>'

    def put_back(self, html: str) -> str:
        """The cleaned text with its formulas, each of them once, however often it is named."""
        left = dict(self._kept)
        return _PLACE.sub(lambda place: left.pop(place[1], ""), html)
