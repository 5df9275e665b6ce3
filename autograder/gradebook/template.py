"""The course's own copy of a notebook: what every submission is rebuilt from."""

import copy
from dataclasses import dataclass
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment import Assignment
from autograder.gradebook import database, notebooks, source
from autograder.gradebook.course import Course, CourseError


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


def load(course: Course, assignment: Assignment) -> Template:
    """The released notebook, after seeing that the gradebook and the assignment agree with it.

    Raises:
        CourseError: where there is no release, or it was changed after it was entered in the
            gradebook.
    """
    path = course.notebook("release", assignment)
    if not path.is_file():
        raise CourseError(
            f"{assignment.name} is not released in {course.root}; run `autograder release "
            f"{assignment.name}` first"
        )
    nb = notebooks.read(path)
    source.check_cells(nb, assignment)
    with database.transaction(course.db_url) as session:
        differing = _differing(session, assignment, nb)
    if differing:
        raise CourseError(
            f"the gradebook and {path} disagree on {', '.join(sorted(differing))}; run `autograder "
            f"release {assignment.name} --force` to bring them together"
        )
    return from_notebook(nb)


def _differing(session: Session, assignment: Assignment, nb: Any) -> set[str]:
    """Names of cells on which the gradebook has another word than the release."""
    notebook = session.scalar(
        select(api.Notebook)
        .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
        .where(api.Assignment.name == assignment.name, api.Notebook.name == assignment.notebook)
    )
    if notebook is None:
        return {"the notebook as a whole"}
    sources = {row.name: row for row in notebook.source_cells}
    points = {row.name: float(row.max_score) for row in notebook.grade_cells}
    answers = {row.name for row in notebook.solution_cells}
    differing = set()
    seen = set()
    for cell in map(TemplateCell, nb.cells):
        if not cell.name:
            continue
        seen.add(cell.name)
        row = sources.get(cell.name)
        agrees = (
            row is not None
            and row.cell_type == cell.cell.cell_type
            and points.get(cell.name) == cell.points
            and (cell.name in answers) == cell.is_answer
            and bool(row.locked) != cell.is_answer
            and (cell.is_answer or row.source == cell.cell.source)
        )
        if not agrees:
            differing.add(cell.name)
    return differing | (set(sources) - seen)
