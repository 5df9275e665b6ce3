"""Notebook files, with types: nbformat itself has none."""

from pathlib import Path
from typing import Any

import nbformat


def dumps(nb: Any) -> str:
    """A notebook as text, ending in a newline; the same notebook gives the same text."""
    return str(nbformat.writes(nb)) + "\n"  # type: ignore[no-untyped-call]


def read(path: Path) -> Any:
    """One of the course's own notebooks (never a submission)."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def node(value: Any) -> Any:
    """Plain dictionaries as nbformat's own, with attributes."""
    return nbformat.from_dict(value)  # type: ignore[no-untyped-call]


def flags(cell: Any) -> dict[str, Any]:
    """What nbgrader notes on a cell of the course's own notebook; empty where it notes nothing."""
    return dict(cell.metadata.get("nbgrader", {}))


def grade_id(cell: Any) -> str | None:
    """The cell's name in the gradebook, or None."""
    return flags(cell).get("grade_id")
