"""What came of judging an attempt, kept beside it: notebook, points, a person's marks, verdict."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment import Assignment
from autograder.gradebook import attempts, database, files, history, verdicts
from autograder.gradebook.attempts import Attempt
from autograder.gradebook.course import Course
from autograder.verdict import SubmissionVerdict

GRADED = "graded.ipynb"
_RESULT = "result.json"
_VERDICT = "verdict.json"


@dataclass
class _Entered:
    """A student's submission in the gradebook."""

    grades: list[Any] = field(default_factory=list)  # name, the three kinds of points, the most
    comments: dict[str, str] = field(default_factory=dict)  # a person's, by cell

    def as_data(self) -> dict[str, Any]:
        return {
            "raw": history.marks(self.grades).raw,
            "max": sum(float(grade.max_score or 0) for grade in self.grades),
            "by_hand": {g.name: [g.manual_score, g.extra_credit] for g in self.grades},
            "comments": self.comments,
        }


def save(course: Course, assignment: Assignment, students: Sequence[str]) -> None:
    """Keep what the gradebook holds on students beside the attempts that it is about.

    What is kept already is not written again, so that a class in which nothing changed costs some
    reading alone.
    """
    entered = _entered(course, assignment, students)
    for student in students:
        if student in entered:
            _save(
                course, assignment, student, json.dumps(entered[student].as_data(), sort_keys=True)
            )


def _save(course: Course, assignment: Assignment, student: str, result: str) -> None:
    graded = course.notebook("autograded", assignment, student)
    text = _text(course.verdict_file(assignment, student))
    told = _extra(text)
    if "retry" in told or not told.get("content") or not graded.is_file():
        return
    content = content_of(told)
    same = [a for a in attempts.kept(course, assignment, student) if a.content == content]
    if not same:
        return
    folder = same[-1].folder
    other = _text(folder / _VERDICT) != text
    if other:
        files.write_bytes(folder / GRADED, graded.read_bytes())
    if _text(folder / _RESULT) != result:
        files.write_text(folder / _RESULT, result)
    if other:
        # last: its presence means that the others are whole
        files.write_text(folder / _VERDICT, text)


def result(attempt: Attempt) -> dict[str, Any]:
    """Points (``raw``, ``max``) and what a person gave (``by_hand``, ``comments``)."""
    tree: dict[str, Any] = json.loads((attempt.folder / _RESULT).read_text("utf-8"))
    return tree


def judged(attempt: Attempt, version: str) -> bool:
    """Whether what came of it is kept, by this version of the release and the judge."""
    told = _extra(_text(attempt.folder / _VERDICT))
    return bool(told.get("content")) and version_of(told) == version


def verdict(attempt: Attempt) -> SubmissionVerdict | None:
    """The verdict on a judged attempt."""
    return verdicts.read(attempt.folder / _VERDICT)


def restore(course: Course, assignment: Assignment, attempt: Attempt) -> None:
    """Enter again what a person gave this attempt, where its place in the gradebook is empty."""
    kept = result(attempt)
    with database.transaction(course.db_url) as session:
        row = _row(session, assignment, attempt.student)
        if row is None:
            return
        for grade in row.grades:
            points, extra = kept["by_hand"].get(grade.name, (None, None))
            if grade.manual_score is None and points is not None:
                grade.manual_score, grade.needs_manual_grade = points, False
            if not grade.extra_credit and extra:
                grade.extra_credit = extra
        for comment in row.comments:
            comment.manual_comment = comment.manual_comment or kept["comments"].get(comment.name)


def content_of(extra: Mapping[str, str]) -> str:
    """The digest of the file that a verdict with this ``extra`` is about; "" for none."""
    return extra.get("content", "").partition("/")[0]


def version_of(extra: Mapping[str, str]) -> str:
    """The release and the judge, as one hash, on which a verdict rests."""
    return extra.get("content", "").partition("/")[2]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _extra(verdict: str) -> dict[str, str]:
    """A verdict's ``extra`` out of its text, without making the rest; empty where it is none."""
    try:
        tree = json.loads(verdict)
        return dict(tree["extra"]) if tree["version"] == verdicts.VERSION else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _entered(
    course: Course, assignment: Assignment, students: Sequence[str]
) -> dict[str, _Entered]:
    """What the gradebook holds, by student: by two queries, however many they are."""
    found: defaultdict[str, _Entered] = defaultdict(_Entered)
    chosen = set(students)
    owner = api.SubmittedAssignment.student_id
    grade = (api.Grade.manual_score, api.Grade.auto_score, api.Grade.extra_credit)
    with database.transaction(course.db_url) as session:
        of_assignment = api.Assignment.name == assignment.name
        grades = (
            select(owner, api.BaseCell.name, api.Grade.max_score.label("max_score"), *grade)
            .join(api.Grade, api.Grade.cell_id == api.BaseCell.id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
            .join(api.SubmittedAssignment)
            .join(api.Assignment)
            .where(of_assignment)
            .order_by(api.BaseCell.name)
        )
        for row in session.execute(grades):
            if row.student_id in chosen:
                found[row.student_id].grades.append(row)
        comments = (
            select(owner, api.BaseCell.name, api.Comment.manual_comment)
            .join(api.Comment, api.Comment.cell_id == api.BaseCell.id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Comment.notebook_id)
            .join(api.SubmittedAssignment)
            .join(api.Assignment)
            .where(of_assignment)
        )
        for row in session.execute(comments):
            if row.student_id in found and row.manual_comment:
                found[row.student_id].comments[row.name] = row.manual_comment
    return found


def _row(session: Session, assignment: Assignment, student: str) -> api.SubmittedNotebook | None:
    return session.scalar(
        select(api.SubmittedNotebook)
        .join(api.SubmittedAssignment)
        .join(api.Assignment)
        .where(api.Assignment.name == assignment.name)
        .where(api.SubmittedAssignment.student_id == student)
    )
