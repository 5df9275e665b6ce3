"""The released notebook, after seeing that gradebook and assignment agree with it."""

from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment import Assignment
from autograder.gradebook import database, notebooks, source
from autograder.gradebook.course import Course, CourseError
from autograder.gradebook.template import TemplateCell


def text(course: Course, assignment: Assignment) -> str:
    """The released notebook as text, seen to agree with the gradebook and the assignment.

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
    released = path.read_text("utf-8")
    nb = notebooks.loads(released)
    source.check_cells(nb, assignment)
    with database.transaction(course.db_url) as session:
        differing = _differing(session, assignment, nb)
    if differing:
        raise CourseError(
            f"the gradebook and {path} disagree on {', '.join(sorted(differing))}; run `autograder "
            f"release {assignment.name} --force` to bring them together"
        )
    return released


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
