"""What a page weighs on the wire: everything that it loads before anybody touches it.

Texts count as gzip would send them, as every host does; fonts and images are compressed already.
A font counts where the page holds a character of its range, whatever it is set in; MathJax's where
a formula asks for its kind. That is a little more than a browser takes.
"""

import gzip
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

from .paths import HTML

LIMIT = 1_500_000  # bytes
WHOLE_LIMIT = 4_000_000  # of the page that holds all chapters
TEXTS = {".html", ".css", ".js", ".svg", ".json"}
FACE = re.compile(r"@font-face\s*{([^}]*)}")
FILE = re.compile(r"url\([\"']?([^\"')?#]+\.woff2)")
RANGE = re.compile(r"unicode-range:\s*([^;}]+)")
AWESOME = {"solid": {"fas", "fa-solid"}, "regular": {"far", "fa-regular"}, "brands": {"fab"}}
#: MathJax's font → what in a page's formulas calls for it; the others every formula may
MATHS = {
    "Fraktur": r"\\mathfrak",
    "SansSerif": r"\\(?:mathsf|textsf)",
    "Script": r"\\mathscr",
    "Typewriter": r"\\(?:mathtt|texttt)",
    "Calligraphic": r"\\mathcal",
    "Bold": r"\\(?:mathbf|boldsymbol|bm|textbf)",
    "Vector": r"^\b$",
}


@cache
def size(file: Path) -> int:
    """Bytes on the wire."""
    content = file.read_bytes()
    return len(gzip.compress(content, 6)) if file.suffix in TEXTS else len(content)


@cache
def faces(sheet: Path) -> list[tuple[Path, str | None]]:
    """The fonts that a style sheet names, each with the characters that it is for."""
    found = []
    for face in FACE.finditer(sheet.read_text("utf8")):
        if file := FILE.search(face[1]):
            characters = RANGE.search(face[1])
            path = (sheet.parent / file[1]).resolve()
            found.append((path, characters[1] if characters else None))
    return found


def covers(ranges: str, characters: frozenset[int]) -> bool:
    """Whether a `unicode-range` holds one of the characters.

    >>> covers("U+0000-00FF, U+2122", frozenset({0x2122})), covers("U+370-3FF", frozenset({65}))
    (True, False)
    """
    for part in ranges.upper().replace("U+", "").split(","):
        low, _, high = part.strip().partition("-")
        first, last = int(low.replace("?", "0"), 16), int((high or low).replace("?", "F"), 16)
        if any(first <= character <= last for character in characters):
            return True
    return False


def loaded(page: Path, root: Path = HTML, parsed: BeautifulSoup | None = None) -> set[Path]:
    """The files that a page loads at once; `parsed` is the page where somebody has read it."""
    html = page.read_text("utf8")
    parsed = parsed or BeautifulSoup(html, "html.parser")
    files = {page, *_named(parsed, page.parent)}
    codes = frozenset(map(ord, set(html)))
    classes = set(re.findall(r"\bfa[a-z-]*", " ".join(re.findall(r'class="([^"]*)"', html))))
    for sheet in [file for file in files if file.suffix == ".css" and file.is_file()]:
        for font, ranges in faces(sheet):
            if awesome := re.search(r"fa-(solid|regular|brands)-", font.name):
                wanted = bool(AWESOME[awesome[1]] & classes)
            else:
                wanted = ranges is None or covers(ranges, codes)
            if wanted:
                files.add(font)
    if parsed.select_one(".math"):
        for font in (root / "_static/vendor/mathjax/output/chtml/fonts").rglob("*.woff"):
            if all(re.search(call, html) for kind, call in MATHS.items() if kind in font.name):
                files.add(font)
    for figure in parsed.select("[data-figure]"):
        files.add(root / "_static/figures" / f"{figure['data-figure']}.js")
    return {file for file in files if file.is_file()}


def _named(page: BeautifulSoup, folder: Path) -> Iterator[Path]:
    kinds = {"stylesheet", "icon", "preload", "modulepreload"}
    for link in page.find_all("link", href=True):
        if kinds & set(link.get_attribute_list("rel")):
            yield _file(folder, str(link["href"]))
    for element in page.find_all(["script", "img"], src=True):
        yield _file(folder, str(element["src"]))


def _file(folder: Path, address: str) -> Path:
    return (folder / re.split(r"[?#]", address)[0]).resolve()


def weight(page: Path, root: Path = HTML, parsed: BeautifulSoup | None = None) -> int:
    """Bytes that a first visit of the page takes."""
    return sum(size(file) for file in loaded(page, root, parsed))


def too_heavy(page: Path, root: Path = HTML, parsed: BeautifulSoup | None = None) -> Iterator[str]:
    """Yield what is wrong where a page is above its limit."""
    limit = WHOLE_LIMIT if page.name == "print.html" else LIMIT
    if (found := weight(page, root, parsed)) > limit:
        yield f"{found / 1e6:.2f} MB on the wire, more than {limit / 1e6:g}"
