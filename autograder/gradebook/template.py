"""The course's own copy of a notebook: what every submission is rebuilt from."""

import copy
from dataclasses import dataclass
from typing import Any

from autograder.gradebook import notebooks


@dataclass(frozen=True)
class TemplateCell:
    """One cell as it was released."""

    cell: Any  # nbformat cell; never handed out but as a copy

    @property
    def name(self) -> str:
        """Its grade_id, or empty."""
        return notebooks.grade_id(self.cell) or ""

    @property
    def is_answer(self) -> bool:
        """Whether the student writes its source."""
        return bool(notebooks.flags(self.cell).get("solution"))

    @property
    def is_check(self) -> bool:
        """Whether it is graded and locked."""
        return bool(notebooks.flags(self.cell).get("grade")) and not self.is_answer

    @property
    def points(self) -> float | None:
        """Points of a graded cell."""
        flags = notebooks.flags(self.cell)
        return float(flags["points"]) if flags.get("grade") else None

    def copy(self) -> Any:
        """A fresh cell to put into a notebook."""
        return copy.deepcopy(self.cell)


@dataclass(frozen=True)
class Template:
    """A released notebook."""

    cells: tuple[TemplateCell, ...]
    metadata: Any

    @property
    def kernel(self) -> str:
        """Name of the kernel that it asks for."""
        return str(self.metadata.get("kernelspec", {}).get("name", "python3"))

    def notebook(self, cells: list[Any]) -> Any:
        """A notebook of these cells with the course's own metadata."""
        return notebooks.node(
            {
                "cells": cells,
                "metadata": copy.deepcopy(self.metadata),
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        )


def from_notebook(nb: Any) -> Template:
    """A template from the course's own notebook."""
    return Template(tuple(TemplateCell(cell) for cell in nb.cells), nb.metadata)
