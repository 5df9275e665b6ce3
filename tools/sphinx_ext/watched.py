"""Under a labelled mistake of the book: which graded items watch for it, with a link.

The list is `book/watched.json`, written by `python -m autograder.judge.export` from the catalogues;
it holds titles alone, so a page gives away neither a hint nor a wrong answer.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

_LIST = Path(__file__).parents[2] / "book" / "watched.json"


def setup(app: Sphinx) -> None:
    """Add the lines to every page as it is read."""
    app.connect("doctree-read", _add_lines)


@cache
def _watched() -> dict[str, list[dict[str, str]]]:
    if not _LIST.is_file():
        return {}
    found: dict[str, list[dict[str, str]]] = json.loads(_LIST.read_text("utf-8"))
    return found


def _add_lines(app: Sphinx, doctree: nodes.document) -> None:
    for target in list(doctree.findall(nodes.target)):
        items = _watched().get(str(target.get("refid", "")))
        if items and target.parent is not None:
            place = target.parent.index(target) + 1
            # the label belongs to the block that follows it; the line comes after that
            target.parent.insert(min(place + 1, len(target.parent)), _line(items))


def _line(items: list[dict[str, str]]) -> nodes.paragraph:
    line = nodes.paragraph(classes=["watched"])
    by_assignment: dict[str, list[dict[str, str]]] = {}
    for item in items:
        by_assignment.setdefault(item["assignment"], []).append(item)
    line += nodes.Text("Graded work watches for this: ")
    for number, (name, theirs) in enumerate(by_assignment.items()):
        titles = ", ".join(f"“{item['item']}”" for item in theirs)
        line += nodes.Text(f"{'; ' if number else ''}{titles} in ")
        line += _link(name, theirs[0]["title"])
    line += nodes.Text(".")
    return line


def _link(name: str, title: str) -> Any:
    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", reftarget=f"/assignments/{name}", refexplicit=True
    )
    link += nodes.inline("", title, classes=["doc"])
    return link
