"""From an assignment's text to what students get, with nbgrader's own generate_assignment."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader import api
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from sqlalchemy import exists, select
from traitlets.config import Config

from autograder.assignment import SOLUTIONS, Assignment
from autograder.gradebook import database, files, handout, notebooks, source
from autograder.gradebook.course import Course, CourseError, resolve
from autograder.gradebook.preprocessors import ClearAnswers


@dataclass(frozen=True)
class Released:
    """What a release made."""

    assignment: str
    source: Path  # the instructor's notebook
    notebook: Path  # the students' notebook
    beside: Path | None  # what they need beside it, where the assignment is one of your own
    points: float
    cells: int  # graded cells
    replaced: bool  # whether an earlier release stood there with other content


def release(
    course: Course,
    assignment: Assignment | str,
    *,
    solutions: Path = SOLUTIONS,
    force: bool = False,
) -> Released:
    """Make the source notebook and the students' version, and enter the cells in the gradebook.

    The same text gives the same bytes. The students' version is checked before it is put in place:
    no solution, nothing hidden, the assignment's points.

    Args:
        course: where to.
        assignment: which one, or its name.
        solutions: the folder that holds ``<name>/<name>.md``.
        force: replace an earlier release of other content.

    Raises:
        CourseError: where the text is wrong, something leaks, submissions stand in the way of
            changed cells, or an earlier release differs and ``force`` is False.
    """
    assignment = resolve(assignment, course)
    if assignment.name not in course.assignments:
        raise CourseError(
            f"{course.root} has no assignment {assignment.name!r}; "
            f"it has {list(course.assignments)}"
        )
    made = source.read(assignment, solutions)
    source.check_cells(made, assignment)
    source_file = course.notebook("source", assignment)
    target = course.notebook("release", assignment)
    text = notebooks.dumps(made)
    earlier = target.read_bytes() if target.exists() else None
    beside = handout.text(assignment) if assignment.folder else None
    changed = not source_file.exists() or source_file.read_text("utf-8") != text
    changed |= beside is not None and handout.written(source_file.parent, assignment) != beside
    if earlier is not None and changed and not force:
        raise CourseError(
            f"{assignment.name} is released already and its text has changed since; "
            "use force to replace the release"
        )
    source_file.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(source_file, text)
    if beside is not None:
        # nbgrader hands out what lies beside the notebook
        files.write_text(handout.path(source_file.parent, assignment), beside)
    _generate(course, assignment)
    student = notebooks.read(target)
    try:
        source.check_release(made, student)
        source.check_cells(student, assignment)
    except CourseError:
        target.unlink()
        raise
    graded = sum(1 for c in student.cells if notebooks.flags(c).get("grade"))
    return Released(
        assignment.name,
        source_file,
        target,
        handout.path(target.parent, assignment) if beside is not None else None,
        assignment.max_points,
        graded,
        earlier is not None and earlier != target.read_bytes(),
    )


def _generate(course: Course, assignment: Assignment) -> None:
    config = Config()
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = course.course_id
    config.CourseDirectory.db_url = course.db_url
    config.CourseDirectory.assignment_id = assignment.name
    config.GenerateAssignment.force = True
    use_clear_answers(config)
    with _captured_log() as log:
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=config), config=config, log=log[0]
        )
        try:
            converter.start()
        except NbGraderException as error:
            raise CourseError(f"{assignment.name}: {_reason(log[1].getvalue())}") from error
    _forget_default_course(course)


def use_clear_answers(config: Config) -> None:
    """Put ``ClearAnswers`` where nbgrader has its own preprocessor for taking solutions out."""
    stock = GenerateAssignment.preprocessors.default_args[0]
    config.GenerateAssignment.preprocessors = [
        ClearAnswers if step is ClearSolutions else step for step in stock
    ]


def _reason(log: str) -> str:
    if "submissions associated with it" in log:
        return (
            "graded cells were added or removed after submissions were graded; "
            "keep the cells, or start a new assignment"
        )
    errors = [line for line in log.splitlines() if "Error" in line]
    return errors[-1].strip() if errors else "nbgrader could not make the students' version"


@contextmanager
def _captured_log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    log = logging.Logger("autograder.release", logging.WARNING)
    log.addHandler(handler)
    yield log, text


def _forget_default_course(course: Course) -> None:
    # some of nbgrader's preprocessors open the gradebook without a course, and leave a row behind
    with database.transaction(course.db_url) as session:
        stray = session.get(api.Course, "default_course")
        if stray is not None and course.course_id != "default_course":
            used = session.scalar(
                select(exists().where(api.Assignment.course_id == "default_course"))
            )
            if not used:
                session.delete(stray)
