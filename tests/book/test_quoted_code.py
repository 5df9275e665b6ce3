"""The code that a chapter quotes beside an equation stands in the module that it names.

A table whose first head is *on paper* sets equations beside lines of the library. The modules are
named in the last head, or in the cell: `` `h = np.tanh(a)`, in `elman.py` ``. Every other piece of
code in that column is a quotation of one of them; `…` in it leaves something out. Nothing is run.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tools.site.paths import BOOK, LIBRARY

RULE = re.compile(r"^\|[-| :]+\|$")


class Quotation(NamedTuple):
    """A piece of code in a table, and the modules that it may be from."""

    page: str
    line: int
    code: str
    modules: tuple[str, ...]


def modules_and_code(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the pieces of code of a cell into names of modules and quotations."""
    pieces = re.findall(r"(?<!\})`([^`]+)`", cell)
    modules = [piece for piece in pieces if piece.endswith(".py")]
    return tuple(modules), tuple(piece for piece in pieces if piece not in modules)


def last_cell(row: str) -> str:
    """The last cell of a row; a bar inside code does not part cells."""
    return re.split(r"\|(?=(?:[^`]*`[^`]*`)*[^`]*$)", row.rstrip().removesuffix("|"))[-1]


def quotations(text: str, page: str = "a page") -> Iterator[Quotation]:
    """Every quotation in the tables of a page."""
    lines = text.splitlines()
    for at in range(1, len(lines)):
        if not (RULE.match(lines[at]) and lines[at - 1].startswith("| on paper |")):
            continue
        of_table, _ = modules_and_code(last_cell(lines[at - 1]))
        for row in range(at + 1, len(lines)):
            if not lines[row].startswith("|"):
                break
            of_cell, code = modules_and_code(last_cell(lines[row]))
            for piece in code:
                yield Quotation(page, row + 1, piece, of_cell or of_table)


def squeezed(code: str) -> str:
    """Code without its white space, so that a quotation may be set in one line."""
    return re.sub(r"\s+", "", code)


def stands_in(code: str, source: str) -> bool:
    """Whether the quotation is in the source, its parts around `…` in order."""
    rest = squeezed(source)
    for part in filter(None, squeezed(code).split("…")):
        _, found, rest = rest.partition(part)
        if not found:
            return False
    return True


FOUND = [
    quotation
    for path in sorted(BOOK.glob("*/*.md"))
    for quotation in quotations(path.read_text("utf8"), path.relative_to(BOOK).as_posix())
]


def test_the_chapters_quote():
    pages = {quotation.page for quotation in FOUND}
    assert len(pages) >= 8 and len(FOUND) >= 50


@pytest.mark.parametrize("page", sorted({quotation.page for quotation in FOUND}))
def test_what_is_quoted_is_there(page):
    wrong = []
    for at in (quotation for quotation in FOUND if quotation.page == page):
        missing = [name for name in at.modules if not (LIBRARY / name).is_file()]
        sources = [(LIBRARY / name).read_text("utf8") for name in at.modules if name not in missing]
        if not at.modules:
            wrong.append(f"{page}:{at.line}: says not where `{at.code}` stands")
        elif missing:
            wrong.append(f"{page}:{at.line}: no module {', '.join(missing)} in rnncourse")
        elif not any(stands_in(at.code, source) for source in sources):
            wrong.append(f"{page}:{at.line}: `{at.code}` is not in {', '.join(at.modules)}")
    assert not wrong, "\n".join(wrong)


TABLE = """
| on paper | shape | in `elman.py` |
|---|---|---|
| $h$ | $H$ | `h = np.tanh(a)` |
| $a|b$ | $H$ | `x | y`, then `return h, …` |
| {eq}`eq-x` | $K$ | `o = 1`, in `linear.py` |

| on paper | in code |
|---|---|
| $h$ | `h = 2` |
"""


def test_a_table_is_read():
    assert [(q.line, q.code, q.modules) for q in quotations(TABLE)] == [
        (4, "h = np.tanh(a)", ("elman.py",)),
        (5, "x | y", ("elman.py",)),
        (5, "return h, …", ("elman.py",)),
        (6, "o = 1", ("linear.py",)),
        (10, "h = 2", ()),
    ]


def test_a_quotation_is_found():
    source = "def step(a):\n    h = f(\n        a, 1\n    )\n    return h, a\n"
    assert stands_in("h = f(a, 1)", source)
    assert stands_in("h = f(…)", source) and stands_in("return h, …", source)
    assert not stands_in("h = f(a, 2)", source)
    assert not stands_in("return h, … h = f(", source)  # in another order
