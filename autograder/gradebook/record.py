"""One submission's result into the gradebook, in one transaction, and its notebook beside it."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, with_polymorphic

from autograder.assignment import Assignment, WrittenItem
from autograder.gradebook import (
    database,
    exchange_secret,
    files,
    history,
    lateness,
    notebooks,
    policies,
    verdicts,
)
from autograder.gradebook.course import Course, CourseError
from autograder.gradebook.safe_html import safe_notebook
from autograder.gradebook.words import printable
from autograder.judge.render import verdict_text
from autograder.verdict import Outcome, SubmissionVerdict, Verdict


@dataclass(frozen=True)
class Recorded:
    """What recording did beyond the marks."""

    dropped: tuple[str, ...]  # hand grades of answers that have changed, in plain words


def record(
    course: Course,
    assignment: Assignment,
    verdict: SubmissionVerdict,
    nb: Any,
    *,
    timestamp: str | None = None,
    submitted_at: datetime | None = None,
) -> Recorded:
    """Write marks and comments, then the autograded notebook, then the verdict.

    The verdict's file comes last: where it is missing or old, the submission counts as not graded.
    Points and comments that a person gave stay where that answer is unchanged, and go where it is
    not.

    Args:
        course: where to.
        assignment: which one.
        verdict: the judge's word; points never come from anywhere else.
        nb: the notebook with the outputs of the run.
        timestamp: what ``timestamp.txt`` of the submission says, copied beside the notebook.
        submitted_at: the same as a time in UTC, without zone.

    Raises:
        CourseError: where the assignment is not in the gradebook.
        ValueError: where points are not from 0 to what the cell has.
    """
    shown = safe_notebook(nb)
    folder = course.folder("autograded", assignment.name, verdict.student)
    target = course.notebook("autograded", assignment, verdict.student)
    unchanged = _unchanged_answers(target, shown)
    words = {v.cell: comment(v, verdict.problem) for v in verdict.verdicts}
    for cell in shown.cells:
        flags = notebooks.flags(cell)
        if flags.get("grade") and cell.cell_type == "code":
            text = words.get(flags["grade_id"], "Not graded.")
            cell.outputs = [
                notebooks.node({"output_type": "stream", "name": "stdout", "text": text})
            ]
    shown.metadata["autograder"] = notebooks.node({"seed": verdict.seed, **verdict.extra})
    known = policies.read(course)
    with database.transaction(course.db_url) as session, session.no_autoflush:
        rows = _rows(session, assignment, verdict.student, course, submitted_at)
        before = history.standing(rows)
        dropped = _enter(rows, assignment, verdict, words, unchanged)
        lateness.enter(rows, known)
        after = history.standing(rows)
        # before the commit: a run killed here may note a change twice, but never lose one
        history.graded(course, verdict, before, after, dropped)
    folder.mkdir(parents=True, exist_ok=True)
    if timestamp is not None:
        files.write_text(folder / "timestamp.txt", timestamp)
    exchange_secret.carry_on(course, assignment.name, verdict.student)
    files.write_text(target, notebooks.dumps(shown))
    verdicts.write(course.verdict_file(assignment, verdict.student), verdict)
    return Recorded(tuple(dropped))


def recorded_students(course: Course, assignment: Assignment) -> frozenset[str]:
    """Ids of the students with a submission of the assignment in the gradebook."""
    with database.transaction(course.db_url) as session:
        found = session.scalars(
            select(api.SubmittedAssignment.student_id)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .where(api.Assignment.name == assignment.name)
        )
        return frozenset(found)


def comment(verdict: Verdict, problem: str = "") -> str:
    """What the student reads of one item: points, what is wrong, what to think about."""
    if problem:
        return printable(problem)
    if verdict.outcome is Outcome.MANUAL:
        return ""
    return printable(verdict_text(verdict))


def _answer_of(assignment: Assignment, cell: str) -> str:
    item = assignment.item(cell)
    return item.cell if isinstance(item, WrittenItem) else item.answer


def _unchanged_answers(target: Any, shown: Any) -> set[str]:
    """Names of answers that are the same in the notebook that was graded before."""
    try:
        earlier = notebooks.read(target)
    except (OSError, ValueError):
        return set()

    def answers(nb: Any) -> dict[str, Any]:
        return {
            str(notebooks.grade_id(cell)): (cell.source, cell.get("attachments", {}))
            for cell in nb.cells
            if notebooks.flags(cell).get("solution")
        }

    before, now = answers(earlier), answers(shown)
    return {name for name in now if before.get(name) == now[name]}


def _rows(
    session: Session,
    assignment: Assignment,
    student: str,
    course: Course,
    submitted_at: datetime | None,
) -> api.SubmittedNotebook:
    """The submission's rows, made where they are missing."""
    row = session.scalar(select(api.Assignment).where(api.Assignment.name == assignment.name))
    notebook = row and next((n for n in row.notebooks if n.name == assignment.notebook), None)
    if row is None or notebook is None:
        raise CourseError(f"{assignment.name} is not in the gradebook of {course.root}; release it")
    if session.get(api.Student, student) is None:
        session.add(api.Student(id=student))
        session.flush()
    submission = session.scalar(
        select(api.SubmittedAssignment).where(
            api.SubmittedAssignment.assignment_id == row.id,
            api.SubmittedAssignment.student_id == student,
        )
    )
    if submission is None:
        submission = api.SubmittedAssignment(assignment_id=row.id, student_id=student)
        session.add(submission)
        session.flush()
    submission.timestamp = submitted_at
    found = session.scalar(
        select(api.SubmittedNotebook).where(
            api.SubmittedNotebook.assignment_id == submission.id,
            api.SubmittedNotebook.notebook_id == notebook.id,
        )
    )
    if found is None:
        found = api.SubmittedNotebook(assignment_id=submission.id, notebook_id=notebook.id)
        session.add(found)
        session.flush()
    have = {grade.cell_id for grade in found.grades}
    for cell in notebook.grade_cells:
        if cell.id not in have:
            session.add(api.Grade(cell_id=cell.id, notebook_id=found.id))
    have = {made.cell_id for made in found.comments}
    for cell in notebook.solution_cells:
        if cell.id not in have:
            session.add(api.Comment(cell_id=cell.id, notebook_id=found.id))
    session.flush()
    return _whole(session, found)


