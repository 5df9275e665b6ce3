"""Feedback in a zip that a platform takes back, each file under the name that it knows.

Moodle, "Upload multiple feedback files in a zip", finds the participant by the folder's name.
Canvas, "Upload Submissions", finds user and attachment by the file's name, and shows the file
under the name that the student gave: so a notebook is answered with a notebook, and a zip with a
zip.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment
from autograder.gradebook import attempts, files, notebooks
from autograder.gradebook.course import Course
from autograder.lms import canvas, moodle
from autograder.lms.people import ClassList, Linked, Person
from autograder.reports.results import Result, number


@dataclass(frozen=True)
class Zipped:
    """What went into a zip."""

    path: Path
    written: int
    left: Mapping[str, str]  # who has nothing in it, and why


def write(
    to: Path,
    course: Course,
    assignment: Assignment,
    class_list: ClassList,
    linked: Linked,
    results: Sequence[Result],
) -> Zipped:
    """Write the zip, whole or not at all.

    Args:
        to: the file.
        course: whose feedback pages are written already.
        assignment: of which.
        class_list: the platform's.
        linked: its accounts' students.
        results: what was graded.
    """
    by_student = {result.student: result for result in results}
    out, left, written = io.BytesIO(), {}, 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for person in class_list.people:
            try:
                result = by_student.get(linked.student(person.key))
                if result is None:
                    raise ValueError("there is no feedback")
                for name, content in _files(course, assignment, class_list, person, result):
                    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
                written += 1
            except (ValueError, OSError) as error:
                left[f"{person.name} ({person.key})"] = str(error)
    files.write_bytes(to, out.getvalue())
    return Zipped(to, written, left)


def _files(
    course: Course,
    assignment: Assignment,
    class_list: ClassList,
    person: Person,
    result: Result,
) -> Iterator[tuple[str, bytes]]:
    page = course.folder("feedback", assignment.name, result.student)
    html = (page / f"{assignment.notebook}.html").read_bytes()
    called = f"{assignment.name}-feedback.html"
    if class_list.system == moodle.SYSTEM:
        yield f"{moodle.written(person)}/{called}", html
        return
    name = _in_canvas(course, assignment, person, result.student)
    if name.lower().endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as inner:
            inner.writestr(zipfile.ZipInfo(called), html, zipfile.ZIP_DEFLATED)
        yield name, packed.getvalue()
    else:
        yield name, _notebook(course, assignment, result).encode("utf-8")


def _in_canvas(course: Course, assignment: Assignment, person: Person, student: str) -> str:
    """What Canvas called the student's file in the zip that was collected last."""
    for attempt in reversed(attempts.kept(course, assignment, student)):
        name = attempt.arrived.name
        if any(found.user == person.key for found in canvas.readings(name)):
            return name
    raise ValueError("the hand-in was not collected from Canvas's zip, so Canvas has no file of it")


def _notebook(course: Course, assignment: Assignment, result: Result) -> str:
    """The student's notebook as it was graded, the points above it; checks hold their feedback."""
    nb = notebooks.read(course.notebook("autograded", assignment, result.student))
    rows = [
        f"| {item.verdict.title} | {number(item.points)} | {number(item.max_points)} |"
        for item in result.items
    ]
    late = f"\n\n{number(result.late_penalty)} points off for being late." * bool(
        result.late_penalty
    )
    total = f"# {assignment.title}: {number(result.points)} of {number(result.max_points)} points"
    text = "\n".join([total, "", result.timing + late, "", "| | points | of |", "|---|---|---|"])
    cell = {"cell_type": "markdown", "id": "feedback", "metadata": {}}
    nb.cells.insert(0, notebooks.node({**cell, "source": "\n".join([text, *rows])}))
    return notebooks.dumps(nb)
