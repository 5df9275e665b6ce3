"""Notebook files, with types: nbformat itself has none."""

from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4


def dumps(nb: Any) -> str:
    """A notebook as text, ending in a newline; the same notebook gives the same text.

    Nothing is validated, which would take several times as long as the rest.
    """
    return str(v4.writes(nb)) + "\n"  # type: ignore[no-untyped-call]


def loads(text: str) -> Any:
    """One of the course's own notebooks (never a submission) from its text."""
    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]


def read(path: Path) -> Any:
    """One of the course's own notebooks (never a submission).

    Raises:
        OSError: where it cannot be read.
        ValueError: where it is no notebook of format 4.
    """
    text = path.read_text("utf-8")
    try:
        nb = v4.reads(text)  # type: ignore[no-untyped-call]
        if nb.nbformat == 4 and isinstance(nb.cells, list):
            return nb
    except (AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no notebook: {error!r}") from error
    raise ValueError(f"{path} is a notebook of format {nb.nbformat}; 4 is read")


def node(value: Any) -> Any:
    """Plain dictionaries as nbformat's own, with attributes."""
    return nbformat.from_dict(value)  # type: ignore[no-untyped-call]


def flags(cell: Any) -> dict[str, Any]:
    """What nbgrader notes on a cell of the course's own notebook; empty where it notes nothing."""
    return dict(cell.metadata.get("nbgrader", {}))


def grade_id(cell: Any) -> str | None:
    """The cell's name in the gradebook, or None."""
    return flags(cell).get("grade_id")