def _whole(session: Session, rows: api.SubmittedNotebook) -> api.SubmittedNotebook:
    """The rows with all that belongs to them, in a few queries instead of some for every cell."""
    cell = with_polymorphic(api.BaseCell, "*")
    found = session.scalars(
        select(api.SubmittedNotebook)
        .where(api.SubmittedNotebook.id == rows.id)
        .options(
            selectinload(api.SubmittedNotebook.grades).selectinload(api.Grade.cell.of_type(cell)),
            selectinload(api.SubmittedNotebook.comments).selectinload(
                api.Comment.cell.of_type(cell)
            ),
        )
        .execution_options(populate_existing=True)
    )
    return found.one()


def _enter(
    rows: api.SubmittedNotebook,
    assignment: Assignment,
    verdict: SubmissionVerdict,
    words: dict[str, str],
    unchanged: set[str],
) -> list[str]:
    by_cell = {v.cell: v for v in verdict.verdicts}
    dropped = []
    for grade in rows.grades:
        earlier, grade.auto_score = grade.auto_score, 0.0
        grade.needs_manual_grade = False
        kept = _answer_of(assignment, grade.cell.name) in unchanged
        if not kept and (grade.manual_score is not None or grade.extra_credit):
            dropped.append(
                f"{grade.cell.name}: {(grade.manual_score or 0) + (grade.extra_credit or 0):g} "
                "points "
                "given by hand, for an answer that has changed"
            )
        if not kept:
            grade.manual_score = grade.extra_credit = None
        judged = by_cell.get(grade.cell.name)
        if judged is None:
            continue
        if judged.outcome is Outcome.MANUAL:
            grade.auto_score = None
            grade.needs_manual_grade = grade.manual_score is None
        else:
            grade.auto_score = _points(judged, float(grade.cell.max_score))
            # a person overruled the judge, who now says something else: that person should look
            # again
            if grade.manual_score is not None:
                grade.needs_manual_grade = earlier != grade.auto_score
    answers = {_answer_of(assignment, cell): text for cell, text in words.items()}
    for row in rows.comments:
        row.auto_comment = answers.get(row.cell.name) or None
        if row.cell.name not in unchanged:
            row.manual_comment = None
    return dropped


def _points(judged: Verdict, most: float) -> float:
    points = float(judged.points)
    if not math.isfinite(points) or not 0 <= points <= most + 1e-9:
        raise ValueError(f"points of {judged.cell} must be from 0 to {most:g}, not {points!r}")
    return min(points, most)
