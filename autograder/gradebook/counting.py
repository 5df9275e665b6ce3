"""Grading under a course's policies: where the best attempt counts, every attempt is judged.

Each attempt is judged once and its verdict kept beside it, with the points that a person gave;
another attempt takes its place in the gradebook from there, without being run again.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment import Assignment
from autograder.gradebook import (
    attempts,
    clock,
    database,
    files,
    handed_in,
    history,
    lateness,
    notebooks,
    policies,
    verdicts,
)
from autograder.gradebook import grade as grading
from autograder.gradebook.attempts import Attempt
from autograder.gradebook.course import Course, resolve
from autograder.gradebook.record import record
from autograder.verdict import SubmissionVerdict

_RESULT = "result.json"
_VERDICT = "verdict.json"
_GRADED = "graded.ipynb"


def grade(
    course: Course,
    assignment: Assignment | str,
    students: Sequence[str] | None = None,
    **options: Any,
) -> list[SubmissionVerdict]:
    """Grade what was handed in, as ``grade.grade`` does, and let the right attempt count.

    What lies in ``submitted/`` is kept in ``attempts/``, also where nbgrader's exchange put it
    there. Under the rule ``best`` all attempts of a student are graded, and the one with most
    points after its penalty is entered; of two that are equal the later one.

    Args:
        course: an open course.
        assignment: which one, or its name.
        students: ids; all who handed in where None.
        options: of ``grade.grade``.

    Returns:
        Verdicts on the attempts that count, in the order of students.
    """
    assignment = resolve(assignment, course)
    best = policies.read(course).rule(assignment.name).counts == "best"
    here = course.students(assignment.name)
    chosen = here if students is None else sorted(set(here) & set(students))
    for student in chosen:
        attempts.current(course, assignment, student)
        if best:
            _save(course, assignment, student)
    found = grading.grade(course, assignment, students, **options)
    if best:
        counted = _best_of(course, assignment, found, options)
        found = [counted.get(verdict.student, verdict) for verdict in found]
    return found


def _best_of(
    course: Course,
    assignment: Assignment,
    found: Sequence[SubmissionVerdict],
    options: dict[str, Any],
) -> dict[str, SubmissionVerdict]:
    """Judge the attempts that are not judged yet, and enter each student's best."""
    waiting: dict[str, list[Attempt]] = {}
    several = {}
    for verdict in found:
        known = attempts.kept(course, assignment, verdict.student)
        _save(course, assignment, verdict.student)
        if len(known) < 2 or "retry" in verdict.extra:
            continue
        version = _version(verdict)
        several[verdict.student] = version
        current = _content(verdict)
        waiting[verdict.student] = [
            attempt
            for attempt in known
            if attempt.content != current
            and (options.get("force") or _judged(attempt, version) is None)
        ]
    while now := {student: todo.pop(0) for student, todo in waiting.items() if todo}:
        for attempt in now.values():
            _place(course, assignment, attempt)
        for verdict in grading.grade(course, assignment, list(now), **options):
            _save(course, assignment, verdict.student)
    return {
        student: best
        for student, version in several.items()
        if (best := _enter_best(course, assignment, student, version)) is not None
    }


