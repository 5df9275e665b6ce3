"""Read a student's notebook, and say in plain words what is wrong with the file."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnncourse import _beside
from rnncourse.checks import registry
from rnncourse.cli.console import Stop

MOST_BYTES = 50 << 20  # of a file that is handed in


@dataclass(frozen=True)
class Notebook:
    """A notebook that could be read.

    Attributes:
        path: of the file.
        tree: the parsed JSON.
        assignment: the assignment whose cells it holds, or "".
    """

    path: Path
    tree: dict[str, Any]
    assignment: str

    @property
    def sources(self) -> dict[str, str]:
        """Sources of the named cells, the first of each name."""
        found: dict[str, str] = {}
        for cell in self.tree["cells"]:
            if name := _grade_id(cell):
                found.setdefault(name, _source(cell))
        return found

    @property
    def twice(self) -> list[str]:
        """Names that more than one cell has."""
        names = Counter(_grade_id(cell) for cell in self.tree["cells"])
        return [name for name, count in names.items() if name and count > 1]

    def missing(self) -> list[str]:
        """Named cells of the assignment that are not there."""
        answers, checks = registry.cells(self.assignment)
        present = self.sources
        return [name for name in (*answers, *checks) if name not in present]


def read(path: Path) -> Notebook:
    """Read a notebook file.

    Raises:
        Stop: where there is none, or it is no notebook.
    """
    if path.is_dir():
        raise Stop(f"{path} is a folder", f"name the notebook in it: {path / 'bptt.ipynb'}")
    try:
        raw = path.read_bytes()
    except OSError as error:
        text = error.strerror or str(error)
        raise Stop(f"{path} cannot be read: {text}", "is the name right?") from error
    if not raw.strip():
        raise Stop(f"{path} is empty", "save the notebook in Jupyter first")
    try:
        tree = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        remedy = "open it in Jupyter: if that fails too, go back to an earlier version"
        raise Stop(f"{path} is no notebook: it is not valid JSON ({error})", remedy) from None
    if not _is_notebook(tree):
        remedy = "a notebook of this course is a file that ends in .ipynb, of format 4"
        raise Stop(f"{path} is no notebook: it holds no list of cells", remedy)
    _beside.look_in(path.resolve().parent)
    return Notebook(path, tree, _assignment(tree))


def without_outputs(tree: dict[str, Any]) -> dict[str, Any]:
    """The same notebook with no outputs."""
    cells = [
        {**cell, "outputs": [], "execution_count": None}
        if cell.get("cell_type") == "code"
        else cell
        for cell in tree["cells"]
    ]
    return {**tree, "cells": cells}


def _is_notebook(tree: Any) -> bool:
    return (
        isinstance(tree, dict)
        and tree.get("nbformat") == 4
        and isinstance(tree.get("cells"), list)
        and all(isinstance(cell, dict) for cell in tree["cells"])
    )


def _assignment(tree: dict[str, Any]) -> str:
    """The assignment with the most cells in the notebook; one cell is no proof."""
    present = {_grade_id(cell) for cell in tree["cells"]}
    found = {}
    for name in registry.assignments():
        cells = {cell for group in registry.cells(name) for cell in group}
        # of two that have as many in it, the one that misses fewer
        found[name] = len(cells & present), -len(cells - present)
    best = max(found, key=lambda name: found[name], default="")
    return best if best and found[best][0] > 1 else ""


def _grade_id(cell: dict[str, Any]) -> str:
    metadata = cell.get("metadata")
    flags = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = flags.get("grade_id") if isinstance(flags, dict) else None
    return name if isinstance(name, str) else ""


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
