"""Shows the library's docstrings on the reference pages.

They are written to be read in the source: plain text with Google's sections, names between single
backticks, equations as indented lines, the shape of an array behind the field that holds it. This
part turns that into the markup that Sphinx shows the same way.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Attributes|Notes?|Examples?):$")
COMMENT = re.compile(r"#\s*(.+)$")
DOTTED = re.compile(r"[\w.]+$")
LABEL = re.compile(r"eq-[\w-]+$")
CODE = re.compile(r"(``.+?``|`[^`]+`)")
MARKUP = re.compile(r"([|*\\]|_(?!\w))")  # what would be markup, and means itself


def marked_up(lines: list[str], module: str) -> Iterator[str]:
    """The lines of a docstring as Sphinx wants them.

    Args:
        lines: The docstring.
        module: Where it stands, so that its neighbours' names become links.
    """
    sections = literal = doctest = False
    before = ""
    for line in lines:
        sections |= bool(SECTION.match(line))
        indented = line.startswith("    ")
        doctest = bool(line) and (doctest or line.lstrip().startswith(">>>"))
        literal &= indented or not line
        if indented and not before and not sections and not literal:
            yield from (".. code-block:: none", "")
            literal = True
        yield line if literal or doctest else "".join(spans(line, module))
        before = line


def spans(line: str, module: str) -> Iterator[str]:
    """A line's text with nothing in it taken for markup, and its code."""
    for number, part in enumerate(CODE.split(line)):
        yield link(part.strip("`"), module) if number % 2 else MARKUP.sub(r"\\\1", part)


def link(code: str, module: str) -> str:
    """A name of the library or an equation of a chapter as a link, other code as it is."""
    if code in getattr(sys.modules.get(module), "__all__", ()):
        return f":py:obj:`{code} <{module}.{code}>`"
    if LABEL.match(code):
        return f":eq:`{code}`"
    if code.startswith("rnncourse.") and DOTTED.match(code):
        return f":py:obj:`{code}`"
    return f"``{code}``"


@cache
def fields(kind: type) -> list[str]:
    """The fields of a NamedTuple as a list: name, and what the source says behind it."""
    lines = inspect.getsource(kind).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    assert isinstance(definition, ast.ClassDef)
    found = []
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = COMMENT.search(lines[(node.end_lineno or node.lineno) - 1])
            text = ": " + "".join(spans(said[1], kind.__module__)) if said else ""
            found.append(f"* ``{node.target.id}``{text}")
    return found


def process(app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """Mend a docstring in place, before napoleon reads its sections."""
    module = name if what == "module" else getattr(item, "__module__", name)
    lines[:] = marked_up(lines, module)
    if what == "class" and issubclass(item, tuple) and hasattr(item, "_fields"):
        lines += ["", *fields(item), ""]


def skip(app: Sphinx, what: str, name: str, item: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out the fields of a NamedTuple, which `process` lists, and what a class refers to."""
    refers = what == "class" and isinstance(item, ModuleType | type)
    return True if refers or type(item).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> None:
    """Register autodoc, napoleon and the mending before it."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", process, priority=400)
    app.connect("autodoc-skip-member", skip)