def _enter_best(
    course: Course, assignment: Assignment, student: str, version: str
) -> SubmissionVerdict | None:
    """Put a student's best attempt back, from what was kept of its judging."""
    rule = policies.read(course).rule(assignment.name)
    due = handed_in.due(course, assignment.name)

    def points(attempt: Attempt) -> float:
        result = json.loads((attempt.folder / _RESULT).read_text("utf-8"))
        when = handed_in.moment(attempt.arrived, due.of(student), rule)
        late = lateness.seconds_late(rule, when, due.of(student))
        taken = lateness.penalty(rule, student, late, result["raw"], result["max"])
        return float(result["raw"] - taken)

    judged = {
        attempt.number: (attempt, verdict)
        for attempt in attempts.kept(course, assignment, student)
        if (verdict := _judged(attempt, version)) is not None
    }
    if not judged:
        return None
    number = max(judged, key=lambda n: (round(points(judged[n][0]), 9), n))
    attempt, verdict = judged[number]
    now = verdicts.read(course.verdict_file(assignment, student))
    if now is not None and _content(now) == attempt.content:
        return now
    when = _place(course, assignment, attempt)
    nb = notebooks.read(attempt.folder / _GRADED)
    stamp = f"{when:%Y-%m-%d %H:%M:%S.%f} UTC"
    record(course, assignment, verdict, nb, timestamp=stamp, submitted_at=clock.naive(when))
    _restore(course, assignment, attempt)
    lateness.settle(course, assignment.name, [student])
    about = {"student": student, "attempt": number, "of": len(judged)}
    history.note(course, assignment.name, "best", **about)
    return verdict


def _place(course: Course, assignment: Assignment, attempt: Attempt) -> datetime:
    due = handed_in.due(course, assignment.name)
    when = handed_in.moment(attempt.arrived, due.of(attempt.student), due.rule)
    attempts.put(course, assignment, attempt, when)
    return when


def _save(course: Course, assignment: Assignment, student: str) -> None:
    """Keep what the gradebook holds on a student beside the attempt that it is about."""
    verdict = verdicts.read(course.verdict_file(assignment, student))
    graded = course.notebook("autograded", assignment, student)
    if verdict is None or "retry" in verdict.extra or not graded.is_file():
        return
    content = _content(verdict)
    same = [a for a in attempts.kept(course, assignment, student) if a.content == content]
    if not same:
        return
    folder = same[-1].folder
    with database.transaction(course.db_url) as session:
        row = _row(session, assignment, student)
        if row is None:
            return
        result = {
            "raw": history.standing(row).raw,
            "max": sum(float(grade.cell.max_score or 0) for grade in row.grades),
            "by_hand": {g.name: [g.manual_score, g.extra_credit] for g in row.grades},
            "comments": {c.name: c.manual_comment for c in row.comments if c.manual_comment},
        }
    files.write_bytes(folder / _GRADED, graded.read_bytes())
    files.write_text(folder / _RESULT, json.dumps(result))
    # last: its presence means that the others are whole
    files.write_text(folder / _VERDICT, verdicts.dumps(verdict))


def _restore(course: Course, assignment: Assignment, attempt: Attempt) -> None:
    """Enter again what a person gave this attempt, where its place in the gradebook is empty."""
    result = json.loads((attempt.folder / _RESULT).read_text("utf-8"))
    with database.transaction(course.db_url) as session:
        row = _row(session, assignment, attempt.student)
        if row is None:
            return
        for grade in row.grades:
            points, extra = result["by_hand"].get(grade.name, (None, None))
            if grade.manual_score is None and points is not None:
                grade.manual_score, grade.needs_manual_grade = points, False
            if not grade.extra_credit and extra:
                grade.extra_credit = extra
        for comment in row.comments:
            comment.manual_comment = comment.manual_comment or result["comments"].get(comment.name)


def _judged(attempt: Attempt, version: str) -> SubmissionVerdict | None:
    """What was kept of judging an attempt, if by this version of the release and the judge."""
    verdict = verdicts.read(attempt.folder / _VERDICT)
    return verdict if verdict is not None and _version(verdict) == version else None


def _content(verdict: SubmissionVerdict) -> str:
    return verdict.extra.get("content", "").partition("/")[0]


def _version(verdict: SubmissionVerdict) -> str:
    return verdict.extra.get("content", "").partition("/")[2]


def _row(session: Session, assignment: Assignment, student: str) -> api.SubmittedNotebook | None:
    return session.scalar(
        select(api.SubmittedNotebook)
        .join(api.SubmittedAssignment)
        .join(api.Assignment)
        .where(api.Assignment.name == assignment.name)
        .where(api.SubmittedAssignment.student_id == student)
    )
