"""What no public file may hold: answers, marking schemes, hidden cases, catalogues.

Texts are compared without their white space, and only where they are long enough to be nobody
else's: a line such as `h = np.tanh(a)` may well stand in a chapter.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autograder.assignment import (
    Assignment,
    CodeItem,
    DerivationItem,
    Mistake,
    Variant,
    WrittenItem,
)
from autograder.assignments import load, names

LEAST = 80  # characters without white space, of code or of a model answer
LEAST_HINT = 40
MARKERS = ("HiddenCase" + "(", "from autograder." + "assignment import")
BEGIN_END = re.compile(r"#+ (?:BEGIN|END) SOLUTION")


class Secret(NamedTuple):
    """A text that must not be found, without white space, and what it is."""

    text: str
    what: str


def squeezed(text: str) -> str:
    """A text without white space, and without what JSON puts in its place."""
    return re.sub(r"\s+", "", text.replace("\\n", "\n").replace('\\"', '"'))


MARKED = tuple(Secret(squeezed(mark), f"holds {mark!r}") for mark in MARKERS)


def secrets(root: Path) -> list[Secret]:
    """All that is private in the assignments.

    Args:
        root: The repository, with `solutions/` in it.
    """
    found = list(MARKED)
    for name in names():
        found += _of_solution(root / "solutions" / name, name)
        found += _of_catalogue(name)
    return list(dict.fromkeys(found))


def found_in(text: str, private: list[Secret]) -> Iterator[str]:
    """What of the private texts a text holds."""
    dense = squeezed(text)
    yield from (secret.what for secret in private if secret.text in dense)


def _of_solution(folder: Path, name: str) -> Iterator[Secret]:
    """Every answer cell of the instructor's notebook; a written one paragraph by paragraph."""
    import jupytext

    for source in sorted(folder.glob("*.md")):
        for cell in jupytext.read(source).cells:
            marks = cell.metadata.get("nbgrader", {})
            if not marks.get("solution"):
                continue
            between = BEGIN_END.split(cell.source)
            pieces = between[1::2] if len(between) > 1 else cell.source.split("\n\n")
            for piece in map(squeezed, pieces):
                if len(piece) >= LEAST:
                    yield Secret(piece, f"answers {marks['grade_id']} of {name}")


def _with_versions(assignment: Assignment) -> Iterator[object]:
    """Every item, and of one asked of each student's own network the version for each."""
    for item in assignment.items:
        yield item
        if isinstance(item, CodeItem | DerivationItem) and item.personal:
            yield from item.personal.versions.values()


def _of_catalogue(name: str) -> Iterator[Secret]:
    """Hints, whole wrong and right answers, and marking schemes."""
    for item in _with_versions(load(name)):
        if isinstance(item, WrittenItem):
            yield from (Secret(squeezed(text), f"marks {item.cell}") for _, text in item.rubric)
        if isinstance(item, CodeItem | DerivationItem):
            entries: list[Mistake | Variant] = [*item.mistakes, *item.variants]
            entries += [item.solution] if item.solution else []
            for entry in entries:
                what = f"{entry.id} of {item.cell}"
                hint = squeezed(getattr(entry, "hint", ""))
                if len(hint) >= LEAST_HINT:
                    yield Secret(hint, f"holds the hint of {what}")
                if len(source := squeezed(entry.source)) >= LEAST:
                    yield Secret(source, f"holds {what}")
